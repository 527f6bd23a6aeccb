//! An administrator disables somebody while a token request of theirs is under way (attacks A9).

use engine::bootstrap::dev;
use http::Method;
use serde_json::json;
use testkit::{Answer, TestApp, each_store};

use super::{authorize, exchange, sign_on};

/// RT-10: the exchange, or the refresh, is decided while the user is enabled, and committed after they were disabled. Nothing
/// of it lives when the user is enabled again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_grant_that_races_the_disabling_of_its_user_does_not_survive_it() {
    each_store(|app| async move {
        let shared = dev::SHARED_WEB_APPLICATION.to_string();
        let refreshes = json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] });
        app.change(dev::SHARED_WEB_APPLICATION, refreshes).await;
        let redirect = [("redirect_uri", dev::REDIRECT_URI)];
        let browser = app.browser();
        let code = || authorize(&shared, &[("scope", "openid offline_access"), ("prompt", "login")]);

        let given = sign_on(&browser, &code(), dev::USERNAME).await;
        let late = Box::pin(during(&app, exchange(&app, &given["code"], &redirect))).await;
        assert_eq!(late.expect(400)["error"], "invalid_grant");
        assert_eq!(exchange(&app, &given["code"], &redirect).await.status, 400);

        let given = sign_on(&browser, &code(), dev::USERNAME).await;
        let tokens = exchange(&app, &given["code"], &redirect).await;
        let token = tokens.member("refresh_token").to_owned();
        let late = during(&app, app.refresh(&token)).await;
        assert_eq!(late.expect(400)["error"], "invalid_grant");
        assert_eq!(app.refresh(&token).await.status, 400);
    })
    .await;
}

/// RT-10: nothing acts for whoever is locked, and what is asked for them says so: their session is not enough, so that no code
/// is given that could not be exchanged; a flow that was done gives none; no token of theirs is live.
#[tokio::test]
async fn nothing_acts_for_whoever_is_locked() {
    each_store(|app| async move {
        let shared = dev::SHARED_WEB_APPLICATION.to_string();
        let refreshes = json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] });
        app.change(dev::SHARED_WEB_APPLICATION, refreshes).await;
        let browser = app.browser();
        let ask = |name, value| authorize(&shared, &[("scope", "openid offline_access"), (name, value)]);
        let given = sign_on(&browser, &ask("prompt", "login"), dev::USERNAME).await;
        let tokens = exchange(&app, &given["code"], &[("redirect_uri", dev::REDIRECT_URI)]).await.expect(200);
        let [access, refresh] = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
        let done = browser.read(&ask("response_mode", "pi.flow")).await.expect(200);

        lock(&app, true).await;
        let silent = browser.get(&ask("prompt", "none")).await;
        assert_eq!(testkit::parameters(&silent.leads(302))["error"], "login_required");
        let loud = browser.get(&ask("ui_locales", "en")).await.leads(302);
        assert!(loud.contains("/signon?flowId="), "{loud}");
        browser.read(done["resumeUrl"].as_str().unwrap()).await.expect(401);
        for token in [&access, &refresh] {
            assert_eq!(app.introspect(token).await, json!({ "active": false }));
        }
        assert_eq!(app.get_with(&app.at("userinfo"), &access).await.status, 401);
        assert_eq!(app.refresh(&refresh).await.status, 400);

        lock(&app, false).await;
        for token in [&access, &refresh] {
            assert_eq!(app.introspect(token).await["active"], true);
        }
        assert!(browser.get(&ask("prompt", "none")).await.leads(302).contains("code="));
    })
    .await;
}

async fn lock(app: &TestApp, locked: bool) {
    let path = format!("/v1/environments/{}/users/{}", dev::ENVIRONMENT, dev::USER);
    let action = if locked { "lock" } else { "unlock" };
    let request = app
        .request(Method::POST, &path)
        .bearer_auth(app.worker_token().await)
        .header("content-type", format!("application/vnd.pingidentity.account.{action}+json"));
    app.send(request).await.expect(200);
}

/// Sends `request`, disables the user when its tokens are made, lets it go on, and enables the user again.
async fn during(app: &TestApp, request: impl Future<Output = Answer>) -> Answer {
    // A refresh token is drawn between the decision and the commit, and nothing else of its length is.
    let answer = Box::pin(app.between(96, request, enable(app, false))).await;
    enable(app, true).await;
    answer
}

async fn enable(app: &TestApp, enabled: bool) {
    let path = format!("/environments/{}/users/{}/enabled", dev::ENVIRONMENT, dev::USER);
    let answer = app.manage(Method::PUT, &path, Some(&json!({ "enabled": enabled }))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}
