//! Mix-up: a client that deals with two issuers, one of them the attacker's (RFC 9700 §4.4, RFC 9207).

use engine::bootstrap::dev;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, each_store};

use super::{authorize, claims, exchange, parameters, sign_on};

/// A second environment with an application that returns to the same place, and somebody who can sign on.
struct Attacker {
    environment: String,
    client: String,
    secret: String,
}

/// AZ-29: every response says whose it is, and it is what that issuer's metadata says.
#[tokio::test]
async fn a_response_names_its_issuer_in_every_mode() {
    each_store(|app| async move {
        let shared = dev::SHARED_WEB_APPLICATION.to_string();
        let attacker = attacker(&app).await;
        let mut named = Vec::new();
        for (environment, client) in [(dev::ENVIRONMENT.to_string(), &shared), (attacker.environment, &attacker.client)]
        {
            let metadata = app.get(&format!("/{environment}/as/.well-known/openid-configuration")).await.expect(200);
            assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
            let issuer = metadata["issuer"].as_str().unwrap().to_owned();
            assert_eq!(issuer, app.url(&format!("/{environment}/as")));
            let ask = |more: &[(&str, &str)]| {
                authorize(client, &[&[("state", "s1")], more].concat())
                    .replace(&dev::ENVIRONMENT.to_string(), &environment)
            };
            let browser = app.browser();
            let mut responses = vec![sign_on(&browser, &ask(&[]), dev::USERNAME).await];
            for more in [("response_mode", "fragment"), ("prompt", "none"), ("scope", "wrong"), ("registration", "x")] {
                responses.push(parameters(&browser.get(&ask(&[more])).await));
            }
            assert!(
                responses[..3].iter().all(|r| r.contains_key("code"))
                    && responses[3..].iter().all(|r| r.contains_key("error"))
            );
            assert!(responses.iter().all(|response| response["iss"] == issuer), "{responses:?}");
            let form = browser.get(&ask(&[("response_mode", "form_post")])).await;
            assert!(form.text.contains(&format!("name=\"iss\" value=\"{issuer}\"")), "{}", form.text);
            named.push(issuer);
        }
        assert_ne!(named[0], named[1]);
    })
    .await;
}

/// AZ-29: the honest client began at the attacker's issuer, whose metadata named this one's authorization endpoint.
#[tokio::test]
async fn what_one_issuer_gave_is_worth_nothing_at_another() {
    each_store(|app| async move {
        let attacker = attacker(&app).await;
        let shared = dev::SHARED_WEB_APPLICATION.to_string();
        let response = sign_on(&app.browser(), &authorize(&shared, &[("scope", "openid")]), dev::USERNAME).await;
        let believed = app.url(&format!("/{}/as", attacker.environment));
        assert_ne!(response["iss"], believed, "the client sees it (RFC 9207 §2.4)");

        // A client that does not look sends the code to the attacker, who can do nothing with it at either endpoint.
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", response["code"].as_str()),
            ("redirect_uri", dev::REDIRECT_URI),
            ("client_id", &attacker.client),
            ("client_secret", &attacker.secret),
        ];
        let there = app.form(&format!("/{}/as/token", attacker.environment), &fields).await;
        assert_eq!((there.status, there.member("error")), (400, "invalid_grant"));
        let here = app.form(&app.at("token"), &fields).await;
        assert_eq!((here.status, here.member("error")), (401, "invalid_client"));
        // It had no effect: the honest client's exchange still works, and the ID token names the same issuer.
        let tokens = exchange(&app, &response["code"], &[("redirect_uri", dev::REDIRECT_URI)]).await;
        assert_eq!(claims(tokens.member("id_token"))["iss"], response["iss"]);

        // An issuer knows its own clients and their addresses only.
        let foreign = app.browser().get(&authorize(&attacker.client, &[])).await;
        assert_eq!((foreign.status, foreign.headers.get("location")), (400, None));
    })
    .await;
}

async fn attacker(app: &TestApp) -> Attacker {
    let make =
        async |path: &str, body: Value| -> Value { app.manage(Method::POST, path, Some(&body)).await.expect(201) };
    let body = json!({
        "name": "Attacker", "type": "SANDBOX", "region": "NA", "license": { "id": dev::LICENSE.to_string() },
    });
    let environment = id(&make("/environments", body).await);
    let base = format!("/environments/{environment}");
    let population = id(&make(&format!("{base}/populations"), json!({ "name": "People" })).await);
    let body = json!({
        "username": dev::USERNAME, "email": "jane@attacker.example", "population": { "id": population },
    });
    let user = id(&make(&format!("{base}/users"), body).await);
    set_password(app, &format!("{base}/users/{user}/password")).await.expect(200);
    let body = json!({
        "enabled": true, "name": "Attacker", "type": "WEB_APP", "protocol": "OPENID_CONNECT",
        "grantTypes": ["AUTHORIZATION_CODE"], "responseTypes": ["CODE"], "redirectUris": [dev::REDIRECT_URI],
        "tokenEndpointAuthMethod": "CLIENT_SECRET_POST",
    });
    let client = id(&make(&format!("{base}/applications"), body).await);
    let secret = app.manage(Method::GET, &format!("{base}/applications/{client}/secret"), None).await.expect(200);
    let secret = secret["secret"].as_str().unwrap().to_owned();
    Attacker { environment, client, secret }
}

async fn set_password(app: &TestApp, path: &str) -> Answer {
    let request = app.request(Method::PUT, &format!("/v1{path}")).bearer_auth(app.worker_token().await);
    let request = request.header("content-type", "application/vnd.pingidentity.password.set+json");
    app.send(request.body(json!({ "value": dev::PASSWORD, "forceChange": false }).to_string())).await
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}
