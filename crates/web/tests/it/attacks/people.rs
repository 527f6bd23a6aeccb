//! People and what they are known by: e-mail addresses, names that are taken over, steps that are only claimed
//! (attacks A16).

use engine::bootstrap::dev;
use protocol::id::{EnvironmentId, UserId};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, each_store};

use super::{authorize, claims, exchange, parameters, sign_on};

/// FL-15: whatever a client says was done, the flow stands where the server put it.
#[tokio::test]
async fn a_step_is_done_by_doing_it() {
    each_store(|app| async move {
        let user = format!("/users/{}", dev::USER);
        force_change(&app, &user).await;
        let before = app.manage(Method::GET, &path(&user), None).await.expect(200);
        // With the request, …
        let claimed: Vec<(&str, &str)> = CLAIMED.into_iter().chain([("response_mode", "pi.flow")]).collect();
        let begun = app.get(&authorize(&dev::SHARED_WEB_APPLICATION.to_string(), &claimed)).await.expect(200);
        assert_eq!(begun["status"], "USERNAME_PASSWORD_REQUIRED");
        let flow = begun["_links"]["self"]["href"].as_str().unwrap().to_owned();
        let resume = begun["resumeUrl"].as_str().unwrap().to_owned();
        // … with a body that proves nothing, …
        for proof in
            [json!({}), json!({ "username": dev::USERNAME }), json!({ "username": dev::USERNAME, "password": "x" })]
        {
            let answer = act(&app, &flow, "usernamePassword.check", claiming(proof)).await;
            assert_eq!(answer.status, 400, "{}", answer.text);
            stands(&app, &flow, &resume, "USERNAME_PASSWORD_REQUIRED").await;
        }
        // … with the right one, whose password must be changed first, …
        let right = json!({ "username": dev::USERNAME, "password": dev::PASSWORD });
        let answer = act(&app, &flow, "usernamePassword.check", claiming(right)).await.expect(200);
        assert_eq!(answer["status"], "MUST_CHANGE_PASSWORD");
        stands(&app, &flow, &resume, "MUST_CHANGE_PASSWORD").await;
        // … and with the change's.
        let weak = json!({ "currentPassword": dev::PASSWORD, "newPassword": "short" });
        assert_eq!(act(&app, &flow, "password.reset", claiming(weak)).await.status, 400);
        stands(&app, &flow, &resume, "MUST_CHANGE_PASSWORD").await;
        let mut after = app.manage(Method::GET, &path(&user), None).await.expect(200);
        after["updatedAt"] = before["updatedAt"].clone();
        assert_eq!(before, after, "nothing that was claimed is known of the user");
    })
    .await;
}

/// FL-15: the claims of the tokens are what the server knows, not what was sent on the way.
#[tokio::test]
async fn what_was_claimed_is_in_no_token() {
    each_store(|app| async move {
        app.manage(
            Method::PUT,
            &path(&format!("/users/{}", dev::USER)),
            Some(&json!({
                "username": dev::USERNAME, "email": "unverified@example.com",
            })),
        )
        .await
        .expect(200);
        let more: Vec<(&str, &str)> = CLAIMED.into_iter().chain([("scope", "openid profile email")]).collect();
        let browser = app.browser();
        let back = sign_on(&browser, &authorize(&dev::SHARED_WEB_APPLICATION.to_string(), &more), dev::USERNAME).await;
        let more = [&CLAIMED[..], &[("redirect_uri", dev::REDIRECT_URI)]].concat();
        let tokens = exchange(&app, &back["code"], &more).await;
        let id_token = claims(tokens.member("id_token"));
        let userinfo = userinfo(&app, tokens.member("access_token")).await;
        assert_eq!(userinfo["email"], "unverified@example.com", "{userinfo}");
        for known in [&id_token, &userinfo] {
            assert_ne!(known["email_verified"], true, "{known}");
            assert!(known["amr"].is_null() || known["amr"] == json!(["pwd"]), "{known}");
        }
    })
    .await;
}

/// PW-10: one parser stands before every place where an address is written.
#[tokio::test]
async fn hostile_addresses_are_refused_everywhere() {
    each_store(|app| async move {
        let users = path("/users");
        let own = path(&format!("/users/{}", dev::USER));
        let import = "application/vnd.pingidentity.user.import+json";
        for email in HOSTILE {
            let body = json!({ "username": "eve", "email": email });
            for (method, at, media) in [
                (Method::POST, &users, "application/json"),
                (Method::POST, &users, import),
                (Method::PUT, &own, "application/json"),
                (Method::PATCH, &own, "application/json"),
            ] {
                let answer = write(&app, method.clone(), at, media, &body).await;
                assert_eq!(answer.status, 400, "{method} {media} {email:?} {}", answer.text);
                assert_eq!(answer.body["details"][0]["target"], "email", "{email:?} {}", answer.text);
            }
        }
        let list = app.manage(Method::GET, &users, None).await.expect(200);
        assert_eq!(list["_embedded"]["users"].as_array().unwrap().len(), 1, "{list}");
    })
    .await;
}

