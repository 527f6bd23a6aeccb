//! Client-ID metadata documents: a client whose id is the address at which it publishes what it is
//! (draft-ietf-oauth-client-id-metadata-document-02).
//!
//! Nobody registered it: whoever publishes at the address is the client. So the address has one spelling, the document names it
//! octet for octet, and holds no secret.

use jose::digest::sha256;
use serde_json::{Map, Value, json};

use super::{Registrant, application, invalid};
use crate::client::Client;
use crate::client_auth::Method;
use crate::id::{ApplicationId, EnvironmentId};
use crate::model::{Application, Environment, SecretPair};
use crate::outgoing::{Policy, Target};
use crate::policy;
use crate::refusal::{Reason, Refused};
use crate::scope::Scope;
use crate::time::Time;
use crate::uri::{authority_of, host_of};

/// Whether a client id is an address and not the id of a registered application: those have none of its characters.
pub fn is_address(client_id: &str) -> bool {
    client_id.contains("://")
}

/// The address of a document that the environment takes, checked before anything is fetched.
///
/// # Errors
/// `invalid_client`: an address with two readings, without a path, with dot segments, a fragment or a user name (§3); a domain that
/// the environment does not trust.
pub fn address<'a>(client_id: &'a str, environment: &Environment, policy: &Policy) -> Result<&'a str, Refused> {
    let unfit =
        |came: &str| Refused::new(Reason::ClientDocumentUnfit, "the https address of a metadata document", came);
    let domains = policy::client_domains(environment);
    if domains.is_empty() {
        let expected = "an environment with clientIdMetadataDomains";
        return Err(Refused::new(Reason::ClientUnknown, expected, "the address of a metadata document"));
    }
    let target = Target::read(client_id, policy).map_err(|reason| unfit(&reason.to_string()))?;
    // What a parser would write otherwise could be two clients in one or one in two: dot segments, capitals of the host, `:443`.
    if target.as_str() != client_id {
        return Err(unfit("an address that is spelled otherwise than it is read"));
    }
    let authority = authority_of(client_id).unwrap_or_default();
    let path = client_id.split_once("://").and_then(|(_, rest)| rest.strip_prefix(authority)).unwrap_or_default();
    if path.len() < 2 || path.starts_with('?') || path.starts_with("/?") {
        return Err(unfit("an address without a path"));
    }
    if dotted(path) {
        return Err(unfit("an address with dot segments"));
    }
    let host = host_of(client_id).unwrap_or_default();
    if domains.iter().any(|domain| trusts(domain, host)) {
        Ok(client_id)
    } else {
        Err(Refused::new(Reason::ClientDomainUntrusted, domains.join(" "), host.to_owned()))
    }
}

/// The client that the document at this address describes, as it is now. It is written nowhere.
///
/// # Errors
/// `invalid_client`, with the member that is at fault.
pub fn client(address: &str, body: &[u8], environment: &Environment) -> Result<Client, Refused> {
    let document = jose::json::parse_strict_object(body, MAX_DEPTH)
        .map_err(|error| refused("a JSON object without repeated members", &error.to_string()))?;
    match document.get("client_id").and_then(Value::as_str) {
        // §4.1: by simple string comparison.
        Some(named) if named == address => {}
        Some(_) => return Err(refused("a client_id that is the address of the document", "another one")),
        None => return Err(refused("a client_id that is the address of the document", "none")),
    }
    // §4.1: nothing that is published is a secret.
    if let Some(secret) = SECRETS.into_iter().find(|name| document.contains_key(*name)) {
        return Err(refused("a document without a secret", secret));
    }
    let metadata = chosen(document, environment).map_err(told)?;
    let id = id_of(environment.id, address);
    let blank =
        Application { client_id: address.to_owned(), ..Application::blank(id, environment.id, Time::default()) };
    let terms = (policy::front_channel_tokens(environment), policy::demands_of_all(environment));
    let mut application = application(&metadata, &blank, Registrant::Anybody, terms).map_err(told)?;
    if let Some(registration) = &mut application.registration {
        registration.open = true;
    }
    if !application.auth_methods.iter().all(|method| METHODS.contains(method)) {
        return Err(refused("token_endpoint_auth_method none or private_key_jwt", "another method"));
    }
    Ok(Client {
        application,
        secrets: SecretPair::default(),
        grants: Vec::new(),
        mappings: crate::mapping::ApplicationMappings::default(),
    })
}

