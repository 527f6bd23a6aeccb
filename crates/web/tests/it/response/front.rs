//! Response types with tokens: implicit and hybrid (OIDC Core §3.2, §3.3), which RFC 9700 §2.1.2 would have nobody use, and so with every
//! defence that there is.

use aws_lc_rs::digest::{SHA256, digest};
use protocol::audit::Action;
use reqwest::Method;
use serde_json::json;

use super::*;

pub(super) const TYPES: [&str; 6] =
    ["code id_token", "code token", "code id_token token", "id_token", "id_token token", "token"];

/// An application that may be answered with everything.
pub(super) async fn everything(people: &People) {
    let kinds = json!(["CODE", "ID_TOKEN", "TOKEN"]);
    people.change(json!({ "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"], "responseTypes": kinds })).await;
}

/// The request of the confidential application with another response type.
pub(super) fn ask(people: &People, kind: &str, more: &str) -> String {
    let query = encode(&[("response_type", kind), ("client_id", &people.client), ("redirect_uri", CALLBACK)]);
    people.path(&format!("/as/authorize?{query}&{more}"))
}

const SOUND: &str = "scope=openid+profile&nonce=n-1&state=s1";

async fn allow(people: &People, tokens: Value) {
    let path = format!("/environments/{}", people.env);
    let mut body = people.server.manage(Method::GET, &path, None).await.expect(200);
    body["frontChannelTokens"] = tokens;
    people.server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
}

fn half_hash(text: &str) -> String {
    jose::b64::encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
}

/// What came is what the type names and nothing else, and all of it is good and holds together.
async fn is_whole(people: &People, kind: &str, told: &[(String, String)], signed: bool) {
    let of = |name: &str| told.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let has = |word: &str| kind.split(' ').any(|one| one == word);
    for (name, wanted) in [
        ("code", has("code")),
        ("access_token", has("token")),
        ("token_type", has("token")),
        ("expires_in", has("token")),
        ("scope", has("token")),
        ("id_token", has("id_token")),
        ("state", true),
        ("iss", true),
        ("exp", signed),
        ("aud", signed),
        ("refresh_token", false),
        ("error", false),
    ] {
        assert_eq!(of(name).is_some(), wanted, "{name} of {kind}: {told:?}");
    }
    if let Some(token) = of("access_token") {
        assert_eq!(
            (of("token_type"), of("expires_in"), of("scope")),
            (Some("Bearer"), Some("3600"), Some("openid profile"))
        );
        assert!(verified(people, token).await.get("cnf").is_none());
        let told = people.server.get_with(&people.path("/as/userinfo"), token).await.expect(200);
        assert_eq!(told["sub"], people.ann.to_string());
    }
    if let Some(token) = of("id_token") {
        let said = verified(people, token).await;
        assert_eq!(
            (&said["nonce"], &said["aud"], &said["sub"]),
            (&json!("n-1"), &json!(people.client), &json!(people.ann.to_string()))
        );
        assert_eq!(said.get("at_hash").cloned(), of("access_token").map(|text| json!(half_hash(text))));
        assert_eq!(said.get("c_hash").cloned(), of("code").map(|text| json!(half_hash(text))));
        assert_eq!(said["s_hash"], half_hash("s1"));
        assert!(said["auth_time"].is_i64() && said["acr"].is_string());
    }
    if let Some(code) = of("code") {
        let exchanged = people.exchange(code).await.expect(200);
        let said = verified(people, exchanged["id_token"].as_str().unwrap()).await;
        assert_eq!((&said["nonce"], &said["sub"]), (&json!("n-1"), &json!(people.ann.to_string())));
        assert!(said.get("c_hash").is_none());
    }
}