/// PW-10: what is an address is stored, found and told as one, and stays one line.
#[tokio::test]
async fn unusual_addresses_are_stored_found_and_told_alike() {
    each_store(|app| async move {
        let user = path(&format!("/users/{}", dev::USER));
        for (email, asked) in [
            ("jane+shop@example.com", "JANE+shop@Example.COM"),
            ("jane.o'doe=x/y@example.com", "jane.o'doe=x/y@example.com"),
            ("jane@b\u{fc}cher.example", "JANE@B\u{dc}CHER.example"),
            ("jane@xn--bcher-kva.example", "jane@XN--BCHER-KVA.example"),
            ("\u{7528}\u{6237}@example.com", "\u{7528}\u{6237}@EXAMPLE.com"),
        ] {
            let body = json!({ "username": dev::USERNAME, "email": email });
            let stored = app.manage(Method::PUT, &user, Some(&body)).await.expect(200);
            assert_eq!(stored["email"], email);
            let filter = format!("email eq \"{asked}\"");
            let filter: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
            let found = app.manage(Method::GET, &path(&format!("/users?filter={filter}")), None).await.expect(200);
            assert_eq!(found["_embedded"]["users"][0]["email"], email, "{asked} {found}");
            let more = [("scope", "openid email")];
            let back =
                sign_on(&app.browser(), &authorize(&dev::SHARED_WEB_APPLICATION.to_string(), &more), dev::USERNAME)
                    .await;
            let tokens = exchange(&app, &back["code"], &[("redirect_uri", dev::REDIRECT_URI)]).await;
            assert_eq!(userinfo(&app, tokens.member("access_token")).await["email"], email);
        }
    })
    .await;
}

/// PW-15: a locked or disabled account keeps its name, in every form that is the same name.
#[tokio::test]
async fn the_name_of_a_locked_user_stays_taken() {
    each_store(|app| async move {
        let users = path("/users");
        let jane = path(&format!("/users/{}", dev::USER));
        let other =
            write(&app, Method::POST, &users, JSON, &json!({ "username": "eve", "email": "eve@example.com" })).await;
        let other = path(&format!("/users/{}", other.expect(201)["id"].as_str().unwrap()));
        let states = [
            (Method::POST, jane.clone(), "application/vnd.pingidentity.account.lock+json", json!({})),
            (Method::PUT, format!("{jane}/enabled"), JSON, json!({ "enabled": false })),
        ];
        for (method, at, media, body) in states {
            write(&app, method, &at, media, &body).await.expect(200);
            for name in [dev::USERNAME, "JANE.DOE", "\u{ff4a}ane.doe"] {
                let body = json!({ "username": name, "email": "new@example.com" });
                for (method, at, media) in [
                    (Method::POST, &users, JSON),
                    (Method::POST, &users, "application/vnd.pingidentity.user.import+json"),
                    (Method::PUT, &other, JSON),
                    (Method::PATCH, &other, JSON),
                ] {
                    let refused = write(&app, method, at, media, &body).await;
                    let detail = &refused.body["details"][0];
                    assert_eq!((refused.status, &detail["target"]), (400, &json!("username")), "{}", refused.text);
                    assert_eq!(detail["code"], "UNIQUENESS_VIOLATION", "{}", refused.text);
                }
            }
        }
        // The lock is still the owner's and the account still the same.
        let held = app.manage(Method::GET, &jane, None).await.expect(200);
        assert_eq!((&held["account"]["status"], &held["enabled"]), (&json!("LOCKED"), &json!(false)));
    })
    .await;
}

