//! What a token opens.

use crate::scope::Scope;

/// What an access token is good for.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    pub scope: Scope,
    /// Never empty.
    pub audience: Vec<String>,
    /// Seconds that the token lives.
    pub lifetime: i64,
}
