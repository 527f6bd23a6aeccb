//! Request objects over HTTP (RFC 9101): at the authorization endpoint, and pushed.

use jose::{Alg, SigningKey, Typ, sign_with_secret};
use protocol::refusal::Reason;
use serde_json::{Value, json};
use testkit::people::{CALLBACK, PASSWORD, SECRET};
use testkit::{Answer, CHALLENGE, People, Start, TestApp, VERIFIER, encode, parameters};

use super::{at, is_page, push, reason};

async fn with_key(alg: Alg) -> (People, SigningKey) {
    with_key_on(TestApp::build(), alg).await
}

pub(super) async fn with_key_on(build: Start, alg: Alg) -> (People, SigningKey) {
    let (people, key) = (People::on(build).await, SigningKey::generate(alg).unwrap());
    people.change(json!({ "jwks": crate::token::assertions::set(&[&key]) })).await;
    (people, key)
}

/// The claims of a good object.
pub(super) fn good(people: &People) -> Value {
    let (client, now) = (people.client.as_str(), people.server.now().secs());
    json!({
        "iss": client, "aud": people.server.app.site(people.env).issuer, "exp": now + 60, "nbf": now, "client_id": client,
        "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid", "state": "signed",
    })
}

/// The good claims with these members instead; null takes one away.
fn with(people: &People, members: &Value) -> Value {
    let mut claims = good(people);
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

pub(super) fn sign(key: &SigningKey, claims: &Value) -> String {
    key.sign(Some(Typ::OauthAuthzReqJwt), claims.to_string().as_bytes()).unwrap()
}

/// The address that a browser brings an object to, with nothing but its client.
fn front(people: &People, object: &str, more: &str) -> String {
    let query = encode(&[("client_id", people.client.as_str()), ("request", object)]);
    people.path(&format!("/as/authorize?{query}&{more}"))
}

/// Pushed with nothing but the client's credentials.
async fn pushed(people: &People, object: &str) -> Answer {
    push(people, &[("response_type", "-"), ("redirect_uri", "-"), ("state", "-"), ("request", object)]).await
}

async fn is_taken(people: &People, object: &str) {
    let begun = people.browser().get(&front(people, object, "")).await;
    assert!(begun.leads(302).contains("/signon?flowId="), "{begun:?}");
    assert_eq!(pushed(people, object).await.status, 201);
}

/// Refused at both endpoints; the owner is told of this claim, or in these words.
async fn is_refused(people: &People, object: &str, told: &str) {
    let page =
        people.browser().get(&front(people, object, &format!("redirect_uri={CALLBACK}&response_type=code"))).await;
    is_page(people, &page, Reason::RequestObjectInvalid).await;
    let answer = pushed(people, object).await;
    answer.is_refused(400, "invalid_request_object");
    people.server.app.audit.flush().await;
    for answer in [&page, &answer] {
        let correlation = protocol::id::CorrelationId::parse(answer.header("correlation-id")).unwrap();
        let mut explained = people.server.app.store.explain(correlation).await.unwrap();
        let refusal = explained.remove(0).event.refusal.unwrap();
        assert!(refusal.expected.starts_with(told) || refusal.came.contains(told), "{told}: {refusal:?}");
    }
}

/// JA-02, PK-14: RFC 9101 §6.3: what the object says counts, and nothing beside it.
#[tokio::test]
async fn an_object_is_the_whole_request() {
    let (people, key) = with_key(Alg::Es256).await;
    let browser = people.browser();
    let members = json!({
        "code_challenge": CHALLENGE, "code_challenge_method": "S256", "nonce": "n1", "max_age": 3600, "login_hint": "ann",
        "claims": { "id_token": { "preferred_username": null } }, "unheard-of": [1, { "a": null }],
    });
    let object = sign(&key, &with(&people, &members));
    let beside = encode(&[
        ("redirect_uri", "https://evil.example/cb"),
        ("scope", "openid profile"),
        ("state", "of-another"),
        ("nonce", "n2"),
        ("response_type", "token"),
        ("response_mode", "fragment"),
        ("code_challenge", "OTHER-Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw"),
        ("prompt", "none"),
        ("resource", "https://other.example"),
    ]);
    let begun = browser.get(&front(&people, &object, &beside)).await;
    let reference =
        push(&people, &[("redirect_uri", "https://evil.example/cb"), ("state", "x"), ("request", &object)]).await;
    let reference = reference.text_of("request_uri");
    for begun in [begun, browser.get(&at(&people, &reference)).await] {
        let page = browser.follow(begun).await;
        let ended = if page.text.contains("password") { browser.sign_on(&page, "ann", PASSWORD).await } else { page };
        let leads = browser.follow(ended).await.leads(302);
        assert!(leads.starts_with(&format!("{CALLBACK}?code=")), "{leads}");
        let told = parameters(&leads);
        assert_eq!(told["state"], "signed");
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", told["code"].as_str()),
            ("redirect_uri", CALLBACK),
            ("client_id", people.client.as_str()),
            ("client_secret", SECRET),
            ("code_verifier", VERIFIER),
        ];
        let tokens = people.server.form(&people.path("/as/token"), &fields).await.expect(200);
        let id_token = testkit::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!((tokens["scope"].as_str(), &id_token["nonce"]), (Some("openid"), &json!("n1")));
        assert_eq!(id_token["preferred_username"], "ann", "OIDC Core §6.1: claims as an object");
    }
    // What it asks for is judged as ever, and told where it says.
    let told = parameters(
        &browser.get(&front(&people, &sign(&key, &with(&people, &json!({ "scope": "admin" }))), "")).await.leads(302),
    );
    assert_eq!((told["error"].as_str(), told["state"].as_str()), ("invalid_scope", "signed"));
    let evil = sign(&key, &with(&people, &json!({ "redirect_uri": "https://evil.example/cb" })));
    is_page(&people, &browser.get(&front(&people, &evil, "")).await, Reason::RedirectUriInvalid).await;
}

