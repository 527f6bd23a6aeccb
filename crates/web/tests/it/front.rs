//! The front page of `grantor dev` and "Try it".

use engine::bootstrap::dev;
use testkit::TestApp;

#[tokio::test]
async fn the_front_page_shows_every_value_and_the_last_refusals() {
    let app = TestApp::start().await;
    let refused = app.form("/ms-auth-server/oauth2/token", &[("grant_type", "password")]).await;
    assert!(refused.status >= 400);
    app.app.audit.flush().await;
    let page = app.browser().get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    for (name, value) in dev::variables(&app.url(""), &app.url("")) {
        assert!(page.text.contains(&format!(">{name}<")), "{name} is not named");
        assert!(page.text.contains(&value), "{name} is not shown");
    }
    assert!(page.text.contains(refused.correlation()), "the last refusal is explained");
}

#[tokio::test]
async fn the_front_page_leads_to_the_documents_of_the_repository() {
    let app = TestApp::start().await;
    let page = app.browser().get("/").await;
    let section = page.text.split("id=\"docs-heading\"").nth(1).unwrap();
    let links: Vec<&str> = section.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.contains(&"/README.md") && links.contains(&"/docs/configuration.md"), "{links:?}");
    for link in links {
        let document = app.get(link).await;
        assert_eq!((document.status, document.header("content-type")), (200, "text/plain; charset=utf-8"), "{link}");
        let kept = std::fs::read_to_string(format!("{}/../..{link}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        assert_eq!(document.text, kept, "{link}");
    }
}

#[tokio::test]
async fn try_it_ends_with_both_tokens_decoded_and_verified() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let begun = browser.get("/try").await;
    let sign_on = browser.follow(begun).await;
    assert_eq!(sign_on.status, 200, "{}", sign_on.text);
    assert!(sign_on.text.contains("name=\"password\""));
    let answer = browser.sign_on(&sign_on, dev::USERNAME, dev::PASSWORD).await;
    let result = browser.follow(answer).await;
    assert_eq!(result.status, 200, "{}", result.text);
    for part in ["auth_time", "given_name", "RS256", "authorization_code", "Jane"] {
        assert!(result.text.contains(part), "{part} is not shown: {}", result.text);
    }
    let valid = web::page::Locale::default().text("try-signature-valid");
    assert_eq!(result.text.matches(&valid).count(), 2, "both signatures hold");
}

#[tokio::test]
async fn try_it_takes_no_code_that_this_browser_did_not_ask_for() {
    let app = TestApp::start().await;
    let victim = app.browser();
    victim.get("/try").await;
    let page = victim.get("/try/callback?state=other&code=x").await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("id=\"error\""));
    app.app.audit.flush().await;
    let told = app.browser().get("/").await;
    assert!(told.text.contains(page.correlation()) && told.text.contains("the state that this browser began with"));
}
