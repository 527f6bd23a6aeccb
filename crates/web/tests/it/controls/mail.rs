//! Mail that features send: it lands in the outbox of its world, and what it carries opens what it is for.

use http::Method;
use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use serde_json::{Value, json};
use testkit::{Answer, Browser, TestApp, each_store, parameters};

use super::world::{CALLBACK, World, make, text};
use crate::flow::join_all;

const NEW: &str = "Another-Horse-8-Battery";

impl World<'_> {
    fn person(&self) -> (String, String) {
        let person = &self.told["users"][0];
        (text(&person["username"]), text(&person["password"]))
    }

    /// An action of the management API on the first user, below their address.
    async fn mail_act(&self, below: &str, action: &str, body: &Value) -> Answer {
        let user = text(&self.told["users"][0]["id"]);
        let path = format!("/v1/environments/{}/users/{user}{below}", self.id());
        let media = format!("application/vnd.pingidentity.{action}+json");
        let request = self.server.request(Method::POST, &path).bearer_auth(self.worker_token().await);
        self.server.send(request.header("content-type", media).body(body.to_string())).await
    }

    async fn outbox(&self, query: &str) -> Vec<Value> {
        let told = self.control(Method::GET, &format!("/outbox{query}"), None).await.expect(200);
        told["messages"].as_array().unwrap().clone()
    }

    /// The code of the last message.
    async fn code(&self) -> String {
        text(&self.outbox("?waitMs=10000").await.last().unwrap()["code"])
    }

    async fn later(&self, seconds: i64) {
        self.control(Method::PUT, "/clock", Some(&json!({ "advance": seconds }))).await.expect(200);
    }

    fn authorize(&self, more: &str) -> String {
        let (client, path) = (self.client().0, self.at("authorize"));
        format!("{path}?client_id={client}&response_type=code&redirect_uri={CALLBACK}&scope=openid&{more}")
    }

    /// A flow of this browser, as it begins.
    async fn flow(&self, browser: &Browser) -> Value {
        browser.read(&self.authorize("response_mode=pi.flow&prompt=login")).await.expect(200)
    }

    /// Signs the first user on; the status.
    async fn signs_on(&self, password: &str) -> u16 {
        let browser = self.server.browser();
        let flow = self.flow(&browser).await;
        let body = json!({ "username": self.person().0, "password": password });
        browser.act(own(&flow), "usernamePassword.check", &body).await.status
    }
}

fn own(flow: &Value) -> &str {
    flow["_links"]["self"]["href"].as_str().unwrap()
}

fn new_password(code: &str) -> Value {
    json!({ "recoveryCode": code, "newPassword": NEW })
}

/// Why it was refused, as `explain` tells it.
async fn why(server: &TestApp, answer: &Answer) -> (Reason, String) {
    server.app.audit.flush().await;
    let told = server.app.store.explain(CorrelationId::parse(answer.correlation()).unwrap()).await.unwrap();
    let refusal = told.iter().find_map(|activity| activity.event.refusal.clone()).unwrap();
    (refusal.reason, refusal.came)
}

