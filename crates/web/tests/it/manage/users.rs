use serde_json::{Value, json};

use testkit::{Admin, TestApp};

fn encoded(filter: &str) -> String {
    url::form_urlencoded::byte_serialize(filter.as_bytes()).collect()
}

fn names(list: &Value) -> Vec<String> {
    let rows = list["_embedded"]["users"].as_array().unwrap();
    rows.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_new_user_has_the_documented_body() {
    let api = Admin::start().await;
    let made = api.user("ada").await;
    assert_eq!(made["account"], json!({ "canAuthenticate": true, "status": "OK" }));
    for (name, value) in [
        ("enabled", json!(true)),
        ("identityProvider", json!({ "type": "PING_ONE" })),
        ("lifecycle", json!({ "status": "ACCOUNT_OK" })),
        ("mfaEnabled", json!(false)),
        ("verifyStatus", json!("NOT_INITIATED")),
        ("username", json!("ada")),
        ("email", json!("ada@example.com")),
        ("environment", json!({ "id": api.env })),
    ] {
        assert_eq!(made[name], value, "{name}");
    }
    assert!(made["name"].is_null() && made["password"].is_null());
    for link in ["self", "environment", "population", "password", "password.set", "password.check", "password.reset"] {
        assert!(
            made["_links"][link]["href"].as_str().unwrap().starts_with("http://api.test/v1/environments/"),
            "{link}"
        );
    }
    // Names that differ only in case are one name.
    let twin = json!({ "username": "ADA", "email": "other@example.com" });
    api.post(&api.path("/users"), &twin).await.refuses(400, "INVALID_DATA", "UNIQUENESS_VIOLATION", "username");
    let nowhere = json!({ "username": "eve", "email": "e@example.com", "population": { "id": api.home } });
    api.post(&api.path("/users"), &nowhere).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "population.id");
}

#[tokio::test]
async fn put_replaces_and_patch_keeps() {
    let api = Admin::start().await;
    let own = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    let body =
        json!({ "username": "ada", "email": "ada@example.com", "nickname": "Countess", "name": { "given": "Ada" } });
    api.put(&own, &body).await.expect(200);
    let patched = api
        .call("PATCH", &own, Some(&json!({ "title": "Analyst", "name": { "family": "Lovelace" } })))
        .await
        .expect(200);
    assert_eq!(patched["name"], json!({ "given": "Ada", "family": "Lovelace" }));
    assert_eq!((patched["title"].as_str(), patched["nickname"].as_str()), (Some("Analyst"), Some("Countess")));
    let removed = api.call("PATCH", &own, Some(&json!({ "nickname": null, "name": null }))).await.expect(200);
    assert!(removed["nickname"].is_null() && removed["name"].is_null() && removed["title"] == "Analyst");
    // MG-07: what a patch leaves behind must be a valid user.
    api.call("PATCH", &own, Some(&json!({ "email": null }))).await.refuses(
        400,
        "INVALID_DATA",
        "REQUIRED_VALUE",
        "email",
    );
    let plain = api.put(&own, &json!({ "username": "ada", "email": "ada@example.com" })).await.expect(200);
    assert!(plain["title"].is_null());
    // MG-04, SC-03: nothing of this is the client's to write.
    let forbidden = json!({
        "username": "ada", "email": "ada@example.com", "id": api.home, "enabled": false, "mfaEnabled": true,
        "account": { "status": "LOCKED" }, "emailVerified": true,
        "environment": { "id": api.home }, "createdAt": "2000-01-01T00:00:00.000Z", "passwordHash": "x", "roles": ["Admin"],
    });
    for method in ["PUT", "PATCH"] {
        let after = api.call(method, &own, Some(&forbidden)).await.expect(200);
        for name in ["id", "enabled", "mfaEnabled", "account", "emailVerified", "environment", "createdAt"] {
            assert_eq!(after[name], plain[name], "{method} {name}");
        }
        assert!(after["roles"].is_null() && after["passwordHash"].is_null());
    }
}

