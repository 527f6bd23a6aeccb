//! What is bound to a key, and who may use it (RFC 9449 §5, §6, §7, §10).

use engine::bootstrap::dev;
use jose::Alg;
use protocol::change::{Change, Guard};
use protocol::model::TokenProfile;
use protocol::refusal::Reason;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Holder, Request, SANDBOX, TestApp, claims, each_store, shared};

use super::{Place, Scene, code, exchange, person, public, refresh, refusal};

fn jkt(holder: &Holder) -> Value {
    json!({ "jkt": holder.jkt() })
}

/// RFC 9449 §6.1, §6.2: in every form of a token, and to whoever asks about it.
#[tokio::test]
async fn a_token_says_what_it_is_bound_to_in_every_form() {
    each_store(|server| async move {
        let holder = Holder::new(Alg::EdDsa);
        let userinfo = (server.at("userinfo"), server.url(&server.at("userinfo")));
        for (profile, format) in [
            (TokenProfile::PingOne, "JWT"),
            (TokenProfile::Rfc9068, "JWT"),
            (TokenProfile::Spring, "JWT"),
            (TokenProfile::PingOne, "OPAQUE"),
            (TokenProfile::Spring, "OPAQUE"),
        ] {
            let mut environment = server.base.store.environment(SANDBOX).await.unwrap().unwrap();
            environment.settings.token_profile = profile;
            server.furnish(vec![Change::put(environment, Guard::Version)]).await;
            server.app.forget(SANDBOX);
            server.change(dev::SHARED_WEB_APPLICATION, json!({ "accessTokenFormat": format })).await;
            let token = person(&server, &holder).await.text_of("access_token");
            if format == "JWT" {
                assert_eq!(claims(&token)["cnf"], jkt(&holder), "{profile:?}");
            }
            let told = server.introspect(&token).await;
            assert_eq!((&told["cnf"], &told["token_type"]), (&jkt(&holder), &json!("DPoP")), "{profile:?} {told}");
            holder.get(&server, (&userinfo.0, &userinfo.1), &token).await.expect(200);
            // Whoever shows no proof is given what anybody may use.
            let plain = server.exchange(&server.code(|_| {}).await).await;
            assert_eq!(plain.member("token_type"), "Bearer");
            let told = server.introspect(plain.member("access_token")).await;
            assert_eq!((told.get("cnf"), &told["token_type"]), (None, &json!("Bearer")));
        }
        // In Spring's layout likewise.
        let client = dev::PLAYGROUND_CLIENTS[0];
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            client.0,
            client.1.unwrap_or_default()
        );
        let answer = holder.ask(&server, "/ms-auth-server/oauth2/token", &form).await.expect(200);
        assert_eq!(answer["token_type"], "DPoP");
        let token = answer["access_token"].as_str().unwrap();
        let asked = format!("token={token}&client_id={}&client_secret={}", client.0, client.1.unwrap_or_default());
        let told = server.encoded("/ms-auth-server/oauth2/introspect", &asked).await.expect(200);
        assert_eq!((&told["cnf"], &told["token_type"]), (&jkt(&holder), &json!("DPoP")));
    })
    .await;
}

/// DP-10: a token that is bound opens nothing to whoever has it and not its key.
#[tokio::test]
async fn a_bound_token_is_its_holders() {
    let scene = Scene::inside().await;
    let thief = Holder::new(Alg::Es256);
    for place in [Place::Userinfo, Place::Management] {
        let token = scene.token(place).unwrap();
        let path = if place == Place::Userinfo { scene.server.at("userinfo") } else { "/v1/environments".to_owned() };
        // RFC 9449 §7.2: as a bearer token, with a proof beside it or without.
        for proof in [None, Some(scene.good(place))] {
            let request = Request::get(&path).bearer_auth(token);
            let request = proof.iter().fold(request, |request, proof| request.header("dpop", proof));
            let answer = scene.server.send(request).await;
            scene.is_refused(place, &answer, Reason::AccessTokenBound).await;
        }
        let stolen = thief.claims(&scene.server, "GET", &scene.url(place), Some(token));
        let refused = scene.refuses(place, &[&thief.sign(&thief.header(), &stolen)], Reason::AccessTokenKeyOther).await;
        assert!(refused.expected.contains(&scene.holder.jkt()) && refused.came.contains(&thief.jkt()), "{refused:?}");
        for ath in [json!(null), json!("x"), json!(token), json!(1)] {
            let mut claims = scene.claims(place);
            claims["ath"] = ath;
            let refused = scene
                .refuses(place, &[&scene.holder.sign(&scene.holder.header(), &claims)], Reason::DpopProofInvalid)
                .await;
            assert!(refused.expected.starts_with("ath: "), "{refused:?}");
        }
        // A proof for another token, and for the token endpoint.
        let other = scene.holder.proof(&scene.server, "GET", &scene.url(place), Some("another"));
        scene.refuses(place, &[&other], Reason::DpopProofInvalid).await;
        scene.refuses(place, &[&scene.good(Place::Token)], Reason::DpopProofInvalid).await;
        assert_eq!(scene.show(place, &[&scene.good(place)]).await.status, 200);
        // RFC 9110 §11.1
        let lower =
            Request::get(&path).header("authorization", format!("dpop  {token}")).header("dpop", scene.good(place));
        assert_eq!(scene.server.send(lower).await.status, 200);
    }
    // Nor in a form (RFC 6750 §2.2).
    let form = Request::form(scene.server.at("userinfo")).body(format!("access_token={}", scene.person));
    let answer = scene.server.send(form).await;
    scene.is_refused(Place::Userinfo, &answer, Reason::AccessTokenBound).await;
}

