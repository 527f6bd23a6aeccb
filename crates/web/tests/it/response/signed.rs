//! JWT Secured Authorization Response Mode (JARM): one parameter, in which everything stands and which nobody on the way can change.

use jose::{Alg, Compact};
use serde_json::json;

use super::*;

const SIGNED: [(&str, &str); 4] =
    [("jwt", "?response="), ("query.jwt", "?response="), ("fragment.jwt", "#response="), ("form_post.jwt", "")];

/// The response in a signed mode, which is all that there is.
fn response(answer: &Answer, before: &str) -> String {
    if answer.status == 200 {
        assert!(before.is_empty(), "{answer:?}");
    } else {
        assert!(answer.header("location").starts_with(&format!("https://app.example/cb{before}")), "{answer:?}");
    }
    let fields = told(answer);
    assert_eq!(fields.len(), 1, "{fields:?}");
    assert_eq!(fields[0].0, "response");
    fields[0].1.clone()
}

/// JARM §2.1, §2.3, AZ-04, AZ-06, MX: codes and refusals, in every mode: of this issuer, for this client, for a short time.
#[tokio::test]
async fn everything_stands_in_the_jwt_in_every_mode() {
    let people = People::start().await;
    let browser = signed_on(&people).await;
    for (mode, before) in SIGNED {
        let asked = format!("response_mode={mode}&scope=openid&state=a%26b%22%3Cscript%3E");
        let granted = browser.get(&people.authorize(&asked)).await;
        let told = verified(&people, &response(&granted, before)).await;
        let names: Vec<_> = told.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["aud", "code", "exp", "iss", "state"], "{mode}");
        assert_eq!(
            (&told["iss"], &told["aud"]),
            (&json!(format!("{ORIGIN}/{}/as", people.env)), &json!(people.client))
        );
        assert_eq!(told["state"], "a&b\"<script>");
        let left = told["exp"].as_i64().unwrap() - people.server.now().secs();
        assert!((60..=600).contains(&left), "{left}");
        people.exchange(told["code"].as_str().unwrap()).await.expect(200);

        let refused = browser.get(&people.authorize(&format!("{asked}&prompt=none&max_age=0"))).await;
        let told = verified(&people, &response(&refused, before)).await;
        let names: Vec<_> = told.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["aud", "error", "error_description", "exp", "iss", "state"], "{mode}");
        assert_eq!(told["error"], "login_required");
        assert_eq!(reason(&people, &refused).await, Reason::LoginRequired);
    }
}

/// The end of a flow on pages is answered in the same way, and so is whoever turns away.
#[tokio::test]
async fn a_sign_on_ends_in_a_signed_response() {
    let people = People::start().await;
    let browser = people.browser();
    let asked = people.authorize("response_mode=jwt&scope=openid&state=s1");
    let page = browser.follow(browser.get(&asked).await).await;
    let done = browser.sign_on(&page, "ann", PASSWORD).await;
    let resumed = browser.get(&done.leads(303)).await;
    let told = verified(&people, &response(&resumed, "?response=")).await;
    assert_eq!(told["state"], "s1");
    people.exchange(told["code"].as_str().unwrap()).await.expect(200);
}

/// JARM §3: by the algorithm that the application chose, whichever of those that metadata lists, and with a key that is published.
#[tokio::test]
async fn the_application_chooses_the_algorithm() {
    let people = People::start().await;
    let browser = signed_on(&people).await;
    let metadata = people.server.get(&people.path("/as/.well-known/openid-configuration")).await.expect(200);
    let listed = &metadata["authorization_signing_alg_values_supported"];
    assert_eq!(listed.as_array().unwrap().len(), Alg::ASYMMETRIC.len());
    for mode in SIGNED.map(|(mode, _)| mode) {
        assert!(metadata["response_modes_supported"].as_array().unwrap().contains(&json!(mode)));
    }
    for alg in Alg::ASYMMETRIC {
        assert!(listed.as_array().unwrap().contains(&json!(alg.name())));
        people.change(json!({ "authorizationSignedResponseAlg": alg.name() })).await;
        let answer = browser.get(&people.authorize("response_mode=jwt&scope=openid")).await;
        let response = response(&answer, "?response=");
        assert_eq!(Compact::parse(&response).unwrap().alg(), *alg);
        verified(&people, &response).await;
    }
}

