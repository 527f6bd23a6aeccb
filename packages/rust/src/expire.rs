//! What ends before its time.

use serde::Serialize;

/// What ends before its time, everybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Expiring {
    Codes,
    AccessTokens,
    RefreshTokens,
    Sessions,
    Flows,
}

/// The same, of somebody.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expire {
    what: Expiring,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
}

impl Expiring {
    /// Only this user's.
    pub fn of_user(self, username: impl Into<String>) -> Expire {
        Expire::from(self).of_user(username)
    }

    /// Only this application's.
    pub fn of_client(self, client_id: impl Into<String>) -> Expire {
        Expire::from(self).of_client(client_id)
    }
}

impl Expire {
    /// Only this user's.
    #[must_use]
    pub fn of_user(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Only this application's.
    #[must_use]
    pub fn of_client(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }
}

impl From<Expiring> for Expire {
    fn from(what: Expiring) -> Self {
        Self { what, client_id: None, username: None }
    }
}
