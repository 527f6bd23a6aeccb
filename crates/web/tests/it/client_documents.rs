//! Clients whose id is the address of their metadata document (draft-ietf-oauth-client-id-metadata-document-02), over HTTP.

mod kept;
mod refused;

use engine::bootstrap::dev;
use engine::fetch::{Answer as Fetched, Outbound, Unfetched};
use jose::{Alg, SigningKey};
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, CHALLENGE, SANDBOX, TestApp, VERIFIER, each_store};

use crate::attacks::parameters;
use crate::consent::{asks, opened, press, reason};
use crate::token::{assertions, resources};

const CLIENT: &str = "https://tool.example/oauth/client.json";
const CALLBACK: &str = "https://tool.example/callback";

/// Trusts these domains.
async fn trust(server: &TestApp, domains: &[&str]) {
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body["clientIdMetadataDomains"] = json!(domains);
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
}

async fn trusting(domains: &[&str]) -> TestApp {
    let server = TestApp::build().config(|config| config.outbound = Outbound::default()).start().await;
    trust(&server, domains).await;
    server.world.outside.name("tool.example", &["93.184.216.34"]);
    server
}

fn document() -> Value {
    json!({ "client_id": CLIENT, "client_name": "Tool", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"], "logo_uri": "https://tool.example/logo.png",
        "policy_uri": "https://tool.example/policy", "tos_uri": "https://tool.example/terms" })
}

fn publish(server: &TestApp, document: &Value) {
    server.world.outside.json(CLIENT, &document.to_string());
}

fn request(client: &str) -> String {
    asks(client, "openid", &[("redirect_uri", CALLBACK), ("state", "s")])
}

async fn exchange(server: &TestApp, code: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    server.form(&server.at("token"), &fields).await
}

/// The whole way of a client that nobody registered: asked about, allowed, and its refresh tokens rotate.
#[tokio::test]
async fn a_document_is_a_client() {
    each_store(|server| async move {
        let discovery = server.at(".well-known/openid-configuration");
        let member = "client_id_metadata_document_supported";
        assert!(server.get(&discovery).await.expect(200).get(member).is_none(), "advertised only where it is taken");
        trust(&server, &["tool.example"]).await;
        assert_eq!(server.get(&discovery).await.expect(200)[member], true);
        server.world.outside.name("tool.example", &["93.184.216.34"]);
        publish(&server, &document());
        let browser = server.browser();
        let page = browser.get(&request(CLIENT)).await;
        let sign_on = browser.follow(page).await;
        for shown in ["https://tool.example/logo.png", "https://tool.example/policy", "https://tool.example/terms"] {
            assert!(sign_on.text.contains(&format!("\"{shown}\"")), "{shown}: {}", sign_on.text);
        }
        assert!(sign_on.header("content-security-policy").contains("img-src 'self' https://tool.example;"));
        let page = opened(&browser, &request(CLIENT)).await;
        assert!(page.text.contains("Tool asks for access") && page.text.contains("from tool.example"), "{}", page.text);
        let answer = parameters(&press(&browser, &page, "allow").await);
        assert_eq!(answer["state"], "s");
        let tokens = exchange(&server, &answer["code"]).await.expect(200);
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", CLIENT)];
        let next = server.form(&server.at("token"), &fields).await.expect(200);
        assert_ne!(next["refresh_token"], refresh, "rotated");
        let token = next["access_token"].as_str().unwrap();
        server.get_with(&server.at("userinfo"), token).await.expect(200);
        // Remembered under its own name, which no application has.
        let path = format!("/environments/{SANDBOX}/users/{}/oauthConsents", dev::USER);
        let all = server.manage(Method::GET, &path, None).await.expect(200);
        let consent = &all["_embedded"]["oauthConsents"][0];
        assert_eq!(
            (&consent["application"]["clientId"], &consent["application"]["name"]),
            (&json!(CLIENT), &json!("Tool"))
        );
        let own = format!("/environments/{SANDBOX}/applications/{}", consent["id"].as_str().unwrap());
        assert_eq!(server.manage(Method::GET, &own, None).await.status, 404);
        // RFC 7009: its own.
        let newest = next["refresh_token"].as_str().unwrap();
        let revoked = server.form(&server.at("revoke"), &[("token", newest), ("client_id", CLIENT)]).await;
        assert_eq!(revoked.status, 200);
        assert_eq!(server.get_with(&server.at("userinfo"), token).await.status, 401);
        assert_eq!(server.world.outside.asked().len(), 1, "one request for all of it");
        let asked = server.world.outside.asked().remove(0);
        assert_eq!((asked.url.as_str(), asked.largest), (CLIENT, 5 * 1024));
        assert_eq!(asked.addresses, ["93.184.216.34:443".parse().unwrap()]);
    })
    .await;
}

