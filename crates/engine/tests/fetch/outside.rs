//! The guard, the cache and the admission, with an outside that the test makes up.

use std::future::Future as _;
use std::sync::Arc;
use std::task::{Context, Waker};

use engine::fetch::{Answer, Document, Expected, Method, Notice, Outbound, Outgoing, Unfetched, Wanted};
use protocol::outgoing::Unfit;
use testkit::FakeWorld;

use super::{KEYS, URL, environment, secret};

fn world() -> (Arc<FakeWorld>, Arc<Outgoing>) {
    let world = Arc::new(FakeWorld::new(1));
    world.outside.name("client.example", &["8.8.8.8"]);
    (world.clone(), Outgoing::new(world, Outbound::default()))
}

async fn kept(outgoing: &Arc<Outgoing>) -> Result<Arc<Document>, Unfetched> {
    outgoing.document(environment(1), URL, KEYS, Wanted::Kept).await
}

fn saying(cache_control: &str, etag: &str, body: &str) -> Answer {
    Answer {
        status: 200,
        media: Some("application/jwk-set+json; charset=utf-8".into()),
        etag: Some(etag.into()),
        cache_control: Some(cache_control.into()),
        body: body.into(),
        ..Answer::default()
    }
}

/// SS-03: what the name resolves to later is not looked at, and a mixed answer refuses all.
#[tokio::test]
async fn ss_03_the_connection_goes_to_the_checked_address_only() {
    let (world, outgoing) = world();
    world.outside.name("client.example", &["127.0.0.1"]);
    world.outside.json(URL, "{}");
    kept(&outgoing).await.unwrap();
    assert_eq!(world.outside.asked()[0].addresses, ["8.8.8.8:443".parse().unwrap()]);
    world.outside.name("mixed.example", &["8.8.8.8", "10.0.0.1"]);
    world.outside.json("https://mixed.example/", "{}");
    // Also the name of before, once it resolves to this machine.
    for url in ["https://mixed.example/", "https://client.example/other"] {
        let refused = outgoing.document(environment(1), url, KEYS, Wanted::Kept).await;
        assert_eq!(refused, Err(Unfetched::Unfit(Unfit::NotPublic)), "{url}");
    }
    assert_eq!(world.outside.asked().len(), 1);
}

/// SS-01, SS-02, SS-05: nothing leaves, not even a look-up.
#[tokio::test]
async fn ss_05_what_is_refused_never_leaves() {
    let (world, outgoing) = world();
    for url in [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://localhost./",
        "http://client.example/",
        "https://client.example:6379/",
        "https://client.example:22/",
        "gopher://client.example/",
    ] {
        assert!(outgoing.document(environment(1), url, KEYS, Wanted::Kept).await.is_err(), "{url}");
        let notice = Notice { media: "application/json", body: secret("{}"), bearer: None };
        assert!(outgoing.notify(environment(1), url, notice).await.is_err(), "{url}");
    }
    assert_eq!(world.outside.asked(), []);
}

/// SS-04
#[tokio::test]
async fn ss_04_a_redirect_is_an_answer_like_any_other_that_is_none() {
    let (world, outgoing) = world();
    for (path, status) in
        [("a", 301), ("b", 302), ("c", 303), ("d", 307), ("e", 308), ("f", 304), ("g", 204), ("h", 500)]
    {
        let url = format!("https://client.example/{path}");
        let media = Some("application/json".to_owned());
        world.outside.answer(&url, Ok(Answer { status, media, ..Answer::default() }));
        let found = outgoing.document(environment(1), &url, KEYS, Wanted::Kept).await;
        assert_eq!(found, Err(Unfetched::Status(status)));
    }
    assert_eq!(world.outside.asked().len(), 8);
}

/// SS-07
#[tokio::test]
async fn ss_07_a_thousand_clients_share_one_request() {
    let (world, outgoing) = world();
    world.outside.json(URL, "{}");
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let outgoing = outgoing.clone();
        waiting.spawn(async move { kept(&outgoing).await });
    }
    assert!(waiting.join_all().await.iter().all(Result::is_ok));
    assert_eq!(world.outside.asked().len(), 1);
    // Another environment does not wait for this one's, nor learn of it.
    outgoing.document(environment(2), URL, KEYS, Wanted::Kept).await.unwrap();
    assert_eq!(world.outside.asked().len(), 2);
}

/// SS-07: failing is no way around it.
#[tokio::test]
async fn ss_07_a_failure_is_shared_and_remembered_for_a_while() {
    let (world, outgoing) = world();
    world.outside.answer(URL, Err(Unfetched::Unreachable));
    world.outside.json(URL, "{}");
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let outgoing = outgoing.clone();
        waiting.spawn(async move { kept(&outgoing).await });
    }
    assert!(waiting.join_all().await.iter().all(|found| *found == Err(Unfetched::Unreachable)));
    assert_eq!(outgoing.document(environment(1), URL, KEYS, Wanted::Newer).await, Err(Unfetched::Unreachable));
    assert_eq!(world.outside.asked().len(), 1);
    world.advance(61);
    kept(&outgoing).await.unwrap();
    assert_eq!(world.outside.asked().len(), 2);
}