/// AZ-02, OIDC Core §3.2.2.5, §3.3.2.5, Multiple Response Types §5: every type, its words in any order, in every mode that it may have.
#[tokio::test]
async fn every_type_gives_what_it_names_in_every_mode() {
    let people = People::start().await;
    everything(&people).await;
    let browser = signed_on(&people).await;
    for kind in TYPES {
        let reversed: Vec<_> = kind.split(' ').rev().collect();
        for (asked, mode) in [
            (kind, ""),
            (reversed.join(" ").as_str(), "response_mode=fragment"),
            (kind, "response_mode=form_post"),
            (kind, "response_mode=jwt"),
            (kind, "response_mode=fragment.jwt"),
            (kind, "response_mode=form_post.jwt"),
        ] {
            let answer = browser.get(&ask(&people, asked, &format!("{SOUND}&{mode}"))).await;
            let form = mode.contains("form_post");
            if !form {
                let at = answer.clone().leads(302);
                assert!(at.starts_with("https://app.example/cb#") && !at.contains('?'), "{asked} {mode}: {at}");
            }
            assert_eq!(answer.header("cache-control"), "no-store");
            let mut told = told(&answer);
            let signed = mode.contains("jwt");
            if signed {
                assert_eq!(told.len(), 1, "{told:?}");
                let claims = verified(&people, &told[0].1).await;
                let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                told = claims.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect();
            }
            is_whole(&people, kind, &told, signed).await;
        }
    }
}

/// The same in the JSON of a flow, and at the end of the pages, with a public application of PingOne's kind for scripts.
#[tokio::test]
async fn flows_and_pages_end_in_what_was_asked_for() {
    let people = People::start().await;
    everything(&people).await;
    for kind in TYPES {
        let browser = people.browser();
        let begun = browser.read(&ask(&people, kind, &format!("{SOUND}&response_mode=pi.flow"))).await.expect(200);
        let flow = begun["_links"]["self"]["href"].as_str().unwrap();
        let done = people.sign_on(&browser, flow, "ann").await.expect(200);
        assert!(done.get("authorizeResponse").is_none());
        let resumed = browser.read(done["resumeUrl"].as_str().unwrap()).await.expect(200);
        let response = resumed["authorizeResponse"].as_object().unwrap();
        if let Some(seconds) = response.get("expires_in") {
            assert!(seconds.is_i64());
        }
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let told: Vec<_> = response.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        is_whole(&people, kind, &told, false).await;
        // Asked without a question, by a script that is signed on.
        let silent = browser.read(&ask(&people, kind, &format!("{SOUND}&response_mode=pi.flow&prompt=none"))).await;
        let response = silent.expect(200)["authorizeResponse"].clone();
        assert_eq!(response.get("id_token").is_some(), kind.contains("id_token"));
    }
    people
        .change_of(&people.public, json!({ "grantTypes": ["IMPLICIT"], "responseTypes": ["TOKEN", "ID_TOKEN"], "tokenEndpointAuthMethod": "NONE" }))
        .await;
    let browser = people.browser();
    let query =
        encode(&[("response_type", "token id_token"), ("client_id", &people.public), ("redirect_uri", CALLBACK)]);
    let page = browser.follow(browser.get(&people.path(&format!("/as/authorize?{query}&{SOUND}"))).await).await;
    let done = browser.sign_on(&page, "ann", PASSWORD).await;
    let resumed = browser.get(&done.leads(303)).await;
    let told = parameters(&resumed.leads(302));
    assert!(told.contains_key("access_token") && told.contains_key("id_token") && !told.contains_key("code"));
    let said = verified(&people, &told["id_token"]).await;
    assert_eq!((&said["aud"], &said["at_hash"]), (&json!(people.public), &json!(half_hash(&told["access_token"]))));
}

/// Multiple Response Types §3, JARM §2.3.1, RFC 9700 §2.1.2: a token never stands in a query, and neither does the refusal.
#[tokio::test]
async fn no_token_stands_in_a_query() {
    let people = People::start().await;
    everything(&people).await;
    let browser = signed_on(&people).await;
    for kind in TYPES {
        for mode in ["query", "query.jwt"] {
            let refused = browser.get(&ask(&people, kind, &format!("{SOUND}&response_mode={mode}"))).await;
            let at = refused.clone().leads(302);
            assert!(at.starts_with("https://app.example/cb#error=invalid_request&"), "{kind} {mode}: {at}");
            assert_eq!(parameters(&at)["state"], "s1");
            assert_eq!(reason(&people, &refused).await, Reason::ResponseModeInvalid);
        }
    }
}

