//! Cases of `docs/spec/attacks.list` that need several parties, several environments or the whole of a sign-on.

mod codes;
mod forgery;
mod keys;
mod metadata;
mod mixed_up;
mod pages;
mod people;
mod requests;
mod tenants;
mod timing;

use std::collections::BTreeMap;

use engine::Ask;
use engine::bootstrap::dev;
use protocol::change::Change;
use protocol::id::{CorrelationId, EnvironmentId, UserId};
use serde_json::Value;
use testkit::{Answer, Browser, TestApp};

/// The path of an endpoint of the sandbox.
pub(crate) fn at(endpoint: &str) -> String {
    format!("/{}/as/{endpoint}", dev::ENVIRONMENT)
}

/// The authorization request of an application of the sandbox.
pub(crate) fn authorize(client: &str, more: &[(&str, &str)]) -> String {
    let fields = [("client_id", client), ("response_type", "code"), ("redirect_uri", dev::REDIRECT_URI)];
    let query: Vec<_> = fields.iter().chain(more).collect();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{}?{query}", at("authorize"))
}

/// Opens an authorization request and signs a person on at the page; the response's parameters.
pub(crate) async fn sign_on(browser: &mut Browser, address: &str, username: &str) -> BTreeMap<String, String> {
    let page = browser.get(address).await;
    let page = browser.follow(page).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let done = browser.sign_on(&page, username, dev::PASSWORD).await;
    parameters(&browser.follow(done).await)
}

/// What a redirect to the application carries.
#[track_caller]
pub(crate) fn parameters(answer: &Answer) -> BTreeMap<String, String> {
    let address = answer.header("location");
    let at = address.find(['?', '#']);
    assert!(at.is_some(), "{} {address:?} {}", answer.status, answer.text);
    url::form_urlencoded::parse(&address.as_bytes()[at.unwrap_or_default() + 1..]).into_owned().collect()
}

/// The shared web application exchanges a code.
pub(crate) async fn exchange(app: &TestApp, code: &str, more: &[(&str, &str)]) -> Answer {
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", &client),
        ("client_secret", dev::SHARED_WEB_SECRET),
    ];
    app.form(&at("token"), &[&fields, more].concat()).await
}

/// The claims of a JWT, whose signature is somebody else's question.
pub(crate) fn claims(token: &str) -> Value {
    serde_json::from_slice(&jose::b64::decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// More people of the sandbox, with the seeded user's password: hashing it again for each would take long.
pub(crate) async fn people(app: &TestApp, names: impl IntoIterator<Item = String>) -> Vec<UserId> {
    let jane = app.app.store.user(EnvironmentId::new(dev::ENVIRONMENT), UserId::new(dev::USER)).await.unwrap().unwrap();
    let ask = Ask { correlation: CorrelationId::new(uuid::Uuid::nil()), source: None };
    let ctx = app.app.ctx(&ask);
    let people: Vec<_> = names
        .into_iter()
        .map(|name| {
            let mut user = jane.clone();
            user.id = UserId::new(ctx.uuid());
            user.email = format!("{name}@example.com");
            user.username = name;
            user
        })
        .collect();
    let ids = people.iter().map(|user| user.id).collect();
    app.base.store.commit(people.into_iter().map(|user| Change::CreateUser(Box::new(user))).collect()).await.unwrap();
    ids
}

// RFC 7636 App. B
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Of somebody else's session.
pub(crate) const OTHER_VERIFIER: &str = "another-verifier-of-the-other-session-43-characters";
pub(crate) const OTHER_CHALLENGE: &str = "Zgj_455DBxaMudummiIj018_MqtcfVKL707u4PqQ_sg";
