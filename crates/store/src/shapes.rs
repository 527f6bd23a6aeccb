//! Which members each stored value has.

mod flows;
mod grants;

use protocol::authorize::{AuthorizationRequest, Prompt, ResponseMode, ResponseType, Whom};
use protocol::claims::AskedClaims;
use protocol::confirmation::{Confirmation, Thumbprint};
use protocol::details::Details;
use protocol::flow::Proof;
use protocol::id::{
    ApplicationId, EnvironmentId, FamilyId, FlowId, PopulationId, ResourceGrantId, ResourceId, ScopeId, SessionId,
    SignOnPolicyId, UserId,
};
use protocol::names::Named;
use protocol::pkce::Challenge;
use protocol::scope::Scope;
use protocol::secret::TokenHash;
use serde_json::Value as Json;

use crate::StoreError;
use crate::shape::{Shape, alternatives, shape, unreadable};

/// Closed lists, under the names that they have themselves.
macro_rules! named {
    ($($type:ident),+ $(,)?) => {$(
        impl Shape for $type {
            fn put(&self) -> Json {
                Named::stored(*self).into()
            }

            fn take(json: &Json) -> Result<Self, StoreError> {
                json.as_str().and_then(Named::from_stored).ok_or_else(|| unreadable(stringify!($type)))
            }
        }
    )+};
}

named!(Proof, ResponseMode);

macro_rules! ids {
    ($($id:ident),+) => {$(
        impl Shape for $id {
            fn put(&self) -> Json {
                self.uuid().put()
            }

            fn take(json: &Json) -> Result<Self, StoreError> {
                uuid::Uuid::take(json).map(Self::new)
            }
        }
    )+};
}

ids!(
    ApplicationId,
    EnvironmentId,
    FamilyId,
    FlowId,
    PopulationId,
    ResourceGrantId,
    ResourceId,
    ScopeId,
    SessionId,
    SignOnPolicyId,
    UserId
);

shape!(Prompt { none, login, consent, select_account });
shape!(AuthorizationRequest {
    application,
    issuer,
    response_type,
    response_mode,
    redirect_uri,
    redirect_uri_sent,
    scope,
    state,
    nonce,
    prompt,
    max_age,
    login_hint,
    acr,
    acr_otherwise,
    challenge,
    ui_locales,
    resource,
    pushed,
    claims,
    details,
    whom,
    dpop_jkt
});
alternatives!(Whom { User = "user", Named = "named" });

/// As the parameter has it. Nothing, for nothing.
impl Shape for Details {
    fn put(&self) -> Json {
        if self.is_empty() { Json::Null } else { self.to_value() }
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json {
            Json::Null => Ok(Self::default()),
            json => Self::from_value(json).ok_or_else(|| unreadable("authorization details")),
        }
    }
}

/// As the parameter has it.
impl Shape for AskedClaims {
    fn put(&self) -> Json {
        if self.is_empty() { Json::Null } else { self.to_value() }
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        Ok(Self::from_value(json))
    }
}

impl Shape for Thumbprint {
    fn put(&self) -> Json {
        self.as_str().into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        json.as_str().and_then(Self::parse).ok_or_else(|| unreadable("thumbprint"))
    }
}

/// Nothing, for what is bound to nothing. What a newer process bound in its own way is not readable here.
impl Shape for Confirmation {
    fn put(&self) -> Json {
        let part = |name: &str, key: Option<&Thumbprint>| key.map(|key| (name.to_owned(), key.put()));
        let members = [part("jkt", self.jkt()), part("x5t", self.x5t())];
        if *self == Self::None { Json::Null } else { Json::Object(members.into_iter().flatten().collect()) }
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json {
            Json::Null => Ok(Self::None),
            json => {
                let part = |name| json.get(name).map(Shape::take).transpose();
                let read = Self::to(part("jkt")?, part("x5t")?);
                if read == Self::None { Err(unreadable("confirmation")) } else { Ok(read) }
            }
        }
    }
}

/// Processes that know of codes alone wrote none, and read what has none.
impl Shape for ResponseType {
    fn put(&self) -> Json {
        match self {
            Self::Code => Json::Null,
            other => other.name().into(),
        }
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json.as_str() {
            None => Ok(Self::Code),
            Some(name) => Self::parse(name).ok_or_else(|| unreadable("response type")),
        }
    }
}

impl Shape for Scope {
    fn put(&self) -> Json {
        self.to_string().into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json.as_str() {
            None | Some("") => Ok(Self::default()),
            Some(text) => Self::parse(text).map_err(|_| unreadable("scope")),
        }
    }
}

impl Shape for Challenge {
    fn put(&self) -> Json {
        self.stored().into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        json.as_str().and_then(Self::from_stored).ok_or_else(|| unreadable("challenge"))
    }
}

impl Shape for TokenHash {
    fn put(&self) -> Json {
        jose::b64::encode(self.bytes()).into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        let bytes = json.as_str().and_then(jose::b64::decode).ok_or_else(|| unreadable("hash"))?;
        Ok(Self::from_stored(bytes.try_into().map_err(|_| unreadable("hash"))?))
    }
}