/// Every algorithm that metadata lists, with each type that an object may have; a secret signs as well (PingOne).
#[tokio::test]
async fn every_listed_algorithm_signs() {
    let people = People::start().await;
    let document = people.server.get(&people.path("/as/.well-known/openid-configuration")).await.expect(200);
    assert_eq!(
        (&document["request_parameter_supported"], &document["require_signed_request_object"]),
        (&json!(true), &json!(false))
    );
    for name in document["request_object_signing_alg_values_supported"].as_array().unwrap() {
        let alg = Alg::parse(name.as_str().unwrap()).unwrap();
        for typ in [None, Some(Typ::Jwt), Some(Typ::OauthAuthzReqJwt)] {
            let claims = good(&people).to_string();
            let object = if alg.is_symmetric() {
                sign_with_secret(alg, SECRET.as_bytes(), typ, claims.as_bytes()).unwrap()
            } else {
                let key = SigningKey::generate(alg).unwrap();
                people.change(json!({ "jwks": crate::token::assertions::set(&[&key]) })).await;
                key.sign(typ, claims.as_bytes()).unwrap()
            };
            is_taken(&people, &object).await;
            if alg.is_rsa() {
                break;
            }
        }
    }
}

/// JA-01, JA-05: unsigned, by another's key, a public key as a secret, another type; expired, not yet, for somebody else, of somebody else.
#[tokio::test]
async fn what_does_not_hold_is_refused_and_named() {
    let (people, key) = with_key(Alg::Es256).await;
    is_taken(&people, &sign(&key, &good(&people))).await;
    let now = people.server.now().secs();
    for (members, told) in [
        (json!({ "iss": null }), "iss"),
        (json!({ "iss": people.public }), "iss"),
        (json!({ "aud": null }), "aud"),
        (json!({ "aud": "https://other.example/as" }), "aud"),
        (json!({ "aud": people.server.url(&people.path("/as/par")) }), "aud"),
        (json!({ "aud": [] }), "aud"),
        (json!({ "client_id": null }), "client_id"),
        (json!({ "client_id": people.public }), "client_id"),
        (json!({ "client_id": 1 }), "client_id"),
        (json!({ "exp": now - 60 }), "exp"),
        (json!({ "exp": "soon" }), "exp"),
        (json!({ "nbf": now + 61 }), "nbf"),
        (json!({ "iat": now + 61 }), "iat"),
        // CJ-25: else it could be shown as an assertion.
        (json!({ "sub": people.client }), "sub"),
        // JA-03
        (json!({ "request": "x" }), "request"),
        (json!({ "request_uri": "urn:x" }), "request_uri"),
        (json!({ "state": 1.5 }), "state"),
        (json!({ "scope": ["openid"] }), "scope"),
        (json!({ "redirect_uri": { "a": 1 } }), "redirect_uri"),
        (json!({ "resource": [1.5] }), "resource"),
    ] {
        is_refused(&people, &sign(&key, &with(&people, &members)), told).await;
    }
    let claims = good(&people).to_string();
    for typ in [Typ::AtJwt, Typ::ClientAuthenticationJwt, Typ::DpopJwt, Typ::LogoutJwt] {
        is_refused(&people, &key.sign(Some(typ), claims.as_bytes()).unwrap(), "typ").await;
    }
    let other = SigningKey::generate(Alg::Es256).unwrap();
    is_refused(&people, &other.sign(None, claims.as_bytes()).unwrap(), "a key in the application's jwks").await;
    let public = key.public().to_json().to_string();
    let confused = sign_with_secret(Alg::Hs256, public.as_bytes(), None, claims.as_bytes()).unwrap();
    is_refused(&people, &confused, "a MAC under").await;
    let encode = |text: &str| jose::b64::encode(text.as_bytes());
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"None"}"#, r#"{"typ":"JWT"}"#] {
        for end in ["", "AAAA"] {
            is_refused(&people, &format!("{}.{}.{end}", encode(header), encode(&claims)), "a signed JWT").await;
        }
    }
    for odd in ["x", "{}", "a.b.c", &format!("{}.", sign(&key, &good(&people)))] {
        is_refused(&people, odd, "a signed JWT").await;
    }
}

