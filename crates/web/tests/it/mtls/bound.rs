//! Tokens that are bound to a certificate (RFC 8705 §3, §4; DP-14).

use engine::bootstrap::dev;
use jose::Alg;
use protocol::change::{Change, Guard};
use protocol::model::TokenProfile;
use protocol::refusal::Reason;
use protocol::scope::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Badge, Holder, Request, SANDBOX, TestApp, VERIFIER, basic, claims, shared, wanted};

use super::{change, each_store, refusal};

fn badge() -> Badge {
    Badge::self_signed(&wanted("client"))
}

async fn code(server: &TestApp) -> String {
    let scope = Scope::parse("openid profile offline_access").unwrap();
    server.code(|code| code.authorization.scope = scope).await
}

fn exchange(code: &str, client: &str) -> String {
    let redirect = dev::REDIRECT_URI;
    format!("grant_type=authorization_code&code={code}&redirect_uri={redirect}&code_verifier={VERIFIER}&{client}")
}

fn refresh(token: &str, client: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}&{client}")
}

async fn ask(server: &TestApp, badge: Option<&Badge>, form: &str) -> Answer {
    let request = Request::form(server.at("token")).body(form);
    server.send(badge.into_iter().fold(request, Request::showing)).await
}

/// In every form of a token, and to whoever asks about it (RFC 8705 §3.1, §3.2); and at userinfo.
#[tokio::test]
async fn a_token_says_which_certificate_it_is_bound_to() {
    each_store(|server| async move {
        let (own, other) = (badge(), badge());
        let cnf = json!({ "x5t#S256": own.thumbprint() });
        for (profile, format) in [
            (TokenProfile::PingOne, "JWT"),
            (TokenProfile::Rfc9068, "JWT"),
            (TokenProfile::Spring, "JWT"),
            (TokenProfile::PingOne, "OPAQUE"),
        ] {
            let mut environment = server.base.store.environment(SANDBOX).await.unwrap().unwrap();
            environment.settings.token_profile = profile;
            server.furnish(vec![Change::put(environment, Guard::Version)]).await;
            server.app.forget(SANDBOX);
            change(&server, json!({ "accessTokenFormat": format, "tlsClientCertificateBoundAccessTokens": true }))
                .await;
            let answer = ask(&server, Some(&own), &exchange(&code(&server).await, &shared())).await;
            // RFC 8705 §3: the scheme is Bearer.
            assert_eq!((answer.status, answer.member("token_type")), (200, "Bearer"), "{answer:?}");
            let token = answer.member("access_token");
            if format == "JWT" {
                assert_eq!(claims(token)["cnf"], cnf);
            }
            let told = server.introspect(token).await;
            assert_eq!((&told["active"], &told["cnf"], &told["token_type"]), (&json!(true), &cnf, &json!("Bearer")));
            let request = || Request::get(server.at("userinfo")).bearer_auth(token);
            assert_eq!(server.send(request().showing(&own)).await.status, 200);
            for badge in [None, Some(&other)] {
                let answer = server.send(badge.into_iter().fold(request(), Request::showing)).await;
                answer.is_refused(401, "invalid_token");
                assert!(answer.header("www-authenticate").contains("bound to another certificate"), "{answer:?}");
                let refused = refusal(&server, &answer).await;
                assert_eq!(refused.reason, Reason::AccessTokenCertificateOther);
                assert!(refused.expected.contains(&own.thumbprint()), "{refused:?}");
            }
            let in_form = Request::form(server.at("userinfo")).body(format!("access_token={token}"));
            server.send(in_form.clone()).await.is_refused(401, "invalid_token");
            assert_eq!(server.send(in_form.showing(&own)).await.status, 200);
        }
    })
    .await;
}

/// DP-14 at the management API.
#[tokio::test]
async fn the_management_api_asks_for_the_certificate() {
    each_store(|server| async move {
        let (own, other) = (badge(), badge());
        let (environment, application) = (dev::ADMIN_ENVIRONMENT, dev::ADMIN_APPLICATION);
        let path = format!("/environments/{environment}/applications/{application}");
        let mut body = server.manage(Method::GET, &path, None).await.expect(200);
        body["tlsClientCertificateBoundAccessTokens"] = json!(true);
        server.manage(Method::PUT, &path, Some(&body)).await.expect(200);
        let client = basic(dev::ADMIN_APPLICATION, dev::ADMIN_SECRET);
        let request = || {
            Request::form(server.at_admin("token"))
                .header("authorization", &*client)
                .body("grant_type=client_credentials")
        };
        let none = server.send(request()).await;
        none.is_refused(400, "invalid_request");
        assert_eq!(refusal(&server, &none).await.reason, Reason::BindingCertificateMissing);
        let token = server.send(request().showing(&own)).await.text_of("access_token");
        let call = || Request::get("/v1/environments").bearer_auth(&token);
        assert_eq!(server.send(call().showing(&own)).await.status, 200);
        for badge in [None, Some(&other)] {
            let answer = server.send(badge.into_iter().fold(call(), Request::showing)).await;
            assert_eq!((answer.status, answer.member("code")), (401, "ACCESS_FAILED"), "{answer:?}");
            assert_eq!(refusal(&server, &answer).await.reason, Reason::AccessTokenCertificateOther);
        }
        // It is no proof's.
        let holder = Holder::new(Alg::Es256);
        let url = format!("{}/v1/environments", server.app.config.api_url);
        let proof = holder.proof(&server, "GET", &url, Some(&token));
        let answer =
            Request::get("/v1/environments").header("authorization", format!("DPoP {token}")).header("dpop", proof);
        let answer = server.send(answer.showing(&own)).await;
        assert_eq!(refusal(&server, &answer).await.reason, Reason::AccessTokenUnbound);
    })
    .await;
}

