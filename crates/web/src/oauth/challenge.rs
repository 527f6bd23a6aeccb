//! `POST /as/challenge`, `POST /oauth2/challenge`: the challenge of the next proof of a client attestation
//! (draft-ietf-oauth-attestation-based-client-auth §7.1).

use axum::body::Body;
use axum::response::Response;
use engine::Failed;
use engine::metadata::challenge;
use engine::site::Site;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use protocol::refusal::Reason;
use protocol::token::Json;

use super::cors;
use crate::ask::ask;
use crate::error;
use crate::state::AppState;

/// Answers with a challenge. It opens nothing, so any page may have it.
pub async fn post(web: AppState, site: Site, parts: Parts, _body: Body) -> Response {
    let ask = ask(&parts);
    match challenge(&web.app, &site, &ask).await.into_result() {
        Ok(challenge) => {
            let mut response = error::with_json(200, Json::object().text("attestation_challenge", &challenge).finish());
            error::dress(&mut response, site.layout);
            cors::open(response)
        }
        Err(failure) => cors::open(error::management(&failure, ask.correlation)),
    }
}

/// §7.2, §8.4: whoever is refused for want of one is given it.
pub(super) fn give(web: &AppState, site: &Site, failure: &Failed, response: &mut Response) {
    if failure.reason() != Reason::AttestationChallengeRequired {
        return;
    }
    if let Ok(challenge) = HeaderValue::from_str(&web.app.attestation_challenge(site.environment)) {
        response.headers_mut().insert(CHALLENGE, challenge);
    }
}

const CHALLENGE: HeaderName = HeaderName::from_static("oauth-client-attestation-challenge");
