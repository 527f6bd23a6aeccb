//! The schema of users: which attributes one may have, and what the values of those may be that an environment made itself (the contract,
//! Annex A: Schema, SchemaAttribute).
//!
//! What every user has stands from the beginning ([`standard`]): of it nothing is stored until somebody writes it.

mod attribute;
mod reading;
mod rules;
mod standard;
mod user_schema;
mod value;

pub use attribute::{EnumeratedValue, RegexValidation, SchemaAttribute, SchemaAttributeType, SchemaType, SubAttribute};
pub use rules::MOST_CUSTOM;
pub(super) use rules::may_be_own;
pub use user_schema::{BY_ID, UserSchema, user_schema};
pub use value::{CustomValue, CustomValues, FoundCustom, MAX_KEY, value_key};

#[cfg(test)]
mod tests;
