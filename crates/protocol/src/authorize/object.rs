//! Decides whether a request object says what its client asks for (RFC 9101, OIDC Core §6.1).
//!
//! What a verified object says is the whole request: nothing beside it counts (RFC 9101 §6.3).

use jose::Verified;
use jose::claims::{CheckedClaims, Checks, TypRule};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::client_auth::{Keys, Told, verify};
use crate::details::PARAMETER;
use crate::model::{Application, RequestObjectTimes};
use crate::params::Params;
use crate::policy::{Demands, REQUEST_OBJECT_SECONDS, REQUEST_OBJECT_SKEW};
use crate::refusal::{Reason, Refused};
use crate::time::Time;

/// RFC 9101 §5: an object, or a reference to one, and never both.
///
/// # Errors
/// [`Reason::RequestObjectBesideReference`].
pub fn brought(params: &Params) -> Result<Option<&str>, Refused> {
    let object = params.text("request");
    if object.is_some() && params.text("request_uri").is_some() {
        let reason = Reason::RequestObjectBesideReference;
        return Err(Refused::new(reason, "request or request_uri", "both"));
    }
    Ok(object)
}

/// What a request object is judged by, beside its client.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    /// What it may be signed with.
    pub keys: Keys<'a>,
    pub demands: &'a Demands,
    pub now: Time,
}

/// The parameters that a request object of `client` says, for this issuer and now.
///
/// # Errors
/// [`Reason::RequestObjectInvalid`] with what does not hold: the form, a key, the signature, a claim.
pub fn read(text: &str, client: &Client, expected: &Expected<'_>) -> Result<Params, Refused> {
    verified(text, client, expected).map_err(|refused| Refused { reason: Reason::RequestObjectInvalid, ..refused })
}

fn verified(text: &str, client: &Client, expected: &Expected<'_>) -> Result<Params, Refused> {
    let Expected { issuer, keys, demands, now } = *expected;
    let application = &client.application;
    let times = times(application, demands);
    let pinned = application.request_object.signing_alg.map(|alg| (alg, "requestObjectSigningAlg"));
    let verified = verify(text, pinned, demands, keys, now)?;
    let told = Told::new(text, verified.typ.clone(), TYP);
    let claims =
        check(verified, application, times, now).map_err(|error| told.of_error(error, &application.client_id))?;
    if !claims.audience.iter().any(|one| one == issuer) {
        return Err(told.of("aud", issuer));
    }
    judge_kind(&claims, application, &told)?;
    in_bounds(&claims, times, now, &told)?;
    parameters(&claims.all, &told)
}

/// FAPI 2.0 Message Signing §5.3.1 items 3 and 4.
fn times(application: &Application, demands: &Demands) -> RequestObjectTimes {
    if demands.request_times { RequestObjectTimes::Required } else { application.request_object.times }
}

fn check(
    verified: Verified,
    application: &Application,
    times: RequestObjectTimes,
    now: Time,
) -> Result<CheckedClaims, jose::Error> {
    let required: &[&str] = match times {
        RequestObjectTimes::Optional => &["iss", "aud", "client_id"],
        RequestObjectTimes::Required => &["iss", "aud", "client_id", "exp", "nbf"],
    };
    Checks {
        // RFC 9101 §4: the client that signs it, for this issuer.
        issuer: Some(&application.client_id),
        // Several may be named, of which this is one.
        audience: None,
        // RFC 9101 §10.8, RFC 8725 §3.11: a token of another kind is no request.
        typ: TypRule::Optional(&["oauth-authz-req+jwt", "JWT"]),
        required,
        now: now.secs(),
        skew: REQUEST_OBJECT_SKEW,
        ahead: REQUEST_OBJECT_SKEW,
    }
    .check(verified)
}

/// What is said of the client, and what cannot be a request.
fn judge_kind(claims: &CheckedClaims, application: &Application, told: &Told<'_>) -> Result<(), Refused> {
    let client_id = application.client_id.as_str();
    // RFC 9101 §5, §6.3: the client of the object is the client that asks.
    if claims.all.get("client_id").and_then(Value::as_str) != Some(client_id) {
        return Err(told.of("client_id", client_id));
    }
    // RFC 9101 §10.8: it could be shown as an assertion of its client.
    if claims.subject.as_deref() == Some(client_id) {
        return Err(told.of("sub", "none, or another than the client id"));
    }
    // RFC 9101 §4: "request and request_uri parameters MUST NOT be included in Request Objects".
    match ["request", "request_uri"].into_iter().find(|name| claims.all.contains_key(*name)) {
        // Not told what it is: it may open something.
        Some(name) => {
            Err(Refused::new(Reason::RequestObjectInvalid, format!("{name}: none in a request object"), "one"))
        }
        None => Ok(()),
    }
}

/// FAPI 2.0 Message Signing §5.3.1: no older than an hour, and no longer than one.
fn in_bounds(claims: &CheckedClaims, times: RequestObjectTimes, now: Time, told: &Told<'_>) -> Result<(), Refused> {
    if times == RequestObjectTimes::Optional {
        return Ok(());
    }
    let (Some(not_before), Some(expires_at)) = (claims.not_before, claims.expires_at) else { return Ok(()) };
    if not_before < now.secs().saturating_sub(REQUEST_OBJECT_SECONDS + REQUEST_OBJECT_SKEW) {
        return Err(told.of("nbf", "at most an hour ago"));
    }
    if expires_at > not_before.saturating_add(REQUEST_OBJECT_SECONDS) {
        return Err(told.of("exp", "at most an hour after nbf"));
    }
    Ok(())
}

/// The claims that are parameters, as those: texts as they are, whole numbers in digits (RFC 9101 §4), several resources as a list
/// (RFC 8707 §2). What the authorization endpoint does not read is left out.
fn parameters(claims: &Map<String, Value>, told: &Told<'_>) -> Result<Params, Refused> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for name in READ {
        let values = match claims.get(name) {
            None => continue,
            Some(Value::Array(several)) if name == "resource" => several.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        for value in values {
            match value {
                Value::String(text) => form.append_pair(name, text),
                // OIDC Core §6.1: as the object that it is.
                Value::Object(_) if name == "claims" => form.append_pair(name, &value.to_string()),
                // RFC 9396 §3: as the list that it is.
                Value::Array(_) if name == PARAMETER => form.append_pair(name, &value.to_string()),
                Value::Number(number) if number.is_i64() => form.append_pair(name, &number.to_string()),
                _ => return Err(told.of(name, "a text")),
            };
        }
    }
    Params::form(form.finish().as_bytes()).map_err(|error| error.refused())
}

/// Whether the application may send its parameters as they are (RFC 9101 §10.5).
pub(super) fn not_demanded(client: &Client, demands: &Demands) -> Result<(), Refused> {
    let expected = if client.application.request_object.require_signed == Some(true) {
        "a request object: requireSignedRequestObject of the application is true".to_owned()
    } else if demands.signed_requests {
        demands.expects("a request object")
    } else {
        return Ok(());
    };
    Err(Refused::new(Reason::RequestObjectRequired, expected, "parameters as they are"))
}

/// The parameters that the authorization endpoint reads.
const READ: [&str; 20] = [
    "acr_values",
    PARAMETER,
    "claims",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "registration",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];
const TYP: &str = "oauth-authz-req+jwt, JWT or none";
