//! Requests that a page's script sends with its cookies, as Ping's browser SDKs do.

use serde_json::json;
use testkit::people::{CALLBACK, MOUNT};
use testkit::{Answer, Browser, People, parameters};

use super::sign_on;

const OWN: &str = "https://app.example";

/// What `@forgerock/oidc-client` sends: everything in the address of a POST, and no body.
async fn background(browser: &Browser, address: &str, origin: &str) -> Answer {
    let headers = [("origin", origin), ("accept", "application/json"), ("sec-fetch-site", "cross-site")];
    browser.call("POST", address, &headers, String::new()).await
}

fn reader(answer: &Answer) -> (&str, &str) {
    (answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials"))
}

/// C1: the parameters of the address count where nothing is posted, and the page reads its code or why there is none.
#[tokio::test]
async fn a_background_request_gets_its_code_from_the_session() {
    let people = People::start().await;
    let browser = people.browser();
    let asked = people.authorize("response_mode=pi.flow&prompt=none&scope=openid&state=s1");
    let nobody = background(&browser, &asked, OWN).await;
    assert_eq!((nobody.status, reader(&nobody)), (400, (OWN, "true")), "{}", nobody.text);
    // By these words Ping's SDK goes on to the sign-on page.
    assert!(nobody.member("message").contains("User authentication is required"), "{}", nobody.text);
    assert!(nobody.body["details"][0]["message"].is_string(), "{}", nobody.text);

    sign_on(&people, &browser).await;
    let given = background(&browser, &asked, OWN).await;
    assert_eq!((given.status, reader(&given)), (200, (OWN, "true")), "{}", given.text);
    assert_eq!((&given.body["status"], &given.body["authorizeResponse"]["state"]), (&json!("COMPLETED"), &json!("s1")));
    let code = given.body["authorizeResponse"]["code"].as_str().unwrap();
    people.exchange(code).await.expect(200);
    // The flow is answered: it gives no second code.
    browser.read(given.member("resumeUrl")).await.expect(400);
    // Another site's page neither reads it nor sets it off, and a program without a session gets nothing.
    let evil = background(&browser, &asked, "https://evil.example").await;
    assert_eq!((evil.status, reader(&evil)), (403, ("", "")));
    // Without prompt=none it is a flow to be driven, as ever.
    let driven = background(&browser, &people.authorize("response_mode=pi.flow&scope=openid"), OWN).await;
    assert_eq!((driven.status, &driven.body["status"]), (200, &json!("COMPLETED")));
    assert!(driven.body["authorizeResponse"].is_null());
    browser.read(driven.member("resumeUrl")).await.expect(200);
}

/// C1: whatever the empty body is said to be, at both layouts, for pages and for scripts; a body that is there is the request.
#[tokio::test]
async fn the_address_counts_where_nothing_is_posted() {
    let people = People::start().await;
    let query = format!("client_id={}&response_type=code&redirect_uri={CALLBACK}&state=s1", people.client);
    for path in [people.path("/as/authorize"), format!("{MOUNT}/oauth2/authorize")] {
        let address = format!("{path}?{query}");
        for media in ["application/x-www-form-urlencoded", "application/json", "text/plain", ""] {
            let media = if media.is_empty() { vec![] } else { vec![("content-type", media)] };
            let begun = people.browser().call("POST", &address, &media, String::new()).await;
            assert!(begun.leads(303).contains("/signon?flowId="), "{path} {media:?}");
        }
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let posted = people.browser().call("POST", &address, &form, "client_id=nobody".into()).await;
        assert_eq!(posted.status, 400, "{path}");
        // What cannot be read is refused, and the page of the application that the address names reads that.
        let json = [("content-type", "application/json"), ("origin", OWN), ("accept", "application/json")];
        let unreadable = people.browser().call("POST", &address, &json, "{}".into()).await;
        assert_eq!((unreadable.status, reader(&unreadable)), (400, (OWN, "true")), "{path} {}", unreadable.text);
        let unknown = people.browser().call("POST", &path, &json, "{}".into()).await;
        assert_eq!((unknown.status, reader(&unknown)), (400, ("", "")), "{path}");
    }
    // A form that another site posts without our cookies is asked again with its whole address.
    let cross = [("sec-fetch-site", "cross-site"), ("accept", "text/html")];
    let path = people.path("/as/authorize");
    let again = people.browser().call("POST", &format!("{path}?{query}"), &cross, String::new()).await;
    assert!(again.leads(303).ends_with(&format!("{path}?{query}")));
}

/// C1: `response_type=none` says whether somebody is signed on, in every response mode, and gives neither code nor token (OAuth
/// 2.0 Multiple Response Type Encoding Practices §4).
#[tokio::test]
async fn response_type_none_tells_that_and_nothing_else() {
    let people = People::start().await;
    let browser = people.browser();
    // Without a challenge, which only a code could be bound to.
    for client in [&people.client, &people.public] {
        for (mode, mark) in [("query", '?'), ("fragment", '#')] {
            let ask = format!("client_id={client}&response_type=none&redirect_uri={CALLBACK}&state=s1&prompt=none");
            let address = people.path(&format!("/as/authorize?{ask}&response_mode={mode}"));
            let other = people.browser();
            let refused = other.get(&address).await.leads(302);
            assert!(refused.starts_with(&format!("{CALLBACK}{mark}error=login_required")), "{refused}");
            assert!(refused.contains("User+authentication+is+required"), "{refused}");
            if browser.cookie("ST").is_none() {
                sign_on(&people, &browser).await;
            }
            let told = browser.get(&address).await.leads(302);
            assert!(told.starts_with(&format!("{CALLBACK}{mark}state=s1&iss=")), "{told}");
            assert!(!told.contains("code=") && !told.contains("token"), "{told}");
        }
    }
    let form = people.authorize("prompt=none&state=s1&response_mode=form_post").replace("=code", "=none");
    let posts = browser.get(&form).await;
    assert_eq!((posts.status, posts.hidden("state").as_str()), (200, "s1"));
    assert!(!posts.text.contains("name=\"code\""), "{}", posts.text);
    // Whoever has to sign on first is sent back with nothing, too.
    let fresh = people.browser();
    let page = fresh.get(&people.authorize("state=s1").replace("=code", "=none")).await;
    let page = fresh.follow(page).await;
    let done = fresh.sign_on(&page, "ann", testkit::people::PASSWORD).await;
    let back = fresh.follow(done).await.leads(302);
    assert_eq!(parameters(&back).keys().collect::<Vec<_>>(), ["iss", "state"], "{back}");
}

/// C1: a script asks without a redirection URI, and reads a status.
#[tokio::test]
async fn a_script_asks_whether_somebody_is_signed_on() {
    let people = People::start().await;
    let browser = people.browser();
    let ask = format!("client_id={}&response_type=none&prompt=none&scope=openid", people.client);
    let address = people.path(&format!("/as/authorize?{ask}"));
    let headers = |origin| [("origin", origin), ("accept", "application/json"), ("x-requested-with", "ping-sdk")];
    let nobody = browser.call("GET", &address, &headers(OWN), String::new()).await;
    assert_eq!((nobody.status, reader(&nobody)), (400, (OWN, "true")), "{}", nobody.text);
    sign_on(&people, &browser).await;
    for address in [address.clone(), format!("{address}&response_mode=pi.flow")] {
        let present = browser.call("GET", &address, &headers(OWN), String::new()).await;
        assert_eq!((present.status, present.text.as_str(), reader(&present)), (204, "", (OWN, "true")), "{address}");
        assert_eq!(present.header("cache-control"), "no-store");
    }
    let evil = browser.call("GET", &address, &headers("https://evil.example"), String::new()).await;
    assert_eq!((evil.status, reader(&evil)), (403, ("", "")));
    // Only a script that asks nobody may leave it out.
    let needed = people.path(&format!("/as/authorize?client_id={}&response_type=none", people.client));
    assert_eq!(browser.get(&needed).await.status, 400);
    // Ping's mark alone asks for JSON.
    let marked = [("x-requested-with", "ping-sdk")];
    let refused = browser.call("GET", &needed, &marked, String::new()).await;
    assert_eq!((refused.status, refused.body["code"].is_string()), (400, true), "{}", refused.text);
}

/// C1: a script whose browser has no cookie yet is told so, and not sent on to where it may read nothing.
#[tokio::test]
async fn a_script_without_a_cookie_is_told_at_once() {
    let people = People::start().await;
    let nobody = format!("client_id={}&response_type=none&prompt=none", people.client);
    for asked in [people.path(&format!("/as/authorize?{nobody}")), format!("{MOUNT}/oauth2/authorize?{nobody}")] {
        let told = background(&people.browser(), &asked, OWN).await;
        assert_eq!((told.status, reader(&told)), (400, (OWN, "true")), "{asked} {}", told.text);
    }
}

/// CO-04, C1: a script reads also that its application is unknown or not named, as at the token endpoint; other origins do not.
#[tokio::test]
async fn a_script_reads_that_its_application_is_unknown() {
    let people = People::start().await;
    for query in ["", "client_id=unknown", "client_id=unknown&response_mode=pi.flow", "client_id=a&client_id=b"] {
        let asked = people.path(&format!("/as/authorize?{query}"));
        for (origin, read) in [(OWN, (OWN, "true")), ("https://evil.example", ("", "")), ("null", ("", ""))] {
            let told = background(&people.browser(), &asked, origin).await;
            assert_eq!((told.status, reader(&told)), (400, read), "{query} {origin} {}", told.text);
        }
    }
}
