//! Cases of `docs/spec/attacks.list` that need several parties, several environments or the whole of a sign-on.

mod codes;
mod crossing;
mod deleted;
mod disabling;
mod forgery;
mod keys;
mod looking;
mod metadata;
mod mixed_up;
mod mutation;
mod nonsense;
mod owners;
mod pages;
mod pasted;
mod people;
mod requests;
mod revoked_keys;
mod tenant;
mod tenants;
mod work;

use std::collections::BTreeMap;

use engine::Ask;
use engine::bootstrap::dev;
use protocol::change::{Change, Guard};
use protocol::id::{CorrelationId, EnvironmentId, UserId};
use testkit::{Answer, Browser, SANDBOX, TestApp};
pub(crate) use testkit::{CHALLENGE, VERIFIER, claims};

/// The authorization request of an application of the sandbox.
pub(crate) fn authorize(client: &str, more: &[(&str, &str)]) -> String {
    let fields = [("client_id", client), ("response_type", "code"), ("redirect_uri", dev::REDIRECT_URI)];
    let query: Vec<_> = fields.iter().chain(more).collect();
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("/{SANDBOX}/as/authorize?{query}")
}

/// The path of a new flow.
pub(crate) async fn begin(app: &TestApp) -> String {
    let flow = app.get(&authorize(&dev::SHARED_WEB_APPLICATION.to_string(), &[("response_mode", "pi.flow")])).await;
    flow.body["_links"]["self"]["href"].as_str().unwrap().strip_prefix(&app.url("")).unwrap().to_owned()
}

/// Opens an authorization request and signs a person on at the page; the response's parameters.
pub(crate) async fn sign_on(browser: &Browser, address: &str, username: &str) -> BTreeMap<String, String> {
    let page = browser.get(address).await;
    let page = browser.follow(page).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let done = browser.sign_on(&page, username, dev::PASSWORD).await;
    parameters(&browser.follow(done).await)
}

/// What a redirect to the application carries.
#[track_caller]
pub(crate) fn parameters(answer: &Answer) -> BTreeMap<String, String> {
    testkit::parameters(answer.header("location"))
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
    app.form(&app.at("token"), &[&fields, more].concat()).await
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
    app.furnish(people.into_iter().map(|user| Change::put(user, Guard::New)).collect()).await;
    ids
}

/// Of somebody else's session.
pub(crate) const OTHER_VERIFIER: &str = "another-verifier-of-the-other-session-43-characters";
pub(crate) const OTHER_CHALLENGE: &str = "Zgj_455DBxaMudummiIj018_MqtcfVKL707u4PqQ_sg";
