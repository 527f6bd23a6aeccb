//! The sign-on flow: its states, the inputs each allows, and what comes next.
//!
//! Both faces are drawn from [`actions`]: the links of the JSON API and the forms of the pages.

mod state;

pub use state::{Action, Flow, State, actions};