#[tokio::test]
async fn state_has_routes_of_its_own() {
    let api = Admin::start().await;
    let user = api.user("ada").await;
    let own = api.path(&format!("/users/{}", user["id"].as_str().unwrap()));
    for on in [false, true] {
        let body = json!({ "enabled": on });
        assert_eq!(api.put(&format!("{own}/enabled"), &body).await.expect(200)["enabled"], on);
        assert_eq!(api.get(&format!("{own}/enabled")).await.expect(200)["enabled"], on);
        assert_eq!(api.get(&own).await.expect(200)["account"]["canAuthenticate"], on);
    }
    api.put(&format!("{own}/enabled"), &json!({ "enabled": "no" })).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "enabled",
    );
    assert_eq!(
        api.put(&format!("{own}/mfaEnabled"), &json!({ "mfaEnabled": true })).await.expect(200)["mfaEnabled"],
        true
    );
    let other = api.post(&api.path("/populations"), &json!({ "name": "Other" })).await.expect(201);
    let moved = api.put(&format!("{own}/population"), &json!({ "id": other["id"] })).await.expect(200);
    assert_eq!(moved["id"], other["id"]);
    api.put(&format!("{own}/population"), &json!({ "id": api.home })).await.refuses(
        400,
        "INVALID_DATA",
        "INVALID_VALUE",
        "population.id",
    );
}

#[tokio::test]
async fn an_account_is_locked_by_two_content_types_and_null() {
    let api = Admin::start().await;
    let own = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    for (action, status) in [("lock", "LOCKED"), ("unlock", "OK")] {
        // As Ping's own client sends it: the general type first, the action second, the body null.
        let special = format!("application/vnd.pingidentity.account.{action}+json");
        let body = api.typed("POST", &own, &["application/json", &special], "null").await.expect(200);
        assert_eq!(body["account"]["status"], status);
        assert_eq!(body["account"]["canAuthenticate"], action == "unlock");
        assert_eq!(body["account"]["lockedAt"].is_string(), action == "lock");
    }
    api.typed("POST", &own, &["application/json"], "null").await.refuses(415, "INVALID_REQUEST", "INVALID_VALUE", "");
}

#[tokio::test]
async fn lists_page_and_filter() {
    let api = Admin::start().await;
    for n in 0..5 {
        api.user(&format!("list-{n}")).await;
    }
    api.user("other").await;
    let start = format!("/users?limit=2&filter={}", encoded("username sw \"list-\""));
    let (mut next, mut seen, mut pages) = (Some(api.path(&start)), Vec::new(), 0);
    while let Some(path) = next {
        let page = api.get(&path).await.expect(200);
        assert!(page["size"].as_u64().unwrap() <= 2 && page["count"] == 5);
        seen.extend(names(&page));
        next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
        pages += 1;
    }
    seen.sort();
    assert_eq!((pages, seen), (3, (0..5).map(|n| format!("list-{n}")).collect::<Vec<_>>()));
    let first = api.user("last").await;
    let population = first["population"]["id"].as_str().unwrap();
    for (filter, count) in [
        ("username eq \"list-1\"".to_owned(), 1),
        ("((username eq \"LIST-1\"))".to_owned(), 1),
        (format!("((username eq \"list-1\") OR (username eq \"nobody\")) AND (population.id eq \"{population}\")"), 1),
        ("email eq \"list-1@example.com\"".to_owned(), 1),
        (format!("id eq \"{}\"", first["id"].as_str().unwrap()), 1),
        ("username eq \"no such user\"".to_owned(), 0),
        ("username eq \"' OR '1'='1\"".to_owned(), 0),
    ] {
        let list = api.get(&api.path(&format!("/users?filter={}", encoded(&filter)))).await.expect(200);
        assert_eq!(names(&list).len(), count, "DB-01: {filter}");
        assert!(list["_links"]["next"].is_null());
    }
    // SC-02: what a list does not have is no filter, least of all a password.
    for filter in ["username ~~ 1", "password eq \"x\"", "password.hash sw \"$argon2\"", "nothing pr", "((((("] {
        let answer = api.get(&api.path(&format!("/users?filter={}", encoded(filter)))).await;
        answer.refuses(400, "INVALID_REQUEST", "INVALID_FILTER", "filter");
    }
}

