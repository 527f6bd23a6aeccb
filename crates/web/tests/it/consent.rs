//! Consent: who is asked what before an application acts for them, and what becomes of the answer.

mod strangers;

use std::collections::BTreeMap;

use engine::bootstrap::dev;
use protocol::id::CorrelationId;
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Browser, CHALLENGE, Request, SANDBOX, TestApp, VERIFIER, each_store};

use crate::attacks::{authorize, parameters};
use crate::token::details;

const CALLBACK: &str = "https://stranger.example/callback";

/// A client that anybody registered.
async fn foreign(server: &TestApp, more: Value) -> String {
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body["clientRegistration"] = json!("OPEN");
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
    let mut wanted = json!({ "client_name": "Stranger", "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"] });
    wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let registered = server.send(Request::post(server.at("register")).json(&wanted)).await.expect(201);
    registered["client_id"].as_str().unwrap().to_owned()
}

/// Its authorization request.
pub(crate) fn asks(client: &str, scope: &str, more: &[(&str, &str)]) -> String {
    let mut fields = vec![("client_id", client), ("response_type", "code"), ("scope", scope)];
    fields.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    fields.extend(more);
    if !more.iter().any(|(name, _)| *name == "redirect_uri") {
        fields.push(("redirect_uri", CALLBACK));
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("/{SANDBOX}/as/authorize?{query}")
}

/// The page that the request comes to, once its person is signed on.
pub(crate) async fn opened(browser: &Browser, address: &str) -> Answer {
    let page = browser.get(address).await;
    let page = browser.follow(page).await;
    if !page.text.contains("id=\"sign-on\"") {
        return page;
    }
    let done = browser.sign_on(&page, dev::USERNAME, dev::PASSWORD).await;
    browser.follow(done).await
}

/// Presses a button of the consent page.
pub(crate) async fn press(browser: &Browser, page: &Answer, intent: &str) -> Answer {
    assert!(page.text.contains("id=\"allow\"") && page.text.contains("id=\"cancel\""), "{}", page.text);
    let (flow, csrf) = (page.hidden("flowId"), page.hidden("csrf"));
    let fields = [("flowId", flow.as_str()), ("csrf", &csrf), ("intent", intent)];
    let answer = browser.submit(&format!("/{SANDBOX}/signon"), &fields).await;
    browser.follow(answer).await
}

async fn exchange(server: &TestApp, client: &str, code: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    server.form(&server.at("token"), &fields).await
}

pub(crate) async fn reason(server: &TestApp, answer: &Answer) -> Reason {
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let mut told = server.app.store.explain(correlation).await.unwrap();
    told.remove(0).event.refusal.unwrap().reason
}

fn told(answer: &Answer) -> BTreeMap<String, String> {
    assert!(answer.header("location").starts_with(CALLBACK), "{} {}", answer.status, answer.text);
    parameters(answer)
}

/// OIDC Core §3.1.2.4, AZ-07: asked once for all, again for what is new, and never where `prompt=none` forbids it.
#[tokio::test]
async fn a_strangers_client_is_allowed_by_each_person() {
    each_store(|server| async move {
        let client = foreign(&server, json!({})).await;
        let browser = server.browser();
        let page = opened(&browser, &asks(&client, "openid email", &[("state", "s1")])).await;
        assert_eq!(page.status, 200);
        for shown in ["Stranger asks for access", "stranger.example", "See your email address", "registered itself"] {
            assert!(page.text.contains(shown), "{shown}: {}", page.text);
        }
        assert!(!page.text.contains("id=\"warning\"") && !page.text.contains("id=\"known\""), "{}", page.text);
        // Nobody is asked where nobody may be.
        let none = browser.get(&asks(&client, "openid email", &[("prompt", "none")])).await;
        assert_eq!(told(&none)["error"], "consent_required");
        assert_eq!(reason(&server, &none).await, Reason::ConsentRequired);
        // Reload and a form of another step show the question again.
        let again = press(&browser, &page, "sign-on").await;
        assert!(again.text.contains("id=\"allow\""), "{}", again.text);
        let answer = told(&press(&browser, &page, "allow").await);
        assert_eq!(answer["state"], "s1");
        let tokens = exchange(&server, &client, &answer["code"]).await.expect(200);
        assert_eq!(tokens["scope"], "openid email");
        for (scope, prompt) in [("openid email", ""), ("email", ""), ("openid", "none")] {
            let answer = browser.get(&asks(&client, scope, &[("prompt", prompt)])).await;
            assert!(told(&answer).contains_key("code"), "{scope} {prompt}");
        }
        let page = opened(&browser, &asks(&client, "openid profile", &[])).await;
        let (new, known) = page.text.split_once("id=\"known\"").unwrap();
        assert!(new.contains("See your name and profile") && !new.contains("Know that it is you"), "{new}");
        assert!(known.contains("Know that it is you"), "{known}");
        // What is asked for claim by claim is no less new (OIDC Core §5.5).
        let claims = ("claims", r#"{"userinfo":{"phone_number":null}}"#);
        let page = opened(&browser, &asks(&client, "openid email", &[claims])).await;
        assert!(page.text.contains("phone number"), "{}", page.text);
    })
    .await;
}

/// RFC 6749 §4.1.2.1: who does not allow it stays signed on, and the application is told no more than that.
#[tokio::test]
async fn whoever_denies_is_left_alone() {
    let server = TestApp::build().strict().start().await;
    let client = foreign(&server, json!({})).await;
    let browser = server.browser();
    let page = opened(&browser, &asks(&client, "openid", &[("state", "s2")])).await;
    let denied = press(&browser, &page, "cancel").await;
    let answer = told(&denied);
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("access_denied", "s2"));
    assert!(!answer.contains_key("code") && answer["error_description"].contains("did not allow"), "{answer:?}");
    let page = opened(&browser, &asks(&client, "openid", &[])).await;
    assert!(page.text.contains("id=\"allow\""), "asked again: {}", page.text);
    // An application of an administrator is not asked about.
    let shared = dev::SHARED_WEB_APPLICATION.to_string();
    let answer = browser.get(&authorize(&shared, &[("scope", "openid")])).await;
    assert!(parameters(&answer).contains_key("code"), "{}", answer.text);
}

/// AC-13, RT-10: withdrawn by the management API, with what was given under it; nobody else can.
#[tokio::test]
async fn a_consent_is_withdrawn_with_what_it_gave() {
    each_store(|server| async move {
        let client = foreign(&server, json!({})).await;
        let browser = server.browser();
        let page = opened(&browser, &asks(&client, "openid", &[])).await;
        let first = told(&press(&browser, &page, "allow").await);
        let tokens = exchange(&server, &client, &first["code"]).await.expect(200);
        let second = told(&browser.get(&asks(&client, "openid", &[])).await);
        let path = format!("/environments/{SANDBOX}/users/{}/oauthConsents", dev::USER);
        let all = server.manage(Method::GET, &path, None).await.expect(200);
        let consent = &all["_embedded"]["oauthConsents"][0];
        assert_eq!((&consent["scope"], &consent["status"]), (&json!(["openid"]), &json!("ACCEPTED")));
        assert_eq!(consent["application"], json!({ "id": client, "clientId": client, "name": "Stranger" }));
        let own = format!("{path}/{client}");
        assert_eq!(&server.manage(Method::GET, &own, None).await.expect(200), consent);
        assert_eq!(server.get(&format!("/v1{own}")).await.status, 401);
        assert_eq!(server.manage(Method::DELETE, &own, None).await.status, 204);
        for method in [Method::GET, Method::DELETE] {
            assert_eq!(server.manage(method, &own, None).await.status, 404);
        }
        // The code that nobody exchanged yet, and the refresh token.
        exchange(&server, &client, &second["code"]).await.is_refused(400, "invalid_grant");
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", &client)];
        server.form(&server.at("token"), &fields).await.is_refused(400, "invalid_grant");
        let page = opened(&browser, &asks(&client, "openid", &[])).await;
        assert!(page.text.contains("id=\"allow\""), "asked again: {}", page.text);
    })
    .await;
}

/// RFC 8252 §8.6, CD-08: what any program on the device could take is allowed each time anew, and the page says so.
#[tokio::test]
async fn an_answer_to_the_device_is_asked_about_each_time() {
    let server = TestApp::build().strict().start().await;
    let local = "http://127.0.0.1/callback";
    let client = foreign(&server, json!({ "redirect_uris": [local], "application_type": "native" })).await;
    let browser = server.browser();
    let address = asks(&client, "openid", &[("redirect_uri", "http://127.0.0.1:4711/callback")]);
    for _ in 0..2 {
        let page = opened(&browser, &address).await;
        assert!(page.text.contains("id=\"warning\"") && page.text.contains("127.0.0.1:4711"), "{}", page.text);
        let answer = press(&browser, &page, "allow").await;
        assert!(answer.header("location").starts_with("http://127.0.0.1:4711/callback?code="), "{}", answer.text);
    }
    let none = browser.get(&format!("{address}&prompt=none")).await;
    assert_eq!(parameters(&none)["error"], "consent_required");
}

/// RFC 9700 §2.4: a stranger's client never gets to see the person's password, nor answers for them.
#[tokio::test]
async fn a_strangers_client_drives_no_flow() {
    let server = TestApp::build().strict().start().await;
    let client = foreign(&server, json!({})).await;
    for more in [vec![("response_mode", "pi.flow")], vec![("response_mode", "pi.flow"), ("prompt", "none")]] {
        let answer = server.get(&asks(&client, "openid", &more)).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(reason(&server, &answer).await, Reason::ResponseModeInvalid);
    }
}

/// AZ-20, FL-01: the form of another flow or browser, and a browser without the flow's session, allow nothing.
#[tokio::test]
async fn nobody_else_allows_anything() {
    let server = TestApp::build().strict().start().await;
    let client = foreign(&server, json!({})).await;
    let (browser, other) = (server.browser(), server.browser());
    let page = opened(&browser, &asks(&client, "openid", &[])).await;
    let foreign = opened(&other, &asks(&client, "openid", &[])).await;
    let (flow, csrf) = (page.hidden("flowId"), page.hidden("csrf"));
    let action = format!("/{SANDBOX}/signon");
    let form = |csrf: String| [("flowId", flow.clone()), ("csrf", csrf), ("intent", "allow".to_owned())];
    let send = async |browser: &Browser, csrf: &str| {
        let fields = form(csrf.to_owned());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.submit(&action, &fields).await.status
    };
    assert_eq!(send(&other, &csrf).await, 403);
    assert_eq!(send(&browser, &foreign.hidden("csrf")).await, 403);
    assert_eq!(send(&browser, "").await, 403);
    // By the API with the flow's id alone, or with somebody else's session.
    let at = server.url(&format!("/{SANDBOX}/flows/{flow}"));
    for stranger in [&server.browser(), &other] {
        let answer = stranger.act(&at, "user.consent", &json!({ "accept": true })).await;
        assert_eq!(answer.status, 401, "{}", answer.text);
        assert_eq!(reason(&server, &answer).await, Reason::SessionMissing);
    }
    let read = browser.read(&at).await.expect(200);
    assert_eq!(read["status"], "CONSENT_REQUIRED");
    assert_eq!(read["_embedded"]["consent"]["scopes"][0]["name"], "openid");
    assert_eq!(browser.get(&format!("/{SANDBOX}/as/resume?flowId={flow}")).await.status, 400, "not finished");
    // A browser that lost its session, though it began the flow.
    browser.keep("ST", &"A".repeat(43));
    browser.keep("ST-NO-SS", &"A".repeat(43));
    assert_eq!(send(&browser, &csrf).await, 401);
}

/// `prompt=consent` asks about any application, by the API as well (PingOne's `user.consent`).
#[tokio::test]
async fn any_application_may_have_its_person_asked() {
    each_store(|server| async move {
        let shared = dev::SHARED_WEB_APPLICATION.to_string();
        let begin = async |browser: &Browser| {
            let more = [("response_mode", "pi.flow"), ("scope", "openid"), ("prompt", "consent")];
            let begun = browser.read(&authorize(&shared, &more)).await.expect(200);
            begun["_links"]["self"]["href"].as_str().unwrap().to_owned()
        };
        let browser = server.browser();
        let flow = begin(&browser).await;
        let typed = json!({ "username": dev::USERNAME, "password": dev::PASSWORD });
        let asked = browser.act(&flow, "usernamePassword.check", &typed).await.expect(200);
        assert_eq!(asked["status"], "CONSENT_REQUIRED");
        assert!(asked["_links"]["user.consent"]["href"].is_string(), "{asked}");
        assert_eq!(browser.act(&flow, "user.consent", &json!({ "accept": "yes" })).await.status, 400);
        let allowed = browser.act(&flow, "user.consent", &json!({ "accept": true })).await.expect(200);
        assert_eq!(allowed["status"], "COMPLETED");
        let resume = allowed["resumeUrl"].as_str().unwrap();
        assert!(browser.read(resume).await.expect(200)["authorizeResponse"]["code"].is_string());
        // Asked again, although it is remembered; and then denied.
        let flow = begin(&browser).await;
        let denied = browser.act(&flow, "user.consent", &json!({ "accept": false })).await.expect(200);
        assert_eq!((&denied["status"], &denied["error"]["code"]), (&json!("FAILED"), &json!("FAILED")));
        let resume = denied["resumeUrl"].as_str().unwrap();
        assert_eq!(browser.read(resume).await.status, 400);
        // A reset begins with the question who it is.
        let flow = begin(&browser).await;
        let reset = browser.act(&flow, "session.reset", &json!({})).await.expect(200);
        assert_eq!(reset["status"], "USERNAME_PASSWORD_REQUIRED");
    })
    .await;
}

/// AC-13: a consent that is withdrawn between the sign-on and the answer is none: the application is told to ask again.
#[tokio::test]
async fn a_withdrawal_before_the_answer_counts() {
    let server = TestApp::build().strict().start().await;
    let client = foreign(&server, json!({})).await;
    let (browser, other) = (server.browser(), server.browser());
    let page = opened(&other, &asks(&client, "openid", &[])).await;
    told(&press(&other, &page, "allow").await);
    // Signed on, complete by what was allowed before, and not answered yet.
    let page = browser.get(&asks(&client, "openid", &[])).await;
    let page = browser.follow(page).await;
    let done = browser.sign_on(&page, dev::USERNAME, dev::PASSWORD).await.leads(303);
    let own = format!("/environments/{SANDBOX}/users/{}/oauthConsents/{client}", dev::USER);
    assert_eq!(server.manage(Method::DELETE, &own, None).await.status, 204);
    let answer = told(&browser.get(&done).await);
    assert_eq!(answer["error"], "consent_required");
}

/// AC-13: so is one that was given in a sign-on which is not answered yet, whether or not there was one before (I17 of the model).
#[tokio::test]
async fn a_withdrawal_after_the_persons_answer_counts() {
    each_store(|server| async move {
        let client = foreign(&server, json!({})).await;
        let browser = server.browser();
        let own = format!("/environments/{SANDBOX}/users/{}/oauthConsents/{client}", dev::USER);
        for before in ["nothing", "less"] {
            if before == "less" {
                let page = opened(&browser, &asks(&client, "openid", &[])).await;
                told(&press(&browser, &page, "allow").await);
            }
            let page = opened(&browser, &asks(&client, "openid email", &[])).await;
            let (flow, csrf) = (page.hidden("flowId"), page.hidden("csrf"));
            let fields = [("flowId", flow.as_str()), ("csrf", &csrf), ("intent", "allow")];
            let done = browser.submit(&format!("/{SANDBOX}/signon"), &fields).await.leads(303);
            let kept = server.manage(Method::GET, &own, None).await.expect(200);
            assert_eq!(kept["scope"], json!(["openid", "email"]), "{before}");
            assert_eq!(server.manage(Method::DELETE, &own, None).await.status, 204);
            let answer = told(&browser.get(&done).await);
            assert_eq!(answer["error"], "consent_required", "{before}");
            assert_eq!(server.manage(Method::GET, &own, None).await.status, 404, "{before}");
        }
    })
    .await;
}

/// RFC 9396 §3, §12: what is said in detail is shown in its type's words, with the object as it was sent, and is allowed this once.
#[tokio::test]
async fn what_is_asked_for_in_detail_is_shown_and_allowed_once() {
    each_store(|server| async move {
        details::furnish(&server).await;
        let client = foreign(&server, json!({ "authorization_details_types": ["payment"] })).await;
        let asked = json!([details::payment(7)]).to_string();
        let browser = server.browser();
        let address = asks(&client, "openid", &[("authorization_details", &asked)]);
        // CR-07: what a stranger says that it may use counts where its resource is open to strangers.
        let (_, query) = address.split_once('?').unwrap();
        server.encoded(&server.at("par"), query).await.is_refused(400, "invalid_authorization_details");
        details::open(&server).await;
        let mut page = opened(&browser, &address).await;
        for time in ["first", "second"] {
            for shown in ["Words for payment", "&quot;amount&quot;:7"] {
                assert!(
                    page.text.contains(shown) || page.text.contains(&shown.replace("&quot;", "&#34;")),
                    "{time} {shown}: {}",
                    page.text
                );
            }
            let answer = told(&press(&browser, &page, "allow").await);
            let tokens = exchange(&server, &client, &answer["code"]).await.expect(200);
            assert_eq!(tokens["authorization_details"], json!([details::payment(7)]));
            page = browser.follow(browser.get(&address).await).await;
        }
        let none =
            browser.get(&asks(&client, "openid", &[("authorization_details", &asked), ("prompt", "none")])).await;
        assert_eq!(told(&none)["error"], "consent_required");
        // Without it nothing is asked any more.
        assert!(told(&browser.get(&asks(&client, "openid", &[])).await).contains_key("code"));
    })
    .await;
}
