//! What a management call may write: reads a JSON object into a value of the model, or tells every single fault of it.
//!
//! Properties that only the server sets and properties nobody knows are not read, so they are never applied.
//! Absent and `null` are the same.

mod fields;

pub use fields::Fields;
