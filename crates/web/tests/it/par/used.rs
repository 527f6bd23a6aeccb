//! What a reference brings, to whom, and what stands beside it in an address.

use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::json;
use testkit::people::{CALLBACK, GOODBYE, MOUNT, SECRET};
use testkit::{CHALLENGE, People, VERIFIER, encode, parameters};

use super::{URN, at, is_page, push, reason, reference, with};

/// PA-09, PK-14, JA-02: RFC 9126 §4, RFC 9101 §6.3: what was pushed counts, and nothing beside it.
#[tokio::test]
async fn what_the_browser_adds_counts_for_nothing() {
    let people = People::start().await;
    let browser = people.browser();
    let challenge =
        [("code_challenge", CHALLENGE), ("code_challenge_method", "S256"), ("scope", "openid"), ("nonce", "n1")];
    let pushed = reference(&people, &challenge).await;
    let more = encode(&[
        ("redirect_uri", "https://evil.example/cb"),
        ("scope", "openid profile"),
        ("state", "of-another"),
        ("nonce", "n2"),
        ("response_type", "token"),
        ("response_mode", "fragment"),
        ("code_challenge", "OTHER-Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw"),
        ("code_challenge_method", "plain"),
        ("prompt", "none"),
        ("max_age", "nonsense"),
        ("id_token_hint", "x"),
        ("resource", "https://other.example"),
        ("login_hint", "emil"),
    ]);
    let page =
        browser.follow(browser.get(&with(&people, &people.client, &pushed, &format!("{more}&x=1&x=2"))).await).await;
    assert!(!page.text.contains("emil"), "{}", page.text);
    let leads = browser.follow(browser.sign_on(&page, "ann", testkit::people::PASSWORD).await).await.leads(302);
    assert!(leads.starts_with(&format!("{CALLBACK}?code=")), "{leads}");
    let told = parameters(&leads);
    assert_eq!(told["state"], "pushed");
    let exchange = async |verifier: Option<&str>| {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", told["code"].as_str()),
            ("redirect_uri", CALLBACK),
            ("client_id", people.client.as_str()),
            ("client_secret", SECRET),
        ];
        fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        people.server.form(&people.path("/as/token"), &fields).await
    };
    let tokens = exchange(Some(VERIFIER)).await.expect(200);
    assert_eq!(tokens["scope"], "openid");
    assert_eq!(testkit::claims(tokens["id_token"].as_str().unwrap())["nonce"], "n1");
}

/// PA-07: another application's, another environment's, another issuer's, one that is none, and one without its client.
#[tokio::test]
async fn a_reference_is_its_clients() {
    let people = People::start().await;
    let browser = people.browser();
    let pushed = reference(&people, &[]).await;
    let theirs = with(&people, &people.public, &pushed, "");
    is_page(&people, &browser.get(&theirs).await, Reason::RequestUriOfOtherClient).await;
    // Told alike: nobody learns by it whether there is one (RFC 9126 §7.1).
    let none = with(&people, &people.client, &format!("{URN}{}", "A".repeat(43)), "");
    let (unknown, foreign) = (browser.get(&none).await, browser.get(&theirs).await);
    is_page(&people, &unknown, Reason::RequestUriUnknown).await;
    let bare = |answer: &testkit::Answer| answer.text.replace(answer.correlation(), "").replace("Shop", "");
    assert_eq!(bare(&unknown), bare(&foreign));
    let (other, client) = people.another().await;
    let query = encode(&[("client_id", client.as_str()), ("request_uri", &pushed)]);
    is_page(&people, &browser.get(&format!("/{other}/as/authorize?{query}")).await, Reason::RequestUriUnknown).await;
    let query = encode(&[("client_id", people.client.as_str()), ("request_uri", &pushed)]);
    let mount = browser.get(&format!("{MOUNT}/oauth2/authorize?{query}")).await;
    is_page(&people, &mount, Reason::RequestUriOfOtherClient).await;
    let alone = people.path(&format!("/as/authorize?{}", encode(&[("request_uri", &pushed)])));
    is_page(&people, &browser.get(&alone).await, Reason::ParameterMissing).await;
    // A reference that comes twice is none, and another form of one is not fetched.
    let twice = browser.get(&format!("{}&{}", at(&people, &pushed), encode(&[("request_uri", &pushed)]))).await;
    is_page(&people, &twice, Reason::ParameterRepeated).await;
    for odd in [format!(" {pushed}"), pushed.to_uppercase(), format!("{pushed}&x"), pushed.replace(URN, "urn:x:")] {
        let answer = browser.get(&with(&people, &people.client, &odd, "")).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{odd}");
    }
    // None of it used it up. POST is like GET (AZ-16).
    let fields = [("client_id", people.client.as_str()), ("request_uri", &pushed)];
    assert!(browser.submit(&people.path("/as/authorize"), &fields).await.leads(303).contains("flowId="));
    assert!(browser.get(&at(&people, &pushed)).await.leads(302).contains("flowId="));
}

