//! Bodies of what of a user has a route of its own.

use serde_json::{Map, Value};

use super::Fields;
use crate::id::{IdentityProviderId, PopulationId};
use crate::model::describe::{Known, Refers};
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

/// Reads the body of `PUT …/verifyStatus`.
pub fn read_verify_status(body: &Map<String, Value>) -> Result<String, Refused> {
    let mut fields = Fields::new(body);
    let status = fields.choice("verifyStatus", &VERIFY, |status| status);
    let status = fields.require("verifyStatus", status).map(str::to_owned);
    super::complete(fields, status)
}

/// Reads the body of `PUT …/identityProvider` and `PUT …/defaultIdentityProvider`. None: this server.
pub fn read_identity_provider(
    body: &Map<String, Value>,
    known: &dyn Known,
) -> Result<Option<IdentityProviderId>, Refused> {
    let mut fields = Fields::new(body);
    let id = fields.id("id");
    if id.is_some_and(|id| !known.has(Refers::IdentityProvider, id)) {
        fields.fault("INVALID_VALUE", "id", Refers::IdentityProvider.sentence(), None);
    }
    fields.finish(id.map(IdentityProviderId::new))
}

pub(crate) const VERIFY: [&str; 3] = ["NOT_INITIATED", "ENABLED", "DISABLED"];

#[cfg(test)]
mod tests;
