use serde_json::json;

use super::conditions::version;
use testkit::{Admin, Request};

#[tokio::test]
async fn only_a_bearer_token_of_this_api_opens_it() {
    let api = Admin::start().await;
    let own = api.path("");
    for token in ["", "nonsense", "a.b.c", "..", &format!("{}x", api.token)] {
        let answer = api.with_token(token, "GET", &own, None).await;
        answer.refuses(401, "ACCESS_FAILED", "INVALID_TOKEN", "Authentication Credentials");
    }
    // MG-15: a cookie is no credential here.
    let request = Request::get(format!("/v1{own}")).header("cookie", format!("ST={}; token={}", api.token, api.token));
    api.send(request).await.refuses(401, "ACCESS_FAILED", "INVALID_TOKEN", "Authentication Credentials");
    let twice = api.request("GET", &own).header("authorization", format!("Bearer {}", api.token));
    api.send(twice).await.refuses(401, "ACCESS_FAILED", "INVALID_TOKEN", "Authentication Credentials");
    let query = format!("/v1{own}?access_token={}", api.token);
    let request = Request::get(query);
    assert_eq!(api.send(request).await.status, 401);
    // The order matters: who may not, learns nothing of what the body was worth.
    let request = Request::post(format!("/v1{own}/users")).body("{");
    assert_eq!(api.send(request).await.status, 401);
}

#[tokio::test]
async fn an_expired_token_is_none() {
    let api = Admin::start().await;
    api.wait(3601);
    api.get(&api.path("")).await.refuses(401, "ACCESS_FAILED", "INVALID_TOKEN", "Authentication Credentials");
}

// MG-03: the path names the environment, and nothing beside it does.
#[tokio::test]
async fn no_header_cookie_or_host_chooses_the_environment() {
    let api = Admin::start().await;
    api.user("ada").await;
    let own = api.get(&api.path("/users")).await.expect(200);
    assert_eq!(own["count"], 1);
    let home = api.home.as_str();
    for (name, value) in [
        ("x-environment-id", home.to_owned()),
        ("x-pingone-environment-id", home.to_owned()),
        ("x-tenant-id", home.to_owned()),
        ("x-organization-id", home.to_owned()),
        ("x-original-url", format!("/v1/environments/{home}/users")),
        ("x-rewrite-url", format!("/v1/environments/{home}/users")),
        ("x-forwarded-host", format!("{home}.api.test")),
        ("x-forwarded-prefix", format!("/{home}")),
        ("forwarded", format!("host={home}.api.test")),
        ("cookie", format!("environment={home}; environmentId={home}; tenant={home}")),
        ("referer", format!("http://api.test/v1/environments/{home}/users")),
        ("origin", format!("http://{home}.api.test")),
    ] {
        let request = api.request("GET", &api.path("/users")).header(name, &value);
        let told = api.send(request).await;
        assert_eq!((told.status, &told.body), (200, &own), "{name}");
        // The issuer of a token is the environment of the path as well.
        let request = Request::get(format!("/{}/as/.well-known/openid-configuration", api.env)).header(name, &value);
        let told = api.send(request).await.expect(200);
        assert_eq!(told["issuer"], format!("http://auth.test/{}/as", api.env), "{name}");
    }
    for query in [format!("environment={home}"), format!("environment.id={home}"), format!("tenant={home}")] {
        let told = api.get(&api.path(&format!("/users?{query}"))).await;
        assert!(told.status == 400 || told.body["count"] == 1, "{query} {}", told.text);
    }
}

#[tokio::test]
async fn a_token_for_something_else_is_refused() {
    // MG-08: an application without a role holds a token and no permission.
    let api = Admin::start().await;
    let (id, secret) = api.service("Service", "SERVICE").await;
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    for (method, path) in [("GET", "/users"), ("GET", ""), ("POST", "/users"), ("DELETE", "")] {
        let answer = api.with_token(&token, method, &api.path(path), None).await;
        answer.refuses(403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "");
    }
}

#[tokio::test]
async fn what_is_no_id_names_nothing() {
    // MG-09: another type's id, another spelling, path tricks, ten kilobytes.
    let api = Admin::start().await;
    let user = api.user("ada").await;
    let id = user["id"].as_str().unwrap();
    let long = "a".repeat(10_000);
    let upper = id.to_uppercase();
    let odd =
        [api.home.as_str(), &upper, &id.replace('-', ""), "%00", "%2e%2e", "a%2fb", "*", "'", &long, "%ff", "{id}"];
    for odd in odd {
        let answer = api.get(&api.path(&format!("/users/{odd}"))).await;
        assert!(matches!(answer.status, 404 | 414), "{odd}: {}", answer.text);
        if odd != api.home {
            let answer = api.get(&format!("/environments/{odd}/users")).await;
            assert!(matches!(answer.status, 404 | 414), "{odd}: {}", answer.text);
        }
    }
    for (kind, id) in [("applications", id), ("populations", id), ("users", &api.env)] {
        api.get(&api.path(&format!("/{kind}/{id}"))).await.refuses(404, "NOT_FOUND", "", "");
    }
    // TN-01: the id is right and the environment is not.
    api.get(&format!("/environments/{}/users/{id}", api.home)).await.refuses(404, "NOT_FOUND", "", "");
}

