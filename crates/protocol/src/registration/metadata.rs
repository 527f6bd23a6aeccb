//! Client metadata (RFC 7591 §2) and properties of an application, side by side: each member once, in both directions.

use serde_json::{Map, Value, json};

use super::{Registrant, Registration, invalid, replaced, responses, statement};
use crate::authorization::GrantType;
use crate::client_auth::Method;
use crate::model::check::application::is_web_address;
use crate::model::{Application, ApplicationType, FrontChannelTokens, ParRequirement};
use crate::refusal::{Reason, Refused};

/// A member that is a property of the application.
struct Member {
    /// As registered with IANA.
    name: &'static str,
    /// As the management API has it.
    property: &'static str,
    /// The value of the property. An error says what the member must be.
    into: fn(&Value) -> Result<Value, &'static str>,
    /// The value of the member; None where there is nothing to say.
    from: fn(&Application) -> Option<Value>,
}

const MEMBERS: &[Member] = &[
    Member { name: "client_name", property: "name", into: same, from: |a| Some(json!(a.name)) },
    Member { name: "redirect_uris", property: "redirectUris", into: same, from: |a| Some(json!(a.redirect_uris)) },
    Member {
        name: "post_logout_redirect_uris",
        property: "postLogoutRedirectUris",
        into: same,
        from: |a| listed(&a.post_logout_redirect_uris),
    },
    Member {
        name: "token_endpoint_auth_method",
        property: "tokenEndpointAuthMethod",
        into: method,
        from: |a| a.auth_methods.first().map(|method| json!(method.name())),
    },
    Member {
        name: "token_endpoint_auth_signing_alg",
        property: "tokenEndpointAuthSigningAlg",
        into: same,
        from: |a| a.auth_signing_alg.map(|alg| json!(alg.name())),
    },
    Member {
        name: "grant_types",
        property: "grantTypes",
        into: responses::grants,
        from: |a| Some(a.grant_types.iter().map(|grant| grant.name()).collect()),
    },
    Member { name: "response_types", property: "responseTypes", into: same, from: responses::drawn },
    // JARM §3; the modes as metadata of this server's documents has them.
    Member {
        name: "authorization_signed_response_alg",
        property: "authorizationSignedResponseAlg",
        into: same,
        from: |a| a.signing.authorization.map(|alg| json!(alg.name())),
    },
    Member {
        name: "response_modes",
        property: "responseModes",
        into: same,
        from: |a| {
            let modes = &a.response_modes;
            (!modes.is_empty()).then(|| modes.iter().map(|mode| mode.name()).collect())
        },
    },
    Member { name: "application_type", property: "type", into: kind, from: drawn_kind },
    Member {
        name: "jwks",
        property: "jwks",
        into: key_set,
        from: |a| a.keys.jwks().and_then(|text| serde_json::from_str(text).ok()),
    },
    Member { name: "jwks_uri", property: "jwksUrl", into: same, from: |a| a.keys.jwks_url().map(|uri| json!(uri)) },
    Member {
        name: "client_uri",
        property: "homePageUrl",
        into: same,
        from: |a| a.home_page_url.as_ref().map(|uri| json!(uri)),
    },
    Member {
        name: "initiate_login_uri",
        property: "initiateLoginUri",
        into: same,
        from: |a| a.initiate_login_uri.as_ref().map(|uri| json!(uri)),
    },
    Member {
        name: "id_token_signed_response_alg",
        property: "idTokenSignedResponseAlg",
        into: same,
        from: |a| a.signing.id_token.map(|alg| json!(alg.name())),
    },
    Member {
        name: "userinfo_signed_response_alg",
        property: "userInfoSignedResponseAlg",
        into: same,
        from: |a| a.signing.user_info.map(|alg| json!(alg.name())),
    },
    // RFC 9701 §6.
    Member {
        name: "introspection_signed_response_alg",
        property: "introspectionSignedResponseAlg",
        into: same,
        from: |a| a.signing.introspection.map(|alg| json!(alg.name())),
    },
    Member {
        name: "request_object_signing_alg",
        property: "requestObjectSigningAlg",
        into: same,
        from: |a| a.request_object.signing_alg.map(|alg| json!(alg.name())),
    },
    Member {
        name: "require_signed_request_object",
        property: "requireSignedRequestObject",
        into: same,
        from: |a| (a.request_object.require_signed == Some(true)).then_some(Value::Bool(true)),
    },
    // OIDC Registration §2.
    Member { name: "request_uris", property: "requestUris", into: same, from: |a| listed(&a.request_uris) },
    Member {
        name: "dpop_bound_access_tokens",
        property: "dpopBoundAccessTokens",
        into: same,
        from: |a| a.dpop_bound.then_some(Value::Bool(true)),
    },
    // RFC 9396 §10.
    Member {
        name: "authorization_details_types",
        property: "authorizationDetailsTypes",
        into: same,
        from: |a| listed(&a.authorization_details_types),
    },
    // Back-Channel Logout §2.2.
    Member {
        name: "backchannel_logout_uri",
        property: "backchannelLogoutUri",
        into: same,
        from: |a| a.logout.backchannel_uri.as_ref().map(|uri| json!(uri)),
    },
    Member {
        name: "backchannel_logout_session_required",
        property: "backchannelLogoutSessionRequired",
        into: same,
        from: |a| a.logout.backchannel_session_required.then_some(Value::Bool(true)),
    },
    // Front-Channel Logout §2.
    Member {
        name: "frontchannel_logout_uri",
        property: "frontchannelLogoutUri",
        into: same,
        from: |a| a.logout.frontchannel_uri.as_ref().map(|uri| json!(uri)),
    },
    Member {
        name: "frontchannel_logout_session_required",
        property: "frontchannelLogoutSessionRequired",
        into: same,
        from: |a| a.logout.frontchannel_session_required.then_some(Value::Bool(true)),
    },
    // RFC 8705 §2.1.2, §3.4.
    Member {
        name: "tls_client_certificate_bound_access_tokens",
        property: "tlsClientCertificateBoundAccessTokens",
        into: same,
        from: |a| a.certificate_bound.then_some(Value::Bool(true)),
    },
    Member {
        name: "tls_client_auth_subject_dn",
        property: "tlsClientAuth",
        into: |value| Ok(json!({ "subjectDn": value })),
        from: |a| a.tls_client_auth.subject_dn.as_ref().map(|dn| json!(dn)),
    },
    Member {
        name: "tls_client_auth_san_dns",
        property: "tlsClientAuth",
        into: |value| Ok(json!({ "sanDns": value })),
        from: |a| a.tls_client_auth.san_dns.as_ref().map(|name| json!(name)),
    },
    Member {
        name: "tls_client_auth_san_uri",
        property: "tlsClientAuth",
        into: |value| Ok(json!({ "sanUri": value })),
        from: |a| a.tls_client_auth.san_uri.as_ref().map(|uri| json!(uri)),
    },
    Member {
        name: "tls_client_auth_san_ip",
        property: "tlsClientAuth",
        into: |value| Ok(json!({ "sanIp": value })),
        from: |a| a.tls_client_auth.san_ip.as_ref().map(|address| json!(address)),
    },
    Member {
        name: "tls_client_auth_san_email",
        property: "tlsClientAuth",
        into: |value| Ok(json!({ "sanEmail": value })),
        from: |a| a.tls_client_auth.san_email.as_ref().map(|address| json!(address)),
    },
    // RFC 9126 §6.
    Member {
        name: "require_pushed_authorization_requests",
        property: "parRequirement",
        into: pushed,
        from: |a| (a.par.requirement == Some(ParRequirement::Required)).then_some(Value::Bool(true)),
    },
];

