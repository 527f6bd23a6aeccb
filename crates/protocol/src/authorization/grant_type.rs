//! The closed list of grants: the ways to a token (RFC 6749 §1.3).

use crate::names::Named;

/// The closed list of grants. Discovery follows from [`GrantType::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    AuthorizationCode,
    Ciba,
    ClientCredentials,
    DeviceCode,
    Implicit,
    RefreshToken,
    TokenExchange,
}

impl GrantType {
    /// What this server's token endpoint takes, and so what metadata says.
    pub const ALL: [Self; 3] = [Self::AuthorizationCode, Self::ClientCredentials, Self::RefreshToken];

    /// What an application's `grantTypes` may hold; the others wait for their feature.
    pub const REGISTRABLE: [Self; 7] = [
        Self::AuthorizationCode,
        Self::Ciba,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::Implicit,
        Self::RefreshToken,
        Self::TokenExchange,
    ];

    /// The value of `grant_type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::Ciba => "urn:openid:params:grant-type:ciba",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::Implicit => "implicit",
            Self::RefreshToken => "refresh_token",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }

    /// As PingOne writes `grantTypes`.
    pub const fn management_name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "AUTHORIZATION_CODE",
            Self::Ciba => "CIBA",
            Self::ClientCredentials => "CLIENT_CREDENTIALS",
            Self::DeviceCode => "DEVICE_CODE",
            Self::Implicit => "IMPLICIT",
            Self::RefreshToken => "REFRESH_TOKEN",
            Self::TokenExchange => "TOKEN_EXCHANGE",
        }
    }

    pub fn from_management_name(name: &str) -> Option<Self> {
        Self::REGISTRABLE.into_iter().find(|g| g.management_name() == name)
    }
}

/// Its names in the management API and in rows.
impl Named for GrantType {
    fn all() -> &'static [Self] {
        &Self::REGISTRABLE
    }

    fn name(self) -> &'static str {
        self.management_name()
    }

    fn stored(self) -> &'static str {
        self.management_name()
    }
}
