//! Decides which URIs may be registered, and whether a requested redirection URI is one of them
//! (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1 and §4.1).
//!
//! Everything that could be read in two ways is refused when it is registered; what is requested is then only
//! compared, octet by octet. A redirect can only be sent to a [`MatchedRedirectUri`], and only a match makes one.

mod htu;
mod matching;
mod register;
mod resource;
mod split;

pub use htu::htu;
pub use matching::{Leeway, MatchedRedirectUri, is_any_port, is_loopback, match_redirect};
pub use register::{UriError, UriKind, register};
pub use resource::{is_web_resource, resource_key};
pub use split::{authority_of, host_of};

/// Longer URIs are neither registered nor compared.
const MAX_OCTETS: usize = 2_048;

#[cfg(test)]
mod tests;