/// Whether a member of metadata stands for the property.
pub(super) fn is_said(property: &str) -> bool {
    MEMBERS.iter().any(|member| member.property == property)
}

/// What the management API would have been sent.
///
/// # Errors
/// The member that is of another kind, or asks for what is not there to be had.
pub(super) fn body(
    metadata: &Map<String, Value>,
    before: &Application,
    registrant: Registrant,
    front: FrontChannelTokens,
) -> Result<Map<String, Value>, Refused> {
    let mut body = replaced::others(before);
    for member in MEMBERS {
        // RFC 7591 §2: null is as if it were not there.
        if let Some(value) = metadata.get(member.name).filter(|value| !value.is_null()) {
            let value = (member.into)(value).map_err(|message| invalid(member.name, message))?;
            // Several members may be of one property.
            match (body.get_mut(member.property), value) {
                (Some(Value::Object(all)), Value::Object(one)) => all.extend(one),
                (_, value) => _ = body.insert(member.property.to_owned(), value),
            }
        }
    }
    let mut default = |name: &str, value: Value| {
        body.entry(name).or_insert(value);
    };
    default("protocol", json!("OPENID_CONNECT"));
    default("type", json!(ApplicationType::WebApp.name()));
    default("name", json!(named(metadata)));
    // RFC 7591 §2.
    default("tokenEndpointAuthMethod", json!(Method::ClientSecretBasic.management_name()));
    default("grantTypes", json!([GrantType::AuthorizationCode.management_name()]));
    if !before.name.is_empty() {
        // What it is cannot be changed, and a repetition need not say it.
        body.insert("type".to_owned(), json!(before.kind.name()));
    }
    body.insert("enabled".to_owned(), json!(before.name.is_empty() || before.enabled));
    let method = body.get("tokenEndpointAuthMethod").and_then(Value::as_str).and_then(Method::from_management_name);
    let needy = method.filter(|method| method.needs_keys());
    if let Some(method) = needy.filter(|_| !body.contains_key("jwks") && !body.contains_key("jwksUrl")) {
        return Err(invalid("jwks", &format!("is needed by {}, or jwks_uri", method.name())));
    }
    let only = before.registration.as_deref().map_or(&[][..], |kept| &kept.grants);
    responses::settle(metadata, &mut body, (registrant, only), front)?;
    responses::refuse_subjects(metadata)?;
    Ok(body)
}

