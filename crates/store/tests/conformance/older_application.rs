//! A row of an application as versions before its description wrote it: it is read, and written again it is the same row, so
//! that a process of such a version reads it too.

use protocol::change::{Change, Guard};
use protocol::client_auth::Method;
use protocol::grant::GrantType;
use protocol::model::{
    Application, ApplicationType, AssertionAudience, CorsSettings, Icon, Mobile, ParRequirement, ParSettings,
    PkceEnforcement, RefreshTokenSettings, RegisteredKeys, ResponseKind, SigningSettings, TokenFormat, UnusedSettings,
};
use protocol::time::Time;
use serde_json::{Value as Json, json};
use store::Store;

use crate::beside::Beside;
use crate::each;
use crate::samples::{HERE, application_id, uuid};

beside_another_version!(a_row_is_read_and_written_again);

async fn a_row_is_read_and_written_again(store: &Store, beside: &Beside) {
    for (n, body, expected) in [(1, everything(), all()), (2, little(), bare())] {
        let sql = "INSERT INTO applications (environment_id, id, client_id, name_key, enabled, created_at, updated_at, version, body)
                   VALUES ($1, $2, $3, 'shop', TRUE, 1000, 2000, 4, $4)";
        let client_id = format!("client-{n}");
        let key = [HERE.uuid(), uuid(n)].map(Into::into);
        let values = [key.to_vec(), vec![client_id.as_str().into(), body.to_string().into()]].concat();
        beside.run(sql, values).await;

        let read = store.client(HERE, &client_id).await.unwrap().unwrap().application;
        assert_eq!(read, expected);
        assert_eq!(store.get::<Application>(HERE, &[uuid(n)]).await.unwrap().as_ref(), Some(&read));

        each(store, [Change::put(read, Guard::Version)]).await;
        let sql = "SELECT body, name_key, version FROM applications WHERE environment_id = $1 AND id = $2";
        let row = beside.row(sql, key.to_vec()).await;
        let mut written: Json = serde_json::from_str(row.text(0).unwrap()).unwrap();
        assert_eq!((row.text(1).unwrap(), row.i64(2).unwrap(), &written["version"]), ("shop", 5, &json!(5)));
        written["version"] = 4.into();
        assert_eq!(written, body);
    }
}

fn everything() -> Json {
    let mut body = json!({
        "id": uuid(1).to_string(), "environment": HERE.to_string(), "client_id": "client-1", "name": "Shop",
        "description": "Sells", "enabled": true, "kind": "NATIVE_APP", "protocol": "OPENID_CONNECT",
        "auth_methods": ["CLIENT_SECRET_BASIC", "CLIENT_SECRET_POST"],
        "grant_types": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"], "response_types": ["CODE"],
        "refresh": { "duration": 3600, "rolling_duration": 7200, "grace": 5, "replay_protection": true, "rotate": true },
        "token_format": "opaque", "access_token_seconds": 300,
        "icon": [uuid(0x1c).to_string(), "https://app.example/icon.png"],
        "other": other(),
        "created_at": 1000, "updated_at": 2000, "version": 4,
    });
    let addresses = json!({
        "redirect_uris": ["com.example:/back"], "post_logout_redirect_uris": ["https://app.example/"],
        "allow_wildcard_in_redirect_uris": false, "login_page_url": "https://app.example/login",
        "home_page_url": "https://app.example/home", "initiate_login_uri": "https://app.example/start",
        "target_link_uri": "https://app.example/target", "pkce": "S256_REQUIRED",
        "cors": { "origins": ["https://app.example"] },
    });
    body.as_object_mut().unwrap().extend(addresses.as_object().unwrap().clone());
    body
}

fn other() -> Json {
    json!({
        "assignActorRoles": false, "devicePathId": "tv", "devicePollingInterval": 5, "deviceTimeout": 600,
        "hiddenFromAppPortal": false, "idpSignoff": true, "jwksUrl": "https://app.example/jwks", "parRequirement": "OPTIONAL",
        "parTimeout": 60, "refreshTokenDuration": 3600, "requestScopesForMultipleResourcesEnabled": true,
        "signing": { "keyRotationPolicy": { "id": uuid(0x4e).to_string() } },
        "mobile": {
            "bundleId": "com.example.shop", "integrityDetection": { "mode": "DISABLED" },
            "passcodeRefreshDuration": { "duration": 45, "timeUnit": "SECONDS" },
        },
    })
}

