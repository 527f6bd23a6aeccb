//! `GET|POST …/as/signoff`.

mod absent;
mod hints;
mod schemes;

use protocol::change::{Change, Guard};
use protocol::id::CorrelationId;
use protocol::model::TokenProfile;
use serde_json::{Value, json};
use testkit::people::{CALLBACK, GOODBYE, MOUNT, PASSWORD, SECRET};
use testkit::{Browser, People, claims, encode, parameters};

/// Signs `ann` on; the ID token of the confidential application.
async fn sign_on(people: &People, browser: &Browser) -> String {
    let flow = people.begin(browser, "").await;
    let done = people.sign_on(browser, &flow, "ann").await.expect(200);
    let resumed = browser.read(done["resumeUrl"].as_str().unwrap()).await.expect(200);
    let tokens = people.exchange(resumed["authorizeResponse"]["code"].as_str().unwrap()).await.expect(200);
    assert!(is_signed_on(people, browser).await);
    tokens["id_token"].as_str().unwrap().to_owned()
}

async fn is_signed_on(people: &People, browser: &Browser) -> bool {
    browser.get(&people.authorize("prompt=none")).await.leads(302).contains("code=")
}

#[tokio::test]
async fn a_hint_of_the_session_signs_off_at_once() {
    // LO-05, LO-08
    let people = People::start().await;
    let browser = people.browser();
    let hint = sign_on(&people, &browser).await;
    let code = parameters(&browser.get(&people.authorize("prompt=none&scope=openid")).await.leads(302)).remove("code");
    let tokens = people.exchange(&code.unwrap()).await.expect(200);
    let unused = parameters(&browser.get(&people.authorize("prompt=none")).await.leads(302)).remove("code").unwrap();
    let waiting = people.begin(&browser, "").await;
    let cookie = browser.cookie("ST").unwrap();
    let userinfo = people.path("/as/userinfo");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    browser.call("GET", &userinfo, &[("authorization", &bearer)], String::new()).await.expect(200);
    let odd = "%0d%0a%3Cscript%3E";
    let off = people.path(&format!("/as/signoff?id_token_hint={hint}&post_logout_redirect_uri={GOODBYE}&state={odd}"));
    let done = browser.get(&off).await;
    let leads = done.leads(302);
    assert!(leads.starts_with(GOODBYE), "{leads}");
    assert_eq!(parameters(&leads)["state"], "\r\n<script>");
    assert!(browser.cookie("ST").is_none() && browser.cookie("ST-NO-SS").is_none());
    // The old cookie is dead, also for a flow that it had completed.
    browser.keep("ST", &cookie);
    assert!(!is_signed_on(&people, &browser).await);
    browser.read(&people.path(&format!("/as/resume?flowId={}", waiting.rsplit('/').next().unwrap()))).await.expect(401);
    // So are a code that nobody exchanged, and the tokens of the session.
    assert_eq!(people.exchange(&unused).await.expect(400)["error"], "invalid_grant");
    browser.call("GET", &userinfo, &[("authorization", &bearer)], String::new()).await.expect(401);
    // Nobody is signed on: nothing to ask.
    assert!(browser.get(&off).await.leads(302).starts_with(GOODBYE));
}

#[tokio::test]
async fn without_proof_the_person_is_asked() {
    // LO-03
    let people = People::start().await;
    let browser = people.browser();
    sign_on(&people, &browser).await;
    let client = &people.client;
    let address = people.path(&format!("/as/signoff?client_id={client}&post_logout_redirect_uri={GOODBYE}&state=s1"));
    let asked = browser.get(&address).await;
    assert_eq!(asked.status, 200);
    assert!(asked.text.contains("id=\"log-out\"") && asked.text.contains("ann"), "{}", asked.text);
    // D1: its answer leads to the application, and wherever that sends people.
    assert!(!asked.header("content-security-policy").contains("form-action"));
    let here = browser.get(&people.path("/as/signoff")).await;
    assert!(here.header("content-security-policy").contains("form-action 'self';"));
    assert!(is_signed_on(&people, &browser).await);
    let form = |csrf: &str, intent: &'static str| {
        let carried = ["client_id", "post_logout_redirect_uri", "state"].map(|name| (name, asked.hidden(name)));
        let mut fields = carried.to_vec();
        fields.extend([("csrf", csrf.to_owned()), ("intent", intent.to_owned())]);
        fields
    };
    let post = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.submit(&people.path("/as/signoff"), &fields).await
    };
    assert_eq!(post(form("x", "log-out")).await.status, 403);
    assert!(is_signed_on(&people, &browser).await);
    let csrf = asked.hidden("csrf");
    let stays = post(form(&csrf, "cancel")).await;
    assert_eq!(stays.status, 200);
    assert!(stays.text.contains("You are still signed on") && stays.text.contains("id=\"back\""), "{}", stays.text);
    assert!(is_signed_on(&people, &browser).await);
    let leads = post(form(&csrf, "log-out")).await.leads(303);
    assert_eq!(leads, format!("{GOODBYE}?state=s1"));
    assert!(!is_signed_on(&people, &browser).await);
    let page = browser.get(&people.path("/as/signoff")).await;
    assert_eq!((page.status, page.text.contains("id=\"logged-out\"")), (200, true), "{}", page.text);
}

