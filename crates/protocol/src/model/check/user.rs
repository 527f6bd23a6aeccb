//! Bodies of what of a user has a route of its own.

use serde_json::{Map, Value};

use super::Fields;
use crate::id::PopulationId;
use crate::refusal::Refused;

/// Reads the body of `PUT …/enabled` or `…/mfaEnabled`: one required boolean.
pub fn read_switch(body: &Map<String, Value>, name: &str) -> Result<bool, Refused> {
    let mut fields = Fields::new(body);
    let on = fields.boolean(name);
    let on = fields.require(name, on);
    super::complete(fields, on)
}

/// Reads the body of `PUT …/population`.
pub fn read_population(body: &Map<String, Value>) -> Result<PopulationId, Refused> {
    let mut fields = Fields::new(body);
    let id = fields.id("id");
    let id = fields.require("id", id).map(PopulationId::new);
    super::complete(fields, id)
}

#[cfg(test)]
mod tests;
