//! The closed list of client-authentication methods (OIDC Core §9; RFC 6749 §2.3).

/// How an application proves who it is. Discovery and authentication follow from [`Method::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    ClientSecretBasic,
    /// Can be registered, as PingOne's clients do; its assertions are refused until this server verifies them.
    ClientSecretJwt,
    ClientSecretPost,
    None,
    /// Like [`Method::ClientSecretJwt`].
    PrivateKeyJwt,
}

impl Method {
    /// What this server authenticates with, and so what metadata says.
    pub const ALL: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    /// What `tokenEndpointAuthMethod` may hold.
    pub const REGISTRABLE: [Self; 5] =
        [Self::ClientSecretBasic, Self::ClientSecretJwt, Self::ClientSecretPost, Self::None, Self::PrivateKeyJwt];

    /// As registered with IANA and written in metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// As PingOne writes `tokenEndpointAuthMethod`.
    pub const fn management_name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "CLIENT_SECRET_BASIC",
            Self::ClientSecretJwt => "CLIENT_SECRET_JWT",
            Self::ClientSecretPost => "CLIENT_SECRET_POST",
            Self::None => "NONE",
            Self::PrivateKeyJwt => "PRIVATE_KEY_JWT",
        }
    }

    pub fn from_management_name(name: &str) -> Option<Self> {
        Self::REGISTRABLE.into_iter().find(|m| m.management_name() == name)
    }

    /// Whether the method proves anything: a client with `none` is public (RFC 6749 §2.1).
    pub const fn is_confidential(self) -> bool {
        !matches!(self, Self::None)
    }
}