/// PW-15: after a deletion the name is free, as at PingOne, but nothing of the one who had it passes on: the next bearer
/// is another subject, whatever id the request asks for.
#[tokio::test]
async fn whoever_takes_a_deleted_users_name_is_somebody_else() {
    each_store(|app| async move {
        let client = dev::SHARED_WEB_APPLICATION.to_string();
        enable_refresh(&app, &client).await;
        let asked = authorize(&client, &[("scope", "openid offline_access")]);
        let browser = app.browser();
        let back = sign_on(&browser, &asked, dev::USERNAME).await;
        let old = exchange(&app, &back["code"], &[("redirect_uri", dev::REDIRECT_URI)]).await.expect(200);
        let unused = parameters(&browser.get(&asked).await).remove("code").unwrap();
        let jane = path(&format!("/users/{}", dev::USER));
        assert_eq!(app.manage(Method::DELETE, &jane, None).await.status, 204);

        let mut subjects = vec![dev::USER.to_string()];
        for media in [JSON, "application/vnd.pingidentity.user.import+json"] {
            let body = json!({
                "id": dev::USER.to_string(), "sub": dev::USER.to_string(), "username": dev::USERNAME,
                "email": "jane.doe@example.com",
            });
            let made = write(&app, Method::POST, &path("/users"), media, &body).await.expect(201);
            let id = made["id"].as_str().unwrap().to_owned();
            assert!(!subjects.contains(&id), "{id} was somebody's");
            let own = path(&format!("/users/{id}"));
            let password = json!({ "value": dev::PASSWORD });
            let set = "application/vnd.pingidentity.password.set+json";
            write(&app, Method::PUT, &format!("{own}/password"), set, &password).await.expect(200);
            let heir = sign_on(&app.browser(), &asked, dev::USERNAME).await;
            let heir = exchange(&app, &heir["code"], &[("redirect_uri", dev::REDIRECT_URI)]).await;
            assert_eq!(claims(heir.member("id_token"))["sub"], id);
            nothing_is_left(&app, &old, &unused).await;
            // The old browser is nobody's, and its old subject cannot be asked for.
            let silent = parameters(&browser.get(&format!("{asked}&prompt=none")).await);
            assert_eq!(silent["error"], "login_required");
            assert!(
                app.app
                    .store
                    .user(EnvironmentId::new(dev::ENVIRONMENT), UserId::new(dev::USER))
                    .await
                    .unwrap()
                    .is_none()
            );
            assert_eq!(app.manage(Method::GET, &jane, None).await.status, 404);
            assert_eq!(app.manage(Method::DELETE, &own, None).await.status, 204);
            subjects.push(id);
        }
    })
    .await;
}

/// DB-05: each step of a sign-on is one event, and each event says where it came from.
#[tokio::test]
async fn every_step_of_a_sign_on_is_one_event_with_its_source() {
    each_store(|app| async move {
        let asked = authorize(&dev::SHARED_WEB_APPLICATION.to_string(), &[("scope", "openid")]);
        let browser = app.browser();
        let back = sign_on(&browser, &asked, dev::USERNAME).await;
        exchange(&app, &back["code"], &[("redirect_uri", dev::REDIRECT_URI)]).await.expect(200);
        assert!(parameters(&browser.get(&asked).await).contains_key("code"), "the session answers by itself");
        app.app.audit.flush().await;
        let list = app.manage(Method::GET, &path("/activities?limit=1000"), None).await.expect(200);
        // RFC 9562 §5.7: ids that grow with time, also of the events that a step has beside its own.
        let ids = list["_embedded"]["activities"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap());
        assert!(
            ids.clone().all(|id| uuid::Uuid::parse_str(id).unwrap().get_version_num() == 7),
            "{:?}",
            ids.collect::<Vec<_>>()
        );
        for (kind, count) in [
            ("PASSWORD.CHECKED", 1),
            ("SESSION.CREATED", 1),
            ("AUTHORIZATION_CODE.CREATED", 2),
            ("ACCESS_TOKEN.CREATED", 1),
        ] {
            let all = list["_embedded"]["activities"].as_array().unwrap().iter();
            let of_kind: Vec<&Value> = all.filter(|activity| activity["action"]["type"] == kind).collect();
            assert_eq!(of_kind.len(), count, "{kind} {list}");
            assert!(of_kind.iter().all(|activity| activity["source"]["ipAddress"] == "127.0.0.1"), "{of_kind:?}");
        }
    })
    .await;
}

/// What the deleted user's applications hold works for nobody.
async fn nothing_is_left(app: &TestApp, old: &Value, unused: &str) {
    let client = dev::SHARED_WEB_APPLICATION.to_string();
    let own = [("client_id", client.as_str()), ("client_secret", dev::SHARED_WEB_SECRET)];
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", old["refresh_token"].as_str().unwrap())];
    let refreshed = app.form(&app.at("token"), &[&own[..], &refresh].concat()).await;
    assert_eq!((refreshed.status, refreshed.member("error")), (400, "invalid_grant"));
    let late = exchange(app, unused, &[("redirect_uri", dev::REDIRECT_URI)]).await;
    assert_eq!((late.status, late.member("error")), (400, "invalid_grant"));
    let access = old["access_token"].as_str().unwrap();
    assert_eq!(app.send(app.request(Method::GET, &app.at("userinfo")).bearer_auth(access)).await.status, 401);
}

