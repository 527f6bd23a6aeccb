//! Auth0's exports: its clients, its users, and their password hashes.

mod client;
mod person;

use serde_json::Value;

pub use person::{People, password};

use crate::{Left, Wanted};

/// Reads clients: the answer of its management API, which is a list or a page that holds one, or one client alone.
pub fn clients(found: &Value, wanted: &mut Vec<Wanted>, left: &mut Left) {
    match found {
        Value::Array(clients) => clients.iter().for_each(|one| clients_of(one, wanted, left)),
        one => clients_of(one, wanted, left),
    }
}

fn clients_of(found: &Value, wanted: &mut Vec<Wanted>, left: &mut Left) {
    let Some(members) = found.as_object() else { return };
    match members.get("clients").and_then(Value::as_array) {
        Some(page) => page.iter().filter_map(Value::as_object).for_each(|one| client::read(one, wanted, left)),
        None => client::read(members, wanted, left),
    }
}

#[cfg(test)]
mod tests;
