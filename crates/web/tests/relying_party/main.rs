//! An independent relying party, the crate `openidconnect`, against the server over HTTP: it finds the endpoints,
//! verifies the ID token with the published keys and reads every answer with shapes of its own.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod party;

use engine::bootstrap::dev;
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{
    AccessToken, AuthorizationCode, ClaimsVerificationError, Nonce, NonceVerifier, OAuth2TokenResponse as _,
    PkceCodeChallenge, RequestTokenError, Scope, StandardErrorResponse, TokenIntrospectionResponse as _,
    TokenResponse as _,
};
use serde_json::json;
use testkit::{TestApp, each_store};

use party::{Client, Registered, caller, discover, is_at};

/// Everything that a party does with one person's sign-on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn walks_through_a_sign_on() {
    each_store(|app| async move {
        let registered = web_application(&app).await;
        let (client, http) = (discover(&app, &registered).await, caller());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (nonce, code) = authorize(&app, &client, challenge).await;

        let exchange = client.exchange_code(code.clone()).unwrap().set_pkce_verifier(verifier);
        let tokens = exchange.request_async(&http).await.unwrap();
        assert_eq!(tokens.expires_in().unwrap().as_secs(), 3600);
        let first = verified(&app, &client, &tokens, &nonce).unwrap();
        assert_eq!(first, (dev::USER.to_string(), vec![registered.id.clone()]));

        let access = tokens.access_token().clone();
        let userinfo = client.user_info(access, None).unwrap();
        let userinfo: openidconnect::core::CoreUserInfoClaims = userinfo.request_async(&http).await.unwrap();
        assert_eq!(userinfo.subject().as_str(), dev::USER.to_string());
        assert_eq!(userinfo.preferred_username().unwrap().as_str(), dev::USERNAME);

        let refresh = tokens.refresh_token().unwrap().clone();
        let again = client.exchange_refresh_token(&refresh).unwrap().request_async(&http).await.unwrap();
        assert_ne!(again.access_token().secret(), tokens.access_token().secret());
        assert_ne!(again.refresh_token().unwrap().secret(), refresh.secret());
        // OIDC Core §12.2: the ID token of a refresh has the same subject and may leave the nonce out.
        let no_nonce = |nonce: Option<&Nonce>| nonce.map_or(Ok(()), |_| Err("a nonce".to_owned()));
        assert_eq!(verified(&app, &client, &again, no_nonce).unwrap(), first);

        let known = client.introspect(again.access_token()).request_async(&http).await.unwrap();
        assert!(known.active());
        assert_eq!(known.client_id().unwrap().as_str(), registered.id);
        assert_eq!(known.sub(), Some(dev::USER.to_string().as_str()));
        let scopes: Vec<&str> = known.scopes().unwrap().iter().map(|scope| scope.as_str()).collect();
        assert_eq!(scopes, ["openid", "profile"]);

        let newest = again.refresh_token().unwrap().clone();
        client.revoke_token(newest.clone().into()).unwrap().request_async(&http).await.unwrap();
        let refused = client.exchange_refresh_token(&newest).unwrap().request_async(&http).await;
        assert_eq!(refusal(refused), CoreErrorResponseType::InvalidGrant);
        let gone = client.introspect(again.access_token()).request_async(&http).await.unwrap();
        assert!(!gone.active());
    })
    .await;
}

/// What the party itself must refuse, and what the server refuses it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_another_nonce_and_another_verifier() {
    each_store(|app| async move {
        let registered = web_application(&app).await;
        let (client, http) = (discover(&app, &registered).await, caller());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (nonce, code) = authorize(&app, &client, challenge).await;
        let exchange = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
        let tokens = exchange.request_async(&http).await.unwrap();
        let mixed_up = verified(&app, &client, &tokens, &Nonce::new("another".into()));
        assert!(matches!(mixed_up, Err(ClaimsVerificationError::InvalidNonce(_))), "{mixed_up:?}");
        // The same check at a time when the token is over, so that the clock of these tests is seen to count.
        app.world.advance(3601);
        let late = verified(&app, &client, &tokens, &nonce);
        assert!(matches!(late, Err(ClaimsVerificationError::Expired(_))), "{late:?}");

        // RFC 7636 §4.6: a code whose challenge belongs to another verifier is worth nothing.
        let (challenge, _) = PkceCodeChallenge::new_random_sha256();
        let (_, code) = authorize(&app, &client, challenge).await;
        let (_, foreign) = PkceCodeChallenge::new_random_sha256();
        let exchange = client.exchange_code(code).unwrap().set_pkce_verifier(foreign);
        assert_eq!(refusal(exchange.request_async(&http).await), CoreErrorResponseType::InvalidGrant);
    })
    .await;
}