/// JA-01, CJ-25: neither is an object an assertion, nor an assertion an object; a pinned algorithm is the only one.
#[tokio::test]
async fn an_object_is_no_assertion_and_one_algorithm_may_be_demanded() {
    let (people, key) = with_key(Alg::Es256).await;
    people.change(json!({ "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT" })).await;
    let object = sign(&key, &good(&people));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    for endpoint in ["token", "par", "introspect", "revoke"] {
        let fields = [("client_assertion_type", kind), ("client_assertion", object.as_str()), ("token", "x")];
        people.server.form(&people.path(&format!("/as/{endpoint}")), &fields).await.is_refused(401, "invalid_client");
    }
    people.change(json!({ "tokenEndpointAuthMethod": "CLIENT_SECRET_POST", "requestObjectSigningAlg": "PS256" })).await;
    is_refused(&people, &object, "alg: PS256 as requestObjectSigningAlg says").await;
    people.change(json!({ "requestObjectSigningAlg": "ES256" })).await;
    is_taken(&people, &object).await;
    // A public client's secret is nobody's proof.
    people.change(json!({ "tokenEndpointAuthMethod": "NONE", "requestObjectSigningAlg": "HS256" })).await;
    let mac = sign_with_secret(Alg::Hs256, SECRET.as_bytes(), None, good(&people).to_string().as_bytes()).unwrap();
    let page = people.browser().get(&front(&people, &mac, "")).await;
    is_page(&people, &page, Reason::RequestObjectInvalid).await;
}

/// JA-06: RFC 9101 §10.5, at both endpoints; what was pushed signed is used unsigned. JA-03: never both.
#[tokio::test]
async fn a_plain_request_is_refused_where_signing_is_demanded() {
    let (people, key) = with_key(Alg::EdDsa).await;
    let browser = people.browser();
    let object = sign(&key, &good(&people));
    people.change(json!({ "requireSignedRequestObject": true })).await;
    let plain = browser.get(&people.authorize("state=s1")).await;
    let told = parameters(&plain.leads(302));
    assert_eq!((told["error"].as_str(), told["state"].as_str()), ("invalid_request", "s1"));
    assert_eq!(reason(&people, &plain).await, Reason::RequestObjectRequired);
    let refused = push(&people, &[]).await;
    refused.is_refused(400, "invalid_request");
    assert_eq!(reason(&people, &refused).await, Reason::RequestObjectRequired);
    is_taken(&people, &object).await;
    let reference = pushed(&people, &object).await.text_of("request_uri");
    assert!(browser.get(&at(&people, &reference)).await.leads(302).contains("flowId="));
    for request_uri in [reference.as_str(), "https://canary.example/"] {
        let both = browser.get(&front(&people, &object, &encode(&[("request_uri", request_uri)]))).await;
        is_page(&people, &both, Reason::RequestObjectBesideReference).await;
    }
    // PA-10: an object in an address is not pushed.
    people.change(json!({ "parRequirement": "REQUIRED" })).await;
    let told = browser.get(&front(&people, &object, "")).await;
    assert_eq!(
        (parameters(&told.leads(302))["error"].as_str(), reason(&people, &told).await),
        ("invalid_request", Reason::PushRequired)
    );
    assert_eq!(pushed(&people, &object).await.status, 201);
}

/// PA-15: what was pushed unsigned is not answered once signing is demanded; what was pushed signed is.
#[tokio::test]
async fn what_is_demanded_is_demanded_of_what_was_pushed_before() {
    let (people, key) = with_key(Alg::Es256).await;
    let plain = push(&people, &[]).await.text_of("request_uri");
    let signed = pushed(&people, &sign(&key, &good(&people))).await.text_of("request_uri");
    // No name of a parameter makes it signed.
    let named = push(&people, &[("came_signed", "true")]).await.text_of("request_uri");
    people.change(json!({ "requireSignedRequestObject": true })).await;
    for unsigned in [&plain, &named] {
        let refused = people.browser().get(&at(&people, unsigned)).await;
        assert_eq!(parameters(&refused.leads(302))["error"], "invalid_request");
        assert_eq!(reason(&people, &refused).await, Reason::RequestObjectRequired);
    }
    assert!(people.browser().get(&at(&people, &signed)).await.leads(302).contains("/signon?flowId="));
}

