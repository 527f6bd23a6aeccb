//! Browsers as they are: they send what others put into their cookies, restore their tabs all at once, open windows for
//! applications, and their people's keyboards add blanks.

use protocol::secret::{Artefact, TokenHash};
use serde_json::json;
use testkit::people::{CALLBACK, MOUNT, PASSWORD};
use testkit::{Answer, Browser, People, Request, TestApp, encode, parameters};

use super::join_all;
use super::pages::{open, send};

/// D1: no page whose form ends at an application says where forms may lead. Browsers hold that against every redirect of the
/// chain, and what comes behind the redirect URI is the application's.
#[tokio::test]
async fn pages_that_lead_to_an_application_name_no_end() {
    let people = People::start().await;
    let browser = people.browser();
    let policy = |answer: &Answer| answer.header("content-security-policy").to_owned();
    for mode in ["query", "fragment", "form_post"] {
        for (client, redirect) in [(&people.client, CALLBACK), (&people.native, "http://127.0.0.1:4711/cb")] {
            for at in [people.path("/as/authorize"), format!("{MOUNT}/oauth2/authorize")] {
                let query = [("client_id", &**client), ("response_type", "code"), ("redirect_uri", redirect)];
                let begun = browser.get(&format!("{at}?{}&response_mode={mode}&prompt=login", encode(&query))).await;
                let page = browser.get(&begun.leads(302)).await;
                let refused = browser.sign_on(&page, "bob", "wrong").await;
                let next = browser.sign_on(&page, "bob", PASSWORD).await;
                let change = browser.get(&next.leads(303)).await;
                assert!(change.text.contains("name=\"newPassword\""), "{}", change.text);
                for shown in [page, refused, change] {
                    let policy = policy(&shown);
                    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("form-action"), "{policy}");
                }
            }
        }
    }
    let silent = browser.get(&people.authorize("prompt=none&response_mode=form_post")).await;
    assert!(silent.text.contains("login_required") && !policy(&silent).contains("form-action"), "{}", policy(&silent));
    // Where no form leads away, the policy still says so.
    let error = browser.get(&people.path("/as/authorize")).await;
    assert!(policy(&error).contains("form-action 'none'; "), "{}", policy(&error));
}

/// A request with this line of cookies, octet by octet.
async fn with(people: &People, address: &str, line: &[u8], form: Option<&[(&str, &str)]>) -> Answer {
    let path = address.strip_prefix(&people.server.url("")).unwrap_or(address);
    let request = if form.is_some() { Request::form(path) } else { Request::get(path) };
    let request = request.header("accept", "text/html").header("cookie", line);
    people.server.send(request.body(form.map(encode).unwrap_or_default())).await
}

/// D2: whatever stands before and after our cookies, also under their own names, they are found.
#[tokio::test]
async fn cookies_of_others_hide_none_of_ours() {
    let people = People::on(TestApp::build().socket()).await;
    let browser = people.browser();
    people.sign_on(&browser, &people.begin(&browser, "").await, "ann").await.expect(200);
    let begun = browser.get(&people.authorize("prompt=login")).await;
    let page = begun.leads(302);
    let session = format!("ST={}", browser.cookie("ST").unwrap());
    let flow = browser.names("FLOW").into_iter().map(|name| format!("{name}={}", browser.cookie(&name).unwrap()));
    let ours = flow.chain([session]).collect::<Vec<_>>().join("; ");
    let stranger = "A".repeat(43);
    let odd: Vec<Vec<u8>> = vec![
        "city=Zürich".into(),
        b"\xff\x80=\xfe".into(),
        b"latin=Z\xfcrich".into(),
        b"x=\"a; ST=\"b\"".into(),
        b"ST; FLOW; =; ;;".into(),
        b"{\"json\": [1, 2]}".into(),
        format!("ST={stranger}; FLOW={stranger}").into(),
        format!("ST=short; ST-NO-SS={stranger}; FLOW-x={stranger}").into(),
        format!("ST={stranger}; ST=é; ST=; FLOW=\u{2603}").into(),
        (0..300).map(|n| format!("c{n}={n}")).collect::<Vec<_>>().join("; ").into(),
    ];
    let none: &[u8] = b"a=b";
    for foreign in odd.iter().map(Vec::as_slice) {
        for (before, after) in [(foreign, none), (none, foreign), (foreign, foreign)] {
            let line = [before, b"; ", ours.as_bytes(), b"; ", after].concat();
            let told = String::from_utf8_lossy(&line).into_owned();
            let silent = with(&people, &people.authorize("prompt=none"), &line, None).await.leads(302);
            assert!(silent.contains("code="), "{told} {silent}");
            let shown = with(&people, &page, &line, None).await;
            assert_eq!(shown.status, 200, "{told} {}", shown.text);
            let (id, csrf) = (shown.hidden("flowId"), shown.hidden("csrf"));
            let fields = [("flowId", &*id), ("csrf", &*csrf), ("username", "ann"), ("intent", "sign-on")];
            let own = [b"a=b; ".as_slice(), ours.as_bytes()].concat();
            for sent in [&line, &own] {
                let refused = with(&people, &people.path("/signon"), sent, Some(&fields)).await;
                assert!(refused.text.contains("id=\"password-error\""), "{told} {}", refused.text);
            }
            let asked = with(&people, &people.path("/as/signoff"), &line, None).await;
            let csrf = asked.hidden("csrf");
            let stays = [("csrf", &*csrf), ("intent", "cancel")];
            let stays = with(&people, &people.path("/as/signoff"), &line, Some(&stays)).await;
            assert_eq!(stays.status, 200, "{told} {}", stays.text);
        }
    }
    // Two lines (RFC 9113 §8.2.3), the odd one first.
    let path = people.authorize("prompt=none");
    let two = Request::get(&path).header("cookie", b"\xff".as_slice()).header("cookie", ours.as_bytes());
    assert!(people.server.send(two).await.leads(302).contains("code="));
}