/// AZ-07, OIDC Core §3.2.2.1, §3.2.2.6: what is missing is told where the response would have gone.
#[tokio::test]
async fn an_id_token_needs_a_nonce_and_its_scope() {
    let people = People::start().await;
    everything(&people).await;
    let browser = signed_on(&people).await;
    for kind in TYPES {
        let identity = kind.contains("id_token");
        for (more, error, needed) in [
            ("scope=openid&state=s1", "invalid_request", identity),
            ("scope=openid&state=s1&nonce=", "invalid_request", identity),
            ("scope=profile&nonce=n-1&state=s1", "invalid_scope", identity),
            ("nonce=n-1&state=s1", "invalid_scope", identity),
            ("scope=openid&nonce=n-1&state=s1&prompt=none&max_age=0", "login_required", true),
        ] {
            let answer = browser.get(&ask(&people, kind, more)).await;
            let at = answer.leads(302);
            let told = parameters(&at);
            assert!(at.starts_with("https://app.example/cb#") && told["state"] == "s1", "{kind} {more}: {at}");
            assert_eq!(told.get("error").map(String::as_str), needed.then_some(error), "{kind} {more}");
        }
        let form = browser
            .get(&ask(&people, kind, "scope=openid&nonce=n-1&prompt=none&max_age=0&response_mode=form_post"))
            .await;
        assert_eq!(form.hidden("error"), "login_required");
    }
}

/// AZ-02: only what the application is registered for, each with the grant that it stands for.
#[tokio::test]
async fn an_application_is_given_only_what_it_registered() {
    let people = People::start().await;
    let browser = signed_on(&people).await;
    for (grants, kinds, given) in [
        (json!(["AUTHORIZATION_CODE"]), json!(["CODE"]), &[][..]),
        (json!(["AUTHORIZATION_CODE"]), json!(["CODE", "ID_TOKEN"]), &["code id_token"]),
        (json!(["AUTHORIZATION_CODE", "IMPLICIT"]), json!(["CODE", "TOKEN"]), &["code token", "token"]),
        (json!(["IMPLICIT"]), json!(["ID_TOKEN"]), &["id_token"]),
        (json!(["IMPLICIT"]), json!(["ID_TOKEN", "TOKEN"]), &["id_token", "id_token token", "token"]),
    ] {
        people.change(json!({ "grantTypes": grants, "responseTypes": kinds })).await;
        for kind in TYPES {
            let answer = browser.get(&ask(&people, kind, SOUND)).await;
            let told = parameters(&answer.clone().leads(302));
            let expected = (!given.contains(&kind)).then_some("unauthorized_client");
            assert_eq!(told.get("error").map(String::as_str), expected, "{kind} of {kinds} by {grants}");
            if expected.is_some() {
                assert_eq!(reason(&people, &answer).await, Reason::ResponseTypeNotAllowed);
            }
        }
    }
}

/// D10: what the environment gives to nobody, nobody gets, and metadata says which.
#[tokio::test]
async fn the_environment_decides_and_metadata_says_so() {
    let people = People::start().await;
    everything(&people).await;
    let browser = signed_on(&people).await;
    for (tokens, given) in [("NONE", &[][..]), ("ID_TOKEN", &["code id_token", "id_token"]), ("ALL", &TYPES)] {
        allow(&people, json!(tokens)).await;
        let metadata = people.server.get(&people.path("/as/.well-known/openid-configuration")).await.expect(200);
        let listed = |member: &str, value: &str| metadata[member].as_array().unwrap().contains(&json!(value));
        assert_eq!(listed("grant_types_supported", "implicit"), tokens != "NONE");
        assert!(listed("response_types_supported", "code") && listed("response_types_supported", "none"));
        for kind in TYPES {
            let answer = browser.get(&ask(&people, kind, SOUND)).await;
            let told = parameters(&answer.clone().leads(302));
            let expected = (!given.contains(&kind)).then_some("unsupported_response_type");
            assert_eq!(told.get("error").map(String::as_str), expected, "{kind} under {tokens}");
            assert_eq!(listed("response_types_supported", kind), expected.is_none(), "{kind} under {tokens}");
            if expected.is_some() {
                let refused = refusal(&people, &answer).await;
                assert_eq!(
                    (refused.reason, refused.expected),
                    (Reason::ResponseTypeUnsupported, format!("frontChannelTokens of the environment is {tokens}"))
                );
            }
        }
    }
}