/// PW-11: a code that an administrator has sent goes to the outbox of its world alone, and is used once.
#[tokio::test]
async fn an_administrator_has_a_recovery_code_sent() {
    each_store(|server| async move {
        let (world, other) = (make(&server).await, make(&server).await);
        let before = world.tokens().await;
        let waiting = world.outbox("?to=Jane.Doe@example.com&kind=email&waitMs=20000");
        let nothing = json!({});
        let sending = world.mail_act("/password", "password.sendRecoveryCode", &nothing);
        let (found, sent) = tokio::join!(waiting, sending);
        assert_eq!(sent.expect(200)["status"], "OK");
        let [mail] = &found[..] else { panic!("{found:?}") };
        let code = text(&mail["code"]);
        assert_eq!((mail["kind"].as_str(), mail["to"].as_str()), (Some("email"), Some("jane.doe@example.com")));
        assert!(code.len() == 8 && code.chars().all(|c| c.is_ascii_alphanumeric()), "{code}");
        let name = world.name().await;
        assert!(text(&mail["subject"]).contains(&name) && text(&mail["text"]).contains(&format!("\n{code}\n")));
        assert!(text(&mail["html"]).contains(&format!("<code>{code}</code>")), "{mail}");
        assert_eq!(mail["links"], json!([]));
        assert!(other.outbox("").await.is_empty());
        // PW-11: another environment's is none.
        let elsewhere = other.mail_act("/password", "password.recover", &new_password(&code)).await;
        elsewhere.refuses(400, "INVALID_DATA", "INVALID_VALUE", "recoveryCode");
        let weak = json!({ "recoveryCode": code, "newPassword": "short" });
        let weak = world.mail_act("/password", "password.recover", &weak).await;
        weak.refuses(400, "INVALID_DATA", "INVALID_VALUE", "newPassword");
        let told = world.mail_act("/password", "password.recover", &new_password(&code.to_lowercase())).await;
        assert_eq!(told.expect(200)["status"], "OK");
        let again = world.mail_act("/password", "password.recover", &new_password(&code)).await;
        assert_eq!(why(&server, &again).await, (Reason::MailedCodeWrong, "none was sent".to_owned()));
        again.refuses(400, "INVALID_DATA", "INVALID_VALUE", "recoveryCode");
        assert_eq!((world.signs_on(&world.person().1).await, world.signs_on(NEW).await), (400, 200));
        // What the old password opened is over.
        assert_eq!(world.userinfo(before["access_token"].as_str().unwrap()).await, 401);
    })
    .await;
}

/// PW-11: dead when a newer one was sent, when the password or the address changed, and when its time is over.
#[tokio::test]
async fn a_recovery_code_dies_with_what_it_stands_on() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let send = async || {
        world.mail_act("/password", "password.sendRecoveryCode", &json!({})).await.expect(200);
        world.code().await
    };
    let recovers = async |code: &str| {
        let answer = world.mail_act("/password", "password.recover", &new_password(code)).await;
        if answer.status == 200 { None } else { Some(why(&server, &answer).await.1) }
    };
    let user = format!("/users/{}", text(&world.told["users"][0]["id"]));
    let (first, second) = (send().await, send().await);
    assert_eq!(recovers(&first).await.as_deref(), Some("another code"));
    world.manage(Method::PATCH, &user, Some(&json!({ "email": "jane@example.org" }))).await.expect(200);
    assert_eq!(recovers(&second).await.as_deref(), Some("another code"));
    let third = send().await;
    let request = server.request(Method::PUT, &format!("/v1/environments/{}{user}/password", world.id()));
    let request = request.bearer_auth(world.worker_token().await);
    let media = "application/vnd.pingidentity.password.set+json";
    let body = json!({ "value": "Correct-Horse-7-Battery" }).to_string();
    server.send(request.header("content-type", media).body(body)).await.expect(200);
    assert_eq!(recovers(&third).await.as_deref(), Some("another code"));
    let fourth = send().await;
    world.later(360).await;
    assert_eq!(recovers(&fourth).await.as_deref(), Some("one that expired"));
    let fifth = send().await;
    world.later(290).await;
    assert_eq!(recovers(&fifth).await, None);
    // Ten in a row fill no mailbox.
    for _ in 0..10 {
        send().await;
    }
    let more = world.mail_act("/password", "password.sendRecoveryCode", &json!({})).await;
    more.refuses(400, "INVALID_DATA", "CONSTRAINT_VIOLATION", "email");
}

/// PW-11: five tries, however many come at once; and what a world is taken back to has its code again.
#[tokio::test]
async fn the_tries_of_a_code_are_counted() {
    each_store(|server| async move {
        let world = make(&server).await;
        let browser = server.browser();
        let flow = world.flow(&browser).await;
        let forgot = json!({ "username": world.person().0 });
        browser.act(own(&flow), "password.forgot", &forgot).await.expect(200);
        let code = world.code().await;
        let snapshot = text(&world.control(Method::POST, "/snapshots", None).await.expect(201)["id"]);
        let bodies: Vec<Value> = (0..20).map(|n| new_password(&format!("WRONG{n}"))).collect();
        let guesses = bodies.iter().map(|body| browser.act(own(&flow), "password.recover", body));
        for answer in join_all(guesses).await {
            answer.refuses(400, "INVALID_DATA", "INVALID_VALUE", "recoveryCode");
        }
        let late = browser.act(own(&flow), "password.recover", &new_password(&code)).await;
        assert_eq!(why(&server, &late).await.1, "one that was tried too often");
        let path = format!("/snapshots/{snapshot}/restore");
        assert_eq!(world.control(Method::POST, &path, None).await.status, 204);
        let done = browser.act(own(&flow), "password.recover", &new_password(&code)).await.expect(200);
        assert_eq!(done["status"], "COMPLETED");
    })
    .await;
}