/// D2: with two live sessions the one that a flow was completed with is found, and the person's word ends both.
#[tokio::test]
async fn of_two_live_sessions_the_right_one_counts() {
    let people = People::start().await;
    let (browser, other) = (people.browser(), people.browser());
    people.sign_on(&other, &people.begin(&other, "").await, "emil").await.expect(200);
    let flow = people.begin(&browser, "").await;
    let done = people.sign_on(&browser, &flow, "ann").await.expect(200);
    let (own, emil) = (browser.cookie("ST").unwrap(), other.cookie("ST").unwrap());
    for (status, line) in [(200, format!("ST={emil}; ST={own}")), (400, format!("ST={own}; ST-NO-SS={emil}"))] {
        let resumed = with(&people, done["resumeUrl"].as_str().unwrap(), line.as_bytes(), None).await;
        assert_eq!(resumed.status, status, "{}", resumed.text);
    }
    let line = format!("ST={emil}; ST={own}");
    let asked = with(&people, &people.path("/as/signoff"), line.as_bytes(), None).await;
    let csrf = asked.hidden("csrf");
    let form = [("csrf", &*csrf), ("intent", "log-out")];
    let gone = with(&people, &people.path("/as/signoff"), line.as_bytes(), Some(&form)).await;
    assert!(gone.text.contains("id=\"logged-out\""), "{}", gone.text);
    for token in [own, emil] {
        let hash = TokenHash::of(Artefact::Session, &token);
        let session = people.server.app.store.session_by_token(people.env, hash).await.unwrap().unwrap();
        assert!(session.ended_at.is_some());
    }
}

/// A request of a browser that has no cookies yet.
async fn begin(people: &People, state: &str) -> Answer {
    people.browser().get(&people.authorize(&format!("state={state}"))).await
}

/// What the answers set, in a browser that had sent its requests before the first of them came.
fn later(people: &People, answers: &[Answer]) -> Browser {
    let browser = people.browser();
    for line in answers.iter().flat_map(|answer| answer.headers.get_all("set-cookie")) {
        let (name, rest) = line.to_str().unwrap().split_once('=').unwrap();
        browser.keep(name, rest.split(';').next().unwrap());
    }
    browser
}

/// D7: tabs that begin together do not take each other's page away, in whatever order their answers come.
#[tokio::test]
async fn first_requests_in_flight_together_all_keep_their_page() {
    let people = People::start().await;
    let fields = [("username", "ann"), ("password", PASSWORD), ("intent", "sign-on")];
    for reversed in [false, true] {
        let mut answers = join_all(["0", "1", "2"].map(|state| begin(&people, state))).await;
        // A form that another site posts, by a browser that does not say where it came from, brings no cookies either.
        let path = people.path("/as/authorize");
        let form =
            [("client_id", &*people.client), ("response_type", "code"), ("redirect_uri", CALLBACK), ("state", "3")];
        answers.push(people.browser().submit(&path, &form).await);
        if reversed {
            answers.reverse();
        }
        let pages: Vec<String> = answers.iter().map(|answer| answer.header("location").to_owned()).collect();
        let browser = later(&people, &answers);
        // F16: one that begins with the cookies of the others is bound to none of them: who put one there would know it.
        let fourth = browser.get(&people.authorize("state=4")).await;
        assert!(fourth.header("set-cookie").starts_with("FLOW-"), "{fourth:?}");
        let pages = [pages, vec![fourth.leads(302)]].concat();
        let mut states = Vec::new();
        for page in &pages {
            let shown = browser.get(page).await;
            assert_eq!(shown.status, 200, "{}", shown.text);
            let hidden = [("flowId", shown.hidden("flowId")), ("csrf", shown.hidden("csrf"))];
            assert_eq!(people.browser().get(page).await.status, 403);
            let resume = send(&browser, &people, &hidden, &fields).await.leads(303);
            states.push(parameters(&browser.get(&resume).await.leads(302))["state"].clone());
        }
        states.sort();
        assert_eq!(states, ["0", "1", "2", "3", "4"]);
    }
}

