//! What a management call may write: reads a JSON object into a value of the model, or tells every single fault of it.
//!
//! Properties that only the server sets and properties nobody knows are not read, so they are never applied.
//! Absent and `null` are the same.

pub mod application;
mod fields;
pub mod secret;
pub mod user;

pub use fields::{Fields, is_printable};

use crate::refusal::Refused;

/// What was read, or its faults. Where a required value is missing its fault was noted, so there is always one.
fn complete<T>(fields: Fields<'_>, read: Option<T>) -> Result<T, Refused> {
    fields.finish(read)?.ok_or_else(|| Refused::fields(Vec::new()))
}
