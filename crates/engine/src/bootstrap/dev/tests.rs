use protocol::model::Key;

use super::*;
use crate::app::Config;
use crate::world::System;

pub(crate) fn app(public_url: &str, store: &store::Store) -> Arc<App> {
    let config = Config {
        mounts: vec![mount()],
        outbound: crate::fetch::Outbound::default(),
        ..Config::developer(public_url.into())
    };
    App::new(store.clone(), Arc::new(System), config, &MASTER_KEY)
}

#[tokio::test]
async fn a_kept_store_is_found_again_and_follows_the_public_url() {
    let store = super::super::open("sqlite::memory:").unwrap();
    store.migrate(protocol::time::Time::from_secs(1)).await.unwrap();
    let first = app("http://localhost:8085", &store);
    assert_eq!(ensure(&first).await, Ok(Outcome::Made));
    let second = app("http://localhost:9000", &store);
    assert_eq!(ensure(&second).await, Ok(Outcome::Kept));
    assert_eq!(super::super::opens(&second).await, Ok(true));
    let environment = EnvironmentId::new(ENVIRONMENT);
    let demo = store.client_of(environment, ApplicationId::new(TRY_APPLICATION)).await.unwrap().unwrap();
    assert_eq!(demo.application.redirect_uris, ["http://localhost:9000/try/callback"]);
}

/// The environment of the MCP server is made once, by whoever asks first, and its resource follows the public URL.
#[tokio::test]
async fn the_mcp_server_has_an_environment_when_somebody_asks_for_it() {
    use super::super::mcp;

    let store = super::super::open("sqlite::memory:").unwrap();
    store.migrate(protocol::time::Time::from_secs(1)).await.unwrap();
    let first = app("http://localhost:8085", &store);
    assert_eq!(ensure(&first).await, Ok(Outcome::Made));
    let own = EnvironmentId::new(mcp::ENVIRONMENT);
    assert_eq!(store.environment(own).await.map(|found| found.is_none()), Ok(true));
    let ask = crate::Ask { correlation: protocol::id::CorrelationId::new(Uuid::nil()), source: None };
    let (one, other) = tokio::join!(mcp::there(&first, &ask), mcp::there(&first, &ask));
    assert!(one.into_result().is_ok_and(|id| id == own) && other.into_result().is_ok(), "two ask at once");
    for url in ["http://localhost:8085", "http://localhost:9000"] {
        let app = app(url, &store);
        assert!(mcp::there(&app, &ask).await.into_result().is_ok());
        app.forget(own);
        let tenant = app.tenant(own).await.unwrap().unwrap();
        let audiences: Vec<_> = tenant.scopes.resources.iter().filter_map(|of| of.audience.clone()).collect();
        assert!(audiences.contains(&mcp::address(url)), "{audiences:?}");
    }
}

#[tokio::test]
async fn a_store_of_another_server_is_left_alone_and_another_key_is_noticed() {
    let store = super::super::open("sqlite::memory:").unwrap();
    store.migrate(protocol::time::Time::from_secs(1)).await.unwrap();
    let config = app("https://a.example", &store).config.clone();
    let serving = App::new(store.clone(), Arc::new(System), config.clone(), &[7; 32]);
    let made = super::super::first_administrators(&serving, super::super::Wanted::default()).await.unwrap();
    assert!(made.is_some_and(|made| made.client_secret.expose().len() == 64));
    assert!(super::super::first_administrators(&serving, super::super::Wanted::default()).await.unwrap().is_none());
    assert_eq!(ensure(&app("http://localhost:8085", &store)).await, Ok(Outcome::Foreign));
    let other = App::new(store.clone(), Arc::new(System), config, &[8; 32]);
    assert_eq!(super::super::opens(&other).await, Ok(false));
    assert_eq!(super::super::opens(&serving).await, Ok(true));
    assert_eq!(is_seeded(&serving).await, Ok(false));
}

/// Also where every documented secret was taken away: whoever reads this program signs for it still.
#[tokio::test]
async fn a_store_that_signs_with_documented_keys_is_noticed() {
    let store = super::super::open("sqlite::memory:").unwrap();
    store.migrate(protocol::time::Time::from_secs(1)).await.unwrap();
    let app = app("http://localhost:8085", &store);
    assert_eq!(ensure(&app).await, Ok(Outcome::Made));
    for (environment, application) in [
        (ADMIN_ENVIRONMENT, ADMIN_APPLICATION),
        (ENVIRONMENT, SHARED_WEB_APPLICATION),
        (ENVIRONMENT, BASIC_WEB_APPLICATION),
        (ENVIRONMENT, TRY_APPLICATION),
    ] {
        let key = Key::Application(EnvironmentId::new(environment), ApplicationId::new(application));
        store.commit(vec![Change::Remove(key)]).await.unwrap();
    }
    assert_eq!(is_seeded(&app).await, Ok(true));
    let other = App::new(store, Arc::new(System), app.config.clone(), &[7; 32]);
    assert_eq!(is_seeded(&other).await, Ok(true), "whatever key seals it");
}

#[test]
fn secrets_have_the_shape_of_generated_ones() {
    for secret in [ADMIN_SECRET, SHARED_WEB_SECRET, BASIC_WEB_SECRET, TRY_SECRET] {
        assert_eq!(secret.len(), 64);
        assert!(secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.~-".contains(&b)), "{secret}");
    }
}
