//! What the owner of an environment learns of a refusal by its correlation id, and what happens when the store is down.

use engine::bootstrap::dev;
use protocol::audit::{Action, Actor, Event};
use protocol::id::{ApplicationId, CorrelationId, UserId};
use protocol::refusal::Reason;
use protocol::scope::Scope;

use serde_json::json;
use testkit::{Answer, People, Request, SANDBOX, TestApp, basic, shared};
use web::layers::rate::FailureLimits;

async fn event(server: &TestApp, answer: &Answer) -> Event {
    server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let mut told = server.app.store.explain(correlation).await.unwrap();
    assert_eq!(told.len(), 1, "{answer:?}");
    told.remove(0).event
}

#[tokio::test]
async fn whoever_guesses_too_often_is_told_why() {
    let limits = FailureLimits { burst: 20, ..FailureLimits::default() };
    let server = TestApp::build().limits(limits).start().await;
    let form = format!("grant_type=client_credentials&client_id={}&client_secret=hush", dev::SHARED_WEB_APPLICATION);
    for _ in 0..=limits.burst {
        let answer = server.encoded(&server.at("token"), &form).await;
        if answer.status == 429 {
            assert_eq!(event(&server, &answer).await.refusal.unwrap().reason, Reason::RateLimited);
            return;
        }
    }
    panic!("none of the guesses was too many");
}

#[tokio::test]
async fn four_causes_with_one_answer_have_four_explanations() {
    let server = TestApp::build().strict().start().await;
    let path = server.at("token");
    let id = dev::SHARED_WEB_APPLICATION;
    let application = Some(ApplicationId::new(id));
    let more = "grant_type=authorization_code&code=x";
    let unknown = server.encoded(&path, &format!("{more}&client_id=nobody&client_secret=hush")).await;
    let wrong = server.encoded(&path, &format!("{more}&client_id={id}&client_secret=hush")).await;
    let method = server.encoded_basic(&path, (id, dev::SHARED_WEB_SECRET), more).await;
    server.change(id, json!({ "enabled": false })).await;
    let disabled = server.encoded(&path, &format!("{more}&{}", shared())).await;
    let table = [
        (unknown, Reason::ClientUnknown, None),
        (wrong, Reason::SecretWrong, application),
        (method, Reason::MethodOther, application),
        (disabled, Reason::ApplicationDisabled, application),
    ];
    for (answer, reason, application) in table {
        answer.is_refused(401, "invalid_client");
        let event = event(&server, &answer).await;
        let refusal = event.refusal.clone().unwrap();
        assert_eq!((refusal.reason, event.application, event.action), (reason, application, Action::TokenIssued));
        assert_eq!((event.environment, event.actor), (Some(SANDBOX), Actor::Anonymous));
        let told = format!("{event:?}");
        assert!(!told.contains("hush") && !told.contains(dev::SHARED_WEB_SECRET), "{told}");
    }
}

#[tokio::test]
async fn what_was_granted_is_told_with_who_and_how() {
    let server = TestApp::build().strict().start().await;
    let answer = server.exchange(&server.code(|_| {}).await).await;
    let event = event(&server, &answer).await;
    assert_eq!((event.refusal, event.note.as_deref()), (None, Some("authorization_code")));
    assert_eq!(event.user.map(UserId::uuid), Some(dev::USER));
    assert_eq!(event.actor, Actor::Application(ApplicationId::new(dev::SHARED_WEB_APPLICATION)));
    assert_eq!(event.source, Some([127, 0, 0, 1].into()));
}

#[tokio::test]
async fn who_asked_is_told_of_a_refusal_too() {
    let server = TestApp::build().strict().start().await;
    let profile = Scope::parse("profile").unwrap();
    let tokens = server.exchange(&server.code(|code| code.authorization.scope = profile).await).await;
    let refused = server.get_with(&server.at("userinfo"), &tokens.text_of("access_token")).await;
    let told = event(&server, &refused).await;
    assert_eq!((refused.status, told.refusal.unwrap().reason), (403, Reason::ScopeInsufficient));
    let jane = UserId::new(dev::USER);
    assert_eq!((told.user, told.actor), (Some(jane), Actor::User(jane)));

    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    let client = &people.client;
    for query in [
        format!("client_id={client}&post_logout_redirect_uri=https://evil.example/"),
        format!("client_id={client}&id_token_hint=x"),
    ] {
        let refused = browser.get(&people.path(&format!("/as/signoff?{query}"))).await;
        let told = event(&people.server, &refused).await;
        assert_eq!((refused.status, told.refusal.is_some()), (400, true));
        assert_eq!(told.application.map(|id| id.to_string()).as_ref(), Some(client), "{query}");
        assert_eq!((told.user, told.actor), (Some(people.ann), Actor::User(people.ann)), "{query}");
    }
}

#[tokio::test]
async fn requests_that_cannot_be_read_are_told_too() {
    let server = TestApp::build().strict().start().await;
    let path = server.at("token");
    let right = basic(dev::BASIC_WEB_APPLICATION, dev::BASIC_WEB_SECRET);
    let both = server.send(Request::form(&path).header("authorization", right).body(shared())).await;
    let repeated = server.encoded(&path, "scope=a&scope=b").await;
    for (answer, reason) in [(both, Reason::ClientAuthAmbiguous), (repeated, Reason::ParameterRepeated)] {
        assert_eq!(event(&server, &answer).await.refusal.unwrap().reason, reason);
    }
}

// RV-04
#[tokio::test]
async fn without_a_store_nothing_is_promised() {
    let server = TestApp::inside().await;
    let code = server.code(|_| {}).await;
    let token = server.exchange(&code).await.text_of("access_token");
    server.base.store.close().await.unwrap();
    let exchange = server.exchange(&code).await;
    let refresh =
        server.encoded(&server.at("token"), &format!("grant_type=refresh_token&refresh_token=x&{}", shared())).await;
    let revoke = server.encoded(&server.at("revoke"), &format!("token={token}&{}", shared())).await;
    let introspect = server.encoded(&server.at("introspect"), &format!("token={token}&{}", shared())).await;
    for answer in [exchange, revoke, introspect] {
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
    }
    // Decided from memory: this application does not hold the grant.
    refresh.is_refused(400, "unauthorized_client");
}