/// RFC 9449 §5, RFC 9700 §2.2.1: whose tokens are bound is given none that is anybody's.
#[tokio::test]
async fn an_application_with_bound_tokens_gets_none_here() {
    let people = People::start().await;
    everything(&people).await;
    let browser = signed_on(&people).await;
    let jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    for kind in TYPES {
        let answer = browser.get(&ask(&people, kind, &format!("{SOUND}&dpop_jkt={jkt}"))).await;
        let told = parameters(&answer.leads(302));
        let token = kind.split(' ').any(|word| word == "token");
        assert_eq!(told.get("error").map(String::as_str), token.then_some("invalid_request"), "{kind}");
    }
    people.change(json!({ "dpopBoundAccessTokens": true })).await;
    for kind in TYPES {
        let answer = browser.get(&ask(&people, kind, SOUND)).await;
        let told = parameters(&answer.leads(302));
        let token = kind.split(' ').any(|word| word == "token");
        assert_eq!(told.get("error").map(String::as_str), token.then_some("unauthorized_client"), "{kind}");
    }
}

/// PK-05, PK-07: the proof key is bound to the code of a hybrid response as to any, and asked of nobody who gets none.
#[tokio::test]
async fn the_code_of_a_hybrid_response_is_bound_to_its_challenge() {
    let people = People::start().await;
    everything(&people).await;
    let browser = signed_on(&people).await;
    people.change(json!({ "pkceEnforcement": "S256_REQUIRED" })).await;
    for kind in TYPES {
        let bare = parameters(&browser.get(&ask(&people, kind, SOUND)).await.leads(302));
        let code = kind.contains("code");
        assert_eq!(bare.get("error").map(String::as_str), code.then_some("invalid_request"), "{kind}");
        if code {
            let more = format!("{SOUND}&code_challenge={}&code_challenge_method=S256", testkit::CHALLENGE);
            let told = parameters(&browser.get(&ask(&people, kind, &more)).await.leads(302));
            people.exchange(&told["code"]).await.is_refused(400, "invalid_grant");
        }
    }
}

/// OIDC Core §3.2.2.10: with an algorithm of which nobody has said what its hash is, nothing could be tied to the ID token.
#[tokio::test]
async fn what_cannot_be_tied_is_not_given() {
    let people = People::start().await;
    everything(&people).await;
    people.change(json!({ "idTokenSignedResponseAlg": "ML-DSA-44" })).await;
    let browser = signed_on(&people).await;
    for kind in TYPES {
        let told = parameters(&browser.get(&ask(&people, kind, SOUND)).await.leads(302));
        let tied = kind.contains("id_token") && kind != "id_token";
        assert_eq!(told.get("error").map(String::as_str), tied.then_some("unauthorized_client"), "{kind}");
    }
}

/// AC-06, D7: a code that is shown twice takes back what came with it.
#[tokio::test]
async fn a_replayed_code_revokes_the_token_beside_it() {
    let people = People::start().await;
    everything(&people).await;
    let browser = signed_on(&people).await;
    let told = parameters(&browser.get(&ask(&people, "code token", SOUND)).await.leads(302));
    let (code, token) = (&told["code"], &told["access_token"]);
    let exchanged = people.exchange(code).await.expect(200);
    let userinfo = people.path("/as/userinfo");
    people.server.get_with(&userinfo, token).await.expect(200);
    people.exchange(code).await.is_refused(400, "invalid_grant");
    assert_eq!(people.server.get_with(&userinfo, token).await.status, 401);
    assert_eq!(people.server.get_with(&userinfo, exchanged["access_token"].as_str().unwrap()).await.status, 401);
}

