//! What a client that registers itself may be granted, and answered with (RFC 7591 §2.1): each response type with the grant types that it
//! needs, as far as the environment gives them.

use serde_json::{Map, Value, json};

use super::{Registrant, invalid};
use crate::authorization::GrantType;
use crate::authorize::ResponseType;
use crate::model::{Application, FrontChannelTokens, ResponseKind};
use crate::refusal::Refused;

/// Writes what is left of the response and grant types that were asked for. `by` says who registers, and which grants alone may be had.
///
/// # Errors
/// Nothing is left of them, or they need what is not there.
pub(super) fn settle(
    metadata: &Map<String, Value>,
    body: &mut Map<String, Value>,
    by: (Registrant, &[GrantType]),
    front: FrontChannelTokens,
) -> Result<(), Refused> {
    if let Some(asked) = metadata.get("response_types").filter(|value| !value.is_null()) {
        let given = given(asked, front).map_err(|message| invalid("response_types", message))?;
        let kinds = ResponseKind::ALL.into_iter().filter(|kind| given.iter().any(|one| one.holds(*kind)));
        body.insert("responseTypes".to_owned(), kinds.map(ResponseKind::name).collect());
    }
    granted(body, by, front)
}

/// What may be granted to whom: anybody's client acts for people alone (CR-07), and one that an initial access token limits has what that
/// names. The rest is left out, as RFC 7591 §3.2.1 allows.
fn granted(
    body: &mut Map<String, Value>,
    (registrant, only): (Registrant, &[GrantType]),
    front: FrontChannelTokens,
) -> Result<(), Refused> {
    let code = GrantType::AuthorizationCode.management_name();
    let implicit = GrantType::Implicit.management_name();
    let for_people = [code, implicit, GrantType::RefreshToken.management_name()];
    let Some(Value::Array(grants)) = body.get_mut("grantTypes") else { return Ok(()) };
    if registrant == Registrant::Anybody {
        grants.retain(|grant| for_people.iter().any(|own| grant == own));
    }
    if !only.is_empty() {
        grants.retain(|grant| only.iter().any(|one| grant == one.management_name()));
    }
    if front == FrontChannelTokens::None {
        grants.retain(|grant| grant != implicit);
    }
    if grants.is_empty() {
        return Err(invalid("grant_types", "must hold one that this server gives"));
    }
    let codes = grants.iter().any(|grant| grant == code);
    let redirects = grants.iter().any(|grant| grant == code || grant == implicit);
    let has_uris = body.get("redirectUris").and_then(Value::as_array).is_some_and(|uris| !uris.is_empty());
    if redirects && !has_uris {
        return Err(invalid("redirect_uris", "must not be empty: these grant_types need one"));
    }
    if redirects && !codes && !body.contains_key("responseTypes") {
        // RFC 7591 §2: left out it is `code`, which this client could not use.
        return Err(invalid("grant_types", "must hold authorization_code where response_types is left out"));
    }
    if !redirects {
        body.insert("responseTypes".to_owned(), json!([]));
    } else if codes {
        // RFC 7591 §2.
        body.entry("responseTypes").or_insert(json!([ResponseKind::Code.name()]));
    }
    Ok(())
}

/// The response types that were asked for and that the environment gives; others are left out, as above.
///
/// # Errors
/// Nothing is left of what was asked for.
fn given(asked: &Value, front: FrontChannelTokens) -> Result<Vec<ResponseType>, &'static str> {
    let asked = texts(asked)?.into_iter().map(ResponseType::asked).collect::<Option<Vec<_>>>();
    let asked = asked.ok_or("must be some of response_types_supported")?;
    let given: Vec<_> = asked.iter().copied().filter(|kind| kind.is_given(front)).collect();
    if given.is_empty() && !asked.is_empty() {
        return Err("must hold one of response_types_supported");
    }
    Ok(given)
}

/// RFC 7591 §2.1: each response type with the grant types that it needs.
///
/// # Errors
/// A response type that the client asked for and could not use.
pub(super) fn consistent(
    metadata: &Map<String, Value>,
    made: &Application,
    front: FrontChannelTokens,
) -> Result<(), Refused> {
    let Some(asked) = metadata.get("response_types").filter(|value| !value.is_null()) else { return Ok(()) };
    let given = given(asked, front).map_err(|message| invalid("response_types", message))?;
    if given.iter().all(|kind| made.gives(*kind)) {
        Ok(())
    } else {
        Err(invalid("response_types", "must fit grant_types (RFC 7591 §2.1)"))
    }
}

/// Those that there are; others are left out.
pub(super) fn grants(value: &Value) -> Result<Value, &'static str> {
    let asked = texts(value)?;
    let own = GrantType::ALL.into_iter().chain([GrantType::Implicit]);
    Ok(own.filter(|own| asked.contains(&own.name())).map(GrantType::management_name).collect())
}

/// Every type that the client may be answered with.
#[expect(clippy::unnecessary_wraps, reason = "there may be nothing to say of a member")]
pub(super) fn drawn(application: &Application) -> Option<Value> {
    let given = ResponseType::ALL.into_iter().filter(|kind| *kind != ResponseType::None && application.gives(*kind));
    Some(given.map(ResponseType::name).collect())
}

fn texts(value: &Value) -> Result<Vec<&str>, &'static str> {
    let told = "must be a list of texts";
    value.as_array().ok_or(told)?.iter().map(|one| one.as_str().ok_or(told)).collect()
}

/// Nothing is promised that does not come: every subject is public (OIDC Registration §2).
pub(super) fn refuse_subjects(metadata: &Map<String, Value>) -> Result<(), Refused> {
    match metadata.get("subject_type") {
        Some(kind) if !kind.is_null() && kind != "public" => Err(invalid("subject_type", "must be public")),
        Some(_) | None => Ok(()),
    }
}
