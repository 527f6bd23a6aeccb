//! `grantor lint` of what there is to begin with, and of what the profile demands.

use engine::bootstrap::dev;
use engine::lint::findings;
use protocol::lint::{Finding, Level, Profile};
use serde_json::json;
use testkit::{SANDBOX, each_store};

use super::{By, Scene};

fn told(findings: &[Finding], of: &str) -> Vec<(&'static str, Level)> {
    let own = findings.iter().filter(|one| one.application.as_ref().is_some_and(|(id, _)| id == of));
    own.map(|one| (one.rule.name, one.rule.level)).collect()
}

/// The seeds are as the vendor's documents have them, and that is what is found.
#[tokio::test]
async fn the_seeds_fall_short_as_their_documents_do() {
    each_store(|server| async move {
        // The whole of it is held, with its database.
        let holder = &server;
        let app = &holder.app;
        let found = findings(app, Profile::Rfc9700, None).await.unwrap();
        let shared = told(&found, &dev::SHARED_WEB_APPLICATION.to_string());
        assert_eq!(
            shared,
            [
                ("redirect_uri_localhost", Level::Warning),
                ("pkce", Level::Warning),
                ("client_secret", Level::Advice),
                ("bound_tokens", Level::Advice),
            ]
        );
        let public = told(&found, &dev::SPA_APPLICATION.to_string());
        assert_eq!(public, [("redirect_uri_localhost", Level::Warning), ("bound_tokens", Level::Advice)]);
        // What the playground's three assertion clients make is for the token endpoint.
        let errors = found.iter().filter(|one| one.rule.level == Level::Error).map(|one| one.rule.name);
        assert_eq!(errors.collect::<Vec<_>>(), ["assertion_audience"; 3]);
        let environments = |found: &[Finding]| {
            found.iter().map(|one| one.environment.0.clone()).collect::<std::collections::BTreeSet<_>>()
        };
        assert!(environments(&found).len() > 1);
        let found = findings(app, Profile::Fapi, Some(SANDBOX)).await.unwrap();
        assert_eq!(environments(&found), [SANDBOX.to_string()].into());
        let names: Vec<_> = found.iter().filter(|one| one.application.is_none()).map(|one| one.rule.name).collect();
        assert_eq!(names, ["fapi_profile", "fapi_signing_key", "fapi_dpop_nonces"]);
    })
    .await;
}

/// What passes the profile's checks over HTTP has no error in it, and what does not is found.
#[tokio::test]
async fn what_the_profile_takes_is_not_found() {
    let scene = Scene::by(By::Environment).await;
    let (app, env, client) = (&scene.people.server.app, scene.people.env, scene.people.client.clone());
    let found = findings(app, Profile::Fapi, Some(env)).await.unwrap();
    assert_eq!(told(&found, &client), [], "{found:?}");
    scene.people.change(json!({ "tokenEndpointAuthMethod": "CLIENT_SECRET_BASIC" })).await;
    let found = findings(app, Profile::Fapi, Some(env)).await.unwrap();
    assert_eq!(told(&found, &client), [("fapi_client_authentication", Level::Error)]);
}
