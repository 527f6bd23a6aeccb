//! What an application makes its assertions with (RFC 7591 §2) and for: public keys, as a set or as an address that has one, the
//! algorithm, and the audience. Likewise of its request objects, and what its access tokens are.

use jose::{Alg, Jwks};

use super::describe::MAX_URL;
use super::unused::named;
use crate::client_auth::{Method, Rule};
use crate::model::TokenFormat;
use crate::model::check::Fields;
use crate::model::check::application::is_fetched_address;
use crate::model::describe::{Absent, Place, Walk, property};
use crate::names::names;

names! {
    /// For whom the assertions of an application must be made out (specs D1).
    #[derive(Default)]
    pub enum AssertionAudience {
        /// The issuer, the token endpoint or the endpoint that is called, as PingOne takes it. What PingOne's clients make has this.
        #[default]
        Compatible = "COMPATIBLE",
        /// RFC 10070: the issuer alone.
        Issuer = "ISSUER",
    }
}

names! {
    /// Whether the request objects of an application must say from when and until when they are good.
    #[derive(Default)]
    pub enum RequestObjectTimes {
        /// As far as they say (RFC 9101 §4).
        #[default]
        Optional = "OPTIONAL",
        /// Both, no older than an hour and for no longer than one (FAPI 2.0 Message Signing §5.3.1).
        Required = "REQUIRED",
    }
}

/// What the request objects of an application must be (RFC 9101).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestObjectSettings {
    /// `requestObjectSigningAlg`: the only algorithm (RFC 9101 §10.1). Absent: any that a key of the application has.
    pub signing_alg: Option<Alg>,
    pub times: RequestObjectTimes,
    /// `requireSignedRequestObject`: whether every authorization request must come as one. Absent: no, and not answered.
    pub require_signed: Option<bool>,
}

impl RequestObjectSettings {
    /// This server's own properties; PingOne's is walked among those that it lies with.
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { signing_alg, times, require_signed: _ } = self;
        walk.choice(
            &const { property("requestObjectSigningAlg").stored_as("request_object_signing_alg") },
            signing_alg,
        );
        // As with the audience of assertions: a row of before says nothing, and one of today that is as before neither.
        let own = const { property("requestObjectTimes").absent(Absent::Kept).stored_as("request_object_times") };
        let mut said = Some(*times).filter(|said| *said != RequestObjectTimes::Optional);
        walk.choice(&own, &mut said);
        *times = said.unwrap_or_default();
    }
}

/// At most one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisteredKeys {
    /// A JSON Web Key Set as text.
    pub jwks: Option<String>,
    pub jwks_url: Option<String>,
}

impl RegisteredKeys {
    pub(super) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { jwks, jwks_url } = self;
        walk.text_if(&const { named("jwks").verbatim(MAX_KEY_SET, is_key_set) }, jwks);
        walk.text_if(&const { named("jwksUrl").checked(MAX_URL, is_fetched_address) }, jwks_url);
        walk.judge(&mut |fields| {
            if jwks.is_some() && jwks_url.is_some() {
                // RFC 7591 §2: "MUST NOT both be present".
                fields.fault("INVALID_VALUE", "jwksUrl", "must not stand beside jwks", None);
            }
        });
    }
}

/// This server's own properties. PingOne's clients do not know them: the absence of the first changes nothing, and of the second
/// there is no other way to take it back.
pub(super) fn describe_assertions(audience: &mut AssertionAudience, alg: &mut Option<Alg>, walk: &mut dyn Walk) {
    let own = const { property("assertionAudience").absent(Absent::Kept).stored_as("assertion_audience") };
    // A row of before says nothing, and so does one of today that is as before: a process of that version still reads it.
    let mut said = Some(*audience).filter(|said| *said != AssertionAudience::Compatible);
    walk.choice(&own, &mut said);
    *audience = said.unwrap_or_default();
    let own = const { property("tokenEndpointAuthSigningAlg").stored_as("auth_signing_alg") };
    walk.choice(&own, alg);
}

/// Likewise, what its access tokens are.
pub(super) fn describe_access_tokens(format: &mut TokenFormat, seconds: &mut Option<i64>, walk: &mut dyn Walk) {
    // This server's own property: PingOne's clients do not know it, so its absence changes nothing.
    let own = const { property("accessTokenFormat").absent(Absent::Kept).stored_as("token_format").unless("JWT") };
    walk.choice(&own, format);
    walk.number(&const { property("accessTokenSeconds").place(Place::Hidden("access_token_seconds")) }, seconds);
}

/// RFC 7523 §3: an assertion that no key is known for proves nothing.
pub(super) fn judge_keys(methods: &[Method], keys: &RegisteredKeys, alg: Option<Alg>, fields: &mut Fields<'_>) {
    judge_alg(methods, alg, fields);
    let keyless = keys.jwks.is_none() && keys.jwks_url.is_none();
    let faulty = fields.has("jwks") || fields.has("jwksUrl");
    if methods.first() == Some(&Method::PrivateKeyJwt) && keyless && !faulty {
        fields.fault("REQUIRED_VALUE", "jwks", "PRIVATE_KEY_JWT needs jwks or jwksUrl", None);
    }
}

/// RFC 8725 §3.1: an algorithm that the method does not have would refuse every assertion.
fn judge_alg(methods: &[Method], alg: Option<Alg>, fields: &mut Fields<'_>) {
    let Some(alg) = alg else { return };
    let rules = || methods.iter().copied().map(Method::rule);
    if rules().any(|rule| !matches!(rule, Rule::PrivateKey | Rule::SharedKey)) {
        // Not refused: whoever goes to another method and back finds it as it was.
        return;
    }
    if !rules().flat_map(Rule::algs).any(|one| one == alg) {
        let message = "is no algorithm of tokenEndpointAuthMethod";
        fields.fault("INVALID_VALUE", "tokenEndpointAuthSigningAlg", message, None);
    }
}

/// A set with private, symmetric, weak or broken keys is refused, so that its owner learns of it (CJ-22).
fn is_key_set(text: &str) -> Result<(), String> {
    match Jwks::parse_whole(text.as_bytes()) {
        Ok(_) => Ok(()),
        Err(error @ jose::Error::Key(_)) => Err(format!("must hold public keys that can be used: {error}")),
        Err(_) => Err("must be a JSON Web Key Set (RFC 7517 §5)".into()),
    }
}

const MAX_KEY_SET: usize = 32_768;