#[tokio::test]
async fn an_unknown_route_is_404_and_a_wrong_method_405() {
    let api = Admin::start().await;
    for path in ["/nothing", "/environments/x/y/z", &api.path("/themes"), "/"] {
        assert_eq!(api.get(path).await.status, 404, "{path}");
    }
    api.delete("/environments").await.refuses(405, "INVALID_REQUEST", "", "");
    // A doubled prefix is what some published collections send.
    api.get(&format!("/v1{}", api.path(""))).await.expect(200);
}

#[tokio::test]
async fn a_body_is_one_strict_json_object_of_the_right_type() {
    let api = Admin::start().await;
    let path = api.path("/populations");
    for media in [vec![], vec!["text/plain"], vec!["application/x-www-form-urlencoded"], vec!["application/xml"]] {
        api.typed("POST", &path, &media, r#"{"name":"x"}"#).await.refuses(415, "INVALID_REQUEST", "INVALID_VALUE", "");
    }
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(40), "]".repeat(40));
    let bad =
        ["", "{", "[]", "null", "\"x\"", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"a\"} x", "\u{feff}{}", &deep];
    for body in bad {
        api.typed("POST", &path, &["application/json"], body.to_owned()).await.refuses(
            400,
            "INVALID_REQUEST",
            "INVALID_PARAMETER",
            "",
        );
    }
    let invalid = b"{\"name\":\"\xff\xfe\"}".to_vec();
    api.typed("POST", &path, &["application/json"], invalid).await.refuses(
        400,
        "INVALID_REQUEST",
        "INVALID_PARAMETER",
        "",
    );
    // DB-04: NUL in a text is 400.
    api.post(&path, &json!({ "name": "a\u{0}b" })).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "name");
    api.post(&path, &json!({ "name": "x".repeat(300) })).await.refuses(
        400,
        "INVALID_DATA",
        "SIZE_LIMIT_EXCEEDED",
        "name",
    );
    api.typed("POST", &path, &["application/json; charset=utf-8"], r#"{"name":"fine"}"#).await.expect(201);
    assert_eq!(api.get(&path).await.expect(200)["count"], 2);
}

/// Characters of four octets, none like the one before, so that no database can store them smaller than they are.
fn wide(characters: u32) -> String {
    (0..characters).map(|n| char::from_u32(0x2_0000 + n * 7919 % 0xA000).unwrap()).collect()
}

// DB-02: what the limits of this API let through fits into the databases' columns, indices and messages.
#[tokio::test]
async fn the_longest_texts_are_stored_and_longer_ones_never_reach_the_store() {
    let api = Admin::start().await;
    let populations = api.path("/populations");
    let longest = json!({ "name": wide(256), "description": wide(4096) });
    let made = api.post(&populations, &longest).await.expect(201);
    let own = format!("{populations}/{}", made["id"].as_str().unwrap());
    let read = api.get(&own).await.expect(200);
    assert_eq!((&read["name"], &read["description"]), (&longest["name"], &longest["description"]));
    // The unique index sees the whole of it.
    api.post(&populations, &longest).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "name");
    let mut other = wide(256);
    other.pop();
    api.post(&populations, &json!({ "name": format!("{other}x") })).await.expect(201);
    for (name, body) in
        [("name", json!({ "name": wide(257) })), ("description", json!({ "name": "x", "description": wide(4097) }))]
    {
        api.post(&populations, &body).await.refuses(400, "INVALID_DATA", "SIZE_LIMIT_EXCEEDED", name);
    }

    let email = format!("{}@{}.example", "e".repeat(64), "d.".repeat(90) + "dd");
    let user = json!({
        "username": wide(128), "email": &email[..email.len().min(254)], "externalId": wide(1024),
        "nickname": wide(256), "name": { "given": wide(256), "family": wide(256) },
    });
    let made = api.post(&api.path("/users"), &user).await.expect(201);
    for (name, longest) in user.as_object().unwrap() {
        assert_eq!(&made[name], longest);
    }
    let longer = json!({ "username": wide(129), "email": "a@example.com" });
    api.post(&api.path("/users"), &longer).await.refuses(400, "INVALID_DATA", "SIZE_LIMIT_EXCEEDED", "username");
}

