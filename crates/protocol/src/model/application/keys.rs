//! What an application makes its assertions with (RFC 7591 §2) and for: public keys, as a set or as an address that has one, the
//! algorithm, and the audience. Likewise of its request objects, and what its access tokens are.

use std::sync::{Arc, OnceLock};

use jose::{Alg, Jwks};

use super::SigningSettings;
use super::certificate::KeyCertificate;
use super::describe::MAX_URL;
use super::unused::named;
use crate::client_auth::{Method, Rule};
use crate::id::{EnvironmentId, KeyRotationPolicyId};
use crate::model::check::Fields;
use crate::model::check::application::is_fetched_address;
use crate::model::describe::{Absent, AmongIf, Place, Refers, Walk, property};
use crate::model::{TokenFormat, key_rotation_policy};
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

/// Whose word counts for the application: keys of its own as a set or as certificates, or an address that has a set. What is parsed
/// of them is kept with them, so they are changed as a whole alone.
#[derive(Clone, Debug, Default)]
pub struct RegisteredKeys {
    /// A JSON Web Key Set as text. Not beside `jwks_url`.
    jwks: Option<String>,
    jwks_url: Option<String>,
    certificates: Vec<KeyCertificate>,
    /// The set and the keys of the certificates together, or why there is none.
    own: OnceLock<Arc<Result<Jwks, String>>>,
}

impl RegisteredKeys {
    pub fn new(jwks: Option<String>, jwks_url: Option<String>) -> Self {
        Self { jwks, jwks_url, ..Self::default() }
    }

    pub fn jwks(&self) -> Option<&str> {
        self.jwks.as_deref()
    }

    pub fn jwks_url(&self) -> Option<&str> {
        self.jwks_url.as_deref()
    }

    pub fn certificates(&self) -> &[KeyCertificate] {
        &self.certificates
    }

    /// The same with other certificates.
    #[must_use]
    pub fn with(self, certificates: Vec<KeyCertificate>) -> Self {
        Self { certificates, own: OnceLock::new(), ..self }
    }

    /// Whether there is none at all, so that no assertion can be verified.
    pub fn is_empty(&self) -> bool {
        self.jwks.is_none() && self.jwks_url.is_none() && self.certificates.is_empty()
    }

    /// The keys that are registered themselves, parsed the first time alone. The error says why there is no set.
    pub fn own(&self) -> Arc<Result<Jwks, String>> {
        self.own.get_or_init(|| Arc::new(self.parsed())).clone()
    }

    fn parsed(&self) -> Result<Jwks, String> {
        let set = self.jwks.as_deref().map(|text| Jwks::parse(text.as_bytes()));
        let mut keys = set.transpose().map_err(|error| error.to_string())?.map_or_else(Vec::new, Jwks::into_keys);
        keys.extend(self.certificates.iter().filter_map(|one| Some(one.read()?.jwk)));
        Ok(Jwks::new(keys))
    }

    pub(in crate::model) fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { jwks, jwks_url, certificates: _, own } = self;
        *own = OnceLock::new();
        walk.text_if(&const { named("jwks").verbatim(MAX_KEY_SET, is_key_set) }, jwks);
        walk.text_if(&const { named("jwksUrl").checked(MAX_URL, is_fetched_address) }, jwks_url);
        walk.judge(&mut |fields| {
            if jwks.is_some() && jwks_url.is_some() {
                // RFC 7591 §2: "MUST NOT both be present".
                fields.fault("INVALID_VALUE", "jwksUrl", "must not stand beside jwks", None);
            }
        });
    }

    /// They have calls of their own: no body writes them.
    pub(super) fn describe_certificates(&mut self, walk: &mut dyn Walk) {
        self.own = OnceLock::new();
        walk.stored("certificates", &mut self.certificates);
    }
}

/// What is parsed follows from what is registered.
impl PartialEq for RegisteredKeys {
    fn eq(&self, other: &Self) -> bool {
        let Self { jwks, jwks_url, certificates, own: _ } = self;
        (jwks, jwks_url, certificates) == (&other.jwks, &other.jwks_url, &other.certificates)
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

/// Likewise, what is signed for it: any algorithm with a key pair (CR-13: never `none`), for which the environment then has a key.
pub(super) fn describe_signing(signing: &mut SigningSettings, walk: &mut dyn Walk) {
    // The policy stands among PingOne's own.
    let SigningSettings { id_token, user_info, authorization, introspection, policy: _ } = signing;
    let own = const { property("idTokenSignedResponseAlg").stored_as("id_token_alg") };
    walk.choice(&own, &mut AmongIf { allowed: Alg::ASYMMETRIC, value: id_token });
    let own = const { property("userInfoSignedResponseAlg").stored_as("user_info_alg") };
    walk.choice(&own, &mut AmongIf { allowed: Alg::ASYMMETRIC, value: user_info });
    let own = const { property("authorizationSignedResponseAlg").stored_as("authorization_alg") };
    walk.choice(&own, &mut AmongIf { allowed: Alg::ASYMMETRIC, value: authorization });
    let own = const { property("introspectionSignedResponseAlg").stored_as("introspection_alg") };
    walk.choice(&own, &mut AmongIf { allowed: Alg::ASYMMETRIC, value: introspection });
}

/// Whose keys sign for it: the environment's own policy where a body names none.
pub(super) fn describe_policy(
    policy: &mut Option<KeyRotationPolicyId>,
    environment: EnvironmentId,
    walk: &mut dyn Walk,
) {
    let mut present = policy.is_some();
    walk.within_if(&const { named("signing") }, &mut present, &mut |walk| {
        walk.within_if(&const { named("keyRotationPolicy") }, &mut true, &mut |walk| {
            walk.id(&named("id").required().refers(Refers::KeyRotationPolicy(environment)), policy);
        });
    });
    walk.judge(&mut |_| {
        if !present || policy.is_none() {
            *policy = Some(key_rotation_policy(environment).into());
        }
    });
}

/// Likewise, what its access tokens are.
pub(super) fn describe_access_tokens(
    format: &mut TokenFormat,
    seconds: &mut Option<i64>,
    dpop_bound: &mut bool,
    walk: &mut dyn Walk,
) {
    // This server's own property: PingOne's clients do not know it, so its absence changes nothing.
    let own = const { property("accessTokenFormat").absent(Absent::Kept).stored_as("token_format").unless("JWT") };
    walk.choice(&own, format);
    // RFC 9449 §5.2; likewise.
    let own = const { property("dpopBoundAccessTokens").absent(Absent::Kept).stored_as("dpop_bound") };
    let mut said = Some(*dpop_bound).filter(|bound| *bound);
    walk.flag_if(&own, &mut said);
    *dpop_bound = said.unwrap_or_default();
    walk.number(&const { property("accessTokenSeconds").place(Place::Hidden("access_token_seconds")) }, seconds);
}

/// RFC 7523 §3, RFC 8705 §2.2: an assertion or a certificate that no key is known for proves nothing.
pub(super) fn judge_keys(methods: &[Method], keys: &RegisteredKeys, alg: Option<Alg>, fields: &mut Fields<'_>) {
    judge_alg(methods, alg, fields);
    let faulty = fields.has("jwks") || fields.has("jwksUrl");
    let needy = methods.first().filter(|method| method.needs_keys());
    if let Some(method) = needy.filter(|_| keys.is_empty() && !faulty) {
        let message = format!("{} needs jwks or jwksUrl, or a certificate (POST …/keys)", method.management_name());
        fields.fault("REQUIRED_VALUE", "jwks", &message, None);
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
