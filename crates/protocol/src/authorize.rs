//! The authorization endpoint: which requests become a flow, and which are refused where (RFC 6749 §4.1, OIDC Core §3.1.2).
//!
//! [`client_id`] and then [`check`] read a request. The order of the checks is held by data: each needs the value that the
//! one before made, and an error can be redirected only with a [`MatchedRedirectUri`](crate::uri::MatchedRedirectUri).

mod asked;
mod challenge;
mod check;
mod choice;
mod hint;
mod key;
mod mode;
pub mod object;
pub(crate) mod prompt;
mod pushed;
pub mod reference;
mod request;
mod respond;
mod response_type;
mod scope;
mod sign_on;
mod target;
mod via;
mod whom;

pub use asked::{Asked, AuthorizeRefusal, client_id};
pub use check::{Surroundings, check, takes_plain};
pub use hint::IdTokenHint;
pub use key::read as code_key;
pub use mode::{Carrier, ResponseMode};
pub use pushed::{Beside, Pushed, found, push, pushable, referred, unused, was_signed};
pub use request::{AuthorizationRequest, Prompt};
pub use respond::{Answer, BEARER, Bearer, Delivery, Given, deliver, sign_response};
pub use response_type::{ResponseType, answerable};
pub use sign_on::{Presence, SignOn, decide_sign_on};
pub use via::Via;
pub use whom::Whom;

#[cfg(test)]
mod tests;
