//! Tokens without a flow, right ones and wrong ones.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A token that is wanted.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mint {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    audience: Vec<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    claims: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remove_claims: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrong: Option<Wrong>,
}

/// The one thing that is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Wrong {
    Expired,
    NotYetValid,
    Issuer,
    Audience,
    Signature,
    /// Not signed at all: `alg` is `none`.
    AlgNone,
    UnknownKid,
    /// Another `typ` in its header.
    Typ,
}

impl Wrong {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Expired,
        Self::NotYetValid,
        Self::Issuer,
        Self::Audience,
        Self::Signature,
        Self::AlgNone,
        Self::UnknownKid,
        Self::Typ,
    ];
}

impl Mint {
    fn of(kind: &'static str) -> Self {
        Self {
            kind,
            client_id: None,
            username: None,
            subject: None,
            scope: None,
            audience: Vec::new(),
            claims: Map::new(),
            remove_claims: Vec::new(),
            expires_in: None,
            algorithm: None,
            wrong: None,
        }
    }

    /// An access token: of the first application's own, unless a user is said.
    pub fn access() -> Self {
        Self::of("access")
    }

    /// An ID token.
    pub fn id() -> Self {
        Self::of("id")
    }

    /// A refresh token.
    pub fn refresh() -> Self {
        Self::of("refresh")
    }

    /// The application that it is for.
    #[must_use]
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The user of the world whose it is.
    #[must_use]
    pub fn user(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Any `sub`.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Scopes, with blanks between them.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// One more of whom it is for.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience.push(audience.into());
        self
    }

    /// One more claim, or another value of one.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// A claim that it has not.
    #[must_use]
    pub fn without(mut self, claim: impl Into<String>) -> Self {
        self.remove_claims.push(claim.into());
        self
    }

    /// How long it lives, in whole seconds.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expires_in = Some(lifetime.as_secs());
        self
    }

    /// What it is signed by, such as `ES256`.
    #[must_use]
    pub fn algorithm(mut self, algorithm: impl Into<String>) -> Self {
        self.algorithm = Some(algorithm.into());
        self
    }

    /// One thing that is wrong with it.
    #[must_use]
    pub fn wrong(mut self, wrong: Wrong) -> Self {
        self.wrong = Some(wrong);
        self
    }
}

/// A token and what it says; of a refresh token it says nothing.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Minted {
    pub token: String,
    #[serde(default)]
    pub claims: Map<String, Value>,
    #[serde(default)]
    pub header: Map<String, Value>,
}

// The token does not belong into the log of a test.
impl fmt::Debug for Minted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Minted({:?} {:?})", self.header, self.claims)
    }
}