/// CD-01, SS-01, SS-02, SS-05: refused without a request to anybody.
#[tokio::test]
async fn an_address_with_two_readings_is_no_client() {
    let server = trusting(&["*"]).await;
    for unfit in [
        "http://tool.example/client",
        "https://tool.example",
        "https://tool.example/",
        "https://tool.example/?a=b",
        "https://tool.example/client#fragment",
        "https://user@tool.example/client",
        "https://user:secret@tool.example/client",
        "https://tool.example/./client",
        "https://tool.example/a/../client",
        "https://tool.example/a/%2e%2E/client",
        "https://tool.example/a/.%2e",
        "https://TOOL.example/client",
        "HTTPS://tool.example/client",
        "https://tool.example:443/client",
        "https://tool.example:22/client",
        "https://tööl.example/client",
        "https://tool.example/client ",
        " https://tool.example/client",
        "https://tool.example./client",
        "https://tool/client",
        "https://127.0.0.1/client",
        "https://2130706433/client",
        "https://0x7f.1/client",
        "https://[::1]/client",
        "https://[::ffff:127.0.0.1]/client",
        "https://[64:ff9b::7f00:1]/client",
        "https://169.254.169.254/latest/meta-data",
        "https://metadata.internal/client",
        "https://localhost/client",
        "ftp://tool.example/client",
        "https://tool.example\\@evil.example/client",
    ] {
        let answer = server.get(&request(unfit)).await;
        assert_eq!(answer.status, 400, "{unfit}: {}", answer.text);
        assert_eq!(reason(&server, &answer).await, Reason::ClientDocumentUnfit, "{unfit}");
    }
    assert_eq!(server.world.outside.asked(), []);
}

/// SS-03, SS-04: names of the inside, and one that changes its mind.
#[tokio::test]
async fn the_guard_stands_before_every_document() {
    let server = trusting(&["*"]).await;
    for (name, addresses) in [
        ("inside.example", vec!["10.0.0.1"]),
        ("mixed.example", vec!["93.184.216.34", "127.0.0.1"]),
        ("mapped.example", vec!["::ffff:10.0.0.1"]),
        ("cloud.example", vec!["169.254.169.254"]),
        ("nat.example", vec!["64:ff9b::a00:1"]),
    ] {
        server.world.outside.name(name, &addresses);
        let answer = server.get(&request(&format!("https://{name}/client"))).await;
        assert_eq!(reason(&server, &answer).await, Reason::ClientDocumentUnfetched, "{name}");
    }
    assert_eq!(server.world.outside.asked(), []);
    // Rebinding: the connection goes where the check looked, whatever the name says a moment later.
    server.world.outside.name("turns.example", &["93.184.216.35"]);
    server.world.outside.name("turns.example", &["127.0.0.1"]);
    server.get(&request("https://turns.example/client")).await;
    let asked = server.world.outside.asked();
    assert_eq!((asked.len(), asked[0].addresses.as_slice()), (1, &["93.184.216.35:443".parse().unwrap()][..]));
}