/// Whoever answers that they stay does, whatever the request would have proved meanwhile, and is told how it is.
#[tokio::test]
async fn whoever_stays_is_told_so() {
    let people = People::start().await;
    for off in [people.path("/as/signoff"), format!("{MOUNT}/connect/logout")] {
        let browser = people.browser();
        let hint = sign_on(&people, &browser).await;
        let csrf = browser.get(&off).await.hidden("csrf");
        for more in [vec![], vec![("id_token_hint", &*hint), ("post_logout_redirect_uri", GOODBYE)]] {
            let stay = [&[("csrf", &*csrf), ("intent", "cancel")][..], &more].concat();
            let stays = browser.submit(&off, &stay).await;
            assert_eq!(stays.status, 200, "{off} {more:?}");
            assert!(stays.text.contains("You are still signed on"), "{off} {more:?} {}", stays.text);
            assert!(!stays.text.contains("not signed on") && !stays.headers.contains_key("set-cookie"), "{off}");
            assert!(is_signed_on(&people, &browser).await);
        }
        // Where another tab ended it meanwhile, that is told.
        let session = browser.cookie("ST").unwrap();
        let left = browser.submit(&off, &[("csrf", &csrf), ("intent", "log-out")]).await;
        assert!(left.status == 200 && !is_signed_on(&people, &browser).await, "{off}");
        browser.keep("ST", &session);
        let over = browser.submit(&off, &[("csrf", &csrf), ("intent", "cancel")]).await;
        assert!(over.text.contains("id=\"logged-out\""), "{off} {}", over.text);
    }
}

#[tokio::test]
async fn a_doubtful_request_signs_nobody_off() {
    // LO-01, LO-02, LO-04
    let people = People::start().await;
    let browser = people.browser();
    let hint = sign_on(&people, &browser).await;
    let (client, public) = (&people.client, &people.public);
    let mut modified = hint.clone();
    let at = hint.len() - 8;
    modified.replace_range(at..=at, if hint[at..].starts_with('A') { "B" } else { "A" });
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", hint.split('.').nth(1).unwrap());
    for query in [
        format!("id_token_hint={modified}"),
        format!("id_token_hint={unsigned}"),
        "id_token_hint=x".to_owned(),
        format!("id_token_hint={hint}&client_id={public}"),
        format!("id_token_hint={hint}&post_logout_redirect_uri=https://evil.example/"),
        format!("id_token_hint={hint}&post_logout_redirect_uri={CALLBACK}"),
        format!("id_token_hint={hint}&post_logout_redirect_uri={GOODBYE}/"),
        format!("client_id={client}&post_logout_redirect_uri=javascript:alert(1)"),
        format!("post_logout_redirect_uri={GOODBYE}"),
        format!("client_id=nobody&post_logout_redirect_uri={GOODBYE}"),
    ] {
        let refused = browser.get(&people.path(&format!("/as/signoff?{query}"))).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.text);
        assert!(refused.text.contains("id=\"error\"") && refused.header("location").is_empty(), "{query}");
        assert!(is_signed_on(&people, &browser).await, "{query}");
    }
}

