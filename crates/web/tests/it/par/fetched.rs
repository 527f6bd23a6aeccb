//! Request objects by reference over HTTP (RFC 9101 §5.2, OIDC Core §6.2; attacks A20): from where, how often, and what of them counts.

use engine::fetch::{Answer as Fetched, Outbound, Unfetched};
use jose::digest::sha256;
use jose::{Alg, SigningKey, b64};
use protocol::refusal::Reason;
use serde_json::{Value, json};
use testkit::people::{CALLBACK, PASSWORD};
use testkit::{Answer, CHALLENGE, People, TestApp, each_store, encode, parameters};

use super::object::{good, sign, with_key_on};
use super::{is_page, push};

const AT: &str = "https://client.example/request";
const MEDIA: &str = "application/oauth-authz-req+jwt";

/// A server whose clients may be anywhere, and the confidential application with a key and one registered address.
async fn scene() -> (People, SigningKey) {
    // As `serve` does: a developer's server asks this machine too.
    let start = TestApp::build().config(|config| config.outbound = Outbound::default());
    let (people, key) = with_key_on(start, Alg::Es256).await;
    people.server.world.outside.name("client.example", &["93.184.216.34"]);
    people.change(json!({ "requestUris": [AT] })).await;
    (people, key)
}

/// The next answer at the registered address.
fn serves(people: &People, object: &str) {
    let answer = Fetched { status: 200, media: Some(MEDIA.to_owned()), body: object.into(), ..Fetched::default() };
    people.server.world.outside.answer(AT, Ok(answer));
}

/// The request that names an object, with more beside.
async fn ask(people: &People, uri: &str, more: &[(&str, &str)]) -> Answer {
    let query = encode(&[&[("client_id", people.client.as_str()), ("request_uri", uri)], more].concat());
    people.browser().get(&people.path(&format!("/as/authorize?{query}"))).await
}

fn begins(answer: &Answer) {
    assert!(answer.leads(302).contains("/signon?flowId="), "{answer:?}");
}

fn fetches(people: &People) -> usize {
    people.server.world.outside.asked().len()
}

/// JA-02, JA-05: the object at the registered address is the whole request, and it is judged as one that is brought.
#[tokio::test]
async fn an_object_is_read_where_it_is_registered() {
    let (people, key) = scene().await;
    let mut claims = good(&people);
    (claims["code_challenge"], claims["code_challenge_method"]) = (json!(CHALLENGE), json!("S256"));
    // A key of somebody else's, and no object.
    let foreign = sign(&SigningKey::generate(Alg::Es256).unwrap(), &claims);
    for object in [&sign(&key, &claims), &foreign, "a page"] {
        serves(&people, object);
    }
    let browser = people.browser();
    let query = encode(&[
        ("client_id", people.client.as_str()),
        ("request_uri", AT),
        ("redirect_uri", "https://evil.example/cb"),
        ("state", "of-another"),
    ]);
    let page = browser.get(&people.path(&format!("/as/authorize?{query}"))).await;
    let page = browser.follow(page).await;
    let ended = browser.sign_on(&page, "ann", PASSWORD).await;
    let leads = browser.follow(ended).await.leads(302);
    assert!(leads.starts_with(CALLBACK), "{leads}");
    assert_eq!(parameters(&leads)["state"], "signed");
    let asked = people.server.world.outside.asked();
    assert_eq!((asked.len(), asked[0].url.as_str(), asked[0].largest), (1, AT, 64 * 1024));
    for _ in 0..2 {
        people.wait(61);
        is_page(&people, &ask(&people, AT, &[]).await, Reason::RequestObjectInvalid).await;
    }
}

/// AZ-15, JA-03, JA-04, SS-05: nothing is fetched for what is not registered, pushed, or must be.
#[tokio::test]
async fn nothing_is_fetched_that_nobody_registered() {
    let (people, key) = scene().await;
    serves(&people, &sign(&key, &good(&people)));
    for other in [
        "https://client.example/another",
        "https://client.example/request?x",
        "http://client.example/request",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://evil.example/",
    ] {
        is_page(&people, &ask(&people, other, &[("redirect_uri", CALLBACK)]).await, Reason::RequestUriNotRegistered)
            .await;
    }
    let both = ask(&people, AT, &[("request", &sign(&key, &good(&people)))]).await;
    is_page(&people, &both, Reason::RequestObjectBesideReference).await;
    push(&people, &[("request_uri", AT)]).await.is_refused(400, "invalid_request");
    people.change(json!({ "parRequirement": "REQUIRED" })).await;
    is_page(&people, &ask(&people, AT, &[]).await, Reason::PushRequired).await;
    people.change(json!({ "parRequirement": "OPTIONAL", "requestUris": [] })).await;
    let refused = ask(&people, AT, &[("redirect_uri", CALLBACK), ("response_type", "code")]).await;
    assert_eq!(parameters(&refused.leads(302))["error"], "request_uri_not_supported");
    assert_eq!(fetches(&people), 0);
}

