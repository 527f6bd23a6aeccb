//! Requests that hold only for a client's version of an object (RFC 9110 §13).

use engine::bootstrap::dev;
use http::Method;
use http::header::{ETAG, HeaderName, IF_NONE_MATCH};
use serde_json::{Value, json};

use testkit::{Admin, Answer, SANDBOX, TestApp};

/// The version in the entity tag of an answer.
pub(super) fn version(answer: &Answer) -> &str {
    let tag = answer.headers[ETAG].to_str().unwrap().trim_matches('"');
    tag.split_once('-').unwrap().0
}

#[tokio::test]
async fn who_holds_the_version_is_not_sent_it_again() {
    let api = Admin::start().await;
    let user = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    for object in [api.path(""), user] {
        let read = api.get(&object).await;
        let tag = read.headers[ETAG].to_str().unwrap();
        for held in [tag, "*", &format!("W/{tag}"), &format!("\"other\", {tag}")] {
            for method in ["GET", "HEAD"] {
                let answer = sent(&api, method, &object, held, None).await;
                assert_eq!((answer.status, answer.text.as_str()), (304, ""), "{method} {held}");
                assert_eq!(answer.headers[ETAG], tag);
            }
        }
        let answer = sent(&api, "GET", &object, "\"other\"", None).await;
        assert_eq!((answer.status, answer.body), (200, read.body));
    }
    // A list has no version.
    assert_eq!(sent(&api, "GET", &api.path("/users"), "*", None).await.status, 200);
}

/// RFC 9110 §8.8.1: what is answered may change while nobody writes the object. Whoever holds the answer of before is sent the one
/// of now, and what they write for its version is written.
#[tokio::test]
async fn who_holds_an_answer_that_has_changed_is_sent_the_new_one() {
    let server = TestApp::inside().await;
    let at = |below: &str| format!("/environments/{SANDBOX}{below}");
    let user = at(&format!("/users/{}", dev::USER));
    let read = server.manage(Method::GET, &user, None).await.expect(200);
    let population = at(&format!("/populations/{}", read["population"]["id"].as_str().unwrap()));
    let group = server.manage(Method::POST, &at("/groups"), Some(&json!({ "name": "G" }))).await.expect(201);
    let group = group["id"].as_str().unwrap();
    let post = async |path: String, body: Value| {
        server.manage(Method::POST, &path, Some(&body)).await.expect(201);
    };
    for (change, path) in [
        ("sign on", user.clone()),
        ("lock", user.clone()),
        ("unlock", user.clone()),
        ("fail", user.clone()),
        ("wait", user.clone()),
        ("join", format!("{user}?include=memberOfGroupNames")),
        ("rename", format!("{user}?include=memberOfGroupNames")),
        ("leave", at(&format!("/groups/{group}?include=totalMemberCounts"))),
        ("create", population),
    ] {
        let before = server.manage(Method::GET, &path, None).await;
        match change {
            "sign on" => drop(server.sign_on().await),
            "lock" | "unlock" => {
                acted(&server, &user, &format!("account.{change}"), &Value::Null).await.expect(200);
            }
            "fail" => {
                for number in 0..5 {
                    let wrong = json!({ "password": format!("wrong {number}") });
                    let answer = acted(&server, &format!("{user}/password"), "password.check", &wrong).await;
                    assert_eq!(answer.status, 400);
                }
            }
            "wait" => server.wait(1),
            "join" => post(format!("{user}/memberOfGroups"), json!({ "id": group })).await,
            "rename" => {
                let path = at(&format!("/groups/{group}"));
                server.manage(Method::PUT, &path, Some(&json!({ "name": "H" }))).await.expect(200);
            }
            "leave" => {
                server.manage(Method::DELETE, &format!("{user}/memberOfGroups/{group}"), None).await.expect(204);
            }
            _ => post(at("/users"), json!({ "username": "new", "email": "new@example.com" })).await,
        }
        let token = server.worker_token().await;
        let again = server.request(Method::GET, &format!("/v1{path}")).bearer_auth(&token);
        let after = server.send(again.header(IF_NONE_MATCH, before.headers[ETAG].clone())).await;
        assert_eq!(after.status, 200, "{change}");
        assert_ne!(after.body, before.body, "{change}");
        assert_ne!(after.headers[ETAG], before.headers[ETAG], "{change}");
        // Nobody wrote it, so the version that was read is the one that there is.
        assert_eq!(version(&after), version(&before), "{change}");
        if path == user {
            let write = server.request(Method::PATCH, &format!("/v1{path}")).bearer_auth(&token);
            let write = write.header("if-match", before.headers[ETAG].clone());
            server.send(write.json(&json!({ "nickname": change }))).await.expect(200);
        }
    }
}