/// D7: a browser that gathers cookies of flows is relieved of the oldest.
#[tokio::test]
async fn a_browser_does_not_gather_cookies_without_end() {
    let people = People::start().await;
    let answers = join_all((0..80).map(|_| begin(&people, "x"))).await;
    let browser = later(&people, &answers);
    let mut kept = 0;
    for answer in answers.iter().rev() {
        kept += usize::from(browser.get(answer.header("location")).await.status == 200);
        assert!(browser.names("FLOW").len() <= 64);
    }
    assert_eq!(kept, 64);
    // The page that is looked at keeps its cookie, be it the oldest.
    let browser = later(&people, &answers);
    let oldest = browser.names("FLOW")[0].clone();
    let page = people.path(&format!("/signon?flowId={}", oldest.strip_prefix("FLOW-").unwrap()));
    let shown = browser.get(&page).await;
    assert!(browser.cookie(&oldest).is_some() && browser.names("FLOW").len() == 65);
    browser.sign_on(&shown, "ann", PASSWORD).await.leads(303);
    // What begins relieves the browser too.
    let browser = later(&people, &answers);
    let begun = browser.get(&people.authorize("prompt=login")).await;
    assert!(browser.cookie(&oldest).is_none() && browser.names("FLOW").len() == 65);
    assert_eq!(browser.get(&begun.leads(302)).await.status, 200);
}

/// C3: no answer of a sign-on or a sign-off cuts a popup off from the page that opened it, be it a redirect or an error.
#[tokio::test]
async fn popups_keep_their_opener() {
    let people = People::start().await;
    let browser = people.browser();
    let mut answers = Vec::new();
    for (authorize, resume, signoff, prefix) in [
        ("/as/authorize", "/as/resume", "/as/signoff", people.path("")),
        ("/oauth2/authorize", "/oauth2/resume", "/connect/logout", MOUNT.to_owned()),
    ] {
        let query = format!("client_id={}&response_type=code&redirect_uri={CALLBACK}", people.client);
        let begun = browser.get(&format!("{prefix}{authorize}?{query}&prompt=login")).await;
        let page = browser.get(&begun.leads(302)).await;
        let refused = browser.sign_on(&page, "ann", "wrong").await;
        let done = browser.sign_on(&page, "ann", PASSWORD).await;
        let back = browser.get(&done.leads(303)).await;
        assert!(back.leads(302).starts_with(CALLBACK));
        answers.extend([begun, page, refused, done, back]);
        for below in [
            format!("{authorize}?{query}&response_mode=form_post"),
            format!("{authorize}?{query}&prompt=none"),
            authorize.to_owned(),
            format!("{authorize}?{}", "x".repeat(20_000)),
            format!("{resume}?flowId=x"),
            "/signon?flowId=x".to_owned(),
            signoff.to_owned(),
            format!("{signoff}?id_token_hint=x"),
        ] {
            answers.push(browser.get(&format!("{prefix}{below}")).await);
        }
        answers.push(browser.call("DELETE", &format!("{prefix}{authorize}"), &[], String::new()).await);
        answers.push(people.browser().get(&format!("{prefix}{signoff}")).await);
    }
    answers.push(browser.get("/00000000-0000-4000-8000-000000000000/as/authorize").await);
    for answer in answers {
        assert!(!answer.headers.contains_key("cross-origin-opener-policy"), "{} {}", answer.status, answer.text);
    }
    for own in ["/", "/try", "/nothing", "/v1/environments", &people.path("/as/jwks")] {
        assert_eq!(browser.get(own).await.header("cross-origin-opener-policy"), "same-origin", "{own}");
    }
}

/// D12: what a keyboard adds around a name is no part of it, on the page and in the flow API. A password is as it is typed.
#[tokio::test]
async fn blanks_around_a_name_do_not_count() {
    let people = People::start().await;
    for (before, after) in [
        ("", " "),
        (" ", ""),
        ("\t", "\n"),
        ("\u{a0}", "\u{a0}"),
        ("\u{200b}", ""),
        ("", "\u{200b}"),
        ("\u{feff}", " \u{3000}"),
    ] {
        let name = format!("{before}ann{after}");
        let browser = people.browser();
        let (_, hidden) = open(&browser, &people.authorize("")).await;
        let fields = |password: &'static str| [("username", &*name), ("password", password), ("intent", "sign-on")];
        send(&browser, &people, &hidden, &fields(PASSWORD)).await.leads(303);
        let flow = people.begin(&people.browser(), "").await;
        let act = async |password: &str| {
            let body = json!({ "username": name, "password": password });
            browser.act(&flow, "usernamePassword.check", &body).await
        };
        if before.is_empty() {
            let typed = format!("{PASSWORD}{after}");
            act(&typed).await.refuses(400, "INVALID_DATA", "INVALID_CREDENTIALS", "password");
        }
        assert_eq!(act(PASSWORD).await.expect(200)["status"], "COMPLETED", "{name:?}");
    }
    // Nothing but blanks is no name.
    let (browser, blank) = (people.browser(), " \u{200b}\t");
    let (_, hidden) = open(&browser, &people.authorize("")).await;
    let empty = send(&browser, &people, &hidden, &[("username", blank), ("password", PASSWORD)]).await;
    assert!(empty.status == 400 && empty.text.contains("id=\"username-error\""), "{}", empty.text);
}
