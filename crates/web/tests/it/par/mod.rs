//! Pushed authorization requests over HTTP (RFC 9126): what is refused at the push, and what a reference is good for.

mod fetched;
mod object;
mod once;
mod required;
mod used;

use protocol::audit::Refusal;
use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use testkit::people::{CALLBACK, MOUNT, SECRET};
use testkit::{Answer, CHALLENGE, People, encode};

const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// Pushes for the confidential application, with these parameters beside what every request has.
async fn push(people: &People, more: &[(&str, &str)]) -> Answer {
    let named: Vec<&str> = more.iter().map(|(name, _)| *name).collect();
    let sound = [
        ("client_id", people.client.as_str()),
        ("client_secret", SECRET),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("state", "pushed"),
    ];
    let sound = sound.into_iter().filter(|(name, _)| !named.contains(name));
    let fields: Vec<(&str, &str)> = sound.chain(more.iter().copied()).filter(|(_, value)| *value != "-").collect();
    people.server.form(&people.path("/as/par"), &fields).await
}

/// The reference to a sound request.
async fn reference(people: &People, more: &[(&str, &str)]) -> String {
    let pushed = push(people, more).await;
    assert_eq!(pushed.status, 201, "{pushed:?}");
    pushed.text_of("request_uri")
}

/// The address that a browser brings a reference to.
fn with(people: &People, client: &str, request_uri: &str, more: &str) -> String {
    let query = encode(&[("client_id", client), ("request_uri", request_uri)]);
    people.path(&format!("/as/authorize?{query}&{more}"))
}

fn at(people: &People, request_uri: &str) -> String {
    with(people, &people.client, request_uri, "")
}

/// What the owner is told of a request that was refused.
async fn explained(people: &People, answer: &Answer) -> Refusal {
    people.server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let mut told = people.server.app.store.explain(correlation).await.unwrap();
    told.remove(0).event.refusal.unwrap()
}

/// Why it was refused.
async fn reason(people: &People, answer: &Answer) -> Reason {
    explained(people, answer).await.reason
}

/// A refusal that goes nowhere: a page of this server, with its reason.
async fn is_page(people: &People, answer: &Answer, expected: Reason) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(answer.header("location").is_empty() && answer.text.contains("id=\"error\""), "{answer:?}");
    assert!(answer.header("set-cookie").is_empty(), "{answer:?}");
    assert_eq!(reason(people, answer).await, expected);
}

/// PA-06: RFC 9126 §2.2. In Spring's layout as well, and every time another one.
#[tokio::test]
async fn a_reference_is_given() {
    let people = People::start().await;
    let mut seen = Vec::new();
    let fields = [
        ("client_id", people.client.as_str()),
        ("client_secret", SECRET),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
    ];
    for path in [people.path("/as/par"), people.path("/as/par"), format!("{MOUNT}/oauth2/par")] {
        let pushed = people.server.form(&path, &fields).await;
        assert_eq!(pushed.status, 201, "{pushed:?}");
        assert!(pushed.header("cache-control").contains("no-store"), "{pushed:?}");
        assert!(pushed.header("content-type").starts_with("application/json"), "{pushed:?}");
        assert_eq!(pushed.body["expires_in"], 60);
        let members: Vec<&String> = pushed.body.as_object().unwrap().keys().collect();
        assert_eq!(members, ["expires_in", "request_uri"]);
        let reference = pushed.member("request_uri").strip_prefix(URN).unwrap().to_owned();
        assert_eq!(jose::b64::decode(&reference).map(|octets| octets.len()), Some(32));
        assert!(!seen.contains(&reference));
        seen.push(reference);
    }
    people.change(serde_json::json!({ "parTimeout": 5 })).await;
    assert_eq!(push(&people, &[]).await.body["expires_in"], 5);
}

