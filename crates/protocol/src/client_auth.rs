//! Client authentication: which mechanism a request used, and whether it proves the client (RFC 6749 §2.3, specs §2).
//!
//! [`Presented`] counts mechanisms before anybody is looked up: a request with two is refused, never resolved by
//! preference. The engine loads the facts that the rule of the client's method needs ([`Credentials`]). [`authenticate`] then
//! compares what came with what is registered, and is the only maker of an [`AuthenticatedClient`], which every grant
//! demands.

mod assertion;
mod attestation;
mod method;
mod presented;
mod proof;
mod secret;
mod workload;

pub(crate) use assertion::payload as unverified;
pub use assertion::{Asserted, Expected, Keys};
pub(crate) use assertion::{Told, verify};
pub use attestation::Sent as SentAttestation;
pub use method::{Method, Rule};
pub use presented::Presented;
pub use proof::{AuthenticatedClient, Credentials, Proven, authenticate};
pub use workload::Claimed;

#[cfg(test)]
mod tests;