/// CD-02, CD-05, CD-08: what is published is no client of this server.
#[tokio::test]
async fn an_unsound_document_is_no_client() {
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let private = json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0" }] });
    for (what, members) in [
        ("another case", json!({ "client_id": "https://tool.example/oauth/Client.json" })),
        ("another slash", json!({ "client_id": format!("{CLIENT}/") })),
        ("no client_id", json!({ "client_id": null })),
        ("a secret's method", json!({ "token_endpoint_auth_method": "client_secret_post" })),
        ("a MAC's method", json!({ "token_endpoint_auth_method": "client_secret_jwt" })),
        ("a secret", json!({ "client_secret": "s3cret" })),
        ("a secret's end", json!({ "client_secret_expires_at": 0 })),
        (
            "only secrets to choose",
            json!({ "token_endpoint_auth_method": null,
            "token_endpoint_auth_methods_supported": ["client_secret_basic"] }),
        ),
        ("a script", json!({ "redirect_uris": ["javascript:alert(1)"] })),
        ("plain http", json!({ "redirect_uris": ["http://tool.example/callback"] })),
        ("nowhere to go", json!({ "redirect_uris": [] })),
        ("no key", json!({ "token_endpoint_auth_method": "private_key_jwt" })),
        ("a shared key", json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": private })),
        ("pairwise", json!({ "subject_type": "pairwise" })),
        ("another algorithm", json!({ "id_token_signed_response_alg": "none" })),
        ("a logo that is none", json!({ "logo_uri": "javascript:alert(1)" })),
        (
            "two kinds of keys",
            json!({ "token_endpoint_auth_method": "private_key_jwt",
            "jwks": serde_json::from_str::<Value>(&assertions::set(&[&key])).unwrap(), "jwks_uri": "https://tool.example/k" }),
        ),
    ] {
        let server = trusting(&["tool.example"]).await;
        let mut published = document();
        published.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        publish(&server, &published);
        let answer = server.get(&request(CLIENT)).await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.text);
        assert_eq!(reason(&server, &answer).await, Reason::ClientDocumentInvalid, "{what}");
        // At the token endpoint it is nobody either, and nobody asks again.
        exchange(&server, "code").await.is_refused(401, "invalid_client");
        assert_eq!(server.world.outside.asked().len(), 1, "{what}");
    }
}

/// CD-03, SS-04, SS-06: refused, and asked for again after a minute at the earliest.
#[tokio::test]
async fn what_cannot_be_fetched_is_no_client() {
    let text = |status, media: &str| {
        Ok(Fetched { status, media: Some(media.into()), body: document().to_string().into(), ..Fetched::default() })
    };
    for (what, came) in [
        ("a redirect", text(302, "application/json")),
        ("created", text(201, "application/json")),
        ("not there", text(404, "application/json")),
        ("a page", text(200, "text/html")),
        ("no type", Ok(Fetched { status: 200, body: document().to_string().into(), ..Fetched::default() })),
        ("six thousand bytes, or endless", Err(Unfetched::TooLarge)),
        ("ten seconds", Err(Unfetched::Late)),
        ("nobody", Err(Unfetched::Unreachable)),
    ] {
        let server = trusting(&["tool.example"]).await;
        server.world.outside.answer(CLIENT, came);
        publish(&server, &document());
        for _ in 0..3 {
            let answer = server.get(&request(CLIENT)).await;
            assert_eq!(reason(&server, &answer).await, Reason::ClientDocumentUnfetched, "{what}");
        }
        assert_eq!(server.world.outside.asked().len(), 1, "{what}");
        server.wait(61);
        server.get(&request(CLIENT)).await.leads(302);
        assert_eq!(server.world.outside.asked().len(), 2, "{what}");
    }
}

