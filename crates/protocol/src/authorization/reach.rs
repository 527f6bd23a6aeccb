//! What a token opens.

use crate::details::Details;
use crate::scope::Scope;

/// What an access token is good for.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    pub scope: Scope,
    /// What it is good for beside scopes (RFC 9396 §9).
    pub details: Details,
    /// Never empty.
    pub audience: Vec<String>,
    /// Seconds that the token lives.
    pub lifetime: i64,
}