/// DP-11: a token that is not bound is no proof's.
#[tokio::test]
async fn a_bearer_token_is_not_shown_with_a_proof() {
    let scene = Scene::inside().await;
    let server = &scene.server;
    let person = server.exchange(&server.code(|_| {}).await).await.text_of("access_token");
    let worker = server.worker_token().await;
    for (place, path, token) in
        [(Place::Userinfo, server.at("userinfo"), person), (Place::Management, "/v1/environments".to_owned(), worker)]
    {
        let proof = scene.holder.proof(server, "GET", &scene.url(place), Some(&token));
        let request = Request::get(&path).header("authorization", format!("DPoP {token}"));
        let answer = server.send(request.header("dpop", &proof)).await;
        scene.is_refused(place, &answer, Reason::AccessTokenUnbound).await;
        // Under its own scheme it is good, whatever else is sent.
        let beside = Request::get(&path).bearer_auth(&token).header("dpop", &proof).header("dpop", "x");
        assert_eq!(server.send(beside).await.status, 200);
        let nothing = server.get(&path).await;
        let challenges: Vec<_> =
            nothing.headers.get_all("www-authenticate").iter().map(|line| line.to_str().unwrap()).collect();
        assert!(challenges[0].starts_with("Bearer") && challenges[1].contains("algs=\"RS256 "), "{challenges:?}");
        let dead =
            server.send(Request::get(&path).header("authorization", "DPoP nonsense").header("dpop", &proof)).await;
        assert_eq!(dead.status, 401);
    }
}

/// DP-12, AC-22, RT-13: who does not hold the key gets nothing of it, and takes nothing from whoever does.
#[tokio::test]
async fn a_bad_proof_uses_nothing_up() {
    each_store(|server| async move {
        let client = public(&server).await;
        let (holder, thief) = (Holder::new(Alg::Es256), Holder::new(Alg::Es256));
        let path = server.at("token");
        let ask = async |proof: Option<&str>, form: &str| {
            let request = Request::form(&path).body(form);
            server.send(proof.iter().fold(request, |request, proof| request.header("dpop", *proof))).await
        };
        let bad = holder.proof(&server, "GET", &server.url(&path), None);
        let code = code(&server).await;
        ask(Some(&bad), &exchange(&code, &client)).await.is_refused(400, "invalid_dpop_proof");
        let tokens = holder.ask(&server, &path, &exchange(&code, &client)).await;
        assert_eq!((tokens.status, tokens.member("token_type")), (200, "DPoP"), "{tokens:?}");
        let mut token = tokens.text_of("refresh_token");
        for round in 0..2 {
            let form = refresh(&token, &client);
            ask(Some(&bad), &form).await.is_refused(400, "invalid_dpop_proof");
            let none = ask(None, &form).await;
            none.is_refused(400, "invalid_dpop_proof");
            assert_eq!(refusal(&server, &none).await.reason, Reason::DpopProofMissing);
            let other = thief.ask(&server, &path, &form).await;
            other.is_refused(400, "invalid_grant");
            assert_eq!(refusal(&server, &other).await.reason, Reason::DpopKeyOther);
            let answer = holder.ask(&server, &path, &form).await;
            assert_eq!((answer.status, answer.member("token_type")), (200, "DPoP"), "{round}: {answer:?}");
            assert_eq!(claims(answer.member("access_token"))["cnf"], jkt(&holder));
            // The one before, without the key, ends nobody's line.
            thief.ask(&server, &path, &form).await.is_refused(400, "invalid_grant");
            ask(None, &form).await.is_refused(400, "invalid_dpop_proof");
            token = answer.text_of("refresh_token");
        }
        // With the key it is a reuse.
        let first = refresh(tokens.member("refresh_token"), &client);
        holder.ask(&server, &path, &first).await.is_refused(400, "invalid_grant");
        holder.ask(&server, &path, &refresh(&token, &client)).await.is_refused(400, "invalid_grant");
    })
    .await;
}

