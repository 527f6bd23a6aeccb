//! Clients that register themselves (RFC 7591, RFC 7592): who may, and what client metadata is as an application.
//!
//! What an application must be is said once, by its description: metadata becomes the body that the management API would have been
//! sent, and is judged as one.

pub mod document;
mod metadata;
mod replaced;
mod responses;
pub mod statement;

use jose::b64;
use serde_json::{Map, Value, json};

use crate::authorization::GrantType;
use crate::authorize::ResponseType;
use crate::model::describe::{Known, Refers, Stored, read};
use crate::model::{Application, FrontChannelTokens, PkceEnforcement};
use crate::names::names;
use crate::policy::Demands;
use crate::refusal::{Reason, Refused};
use crate::secret::TokenHash;

pub use metadata::draw;

names! {
    /// Who may register a client at an environment.
    #[derive(Default)]
    pub enum RegistrationPolicy {
        /// Nobody: clients are made by the management API.
        #[default]
        Disabled = "DISABLED",
        /// Whoever shows an access token that may create applications: the initial access token of RFC 7591 §3.
        InitialAccessToken = "INITIAL_ACCESS_TOKEN",
        /// Anybody, for what a person signs on to; with such a token as above, for more.
        Open = "OPEN",
    }
}

/// Who registers a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registrant {
    /// Nobody in particular. Such a client acts for people alone, never in its own name.
    Anybody,
    /// Somebody who may create applications.
    Trusted,
}

/// What is kept of a client that registered itself, beside what every application has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// Of the registration access token (RFC 7592 §3). None: nobody manages the client by one.
    pub token: Option<TokenHash>,
    /// Whether anybody could have registered it.
    pub open: bool,
    pub contacts: Vec<String>,
    pub logo_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub scope: Option<String>,
    pub software_id: Option<String>,
    pub software_version: Option<String>,
    /// The software statement that it was registered with, as it came. What it says stands in place of what the client says.
    pub statement: Option<String>,
    /// The only grants that it may have, as its initial access token says. Empty: those that whoever registered it may.
    pub grants: Vec<GrantType>,
}

/// The application that the metadata describes, as a change of `before`: a new one, or the one that is replaced. `front` is what the
/// environment gives at its authorization endpoint. Nothing of
/// what only the server decides is read: neither an id nor a secret, nor whether it is enabled (CR-02, CR-10).
///
/// # Errors
/// `invalid_redirect_uri` and `invalid_client_metadata` (RFC 7591 §3.2.2), each naming the member at fault.
pub fn application(
    metadata: &Map<String, Value>,
    before: &Application,
    registrant: Registrant,
    (front, demands): (FrontChannelTokens, &Demands),
) -> Result<Application, Refused> {
    let body = metadata::body(metadata, before, registrant, front)?;
    let mut after = read(&body, &replaced::without_members(before), &Nothing).map_err(metadata::as_metadata)?;
    responses::consistent(metadata, &after, front)?;
    let kept = before.registration.clone().unwrap_or_default();
    after.registration = Some(Box::new(metadata::registration(metadata, &kept)?));
    if !after.is_confidential() {
        // RFC 9700 §2.1.1: a public client's code is worth nothing to whoever steals it.
        after.pkce = PkceEnforcement::S256Required;
    }
    fits(&after, demands)?;
    Ok(after)
}