// DB-02: a megabyte is read to its last octet, and not one octet further.
#[tokio::test]
async fn a_body_has_its_limit_to_the_octet() {
    let api = Admin::start().await;
    let path = api.path("/populations");
    let padded = |name: &str, length: usize| {
        let body = json!({ "name": name }).to_string();
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    for media in ["application/json", "application/json; charset=utf-8"] {
        api.typed("POST", &path, &[media], padded(media, 1024 * 1024)).await.expect(201);
        assert_eq!(api.typed("POST", &path, &[media], padded("over", 1024 * 1024 + 1)).await.status, 413);
    }
    // One value of the whole length is counted and refused, not stored.
    let huge = json!({ "name": "x".repeat(1024 * 1024 - 20) });
    api.post(&path, &huge).await.refuses(400, "INVALID_DATA", "SIZE_LIMIT_EXCEEDED", "name");
    let many = json!({ "name": "x", "preferredLanguage": vec!["x"; 100_000] });
    assert_eq!(api.post(&path, &many).await.status, 400);
    assert_eq!(api.get(&path).await.expect(200)["count"], 3);
}

#[tokio::test]
async fn limits_of_lists_are_numbers() {
    // MG-11
    let api = Admin::start().await;
    for limit in ["-1", "0", "NaN", "1e3", "99999999999999999999", "1%00"] {
        let answer = api.get(&api.path(&format!("/users?limit={limit}"))).await;
        assert_eq!((answer.status, answer.body["code"].as_str()), (400, Some("INVALID_REQUEST")), "{limit}");
    }
    for limit in ["1", "1000", "1000000000"] {
        api.get(&api.path(&format!("/users?limit={limit}"))).await.expect(200);
    }
    api.get(&api.path("/users?limit=1&limit=2")).await.refuses(400, "INVALID_REQUEST", "INVALID_PARAMETER", "");
}

#[tokio::test]
async fn a_stale_write_changes_nothing() {
    // MG-13
    let api = Admin::start().await;
    let user = api.user("ada").await;
    let own = api.path(&format!("/users/{}", user["id"].as_str().unwrap()));
    let body =
        |nickname: &str| json!({ "username": "ada", "email": "ada@example.com", "nickname": nickname }).to_string();
    let put = |tag: &'static str, nickname: &'static str| {
        let request = api.request("PUT", &own).header("content-type", "application/json").header("if-match", tag);
        api.send(request.body(body(nickname)))
    };
    let first = put("\"0\"", "first").await;
    assert_eq!((first.status, version(&first)), (200, "1"));
    for tag in ["\"0\"", "W/\"1\"", "1", "\"2\", \"3\""] {
        put(tag, "stale").await.refuses(412, "INVALID_REQUEST", "INVALID_VALUE", "");
    }
    assert_eq!(api.get(&own).await.expect(200)["nickname"], "first");
    put("*", "any").await.expect(200);
    let request = api.request("DELETE", &own).header("if-match", "\"0\"");
    assert_eq!(api.send(request).await.status, 412);
    api.get(&own).await.expect(200);
}

#[tokio::test]
async fn two_administrators_at_once_lose_no_update() {
    // MG-13: each of them wrote on what was there.
    let api = Admin::start().await;
    let own = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    let patch = |n: usize| {
        let (api, own) = (&api, &own);
        async move { api.call("PATCH", own, Some(&json!({ "nickname": format!("n{n}") }))).await.status }
    };
    let (a, b, c, d) = tokio::join!(patch(0), patch(1), patch(2), patch(3));
    assert_eq!([a, b, c, d], [200; 4]);
    let read = api.get(&own).await;
    assert_eq!(version(&read), "4", "as many versions as writes");
}

/// D25: what has a name has one that is seen, wherever it is made or changed.
#[tokio::test]
async fn a_blank_name_is_none() {
    let api = Admin::start().await;
    for blank in ["   ", "\u{a0}", "\u{3000}", "\u{2800}"] {
        for (path, mut body) in [
            (api.path("/populations"), json!({})),
            (api.path("/groups"), json!({})),
            (
                api.path("/applications"),
                json!({ "enabled": true, "type": "WORKER", "protocol": "OPENID_CONNECT", "grantTypes": ["CLIENT_CREDENTIALS"],
                        "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC" }),
            ),
            ("/environments".to_owned(), api.environment_body("")),
        ] {
            body["name"] = blank.into();
            api.post(&path, &body).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "name");
            body["name"] = format!("Seen {}{path}", u32::from(blank.chars().next().unwrap())).into();
            let made = api.post(&path, &body).await.expect(201);
            let own = format!("{path}/{}", made["id"].as_str().unwrap());
            body["name"] = blank.into();
            api.put(&own, &body).await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "name");
        }
    }
}