async fn userinfo(app: &TestApp, access_token: &str) -> Value {
    app.send(app.request(Method::GET, &app.at("userinfo")).bearer_auth(access_token)).await.expect(200)
}

async fn enable_refresh(app: &TestApp, client: &str) {
    let own = path(&format!("/applications/{client}"));
    let mut application = app.manage(Method::GET, &own, None).await.expect(200);
    application["grantTypes"] = json!(["AUTHORIZATION_CODE", "REFRESH_TOKEN"]);
    app.manage(Method::PUT, &own, Some(&application)).await.expect(200);
}

async fn force_change(app: &TestApp, user: &str) {
    let body = json!({ "value": dev::PASSWORD, "forceChange": true });
    let set = "application/vnd.pingidentity.password.set+json";
    write(app, Method::PUT, &path(&format!("{user}/password")), set, &body).await.expect(200);
}

/// The flow is in this state, shows no session, and gives no code.
async fn stands(app: &TestApp, flow: &str, resume: &str, status: &str) {
    let here = |address: &str| address.strip_prefix(&app.url("")).unwrap().to_owned();
    let shown = app.get(&here(flow)).await.expect(200);
    assert_eq!((&shown["status"], &shown["session"]), (&json!(status), &Value::Null));
    let cookies = CLAIMED.map(|(name, value)| format!("{name}={value}")).join("; ");
    let forged = format!("{cookies}; ST={0}; ST-NO-SS={0}", "A".repeat(43));
    let resumed = app.send(app.request(Method::GET, &here(resume)).header("cookie", forged)).await;
    assert!(resumed.status >= 400 && !resumed.text.contains("\"code\":\"ey"), "{}", resumed.text);
    assert!(resumed.body["authorizeResponse"].is_null() && resumed.header("location").is_empty());
}

/// One action of the flow API, with cookies that claim things as well.
async fn act(app: &TestApp, flow: &str, action: &str, body: Value) -> Answer {
    let cookies = CLAIMED.map(|(name, value)| format!("{name}={value}")).join("; ");
    let request = app.request(Method::POST, flow.strip_prefix(&app.url("")).unwrap()).header("cookie", cookies);
    let media = format!("application/vnd.pingidentity.{action}+json");
    app.send(request.header("content-type", media).body(body.to_string())).await
}

/// A body that says everything was done.
fn claiming(mut body: Value) -> Value {
    for (name, value) in CLAIMED {
        body[name] = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    }
    body["verificationCheck"] = json!({ "checkType": 1, "succeeded": true });
    body["_embedded"] = json!({ "user": { "id": dev::USER.to_string(), "emailVerified": true } });
    body["state"] = json!({ "user": dev::USER.to_string(), "session": dev::USER.to_string() });
    body
}

async fn write(app: &TestApp, method: Method, at: &str, media: &str, body: &Value) -> Answer {
    let request = app.request(method, &format!("/v1{at}")).bearer_auth(app.worker_token().await);
    app.send(request.header("content-type", media).body(body.to_string())).await
}

fn path(below: &str) -> String {
    format!("/environments/{}{below}", dev::ENVIRONMENT)
}

const JSON: &str = "application/json";
/// What servers have believed of clients.
const CLAIMED: [(&str, &str); 10] = [
    ("emailVerified", "true"),
    ("email_verified", "true"),
    ("mfaDone", "true"),
    ("mustChange", "false"),
    ("passwordChanged", "true"),
    ("status", "COMPLETED"),
    ("amr", "mfa"),
    ("acr", "Multi_Factor"),
    ("verificationCheck", "done"),
    ("session", "00000000-0000-4000-8000-000000000001"),
];
const HOSTILE: [&str; 30] = [
    "",
    "eve",
    "@example.com",
    "eve@",
    "eve@@example.com",
    "eve@mallory@example.com",
    "eve@example.com\r\nBcc: all@example.com",
    "eve@example.com\nBcc: all@example.com",
    "eve\r\nDATA\r\n@example.com",
    "eve@example.com\u{0}",
    "eve@exam\tple.com",
    "eve@example.com\u{2028}Bcc: x@example.com",
    "eve@example.com\u{85}x",
    "\"eve mallory\"@example.com",
    "\"eve@mallory\"@example.com",
    "eve(comment)@example.com",
    "eve@example.com(comment)",
    "eve @example.com",
    "eve@example.com, mallory@example.com",
    "eve@example.com;mallory@example.com",
    "<eve@example.com>",
    "Eve <eve@example.com>",
    "eve@[127.0.0.1]",
    "eve@example..com",
    ".eve@example.com",
    "eve.@example.com",
    "eve@-example.com",
    "eve\u{ff20}example.com",
    "eve\u{202e}moc.elpmaxe@example.com",
    "eve@ex\u{200b}ample.com",
];
