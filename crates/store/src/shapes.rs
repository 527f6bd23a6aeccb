//! Which members each stored value has.

mod flows;
mod grants;

use protocol::authorize::{AuthorizationRequest, Prompt, ResponseMode};
use protocol::client_auth::Method;
use protocol::flow::Proof;
use protocol::grant::GrantType;
use protocol::id::{
    ApplicationId, EnvironmentId, FamilyId, FlowId, PopulationId, ResourceGrantId, ResourceId, ScopeId, SessionId,
    SignOnPolicyId, UserId,
};
use protocol::model::{
    Account, Address, Application, ApplicationType, CorsSettings, KeyStatus, PkceEnforcement, Profile, Protocol,
    RefreshTokenSettings, ResponseKind, TokenFormat, UserName,
};
use protocol::names::Named;
use protocol::pkce::Challenge;
use protocol::scope::Scope;
use protocol::secret::TokenHash;
use serde_json::{Value as Json, json};

use crate::StoreError;
use crate::shape::{Shape, corrupt, shape};

/// Closed lists, under the names that they have themselves.
macro_rules! named {
    ($($type:ident),+ $(,)?) => {$(
        impl Shape for $type {
            fn put(&self) -> Json {
                Named::stored(*self).into()
            }

            fn take(json: &Json) -> Result<Self, StoreError> {
                json.as_str().and_then(Named::from_stored).ok_or_else(|| corrupt(stringify!($type)))
            }
        }
    )+};
}

named!(ApplicationType, KeyStatus, PkceEnforcement, Proof, Protocol, ResponseKind, ResponseMode, TokenFormat);

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

shape!(RefreshTokenSettings { duration, rolling_duration, grace, replay_protection, rotate });
shape!(Application {
    id,
    environment,
    client_id,
    name,
    description,
    enabled,
    kind,
    protocol,
    auth_methods,
    grant_types,
    response_types,
    redirect_uris,
    post_logout_redirect_uris,
    allow_wildcard_in_redirect_uris,
    login_page_url,
    home_page_url,
    initiate_login_uri,
    target_link_uri,
    pkce,
    cors,
    refresh,
    token_format,
    access_token_seconds,
    icon,
    other,
    created_at,
    updated_at,
    version
});
shape!(Account { locked_at, unlock_at, failures });
shape!(Profile {
    name,
    nickname,
    title,
    kind,
    external_id,
    preferred_language,
    locale,
    timezone,
    primary_phone,
    mobile_phone,
    photo,
    address
});
shape!(UserName { given, middle, family, formatted, honorific_prefix, honorific_suffix });
shape!(Address { street_address, locality, region, postal_code, country_code });
shape!(Prompt { none, login, consent, select_account });
shape!(AuthorizationRequest {
    application,
    issuer,
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
    challenge,
    ui_locales,
    resource
});
impl Shape for CorsSettings {
    fn put(&self) -> Json {
        match self {
            Self::AllowNoOrigins => json!({}),
            Self::AllowSpecificOrigins(origins) => json!({ "origins": origins }),
        }
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json.get("origins") {
            None => Ok(Self::AllowNoOrigins),
            Some(origins) => Vec::take(origins).map(Self::AllowSpecificOrigins),
        }
    }
}

impl Shape for jose::Alg {
    fn put(&self) -> Json {
        self.name().into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        json.as_str().and_then(Self::parse).ok_or_else(|| corrupt("algorithm"))
    }
}

impl Shape for Method {
    fn put(&self) -> Json {
        self.management_name().into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        json.as_str().and_then(Self::from_management_name).ok_or_else(|| corrupt("method"))
    }
}

impl Shape for GrantType {
    fn put(&self) -> Json {
        self.management_name().into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        json.as_str().and_then(Self::from_management_name).ok_or_else(|| corrupt("grant type"))
    }
}

impl Shape for Scope {
    fn put(&self) -> Json {
        self.to_string().into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        match json.as_str() {
            None | Some("") => Ok(Self::default()),
            Some(text) => Self::parse(text).map_err(|_| corrupt("scope")),
        }
    }
}

impl Shape for Challenge {
    fn put(&self) -> Json {
        self.stored().into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        json.as_str().and_then(Self::from_stored).ok_or_else(|| corrupt("challenge"))
    }
}

impl Shape for TokenHash {
    fn put(&self) -> Json {
        jose::b64::encode(self.bytes()).into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        let bytes = json.as_str().and_then(jose::b64::decode).ok_or_else(|| corrupt("hash"))?;
        Ok(Self::from_stored(bytes.try_into().map_err(|_| corrupt("hash"))?))
    }
}
