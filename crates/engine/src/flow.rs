//! Sign-on flows: who asks, what they may see of a flow, and what they do to it.

mod act;
pub(crate) mod device;
mod verdict;
mod view;
mod visitor;
pub(crate) mod will;

pub use act::{Act, Acted, Typed, act, knows_device};
pub use device::YEAR as DEVICE_SECONDS;
pub use view::{FlowView, of_person, peek, read, remains};
pub(crate) use view::{about, client_of, load, recovers, view};
pub(crate) use visitor::bind;
pub use visitor::{Present, Visitor};
pub use will::Asking;