/// What could do nothing in the environment is told at once: whoever registers it has nobody to ask.
fn fits(application: &Application, demands: &Demands) -> Result<(), Refused> {
    if application.auth_methods.iter().any(|method| !demands.takes_method(*method)) {
        return Err(invalid("token_endpoint_auth_method", "must be one of token_endpoint_auth_methods_supported"));
    }
    let algs = [
        ("token_endpoint_auth_signing_alg", application.auth_signing_alg),
        ("request_object_signing_alg", application.request_object.signing_alg),
        ("authorization_signed_response_alg", application.signing.authorization),
        ("id_token_signed_response_alg", application.signing.id_token),
        ("userinfo_signed_response_alg", application.signing.user_info),
        ("introspection_signed_response_alg", application.signing.introspection),
    ];
    if let Some((name, _)) = algs.iter().find(|(_, alg)| alg.is_some_and(|alg| !demands.takes_alg(alg))) {
        return Err(invalid(name, "must be one of the algorithms that the server's metadata lists for it"));
    }
    let modes = &application.response_modes;
    if !modes.is_empty() && !modes.iter().any(|mode| demands.takes_response_mode(*mode)) {
        return Err(invalid("response_modes", "must hold one of response_modes_supported"));
    }
    let mut types = ResponseType::ALL.into_iter().filter(|kind| application.gives(*kind)).peekable();
    if types.peek().is_some() && !types.any(|kind| demands.takes_response_type(kind)) {
        return Err(invalid("response_types", "must hold one of response_types_supported"));
    }
    if application.redirect_uris.iter().any(|uri| !demands.takes_redirect(uri, application.kind)) {
        return Err(invalid("redirect_uris", "must have https, or be of a native client's loopback interface"));
    }
    Ok(())
}

/// A member of the metadata that is at fault, for its sender.
fn invalid(member: &str, message: &str) -> Refused {
    let reason = match member {
        "redirect_uris" => Reason::RegisteredUriInvalid,
        _ => Reason::ClientMetadataInvalid,
    };
    Refused::new(reason, format!("{member} that {message}"), "another value").saying(format!("{member} {message}"))
}

/// A client that registers itself refers to nothing of the environment; whose keys sign for it stays as an administrator set it.
struct Nothing;

impl Known for Nothing {
    fn has(&self, what: Refers, _: uuid::Uuid) -> bool {
        // Metadata name no group: an administrator wrote those that the client is for, and they stay.
        matches!(what, Refers::KeyRotationPolicy(_) | Refers::Group)
    }
}

/// A row has the members that there are.
impl Stored for Option<Box<Registration>> {
    fn write(&self) -> Option<Value> {
        let Registration {
            token,
            open,
            contacts,
            logo_uri,
            policy_uri,
            tos_uri,
            scope,
            software_id,
            software_version,
            statement,
            grants,
        } = self.as_deref()?;
        let grants: Vec<&str> = grants.iter().map(|grant| grant.management_name()).collect();
        Some(json!({
            "token": token.map(|hash| b64::encode(hash.bytes())),
            "open": open, "contacts": contacts, "logo_uri": logo_uri, "policy_uri": policy_uri, "tos_uri": tos_uri,
            "scope": scope, "software_id": software_id, "software_version": software_version,
            "statement": statement, "grants": grants,
        }))
    }

    fn read(&mut self, stored: Option<&Value>) -> bool {
        let Some(stored) = stored else {
            *self = None;
            return true;
        };
        let text = |name: &str| stored.get(name).and_then(Value::as_str).map(str::to_owned);
        let hash = |text: String| b64::decode(&text)?.try_into().ok().map(TokenHash::from_stored);
        let contacts = stored.get("contacts").and_then(Value::as_array);
        let grants = grants_in(stored);
        *self = Some(Box::new(Registration {
            token: text("token").and_then(hash),
            open: stored.get("open").and_then(Value::as_bool).unwrap_or_default(),
            contacts: contacts.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
            logo_uri: text("logo_uri"),
            policy_uri: text("policy_uri"),
            tos_uri: text("tos_uri"),
            scope: text("scope"),
            software_id: text("software_id"),
            software_version: text("software_version"),
            statement: text("statement"),
            grants: grants.clone().unwrap_or_default(),
        }));
        // A token that cannot be read manages nothing, and nobody is let in by it.
        stored.is_object() && grants.is_some()
    }
}

/// None for one that is not known: without it nobody knows what the others leave.
fn grants_in(stored: &Value) -> Option<Vec<GrantType>> {
    let names = stored.get("grants").and_then(Value::as_array).into_iter().flatten();
    names.map(|name| GrantType::from_management_name(name.as_str()?)).collect()
}

#[cfg(test)]
mod tests;
