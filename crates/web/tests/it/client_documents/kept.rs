//! What is kept of metadata documents, and how often it is asked for: nobody's client is locked out by addresses that others make up.

use testkit::{People, Request};

use super::*;

/// A document that is fresh for a minute.
fn short(document: &Value) -> Fetched {
    Fetched {
        status: 200,
        media: Some("application/json".into()),
        cache_control: Some("max-age=60".into()),
        body: document.to_string().into(),
        ..Fetched::default()
    }
}

fn asked(server: &TestApp, url: &str) -> usize {
    server.world.outside.asked().iter().filter(|asked| asked.url == url).count()
}

/// The same request of another source.
fn from(address: &str, last: u8) -> Request {
    Request::get(address).header("accept", "text/html").from([192, 0, 2, last].into())
}

/// CD-07: addresses that are made up push no document out, neither while it is fresh nor while it is stale.
#[tokio::test]
async fn made_up_addresses_push_nobody_out() {
    let server = trusting(&["*"]).await;
    server.world.outside.name("victim.example", &["93.184.216.40"]);
    server.world.outside.answer(CLIENT, Ok(short(&document())));
    server.get(&request(CLIENT)).await.leads(302);
    let flood = async || {
        for number in 0..1_100 {
            server.get(&request(&format!("https://victim.example/{number}"))).await;
        }
        // Of the same host: the bucket of new ones is empty.
        for number in 0..40 {
            server.get(&request(&format!("https://tool.example/{number}"))).await;
        }
    };
    flood().await;
    server.get(&request(CLIENT)).await.leads(302);
    assert_eq!(asked(&server, CLIENT), 1, "it was fresh, and kept");
    server.wait(61);
    flood().await;
    server.get(&request(CLIENT)).await.leads(302);
    assert_eq!(asked(&server, CLIENT), 2, "stale, and asked for again whoever else asks for what");
}

/// CD-07: neither a source nor an environment takes what the others have of a host.
#[tokio::test]
async fn a_flood_elsewhere_takes_nothing_from_others() {
    let people = People::on(TestApp::build().strict().config(|config| config.outbound = Outbound::default())).await;
    let server = &people.server;
    server.world.outside.name("tool.example", &["93.184.216.34"]);
    let (other, _) = people.another().await;
    for environment in [people.env.to_string(), other.to_string()] {
        let path = format!("/environments/{environment}");
        let mut body = server.manage(Method::GET, &path, None).await.expect(200);
        body["clientIdMetadataDomains"] = json!(["tool.example"]);
        server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
    }
    let at = |environment: &str, client: &str| {
        let query = testkit::encode(&[
            ("client_id", client),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("scope", "openid"),
        ]);
        format!("/{environment}/as/authorize?{query}")
    };
    let (here, there) = (people.env.to_string(), other.to_string());
    // From one source, and then from as many as it takes to use up what an environment has.
    for number in 0..200_u8 {
        server.send(from(&at(&here, &format!("https://tool.example/{number}")), number / 40)).await;
    }
    let refused = server.send(from(&at(&here, CLIENT), 99)).await;
    assert_eq!(refused.status, 429, "the environment has had its own: {refused:?}");
    publish(server, &document());
    server.send(from(&at(&there, CLIENT), 50)).await.leads(302);
    let answer = server.send(from(&at(&there, "https://tool.example/0"), 0)).await;
    assert_eq!(answer.status, 429, "the source has had its own: {answer:?}");
}

/// CD-07: a host is one machine at all of its ports.
#[tokio::test]
async fn the_ports_of_a_host_are_counted_together() {
    let server = trusting(&["*"]).await;
    server.world.outside.name("victim.example", &["93.184.216.40"]);
    let mut refused = 0;
    for port in 8_000..8_080 {
        let answer = server.get(&request(&format!("https://victim.example:{port}/client"))).await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!((server.world.outside.asked().len(), refused), (30, 50));
}

/// Whoever takes the document away takes the client away; a server that fails does not.
#[tokio::test]
async fn a_withdrawn_document_is_no_client() {
    for (status, gone) in [(404, true), (410, true), (500, false), (403, false)] {
        let server = trusting(&["tool.example"]).await;
        server.world.outside.answer(CLIENT, Ok(short(&document())));
        server.world.outside.answer(CLIENT, Ok(Fetched { status, ..Fetched::default() }));
        server.get(&request(CLIENT)).await.leads(302);
        server.wait(59);
        server.get(&request(CLIENT)).await.leads(302);
        server.wait(2);
        for wait in [0, 61] {
            server.wait(wait);
            let answer = server.get(&request(CLIENT)).await;
            if gone {
                assert_eq!(reason(&server, &answer).await, Reason::ClientDocumentUnfetched, "{status}");
            } else {
                answer.leads(302);
            }
        }
    }
}

/// A document that insists on an algorithm that the environment has no key for is no client, whichever answer it is of.
#[tokio::test]
async fn no_key_is_made_for_a_document() {
    for member in ["id_token_signed_response_alg", "userinfo_signed_response_alg", "authorization_signed_response_alg"]
    {
        for (alg, sound) in [("RS256", true), ("ES256", false), ("HS256", false), ("none", false), ("x", false)] {
            let server = trusting(&["tool.example"]).await;
            let mut published = document();
            published[member] = json!(alg);
            publish(&server, &published);
            for mode in ["jwt", "query.jwt", "form_post.jwt"] {
                let more = [("redirect_uri", CALLBACK), ("response_mode", mode), ("prompt", "none")];
                let answer = server.get(&asks(CLIENT, "openid", &more)).await;
                if sound {
                    assert!(answer.status < 400, "{member} {alg} {mode}: {answer:?}");
                    assert_eq!(reason(&server, &answer).await, Reason::LoginRequired);
                } else {
                    assert_eq!(answer.status, 400, "{member} {alg} {mode}: {answer:?}");
                    assert_eq!(reason(&server, &answer).await, Reason::ClientDocumentInvalid, "{member} {alg}");
                }
            }
        }
    }
}

/// What is called when the client does not ask needs a client that is there: logout addresses of a document are left out, and nobody
/// waits for them.
#[tokio::test]
async fn a_document_is_told_of_no_sign_off() {
    let server = trusting(&["tool.example"]).await;
    let mut published = document();
    published["backchannel_logout_uri"] = json!("https://tool.example/out");
    published["backchannel_logout_session_required"] = json!(true);
    published["frontchannel_logout_uri"] = json!("https://tool.example/gone");
    published["frontchannel_logout_session_required"] = json!(true);
    publish(&server, &published);
    let browser = server.browser();
    let page = opened(&browser, &request(CLIENT)).await;
    let answer = parameters(&press(&browser, &page, "allow").await);
    let tokens = exchange(&server, &answer["code"]).await.expect(200);
    let hint = tokens["id_token"].as_str().unwrap();
    let told = testkit::claims(hint);
    let session = protocol::id::SessionId::parse(told["sid"].as_str().unwrap()).unwrap();
    let taking_part = server.app.store.participations(SANDBOX, session, 10).await.unwrap();
    assert!(taking_part.is_empty(), "nothing is kept to tell: {taking_part:?}");
    let off = browser.get(&format!("/{SANDBOX}/as/signoff?id_token_hint={hint}")).await;
    assert!(off.text.contains("id=\"logged-out\"") && !off.text.contains("<iframe"), "{}", off.text);
    engine::logout::tell_due(&server.app).await;
    assert_eq!(asked(&server, "https://tool.example/out"), 0);
}
