//! Back-Channel Logout: whoever took part is told, whatever ended the session.

use http::Method;
use jose::Compact;
use serde_json::json;
use testkit::people::PASSWORD;
use testkit::{FakeWorld, TestApp, claims};

use super::{manage, recorded, sent, sign_off, sign_on, token, told};

/// LO-06: the token says which session of whom ended, to whom it is sent, and is nothing else.
#[tokio::test]
async fn a_sign_off_is_told_to_whoever_took_part() {
    let (people, mut before) = (told(200).await, 0);
    let (browser, other) = (people.browser(), people.browser());
    let tokens = sign_on(&people, &browser).await;
    sign_on(&people, &other).await;
    assert_eq!(sent(&people, &mut before).await, []);
    sign_off(&people, &browser, &tokens).await;
    assert_eq!(people.server.world.outside.asked(), [], "nobody's sign-off waits for it");
    let asked = sent(&people, &mut before).await;
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((asked.url.as_str(), asked.method.name()), (super::TOLD, "POST"));
    assert!(asked.headers.contains(&("content-type", "application/x-www-form-urlencoded".to_owned())));
    let (token, id_token) = (token(asked), tokens["id_token"].as_str().unwrap());
    let (said, known) = (claims(token), claims(id_token));
    for same in ["iss", "sub", "aud", "sid"] {
        assert_eq!(said[same], known[same], "{same}");
    }
    let tenant = people.server.app.tenant(people.env).await.unwrap().unwrap();
    let verified = Compact::parse(token).unwrap().verify(&tenant.keys.active().verifying()).unwrap();
    assert_eq!(verified.typ.as_deref(), Some("logout+jwt"));
    assert!(said.get("nonce").is_none() && said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap() == 120);
    assert!(!asked.debug.contains(token), "a log does not show it");
    // Once, and it is on record.
    assert_eq!(sent(&people, &mut before).await, []);
    people.wait(100_000);
    assert_eq!(sent(&people, &mut before).await, []);
    assert_eq!(recorded(&people).await, [("attempt 1: status 200".to_owned(), None)]);
}

/// LO-06, UI-03: a logout token opens nothing.
#[tokio::test]
async fn a_logout_token_is_taken_for_nothing_else() {
    let (people, mut before) = (told(204).await, 0);
    let browser = people.browser();
    let tokens = sign_on(&people, &browser).await;
    sign_off(&people, &browser, &tokens).await;
    let asked = sent(&people, &mut before).await;
    let token = token(&asked[0]);
    let again = people.browser();
    sign_on(&people, &again).await;
    let refused = again.get(&people.path(&format!("/as/signoff?id_token_hint={token}"))).await;
    assert_eq!((refused.status, refused.header("location")), (400, ""), "{}", refused.text);
    let silent = again.get(&people.authorize(&format!("prompt=none&id_token_hint={token}"))).await.leads(302);
    assert!(silent.contains("error=invalid_request"), "{silent}");
    people.server.get_with(&people.path("/as/userinfo"), token).await.is_refused(401, "invalid_token");
}

/// LO-08: whatever ends a session tells of it, once for each session.
#[tokio::test]
async fn every_end_of_a_session_is_told() {
    let (people, mut before) = (told(200).await, 0);
    let user = format!("/users/{}", people.ann);
    let browsers = [people.browser(), people.browser()];
    let mut before_all = async |ended: usize, what: &str| {
        let asked = sent(&people, &mut before).await;
        assert_eq!(asked.len(), ended, "{what}: {asked:?}");
    };
    for browser in &browsers {
        sign_on(&people, browser).await;
    }
    let sessions = manage(&people, Method::GET, &format!("{user}/sessions"), None).await.expect(200);
    let first = sessions["_embedded"]["sessions"][0]["id"].as_str().unwrap();
    manage(&people, Method::DELETE, &format!("{user}/sessions/{first}"), None).await.expect(204);
    before_all(1, "a session was deleted").await;
    let password = json!({ "value": PASSWORD, "forceChange": false });
    let set = people.server.request(Method::PUT, &format!("/v1/environments/{}{user}/password", people.env));
    let set = set.bearer_auth(people.server.worker_token().await).json(&password);
    let set = set.header("content-type", "application/vnd.pingidentity.password.set+json");
    people.server.send(set).await.expect(200);
    before_all(1, "the password was replaced").await;
    for browser in &browsers {
        sign_on(&people, browser).await;
    }
    for (enabled, ended) in [(false, 2), (true, 0)] {
        let body = Some(json!({ "enabled": enabled }));
        manage(&people, Method::PUT, &format!("{user}/enabled"), body).await.expect(200);
        before_all(ended, "the user was disabled").await;
    }
    sign_on(&people, &people.browser()).await;
    manage(&people, Method::DELETE, &user, None).await.expect(204);
    before_all(1, "the user was deleted").await;
}

/// LO-08: of all nodes one tells it, whichever ended the session, and one that comes later tells what is left.
#[tokio::test]
async fn one_of_several_nodes_tells_it() {
    let people = told(200).await;
    let world = FakeWorld::new(1);
    world.outside.name("rp.example", &["93.184.216.34"]);
    let build = TestApp::build().clock(world).config(|config| config.outbound = engine::fetch::Outbound::default());
    let other = build.over(people.server.base.store.clone()).again().start().await;
    let browser = people.browser();
    let tokens = sign_on(&people, &browser).await;
    sign_off(&people, &browser, &tokens).await;
    let (here, there) = (&people.server.app, &other.app);
    tokio::join!(engine::logout::tell_due(here), engine::logout::tell_due(there), engine::logout::tell_due(here));
    let asked = people.server.world.outside.asked().len() + other.world.outside.asked().len();
    assert_eq!(asked, 1);
}

/// The other application of the session, and one that never asked to be told, hear nothing.
#[tokio::test]
async fn only_who_asked_to_be_told_is() {
    let (people, mut before) = (told(200).await, 0);
    people.change(json!({ "backchannelLogoutUri": null })).await;
    let browser = people.browser();
    let tokens = sign_on(&people, &browser).await;
    people.change(json!({ "backchannelLogoutUri": super::TOLD })).await;
    sign_off(&people, &browser, &tokens).await;
    assert_eq!(sent(&people, &mut before).await, [], "it had no session that it wanted to end");
    let tokens = sign_on(&people, &browser).await;
    people.change(json!({ "backchannelLogoutUri": null })).await;
    sign_off(&people, &browser, &tokens).await;
    assert_eq!(sent(&people, &mut before).await, [], "it does not want to be told any more");
    let whole = people.server.app.store.notices(people.env, protocol::time::Time(i64::MAX), 9).await;
    assert_eq!(whole, Ok(vec![]));
}
