//! What codes and families have as JSON. The facts of their authorization lie flat beside their own members.

use protocol::authorization::Authorization;
use protocol::change::{Code, Family, PushedRequest};
use protocol::consent::{Allowed, Consent};
use serde_json::{Map, Value as Json};

use crate::StoreError;
use crate::shape::{Shape, shape};

shape!(Authorization {
    application,
    issuer,
    user,
    session,
    auth_time,
    acr,
    amr,
    scope,
    resource,
    claims,
    details,
    confirmation,
    instance
});
shape!(Family { environment, id, created_at, expires_at, revoked_at, grace_replays } beside authorization);

shape!(Consent { environment, user, application, client_id, name, created_at, updated_at, version } beside allowed);
shape!(Allowed { scope, claims, resource });

shape!(PushedRequest { environment, hash, application, issuer, parameters, expires_at, used_at });

/// A code's `request` holds what came from the authorization request. Processes of version 0.1 read it, and there it is a
/// whole request: so it is written with its scope, and with a response mode that no exchange looks at.
impl Shape for Code {
    fn put(&self) -> Json {
        let Self { environment, hash, family, beside, authorization, issued_at, expires_at, consumed_at, .. } = self;
        let mut map = object(&[
            ("environment", environment.put()),
            ("hash", hash.put()),
            ("family", family.put()),
            ("beside", beside.put()),
            ("issued_at", issued_at.put()),
            ("expires_at", expires_at.put()),
            ("consumed_at", consumed_at.put()),
        ]);
        let Self { redirect_uri, redirect_uri_sent, challenge, nonce, .. } = self;
        let mut request = object(&[
            ("redirect_uri", redirect_uri.put()),
            ("redirect_uri_sent", redirect_uri_sent.put()),
            ("challenge", challenge.put()),
            ("nonce", nonce.put()),
            ("response_mode", "query".into()),
        ]);
        let Json::Object(mut authorized) = authorization.put() else { return Json::Null };
        for asked in ["application", "issuer", "scope", "resource", "claims"] {
            request.extend(authorized.remove_entry(asked));
        }
        map.extend(authorized);
        map.insert("request".to_owned(), request.into());
        map.into()
    }

    fn take(json: &Json) -> Result<Self, StoreError> {
        let request = json.get("request").unwrap_or(&Json::Null);
        let own = |name| json.get(name).unwrap_or(&Json::Null);
        let asked = |name| request.get(name).unwrap_or(&Json::Null);
        Ok(Self {
            environment: Shape::take(own("environment"))?,
            hash: Shape::take(own("hash"))?,
            family: Shape::take(own("family"))?,
            beside: Shape::take(own("beside"))?,
            authorization: Authorization {
                application: Shape::take(asked("application"))?,
                issuer: Shape::take(asked("issuer"))?,
                user: Shape::take(own("user"))?,
                session: Shape::take(own("session"))?,
                auth_time: Shape::take(own("auth_time"))?,
                acr: Shape::take(own("acr"))?,
                amr: Shape::take(own("amr"))?,
                scope: Shape::take(asked("scope"))?,
                resource: Shape::take(asked("resource"))?,
                claims: Shape::take(asked("claims"))?,
                details: Shape::take(own("details"))?,
                confirmation: Shape::take(own("confirmation"))?,
                instance: Shape::take(own("instance"))?,
            },
            redirect_uri: Shape::take(asked("redirect_uri"))?,
            redirect_uri_sent: Shape::take(asked("redirect_uri_sent"))?,
            challenge: Shape::take(asked("challenge"))?,
            nonce: Shape::take(asked("nonce"))?,
            issued_at: Shape::take(own("issued_at"))?,
            expires_at: Shape::take(own("expires_at"))?,
            consumed_at: Shape::take(own("consumed_at"))?,
        })
    }
}

fn object(members: &[(&str, Json)]) -> Map<String, Json> {
    let present = members.iter().filter(|(_, value)| !value.is_null());
    present.map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

#[cfg(test)]
mod tests;