/// RFC 9449 §5: what proves itself anyway may change its key, and its refresh tokens are not bound.
#[tokio::test]
async fn a_confidential_client_may_take_another_key() {
    let server = TestApp::inside().await;
    server.change(dev::SHARED_WEB_APPLICATION, json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] })).await;
    let (one, two) = (Holder::new(Alg::Es256), Holder::new(Alg::Rs256));
    let first = person(&server, &one).await;
    let second = two.ask(&server, &server.at("token"), &refresh(first.member("refresh_token"), &shared())).await;
    assert_eq!(claims(second.member("access_token"))["cnf"], jkt(&two));
    let third = server.refresh(second.member("refresh_token")).await;
    assert_eq!((third.status, third.member("token_type")), (200, "Bearer"));
}

/// DP-13: a client that binds all its tokens is given none but bound ones.
#[tokio::test]
async fn whoever_binds_all_tokens_shows_a_proof_each_time() {
    each_store(|server| async move {
        let members = json!({ "dpopBoundAccessTokens": true, "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] });
        server.change(dev::SHARED_WEB_APPLICATION, members).await;
        let holder = Holder::new(Alg::Es256);
        let code = code(&server).await;
        let none = server.exchange(&code).await;
        none.is_refused(400, "invalid_dpop_proof");
        assert_eq!(refusal(&server, &none).await.reason, Reason::DpopProofMissing);
        let path = server.at("token");
        let tokens = holder.ask(&server, &path, &exchange(&code, &shared())).await;
        assert_eq!((tokens.status, tokens.member("token_type")), (200, "DPoP"));
        server.refresh(tokens.member("refresh_token")).await.is_refused(400, "invalid_dpop_proof");
        assert_eq!(holder.ask(&server, &path, &refresh(tokens.member("refresh_token"), &shared())).await.status, 200);
        // Who does not know the property leaves it as it is; who knows it takes it back.
        let application = format!("/environments/{SANDBOX}/applications/{}", dev::SHARED_WEB_APPLICATION);
        let mut body = server.manage("GET".parse().unwrap(), &application, None).await.expect(200);
        assert_eq!(body["dpopBoundAccessTokens"], true);
        body.as_object_mut().unwrap().remove("dpopBoundAccessTokens");
        let kept = server.manage("PUT".parse().unwrap(), &application, Some(&body)).await.expect(200);
        assert_eq!(kept["dpopBoundAccessTokens"], true);
        server.change(dev::SHARED_WEB_APPLICATION, json!({ "dpopBoundAccessTokens": false })).await;
        let code = server.code(|_| {}).await;
        assert_eq!(server.exchange(&code).await.member("token_type"), "Bearer");
        let body = server.manage("GET".parse().unwrap(), &application, None).await.expect(200);
        assert_eq!(body.get("dpopBoundAccessTokens"), None, "it is told where it is so");
    })
    .await;
}

/// AC-22: a code that was asked for with `dpop_jkt` is its key's, whoever the client is (RFC 9449 §10).
#[tokio::test]
async fn a_code_is_bound_to_the_key_that_it_was_asked_for_with() {
    each_store(|server| async move {
        let (holder, thief) = (Holder::new(Alg::Es256), Holder::new(Alg::Es256));
        let id = dev::SHARED_WEB_APPLICATION.to_string();
        let path = server.at("token");
        let form = |code: &str| {
            format!("grant_type=authorization_code&code={code}&redirect_uri={}&{}", dev::REDIRECT_URI, shared())
        };
        for client in ["confidential", "with a verifier"] {
            let jkt = holder.jkt();
            let mut asked = vec![("client_id", &*id), ("scope", "openid"), ("dpop_jkt", &*jkt)];
            let mut more = String::new();
            if client != "confidential" {
                asked.extend([("code_challenge", testkit::CHALLENGE), ("code_challenge_method", "S256")]);
                more = format!("&code_verifier={}", testkit::VERIFIER);
            }
            let code = server.sign_on_with(&asked).await;
            let form = form(&code) + &more;
            server.encoded(&path, &form).await.is_refused(400, "invalid_dpop_proof");
            let other = thief.ask(&server, &path, &form).await;
            other.is_refused(400, "invalid_grant");
            assert_eq!(refusal(&server, &other).await.reason, Reason::DpopKeyOther);
            let tokens = holder.ask(&server, &path, &form).await;
            assert_eq!((tokens.status, tokens.member("token_type")), (200, "DPoP"), "{client}: {tokens:?}");
            // A replay without the key ends nothing; with it, all that the code gave.
            thief.ask(&server, &path, &form).await.is_refused(400, "invalid_grant");
            assert_eq!(server.introspect(tokens.member("access_token")).await["active"], true);
            holder.ask(&server, &path, &form).await.is_refused(400, "invalid_grant");
            assert_eq!(server.introspect(tokens.member("access_token")).await["active"], false);
        }
        for odd in ["x", "", &holder.jkt()[1..]] {
            let asked =
                [("client_id", &*id), ("response_type", "code"), ("response_mode", "pi.flow"), ("dpop_jkt", odd)];
            let answer = server.form(&server.at("authorize"), &asked).await;
            assert_eq!(answer.status, if odd.is_empty() { 200 } else { 400 }, "{odd}: {answer:?}");
        }
    })
    .await;
}

/// PA-12: the code of a request that was pushed with a proof is its key's (RFC 9449 §10.1). The proof is for this endpoint, and done once.
#[tokio::test]
async fn the_code_of_a_request_that_was_pushed_with_a_proof_is_its_keys() {
    each_store(|server| async move {
        let (holder, thief) = (Holder::new(Alg::Es256), Holder::new(Alg::Es256));
        let (id, par, path) = (dev::SHARED_WEB_APPLICATION.to_string(), server.at("par"), server.at("token"));
        let request = "response_type=code&response_mode=pi.flow&scope=openid";
        let asked = format!("{request}&redirect_uri={}&{}", dev::REDIRECT_URI, shared());
        let two = format!("{asked}&dpop_jkt={}", thief.jkt());
        holder.ask(&server, &par, &two).await.is_refused(400, "invalid_request");
        let push = async |proof: &str| server.send(Request::form(&par).header("dpop", proof).body(&asked)).await;
        let elsewhere = holder.proof(&server, "POST", &server.url(&path), None);
        push(&elsewhere).await.is_refused(400, "invalid_dpop_proof");
        let proof = holder.proof(&server, "POST", &server.url(&par), None);
        let reference = push(&proof).await.text_of("request_uri");
        let again = push(&proof).await;
        again.is_refused(400, "invalid_dpop_proof");
        assert_eq!(refusal(&server, &again).await.reason, Reason::DpopProofUsed);
        let code = server.sign_on_with(&[("client_id", &id), ("request_uri", &reference)]).await;
        let form = format!("grant_type=authorization_code&code={code}&redirect_uri={}&{}", dev::REDIRECT_URI, shared());
        server.encoded(&path, &form).await.is_refused(400, "invalid_dpop_proof");
        let other = thief.ask(&server, &path, &form).await;
        assert_eq!(refusal(&server, &other).await.reason, Reason::DpopKeyOther);
        assert_eq!(holder.ask(&server, &path, &form).await.expect(200)["token_type"], "DPoP");
    })
    .await;
}

/// RFC 9449 §10.1: a proof at the push names the key as `dpop_jkt` does, and a response with a token has no code alone to bind.
#[tokio::test]
async fn a_proof_is_refused_at_the_push_where_its_key_would_be() {
    let server = TestApp::inside().await;
    let path = format!("/environments/{SANDBOX}");
    let mut body = server.manage(Method::GET, &path, None).await.expect(200);
    body["frontChannelTokens"] = json!("ALL");
    server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
    let members = json!({ "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"], "responseTypes": ["CODE", "TOKEN"] });
    server.change(dev::SHARED_WEB_APPLICATION, members).await;
    let holder = Holder::new(Alg::Es256);
    let par = server.at("par");
    let form = format!("response_type=code+token&redirect_uri={}&{}", dev::REDIRECT_URI, shared());
    assert_eq!(server.encoded(&par, &form).await.status, 201, "without a key");
    holder.ask(&server, &par, &form).await.is_refused(400, "invalid_request");
    server.encoded(&par, &format!("{form}&dpop_jkt={}", holder.jkt())).await.is_refused(400, "invalid_request");
    assert_eq!(holder.ask(&server, &par, &form.replace("+token", "")).await.status, 201);
}
