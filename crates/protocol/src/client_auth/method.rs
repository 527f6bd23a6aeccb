//! The closed list of client-authentication methods (OIDC Core §9; RFC 6749 §2.3).

use crate::names::Named;

/// How an application proves who it is. Discovery and authentication follow from [`Method::rule`].
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

/// How what a request presented is judged. A further rule is a variant: the compiler then asks [`super::authenticate`] for its
/// arm, and the engine for the facts that it needs loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nothing is proven: a public client says its name (RFC 6749 §2.1).
    Name,
    /// The application's secret, compared with the digests in its registration (RFC 6749 §2.3.1).
    Secret,
}

impl Method {
    /// The rule by which this server proves it; None while it has none. Both what authenticates and what metadata says
    /// follow from here, so that nothing is published that is refused.
    pub const fn rule(self) -> Option<Rule> {
        match self {
            Self::ClientSecretBasic | Self::ClientSecretPost => Some(Rule::Secret),
            Self::None => Some(Rule::Name),
            Self::ClientSecretJwt | Self::PrivateKeyJwt => None,
        }
    }

    /// What this server authenticates with, and so what metadata says.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::REGISTRABLE.into_iter().filter(|method| method.rule().is_some())
    }

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

/// Its names in the management API and in rows.
impl Named for Method {
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
