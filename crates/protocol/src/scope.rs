//! Decides what a `scope` parameter says: scope-tokens separated by single spaces (RFC 6749 §3.3, App. A.4).

use std::fmt;

use crate::refusal::{Reason, Refused};

/// An ordered set of scope-tokens: each once, in the order in which it first appeared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    tokens: Vec<String>,
}

/// Why a text is not a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// More than 4 KiB, or more than 100 tokens.
    #[error("the scope is too long")]
    TooLong,
    /// A character outside NQCHAR, or a space that does not stand between two tokens.
    #[error("the scope is malformed")]
    Malformed,
}

impl ScopeError {
    /// The refusal of a request: what is no scope at all is told from one that may not be granted.
    pub fn refused(self) -> Refused {
        Refused::new(Reason::ScopeMalformed, "at most 100 scope-tokens with single spaces between", self.to_string())
    }
}

impl Scope {
    /// Reads the parameter. The empty text is the empty scope.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > MAX_OCTETS {
            return Err(ScopeError::TooLong);
        }
        Self::from_tokens(text.split(' '))
    }

    /// A scope of these tokens, checked like those of the parameter.
    pub fn from_tokens<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Result<Self, ScopeError> {
        let mut scope = Self::default();
        for (index, token) in tokens.into_iter().enumerate() {
            if index == MAX_TOKENS {
                return Err(ScopeError::TooLong);
            }
            if token.is_empty() || !token.bytes().all(is_nqchar) {
                return Err(ScopeError::Malformed);
            }
            if !scope.contains(token) {
                scope.tokens.push(token.to_owned());
            }
        }
        Ok(scope)
    }

    /// The tokens in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }

    /// Whether the token is in the set; the comparison is case-sensitive (RFC 6749 §3.3).
    pub fn contains(&self, token: &str) -> bool {
        self.iter().any(|mine| mine == token)
    }

    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether `other` holds every token of this scope.
    pub fn subset_of(&self, other: &Self) -> bool {
        self.iter().all(|token| other.contains(token))
    }

    /// The tokens of this scope that `other` holds as well, in this scope's order.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self { tokens: self.tokens.iter().filter(|token| other.contains(token)).cloned().collect() }
    }

    /// What is left when one token is taken out.
    #[must_use]
    pub fn without(&self, token: &str) -> Self {
        Self { tokens: self.tokens.iter().filter(|own| *own != token).cloned().collect() }
    }
}

/// The scope that asks for a refresh token (OIDC Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// The parameter's form: tokens joined by single spaces.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tokens.join(" "))
    }
}

/// NQCHAR = %x21 / %x23-5B / %x5D-7E
fn is_nqchar(octet: u8) -> bool {
    matches!(octet, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

const MAX_OCTETS: usize = 4 * 1024;
const MAX_TOKENS: usize = 100;

#[cfg(test)]
mod tests;