fn all() -> Application {
    let text = |text: &str| Some(text.to_owned());
    Application {
        id: application_id(1),
        environment: HERE,
        client_id: "client-1".into(),
        name: "Shop".into(),
        description: text("Sells"),
        enabled: true,
        kind: ApplicationType::NativeApp,
        auth_methods: vec![Method::ClientSecretBasic, Method::ClientSecretPost],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        response_types: vec![ResponseKind::Code],
        response_modes: Vec::new(),
        redirect_uris: vec!["com.example:/back".into()],
        post_logout_redirect_uris: vec!["https://app.example/".into()],
        login_page_url: text("https://app.example/login"),
        home_page_url: text("https://app.example/home"),
        initiate_login_uri: text("https://app.example/start"),
        target_link_uri: text("https://app.example/target"),
        pkce: PkceEnforcement::S256Required,
        cors: Some(CorsSettings::AllowSpecificOrigins(vec!["https://app.example".into()])),
        refresh: RefreshTokenSettings {
            duration: 3600,
            rolling_duration: Some(7200),
            grace: Some(5),
            replay_protection: true,
            rotate: true,
        },
        token_format: TokenFormat::Opaque,
        access_token_seconds: Some(300),
        dpop_bound: false,
        certificate_bound: false,
        tls_client_auth: Box::default(),
        icon: Some(Icon { id: uuid(0x1c), href: "https://app.example/icon.png".into() }),
        several_resources: Some(true),
        par: ParSettings { timeout: Some(60), requirement: Some(ParRequirement::Optional) },
        keys: RegisteredKeys::new(None, text("https://app.example/jwks")),
        assertion_audience: AssertionAudience::Compatible,
        auth_signing_alg: None,
        signing: SigningSettings { policy: Some(uuid(0x4e).into()), ..SigningSettings::default() },
        unused: UnusedSettings {
            assign_actor_roles: Some(false),
            device_path_id: text("tv"),
            device_polling_interval: Some(5),
            device_timeout: Some(600),
            hidden_from_app_portal: Some(false),
            idp_signoff: Some(true),
            refresh_token_duration: Some(3600),
            mobile: Some(Mobile { bundle_id: text("com.example.shop"), passcode_seconds: 45, ..Mobile::default() }),
            ..UnusedSettings::default()
        },
        created_at: Time(1000),
        updated_at: Time(2000),
        version: 4,
        ..Application::default()
    }
}

/// What the server made itself: nothing was ever sent, so there is nothing in `other`.
fn little() -> Json {
    json!({
        "id": uuid(2).to_string(), "environment": HERE.to_string(), "client_id": "client-2", "name": "Shop", "enabled": true,
        "kind": "WORKER", "protocol": "OPENID_CONNECT", "auth_methods": ["NONE"], "grant_types": ["CLIENT_CREDENTIALS"],
        "response_types": ["CODE"], "redirect_uris": [], "post_logout_redirect_uris": [], "allow_wildcard_in_redirect_uris": true,
        "pkce": "OPTIONAL", "cors": {}, "refresh": { "duration": 60, "replay_protection": false, "rotate": false },
        "token_format": "jwt", "other": {}, "created_at": 1000, "updated_at": 2000, "version": 4,
    })
}

fn bare() -> Application {
    Application {
        id: application_id(2),
        environment: HERE,
        client_id: "client-2".into(),
        name: "Shop".into(),
        enabled: true,
        kind: ApplicationType::Worker,
        auth_methods: vec![Method::None],
        grant_types: vec![GrantType::ClientCredentials],
        response_types: vec![ResponseKind::Code],
        allow_wildcard_in_redirect_uris: true,
        cors: Some(CorsSettings::AllowNoOrigins),
        refresh: RefreshTokenSettings {
            duration: 60,
            rolling_duration: None,
            grace: None,
            replay_protection: false,
            rotate: false,
        },
        created_at: Time(1000),
        updated_at: Time(2000),
        version: 4,
        ..Application::default()
    }
}