/// The flow: forgotten, sent once more, recovered and signed on, once, whoever comes with the code at the same time.
#[tokio::test]
async fn a_forgotten_password_is_replaced_in_the_flow() {
    each_store(|server| async move {
        let world = make(&server).await;
        let browser = server.browser();
        let flow = world.flow(&browser).await;
        let link = &flow["_links"]["password.forgot"]["href"];
        assert_eq!((link.as_str(), flow["status"].as_str()), (Some(own(&flow)), Some("USERNAME_PASSWORD_REQUIRED")));
        let locked = json!({ "username": world.person().0, "password": "wrong" });
        for n in 0..6 {
            let body = json!({ "username": locked["username"], "password": format!("wrong {n}") });
            browser.act(own(&flow), "usernamePassword.check", &body).await.expect(400);
        }
        let forgot = json!({ "username": world.person().0 });
        let told = browser.act(own(&flow), "password.forgot", &forgot).await.expect(200);
        assert_eq!(told["status"], "RECOVERY_CODE_REQUIRED");
        let links: Vec<&String> = told["_links"].as_object().unwrap().keys().collect();
        let expected = ["password.recover", "password.sendRecoveryCode", "self", "session.reset", "signOnPage"];
        assert_eq!(links, expected);
        assert!(told["_embedded"].get("user").is_none(), "nobody has proved to be them: {told}");
        let first = world.code().await;
        // PingOne writes the type of this one without a format.
        let media = ("content-type", "application/vnd.pingidentity.password.sendRecoveryCode");
        let sent = browser.call("POST", own(&flow), &[media], String::new()).await.expect(200);
        assert_eq!(sent["status"], "RECOVERY_CODE_REQUIRED");
        let dead = browser.act(own(&flow), "password.recover", &new_password(&first)).await;
        dead.refuses(400, "INVALID_DATA", "INVALID_VALUE", "recoveryCode");
        let body = new_password(&world.code().await);
        let all = (0..20).map(|_| browser.act(own(&flow), "password.recover", &body));
        let won: Vec<Answer> = join_all(all).await.into_iter().filter(|answer| answer.status == 200).collect();
        let [done] = &won[..] else { panic!("{won:?}") };
        assert_eq!(
            (done.member("status"), &done.body["_embedded"]["user"]["username"]),
            ("COMPLETED", &forgot["username"])
        );
        let resumed = browser.read(done.member("resumeUrl")).await.expect(200);
        let code = text(&resumed["authorizeResponse"]["code"]);
        let fields = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", CALLBACK)];
        world.token(&fields).await.expect(200);
        assert_eq!(world.signs_on(NEW).await, 200, "the lock by guesses ended");
    })
    .await;
}

/// ASVS 6.3.8: a name that nobody has is told from no other, and neither is somebody to whom nothing may be sent.
#[tokio::test]
async fn nobody_learns_whose_names_there_are() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let population = &world.manage(Method::GET, "/populations", None).await.expect(200)["_embedded"]["populations"][0];
    let none = json!({ "username": "none", "email": "none@example.com", "population": { "id": population["id"] } });
    world.manage(Method::POST, "/users", Some(&none)).await.expect(201);
    let mut told = Vec::new();
    for name in [&*world.person().0, "nobody", "none", "\u{1}"] {
        let browser = server.browser();
        let flow = world.flow(&browser).await;
        let own = own(&flow).to_owned();
        let mut answers = Vec::new();
        for (action, body) in [
            ("password.forgot", json!({ "username": name })),
            ("password.sendRecoveryCode", json!({})),
            ("password.recover", new_password("ABCD2345")),
        ] {
            let answer = browser.act(&own, action, &body).await;
            let shown = answer.text.replace(flow["id"].as_str().unwrap(), "<flow>");
            let mut shown: Value = serde_json::from_str(&shown).unwrap();
            for volatile in ["createdAt", "expiresAt", "id"] {
                shown.as_object_mut().unwrap().remove(volatile);
            }
            answers.push((answer.status, shown));
        }
        told.push(answers);
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
    assert_eq!(world.outbox("").await.len(), 2, "to the one who is there");
}

