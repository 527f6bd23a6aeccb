//! Other hosts below the same domain: they share cookies with ours, and nothing else.

use engine::bootstrap::dev;
use testkit::people::PASSWORD;
use testkit::{Answer, Browser, People, TestApp};

/// F16: a form is taken from our own page alone, whatever cookies and tokens came with it; what browsers say of the page decides.
#[tokio::test]
async fn no_other_site_signs_a_browser_on_or_off() {
    let people = People::start().await;
    let own = people.server.url("");
    let foreign: [&[(&str, &str)]; 8] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://sibling.auth.test")],
        &[("origin", &own), ("sec-fetch-site", "same-site")],
        &[("origin", &own), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "null"), ("sec-fetch-site", "cross-site")],
        &[("origin", "null"), ("origin", &own)],
    ];
    let ours: [&[(&str, &str)]; 5] = [
        &[],
        &[("origin", &own)],
        &[("origin", &own), ("sec-fetch-site", "same-origin")],
        &[("origin", "null"), ("sec-fetch-site", "same-origin")],
        &[("origin", "http://127.0.0.1:8085"), ("host", "127.0.0.1:8085")],
    ];
    for headers in foreign {
        let browser = people.browser();
        let refused = sign_on(&people, &browser, headers).await;
        assert_eq!(refused.status, 403, "{headers:?} {}", refused.text);
        assert!(browser.cookie("ST").is_none(), "{headers:?}");
    }
    for headers in ours {
        let browser = people.browser();
        let done = sign_on(&people, &browser, headers).await;
        assert_eq!(done.status, 303, "{headers:?} {}", done.text);
        assert!(browser.cookie("ST").is_some(), "{headers:?}");
    }
    let browser = people.browser();
    sign_on(&people, &browser, &[]).await.leads(303);
    for (headers, status) in foreign.into_iter().map(|h| (h, 403)).chain([(&[("origin", own.as_str())] as &[_], 200)]) {
        let asked = browser.get(&people.path("/as/signoff")).await;
        let body = encoded(&[("csrf", &asked.hidden("csrf")), ("intent", "log-out")]);
        let answer = browser.call("POST", &people.path("/as/signoff"), &with_form(headers), body).await;
        assert_eq!(answer.status, status, "{headers:?} {}", answer.text);
        assert_eq!(browser.cookie("ST").is_some(), status == 403, "{headers:?}");
    }
    // Where an application sends its own form, the person is asked: that is for other sites to do.
    sign_on(&people, &browser, &[]).await.leads(303);
    let body = encoded(&[("client_id", &people.client)]);
    let asked = browser.call("POST", &people.path("/as/signoff"), &with_form(foreign[0]), body).await;
    assert_eq!((asked.status, asked.hidden("csrf").is_empty()), (200, false), "{}", asked.text);
}

/// F16: the pages tell their origin to this server, and to nobody else where they come from.
#[tokio::test]
async fn pages_name_their_origin_here_alone() {
    let people = People::start().await;
    let browser = people.browser();
    let page = browser.follow(browser.get(&people.authorize("")).await).await;
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_eq!(browser.read(&people.path("/as/jwks")).await.header("referrer-policy"), "no-referrer");
}

/// F16: a flow is bound to a cookie of its own, never to one that somebody else put into the browser.
#[tokio::test]
async fn no_flow_takes_a_cookie_that_was_brought() {
    for secure in [false, true] {
        let start = TestApp::build();
        let people = People::on(if secure { start.secure() } else { start }).await;
        let tossed = "A".repeat(43);
        let browser = people.browser();
        for name in ["FLOW", "FLOW-x", "__Host-FLOW-x", "__Secure-FLOW-x"] {
            browser.keep(name, &tossed);
        }
        let begun = browser.get(&people.authorize("prompt=login")).await;
        let page = begun.leads(302);
        let set = begun.header("set-cookie");
        assert!(!set.contains(&tossed), "{set}");
        assert!(set.starts_with(if secure { "__Host-FLOW-" } else { "FLOW-" }), "{set}");
        let other = people.browser();
        for name in ["FLOW", "FLOW-x", "__Host-FLOW-x"] {
            other.keep(name, &tossed);
        }
        assert_eq!(other.get(&page).await.status, 403);
        assert_eq!(browser.get(&page).await.status, 200);
    }
}

/// F16: over https a session counts under the name alone that only this host can set, of its own environment.
#[tokio::test]
async fn over_https_no_session_is_tossed() {
    let people = People::on(TestApp::build().secure()).await;
    let (victim, attacker) = (people.browser(), people.browser());
    sign_on(&people, &attacker, &[]).await.leads(303);
    let own = format!("__Host-ST~{}", people.env);
    let session = attacker.cookie(&own).unwrap();
    for name in ["ST", "ST-NO-SS", "__Secure-ST", "__Host-ST", &format!("__Host-ST~{}", dev::ENVIRONMENT)] {
        victim.keep(name, &session);
        let told = victim.get(&people.authorize("prompt=none")).await.leads(302);
        assert!(told.contains("error=login_required"), "{name} {told}");
    }
    victim.keep(&own, &session);
    assert!(victim.get(&people.authorize("prompt=none")).await.leads(302).contains("code="));
}

/// Opens the page and sends its form with these headers.
async fn sign_on(people: &People, browser: &Browser, headers: &[(&str, &str)]) -> Answer {
    let begun = browser.get(&people.authorize("prompt=login")).await;
    let page = browser.get(&begun.leads(302)).await;
    let (flow, csrf) = (page.hidden("flowId"), page.hidden("csrf"));
    let fields =
        [("flowId", &*flow), ("csrf", &csrf), ("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    browser.call("POST", &people.path("/signon"), &with_form(headers), encoded(&fields)).await
}

fn with_form<'a>(headers: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let form = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];
    headers.iter().copied().chain(form).collect()
}

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
