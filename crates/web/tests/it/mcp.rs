//! `/dev/mcp`: a server of the Model Context Protocol, to try its clients on, from the first refusal to a tool's answer.

use engine::bootstrap::{dev, mcp};
use jose::Alg;
use protocol::id::EnvironmentId;
use protocol::refusal::Reason;
use protocol::scope::Scope;
use serde_json::{Value, json};
use testkit::{
    Answer, CHALLENGE, Holder, Request, SANDBOX, TestApp, VERIFIER, World, each_store, encode, parameters, resource,
};

use crate::consent::{opened, reason};

const PATH: &str = "/dev/mcp";
const METADATA: &str = "/.well-known/oauth-protected-resource/dev/mcp";
const CALLBACK: &str = "https://agent.example/callback";

/// The server for the sandbox, where this registers its resource.
async fn in_sandbox() -> (TestApp, String) {
    let server = TestApp::inside().await;
    let path = format!("{PATH}/{SANDBOX}");
    let address = format!("{}{path}", server.app.config.public_url);
    server.furnish(resource(&server, 0xb1, &address, &["mcp:tools", "mcp:other"])).await;
    (server, path)
}

/// The token of a person for the server, with this scope.
async fn token(server: &TestApp, path: &str, scope: &str) -> String {
    let address = format!("{}{path}", server.app.config.public_url);
    let scope = Scope::parse(scope).unwrap();
    let code = server.code(|code| {
        code.authorization.scope = scope;
        code.authorization.resource = vec![address];
    });
    server.exchange(&code.await).await.text_of("access_token")
}

fn message(path: &str, token: &str, message: &Value) -> Request {
    let accept = "application/json, text/event-stream";
    Request::post(path).bearer_auth(token).header("accept", accept).json(message)
}

fn asked(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// A request as revision 2026-07-28 has it.
fn stateless(path: &str, token: &str, method: &str, mut params: Value) -> Request {
    params["_meta"] = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {} });
    let request = message(path, token, &asked(method, &params));
    request.header("mcp-protocol-version", "2026-07-28").header("mcp-method", method)
}

/// What JSON-RPC calls an error.
fn fails(answer: &Answer, status: u16, code: i32) {
    assert_eq!((answer.status, answer.body["error"]["code"].as_i64()), (status, Some(code.into())), "{answer:?}");
    assert_eq!(answer.body["jsonrpc"], "2.0");
}