/// Where LOGIN does not enable recovery, and on a server that sends no mail, it is neither offered nor done; and why is told.
#[tokio::test]
async fn recovery_is_offered_where_it_is_enabled_and_mail_is_sent() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let policies = world.manage(Method::GET, "/signOnPolicies", None).await.expect(200);
    let policy =
        policies["_embedded"]["signOnPolicies"].as_array().unwrap().iter().find(|p| p["default"] == true).unwrap();
    let actions = format!("/signOnPolicies/{}/actions", text(&policy["id"]));
    let listed = world.manage(Method::GET, &actions, None).await.expect(200);
    let action = text(&listed["_embedded"]["actions"][0]["id"]);
    let forgot = json!({ "username": world.person().0 });
    let early = server.browser();
    let began = world.flow(&early).await;
    early.act(own(&began), "password.forgot", &forgot).await.expect(200);
    let body = json!({ "type": "LOGIN", "priority": 1, "recovery": { "enabled": false } });
    world.manage(Method::PUT, &format!("{actions}/{action}"), Some(&body)).await.expect(200);
    let late = early.act(own(&began), "password.recover", &new_password(&world.code().await)).await;
    assert_eq!(why(&server, &late).await, (Reason::RecoveryUnavailable, "it is disabled there".to_owned()));
    assert_eq!(world.signs_on(&world.person().1).await, 200, "a code that was sent before does no more than one after");
    let browser = server.browser();
    let flow = world.flow(&browser).await;
    assert!(flow["_links"]["password.forgot"].is_null(), "{flow}");
    let refused = browser.act(own(&flow), "password.forgot", &forgot).await;
    assert_eq!(why(&server, &refused).await, (Reason::RecoveryUnavailable, "it is disabled there".to_owned()));
    refused.expect(400);
    let page = browser.get(&browser.get(&world.authorize("prompt=login")).await.leads(302)).await;
    assert!(!page.text.contains("forgot-password"));

    let people = testkit::People::on(TestApp::build().config(|config| config.developer = false)).await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    let told = browser.read(&flow).await.expect(200);
    assert!(told["_links"]["password.forgot"].is_null(), "{told}");
    let refused = browser.act(&flow, "password.forgot", &json!({ "username": "ann" })).await;
    let came = "one that has nothing to send it with".to_owned();
    assert_eq!(why(&people.server, &refused).await, (Reason::RecoveryUnavailable, came));
    refused.expect(400);
}

