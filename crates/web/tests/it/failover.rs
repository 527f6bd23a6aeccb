//! What a client sees while PostgreSQL falls silent: answers in seconds, and nobody signed out. Where there is a server for it.

#[path = "../../../store/tests/failover/proxy.rs"]
#[allow(dead_code, clippy::allow_attributes, reason = "the tests of the store use all of it")]
mod proxy;

use std::time::{Duration, Instant};

use engine::bootstrap::dev;
use engine::housekeeping::Following;
use jose::{Alg, SigningKey};
use protocol::scope::Scope;
use proxy::Proxy;
use serde_json::json;
use testkit::{TestApp, VERIFIER, server_address, shared};

use crate::token::assertions::{form, good, set};

/// It was half a minute for each connection that was dead. What is promised is five seconds, on a machine that has nothing else to do.
const IN_TIME: Duration = Duration::from_secs(20);

async fn behind_a_proxy() -> Option<(Proxy, TestApp)> {
    let proxy = Proxy::before(&server_address()?).await;
    let server = TestApp::build().through(proxy.port).start().await;
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] })).await;
    Some((proxy, server))
}

/// A code that gives a refresh token.
async fn code(server: &TestApp) -> String {
    let scope = Scope::parse("openid offline_access").unwrap();
    server.code(|code| code.authorization.scope = scope).await
}

/// H8: the answer to the commit of a refresh is lost. The client gets its tokens all the same, and the new one works: repeated as
/// refused, the old one would have signed its user out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_survives_a_lost_answer() {
    let Some((proxy, server)) = behind_a_proxy().await else { return };
    let first = server.exchange(&code(&server).await).await.text_of("refresh_token");
    server.app.audit.flush().await;
    proxy.silence_after("COMMIT\0");
    let begun = Instant::now();
    let second = server.refresh(&first).await.text_of("refresh_token");
    assert!(proxy.sprang() && begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    server.refresh(&second).await.expect(200);
}

/// H8: the database is away after a COMMIT, so that nobody knows whether it happened, and the client is told to come again. It is given what
/// was granted, once: whoever brings the same proof afterwards is one too many, and so is whoever asks for something else with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_told_is_given_to_who_comes_again() {
    let Some((proxy, server)) = behind_a_proxy().await else { return };
    let first = server.exchange(&code(&server).await).await.text_of("refresh_token");
    let unused = code(&server).await;
    let other = server.exchange(&code(&server).await).await.text_of("refresh_token");
    for (grant, proof) in [("refresh_token", &first), ("code", &unused)] {
        let ask = async || if grant == "code" { server.exchange(proof).await } else { server.refresh(proof).await };
        server.app.audit.flush().await;
        proxy.freeze_after("COMMIT\0");
        let told = ask().await;
        assert!(proxy.sprang() && told.status == 503, "{grant}: {told:?}");
        proxy.thaw();
        let again = ask().await.expect(200);
        let (access, next) = (again["access_token"].as_str().unwrap(), again["refresh_token"].as_str().unwrap());
        assert_eq!(server.introspect(access).await["active"], true, "{grant}");
        server.refresh(next).await.expect(200);
        ask().await.is_refused(400, "invalid_grant");
        assert_eq!(server.introspect(access).await["active"], false, "{grant}: its line is revoked");
    }
    proxy.freeze_after("COMMIT\0");
    assert_eq!(server.refresh(&other).await.status, 503);
    proxy.thaw();
    let narrower = format!("grant_type=refresh_token&refresh_token={other}&scope=openid&{}", shared());
    server.encoded(&server.at("token"), &narrower).await.is_refused(400, "invalid_grant");
}

/// H8: an assertion that was used before proves nobody, and takes nothing away of what could not be told: with another one the client is
/// given it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assertion_that_was_used_takes_nothing_away() {
    let Some((proxy, server)) = behind_a_proxy().await else { return };
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let members = json!({ "tokenEndpointAuthMethod": "PRIVATE_KEY_JWT", "jwks": set(&[&key]) });
    server.change(dev::SHARED_WEB_APPLICATION, members).await;
    let code = code(&server).await;
    let ask = async |jti: &str| {
        let proof = form(&key, &good(&server, jti));
        let grant = format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}");
        let asked = format!("{grant}&redirect_uri={}&{proof}", dev::REDIRECT_URI);
        server.encoded(&server.at("token"), &asked).await
    };
    server.app.audit.flush().await;
    proxy.freeze_after("COMMIT\0");
    let told = ask("first").await;
    assert!(proxy.sprang() && told.status == 503, "{told:?}");
    proxy.thaw();
    ask("first").await.is_refused(401, "invalid_client");
    let again = ask("second").await.expect(200);
    let asked = format!("token={}&{}", again["access_token"].as_str().unwrap(), form(&key, &good(&server, "third")));
    let known = server.encoded(&server.at("introspect"), &asked).await.expect(200);
    assert_eq!(known["active"], true);
}