#[tokio::test]
async fn another_users_hint_only_asks() {
    // LO-02, AZ-12
    let people = People::start().await;
    let (browser, other) = (people.browser(), people.browser());
    let hint = sign_on(&people, &browser).await;
    let flow = people.begin(&other, "").await;
    people.sign_on(&other, &flow, "emil").await.expect(200);
    let asked = other.get(&people.path(&format!("/as/signoff?id_token_hint={hint}"))).await;
    assert!(asked.text.contains("id=\"log-out\"") && asked.text.contains("emil"), "{}", asked.text);
    assert!(is_signed_on(&people, &other).await);
    // Nor does a hint of another session of the same person end this one unasked.
    let third = people.browser();
    sign_on(&people, &third).await;
    let asked = third.get(&people.path(&format!("/as/signoff?id_token_hint={hint}"))).await;
    assert!(asked.text.contains("id=\"log-out\"") && asked.text.contains("ann"), "{}", asked.text);
    assert!(is_signed_on(&people, &third).await);
    // The same hint at authorize never answers for emil.
    let silent = other.get(&people.authorize(&format!("prompt=none&id_token_hint={hint}"))).await.leads(302);
    assert!(silent.contains("error=login_required"), "{silent}");
    let loud = other.get(&people.authorize(&format!("id_token_hint={hint}"))).await.leads(302);
    assert!(loud.contains("/signon?flowId="), "{loud}");
    let own = browser.get(&people.authorize(&format!("prompt=none&id_token_hint={hint}"))).await.leads(302);
    assert!(own.contains("code="), "{own}");
    let payload = jose::b64::decode(hint.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["sub"], people.ann.to_string());
}

/// Spring's ID tokens name the person and not their id: there the session says whose the hint is.
#[tokio::test]
async fn a_hint_of_springs_profile_is_of_its_session() {
    let people = People::start().await;
    let mut environment = people.server.app.store.environment(people.env).await.unwrap().unwrap();
    environment.settings.token_profile = TokenProfile::Spring;
    people.server.furnish(vec![Change::put(environment, Guard::Version)]).await;
    let (browser, other) = (people.browser(), people.browser());
    let hint = sign_on(&people, &browser).await;
    assert_eq!(claims(&hint)["sub"], "ann");
    let flow = people.begin(&other, "").await;
    people.sign_on(&other, &flow, "emil").await.expect(200);
    let silent = people.authorize(&format!("prompt=none&id_token_hint={hint}"));
    assert!(browser.get(&silent).await.leads(302).contains("code="));
    assert!(other.get(&silent).await.leads(302).contains("error=login_required"));
    let off = people.path(&format!("/as/signoff?id_token_hint={hint}&post_logout_redirect_uri={GOODBYE}"));
    assert!(other.get(&off).await.text.contains("id=\"log-out\""));
    assert!(browser.get(&off).await.leads(302).starts_with(GOODBYE));
    assert!(is_signed_on(&people, &other).await && !is_signed_on(&people, &browser).await);
}

/// C2: Spring's layout takes back every ID token that it gave, at sign-off and as a hint of who is expected, whatever its
/// profile calls the person.
#[tokio::test]
async fn springs_layout_knows_its_own_id_tokens() {
    let people = People::start().await;
    people.change(json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] })).await;
    let profile = async |profile| {
        let mut environment = people.server.app.store.environment(people.env).await.unwrap().unwrap();
        environment.settings.token_profile = profile;
        people.server.furnish(vec![Change::put(environment, Guard::Version)]).await;
        // A write through an endpoint, so that the server looks at its configuration again.
        people.change(json!({ "description": "anew" })).await;
    };
    let by_id = [("client_id", &*people.client), ("response_type", "code"), ("redirect_uri", CALLBACK)];
    let authorize = |more: &str| format!("{MOUNT}/oauth2/authorize?{}&{more}", encode(&by_id));
    let token = async |fields: &[(&str, &str)]| {
        let own = [("client_id", &*people.client), ("client_secret", SECRET)];
        people.server.form(&format!("{MOUNT}/oauth2/token"), &[&own[..], fields].concat()).await.expect(200)
    };
    // An ID token outlives a change of the profile, in both directions.
    for (at_issue, later) in [
        (TokenProfile::Spring, TokenProfile::Spring),
        (TokenProfile::Spring, TokenProfile::PingOne),
        (TokenProfile::PingOne, TokenProfile::Spring),
        (TokenProfile::PingOne, TokenProfile::PingOne),
        (TokenProfile::Rfc9068, TokenProfile::Spring),
    ] {
        for refreshed in [false, true] {
            profile(at_issue).await;
            let browser = people.browser();
            let page = browser.get(&authorize("scope=openid&prompt=login")).await.leads(302);
            let done = browser.sign_on(&browser.get(&page).await, "ann", PASSWORD).await;
            let code = parameters(&browser.get(&done.leads(303)).await.leads(302))["code"].clone();
            let code = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", CALLBACK)];
            let mut tokens = token(&code).await;
            if refreshed {
                let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
                tokens = token(&[("grant_type", "refresh_token"), ("refresh_token", &*refresh)]).await;
            }
            let hint = tokens["id_token"].as_str().unwrap();
            let told = format!("{at_issue:?} {later:?} {refreshed}");
            assert_eq!(claims(hint)["sub"] == "ann", at_issue == TokenProfile::Spring, "{told}");
            profile(later).await;
            let silent = browser.get(&authorize(&format!("prompt=none&id_token_hint={hint}"))).await.leads(302);
            assert!(silent.contains("code="), "{told} {silent}");
            let off =
                format!("{MOUNT}/connect/logout?id_token_hint={hint}&post_logout_redirect_uri={GOODBYE}&state=s1");
            let stranger = people.browser().get(&off).await;
            assert_eq!(stranger.leads(302), format!("{GOODBYE}?state=s1"), "{told}");
            assert_eq!(browser.get(&off).await.leads(302), format!("{GOODBYE}?state=s1"), "{told}");
            let gone = browser.get(&authorize("prompt=none")).await.leads(302);
            assert!(gone.contains("error=login_required"), "{told} {gone}");
        }
    }
}

