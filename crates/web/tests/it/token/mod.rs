//! The endpoints with client authentication, userinfo and the documents, over HTTP and with a real store.

mod absent;
mod asking;
pub(crate) mod assertions;
mod attestations;
mod attested_dpop;
mod authentication;
mod browser;
mod certificates;
mod clocks;
mod codes;
pub(crate) mod details;
mod documents;
mod explained;
mod introspection;
mod mappings;
mod origins;
mod playground;
mod published;
mod refresh;
pub(crate) mod resources;
mod signed_introspection;
mod signed_metadata;
mod signing;
mod stale;
mod step_up;
mod try_resource;
mod userinfo;
mod workloads;

use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use testkit::{Answer, TestApp};

/// The application holds no client credentials, and what it pushes is not whole: whoever is told so has proven who it is.
fn is_proven(endpoint: &str, answer: &Answer) {
    match endpoint {
        "token" => answer.is_refused(400, "unauthorized_client"),
        "par" => {
            answer.is_refused(400, "invalid_request");
            assert!(answer.member("error_description").contains("is missing"), "{answer:?}");
        }
        _ => assert_eq!(answer.status, 200, "{endpoint}: {answer:?}"),
    }
}

/// Why the request was refused, as its event says.
async fn reason(server: &TestApp, answer: &Answer) -> Reason {
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    server.app.store.explain(correlation).await.unwrap().remove(0).event.refusal.unwrap().reason
}