#[tokio::test]
async fn who_goes_away_does_not_take_the_answer_along() {
    let (world, outgoing) = world();
    world.outside.json(URL, "{}");
    let mut impatient = Box::pin(kept(&outgoing));
    assert!(impatient.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(impatient);
    kept(&outgoing).await.unwrap();
    assert_eq!(world.outside.asked().len(), 1);
}

#[tokio::test]
async fn a_document_is_kept_as_long_as_said_and_then_asked_for_by_its_tag() {
    let (world, outgoing) = world();
    world.outside.answer(URL, Ok(saying("max-age=600", "\"1\"", "one")));
    world
        .outside
        .answer(URL, Ok(Answer { status: 304, cache_control: Some("max-age=120".into()), ..Answer::default() }));
    world.outside.answer(URL, Ok(saying("max-age=600", "\"2\"", "two")));
    let first = kept(&outgoing).await.unwrap();
    assert_eq!((first.media.as_str(), first.body.as_slice()), ("application/jwk-set+json", &b"one"[..]));
    world.advance(599);
    assert_eq!(kept(&outgoing).await.unwrap(), first);
    assert_eq!(world.outside.asked().len(), 1);
    world.advance(2);
    let again = kept(&outgoing).await.unwrap();
    assert_eq!(again, first);
    // What was parsed of it stays with it, also that it is no key set.
    assert!(Arc::ptr_eq(&again.keys(), &first.keys()) && first.keys().is_err());
    let asked = world.outside.asked();
    assert_eq!(asked[0].headers, [("accept", "application/json, application/jwk-set+json".to_owned())]);
    assert_eq!(asked[1].headers[1], ("if-none-match", "\"1\"".to_owned()));
    world.advance(121);
    assert_eq!(kept(&outgoing).await.unwrap().body, b"two");
    assert_eq!(world.outside.asked()[2].headers[1], ("if-none-match", "\"1\"".to_owned()));
}

#[tokio::test]
async fn made_up_key_ids_do_not_make_it_ask_again_and_again() {
    let (world, outgoing) = world();
    world.outside.answer(URL, Ok(saying("max-age=3600", "\"1\"", "one")));
    world.outside.answer(URL, Ok(saying("max-age=3600", "\"2\"", "two")));
    let newer = || outgoing.document(environment(1), URL, KEYS, Wanted::Newer);
    kept(&outgoing).await.unwrap();
    for _ in 0..100 {
        assert_eq!(newer().await.unwrap().body, b"one");
    }
    assert_eq!(world.outside.asked().len(), 1);
    world.advance(61);
    for _ in 0..100 {
        assert_eq!(newer().await.unwrap().body, b"two");
    }
    assert_eq!(world.outside.asked().len(), 2);
}

#[tokio::test]
async fn an_old_document_serves_while_its_server_fails_but_not_for_ever() {
    let (world, outgoing) = world();
    world.outside.answer(URL, Ok(saying("max-age=60", "\"1\"", "one")));
    world.outside.answer(URL, Err(Unfetched::Late));
    kept(&outgoing).await.unwrap();
    world.advance(61);
    assert_eq!(kept(&outgoing).await.unwrap().body, b"one");
    assert_eq!(kept(&outgoing).await.unwrap().body, b"one");
    assert_eq!(world.outside.asked().len(), 2, "the failure is remembered");
    world.advance(3_600);
    assert_eq!(kept(&outgoing).await, Err(Unfetched::Late));
}

#[tokio::test]
async fn a_document_of_another_kind_is_none() {
    let (world, outgoing) = world();
    for (path, media) in
        [("a", Some("text/html")), ("b", None), ("c", Some("application/jsonp")), ("d", Some("text/json"))]
    {
        let url = format!("https://client.example/{path}");
        let media = media.map(str::to_owned);
        world.outside.answer(&url, Ok(Answer { status: 200, media, body: b"{}".to_vec(), ..Answer::default() }));
        assert_eq!(outgoing.document(environment(1), &url, KEYS, Wanted::Kept).await, Err(Unfetched::Media), "{path}");
    }
}

/// Two clients of an environment name one address, each for a purpose of its own.
#[tokio::test]
async fn one_address_for_two_purposes_is_two_documents() {
    let (world, outgoing) = world();
    world.outside.json(URL, "{}");
    let request = Expected { media: &["application/oauth-authz-req+jwt"], largest: 64 * 1024, withdrawn: false };
    let ask = |expected| outgoing.document(environment(1), URL, expected, Wanted::Kept);
    assert_eq!(ask(request).await, Err(Unfetched::Media));
    assert_eq!(ask(KEYS).await.unwrap().body, b"{}", "what failed as the one is not kept from the other");
    assert_eq!(ask(request).await, Err(Unfetched::Media), "nor is what came as the other given to the one");
    ask(Expected { largest: 1, ..KEYS }).await.unwrap();
    let largest: Vec<usize> = world.outside.asked().iter().map(|asked| asked.largest).collect();
    assert_eq!(largest, [64 * 1024, 64 * 1024, 1], "whoever takes less is given no document that was read for more");
}

#[tokio::test]
async fn a_notice_is_sent_each_time_and_the_status_is_told() {
    let (world, outgoing) = world();
    world.outside.answer(URL, Ok(Answer { status: 204, ..Answer::default() }));
    world.outside.answer(URL, Ok(Answer { status: 302, ..Answer::default() }));
    let notice = Notice {
        media: "application/x-www-form-urlencoded",
        body: secret("logout_token=x"),
        bearer: Some(secret("given")),
    };
    let shown = format!("{notice:?}");
    assert_eq!(outgoing.notify(environment(1), URL, notice.clone()).await, Ok(204));
    assert_eq!(outgoing.notify(environment(1), URL, notice).await, Ok(302));
    let asked = &world.outside.asked()[1];
    assert_eq!((asked.method, asked.body.as_str()), (Method::Post, "logout_token=x"));
    assert!(asked.headers.contains(&("authorization", "Bearer given".to_owned())));
    assert!(asked.debug.contains("authorization") && asked.debug.contains("client.example"), "{}", asked.debug);
    for shown in [shown, asked.debug.clone()] {
        assert!(!shown.contains("given") && !shown.contains("logout_token"), "{shown}");
    }
}