/// What the client said of itself that no rule reads.
///
/// # Errors
/// A member of another kind, or an address that is none.
pub(super) fn registration(metadata: &Map<String, Value>, kept: &Registration) -> Result<Registration, Refused> {
    let text = |name: &'static str| match metadata.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= MAX_TEXT && text.chars().all(crate::model::check::is_printable) => {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(invalid(name, "must be a text of at most 2048 printable characters")),
    };
    let address = |name: &'static str| {
        let found = text(name)?;
        found.map(|uri| is_web_address(&uri).map(|()| uri).map_err(|message| invalid(name, &message))).transpose()
    };
    Ok(Registration {
        token: kept.token,
        open: kept.open,
        contacts: contacts(metadata)?,
        logo_uri: address("logo_uri")?,
        policy_uri: address("policy_uri")?,
        tos_uri: address("tos_uri")?,
        scope: text("scope")?,
        software_id: text("software_id")?,
        software_version: text("software_version")?,
        statement: kept.statement.clone(),
        grants: kept.grants.clone(),
    })
}

/// Whether something of the client is read of the member.
pub(super) fn is_member(name: &str) -> bool {
    MEMBERS.iter().any(|member| member.name == name) || KEPT.contains(&name)
}

fn contacts(metadata: &Map<String, Value>) -> Result<Vec<String>, Refused> {
    let told = || invalid("contacts", "must be a list of at most 20 texts");
    let Some(contacts) = metadata.get("contacts").filter(|value| !value.is_null()) else { return Ok(Vec::new()) };
    let texts = contacts.as_array().filter(|list| list.len() <= 20).ok_or_else(told)?;
    texts.iter().map(|one| one.as_str().filter(|text| text.len() <= 320).map(str::to_owned).ok_or_else(told)).collect()
}