/// RFC 9728 §5.1, MCP "Authorization": a client that knows the address alone finds everything else, registers itself, is allowed
/// by a person, and calls a tool. Before it asked, the environment was not there.
#[tokio::test]
async fn a_client_finds_its_way_from_the_address_alone() {
    each_store(|server| async move {
        let own = EnvironmentId::new(mcp::ENVIRONMENT);
        assert!(server.app.store.environment(own).await.unwrap().is_none(), "made for whoever asks, not before");
        let bare = server.send(Request::post(PATH)).await;
        assert_eq!(bare.status, 401);
        let metadata = format!("{}{METADATA}", server.app.config.public_url);
        let challenge = bare.header("www-authenticate");
        for told in [format!("resource_metadata=\"{metadata}\""), "scope=\"mcp:tools\"".to_owned()] {
            assert!(challenge.starts_with("Bearer ") && challenge.contains(&told), "{told}: {challenge}");
        }
        let described = server.get(METADATA).await.expect(200);
        let address = format!("{}{PATH}", server.app.config.public_url);
        assert_eq!((&described["resource"], &described["scopes_supported"]), (&json!(address), &json!(["mcp:tools"])));
        let issuer = described["authorization_servers"][0].as_str().unwrap().to_owned();
        let found = server.get(&format!("{issuer}/.well-known/openid-configuration")).await.expect(200);
        assert_eq!(found["client_id_metadata_document_supported"], true);
        let wanted = json!({ "client_name": "Agent", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"] });
        let place = found["registration_endpoint"].as_str().unwrap();
        let client = server.send(Request::post(place).json(&wanted)).await.expect(201)["client_id"].clone();
        let client = client.as_str().unwrap();
        let tokens = allowed(&server, &found, client, CALLBACK, &address).await;
        assert_eq!(tokens["scope"], "mcp:tools");
        let call = asked("tools/call", &json!({ "name": "whoami" }));
        let answer = server.send(message(PATH, tokens["access_token"].as_str().unwrap(), &call)).await.expect(200);
        let known = &answer["result"]["structuredContent"];
        assert_eq!((&known["subject"], &known["client"]), (&json!(mcp::USER.to_string()), &json!(client)));
        assert_eq!(known["scopes"], json!(["mcp:tools"]));
        // A client given by hand is asked about nothing.
        let by_hand = mcp::APPLICATION.to_string();
        let tokens = allowed(&server, &found, &by_hand, "http://127.0.0.1:4711/callback", &address).await;
        let renewed = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
        let place = found["token_endpoint"].as_str().unwrap();
        let renewed = server.form(place, &[&renewed[..], &[("client_id", &by_hand)]].concat()).await.expect(200);
        let list = asked("tools/list", &json!({}));
        server.send(message(PATH, renewed["access_token"].as_str().unwrap(), &list)).await.expect(200);
    })
    .await;
}

/// Signs on, allows what is asked, and exchanges the code.
async fn allowed(server: &TestApp, found: &Value, client: &str, callback: &str, address: &str) -> Value {
    let fields = [
        ("client_id", client),
        ("response_type", "code"),
        ("redirect_uri", callback),
        ("scope", "mcp:tools"),
        ("resource", address),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let (authorize, browser) = (found["authorization_endpoint"].as_str().unwrap(), server.browser());
    let mut answer = opened(&browser, &format!("{authorize}?{}", encode(&fields))).await;
    if client != mcp::APPLICATION.to_string() {
        assert!(answer.text.contains("id=\"allow\"") && answer.text.contains("Use the tools"), "{}", answer.text);
        let (flow, csrf) = (answer.hidden("flowId"), answer.hidden("csrf"));
        let fields = [("flowId", flow.as_str()), ("csrf", &csrf), ("intent", "allow")];
        let pressed = browser.submit(&format!("/{}/signon", mcp::ENVIRONMENT), &fields).await;
        answer = browser.follow(pressed).await;
    }
    assert!(answer.header("location").starts_with(callback), "{} {}", answer.status, answer.text);
    let code = parameters(answer.header("location")).remove("code").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", client),
        ("redirect_uri", callback),
        ("code_verifier", VERIFIER),
        ("resource", address),
    ];
    server.form(found["token_endpoint"].as_str().unwrap(), &fields).await.expect(200)
}

/// RFC 9068 §4, RFC 6750 §3.1: only a token for this address, and only with the scope.
#[tokio::test]
async fn other_tokens_are_refused() {
    let (server, path) = in_sandbox().await;
    let ping = asked("ping", &json!({}));
    let good = token(&server, &path, "mcp:tools").await;
    assert_eq!(server.send(message(&path, &good, &ping)).await.expect(200)["result"], json!({}));
    let elsewhere = server.exchange(&server.code(|_| ()).await).await.text_of("access_token");
    for (shown, of) in
        [(elsewhere.as_str(), "its audience"), (&server.worker_token().await, "its environment"), ("x", "it")]
    {
        let answer = server.send(message(&path, shown, &ping)).await;
        answer.is_refused(401, "invalid_token");
        assert_eq!(reason(&server, &answer).await, Reason::AccessTokenInactive, "{of}");
        assert!(answer.header("www-authenticate").contains(&format!("{METADATA}/{SANDBOX}\"")), "{of}: {answer:?}");
    }
    let poor = server.send(message(&path, &token(&server, &path, "openid").await, &ping)).await;
    assert_eq!((poor.status, poor.member("error")), (403, "insufficient_scope"));
    let challenge = poor.header("www-authenticate");
    assert!(challenge.contains("scope=\"mcp:tools\"") && challenge.contains("resource_metadata="), "{challenge}");
    assert_eq!(reason(&server, &poor).await, Reason::ScopeInsufficient);
    // The one of the environment that is made for it is no other's.
    server.send(message(PATH, &good, &ping)).await.is_refused(401, "invalid_token");
}

/// DP-01: a bound token is used with a proof for this address, once.
#[tokio::test]
async fn bound_tokens_want_their_proof() {
    let (server, path) = in_sandbox().await;
    let address = format!("{}{path}", server.app.config.public_url);
    let named = address.clone();
    let code = server.code(|code| {
        code.authorization.scope = Scope::parse("mcp:tools").unwrap();
        code.authorization.resource = vec![named];
    });
    let holder = Holder::new(Alg::Es256);
    let exchange = format!(
        "grant_type=authorization_code&code={}&redirect_uri={}&code_verifier={VERIFIER}&{}",
        code.await,
        dev::REDIRECT_URI,
        testkit::shared()
    );
    let token = holder.ask(&server, &server.at("token"), &exchange).await.text_of("access_token");
    let call = asked("tools/call", &json!({ "name": "whoami" }));
    server.send(message(&path, &token, &call)).await.is_refused(401, "invalid_token");
    let proof = holder.sign(&holder.header(), &holder.claims(&server, "POST", &address, Some(&token)));
    let shown =
        || Request::post(&path).header("authorization", format!("DPoP {token}")).header("dpop", &proof).json(&call);
    let known = server.send(shown()).await.expect(200)["result"]["structuredContent"].clone();
    assert_eq!(known["token_type"], "DPoP");
    let again = server.send(shown()).await;
    again.is_refused(401, "invalid_dpop_proof");
    assert!(again.header("www-authenticate").starts_with("DPoP "), "{again:?}");
}

/// The two revisions that begin with `initialize`.
#[tokio::test]
async fn clients_that_shake_hands_are_answered() {
    let (server, path) = in_sandbox().await;
    let token = token(&server, &path, "mcp:tools").await;
    for (wanted, spoken) in [("2025-06-18", "2025-06-18"), ("2025-11-25", "2025-11-25"), ("2024-11-05", "2025-11-25")] {
        let params =
            json!({ "protocolVersion": wanted, "capabilities": {}, "clientInfo": { "name": "a", "version": "1" } });
        let answer = server.send(message(&path, &token, &asked("initialize", &params))).await;
        assert_eq!((answer.header("cache-control"), answer.header("mcp-session-id")), ("no-store", ""));
        assert_eq!(answer.expect(200)["result"]["protocolVersion"], spoken, "{wanted}");
    }
    let of = |body: Value| message(&path, &token, &body).header("mcp-protocol-version", "2025-11-25");
    let noted = server.send(of(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))).await;
    assert_eq!((noted.status, noted.text.as_str()), (202, ""));
    let tools = server.send(of(asked("tools/list", &json!({})))).await.expect(200)["result"]["tools"].clone();
    assert_eq!((&tools[0]["name"], &tools[1]["name"]), (&json!("echo"), &json!("whoami")));
    let call = |params: Value| server.send(of(asked("tools/call", &params)));
    let echoed = call(json!({ "name": "echo", "arguments": { "text": "ä" } })).await.expect(200);
    assert_eq!(echoed["result"], json!({ "content": [{ "type": "text", "text": "ä" }], "isError": false }));
    for wrong in [json!({}), json!({ "text": 1 }), json!({ "text": "x".repeat(4097) })] {
        let answer = call(json!({ "name": "echo", "arguments": wrong })).await.expect(200);
        assert_eq!(answer["result"]["isError"], true);
    }
    fails(&call(json!({ "name": "rm" })).await, 200, -32602);
    fails(&call(json!({ "name": "echo", "arguments": [] })).await, 200, -32602);
    fails(&server.send(of(asked("tools/list", &json!({ "cursor": "x" })))).await, 200, -32602);
    fails(&server.send(of(asked("resources/list", &json!({})))).await, 200, -32601);
    fails(&server.send(of(asked("server/discover", &json!({})))).await, 200, -32601);
    // No session was given, so none is there.
    fails(&server.send(of(asked("ping", &json!({}))).header("mcp-session-id", "s1")).await, 404, -32000);
}

/// Revision 2026-07-28: every request says what it is, in its message and in its headers.
#[tokio::test]
async fn clients_without_a_handshake_are_answered() {
    let (server, path) = in_sandbox().await;
    let token = token(&server, &path, "mcp:tools").await;
    let of = |method: &str, params: Value| stateless(&path, &token, method, params);
    let found = server.send(of("server/discover", json!({})).header("mcp-session-id", "s1")).await.expect(200);
    let found = &found["result"];
    assert_eq!(found["supportedVersions"], json!(["2026-07-28", "2025-11-25", "2025-06-18"]));
    assert_eq!((&found["resultType"], &found["cacheScope"]), (&json!("complete"), &json!("private")));
    assert_eq!(found["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "grantor-dev");
    let listed = server.send(of("tools/list", json!({}))).await.expect(200);
    assert_eq!((&listed["result"]["ttlMs"], &listed["result"]["tools"][0]["name"]), (&json!(0), &json!("echo")));
    let echo = json!({ "name": "echo", "arguments": { "text": "a" } });
    for name in ["echo", "=?base64?ZWNobw==?="] {
        let answer = server.send(of("tools/call", echo.clone()).header("mcp-name", name)).await.expect(200);
        assert_eq!(answer["result"]["content"][0]["text"], "a", "{name}");
    }
    for name in ["whoami", "=?base64?ZWNobw?=", "=?base64?/w==?="] {
        fails(&server.send(of("tools/call", echo.clone()).header("mcp-name", name)).await, 400, -32020);
    }
    fails(&server.send(of("tools/call", echo.clone())).await, 400, -32020);
    fails(&server.send(of("tools/list", json!({})).header("mcp-method", "tools/call")).await, 400, -32020);
    fails(&server.send(of("tools/list", json!({ "cursor": "x" }))).await, 400, -32602);
    for gone in ["ping", "initialize", "resources/read"] {
        fails(&server.send(of(gone, json!({}))).await, 404, -32601);
    }
    let meta = |version: &str| json!({ "_meta": { "io.modelcontextprotocol/protocolVersion": version } });
    let headed = |params: Value, version: &str| {
        let request = message(&path, &token, &asked("tools/list", &params)).header("mcp-method", "tools/list");
        server.send(request.header("mcp-protocol-version", version))
    };
    fails(&headed(meta("2026-07-28"), "2025-11-25").await, 400, -32020);
    fails(&headed(meta("2026-07-28"), "2026-07-28").await, 400, -32602);
    fails(&headed(json!({}), "2026-07-28").await, 400, -32602);
    fails(&server.send(message(&path, &token, &asked("tools/list", &meta("2026-07-28")))).await, 400, -32020);
    for (params, version) in [(meta("1900-01-01"), "1900-01-01"), (json!({}), "1900-01-01"), (json!({}), "2025-03-26")]
    {
        let answer = headed(params, version).await;
        fails(&answer, 400, -32022);
        assert_eq!(answer.body["error"]["data"]["supported"][0], "2026-07-28");
        assert_eq!(answer.body["error"]["data"]["requested"], version);
    }
}

/// What is no message is told so, and nothing of it is more than a client's mistake.
#[tokio::test]
async fn what_is_no_message_is_refused() {
    let (server, path) = in_sandbox().await;
    let token = token(&server, &path, "mcp:tools").await;
    let ping = || asked("ping", &json!({})).to_string();
    let post =
        |media: &str, body: String| Request::post(&path).bearer_auth(&token).header("content-type", media).body(body);
    for (body, code) in [
        ("{", -32700),
        ("\u{0}", -32700),
        ("[]", -32600),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
    ] {
        let answer = server.send(post("application/json", body.to_owned())).await;
        fails(&answer, 400, code);
    }
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    fails(&server.send(post("application/json", deep)).await, 400, -32700);
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/json-rpc"] {
        fails(&server.send(post(media, ping())).await, 415, -32000);
    }
    let wide = format!("{}{}", ping(), " ".repeat(64 * 1024));
    assert_eq!(server.send(post("application/json", wide)).await.status, 413);
    fails(&server.send(post("application/json", ping()).header("accept", "text/event-stream")).await, 406, -32000);
    assert_eq!(server.send(post("application/json; charset=utf-8", ping()).header("accept", "*/*")).await.status, 200);
    for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
        fails(&server.send(post("application/json", ping()).header("origin", origin)).await, 403, -32000);
    }
    let shared = server.send(post("application/json", ping()).header("origin", "http://localhost:6274")).await;
    assert_eq!((shared.status, shared.header("access-control-allow-origin")), (200, "*"));
    for method in ["GET", "DELETE", "PUT"] {
        let answer = server.send(Request::new(method, &path).bearer_auth(&token)).await;
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.header("allow").contains("POST"), "{method}: {answer:?}");
    }
}

/// A server for work has it where it was told so, for its environments; another has none of it.
#[tokio::test]
async fn only_servers_to_try_things_on_have_it() {
    let paths = [PATH.to_owned(), METADATA.to_owned()];
    let of_one = [format!("{PATH}/{SANDBOX}"), format!("{METADATA}/{SANDBOX}")];
    let without = TestApp::build().config(|config| config.resource = false).start().await;
    for path in paths.iter().chain(&of_one) {
        assert_eq!(without.send(Request::post(path)).await.status, 404, "{path}");
        assert_eq!(without.get(path).await.status, 404, "{path}");
    }
    let serving = TestApp::build().world(World::Empty).start().await;
    for path in paths.iter().chain(&of_one) {
        assert_eq!(serving.get(path).await.status, if path == &of_one[0] { 405 } else { 404 }, "{path}");
    }
    assert_eq!(serving.send(Request::post(PATH)).await.status, 404);
    let server = TestApp::inside().await;
    server.get(&of_one[1]).await.expect(200);
    for unknown in ["0d0e9d12-3a50-4ef2-8a75-7a07b6d3a3a1", "x"] {
        assert_eq!(server.get(&format!("{METADATA}/{unknown}")).await.status, 404, "{unknown}");
    }
}