#[tokio::test]
async fn a_disabled_application_gets_nobody_back() {
    let people = People::start().await;
    let browser = people.browser();
    let hint = sign_on(&people, &browser).await;
    people.change(json!({ "enabled": false })).await;
    for named in [format!("client_id={}", people.client), format!("id_token_hint={hint}")] {
        let off = people.path(&format!("/as/signoff?{named}&post_logout_redirect_uri={GOODBYE}"));
        let refused = browser.get(&off).await;
        assert_eq!((refused.status, refused.header("location")), (400, ""), "{}", refused.text);
    }
    // The person may leave all the same.
    let left = browser.get(&people.path(&format!("/as/signoff?id_token_hint={hint}"))).await;
    assert_eq!((left.status, left.text.contains("id=\"logged-out\"")), (200, true), "{}", left.text);
}

/// D10: an access token shows an application to a resource, and speaks for nobody at sign-off or authorize, in any profile.
#[tokio::test]
async fn an_access_token_is_no_hint() {
    for profile in [TokenProfile::PingOne, TokenProfile::Rfc9068, TokenProfile::Spring] {
        let people = People::start().await;
        let mut environment = people.server.app.store.environment(people.env).await.unwrap().unwrap();
        environment.settings.token_profile = profile;
        people.server.furnish(vec![Change::put(environment, Guard::Version)]).await;
        let browser = people.browser();
        let hint = sign_on(&people, &browser).await;
        let silent = browser.get(&people.authorize("prompt=none&scope=openid")).await.leads(302);
        let tokens = people.exchange(&parameters(&silent)["code"]).await.expect(200);
        let access = tokens["access_token"].as_str().unwrap();
        for more in ["", &format!("&post_logout_redirect_uri={GOODBYE}"), &format!("&client_id={}", people.client)] {
            for off in [people.path("/as/signoff"), format!("{MOUNT}/connect/logout")] {
                let refused = browser.get(&format!("{off}?id_token_hint={access}{more}")).await;
                assert_eq!((refused.status, refused.header("location")), (400, ""), "{profile:?} {more}");
                assert!(refused.text.contains("id_token_hint is not an ID token"), "{profile:?} {more}");
            }
        }
        let asked = browser.get(&people.authorize(&format!("prompt=none&id_token_hint={access}"))).await.leads(302);
        assert_eq!(parameters(&asked)["error"], "invalid_request", "{profile:?}");
        assert!(is_signed_on(&people, &browser).await, "{profile:?}");
        let off = people.path(&format!("/as/signoff?id_token_hint={hint}"));
        assert!(browser.get(&off).await.text.contains("id=\"logged-out\""), "{profile:?}");
    }
}

