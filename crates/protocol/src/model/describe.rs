//! What a managed object is made of, said once: name, rule, default, filter and stored place of every property.
//!
//! An object describes itself in [`Described::describe`], property by property, in the order in which faults are told. Whoever
//! walks the description decides what becomes of it: [`read()`] takes a body, [`merged()`] makes one of a patch, [`draw()`] makes an answer, [`attributes()`] lists
//! what a filter may name, [`schema()`] tells what may be sent; the two directions of a stored row are walks in `store`.
//! A description is a function, so that a debugger stops in it and the compiler names what it forgets.

mod cell;
mod draw;
mod list;
mod merge;
mod property;
mod read;
mod refers;
mod schema;
mod values;
mod walk;

pub use cell::{Among, AmongIf, Choice, Choices, Id, Ids, Listed, Number, Stored};
pub use draw::draw;
pub use list::{Attribute, attributes};
pub use merge::merged;
pub use property::{Absent, Found, Place, Property, Rule, property};
pub use read::{read, referred};
pub use refers::{Known, Refers};
pub use schema::{schema, schema_as};
pub use values::{FoundValue, FoundValues, text_key, values};
pub use walk::{Part, Walk, each};

use super::check::Fields;
use crate::refusal::Refused;

/// A managed object.
///
/// `default()` is one of which nothing is known: what a row is read into, and what a body is read into when one is created
/// beside the ids and times that the server gives.
pub trait Described: Clone + Default {
    /// Whether the environment's schema of users says what it may have.
    const HAS_SCHEMA: bool = false;

    /// Walks every property. Destructure `self` without `..`: then a member that is added and not described does not compile.
    fn describe(&mut self, walk: &mut dyn Walk);

    /// What one property alone cannot say: contradictions between two, and what may never change. Called after a body was read.
    fn rules(&self, before: &Self, fields: &mut Fields<'_>) {
        let _ = (before, fields);
    }

    /// The refusal of a body with faults, where its sentence is not the usual one.
    fn worded(refused: Refused) -> Refused {
        refused
    }
}

#[cfg(test)]
mod tests;
