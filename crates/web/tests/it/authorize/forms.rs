//! Forms that another site posts, forms that are too large, and which page may read a refusal.

use testkit::people::CALLBACK;
use testkit::{Browser, ORIGIN, People, encode};

const FORM: &str = "application/x-www-form-urlencoded";

/// Posts a form as a browser does that knows where it came from.
async fn post(browser: &Browser, path: &str, site: &str, body: &str) -> (u16, String) {
    let headers = [("content-type", FORM), ("accept", "text/html"), ("sec-fetch-site", site)];
    let answer = browser.call("POST", path, &headers, body.to_owned()).await;
    (answer.status, answer.header("location").to_owned())
}

#[tokio::test]
async fn only_a_bare_form_of_another_site_is_asked_again() {
    let people = People::start().await;
    let path = people.path("/as/authorize");
    let form = encode(&[("client_id", &*people.client), ("response_type", "code"), ("redirect_uri", CALLBACK)]);
    let again = |form: &str| (303, format!("{ORIGIN}{path}?{form}"));
    let bare = async |site: &str, form: &str| post(&people.browser(), &path, site, form).await;
    let begins = |(status, leads): (u16, String)| status == 303 && leads.contains("/signon?flowId=");

    assert_eq!(bare("cross-site", &form).await, again(&form));
    for site in ["same-origin", "same-site", "none"] {
        assert!(begins(bare(site, &form).await), "{site}");
    }
    // A cookie that came along shows that the browser sends ours: either of the two.
    // One that is none of ours shows nothing.
    let browser = people.browser();
    browser.keep("ST", "x");
    assert_eq!(post(&browser, &path, "cross-site", &form).await, again(&form));
    for cookie in ["ST", "FLOW"] {
        let browser = people.browser();
        browser.keep(cookie, &"A".repeat(43));
        assert!(begins(post(&browser, &path, "cross-site", &form).await), "{cookie}");
    }
    // What is too long for an address, or could not stand in one, is answered where it is.
    let fits = format!("{form}&other={}", "s".repeat(8 * 1024 - form.len() - 7));
    assert_eq!(bare("cross-site", &fits).await, again(&fits));
    assert!(begins(bare("cross-site", &format!("{fits}s")).await));
    for odd in ["state=<x>", "state=a\"b", "state=a b", "state=a#b"] {
        assert!(begins(bare("cross-site", &format!("{form}&{odd}")).await), "{odd}");
    }
    let flow = bare("cross-site", &format!("{form}&response_mode=pi.flow")).await;
    assert_eq!(flow.0, 200);
    let headers = [("accept", "text/html"), ("sec-fetch-site", "cross-site")];
    let link = people.browser().call("GET", &format!("{path}?{form}"), &headers, String::new()).await;
    assert!(link.leads(302).contains("/signon?flowId="));
}

#[tokio::test]
async fn a_form_has_its_limit_to_the_octet() {
    let people = People::start().await;
    let path = people.path("/as/authorize");
    let form = encode(&[("client_id", &*people.client), ("response_type", "code"), ("redirect_uri", CALLBACK)]);
    let padded = |length: usize| format!("{form}&x={}", "x".repeat(length - form.len() - 3));
    let longest = post(&people.browser(), &path, "same-origin", &padded(64 * 1024)).await;
    assert!(longest.1.contains("/signon?flowId="), "{longest:?}");
    assert_eq!(post(&people.browser(), &path, "same-origin", &padded(64 * 1024 + 1)).await, (413, String::new()));
}

#[tokio::test]
async fn a_refused_flow_is_read_by_the_pages_of_its_application_alone() {
    // CO-04, FL-12
    let people = People::start().await;
    let browser = people.browser();
    for (origin, reads) in [("https://app.example", true), ("https://evil.example", false), ("null", false)] {
        for more in ["scope=wrong", "prompt=none", "registration=x"] {
            let asked = people.authorize(&format!("response_mode=pi.flow&{more}"));
            let told = browser.call("GET", &asked, &[("origin", origin)], String::new()).await;
            assert_eq!(told.status, if reads { 400 } else { 403 }, "{origin} {more} {}", told.text);
            assert_eq!(told.header("access-control-allow-origin"), if reads { origin } else { "" }, "{origin} {more}");
        }
        // Without an application that is known it is told to the pages of this environment's, as at the token endpoint.
        let unknown = people.path("/as/authorize?client_id=nobody&response_type=code&response_mode=pi.flow");
        let told = browser.call("GET", &unknown, &[("origin", origin)], String::new()).await;
        let allowed = told.header("access-control-allow-origin");
        assert_eq!((told.status, allowed), (400, if reads { origin } else { "" }), "{origin}");
    }
}