/// What came signed is not begun anew with its parameters as they are, where they would be refused.
#[tokio::test]
async fn a_signed_request_is_not_begun_anew_unsigned() {
    let (people, key) = with_key(Alg::Es256).await;
    people.change(json!({ "homePageUrl": null })).await;
    for demanded in [false, true] {
        people.change(json!({ "requireSignedRequestObject": demanded })).await;
        let browser = people.browser();
        let object = sign(&key, &good(&people));
        let page = browser.get(&front(&people, &object, "")).await.leads(302);
        people.wait(16 * 60);
        let expired = browser.get(&page).await;
        assert_eq!(expired.status, 404, "{expired:?}");
        assert_eq!(expired.text.contains("/as/authorize?"), !demanded, "{}", expired.text);
    }
}

/// RFC 9101 §5: a reference needs nothing beside it but the client, so it is what is told of, and not that nothing else came.
#[tokio::test]
async fn a_reference_that_is_none_is_told_as_that() {
    let people = People::start().await;
    for foreign in ["https://client.example/r", "URN:ietf:params:oauth:request_uri:x", "urn:other:x", "x"] {
        for more in ["", "response_type=code&scope=openid"] {
            let query = encode(&[("client_id", people.client.as_str()), ("request_uri", foreign)]);
            let page = people.browser().get(&people.path(&format!("/as/authorize?{query}&{more}"))).await;
            is_page(&people, &page, Reason::RequestUriNotSupported).await;
        }
    }
    let query =
        encode(&[("client_id", people.client.as_str()), ("request_uri", "urn:ietf:params:oauth:request_uri:x")]);
    let page = people.browser().get(&people.path(&format!("/as/authorize?{query}"))).await;
    is_page(&people, &page, Reason::RequestUriUnknown).await;
}

/// FAPI 2.0 Message Signing §5.3.1, where the application says so.
#[tokio::test]
async fn times_may_be_demanded() {
    let (people, key) = with_key(Alg::Es256).await;
    let now = people.server.now().secs();
    let old = json!({ "exp": null, "nbf": now - 1_000_000 });
    is_taken(&people, &sign(&key, &with(&people, &old))).await;
    is_taken(&people, &sign(&key, &with(&people, &json!({ "exp": null, "nbf": null })))).await;
    people.change(json!({ "requestObjectTimes": "REQUIRED" })).await;
    let issuer = people.server.app.site(people.env).issuer;
    is_taken(&people, &sign(&key, &with(&people, &json!({ "aud": [issuer, "https://other.example"] })))).await;
    for (members, told) in [
        (json!({ "exp": null }), "exp"),
        (json!({ "nbf": null }), "nbf"),
        (json!({ "nbf": now - 3_800, "exp": now + 60 }), "nbf"),
        (json!({ "nbf": now, "exp": now + 3_602 }), "exp"),
    ] {
        is_refused(&people, &sign(&key, &with(&people, &members)), told).await;
    }
}

/// JA-04: nothing that a request names is called; the keys are where the application says.
#[tokio::test]
async fn nothing_that_a_request_names_is_fetched() {
    let people = People::start().await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let outside = &people.server.world.outside;
    outside.name("client.example", &["93.184.216.34"]);
    outside.json("https://client.example/keys", &crate::token::assertions::set(&[&key]));
    for address in ["http://169.254.169.254/", "file:///etc/passwd", "gopher://x/", "https://client.example/object"] {
        let query = encode(&[("request_uri", address), ("state", "s1")]);
        let told = parameters(&people.browser().get(&people.authorize(&query)).await.leads(302));
        assert_eq!(told["error"], "request_uri_not_supported", "{address}");
        push(&people, &[("request_uri", address)]).await.is_refused(400, "invalid_request");
    }
    assert_eq!(outside.asked(), []);
    people.change(json!({ "jwksUrl": "https://client.example/keys" })).await;
    is_taken(&people, &sign(&key, &good(&people))).await;
    let asked: Vec<String> = outside.asked().into_iter().map(|asked| asked.url).collect();
    assert_eq!(asked, ["https://client.example/keys"]);
    let other = SigningKey::generate(Alg::Es256).unwrap();
    for _ in 0..3 {
        is_refused(&people, &sign(&other, &good(&people)), "a key in the application's jwks").await;
    }
    assert!(outside.asked().len() <= 2, "asked again once a minute for a key id that is not known, whatever comes");
}