/// Every environment knows it under a number of its own, which is that of no application.
pub fn id_of(environment: EnvironmentId, address: &str) -> ApplicationId {
    let mut told = Vec::from(*environment.uuid().as_bytes());
    told.extend_from_slice(b"client id metadata document\0");
    told.extend_from_slice(address.as_bytes());
    let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = sha256(&told);
    ApplicationId::new(uuid::Builder::from_custom_bytes(first).into_uuid())
}

/// Whether an entry of `clientIdMetadataDomains` may be written: a domain, or `*` for all.
///
/// # Errors
/// What it must be.
pub fn check_domain(entry: &str) -> Result<(), String> {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-')
    };
    if entry == ANY || (entry.len() <= 253 && entry.split('.').all(label)) {
        Ok(())
    } else {
        Err("must be a domain in small letters, such as example.com, or * for all".to_owned())
    }
}

/// Whether an entry of `foreignClientScopes` may be written: one scope.
///
/// # Errors
/// What it must be.
pub fn check_scope(entry: &str) -> Result<(), String> {
    match Scope::parse(entry) {
        Ok(scope) if scope.len() == 1 => Ok(()),
        _ => Err("must be the name of one scope".to_owned()),
    }
}

/// The metadata as one that registers would send it: of alternatives (OpenID Connect Relying Party Metadata Choices 1.0 §3) the first that
/// this server has.
fn chosen(mut document: Map<String, Value>, environment: &Environment) -> Result<Map<String, Value>, Refused> {
    let own = policy::own_alg(environment).name();
    let has_keys = document.contains_key("jwks") || document.contains_key("jwks_uri");
    let methods: &[&str] = if has_keys { &["private_key_jwt", "none"] } else { &["none"] };
    choose(&mut document, "token_endpoint_auth_method", "token_endpoint_auth_methods_supported", methods)?;
    // §4.1: the default of RFC 7591 is a secret, which there is none of.
    document.entry("token_endpoint_auth_method").or_insert_with(|| json!(if has_keys { methods[0] } else { "none" }));
    choose(&mut document, "subject_type", "subject_types_supported", &["public"])?;
    for (one, many) in [
        ("id_token_signed_response_alg", "id_token_signing_alg_values_supported"),
        ("userinfo_signed_response_alg", "userinfo_signing_alg_values_supported"),
        ("introspection_signed_response_alg", "introspection_signing_alg_values_supported"),
    ] {
        choose(&mut document, one, many, &[own])?;
    }
    let always = ["id_token_signed_response_alg", "authorization_signed_response_alg"];
    for one in always.into_iter().chain(["userinfo_signed_response_alg", "introspection_signed_response_alg"]) {
        // No key is made for who is registered nowhere: there is the one that the environment signs with.
        match document.get(one).and_then(Value::as_str) {
            Some(alg) if alg != own => return Err(invalid(one, "must be that of the environment")),
            // The presence of the others says that the answer is to be signed.
            Some(_) if always.contains(&one) => _ = document.remove(one),
            _ => {}
        }
    }
    document.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    Ok(document)
}

/// Puts the first of the alternatives that there is here where one value stands, unless one does.
fn choose(document: &mut Map<String, Value>, one: &str, many: &'static str, here: &[&str]) -> Result<(), Refused> {
    let Some(alternatives) = document.remove(many) else { return Ok(()) };
    if document.get(one).is_some_and(|value| !value.is_null()) {
        return Ok(());
    }
    let named = alternatives.as_array().ok_or_else(|| invalid(many, "must be a list"))?;
    let first = here.iter().find(|value| named.iter().any(|one| one == *value));
    let first = first.ok_or_else(|| invalid(many, "must hold one that this server has"))?;
    document.insert(one.to_owned(), json!(first));
    Ok(())
}

fn trusts(domain: &str, host: &str) -> bool {
    domain == ANY || host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// RFC 3986 §3.3, in any spelling.
fn dotted(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    path.split('/').any(|segment| matches!(segment, "." | ".."))
}

fn refused(expected: &str, came: &str) -> Refused {
    Refused::new(Reason::ClientDocumentInvalid, expected, came)
}

/// What is at fault in the document is told as that.
fn told(fault: Refused) -> Refused {
    Refused { reason: Reason::ClientDocumentInvalid, message: None, details: Vec::new(), ..fault }
}

/// §4.1: none that needs a secret of both.
const METHODS: [Method; 2] = [Method::None, Method::PrivateKeyJwt];
const SECRETS: [&str; 2] = ["client_secret", "client_secret_expires_at"];
/// What is of alternatives of the server's, and what would have to be called when nobody asks for the client: by then it has no document.
const LEFT_OUT: [&str; 5] = [
    "code_challenge_methods_supported",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
];
const ANY: &str = "*";
const MAX_DEPTH: usize = 8;

#[cfg(test)]
mod tests;