#[tokio::test]
async fn a_cursor_is_for_its_list_alone() {
    let api = Admin::start().await;
    for name in ["a", "b", "c"] {
        api.user(name).await;
    }
    let page = api.get(&api.path("/users?limit=1")).await.expect(200);
    let next = page["_links"]["next"]["href"].as_str().unwrap();
    let cursor = next.split("cursor=").nth(1).unwrap();
    api.get(&api.path(&format!("/users?limit=2&cursor={cursor}"))).await.expect(200);
    // TN-01: of another environment, list or filter, or made by somebody else, it is none.
    let other = format!("/environments/{}/users?cursor={cursor}", api.home);
    let filtered = api.path(&format!("/users?cursor={cursor}&filter={}", encoded("username sw \"a\"")));
    let list = api.path(&format!("/populations?cursor={cursor}"));
    for path in [other, filtered, list, api.path("/users?cursor=MDow.AAAA"), api.path("/users?cursor=0")] {
        api.get(&path).await.refuses(400, "INVALID_REQUEST", "INVALID_PARAMETER", "cursor");
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_the_name_free() {
    let api = Admin::start().await;
    let first = api.user("ada").await;
    let own = api.path(&format!("/users/{}", first["id"].as_str().unwrap()));
    api.delete(&own).await.expect(204);
    api.get(&own).await.refuses(404, "NOT_FOUND", "", "");
    api.delete(&own).await.refuses(404, "NOT_FOUND", "", "");
    assert_ne!(api.user("ada").await["id"], first["id"], "MG-14: an id is never used again");
}

/// What is committed cannot be refused any more: neither for what is asked for beside it, nor for a query that nobody can read.
#[tokio::test]
async fn a_write_answers_with_what_it_wrote_alone() {
    let api = Admin::start().await;
    let twice = "include=memberOfGroupIDs&include=totalMemberCounts";
    let bodies =
        [("users", json!({ "username": "eve", "email": "e@example.com" })), ("groups", json!({ "name": "Staff" }))];
    for (path, body) in bodies {
        let all = api.path(&format!("/{path}"));
        let made = api.post(&format!("{all}?{twice}"), &body).await.expect(201);
        let own = format!("{all}/{}", made["id"].as_str().unwrap());
        for query in [twice, "include=memberOfGroupIDs,totalMemberCounts"] {
            let after = api.put(&format!("{own}?{query}"), &body).await.expect(200);
            assert!(after["memberOfGroupIDs"].is_null() && after["totalMemberCounts"].is_null(), "{path} {query}");
        }
    }
}

/// P9: what of a user has a route of its own is there, and the lifecycle is written with the user.
#[tokio::test]
async fn every_part_of_a_user_that_is_linked_can_be_read() {
    let api = Admin::start().await;
    let waiting =
        json!({ "username": "eve", "email": "eve@example.com", "lifecycle": { "status": "VERIFICATION_REQUIRED" } });
    let made = api.post(&api.path("/users"), &waiting).await.expect(201);
    assert_eq!(made["lifecycle"], json!({ "status": "VERIFICATION_REQUIRED" }));
    let own = api.path(&format!("/users/{}", made["id"].as_str().unwrap()));
    let plain = api.put(&own, &json!({ "username": "eve", "email": "eve@example.com" })).await.expect(200);
    assert_eq!(plain["lifecycle"]["status"], "VERIFICATION_REQUIRED", "what is not said stays");
    let patch = json!({ "lifecycle": { "status": "ACCOUNT_OK" } });
    assert_eq!(api.call("PATCH", &own, Some(&patch)).await.expect(200)["lifecycle"]["status"], "ACCOUNT_OK");

    for status in ["ENABLED", "DISABLED", "NOT_INITIATED"] {
        let at = format!("{own}/verifyStatus");
        assert_eq!(api.put(&at, &json!({ "verifyStatus": status })).await.expect(200)["verifyStatus"], status);
        assert_eq!(api.get(&at).await.expect(200)["verifyStatus"], status);
        assert_eq!(api.get(&own).await.expect(200)["verifyStatus"], status);
    }
    let odd = api.put(&format!("{own}/verifyStatus"), &json!({ "verifyStatus": "MAYBE" })).await;
    odd.refuses(400, "INVALID_DATA", "INVALID_VALUE", "verifyStatus");

    let provider = format!("{own}/identityProvider");
    assert_eq!(api.get(&provider).await.expect(200)["type"], "PING_ONE");
    for same in [json!({}), json!({ "id": null })] {
        assert_eq!(api.put(&provider, &same).await.expect(200)["type"], "PING_ONE");
    }
    let unknown = api.put(&provider, &json!({ "id": api.home })).await;
    unknown.refuses(400, "INVALID_DATA", "INVALID_VALUE", "id");

    let linked = api.get(&format!("{own}/linkedAccounts")).await.expect(200);
    assert_eq!((&linked["_embedded"]["linkedAccounts"], &linked["count"]), (&json!([]), &json!(0)));
    for method in ["GET", "DELETE"] {
        let gone = api.call(method, &format!("{own}/linkedAccounts/{}", api.home), None).await;
        gone.refuses(404, "NOT_FOUND", "", "");
    }
    for below in ["/verifyStatus", "/identityProvider", "/linkedAccounts", "/sessions"] {
        let nobody = api.get(&api.path(&format!("/users/{}{below}", api.home))).await;
        nobody.refuses(404, "NOT_FOUND", "", "");
    }
}

/// P9, P8: where no mail is sent no code can be, which is said, and none is right.
#[tokio::test]
async fn codes_that_nobody_could_get_are_refused_by_name() {
    let api = Admin::on(TestApp::build().config(|config| config.developer = false)).await;
    let own = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    let act = async |path: &str, action: &str, body: &str| {
        let media = format!("application/vnd.pingidentity.{action}+json");
        api.typed("POST", path, &[&media], body).await
    };
    let password = format!("{own}/password");
    for (path, action, target) in
        [(&own, "account.sendVerificationCode", "email"), (&password, "password.sendRecoveryCode", "password")]
    {
        let refused = act(path, action, "").await;
        let body = refused.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", target);
        assert!(body["details"][0]["message"].as_str().unwrap().contains("no e-mail"), "{body}");
    }
    let code = json!({ "verificationCode": "AB12CD34" }).to_string();
    act(&own, "account.verify", &code).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "verificationCode");
    act(&own, "account.verify", "{}").await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "verificationCode");
    let code = json!({ "recoveryCode": "AB12CD34", "newPassword": "Another-Horse-8-Battery" }).to_string();
    act(&password, "password.recover", &code).await.refuses(400, "INVALID_DATA", "INVALID_VALUE", "recoveryCode");
    act(&password, "password.recover", "{}").await.refuses(400, "INVALID_DATA", "REQUIRED_VALUE", "recoveryCode");
    assert_eq!(api.get(&password).await.expect(200)["status"], "NO_PASSWORD");
}

/// P22: RFC 7396's own media type says what a patch is.
#[tokio::test]
async fn a_patch_may_say_what_it_is() {
    let api = Admin::start().await;
    let own = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    let patch = json!({ "nickname": "Countess", "title": null }).to_string();
    for media in ["application/merge-patch+json", "application/merge-patch+json; charset=utf-8", "application/json"] {
        assert_eq!(api.typed("PATCH", &own, &[media], &patch).await.expect(200)["nickname"], "Countess");
    }
    let whole = json!({ "username": "ada", "email": "ada@example.com" }).to_string();
    let put = api.typed("PUT", &own, &["application/merge-patch+json"], &whole).await;
    put.refuses(415, "INVALID_REQUEST", "INVALID_VALUE", "");
    let other = api.typed("PATCH", &own, &["application/json-patch+json"], "[]").await;
    other.refuses(415, "INVALID_REQUEST", "INVALID_VALUE", "");
}