/// A response is neither an ID token nor an access token, whoever shows it (RFC 8725 §3.12).
#[tokio::test]
async fn a_response_is_no_other_token() {
    let people = People::start().await;
    let browser = signed_on(&people).await;
    let answer = browser.get(&people.authorize("response_mode=jwt&scope=openid")).await;
    let response = response(&answer, "?response=");
    assert_eq!(people.server.get_with(&people.path("/as/userinfo"), &response).await.status, 401);
    let hinted = browser.get(&people.authorize(&format!("prompt=none&id_token_hint={response}"))).await;
    assert_eq!(reason(&people, &hinted).await, Reason::HintInvalid);
}

/// RU and the signed modes (Keycloak CVE-2023-6927): where a response goes is judged as in every other mode.
#[tokio::test]
async fn a_signed_mode_widens_no_redirect() {
    let people = People::start().await;
    let browser = signed_on(&people).await;
    for (mode, _) in SIGNED {
        for uri in [
            "https%3A%2F%2Fevil.example%2F",
            "https%3A%2F%2Fapp.example%2Fcb%2F..%2Fevil",
            "https%3A%2F%2Fapp.example%2Fcb%3Fx",
        ] {
            let client = &people.client;
            let path =
                format!("/as/authorize?client_id={client}&response_type=code&redirect_uri={uri}&response_mode={mode}");
            let answer = browser.get(&people.path(&path)).await;
            assert_eq!((answer.status, answer.header("location")), (400, ""), "{mode} {uri}");
            assert_eq!(reason(&people, &answer).await, Reason::RedirectUriInvalid);
        }
    }
}

/// `responseModes`: what an application does not take it is not sent, and it learns of it in a form that it does.
#[tokio::test]
async fn an_application_is_answered_only_as_it_registered() {
    let people = People::start().await;
    let browser = signed_on(&people).await;
    people.change(json!({ "responseModes": ["jwt"] })).await;
    for mode in ["jwt", "query.jwt"] {
        let answer = browser.get(&people.authorize(&format!("response_mode={mode}"))).await;
        assert!(verified(&people, &response(&answer, "?response=")).await["code"].is_string());
    }
    for other in
        ["", "response_mode=query", "response_mode=fragment", "response_mode=form_post", "response_mode=fragment.jwt"]
    {
        let answer = browser.get(&people.authorize(&format!("{other}&state=s1"))).await;
        let told = verified(&people, &response(&answer, "?response=")).await;
        assert_eq!((&told["error"], &told["state"]), (&json!("invalid_request"), &json!("s1")), "{other}");
        let refused = refusal(&people, &answer).await;
        assert_eq!(
            (refused.reason, refused.expected.as_str()),
            (Reason::ResponseModeInvalid, "responseModes of the application: jwt")
        );
    }
    let driven = browser.read(&people.authorize("response_mode=pi.flow")).await;
    assert_eq!((driven.status, reason(&people, &driven).await), (400, Reason::ResponseModeInvalid));
    people.change(json!({ "responseModes": ["query", "pi.flow"] })).await;
    let refused = browser.get(&people.authorize("response_mode=jwt")).await;
    assert_eq!(parameters(&refused.leads(302))["error"], "invalid_request");
    browser.read(&people.authorize("response_mode=pi.flow&scope=openid")).await.expect(200);
    people.change(json!({ "responseModes": [] })).await;
    let answer = browser.get(&people.authorize("response_mode=fragment.jwt")).await;
    response(&answer, "#response=");
}

/// A pushed request is judged by the same list, and what it asks for is what its answer is.
#[tokio::test]
async fn a_pushed_request_keeps_its_mode() {
    let people = People::start().await;
    let browser = signed_on(&people).await;
    for (mode, before) in SIGNED {
        let fields = [
            ("client_id", people.client.as_str()),
            ("client_secret", SECRET),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("response_mode", mode),
        ];
        let pushed = people.server.form(&people.path("/as/par"), &fields).await.expect(201);
        let reference = encode(&[("request_uri", pushed["request_uri"].as_str().unwrap())]);
        let path = people.path(&format!("/as/authorize?client_id={}&{reference}", people.client));
        let answer = browser.get(&path).await;
        assert!(verified(&people, &response(&answer, before)).await["code"].is_string(), "{mode}");
    }
}
