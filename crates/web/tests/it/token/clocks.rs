//! Several processes with clocks of their own: what one wrote counts at another whose clock is behind or ahead.

use serde_json::{Value, json};

use testkit::people::PASSWORD;
use testkit::{People, TestApp, parameters};

/// D3, H6: every resource of ours takes a token of a process whose clock is ahead, in every profile.
#[tokio::test]
async fn a_token_counts_where_the_clock_is_behind() {
    for behind in [1, 2, 5, 59, 70, 600] {
        let server = TestApp::inside().await;
        let of_person = server.exchange(&server.code(|_| {}).await).await.text_of("access_token");
        let of_worker = server.worker_token().await;
        // Spring's profile says `nbf` as well.
        let client = "client_id=service-client-jwt&client_secret=service-client-jwt-secret";
        let asked = format!("grant_type=client_credentials&{client}");
        let of_service = server.encoded("/ms-auth-server/oauth2/token", &asked).await.text_of("access_token");
        server.wait(-behind);
        server.get_with(&server.at("userinfo"), &of_person).await.expect(200);
        assert_eq!(server.introspect(&of_person).await["active"], true, "{behind}");
        server.get_with("/v1/environments", &of_worker).await.expect(200);
        let told = server.encoded("/ms-auth-server/oauth2/introspect", &format!("token={of_service}&{client}")).await;
        assert_eq!(told.expect(200)["active"], true, "{behind}");
    }
}

/// D3: a life still ends by the clock of whoever looks.
#[tokio::test]
async fn a_token_ends_where_the_clock_is_ahead() {
    let server = TestApp::inside().await;
    let token = server.exchange(&server.code(|_| {}).await).await.text_of("access_token");
    server.wait(3599);
    assert_eq!(server.introspect(&token).await["active"], true);
    server.wait(1);
    assert_eq!(server.introspect(&token).await, json!({ "active": false }));
}

/// D3: the password was changed by a process whose clock is ahead of the one that gives the code, and of the one that takes it.
#[tokio::test]
async fn a_code_counts_after_a_password_change_of_another_clock() {
    for behind in [1, 5, 50] {
        let people = People::start().await;
        let browser = people.browser();
        let flow = people.begin(&browser, "").await;
        let asked = people.sign_on(&browser, &flow, "bob").await.expect(200);
        assert_eq!(asked["status"], "MUST_CHANGE_PASSWORD");
        let change = json!({ "currentPassword": PASSWORD, "newPassword": "Another-horse-2" });
        let done: Value = browser.act(&flow, "password.reset", &change).await.expect(200);
        people.wait(-behind);
        let resumed = browser.read(done["resumeUrl"].as_str().unwrap()).await.expect(200);
        let code = resumed["authorizeResponse"]["code"].as_str().unwrap();
        people.exchange(code).await.expect(200);
    }
}

/// D3: sessions, codes and refresh tokens of a process whose clock is ahead.
#[tokio::test]
async fn a_session_and_what_it_gives_count_where_the_clock_is_behind() {
    for behind in [2, 30, 50] {
        let people = People::start().await;
        let browser = people.browser();
        let flow = people.begin(&browser, "").await;
        let done = people.sign_on(&browser, &flow, "ann").await.expect(200);
        browser.read(done["resumeUrl"].as_str().unwrap()).await.expect(200);
        people.wait(-behind);
        // Also for who asks how long ago the sign-on was: not longer than any `max_age`.
        let silent = people.authorize("scope=openid&prompt=none&max_age=1");
        let given = parameters(&browser.get(&silent).await.leads(302));
        people.wait(-behind);
        people.exchange(&given["code"]).await.expect(200);
    }
}
