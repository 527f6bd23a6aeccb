//! LO-07: applications that do not take what they are told.

use engine::fetch::Unfetched;
use serde_json::json;

use super::{answers, recorded, sent, sign_off, sign_on, told};

/// Bounded attempts, each later than the one before, and each on record.
#[tokio::test]
async fn what_is_not_taken_is_sent_again_and_then_given_up() {
    let (people, mut before) = (told(500).await, 0);
    people.server.world.outside.answer(super::TOLD, Ok(engine::fetch::Answer { status: 302, ..Default::default() }));
    people.server.world.outside.answer(super::TOLD, Err(Unfetched::Late));
    people.server.world.outside.answer(super::TOLD, Err(Unfetched::Unreachable));
    answers(&people, 400);
    let browser = people.browser();
    let tokens = sign_on(&people, &browser).await;
    sign_off(&people, &browser, &tokens).await;
    let mut jtis = Vec::new();
    for pause in [0, 30, 120, 600, 1_800, 3_600] {
        if pause > 0 {
            people.wait(pause - 2);
            assert_eq!(sent(&people, &mut before).await, [], "not before its time");
            people.wait(2);
        }
        let asked = sent(&people, &mut before).await;
        assert_eq!(asked.len(), 1, "{pause}: {asked:?}");
        jtis.push(testkit::claims(super::token(&asked[0]))["jti"].as_str().unwrap().to_owned());
    }
    people.wait(1_000_000);
    assert_eq!(sent(&people, &mut before).await, []);
    jtis.sort_unstable();
    jtis.dedup();
    assert_eq!(jtis.len(), 6, "each token is another one");
    let mut told = recorded(&people).await;
    told.sort_unstable();
    let of = |n: u8, follows: &str, came: &str| (format!("attempt {n}: {follows}"), Some(came.to_owned()));
    assert_eq!(
        told,
        [
            of(1, "another follows", "status 500"),
            of(2, "another follows", "status 302"),
            of(3, "another follows", "the address did not answer in time"),
            of(4, "another follows", "the address could not be reached"),
            of(5, "another follows", "status 400"),
            of(6, "given up", "status 400"),
        ]
    );
    let outcomes = people.server.app.logouts.outcomes();
    assert_eq!(outcomes, [("delivered", 0), ("failed", 5), ("given_up", 1)]);
}

/// SS-01: an address inside is not called, however it is registered; and not tried again.
#[tokio::test]
async fn an_address_inside_is_never_called() {
    let people = told(200).await;
    for uri in
        ["https://10.0.0.1/logout", "https://169.254.169.254/latest", "https://[::1]/", "https://inside.example/"]
    {
        people.server.world.outside.name("inside.example", &["127.0.0.1"]);
        people.change(json!({ "backchannelLogoutUri": uri })).await;
        let browser = people.browser();
        let tokens = sign_on(&people, &browser).await;
        sign_off(&people, &browser, &tokens).await;
        assert_eq!(sent(&people, &mut 0).await, [], "{uri}");
        people.wait(100_000);
        assert_eq!(sent(&people, &mut 0).await, [], "{uri}");
    }
    let told = recorded(&people).await;
    assert_eq!(told.len(), 4, "{told:?}");
    for (note, came) in told {
        assert_eq!(
            (note.as_str(), came.as_deref()),
            ("attempt 1: given up", Some("the host of the address is not on the internet"))
        );
    }
}

/// What cannot be an address to call is refused where it is registered.
#[tokio::test]
async fn what_is_no_address_is_not_registered() {
    let people = told(200).await;
    let path = format!("/environments/{}/applications/{}", people.env, people.client);
    let whole = people.server.manage(http::Method::GET, &path, None).await.expect(200);
    assert_eq!(whole["backchannelLogoutUri"], super::TOLD);
    assert_eq!(whole["backchannelLogoutSessionRequired"], true);
    for uri in [
        "http://rp.example/",
        "https://rp.example/#part",
        "javascript:alert(1)",
        "com.example:/out",
        "https://u:p@rp.example/",
    ] {
        let mut body = whole.clone();
        body["backchannelLogoutUri"] = json!(uri);
        let refused = people.server.manage(http::Method::PUT, &path, Some(&body)).await;
        assert_eq!(
            (refused.status, refused.body["details"][0]["target"].as_str()),
            (400, Some("backchannelLogoutUri")),
            "{uri}"
        );
    }
    // Left out, it is taken away; the switch stays as it is.
    let mut body = whole.clone();
    body.as_object_mut().unwrap().remove("backchannelLogoutUri");
    body.as_object_mut().unwrap().remove("backchannelLogoutSessionRequired");
    let after = people.server.manage(http::Method::PUT, &path, Some(&body)).await.expect(200);
    assert_eq!(
        (after.get("backchannelLogoutUri"), after["backchannelLogoutSessionRequired"].as_bool()),
        (None, Some(true))
    );
}