/// RP-Initiated Logout §3: an address leads back only for one application, and who is refused is told which of the three is
/// missing: the application, one that exists, or the address among its own.
#[tokio::test]
async fn a_refused_way_back_is_explained_as_what_it_is() {
    let people = People::start().await;
    let browser = people.browser();
    let hint = sign_on(&people, &browser).await;
    let client = &people.client;
    for (query, name, sentence) in [
        (format!("post_logout_redirect_uri={GOODBYE}"), "logout_client_missing", "needs client_id or id_token_hint"),
        (
            format!("client_id=nobody&post_logout_redirect_uri={GOODBYE}"),
            "client_unknown",
            "client_id is not the id of an application",
        ),
        (
            format!("client_id={client}&post_logout_redirect_uri={CALLBACK}"),
            "logout_uri_invalid",
            "post_logout_redirect_uri is not registered",
        ),
        (
            format!("id_token_hint={hint}&post_logout_redirect_uri={GOODBYE}/"),
            "logout_uri_invalid",
            "post_logout_redirect_uri is not registered",
        ),
    ] {
        for off in [people.path("/as/signoff"), format!("{MOUNT}/connect/logout")] {
            let refused = browser.get(&format!("{off}?{query}")).await;
            assert_eq!(refused.status, 400, "{query}");
            assert!(refused.text.contains(sentence), "{query}: {}", refused.text);
            people.server.app.audit.flush().await;
            let number = CorrelationId::parse(refused.correlation()).unwrap();
            let told = people.server.app.store.explain(number).await.unwrap();
            let refusal = told[0].event.refusal.clone().unwrap();
            assert_eq!(refusal.reason.row().name, name, "{query}");
            if name == "logout_uri_invalid" {
                assert!(refusal.expected.contains(GOODBYE), "{query}: {}", refusal.expected);
            }
        }
    }
    assert!(is_signed_on(&people, &browser).await);
}

/// C1: a script of the application signs off with its ID token, and is sent nowhere.
#[tokio::test]
async fn a_script_signs_off_and_reads_that_it_is_done() {
    let people = People::start().await;
    let own = [("origin", "https://app.example"), ("accept", "application/json")];
    for more in ["", &format!("&post_logout_redirect_uri={GOODBYE}")] {
        let browser = people.browser();
        let hint = sign_on(&people, &browser).await;
        let off = people.path(&format!("/as/signoff?id_token_hint={hint}{more}"));
        let wrong = browser.call("GET", &format!("{off}x"), &own, String::new()).await;
        assert_eq!((wrong.status, wrong.header("access-control-allow-origin")), (400, "https://app.example"));
        let done = browser.call("GET", &off, &own, String::new()).await;
        assert_eq!((done.status, done.header("access-control-allow-origin")), (204, "https://app.example"));
        assert_eq!(done.header("access-control-allow-credentials"), "true");
        assert!(!is_signed_on(&people, &browser).await);
        let evil = [("origin", "https://evil.example"), ("accept", "application/json")];
        let told = browser.call("GET", &off, &evil, String::new()).await;
        assert_eq!(told.header("access-control-allow-origin"), "");
    }
}

/// C1: the question is the person's: a script that asks without their ID token reads neither their name nor what the answer needs.
#[tokio::test]
async fn a_script_is_not_asked_the_question() {
    let people = People::start().await;
    let browser = people.browser();
    sign_on(&people, &browser).await;
    let own = "https://app.example";
    let stale = {
        let other = people.browser();
        let hint = sign_on(&people, &other).await;
        other.get(&people.path(&format!("/as/signoff?id_token_hint={hint}"))).await.expect(200);
        hint
    };
    let (of_client, of_other) = (format!("?client_id={}", people.client), format!("?id_token_hint={stale}"));
    let queries = ["", &*of_client, &*of_other].into_iter();
    for off in queries
        .flat_map(|query| [people.path(&format!("/as/signoff{query}")), format!("{MOUNT}/connect/logout{query}")])
    {
        for script in [("accept", "application/json"), ("x-requested-with", "ping-sdk")] {
            let told = browser.call("GET", &off, &[("origin", own), script], String::new()).await;
            assert_eq!((told.status, told.header("access-control-allow-origin")), (400, own), "{off} {}", told.text);
            assert!(
                !told.text.contains("csrf") && told.body["details"][0]["target"] == "id_token_hint",
                "{}",
                told.text
            );
        }
        let page = browser.call("GET", &off, &[("origin", own), ("accept", "text/html")], String::new()).await;
        assert_eq!((page.status, page.header("access-control-allow-origin")), (200, ""), "{off}");
        assert!(is_signed_on(&people, &browser).await);
    }
}