/// The hosted pages, without any script: the name, the code and a new password, signed on.
#[tokio::test]
async fn a_forgotten_password_is_replaced_by_the_pages() {
    let server = TestApp::inside().await;
    let world = make(&server).await;
    let browser = server.browser();
    let address = browser.get(&world.authorize("prompt=login&state=s1")).await.leads(302);
    let page = browser.get(&address).await;
    assert!(page.text.contains("id=\"forgot-password\""), "{}", page.text);
    let (flow, csrf) = (page.hidden("flowId"), page.hidden("csrf"));
    let submit = async |fields: &[(&str, &str)]| {
        let all = [&[("flowId", &*flow), ("csrf", &*csrf)], fields].concat();
        browser.submit(&format!("/{}/signon", world.id()), &all).await
    };
    let name = world.person().0;
    let nobody = submit(&[("username", ""), ("intent", "forgot-password")]).await;
    assert!(nobody.status == 400 && nobody.text.contains("id=\"username-error\""), "{}", nobody.text);
    let asked = submit(&[("username", &name), ("intent", "forgot-password")]).await.leads(303);
    let shown = browser.get(&asked).await;
    assert!(
        shown.text.contains("name=\"recoveryCode\"") && shown.text.contains("name=\"newPassword\""),
        "{}",
        shown.text
    );
    assert!(!shown.text.contains(&name), "whoever said a name has not proved to be them");
    let back = submit(&[("intent", "back")]).await.leads(303);
    assert!(browser.get(&back).await.text.contains("name=\"username\""));
    submit(&[("username", &name), ("intent", "forgot-password")]).await.leads(303);
    submit(&[("intent", "send-code")]).await.leads(303);
    let code = world.code().await;
    let empty = submit(&[("recoveryCode", ""), ("newPassword", ""), ("intent", "change-password")]).await;
    assert!(empty.status == 400 && empty.text.contains("id=\"recoveryCode-error\""), "{}", empty.text);
    let wrong = submit(&[("recoveryCode", "AAAA"), ("newPassword", NEW), ("intent", "change-password")]).await;
    assert!(wrong.status == 400 && wrong.text.contains("Wrong or expired code"), "{}", wrong.text);
    let weak = submit(&[("recoveryCode", &code), ("newPassword", "short"), ("intent", "change-password")]).await;
    assert!(weak.text.contains("id=\"newPassword-error\"") && weak.text.contains("(not met)"), "{}", weak.text);
    // The rules of whose code it is are told, whatever everybody's are.
    let policies = world.manage(Method::GET, "/passwordPolicies", None).await.expect(200);
    let mut strict = policies["_embedded"]["passwordPolicies"][0].clone();
    strict["name"] = json!("Strict");
    strict["default"] = json!(false);
    strict["length"] = json!({ "min": 30, "max": 255 });
    let strict = world.manage(Method::POST, "/passwordPolicies", Some(&strict)).await.expect(201);
    let populations = world.manage(Method::GET, "/populations", None).await.expect(200);
    let population = &populations["_embedded"]["populations"][0];
    let body = json!({ "name": population["name"], "passwordPolicy": { "id": strict["id"] } });
    let population = format!("/populations/{}", text(&population["id"]));
    world.manage(Method::PUT, &population, Some(&body)).await.expect(200);
    let short = submit(&[("recoveryCode", &code), ("newPassword", NEW), ("intent", "change-password")]).await;
    assert!(short.text.contains("At least 30 characters<b> (not met)"), "{}", short.text);
    let body = json!({ "name": body["name"] });
    world.manage(Method::PUT, &population, Some(&body)).await.expect(200);
    let right = submit(&[("recoveryCode", &code), ("newPassword", NEW), ("intent", "change-password")]).await;
    let back = browser.get(&right.leads(303)).await.leads(302);
    assert_eq!(parameters(&back)["state"], "s1", "{back}");
    assert_eq!(world.signs_on(NEW).await, 200);
    let sent = server.get(&format!("/worlds/{}", world.id())).await;
    assert!(sent.status == 200 && sent.text.contains(&code), "its page shows what was sent: {}", sent.text);
}

/// An account that waits for its address to be verified waits no more, once its reader typed the code; and no recovery is made of it.
#[tokio::test]
async fn an_address_is_verified_by_a_code() {
    each_store(|server| async move {
        let world = make(&server).await;
        let user = format!("/users/{}", text(&world.told["users"][0]["id"]));
        let waiting = json!({ "lifecycle": { "status": "VERIFICATION_REQUIRED" } });
        world.manage(Method::PATCH, &user, Some(&waiting)).await.expect(200);
        let sent = world.mail_act("", "account.sendVerificationCode", &json!({})).await.expect(200);
        assert_eq!(sent["lifecycle"]["status"], "VERIFICATION_REQUIRED");
        let code = world.code().await;
        let other = world.mail_act("/password", "password.recover", &new_password(&code)).await;
        other.refuses(400, "INVALID_DATA", "INVALID_VALUE", "recoveryCode");
        let typed = |code: &str| json!({ "verificationCode": code });
        let wrong = world.mail_act("", "account.verify", &typed("WRONG234")).await;
        wrong.refuses(400, "INVALID_DATA", "INVALID_VALUE", "verificationCode");
        let told = world.mail_act("", "account.verify", &typed(&code)).await.expect(200);
        assert_eq!((told["lifecycle"]["status"].as_str(), &told["emailVerified"]), (Some("ACCOUNT_OK"), &json!(true)));
        let again = world.mail_act("", "account.verify", &typed(&code)).await;
        again.refuses(400, "INVALID_DATA", "INVALID_VALUE", "verificationCode");
    })
    .await;
}