/// RFC 6749 §4.4: a token of the application's own, without a person, an ID token or a refresh token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_as_itself() {
    each_store(|app| async move {
        let registered = Registered::make(
            &app,
            &json!({
                "name": "Service",
                "enabled": true,
                "protocol": "OPENID_CONNECT",
                "type": "WORKER",
                "grantTypes": ["CLIENT_CREDENTIALS"],
                "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
            }),
        )
        .await;
        let (client, http) = (discover(&app, &registered).await, caller());
        let tokens = client.exchange_client_credentials().unwrap().request_async(&http).await.unwrap();
        assert_eq!(tokens.expires_in().unwrap().as_secs(), 3600);
        assert!(tokens.id_token().is_none() && tokens.refresh_token().is_none());
        let known = client.introspect(tokens.access_token()).request_async(&http).await.unwrap();
        assert!(known.active());
        assert_eq!(known.client_id().unwrap().as_str(), registered.id);

        let nonsense = AccessToken::new("nonsense".into());
        assert!(!client.introspect(&nonsense).request_async(&http).await.unwrap().active());
        let impostor = Registered { secret: "x".repeat(64), ..registered };
        let client = discover(&app, &impostor).await;
        let refused = client.exchange_client_credentials().unwrap().request_async(&http).await;
        assert_eq!(refusal(refused), CoreErrorResponseType::InvalidClient);
    })
    .await;
}

async fn web_application(app: &TestApp) -> Registered {
    Registered::make(
        app,
        &json!({
            "name": "Relying party",
            "enabled": true,
            "protocol": "OPENID_CONNECT",
            "type": "WEB_APP",
            "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
            "responseTypes": ["CODE"],
            "redirectUris": [dev::REDIRECT_URI],
            "pkceEnforcement": "S256_REQUIRED",
            "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC",
        }),
    )
    .await
}

/// Signs the person on through the hosted pages; the code comes back as it does to an application.
async fn authorize(app: &TestApp, client: &Client, challenge: PkceCodeChallenge) -> (Nonce, AuthorizationCode) {
    let flow = openidconnect::core::CoreAuthenticationFlow::AuthorizationCode;
    let request = client.authorize_url(flow, openidconnect::CsrfToken::new_random, Nonce::new_random);
    let (address, state, nonce) = request.add_scope(Scope::new("profile".into())).set_pkce_challenge(challenge).url();
    let browser = app.browser();
    let page = browser.get(address.as_str()).await;
    let page = browser.follow(page).await;
    let signed_on = browser.sign_on(&page, dev::USERNAME, dev::PASSWORD).await;
    let back = browser.follow(signed_on).await;
    let back = url::Url::parse(back.header("location")).unwrap();
    let parameter = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(parameter("state").as_deref(), Some(state.secret().as_str()), "{back}");
    // RFC 9207 §2.4: the party compares the issuer of the answer with the one it asked.
    assert_eq!(parameter("iss").as_deref(), Some(app.url(&format!("/{}/as", dev::ENVIRONMENT)).as_str()));
    (nonce, AuthorizationCode::new(parameter("code").unwrap()))
}

/// Subject and audience of the ID token, once the crate has verified it.
fn verified(
    app: &TestApp,
    client: &Client,
    tokens: &openidconnect::core::CoreTokenResponse,
    nonce: impl NonceVerifier,
) -> Result<(String, Vec<String>), ClaimsVerificationError> {
    let now = is_at(app);
    let verifier = client.id_token_verifier().set_time_fn(move || now.into());
    let claims = tokens.id_token().unwrap().claims(&verifier, nonce)?;
    let audiences = claims.audiences().iter().map(|audience| audience.as_str().to_owned());
    Ok((claims.subject().as_str().to_owned(), audiences.collect()))
}

/// The `error` of a refusal.
#[track_caller]
fn refusal<T: std::fmt::Debug, E: std::error::Error + 'static>(
    outcome: Result<T, RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>>,
) -> CoreErrorResponseType {
    match outcome {
        Err(RequestTokenError::ServerResponse(response)) => response.error().clone(),
        other => panic!("no refusal: {other:?}"),
    }
}