/// RFC 8705 §4, RT-13: a public client's refresh tokens are its certificate's; who shows another gets nothing, and ends nothing.
#[tokio::test]
async fn a_public_client_refreshes_with_its_certificate() {
    each_store(|server| async move {
        let (own, thief) = (badge(), badge());
        change(
            &server,
            json!({
                "tokenEndpointAuthMethod": "NONE", "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
                "tlsClientCertificateBoundAccessTokens": true,
            }),
        )
        .await;
        let client = format!("client_id={}", dev::SHARED_WEB_APPLICATION);
        let code = code(&server).await;
        ask(&server, None, &exchange(&code, &client)).await.is_refused(400, "invalid_request");
        let mut answer = ask(&server, Some(&own), &exchange(&code, &client)).await;
        for _ in 0..2 {
            let form = refresh(answer.member("refresh_token"), &client);
            ask(&server, None, &form).await.is_refused(400, "invalid_request");
            let other = ask(&server, Some(&thief), &form).await;
            other.is_refused(400, "invalid_grant");
            let refused = refusal(&server, &other).await;
            assert_eq!(refused.reason, Reason::BoundCertificateOther);
            assert!(refused.expected.contains(&own.thumbprint()) && refused.came.contains(&thief.thumbprint()));
            answer = ask(&server, Some(&own), &form).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(claims(answer.member("access_token"))["cnf"], json!({ "x5t#S256": own.thumbprint() }));
        }
    })
    .await;
}

/// Who proves itself anyway may take another certificate; a certificate binds nothing where the application does not say so.
#[tokio::test]
async fn a_confidential_client_may_take_another_certificate() {
    let server = TestApp::build().strict().start().await;
    change(
        &server,
        json!({ "tlsClientCertificateBoundAccessTokens": true, "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] }),
    )
    .await;
    let (one, two) = (badge(), badge());
    let first = ask(&server, Some(&one), &exchange(&code(&server).await, &shared())).await;
    let second = ask(&server, Some(&two), &refresh(first.member("refresh_token"), &shared())).await;
    assert_eq!(claims(second.member("access_token"))["cnf"], json!({ "x5t#S256": two.thumbprint() }));
    ask(&server, None, &refresh(second.member("refresh_token"), &shared())).await.is_refused(400, "invalid_request");
    // A certificate alone binds nothing: the application says so.
    change(&server, json!({ "tlsClientCertificateBoundAccessTokens": false })).await;
    let third = ask(&server, Some(&two), &refresh(second.member("refresh_token"), &shared())).await;
    assert_eq!(claims(third.member("access_token")).get("cnf"), None::<&Value>);
}

/// Whoever asks for both is bound by both (RFC 9449 §5, RFC 8705 §3).
#[tokio::test]
async fn a_proof_and_a_certificate_bind_together() {
    each_store(|server| async move {
        change(&server, json!({ "tlsClientCertificateBoundAccessTokens": true })).await;
        let (own, holder) = (badge(), Holder::new(Alg::Es256));
        let path = server.at("token");
        let proof = holder.proof(&server, "POST", &server.url(&path), None);
        let form = exchange(&code(&server).await, &shared());
        let answer = server.send(Request::form(&path).header("dpop", proof).body(form).showing(&own)).await;
        assert_eq!((answer.status, answer.member("token_type")), (200, "DPoP"), "{answer:?}");
        let token = answer.member("access_token");
        assert_eq!(claims(token)["cnf"], json!({ "jkt": holder.jkt(), "x5t#S256": own.thumbprint() }));
        let (path, url) = (server.at("userinfo"), server.url(&server.at("userinfo")));
        let request = |scheme: &str| {
            let proof = holder.proof(&server, "GET", &url, Some(token));
            Request::get(&path).header("authorization", format!("{scheme} {token}")).header("dpop", proof)
        };
        let answer = server.send(request("DPoP")).await;
        assert_eq!(refusal(&server, &answer).await.reason, Reason::AccessTokenCertificateOther);
        let answer = server.send(request("Bearer").showing(&own)).await;
        assert_eq!(refusal(&server, &answer).await.reason, Reason::AccessTokenBound);
        assert_eq!(server.send(request("DPoP").showing(&own)).await.status, 200);
    })
    .await;
}
