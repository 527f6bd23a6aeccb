//! What of a registration is refused whatever else the metadata say.

use jose::digest::HmacKey;
use protocol::client::Client;
use protocol::model::Application;
use protocol::refusal::{Reason, Refused};
use protocol::secret::SecretDigest;
use serde_json::Value;

use super::Metadata;
use crate::call::Call;

/// Nothing is promised that is not in the metadata: where no certificate can arrive none proves anything.
pub(super) fn offered(call: &Call<'_>, application: &Application) -> Result<(), Refused> {
    let by_certificate = application.auth_methods.iter().find(|method| method.rule().needs_certificate());
    match by_certificate.filter(|_| !call.app.config.certificates) {
        None => Ok(()),
        Some(method) => {
            let message = "token_endpoint_auth_method must be one of token_endpoint_auth_methods_supported";
            Err(Refused::new(Reason::ClientMetadataInvalid, message, method.name()).saying(message))
        }
    }
}

/// RFC 7592 §2.2: who is replaced is said, and what only the server gives is not.
pub(super) fn own(metadata: &Metadata, client: &Client, pepper: &HmacKey) -> Result<(), Refused> {
    let invalid = |member: &str, expected: &str| {
        let message = format!("{member} {expected}");
        Refused::new(Reason::ClientMetadataInvalid, message.clone(), "another value").saying(message)
    };
    let client_id = &client.application.client_id;
    if metadata.get("client_id").and_then(Value::as_str) != Some(client_id) {
        return Err(invalid("client_id", "must be that of the client that is replaced"));
    }
    if let Some(sent) = metadata.get("client_secret") {
        let sent = SecretDigest::of(pepper, sent.as_str().unwrap_or_default());
        if !client.secrets.current.as_ref().is_some_and(|current| current.digest.matches(&sent)) {
            return Err(invalid("client_secret", "must be that of the client, or be left out"));
        }
    }
    let given =
        ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];
    match given.into_iter().find(|name| metadata.contains_key(*name)) {
        Some(name) => Err(invalid(name, "must not be sent")),
        None => Ok(()),
    }
}