/// H1, H3: every connection falls silent. A code, a revocation and a read are answered after one silence, and are what they say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_pool_is_left_within_a_request() {
    let Some((proxy, server)) = behind_a_proxy().await else { return };
    let tokens = server.exchange(&code(&server).await).await.expect(200);
    let code = code(&server).await;
    let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
    server.app.audit.flush().await;
    proxy.silence_all();
    let begun = Instant::now();
    let revoked = format!("token={}&{}", token("refresh_token"), shared());
    assert_eq!(server.encoded(&server.at("revoke"), &revoked).await.status, 200);
    server.exchange(&code).await.expect(200);
    assert_eq!(server.introspect(&token("access_token")).await["active"], false, "it was revoked");
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
}

/// H5: tokens of applications are given while the database is away, and what was given is among the events once it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_meanwhile_is_recorded_afterwards() {
    let Some((proxy, server)) = behind_a_proxy().await else { return };
    let token = server.worker_token().await;
    let list = format!("/v1/environments/{}/activities?limit=100", dev::ADMIN_ENVIRONMENT);
    let recorded = async || {
        server.app.audit.flush().await;
        let recorded = server.get_with(&list, &token).await.expect(200);
        let recorded = recorded["_embedded"]["activities"].as_array().unwrap().clone();
        recorded.iter().filter(|event| event["action"]["type"] == "ACCESS_TOKEN.CREATED").count()
    };
    let before = recorded().await;
    proxy.freeze();
    for _ in 0..20 {
        server.worker_token().await;
    }
    proxy.thaw();
    assert_eq!((recorded().await, server.app.audit.dropped()), (before + 20, 0));
}

/// H4: the database comes back as it was before: a standby that was promoted without the last changes, a backup. What others change
/// then is followed at once, not only when the history is as long again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_changed_after_a_history_that_went_back_counts() {
    let Some((_, server)) = behind_a_proxy().await else { return };
    let mut following = Following::default();
    let about = |sql: &str| sql.replace("{here}", &format!("'\\x{}'", dev::ENVIRONMENT.simple()));
    let before = code(&server).await;
    for number in 0..12 {
        server.change(dev::SHARED_WEB_APPLICATION, json!({ "description": number.to_string() })).await;
    }
    following.learn(&server.app).await.unwrap();
    server.exchange(&before).await.expect(200);
    let client = format!("grant_type=authorization_code&code=none&redirect_uri={}&{}", dev::REDIRECT_URI, shared());
    server.encoded(&server.at("token"), &client).await.is_refused(400, "invalid_grant");
    for sql in [
        "UPDATE change_slots SET value = 2, told = 2",
        "UPDATE changed_environments SET revision = 2 WHERE environment_id = {here}",
        "UPDATE applications SET enabled = FALSE, body = replace(body, '\"enabled\":true', '\"enabled\":false') WHERE environment_id = {here}",
        "UPDATE change_slots SET value = 3, told = 3",
        "UPDATE changed_environments SET revision = 3 WHERE environment_id = {here}",
    ] {
        assert!(server.as_another_version(&about(sql)).await);
    }
    following.learn(&server.app).await.unwrap();
    server.encoded(&server.at("token"), &client).await.is_refused(401, "invalid_client");
}

/// H1: nobody answers, new connections neither: that is told in time, with when to come again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_database_is_told_in_time() {
    let Some((proxy, server)) = behind_a_proxy().await else { return };
    let code = code(&server).await;
    proxy.freeze();
    let begun = Instant::now();
    let told = server.exchange(&code).await;
    assert_eq!((told.status, told.header("retry-after")), (503, "1"), "{told:?}");
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
}
