//! Where a refusal is told that came before anybody looked at a page.

use super::*;
use crate::attacks::authorize;

/// RU-29, RFC 9700 §4.11.2: a link to this server does not lead to a stranger by itself, as long as its person has nothing to do with them.
#[tokio::test]
async fn a_refusal_leads_to_no_stranger_by_itself() {
    let server = trusting(&["tool.example"]).await;
    publish(&server, &document());
    let browser = server.browser();
    let back = ("redirect_uri", CALLBACK);
    let wrong =
        |more: &[(&str, &str)]| asks(CLIENT, "nothing-of-the-kind", &[more, &[("state", "a&b"), back]].concat());
    let is_page = async |answer: &Answer| {
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.header("location").is_empty() && answer.text.contains("id=\"error\""), "{}", answer.text);
        assert!(answer.text.contains("Continue to tool.example"), "{}", answer.text);
        assert_eq!(reason(&server, answer).await, Reason::ScopeInvalid);
    };
    let page = browser.get(&wrong(&[])).await;
    is_page(&page).await;
    let link = page.text.split("id=\"continue\"").nth(1).unwrap().split("href=\"").nth(1).unwrap();
    let link = link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let carried = testkit::parameters(&link);
    assert_eq!((carried["error"].as_str(), carried["state"].as_str()), ("invalid_scope", "a&b"));
    let form = browser.get(&wrong(&[("response_mode", "form_post")])).await;
    is_page(&form).await;
    assert!(
        form.text.contains(&format!("action=\"{CALLBACK}\"")) && !form.text.contains("data-submit"),
        "{}",
        form.text
    );
    assert!(form.text.contains("name=\"state\" value=\"a&amp;b\""), "{}", form.text);
    // A page that asks in the background, and a program: nobody would see it.
    assert_eq!(
        parameters(&browser.get(&asks(CLIENT, "openid", &[("prompt", "none"), back])).await)["error"],
        "login_required"
    );
    assert_eq!(parameters(&browser.read(&wrong(&[])).await)["error"], "invalid_scope");
    // Signed on, they still have nothing to do with it; once they allowed it something, they do.
    let page = opened(&browser, &asks(CLIENT, "openid", &[back])).await;
    is_page(&browser.get(&wrong(&[])).await).await;
    parameters(&press(&browser, &page, "allow").await);
    assert_eq!(parameters(&browser.get(&wrong(&[])).await)["error"], "invalid_scope");
    is_page(&server.browser().get(&wrong(&[])).await).await;
    // An administrator vouches for this one.
    let vouched = authorize(&dev::SHARED_WEB_APPLICATION.to_string(), &[("scope", "nothing-of-the-kind")]);
    assert_eq!(parameters(&server.browser().get(&vouched).await)["error"], "invalid_scope");
}
