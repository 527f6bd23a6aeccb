//! The sign-on flow: its states, the inputs each allows, and what comes next.
//!
//! Both faces are drawn from [`actions`]: the links of the JSON API and the forms of the pages. [`step`] is the only
//! transition, [`next`] alone says what follows, [`resume`] is the only way to what the flow yields.

mod consent;
mod issue;
mod lockout;
mod new_password;
mod next;
mod purpose;
mod recovery;
mod session;
mod start;
mod state;
mod step;

pub use issue::{Issued, Resumption, Yielded, issue, resume};
pub use lockout::{WrongPassword, after_failure, locked_out};
pub use new_password::{Before, NewPasswordProblem, judge_new_password, knows_password, profile_words};
pub use next::{Followed, Next, Person, Proof, next};
pub use purpose::Purpose;
pub use recovery::{Forgotten, Recovering};
pub use session::{OpenedSession, SESSION_SECONDS};
pub use start::{start, start_signed_on};
pub use state::{Action, Flow, State, actions};
pub use step::{Checked, Input, NewPassword, Rejected, Stepped, admit, not_right, step};

#[cfg(test)]
mod tests;
