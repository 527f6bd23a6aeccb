//! Whoever only looks, and whoever says a thing twice.

use engine::bootstrap::dev;
use http::Method;
use serde_json::json;
use testkit::{TestApp, each_store};

use super::{authorize, begin, sign_on};

/// F17: link checkers and mail scanners look at links by `HEAD`, with whatever cookies they were given.
#[tokio::test]
async fn looking_at_a_link_does_nothing() {
    each_store(|app| async move {
        let asked = authorize(&dev::SHARED_WEB_APPLICATION.to_string(), &[("scope", "openid")]);
        let browser = app.browser();
        sign_on(&browser, &asked, dev::USERNAME).await;
        let done = browser.read(&format!("{asked}&response_mode=pi.flow")).await.expect(200);
        let resume = done["resumeUrl"].as_str().unwrap().to_owned();
        let events = activities(&app).await;
        let spring = format!("/ms-auth-server/oauth2/authorize{}", &asked[asked.find('?').unwrap()..]);
        for path in
            [&asked, &resume, &app.at("signoff"), &spring, "/ms-auth-server/connect/logout", "/try", "/try/callback"]
        {
            let answer = browser.call("HEAD", path, &[("accept", "text/html")], String::new()).await;
            assert_eq!(answer.status, 405, "{path}");
            assert!(answer.header("allow").contains("GET"), "{path}");
            assert!(answer.header("location").is_empty() && answer.header("set-cookie").is_empty(), "{path}");
        }
        for path in [&app.at("jwks"), &app.at(".well-known/openid-configuration"), "/"] {
            browser.call("HEAD", path, &[], String::new()).await.expect(200);
        }
        let made = |kind: &str, of: &[String]| of.iter().filter(|action| *action == kind).count();
        let after = activities(&app).await;
        assert_eq!(made("AUTHORIZATION_CODE.CREATED", &events), 1);
        for kind in ["AUTHORIZATION_CODE.CREATED", "SESSION.DELETED", "AUTHORIZATION.REQUESTED"] {
            assert_eq!(made(kind, &events), made(kind, &after), "{kind}");
        }
        // Nothing was used up by it.
        browser.read(&resume).await.expect(200);
        assert!(browser.get(&format!("{asked}&prompt=none")).await.header("location").contains("code="));
    })
    .await;
}

async fn activities(app: &TestApp) -> Vec<String> {
    app.app.audit.flush().await;
    let path = format!("/environments/{}/activities?limit=1000", dev::ENVIRONMENT);
    let list = app.manage(Method::GET, &path, None).await.expect(200);
    let rows = list["_embedded"]["activities"].as_array().unwrap();
    let done = rows.iter().filter(|row| row["result"]["status"] == "SUCCESS");
    done.map(|row| row["action"]["type"].as_str().unwrap().to_owned()).collect()
}

/// F18: who stands in front and reads the first of two names, and whoever reads the last, would each see another person.
#[tokio::test]
async fn a_name_that_comes_twice_is_no_request() {
    let app = TestApp::start().await;
    let flow = begin(&app).await;
    let (name, password) = (dev::USERNAME, dev::PASSWORD);
    for body in [
        format!(r#"{{"username":"nobody","username":"{name}","password":"x","password":"{password}"}}"#),
        format!(r#"{{"username":"{name}","password":"{password}","us\u0065rname":"nobody"}}"#),
        format!(r#"{{"username":"{name}","password":"{password}","more":{{"a":1,"a":2}}}}"#),
        format!(r#"{{"username":"{name}","password":"{password}"}}{{}}"#),
    ] {
        let media = [("content-type", "application/vnd.pingidentity.usernamePassword.check+json")];
        let answer = app.browser().call("POST", &flow, &media, body.clone()).await;
        assert_eq!(answer.status, 400, "{body} {}", answer.text);
        let shown = app.get(&flow).await.expect(200);
        assert_eq!(shown["status"], "USERNAME_PASSWORD_REQUIRED", "{body}");
        let users = format!("/environments/{}/users", dev::ENVIRONMENT);
        let twice = app.request(Method::POST, &format!("/v1{users}")).bearer_auth(app.worker_token().await);
        let twice = app.send(twice.header("content-type", "application/json").body(&body)).await;
        assert_eq!(twice.status, 400, "{body} {}", twice.text);
    }
    let right = json!({ "username": name, "password": password });
    assert_eq!(app.browser().act(&flow, "usernamePassword.check", &right).await.expect(200)["status"], "COMPLETED");
}
