//! The proofs that there are.

use jose::digest::sha256;
use jose::{SigningKey, b64};

use crate::fixture::START;

/// What stands in the header of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shown {
    Nothing,
    /// Proofs of the holder for the token endpoint.
    First,
    Second,
    /// One of somebody else's key.
    OfOther,
    /// One of the holder for the resource.
    OfResource,
    /// One of somebody else's key for it.
    OfOtherAtResource,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Token,
    Resource,
}

impl Shown {
    pub(super) const ALL: [Self; 6] =
        [Self::Nothing, Self::First, Self::Second, Self::OfOther, Self::OfResource, Self::OfOtherAtResource];

    pub(super) const fn is_holders(self) -> bool {
        matches!(self, Self::First | Self::Second | Self::OfResource)
    }

    pub(super) const fn place(self) -> Place {
        if matches!(self, Self::OfResource | Self::OfOtherAtResource) { Place::Resource } else { Place::Token }
    }
}

impl Place {
    pub(super) const fn request(self) -> (&'static str, &'static str) {
        match self {
            Self::Token => ("POST", "https://auth.example/env/as/token"),
            Self::Resource => ("GET", "https://auth.example/env/as/userinfo"),
        }
    }
}

pub(super) fn sign(shown: Shown, key: &SigningKey) -> String {
    let (method, url) = shown.place().request();
    let members = key.public().to_json();
    let members =
        members.as_object().into_iter().flatten().filter(|(name, _)| !["alg", "use", "kid"].contains(&name.as_str()));
    let jwk: Vec<_> = members.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    let header = format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{{{}}}}}"#, jwk.join(","));
    let (iat, ath) = (START.secs(), b64::encode(&sha256(ACCESS.as_bytes())));
    let claims = format!(r#"{{"jti":"{shown:?}","htm":"{method}","htu":"{url}","iat":{iat},"ath":"{ath}"}}"#);
    key.sign_under(header.as_bytes(), claims.as_bytes()).unwrap_or_else(|error| panic!("not signed: {error}"))
}

/// The token that the resource is asked with.
pub(super) const ACCESS: &str = "an-access-token-of-the-holder";
