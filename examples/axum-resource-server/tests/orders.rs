//! What the API does with tokens, right and wrong ones, while time passes, keys change and its server refuses it.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use axum_resource_server::{Trust, orders};
use grantor_testkit::{Endpoint, Expiring, Filter, Grantor, Mint, World, WorldOptions, Wrong};
use serde_json::{Value, json};

/// A world, and the API that trusts it.
struct Started {
    world: World,
    api: String,
    /// The clock of the API goes with that of the world.
    now: Arc<Mutex<SystemTime>>,
}

impl Started {
    async fn new() -> Self {
        static GRANTOR: OnceLock<Grantor> = OnceLock::new();
        let grantor = GRANTOR.get_or_init(|| Grantor::start().wait().unwrap());
        let seed = serde_json::from_str(include_str!("shop.json")).unwrap();
        let world = grantor.world_with(WorldOptions::new().seed(seed)).await.unwrap();
        let now = Arc::new(Mutex::new(world.clock().get().await.unwrap().now));
        let (shown, shop) = (now.clone(), world.application());
        let trust = Trust {
            issuer: world.issuer.clone(),
            audience: "https://orders.test".into(),
            client: (shop.client_id.clone(), shop.client_secret.clone()),
            now: Box::new(move || *shown.lock().unwrap()),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, orders(trust)).await });
        Self { world, api, now }
    }

    async fn mint(&self, more: impl FnOnce(Mint) -> Mint) -> String {
        self.world.mint(more(Mint::access().user("ada").scope("orders:read"))).await.unwrap().token
    }

    async fn refresh_token(&self) -> String {
        self.world.mint(Mint::refresh().user("ada").scope("orders:read")).await.unwrap().token
    }

    async fn orders(&self, token: &str) -> u16 {
        let request = reqwest::Client::new().get(format!("{}/orders", self.api)).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    }

    async fn renew(&self, token: &str) -> (u16, Value) {
        let request =
            reqwest::Client::new().post(format!("{}/renew", self.api)).json(&json!({ "refreshToken": token }));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap()["code"].clone())
    }
}

#[tokio::test]
async fn a_token_is_taken_until_it_expires() {
    let shop = Started::new().await;
    let token = shop.mint(|token| token).await;
    assert_eq!(shop.orders(&token).await, 200);
    *shop.now.lock().unwrap() = shop.world.clock().advance(Duration::from_secs(3601)).await.unwrap().now;
    assert_eq!(shop.orders(&token).await, 401);
}

#[tokio::test]
async fn a_token_is_refused_for_whatever_is_wrong_with_it() {
    let shop = Started::new().await;
    for wrong in Wrong::ALL {
        assert_eq!(shop.orders(&shop.mint(|token| token.wrong(wrong)).await).await, 401, "{wrong:?}");
    }
}

#[tokio::test]
async fn keys_rotate_while_it_runs() {
    let shop = Started::new().await;
    let old = shop.mint(|token| token).await;
    shop.world.rotate_key().await.unwrap();
    assert_eq!((shop.orders(&old).await, shop.orders(&shop.mint(|token| token).await).await), (200, 200));
}

#[tokio::test]
async fn who_cannot_renew_is_told_whether_it_is_for_them() {
    let shop = Started::new().await;
    let token = shop.refresh_token().await;
    shop.world.next(Endpoint::Token.refuse("secret_wrong")).await.unwrap();
    assert_eq!(shop.renew(&token).await, (503, json!("invalid_client")));
    assert_eq!(shop.renew(&token).await, (200, Value::Null));
    let ended = shop.refresh_token().await;
    shop.world.expire(Expiring::RefreshTokens).await.unwrap();
    assert_eq!(shop.renew(&ended).await, (401, json!("invalid_grant")));
    let refused = shop.world.recorded(Filter::from(Endpoint::Token).status(401)).await.unwrap();
    assert_eq!(refused[0].reason.as_deref(), Some("secret_wrong"));
}

#[tokio::test]
async fn worlds_beside_each_other() {
    let (one, other) = tokio::join!(Started::new(), Started::new());
    assert_eq!(other.orders(&one.mint(|token| token).await).await, 401);
}