/// PA-15: what was registered when it was pushed is asked again when it is used.
#[tokio::test]
async fn what_changed_meanwhile_counts() {
    let people = People::start().await;
    let browser = people.browser();
    let pushed = reference(&people, &[]).await;
    let address = at(&people, &pushed);
    people.change(json!({ "enabled": false })).await;
    is_page(&people, &browser.get(&address).await, Reason::ApplicationDisabled).await;
    people.change(json!({ "enabled": true, "redirectUris": ["https://app.example/other"] })).await;
    is_page(&people, &browser.get(&address).await, Reason::RedirectUriInvalid).await;
    people.change(json!({ "redirectUris": [CALLBACK], "pkceEnforcement": "S256_REQUIRED" })).await;
    let told = parameters(&browser.get(&address).await.leads(302));
    assert_eq!((told["error"].as_str(), told["state"].as_str()), ("invalid_request", "pushed"));
    people.change(json!({ "pkceEnforcement": "OPTIONAL" })).await;
    assert!(browser.get(&address).await.leads(302).contains("flowId="));
    let own = format!("/environments/{}/applications/{}", people.env, people.client);
    people.server.manage(Method::DELETE, &own, None).await;
    is_page(&people, &browser.get(&address).await, Reason::ClientUnknown).await;
}

/// A sign-on that waited too long begins anew with a new push: what was pushed is not put into an address.
#[tokio::test]
async fn what_was_pushed_is_not_shown() {
    let people = People::start().await;
    let browser = people.browser();
    let pushed = reference(&people, &[("nonce", "hush-nonce"), ("login_hint", "ann")]).await;
    let begun = browser.get(&at(&people, &pushed)).await.leads(302);
    people.wait(901);
    let over = browser.get(&begun).await;
    assert_eq!(over.status, 404);
    assert!(!over.text.contains("hush") && !over.text.contains("as/authorize"), "{}", over.text);
    people.change(json!({ "initiateLoginUri": GOODBYE })).await;
    assert!(browser.get(&begun).await.text.contains(GOODBYE));
}

/// LG-03: neither an event nor an explanation has the reference, or what was pushed.
#[tokio::test]
async fn no_event_has_the_reference() {
    let people = People::start().await;
    let browser = people.browser();
    let pushed = reference(&people, &[("state", "hush-state")]).await;
    let secret = pushed.strip_prefix(URN).unwrap();
    is_page(&people, &browser.get(&with(&people, &people.public, &pushed, "")).await, Reason::RequestUriOfOtherClient)
        .await;
    let page = browser.follow(browser.get(&at(&people, &pushed)).await).await;
    browser.follow(browser.sign_on(&page, "ann", testkit::people::PASSWORD).await).await.leads(302);
    let used = browser.get(&at(&people, &pushed)).await;
    assert_eq!(reason(&people, &used).await, Reason::RequestUriUsed);
    assert_eq!(push(&people, &[("request_uri", &pushed)]).await.status, 400);
    people.server.app.audit.flush().await;
    let activities = format!("/environments/{}/activities", people.env);
    let told = people.server.manage(Method::GET, &activities, None).await;
    assert!(told.text.contains("AUTHORIZATION.PUSHED"), "{}", told.text);
    assert!(!told.text.contains(secret) && !told.text.contains("hush"), "{}", told.text);
    // Nor does the store: it has the digest.
    let hash = protocol::secret::TokenHash::of(protocol::secret::Artefact::PushedRequest, secret);
    let stored = people.server.app.store.pushed_request(people.env, hash).await.unwrap().unwrap();
    assert!(stored.used_at.is_some() && !stored.parameters.contains(SECRET), "credentials are not kept");
    assert!(!format!("{stored:?}").contains("hush"));
}