/// SS-01, SS-03, SS-04, SS-06: what cannot be had is told to nobody but the owner.
#[tokio::test]
async fn an_address_that_does_not_answer_is_a_page() {
    let (people, _) = scene().await;
    let outside = &people.server.world.outside;
    let status = |status| Ok(Fetched { status, media: Some(MEDIA.to_owned()), ..Fetched::default() });
    let cases = [
        (status(302), "status 302"),
        (status(500), "status 500"),
        (Ok(Fetched { status: 200, media: Some("text/html".into()), ..Fetched::default() }), "media type"),
        (Err(Unfetched::Late), "in time"),
        (Err(Unfetched::TooLarge), "larger"),
    ];
    for (answer, _) in &cases {
        outside.answer(AT, answer.clone());
    }
    for (_, told) in cases {
        people.wait(61);
        let page = ask(&people, AT, &[]).await;
        is_page(&people, &page, Reason::RequestUriUnfetched).await;
        let told_owner = super::explained(&people, &page).await;
        assert!(told_owner.came.contains(told), "{told}: {told_owner:?}");
        assert!(!page.text.contains(told) && !page.text.contains("client.example"), "{page:?}");
    }
    // A name that leads inwards.
    people.wait(61);
    let before = fetches(&people);
    people.change(json!({ "requestUris": ["https://inside.example/request"] })).await;
    for inwards in ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00::1"] {
        outside.name("inside.example", &[inwards]);
        people.wait(61);
        let page = ask(&people, "https://inside.example/request", &[]).await;
        is_page(&people, &page, Reason::RequestUriUnfetched).await;
    }
    assert_eq!(fetches(&people), before, "no connection");
}

/// SS-07, and OIDC Core §6.2: once a minute whoever asks, and not at all where the hash says that what is kept is what is meant.
#[tokio::test]
async fn an_address_is_asked_once_a_minute_at_most() {
    let (people, key) = scene().await;
    let mut claims = good(&people);
    claims["exp"] = json!(people.server.now().secs() + 3_600);
    let object = sign(&key, &claims);
    claims["state"] = json!("newer");
    let newer = sign(&key, &claims);
    serves(&people, &object);
    serves(&people, &newer);
    for _ in 0..20 {
        begins(&ask(&people, AT, &[]).await);
    }
    assert_eq!(fetches(&people), 1);
    let version = |object: &str| format!("{AT}#{}", b64::encode(&sha256(object.as_bytes())));
    people.wait(200);
    begins(&ask(&people, &version(&object), &[]).await);
    assert_eq!(fetches(&people), 1, "what is kept is what is meant");
    begins(&ask(&people, &version(&newer), &[]).await);
    assert_eq!(fetches(&people), 2, "what is kept is old");
    for n in 0..20 {
        // A hash that is nobody's turns the server on nobody.
        begins(&ask(&people, &version(&n.to_string()), &[]).await);
    }
    assert_eq!(fetches(&people), 2);
    people.wait(200);
    begins(&ask(&people, AT, &[]).await);
    assert_eq!(fetches(&people), 3, "without a version it is whatever lies there");
}

/// CR-08: what may be registered, by the management API; kept on each store, and not taken away by who does not know it.
#[tokio::test]
async fn addresses_are_registered_whole() {
    each_store(|server| async move {
        let application = engine::bootstrap::dev::SHARED_WEB_APPLICATION;
        let path = format!("/environments/{}/applications/{application}", testkit::SANDBOX);
        let own = || server.manage(reqwest::Method::GET, &path, None);
        let before = own().await.expect(200);
        assert_eq!(before.get("requestUris"), None);
        let write = async |uris: Value| {
            let mut body = before.clone();
            body["requestUris"] = uris;
            server.manage(reqwest::Method::PUT, &path, Some(&body)).await
        };
        let hash = b64::encode(&sha256(b"x"));
        let fine = json!([AT, format!("https://client.example/v#{hash}")]);
        assert_eq!(write(fine.clone()).await.expect(200)["requestUris"], fine);
        for bad in [
            "http://client.example/r",
            "client.example/r",
            "https://client.example/r#short",
            "https://user:pass@client.example/r",
            "file:///r",
            &format!("https://client.example/{}", "r".repeat(500)),
        ] {
            write(json!([bad])).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "requestUris[0]");
        }
        write(json!(vec![AT; 11])).await.expect(400);
        server.manage(reqwest::Method::PUT, &path, Some(&before)).await.expect(200);
        assert_eq!(own().await.expect(200)["requestUris"], fine);
        assert_eq!(write(json!([])).await.expect(200).get("requestUris"), None);
    })
    .await;
}
