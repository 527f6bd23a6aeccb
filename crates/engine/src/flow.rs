//! Sign-on flows: who asks, what they may see of a flow, and what they do to it.

mod act;
mod view;
mod visitor;

pub use act::{Act, Acted, act};
pub use view::{FlowView, peek, read, remains};
pub(crate) use view::{about, load, view};
pub use visitor::{Present, Visitor};