/// PA-05: the error is the one of the authorization endpoint, told to the client, and nothing is kept. PA-02, PA-04.
#[tokio::test]
async fn what_the_authorization_endpoint_would_refuse_is_refused_at_once() {
    let people = People::start().await;
    for (more, error, expected) in [
        (vec![("redirect_uri", "https://evil.example/cb")], "invalid_request", Reason::RedirectUriInvalid),
        (vec![("redirect_uri", "-")], "invalid_request", Reason::RedirectUriInvalid),
        (vec![("response_type", "-")], "invalid_request", Reason::ResponseTypeMissing),
        (vec![("response_type", "token")], "unauthorized_client", Reason::ResponseTypeNotAllowed),
        (vec![("response_type", "code code")], "unsupported_response_type", Reason::ResponseTypeUnsupported),
        (vec![("response_mode", "web_message")], "invalid_request", Reason::ResponseModeInvalid),
        (vec![("scope", "openid admin")], "invalid_scope", Reason::ScopeInvalid),
        (vec![("resource", "https://other.example")], "invalid_target", Reason::ResourceUnknown),
        (vec![("prompt", "none login")], "invalid_request", Reason::ParameterInvalid),
        (vec![("max_age", "soon")], "invalid_request", Reason::ParameterInvalid),
        (vec![("code_challenge", "short")], "invalid_request", Reason::ChallengeInvalid),
        (vec![("code_challenge_method", "S256")], "invalid_request", Reason::ChallengeMissing),
        (vec![("id_token_hint", "x")], "invalid_request", Reason::HintInvalid),
        (vec![("state", &"s".repeat(2049))], "invalid_request", Reason::ParameterInvalid),
        (vec![("request", "x")], "invalid_request_object", Reason::RequestObjectInvalid),
        (vec![("registration", "{}")], "registration_not_supported", Reason::RegistrationNotSupported),
        // RFC 9126 §2.1: whatever it refers to, and whatever stands beside it.
        (vec![("request_uri", "https://canary.example/")], "invalid_request", Reason::RequestUriPushed),
        (vec![("request_uri", URN), ("redirect_uri", "-")], "invalid_request", Reason::RequestUriPushed),
        (vec![("state", "a"), ("state", "b")], "invalid_request", Reason::ParameterRepeated),
        (vec![("client_id", "nobody")], "invalid_client", Reason::ClientUnknown),
        (vec![("client_secret", "wrong")], "invalid_client", Reason::SecretWrong),
        (vec![("client_secret", "-")], "invalid_client", Reason::CredentialsMissing),
    ] {
        let refused = push(&people, &more).await;
        refused.is_refused(if error == "invalid_client" { 401 } else { 400 }, error);
        assert!(refused.header("location").is_empty(), "{refused:?}");
        assert_eq!(reason(&people, &refused).await, expected, "{more:?}");
    }
    // PK-05: a public client names itself, and cannot go without its proof key.
    let public = [("client_id", people.public.as_str()), ("client_secret", "-")];
    push(&people, &public).await.is_refused(400, "invalid_request");
    let proven = [&public[..], &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]].concat();
    assert_eq!(push(&people, &proven).await.status, 201);
    // What cannot be kept is refused, and is no failure of the server: escaped it is longer than a request may be.
    people
        .change(serde_json::json!({ "allowWildcardInRedirectUris": true, "redirectUris": ["https://app.example/*"] }))
        .await;
    let long = format!("https://app.example/{}", "(".repeat(30_000));
    let body = format!("client_id={}&client_secret={SECRET}&response_type=code&redirect_uri={long}", people.client);
    let refused = people.server.encoded(&people.path("/as/par"), &body).await;
    refused.is_refused(400, "invalid_request");
}

/// PA-01, PA-05: a method that is not POST, a body that is too long; at both addresses.
#[tokio::test]
async fn only_a_form_of_some_length_is_pushed() {
    let people = People::start().await;
    for path in [people.path("/as/par"), format!("{MOUNT}/oauth2/par")] {
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH"] {
            let answer = people.server.send(testkit::Request::new(method, &path)).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").contains("POST"), "{answer:?}");
        }
        let body = format!("client_id={}&client_secret={SECRET}&state={}", people.client, "s".repeat(64 * 1024));
        assert_eq!(people.server.encoded(&path, &body).await.status, 413);
    }
}

/// F8: rows of nobody are as few as the sign-ons that nobody begins; whoever proved who they are has theirs.
#[tokio::test]
async fn public_clients_push_as_often_as_sign_ons_are_begun() {
    let people = People::start().await;
    let public = [
        ("client_id", people.public.as_str()),
        ("client_secret", "-"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let mut statuses = Vec::new();
    for _ in 0..1_300 {
        let pushed = push(&people, &public).await;
        assert!(pushed.status != 429 || pushed.headers.contains_key("retry-after"), "{pushed:?}");
        statuses.push(pushed.status);
        if pushed.status == 429 {
            break;
        }
    }
    assert_eq!(statuses.last(), Some(&429), "after {}", statuses.len());
    assert_eq!(people.browser().get(&people.authorize("")).await.status, 429, "what is begun is counted together");
    assert_eq!(push(&people, &[]).await.status, 201);
}