/// The token is on record like any: revoked by its client and with the session, and an event tells who was given it.
#[tokio::test]
async fn a_token_of_this_endpoint_is_on_record() {
    let people = People::start().await;
    everything(&people).await;
    let browser = signed_on(&people).await;
    let userinfo = people.path("/as/userinfo");
    let answer = browser.get(&ask(&people, "token", SOUND)).await;
    let told = parameters(&answer.clone().leads(302));
    people.server.app.audit.flush().await;
    let correlation = CorrelationId::parse(answer.header("correlation-id")).unwrap();
    let event = people.server.app.store.explain(correlation).await.unwrap().remove(0).event;
    assert_eq!(
        (event.action, event.application.map(|id| id.to_string())),
        (Action::TokenIssued, Some(people.client.clone()))
    );
    assert!(event.refusal.is_none() && !format!("{event:?}").contains(&told["access_token"]));
    let fields = [("token", told["access_token"].as_str()), ("client_id", &people.client), ("client_secret", SECRET)];
    assert_eq!(people.server.form(&people.path("/as/introspect"), &fields).await.expect(200)["active"], true);
    assert_eq!(people.server.form(&people.path("/as/revoke"), &fields).await.status, 200);
    assert_eq!(people.server.get_with(&userinfo, &told["access_token"]).await.status, 401);

    people.change(json!({ "accessTokenFormat": "OPAQUE" })).await;
    let told = parameters(&browser.get(&ask(&people, "id_token token", SOUND)).await.leads(302));
    assert_eq!(told["access_token"].len(), 128);
    assert_eq!(verified(&people, &told["id_token"]).await["at_hash"], half_hash(&told["access_token"]));
    people.server.get_with(&userinfo, &told["access_token"]).await.expect(200);
    let off = encode(&[("id_token_hint", &told["id_token"])]);
    browser.get(&people.path(&format!("/as/signoff?{off}"))).await;
    assert_eq!(people.server.get_with(&userinfo, &told["access_token"]).await.status, 401);
}

/// FL, D12: what changed while somebody signed on counts: nothing is given to an application that may not have it any more.
#[tokio::test]
async fn what_changed_while_somebody_signed_on_counts() {
    for change in [
        json!({ "responseTypes": ["CODE"] }),
        json!({ "grantTypes": ["AUTHORIZATION_CODE"], "responseTypes": ["CODE", "ID_TOKEN"] }),
        json!({ "dpopBoundAccessTokens": true }),
        json!({ "enabled": false }),
    ] {
        let people = People::start().await;
        everything(&people).await;
        let browser = people.browser();
        let page = browser.follow(browser.get(&ask(&people, "token", SOUND)).await).await;
        let done = browser.sign_on(&page, "ann", PASSWORD).await.leads(303);
        people.change(change.clone()).await;
        let resumed = browser.get(&done).await;
        let text = format!("{} {}", resumed.header("location"), resumed.text);
        assert!((400..500).contains(&resumed.status) || text.contains("error="), "{change}: {resumed:?}");
        assert!(!text.contains("access_token="), "{change}");
    }
}

/// RFC 8725 §3.12, AZ-12: an ID token without an access token beside it is a hint, and still no access token.
#[tokio::test]
async fn an_id_token_of_this_endpoint_is_a_hint() {
    let people = People::start().await;
    everything(&people).await;
    let browser = signed_on(&people).await;
    for kind in ["id_token", "code id_token", "id_token token"] {
        let told = parameters(&browser.get(&ask(&people, kind, SOUND)).await.leads(302));
        let hint = encode(&[("id_token_hint", &told["id_token"])]);
        let answer = parameters(&browser.get(&people.authorize(&format!("prompt=none&{hint}"))).await.leads(302));
        assert!(answer.contains_key("code"), "{kind}: {answer:?}");
        assert_eq!(people.server.get_with(&people.path("/as/userinfo"), &told["id_token"]).await.status, 401);
    }
}