/// Trust is by domain: of others nothing is fetched, and of an environment that names none no such client is known.
#[tokio::test]
async fn only_trusted_domains_are_asked() {
    let server = trusting(&["example.com", "good.example"]).await;
    for untrusted in ["https://tool.example/c", "https://notexample.com/c", "https://good.example.evil.example/c"] {
        let answer = server.get(&request(untrusted)).await;
        assert_eq!(reason(&server, &answer).await, Reason::ClientDomainUntrusted, "{untrusted}");
    }
    for trusted in ["https://example.com/c", "https://a.b.example.com/c", "https://good.example:8443/c"] {
        let answer = server.get(&request(trusted)).await;
        assert_eq!(reason(&server, &answer).await, Reason::ClientDocumentUnfetched, "{trusted}");
    }
    trust(&server, &[]).await;
    let answer = server.get(&request("https://example.com/c")).await;
    assert_eq!(reason(&server, &answer).await, Reason::ClientUnknown);
    assert_eq!(server.world.outside.asked(), [], "no name of them is known");
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    for wrong in ["", "Example.com", "https://example.com", "*.example.com", "-a.example", "exa mple.com"] {
        body["clientIdMetadataDomains"] = json!([wrong]);
        assert_eq!(server.manage(Method::PUT, &path, Some(&body)).await.status, 400, "{wrong}");
    }
}

/// CD-06: a document that changes on the way changes no code that was given.
#[tokio::test]
async fn a_code_keeps_what_it_was_given_for() {
    let server = trusting(&["tool.example"]).await;
    let kept = "max-age=60";
    let of = |document: &Value| Fetched {
        status: 200,
        media: Some("application/json".into()),
        cache_control: Some(kept.into()),
        body: document.to_string().into(),
        ..Fetched::default()
    };
    let mut moved = document();
    moved["redirect_uris"] = json!(["https://tool.example/elsewhere"]);
    server.world.outside.answer(CLIENT, Ok(of(&document())));
    server.world.outside.answer(CLIENT, Ok(of(&moved)));
    let browser = server.browser();
    let page = opened(&browser, &request(CLIENT)).await;
    server.wait(30);
    let answer = parameters(&press(&browser, &page, "allow").await);
    server.wait(31);
    exchange(&server, &answer["code"]).await.expect(200);
    assert_eq!(server.world.outside.asked().len(), 2, "asked again in between");
    let refused = server.get(&request(CLIENT)).await;
    assert_eq!(reason(&server, &refused).await, Reason::RedirectUriInvalid);
}

