//! A row as two walks of an object's description: into columns and body, and back.
//!
//! The body has every public member under its stored name, also where a column has it: a process of before finds what it wrote.

mod put;
mod take;

pub(crate) use put::{columns, put};
pub(crate) use take::{take, take_of};
