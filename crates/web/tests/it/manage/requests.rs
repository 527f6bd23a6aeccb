use serde_json::json;

use testkit::{Admin, Request};

#[tokio::test]
async fn only_a_bearer_token_of_this_api_opens_it() {
    let api = Admin::start().await;
    let own = api.path("");
    for token in ["", "nonsense", "a.b.c", "..", &format!("{}x", api.token)] {
        let answer = api.with_token(token, "GET", &own, None).await;
        answer.refuses(401, "ACCESS_FAILED", "INVALID_TOKEN", "Authentication Credentials");
    }
    // MG-15: a cookie is no credential here. MG-03: no header chooses a tenant.
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

#[tokio::test]
async fn a_token_for_something_else_is_refused() {
    // MG-08: an application without a role holds a token and no permission.
    let api = Admin::start().await;
    let (id, secret) = api.service("Service", "SERVICE").await;
    let token = api.token_of(&api.env, &id, &secret).await.unwrap();
    let answer = api.with_token(&token, "GET", &api.path("/users"), None).await;
    assert!(matches!(answer.status, 401 | 403), "{}", answer.text);
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
    for path in ["/nothing", "/environments/x/y/z", &api.path("/identityProviders"), "/"] {
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
    // DB-04: NUL in a text is 400. DB-02: a length has its limit long before the store.
    api.post(&path, &json!({ "name": "a\u{0}b" })).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "name");
    api.post(&path, &json!({ "name": "x".repeat(300) })).await.refuses(
        400,
        "INVALID_DATA",
        "SIZE_LIMIT_EXCEEDED",
        "name",
    );
    let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(1024 * 1024));
    let answer = api.typed("POST", &path, &["application/json"], huge).await;
    assert_eq!(answer.status, 413);
    api.typed("POST", &path, &["application/json; charset=utf-8"], r#"{"name":"fine"}"#).await.expect(201);
    assert_eq!(api.get(&path).await.expect(200)["count"], 2);
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
    assert_eq!((first.status, first.headers["etag"].to_str().unwrap()), (200, "\"1\""));
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
    // MG-13: each of them either wrote on what was there, or was told that it changed.
    let api = Admin::start().await;
    let own = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    let patch = |n: usize| {
        let (api, own) = (&api, &own);
        async move { api.call("PATCH", own, Some(&json!({ "nickname": format!("n{n}") }))).await.status }
    };
    let (a, b, c, d) = tokio::join!(patch(0), patch(1), patch(2), patch(3));
    let written = [a, b, c, d].iter().filter(|status| **status == 200).count();
    assert!(written >= 1 && [a, b, c, d].iter().all(|status| matches!(status, 200 | 409)));
    let read = api.get(&own).await;
    assert_eq!(read.headers["etag"].to_str().unwrap(), format!("\"{written}\""), "as many versions as writes");
}
