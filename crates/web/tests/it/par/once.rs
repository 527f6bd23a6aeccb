//! One reference gives one answer, on every process and however many bring it.

use std::sync::Arc;

use protocol::refusal::Reason;
use testkit::{People, Start, TestApp, parameters};
use tokio::task::JoinSet;

use super::{at, is_page, push, reason, reference, with};

/// PA-06: opened again before the sign-on, as often as one likes; after it no more.
#[tokio::test]
async fn a_page_may_be_loaded_again_and_an_answer_is_given_once() {
    let people = People::start().await;
    let (one, other) = (people.browser(), people.browser());
    let address = at(&people, &reference(&people, &[("scope", "openid")]).await);
    let first = one.follow(one.get(&address).await).await;
    let again = one.follow(one.get(&address).await).await;
    let elsewhere = other.follow(other.get(&address).await).await;
    let leads = one.follow(one.sign_on(&again, "ann", testkit::people::PASSWORD).await).await.leads(302);
    assert_eq!(parameters(&leads)["state"], "pushed");
    people.exchange(&parameters(&leads)["code"]).await.expect(200);
    // Now it is used: in the address, in the flows that had begun, and with a session that is enough.
    is_page(&people, &one.get(&address).await, Reason::RequestUriUsed).await;
    is_page(&people, &other.get(&address).await, Reason::RequestUriUsed).await;
    let late = other.follow(other.sign_on(&elsewhere, "emil", testkit::people::PASSWORD).await).await;
    assert_eq!((late.status, late.header("location")), (400, ""), "{late:?}");
    assert_eq!(reason(&people, &late).await, Reason::RequestUriUsed);
    let late = one.follow(one.sign_on(&first, "ann", testkit::people::PASSWORD).await).await;
    assert_eq!((late.status, late.header("location")), (400, ""), "{late:?}");
}

/// PA-06: a refusal that is told to the application uses nothing up; without a sign-on there is no answer.
#[tokio::test]
async fn a_refusal_uses_nothing_up() {
    let people = People::start().await;
    let browser = people.browser();
    let address = at(&people, &reference(&people, &[("prompt", "none")]).await);
    for _ in 0..2 {
        let told = parameters(&browser.get(&address).await.leads(302));
        assert_eq!((told["error"].as_str(), told["state"].as_str()), ("login_required", "pushed"));
    }
    let flow = people.begin(&browser, "").await;
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    assert!(parameters(&browser.get(&address).await.leads(302)).contains_key("code"));
    is_page(&people, &browser.get(&address).await, Reason::RequestUriUsed).await;
    // So does the answer that tells nothing.
    let address = at(&people, &reference(&people, &[("response_type", "none")]).await);
    assert_eq!(parameters(&browser.get(&address).await.leads(302))["state"], "pushed");
    is_page(&people, &browser.get(&address).await, Reason::RequestUriUsed).await;
}

/// PA-06: it lives as long as was said; a sign-on that began in time is finished.
#[tokio::test]
async fn a_reference_expires() {
    let people = People::start().await;
    let browser = people.browser();
    let address = at(&people, &reference(&people, &[]).await);
    people.wait(59);
    let page = browser.follow(browser.get(&address).await).await;
    people.wait(1);
    is_page(&people, &browser.get(&address).await, Reason::RequestUriExpired).await;
    let leads = browser.follow(browser.sign_on(&page, "ann", testkit::people::PASSWORD).await).await.leads(302);
    assert!(parameters(&leads).contains_key("code"));
    // A program reads it as JSON.
    let told = browser.call("GET", &address, &[("accept", "application/json")], String::new()).await.expect(400);
    assert_eq!(told["code"], "INVALID_DATA");
    // An hour later it is forgotten, and so is the difference.
    people.wait(3_700);
    people.server.base.store.purge(people.server.now(), people.server.now().plus(-1_000_000)).await.unwrap();
    is_page(&people, &browser.get(&address).await, Reason::RequestUriUnknown).await;
}

/// PA-06: of a hundred answers that are asked for at once one is given: with a session, and at the end of a hundred flows; on one
/// process and on two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_is_answered() {
    let people = Arc::new(People::on(TestApp::build().config(|config| config.allowance.flows = 1_000)).await);
    let beside = Start::default().over(people.server.base.store.clone()).again().start().await;
    let browser = Arc::new(people.browser());
    let flow = people.begin(&browser, "").await;
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    let cookie = format!("ST={}", browser.cookie("ST").unwrap());
    let beside = Arc::new(beside);
    let address = at(&people, &reference(&people, &[]).await);
    let mut tries = JoinSet::new();
    for n in 0..100 {
        let (here, there, address, cookie) = (people.clone(), beside.clone(), address.clone(), cookie.clone());
        tries.spawn(async move {
            let request = testkit::Request::get(address).header("accept", "text/html").header("cookie", cookie);
            if n % 2 == 0 { here.server.send(request).await } else { there.send(request).await }
        });
    }
    let (given, refused): (Vec<_>, Vec<_>) = tries.join_all().await.into_iter().partition(|a| a.status == 302);
    assert_eq!((given.len(), refused.len()), (1, 99));
    assert!(refused.iter().all(|answer| answer.status == 400), "{:?}", refused[0]);

    let driven = reference(&people, &[("response_mode", "pi.flow")]).await;
    let mut ends = Vec::new();
    for _ in 0..100 {
        let begun = browser.read(&with(&people, &people.client, &driven, "")).await.expect(200);
        assert_eq!(begun["status"], "COMPLETED");
        ends.push(begun["resumeUrl"].as_str().unwrap().to_owned());
    }
    let mut tries = JoinSet::new();
    for end in ends {
        let browser = browser.clone();
        tries.spawn(async move { browser.read(&end).await });
    }
    let (given, refused): (Vec<_>, Vec<_>) = tries.join_all().await.into_iter().partition(|a| a.status == 200);
    assert_eq!((given.len(), refused.len()), (1, 99), "{:?}", refused.first());
    assert!(refused.iter().all(|answer| answer.status == 400), "{:?}", refused[0]);
}

/// CJ-12: an assertion is used up by the push that it proves, a refused one as well: see `token/assertions.rs`.
#[tokio::test]
async fn a_driven_flow_is_answered_at_once_and_once() {
    let people = People::start().await;
    let browser = people.browser();
    let flow = people.begin(&browser, "").await;
    people.sign_on(&browser, &flow, "ann").await.expect(200);
    let silent = [("response_mode", "pi.flow"), ("prompt", "none"), ("redirect_uri", "-")];
    assert_eq!(push(&people, &silent).await.status, 201);
    let address = at(&people, &reference(&people, &silent).await);
    let told = browser.read(&address).await.expect(200);
    assert!(told["authorizeResponse"]["code"].is_string(), "{told}");
    browser.read(&address).await.expect(400);
}
