//! What was given before an application or an environment was deleted: its rows may be there for a while, and nothing comes of them.

use engine::bootstrap::dev;
use http::Method;
use protocol::secret::{Artefact, TokenHash};
use protocol::time::Time;
use serde_json::json;
use testkit::{SANDBOX, TestApp, each_store};

use super::{authorize, exchange, sign_on};

/// MG-14, F14: neither an opaque token, nor a refresh token, nor a code, nor a flow of an application that is gone.
#[tokio::test]
async fn nothing_of_a_deleted_application_counts() {
    each_store(|app| async move {
        let path = format!("/environments/{SANDBOX}/applications/{}", dev::SHARED_WEB_APPLICATION);
        ended(&app, &path, 401).await;
    })
    .await;
}

/// MG-14, F14: the same of an environment; and its people's data are gone after the next purge, whenever it would have expired.
#[tokio::test]
async fn nothing_of_a_deleted_environment_counts() {
    each_store(|app| async move {
        ended(&app, &format!("/environments/{SANDBOX}"), 404).await;
    })
    .await;
}

/// What is at `path` is deleted, and then the endpoints answer with `status`.
async fn ended(app: &TestApp, path: &str, status: u16) {
    let shared = dev::SHARED_WEB_APPLICATION.to_string();
    let members = json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"], "accessTokenFormat": "OPAQUE" });
    app.change(dev::SHARED_WEB_APPLICATION, members).await;
    let browser = app.browser();
    let ask = |name, value| authorize(&shared, &[("scope", "openid offline_access"), (name, value)]);
    let redirect = [("redirect_uri", dev::REDIRECT_URI)];
    let given = sign_on(&browser, &ask("prompt", "login"), dev::USERNAME).await;
    let tokens = exchange(app, &given["code"], &redirect).await.expect(200);
    let [access, refresh] = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    let unused = sign_on(&browser, &ask("prompt", "login"), dev::USERNAME).await;
    let done = browser.read(&ask("response_mode", "pi.flow")).await.expect(200);
    assert_eq!(app.get_with(&app.at("userinfo"), &access).await.status, 200);
    let kept = async || {
        let hash = TokenHash::of(Artefact::RefreshToken, &refresh);
        let user = app.app.store.user(SANDBOX, protocol::id::UserId::new(dev::USER)).await.unwrap();
        (app.app.store.refresh_token(SANDBOX, hash).await.unwrap().is_some(), user.is_some())
    };

    app.manage(Method::DELETE, path, None).await.expect(204);
    assert_eq!(kept().await, (true, true), "the deletion does not wait for everything that was given");
    assert_eq!(app.get_with(&app.at("userinfo"), &access).await.status, status);
    assert_eq!(app.refresh(&refresh).await.status, status);
    assert_eq!(exchange(app, &unused["code"], &redirect).await.status, status);
    let (introspect, basic) = (app.at("introspect"), (shared.as_str(), dev::SHARED_WEB_SECRET));
    assert_eq!(app.form_basic(&introspect, basic, &[("token", &access)]).await.status, status);
    let resumed = browser.read(done["resumeUrl"].as_str().unwrap()).await;
    assert!(matches!(resumed.status, 400 | 404), "{resumed:?}");

    app.base.store.purge(app.now(), Time(0)).await.unwrap();
    let of_application = status == 401;
    assert_eq!(kept().await, (of_application, of_application));
}