/// The metadata of an application: what it is, whatever was asked for (RFC 7591 §3.2.1).
pub fn draw(application: &Application) -> Map<String, Value> {
    let drawn = MEMBERS.iter().filter_map(|member| Some((member.name.to_owned(), (member.from)(application)?)));
    let mut metadata: Map<String, Value> = drawn.collect();
    metadata.insert("subject_type".to_owned(), json!("public"));
    let Some(registration) = application.registration.as_deref() else { return metadata };
    let Registration {
        token: _,
        open: _,
        contacts,
        logo_uri,
        policy_uri,
        tos_uri,
        scope,
        software_id,
        software_version,
        statement,
        grants: _,
    } = registration;
    let texts = [
        ("logo_uri", logo_uri),
        ("policy_uri", policy_uri),
        ("tos_uri", tos_uri),
        ("scope", scope),
        ("software_id", software_id),
        ("software_version", software_version),
        // RFC 7591 §3.2.1: as it came.
        (statement::MEMBER, statement),
    ];
    metadata.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?)))));
    metadata.extend(listed(contacts).map(|contacts| ("contacts".to_owned(), contacts)));
    metadata
}

/// A fault of the body, told by the member that it came of.
pub(super) fn as_metadata(refused: Refused) -> Refused {
    let Some(detail) = refused.details.first().filter(|_| refused.reason == Reason::FieldsInvalid) else {
        return refused;
    };
    // An element of a list is told with its place.
    let at = detail.target.split(['[', '.']).next().unwrap_or_default();
    let member = MEMBERS.iter().find(|member| member.property == at).map_or("client metadata", |member| member.name);
    invalid(member, &detail.message)
}

/// A client without a name is called as it is found: by the host of its page, or of where it is called back.
fn named(metadata: &Map<String, Value>) -> String {
    let first = |name: &str| metadata.get(name).and_then(Value::as_array).and_then(|all| all.first()?.as_str());
    let address = metadata.get("client_uri").and_then(Value::as_str).or_else(|| first("redirect_uris"));
    let host = address.and_then(|uri| uri.split_once("://")?.1.split(['/', '?', '#', '@']).next());
    host.filter(|host| !host.is_empty() && host.len() <= 253).unwrap_or("A client without a name").to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "a member of another kind may be refused")]
fn same(value: &Value) -> Result<Value, &'static str> {
    Ok(value.clone())
}

fn method(value: &Value) -> Result<Value, &'static str> {
    let own = || Method::REGISTRABLE.into_iter().filter(|method| method.is_for_anybody());
    let named = |name: &str| own().find(|method| method.name() == name);
    let method = value.as_str().and_then(named).ok_or("must be one of token_endpoint_auth_methods_supported")?;
    Ok(json!(method.management_name()))
}

fn kind(value: &Value) -> Result<Value, &'static str> {
    match value.as_str() {
        Some("web") => Ok(json!(ApplicationType::WebApp.name())),
        Some("native") => Ok(json!(ApplicationType::NativeApp.name())),
        _ => Err("must be web or native"),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "there may be nothing to say of a member")]
fn drawn_kind(application: &Application) -> Option<Value> {
    Some(json!(if application.kind == ApplicationType::NativeApp { "native" } else { "web" }))
}

fn key_set(value: &Value) -> Result<Value, &'static str> {
    if value.is_object() { Ok(json!(value.to_string())) } else { Err("must be a JSON Web Key Set (RFC 7517 §5)") }
}

fn pushed(value: &Value) -> Result<Value, &'static str> {
    let required = value.as_bool().ok_or("must be true or false")?;
    Ok(json!(if required { ParRequirement::Required } else { ParRequirement::Optional }.name()))
}

fn listed(texts: &[String]) -> Option<Value> {
    (!texts.is_empty()).then(|| json!(texts))
}

const MAX_TEXT: usize = 2048;
/// Members that are no property of the application.
const KEPT: [&str; 8] =
    ["contacts", "logo_uri", "policy_uri", "tos_uri", "scope", "software_id", "software_version", "subject_type"];
