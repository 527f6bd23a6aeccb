//! Whose account it is: what a new password ends, and what strangers cannot end by guessing.

use engine::bootstrap::dev;
use http::Method;
use serde_json::{Value, json};
use testkit::{Browser, TestApp, each_store};

use super::{authorize, exchange, sign_on};

const NEW: &str = "A-new-Horse-7-Battery";
/// Nobody takes a password again that they had.
const OTHER: &str = "Another-Staple-8-Correct";

/// F4: whoever holds a session, or what one gave, loses it to the new password; whoever chose that keeps the session that it made.
#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    each_store(|app| async move {
        for by_page in [false, true] {
            set_password(&app, json!({ "value": dev::PASSWORD })).await;
            let thieves = [app.browser(), app.browser()];
            let mut given = Vec::new();
            for thief in &thieves {
                sign_on(thief, &ask("prompt", "login"), dev::USERNAME).await;
                given.push(silent(thief).await.expect("a session gives codes"));
            }
            let begun = thieves[0].read(&ask("response_mode", "pi.flow")).await.expect(200);
            assert_eq!(begun["status"], "COMPLETED");
            force_change(&app).await;
            let owner = app.browser();
            if by_page {
                change_on_the_page(&owner).await;
            } else {
                change_by_the_api(&owner).await;
            }
            for thief in &thieves {
                assert_eq!(silent(thief).await, Err("login_required".to_owned()), "by the page: {by_page}");
            }
            assert_eq!(thieves[0].read(begun["resumeUrl"].as_str().unwrap()).await.status, 401);
            for code in given {
                assert_eq!(exchange(&app, &code, &[("redirect_uri", dev::REDIRECT_URI)]).await.status, 400);
            }
            silent(&owner).await.expect("the owner's own session goes on");
        }
    })
    .await;
}

/// F5: five wrong passwords stop passwords. What the owner has under way goes on: the session, its codes, refresh and access tokens.
#[tokio::test]
async fn strangers_who_guess_take_nothing_from_the_owner() {
    each_store(|app| async move {
        let refreshes = json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] });
        app.change(dev::SHARED_WEB_APPLICATION, refreshes).await;
        let owner = app.browser();
        let given = sign_on(&owner, &ask("scope", "openid offline_access"), dev::USERNAME).await;
        let redirect = [("redirect_uri", dev::REDIRECT_URI)];
        let tokens = exchange(&app, &given["code"], &redirect).await.expect(200);
        let [access, refresh] = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
        let begun = owner.read(&ask("response_mode", "pi.flow")).await.expect(200);
        let code = silent(&owner).await.unwrap();

        guess(&app).await;
        let account = app.manage(Method::GET, &path("/users/{user}"), None).await.expect(200)["account"].clone();
        assert_eq!(account["status"], "LOCKED");
        // The right password is none now, …
        let flow = super::begin(&app).await;
        let body = json!({ "username": dev::USERNAME, "password": dev::PASSWORD });
        app.browser().act(&flow, "usernamePassword.check", &body).await.expect(400);
        // … and all else is as before.
        assert_eq!(exchange(&app, &code, &redirect).await.status, 200, "a code of before");
        assert!(silent(&owner).await.is_ok(), "a session of before");
        let resumed = owner.read(begun["resumeUrl"].as_str().unwrap()).await.expect(200);
        let code = resumed["authorizeResponse"]["code"].as_str().unwrap().to_owned();
        assert_eq!(exchange(&app, &code, &redirect).await.status, 200, "a flow of before");
        assert_eq!(app.introspect(&access).await["active"], true);
        assert_eq!(app.get_with(&app.at("userinfo"), &access).await.status, 200);
        let refresh = app.refresh(&refresh).await.expect(200)["refresh_token"].as_str().map_or(refresh, str::to_owned);
        assert_eq!(app.introspect(&refresh).await["active"], true);

        // A lock is no way around a password that must be changed, …
        force_change(&app).await;
        assert_eq!(silent(&owner).await, Err("login_required".to_owned()));
        // … and the administrator's own lock stops everything, also where guesses came first.
        act(&app, Method::POST, "", "account.lock", &Value::Null).await;
        assert_eq!(app.introspect(&access).await["active"], false);
        assert_eq!(app.refresh(&refresh).await.status, 400);
    })
    .await;
}

async fn guess(app: &TestApp) {
    let stranger = app.browser();
    let flow = super::begin(app).await;
    for guess in 0..5 {
        let body = json!({ "username": dev::USERNAME, "password": format!("wrong-{guess}") });
        stranger.act(&flow, "usernamePassword.check", &body).await.expect(400);
    }
}

/// The code that the browser's session gives without a question, or the error.
async fn silent(browser: &Browser) -> Result<String, String> {
    let told = testkit::parameters(&browser.get(&ask("prompt", "none")).await.leads(302));
    told.get("code").cloned().ok_or_else(|| told["error"].clone())
}

async fn change_on_the_page(owner: &Browser) {
    let page = owner.follow(owner.get(&ask("prompt", "login")).await).await;
    let page = owner.follow(owner.sign_on(&page, dev::USERNAME, dev::PASSWORD).await).await;
    let field = |name: &str| {
        let at = page.text.find(&format!("name=\"{name}\"")).unwrap();
        let rest = &page.text[at..];
        let value = rest.split("value=\"").nth(1).unwrap();
        value.split('"').next().unwrap().to_owned()
    };
    let action = page.text.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (flow, csrf) = (field("flowId"), field("csrf"));
    let fields = [
        ("flowId", flow.as_str()),
        ("csrf", &csrf),
        ("intent", "change-password"),
        ("currentPassword", dev::PASSWORD),
        ("newPassword", OTHER),
        ("repeatPassword", OTHER),
    ];
    let done = owner.follow(owner.submit(&action, &fields).await).await;
    assert!(done.header("location").contains("code="), "{}", done.text);
}

async fn change_by_the_api(owner: &Browser) {
    let begun = owner.read(&ask("response_mode", "pi.flow")).await.expect(200);
    let flow = begun["_links"]["self"]["href"].as_str().unwrap();
    let body = json!({ "username": dev::USERNAME, "password": dev::PASSWORD });
    owner.act(flow, "usernamePassword.check", &body).await.expect(200);
    let body = json!({ "currentPassword": dev::PASSWORD, "newPassword": NEW });
    let done = owner.act(flow, "password.reset", &body).await.expect(200);
    assert_eq!(done["status"], "COMPLETED");
}

fn ask(name: &str, value: &str) -> String {
    let scope = if name == "scope" { vec![] } else { vec![("scope", "openid offline_access")] };
    authorize(&dev::SHARED_WEB_APPLICATION.to_string(), &[scope, vec![(name, value)]].concat())
}

fn path(below: &str) -> String {
    format!("/environments/{}{}", dev::ENVIRONMENT, below.replace("{user}", &dev::USER.to_string()))
}

/// Also one that was theirs before.
async fn set_password(app: &TestApp, mut body: Value) {
    body["bypassPolicy"] = true.into();
    act(app, Method::PUT, "/password", "password.set", &body).await;
}

async fn force_change(app: &TestApp) {
    act(app, Method::POST, "/password", "password.forceChange", &Value::Null).await;
}

async fn act(app: &TestApp, method: Method, below: &str, action: &str, body: &Value) {
    let request = app.request(method, &format!("/v1{}{below}", path("/users/{user}")));
    let request = request.bearer_auth(app.worker_token().await);
    let media = format!("application/vnd.pingidentity.{action}+json");
    app.send(request.header("content-type", media).body(body.to_string())).await.expect(200);
}
