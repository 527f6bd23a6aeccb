//! Decides whether a request is a form with client credentials, and whether its sender has failed too often already.

use axum::body::Body;
use engine::site::Site;
use engine::token::Form;
use engine::{Ask, Failed};
use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::request::Parts;
use protocol::client_auth::{Presented, SentAttestation};
use protocol::params::Params;
use protocol::refusal::Refused;

use super::cors::{Who, named_in_query};
use crate::ask;
use crate::layers::form::form_or_nothing;
use crate::state::AppState;

/// A request on its way, with the name under which its failures are counted.
pub(super) struct Read {
    pub(super) form: Result<Form, Refused>,
    counted: Option<String>,
    claimed: Option<String>,
}

/// Reads the form. What is wrong with it is a refusal that the engine records.
pub(super) async fn read(web: &AppState, site: &Site, ask: &Ask, parts: &Parts, body: Body) -> Read {
    let form = params(parts, body).await;
    let named = form.as_ref().ok().and_then(|params| params.text("client_id")).map(str::to_owned);
    let form = match form.and_then(|params| present(parts, params)) {
        Ok(form) => form,
        Err(refused) => {
            return Read { form: Err(refused), counted: None, claimed: named.or_else(|| named_in_query(parts)) };
        }
    };
    let claimed = Some(form.presented.client_id().to_owned());
    let key = format!("{}/{}", site.environment, form.presented.client_id());
    // RFC 6749 §2.3.1: whoever guesses is slowed down; the client itself is not, also where a proxy makes one address of both
    // (CA-46). Comparing a secret costs less than refusing to.
    let wait = ask.source.and_then(|source| web.failures.check(source, &key).err()).map(|wait| wait.0);
    Read { form: Ok(Form { wait, ..form }), counted: Some(key), claimed }
}

/// Counts a refusal, and against its sender a failure to authenticate.
pub(super) fn count(web: &AppState, ask: &Ask, counted: Option<&str>, failure: &Failed) {
    web.metrics.refused(failure.reason().row().name);
    if let (Some(source), Some(key), "invalid_client") = (ask.source, counted, failure.reason().row().oauth) {
        web.failures.record(source, key);
    }
}

impl Read {
    /// Whose request this says it is, proven or not: what decides which pages may read the answer.
    pub(super) fn who(&self) -> Who {
        self.claimed.clone().map_or(Who::Unknown, Who::Client)
    }

    /// Whether the form has a parameter of this name, with or without a value.
    pub(super) fn names(&self, name: &str) -> bool {
        self.form.as_ref().is_ok_and(|form| form.params.present(name))
    }

    /// The form for the engine, and the name to count a failure under.
    pub(super) fn split(self) -> (Result<Form, Refused>, Option<String>) {
        (self.form, self.counted)
    }
}

async fn params(parts: &Parts, body: Body) -> Result<Params, Refused> {
    Params::form(&form_or_nothing(parts, body).await?).map_err(|error| error.refused())
}

fn present(parts: &Parts, params: Params) -> Result<Form, Refused> {
    let lines: Vec<&[u8]> = parts.headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes).collect();
    let field = |name: &str| parts.headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    let attested = SentAttestation {
        attestation: field("oauth-client-attestation"),
        proof: field("oauth-client-attestation-pop"),
        dpop: field("dpop"),
    };
    let presented = Presented::read_attested(&lines, &attested, &params, parts.uri.query())?;
    let (dpop, certificate) = (ask::proof(&parts.headers), ask::certificate(&parts.extensions));
    Ok(Form { presented, params, dpop, certificate, wait: None })
}
