//! Authorization requests that somebody else had a hand in, and addresses that no request should have (attacks A1, A6, A7).

use engine::bootstrap::dev;
use testkit::{TestApp, each_store};

use super::{CHALLENGE, OTHER_CHALLENGE, OTHER_VERIFIER, VERIFIER, authorize, claims, exchange, parameters, sign_on};

/// CA-31: RFC 9110 §4.2.4, wherever a client authenticates, even beside the right credentials in their right place.
#[tokio::test]
async fn credentials_in_the_target_are_refused() {
    let app = TestApp::start().await;
    let (id, secret) = (dev::SHARED_WEB_APPLICATION, dev::SHARED_WEB_SECRET);
    let host = app.addr();
    for endpoint in ["token", "introspect", "revoke", "par"] {
        for body in [format!("client_id={id}&client_secret={secret}&token=x"), "token=x".to_owned()] {
            for information in
                [format!("{id}:{secret}@"), format!("{id}@"), ":@".into(), "@".into(), format!("{id}%3A{secret}@")]
            {
                let request = format!(
                    "POST https://{information}{host}{} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
                     Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
                    app.at(endpoint),
                    body.len()
                );
                let answer = app.raw(request.as_bytes()).await;
                assert!(answer.starts_with("HTTP/1.1 400 "), "{information} {answer}");
                assert!(!answer.contains(secret) && !answer.contains(&id.to_string()), "{answer}");
            }
        }
    }
    // The same target without user information is the same request, and is understood.
    let body = format!("client_id={id}&client_secret={secret}&token=x");
    let request = format!(
        "POST http://{host}{} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        app.at("introspect"),
        body.len()
    );
    let answer = app.raw(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(r#"{"active":false}"#), "{answer}");
}

/// AZ-28: RFC 9110 §15.5.15, whether the path or the query is long, and the server goes on.
#[tokio::test]
async fn a_request_with_an_endless_address_is_refused_as_that() {
    let app = TestApp::start().await;
    let shared = dev::SHARED_WEB_APPLICATION.to_string();
    let good = authorize(&shared, &[("scope", "openid")]);
    for length in [17 * 1024, 32 * 1024, 33 * 1024, 64 * 1024, 200 * 1024] {
        let filler = "a".repeat(length);
        for target in [format!("{good}&state={filler}"), format!("{}/{filler}", app.at("authorize"))] {
            let request = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", app.addr());
            let answer = app.raw(request.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 414 "), "{length}: {}", &answer[..answer.len().min(300)]);
            assert!(!answer.contains("aaaaaaaa") && !answer.to_lowercase().contains("location:"), "{answer}");
        }
    }
    assert_eq!(app.browser().get(&good).await.status, 302);
}

/// PK-17: RFC 9700 §4.5, the attacker's challenge in a request of their own, and added to every address of the victim's flow.
#[tokio::test]
async fn a_challenge_stays_in_the_flow_that_it_came_with() {
    each_store(|app| async move {
        let shared = dev::SHARED_WEB_APPLICATION.to_string();
        let ask = |challenge, state| {
            authorize(&shared, &[("scope", "openid"), ("code_challenge", challenge), ("code_challenge_method", "S256"), ("state", state)])
        };
        let browser = app.browser();
        let opened = browser.get(&ask(CHALLENGE, "of-the-victim")).await;
        let page = browser.follow(opened.clone()).await;
        // The attacker's request in the same browser, between the victim's page and its form.
        let planted = browser.get(&ask(OTHER_CHALLENGE, "of-the-attacker")).await;
        let (own, foreign) = (flow_of(&opened), flow_of(&planted));
        assert_ne!(own, foreign);
        let merge = format!("&code_challenge={OTHER_CHALLENGE}&code_challenge_method=S256");
        browser.get(&format!("/{}/signon?flowId={own}{merge}", dev::ENVIRONMENT)).await;
        let done = browser.sign_on(&page, dev::USERNAME, dev::PASSWORD).await;
        let resume = done.header("location");
        assert!(resume.contains(&own), "{resume}");
        let response = parameters(&browser.get(&format!("{resume}{merge}")).await);
        assert_eq!(response["state"], "of-the-victim");

        // What the attacker planted answers by itself now that somebody is signed on: a code of its own.
        let silent = parameters(&browser.get(&ask(OTHER_CHALLENGE, "of-the-attacker")).await);
        assert_eq!(silent["state"], "of-the-attacker");
        let redeem = |code: String, verifier| {
            let app = &app;
            async move { exchange(app, &code, &[("redirect_uri", dev::REDIRECT_URI), ("code_verifier", verifier)]).await }
        };
        assert_eq!(redeem(silent["code"].clone(), VERIFIER).await.status, 400, "the victim's verifier, the attacker's code");
        let tokens = redeem(response["code"].clone(), VERIFIER).await;
        assert_eq!(claims(tokens.member("id_token"))["sub"], dev::USER.to_string());

        // And the other way round: the attacker's verifier opens no code of the victim.
        let browser = app.browser();
        let victim = sign_on(&browser, &ask(CHALLENGE, "of-the-victim"), dev::USERNAME).await;
        assert_eq!(redeem(victim["code"].clone(), OTHER_VERIFIER).await.status, 400);
    })
    .await;
}

/// RU-29: RFC 9700 §4.11.2. The error goes to the registered address at once: it is the application's own, and carries nothing
/// that the link brought but `state`. Nothing begins, and whoever is signed on stays it.
#[tokio::test]
async fn a_fresh_link_with_a_wrong_scope_only_tells_the_application() {
    each_store(|app| async move {
        let shared = dev::SHARED_WEB_APPLICATION.to_string();
        let issuer = app.url(&format!("/{}/as", dev::ENVIRONMENT));
        let signed_on = app.browser();
        sign_on(&signed_on, &authorize(&shared, &[]), dev::USERNAME).await;
        let session = signed_on.cookie("ST").unwrap();
        for browser in [app.browser(), signed_on] {
            for prompt in [&[][..], &[("prompt", "none")], &[("prompt", "login")], &[("response_mode", "fragment")]] {
                let link = authorize(
                    &shared,
                    &[&[("scope", "openid https://evil.example/"), ("state", "s1")], prompt].concat(),
                );
                let answer = browser.get(&link).await;
                assert_eq!(answer.status, 302, "{}", answer.text);
                assert!(answer.header("location").starts_with(dev::REDIRECT_URI), "{}", answer.header("location"));
                assert!(!answer.header("location").contains("evil"), "{}", answer.header("location"));
                assert!(answer.headers.get("set-cookie").is_none(), "nothing begins");
                let told = parameters(&answer);
                let names: Vec<&str> = told.keys().map(String::as_str).collect();
                assert_eq!(names, ["error", "error_description", "iss", "state"]);
                assert_eq!(
                    (told["error"].as_str(), &told["iss"], told["state"].as_str()),
                    ("invalid_scope", &issuer, "s1")
                );
            }
            assert!(browser.cookie("ST").is_none_or(|kept| kept == session));
        }
        // Without a registered address there is nobody to tell.
        let link = authorize(&shared, &[("scope", "wrong")]).replace("callback", "elsewhere");
        let page = app.browser().get(&link).await;
        assert_eq!((page.status, page.headers.get("location")), (400, None));
    })
    .await;
}

/// The flow that a redirect to the sign-on page leads to.
fn flow_of(answer: &testkit::Answer) -> String {
    parameters(answer)["flowId"].clone()
}