async fn acted(server: &TestApp, path: &str, action: &str, body: &Value) -> Answer {
    let token = server.worker_token().await;
    let request = server.request(Method::POST, &format!("/v1{path}")).bearer_auth(&token);
    let request = request.header("content-type", format!("application/vnd.pingidentity.{action}+json"));
    server.send(request.body(body.to_string())).await
}

#[tokio::test]
async fn a_write_for_no_version_writes_over_none() {
    let api = Admin::start().await;
    let own = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    let tag = api.get(&own).await.headers[ETAG].to_str().unwrap().to_owned();
    for held in ["*", &tag] {
        for method in ["PATCH", "DELETE"] {
            let answer = sent(&api, method, &own, held, Some(&json!({ "nickname": "x" }).to_string())).await;
            answer.refuses(412, "INVALID_REQUEST", "INVALID_VALUE", "");
        }
    }
    let read = api.get(&own).await.expect(200);
    assert!(read["nickname"].is_null());
    let written = sent(&api, "PATCH", &own, "\"other\"", Some(r#"{"nickname":"x"}"#)).await.expect(200);
    assert_eq!(written["nickname"], "x");
}

/// One of every other kind that has a version: what its path ends in, and where it is.
async fn others(api: &Admin) -> Vec<(&'static str, String)> {
    let resources = api.get(&api.path("/resources")).await.expect(200);
    let resource = &resources["_embedded"]["resources"][0]["id"];
    let least = json!({ "name": "p", "excludesCommonlyUsed": false, "excludesProfileData": false, "notSimilarToCurrent": false });
    let google = json!({ "name": "g", "enabled": true, "type": "GOOGLE", "clientId": "c", "clientSecret": "s" });
    let mut made = Vec::new();
    for (path, many, body) in [
        (
            "/authorizationDetailsTypes/{authorizationDetailsType}",
            "/authorizationDetailsTypes",
            json!({ "type": "payment", "resource": { "id": resource } }),
        ),
        (
            "/trustedIssuers/{trustedIssuer}",
            "/trustedIssuers",
            json!({ "name": "i", "issuer": "https://ci.example", "jwksUrl": "https://ci.example/keys" }),
        ),
        ("/identityProviders/{identityProvider}", "/identityProviders", google),
        (
            "/initialAccessTokens/{initialAccessToken}",
            "/initialAccessTokens",
            json!({ "name": "t", "expiresAt": "2099-01-01T00:00:00Z" }),
        ),
        ("/passwordPolicies/{policy}", "/passwordPolicies", least),
        ("/resources/{resource}", "/resources", json!({ "name": "r" })),
        (
            "/roles/{role}",
            "/roles",
            json!({ "name": "r", "canBeAssignedBy": [], "permissions": [{ "id": "dir:read:user" }] }),
        ),
        ("/signOnPolicies/{policy}", "/signOnPolicies", json!({ "name": "p" })),
    ] {
        let one = api.post(&api.path(many), &body).await.expect(201);
        made.push((path, api.path(&format!("{many}/{}", one["id"].as_str().unwrap()))));
    }
    let [key, policy, certificate] = keys(api).await;
    made.extend([
        ("/keys/{key}", key),
        ("/keyRotationPolicies/{keyRotationPolicy}", policy),
        ("/certificates/{certificate}", certificate),
    ]);
    made
}

/// The paths of a key, a key rotation policy and a certificate.
async fn keys(api: &Admin) -> [String; 3] {
    let of = |made: Value, below: &str| api.path(&format!("/{below}/{}", made["id"].as_str().unwrap()));
    let key = api.post(&api.path("/keys"), &super::keys::key("SIGNING", false)).await.expect(201);
    let policy = api.post(&api.path("/keyRotationPolicies"), &super::key_policies::policy("Own")).await.expect(201);
    let form: &[(&str, &[u8])] = &[("usageType", b"SIGNING"), ("file", include_bytes!("../attacks/one.pem"))];
    let certificate = super::keys::send_form(api, &api.path("/certificates"), form).await.expect(202);
    [of(key, "keys"), of(policy, "keyRotationPolicies"), of(certificate, "certificates")]
}

/// RFC 9110 §13.1.1: every route of an object minds its version.
#[tokio::test]
async fn a_write_for_another_version_is_refused_on_every_route() {
    let api = Admin::start().await;
    let user = api.path(&format!("/users/{}", api.user("ada").await["id"].as_str().unwrap()));
    let (application, _) = api.service("App", "SERVICE").await;
    let application = api.path(&format!("/applications/{application}"));
    let population = api.post(&api.path("/populations"), &json!({ "name": "Staff" })).await.expect(201);
    let population = api.path(&format!("/populations/{}", population["id"].as_str().unwrap()));
    let group = api.post(&api.path("/groups"), &json!({ "name": "g" })).await.expect(201);
    let group = api.path(&format!("/groups/{}", group["id"].as_str().unwrap()));
    let others = others(&api).await;
    let on = |name: &str| json!({ name: true }).to_string();
    let mut written = 0;
    for (method, path) in web::manage::calls().filter(|(method, _)| *method != "GET") {
        // What is made in an environment, or above them, is of no version yet, and a licence has none.
        if method == "POST" && path.matches('{').count() < 2 || path.contains("{license}") {
            continue;
        }
        // Resources have no version, and no schema has.
        if path.contains("/resources/{resource}/attributes") || path.contains("/schemas/{schema}") {
            continue;
        }
        let of = [("/users/{user}", &user), ("/applications/{application}", &application)].into_iter();
        let of = of.chain([("/populations/{population}", &population), ("/groups/{group}", &group)]);
        let at = of
            .fold(path.to_owned(), |at, (name, own)| at.replace(&format!("/environments/{{environment}}{name}"), own));
        // What is below one of them need not be there.
        let at =
            others.iter().fold(at, |at, (name, own)| at.replace(&format!("/environments/{{environment}}{name}"), own));
        let at = at.replace("{environment}", &api.env);
        let below = [
            "{attribute}",
            "{grant}",
            "{scope}",
            "{assignment}",
            "{parent}",
            "{group}",
            "{session}",
            "{consent}",
            "{linkedAccount}",
            "{key}",
            "{action}",
            "{signOnPolicyAssignment}",
        ];
        let at = below.iter().fold(at, |at, name| at.replace(name, &api.home));
        assert!(!at.contains('{'), "the test has no example of {path}");
        let request =
            api.request(method, &at).header("if-match", "\"999\"").header("content-type", media(method, path));
        let answer = api.send(request.body("{}")).await;
        assert_eq!(answer.status, 412, "{method} {at}: {}", answer.text);
        written += 1;
    }
    assert!(written > 25, "{written}");
    // Who names the version that it is succeeds, and is told the next one.
    let tag = api.get(&format!("{user}/enabled")).await.headers[ETAG].to_str().unwrap().to_owned();
    let request = api.request("PUT", &format!("{user}/mfaEnabled")).header("if-match", &tag);
    let request = request.header("content-type", "application/json").body(on("mfaEnabled"));
    let written = api.send(request).await;
    assert_eq!(written.status, 200, "{}", written.text);
    assert_ne!(written.headers[ETAG].to_str().unwrap(), tag);
}

/// The media type that the call takes.
fn media(method: &str, path: &str) -> String {
    let action = match (method, path.rsplit_once('/').map_or("", |(_, last)| last)) {
        ("POST", "{user}") => "vnd.pingidentity.account.lock+json",
        ("POST", "password") => "vnd.pingidentity.password.check+json",
        ("PUT", "password") => "vnd.pingidentity.password.set+json",
        _ => "json",
    };
    format!("application/{action}")
}

async fn sent(api: &Admin, method: &str, path: &str, held: &str, body: Option<&str>) -> Answer {
    const HELD: HeaderName = IF_NONE_MATCH;
    let request = api.request(method, path).header(HELD, held).header("content-type", "application/json");
    api.send(request.body(body.unwrap_or_default())).await
}
