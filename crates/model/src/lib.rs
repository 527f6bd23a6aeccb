//! A model checker whose transitions are the real decisions of `protocol`: two processes, two clients, a person, a thief who keeps
//! whatever was once sent, and a clock, in every order that the bounds of a scenario leave.
//!
//! The store is a few rows with the guards of [`protocol::change::Change`]; a request reads what the engine's `load` files read. What
//! is proven, within which bounds, and what not: `docs/spec/model.md`.

mod about;
mod act;
mod checker;
mod document;
mod fixture;
mod history;
mod invariant;
mod judge;
mod keys;
mod load;
mod machine;
mod mark;
mod mutant;
mod password;
mod request;
mod row;
mod run;
mod scenario;
mod state;
mod step;
mod store;

pub use checker::{Broken, Counterexample, Limits, Report};
pub use document::Document;
pub use invariant::Invariant;
pub use mark::Mark;
pub use run::{Found, Outcome, deepens, explore, find, planted, scenarios};
pub use scenario::Depth;
