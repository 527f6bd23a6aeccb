//! What a client that nobody vouches for can make this server's pages say, and where its links lead.

use super::*;

/// RR-08, TR36: what is granted is what is shown, to the character.
#[tokio::test]
async fn what_hides_in_details_is_shown() {
    let server = TestApp::build().strict().start().await;
    details::furnish(&server).await;
    details::open(&server).await;
    // A type whose objects may say more.
    let bank = uuid::Uuid::from_u128(0xb1).to_string();
    let kind = json!({ "type": "transfer", "resource": { "id": bank }, "schema": { "properties": { "to": { "type": "string" } } } });
    let path = format!("/environments/{SANDBOX}/authorizationDetailsTypes");
    server.manage(Method::POST, &path, Some(&kind)).await.expect(201);
    let client = foreign(&server, json!({ "authorization_details_types": ["transfer"] })).await;
    let to = "Ann\u{202e}\u{200b}\u{2066}\u{ad}\u{e0041}\u{fe0f}";
    let asked = json!([{ "type": "transfer", "to": to }]).to_string();
    let browser = server.browser();
    let page = opened(&browser, &asks(&client, "openid", &[("authorization_details", &asked)])).await;
    let shown = "Ann\\u202e\\u200b\\u2066\\u00ad\\udb40\\udc41\\ufe0f";
    assert!(page.text.contains(shown), "{}", page.text);
    let answer = told(&press(&browser, &page, "allow").await);
    let tokens = exchange(&server, &client, &answer["code"]).await.expect(200);
    assert_eq!(tokens["authorization_details"][0]["to"], to);
}

/// RFC 8252 §8.6: what stands behind a scheme of a program's own is nobody's host.
#[tokio::test]
async fn a_scheme_of_a_program_borrows_no_name() {
    let server = TestApp::build().strict().start().await;
    let back = "com.example.evil://accounts.google.com/callback";
    let client = foreign(&server, json!({ "redirect_uris": [back], "application_type": "native" })).await;
    let page = opened(&server.browser(), &asks(&client, "openid", &[("redirect_uri", back)])).await;
    assert!(page.text.contains("id=\"warning\"") && page.text.contains("com.example.evil"), "{}", page.text);
    assert!(!page.text.contains("accounts.google.com"), "{}", page.text);
}

/// RFC 6749 §4.1.2.1: who registered here is told by a redirect, as relying parties that register themselves wait for.
#[tokio::test]
async fn a_refusal_leads_back_to_who_registered() {
    let server = TestApp::build().strict().start().await;
    let client = foreign(&server, json!({})).await;
    let wrong = asks(&client, "nothing-of-the-kind", &[("state", "a&b")]);
    let answer = told(&server.browser().get(&wrong).await);
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("invalid_scope", "a&b"));
}

/// LO-01, RFC 9700 §4.11.2: nor does a sign-off, without a hint or the person's own word.
#[tokio::test]
async fn a_sign_off_leads_to_no_stranger_by_itself() {
    let server = TestApp::build().strict().start().await;
    let bye = "https://stranger.example/bye";
    let client = foreign(&server, json!({ "post_logout_redirect_uris": [bye] })).await;
    let off = format!("/{SANDBOX}/as/signoff?client_id={client}&post_logout_redirect_uri={bye}");
    let page = server.browser().get(&off).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.text.contains("id=\"logged-out\"") && page.header("location").is_empty(), "{}", page.text);
    // Whoever is signed on is asked, and goes there with their own word.
    let browser = server.browser();
    let consent = opened(&browser, &asks(&client, "openid", &[])).await;
    let answer = told(&press(&browser, &consent, "allow").await);
    let tokens = exchange(&server, &client, &answer["code"]).await.expect(200);
    let question = browser.get(&off).await;
    assert!(question.text.contains("id=\"log-out\""), "{}", question.text);
    let csrf = question.hidden("csrf");
    let fields =
        [("client_id", client.as_str()), ("post_logout_redirect_uri", bye), ("csrf", &csrf), ("intent", "log-out")];
    assert!(browser.submit(&format!("/{SANDBOX}/as/signoff"), &fields).await.leads(303).starts_with(bye));
    let hint = tokens["id_token"].as_str().unwrap();
    assert!(browser.get(&format!("{off}&id_token_hint={hint}")).await.leads(302).starts_with(bye));
}
