//! Certificates of clients over HTTP (RFC 8705): as what proves a client at every endpoint where one does, and as what tokens are bound
//! to. What a handshake makes of a certificate, and a proxy of a header, is tried in `transport`.

mod bound;
mod metadata;
mod registered;
mod vouched;

use engine::bootstrap::dev;
use protocol::audit::Refusal;
use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Badge, CHALLENGE, Database, Request, SANDBOX, TestApp, VERIFIER, basic, server_address};

/// Runs one test on every database at hand, without a socket: a request is then given the certificate that a connection would.
async fn each_store<F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
    let postgres = server_address().is_some() && Database::chosen() == Database::Sqlite;
    for database in [Database::chosen()].into_iter().chain(postgres.then_some(Database::Postgres)) {
        test(TestApp::build().strict().database(database).start().await).await;
    }
}

/// Where a client authenticates.
const ENDPOINTS: [&str; 4] = ["token", "introspect", "revoke", "par"];

/// A request to `endpoint` that lacks nothing but its client.
async fn form(server: &TestApp, endpoint: &str) -> String {
    let redirect = dev::REDIRECT_URI;
    match endpoint {
        "token" => {
            let code = server.code(|_| {}).await;
            format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={VERIFIER}")
        }
        "par" => format!(
            "response_type=code&redirect_uri={redirect}&code_challenge={CHALLENGE}&code_challenge_method=S256&scope=openid"
        ),
        _ => "token=none".to_owned(),
    }
}

/// The shared web application names itself at `endpoint`, over a connection that shows `badge`.
async fn present(server: &TestApp, endpoint: &str, badge: Option<&Badge>) -> Answer {
    let body = format!("{}&client_id={}", form(server, endpoint).await, dev::SHARED_WEB_APPLICATION);
    let request = Request::form(server.at(endpoint)).body(body);
    server.send(badge.into_iter().fold(request, Request::showing)).await
}

fn is_taken(endpoint: &str, answer: &Answer) {
    let status = if endpoint == "par" { 201 } else { 200 };
    assert_eq!(answer.status, status, "{endpoint}: {answer:?}");
}

/// It proves nobody at any endpoint, and nobody outside learns why.
async fn proves_nobody(server: &TestApp, badge: Option<&Badge>, reason: Reason) -> Refusal {
    let mut told = None;
    for endpoint in ENDPOINTS {
        let answer = present(server, endpoint, badge).await;
        answer.is_refused(401, "invalid_client");
        assert!(answer.member("error_description").starts_with("Request denied: Unsupported authentication method ("));
        let refused = refusal(server, &answer).await;
        assert_eq!(refused.reason, reason, "{endpoint}: {refused:?}");
        told = Some(refused);
    }
    told.unwrap()
}

/// What the owner of the environment is told.
async fn refusal(server: &TestApp, answer: &Answer) -> Refusal {
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let mut told = server.app.store.explain(correlation).await.unwrap();
    assert_eq!(told.len(), 1, "{answer:?}");
    told.remove(0).event.refusal.unwrap()
}

/// An administrator says whom the environment trusts.
async fn trust(server: &TestApp, authorities: &[String]) {
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body["clientCertificateAuthorities"] = json!(authorities);
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
}

async fn change(server: &TestApp, members: Value) {
    server.change(dev::SHARED_WEB_APPLICATION, members).await;
}

/// What is wrong with an application that has these members.
async fn fault(server: &TestApp, members: Value) -> Value {
    let path = format!("/environments/{SANDBOX}/applications/{}", dev::SHARED_WEB_APPLICATION);
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    server.manage(Method::PUT, &path, Some(&body)).await.expect(400)["details"][0].clone()
}

/// An Authorization header of the shared web application.
fn secret() -> String {
    basic(dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET)
}