/// CD-07: whoever makes up client ids turns this server on nobody.
#[tokio::test]
async fn one_host_is_asked_for_few_documents() {
    let server = trusting(&["*"]).await;
    server.world.outside.name("victim.example", &["93.184.216.40"]);
    let mut refused = 0;
    for number in 0..200 {
        let answer = server.get(&request(&format!("https://victim.example/{number}"))).await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!((server.world.outside.asked().len(), refused), (30, 170));
    publish(&server, &document());
    server.get(&request(CLIENT)).await.leads(302);
    server.wait(2);
    server.get(&request("https://victim.example/more")).await;
    assert_eq!(server.world.outside.asked().len(), 32);
}

/// `private_key_jwt` with published keys, at every endpoint where a client authenticates; of alternatives the one that is here.
#[tokio::test]
async fn a_client_proves_itself_with_published_keys() {
    let server = trusting(&["tool.example"]).await;
    let (key, other) = (SigningKey::generate(Alg::Es256).unwrap(), SigningKey::generate(Alg::Es256).unwrap());
    let mut published = document();
    let members = published.as_object_mut().unwrap();
    members.remove("token_endpoint_auth_method");
    members.insert(
        "token_endpoint_auth_methods_supported".into(),
        json!(["client_secret_jwt", "none", "private_key_jwt"]),
    );
    members.insert("id_token_signing_alg_values_supported".into(), json!(["PS512", "RS256"]));
    members.insert("jwks_uri".into(), json!("https://tool.example/keys"));
    publish(&server, &published);
    server.world.outside.json("https://tool.example/keys", &assertions::set(&[&key]));
    let proof = |key: &SigningKey, jti: &str| {
        let mut claims = assertions::good(&server, jti);
        (claims["iss"], claims["sub"]) = (json!(CLIENT), json!(CLIENT));
        assertions::form(key, &claims)
    };
    for endpoint in ["introspect", "revoke"] {
        let answer = server.encoded(&server.at(endpoint), &format!("token=none&{}", proof(&key, endpoint))).await;
        assert_eq!(answer.status, 200, "{endpoint}: {}", answer.text);
    }
    let wrong = server.encoded(&server.at("revoke"), &format!("token=none&{}", proof(&other, "wrong"))).await;
    wrong.is_refused(401, "invalid_client");
    let unproven = server.form(&server.at("revoke"), &[("token", "none"), ("client_id", CLIENT)]).await;
    unproven.is_refused(401, "invalid_client");
    // Pushed, allowed, exchanged.
    let pushed = format!(
        "client_id={CLIENT}&response_type=code&scope=openid&redirect_uri={CALLBACK}&code_challenge={CHALLENGE}\
         &code_challenge_method=S256&{}",
        proof(&key, "par")
    );
    let reference = server.encoded(&server.at("par"), &pushed).await.expect(201);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", CLIENT), ("request_uri", reference["request_uri"].as_str().unwrap())])
        .finish();
    let browser = server.browser();
    let page = opened(&browser, &format!("/{SANDBOX}/as/authorize?{query}")).await;
    let answer = parameters(&press(&browser, &page, "allow").await);
    let form = format!(
        "grant_type=authorization_code&code={}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}&{}",
        answer["code"],
        proof(&key, "token")
    );
    let tokens = server.encoded(&server.at("token"), &form).await.expect(200);
    let introspected = format!("token={}&{}", tokens["access_token"].as_str().unwrap(), proof(&key, "again"));
    let told = server.encoded(&server.at("introspect"), &introspected).await.expect(200);
    assert_eq!((&told["active"], &told["client_id"]), (&json!(true), &json!(CLIENT)));
    // What is not published any more is nobody's.
    trust(&server, &["elsewhere.example"]).await;
    let token = tokens["access_token"].as_str().unwrap();
    let answer = server.get_with(&server.at("userinfo"), token).await;
    assert!(answer.status == 401 && answer.header("www-authenticate").contains("invalid_token"), "{answer:?}");
}

/// CR-07, RFC 8707: of resources a stranger may ask for what the environment opens to strangers, and is asked about it.
#[tokio::test]
async fn scopes_are_opened_to_strangers_by_name() {
    let server = trusting(&["tool.example"]).await;
    publish(&server, &document());
    let (scope, orders) = ("orders.read", "https://orders.example/api");
    server.furnish(resources::resource(&server, 0xa1, orders, &[scope, "orders.admin"])).await;
    let asked = || asks(CLIENT, scope, &[("redirect_uri", CALLBACK), ("resource", orders)]);
    let refused = server.get(&asked()).await;
    assert_eq!(parameters(&refused)["error"], "invalid_scope");
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body["foreignClientScopes"] = json!([scope, "p1:read:user"]);
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
    for closed in ["p1:read:user", "orders.admin"] {
        let refused = server.get(&asks(CLIENT, closed, &[("redirect_uri", CALLBACK)])).await;
        assert_eq!(parameters(&refused)["error"], "invalid_scope", "{closed}");
    }
    let browser = server.browser();
    let page = opened(&browser, &asked()).await;
    assert!(page.text.contains(&format!("<code>{scope}</code>")), "{}", page.text);
    let answer = parameters(&press(&browser, &page, "allow").await);
    let tokens = exchange(&server, &answer["code"]).await.expect(200);
    assert_eq!(tokens["scope"], scope);
    assert_eq!(testkit::claims(tokens["access_token"].as_str().unwrap())["aud"], json!([orders]));
}
