//! What an environment with people is furnished with, in one commit: its three applications and its five people.

use std::sync::Arc;

use admission::Claim;
use engine::App;
use engine::bootstrap::dev;
use protocol::change::{Change, Guard};
use protocol::client::Client;
use protocol::client_auth::Method;
use protocol::ctx::Ctx;
use protocol::grant::GrantType;
use protocol::id::{CorrelationId, LicenseId, OrganizationId, PopulationId, UserId};
use protocol::model::{
    Account, Application, BillOfMaterials, ClientSecret, CorsSettings, CustomValues, Environment, EnvironmentSettings,
    EnvironmentType, KeyStatus, PasswordState, Profile, ResponseKind, SecretPair, SigningKeyRecord, User, seed,
};
use protocol::secret::Secret;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{CALLBACK, FIRST, GOODBYE, Ids, PASSWORD, SECRET};
use crate::database::Base;

/// Makes the first environment beside the worlds of `grantor dev`, in their organization.
pub(crate) async fn make(app: &Arc<App>, base: &Base) {
    furnish(app, base, FIRST).await;
}

/// Makes one more. Its people's password and the first one's key are made once for all servers of the process.
pub(super) async fn furnish(app: &Arc<App>, base: &Base, ids: Ids) {
    static KEY: OnceCell<SigningKeyRecord> = OnceCell::const_new();
    static HASH: OnceCell<String> = OnceCell::const_new();
    let ctx = app.ctx(&engine::Ask { correlation: CorrelationId::new(Uuid::nil()), source: None });
    let at = ctx.now.to_millis();
    let environment = Environment {
        id: ids.env,
        organization: OrganizationId::new(dev::ORGANIZATION),
        license: LicenseId::new(dev::LICENSE),
        name: format!("Test {}", ids.env),
        description: None,
        kind: EnvironmentType::Sandbox,
        region: "NA".into(),
        icon: None,
        bill_of_materials: BillOfMaterials::empty(at),
        settings: EnvironmentSettings::default(),
        activity_retention_days: 0,
        soft_deleted_at: None,
        created_at: at,
        updated_at: at,
        version: 0,
    };
    let new_key = || engine::keys::generate(&ctx, ids.env, jose::Alg::Rs256, KeyStatus::Active, app.seal()).unwrap();
    let key = if ids.env == FIRST.env { KEY.get_or_init(async || new_key()).await.clone() } else { new_key() };
    let hash =
        HASH.get_or_init(async || app.passwords().hash(Claim::default(), ctx.entropy, PASSWORD).await.unwrap()).await;
    let seed = seed::environment(&ctx, environment, key, &app.config.api_url);
    let population = seed.default_population;
    let mut changes = seed.changes;
    changes.extend(applications(app, &ctx, ids).into_iter().flat_map(Client::creation));
    changes.extend(people(&ctx, ids, population, hash).map(|user| Change::put(user, Guard::New)));
    base.store.commit(changes).await.unwrap();
}

fn applications(app: &App, ctx: &Ctx<'_>, ids: Ids) -> [Client; 3] {
    let application = |number: usize, change: &dyn Fn(&mut Application)| {
        let mut application = Application::blank(ids.applications[number], ids.env, ctx.now.to_millis());
        application.name = "Shop".into();
        application.enabled = true;
        application.auth_methods = vec![Method::ClientSecretPost];
        application.grant_types = vec![GrantType::AuthorizationCode];
        application.response_types = vec![ResponseKind::Code];
        application.redirect_uris = vec![CALLBACK.into()];
        application.post_logout_redirect_uris = vec![GOODBYE.into()];
        application.home_page_url = Some("https://app.example/".into());
        application.cors = Some(CorsSettings::AllowSpecificOrigins(vec!["https://app.example".into()]));
        change(&mut application);
        let id = (ids.env, application.id);
        let kept = ClientSecret::new(ctx, (app.pepper(), app.seal()), id, &Secret::new(SECRET.into()));
        Client {
            application,
            secrets: SecretPair { current: Some(kept), previous: None },
            grants: Vec::new(),
            mappings: protocol::mapping::ApplicationMappings::default(),
        }
    };
    [
        application(0, &|_| ()),
        application(1, &|a| a.auth_methods = vec![Method::None]),
        application(2, &|a| a.redirect_uris = vec!["com.example.app:/cb".into(), "http://127.0.0.1/cb".into()]),
    ]
}

fn people(ctx: &Ctx<'_>, ids: Ids, population: PopulationId, hash: &str) -> [User; 5] {
    let at = ctx.now.to_millis();
    let person = |name: &str, change: &dyn Fn(&mut User)| {
        let mut user = User {
            id: UserId::new(ctx.uuid()),
            environment: ids.env,
            population,
            username: name.into(),
            email: format!("{name}@example.com"),
            email_verified: true,
            phone_verified: false,
            enabled: true,
            account: Account::default(),
            lifecycle: "ACCOUNT_OK".into(),
            mfa_enabled: false,
            verify_status: "NOT_INITIATED".into(),
            identity_provider: None,
            profile: Profile::default(),
            custom: CustomValues::default(),
            password: Some(PasswordState { hash: hash.to_owned(), must_change: false, chosen: false, changed_at: at }),
            last_sign_on: None,
            created_at: at,
            updated_at: at,
            version: 0,
        };
        change(&mut user);
        user
    };
    [
        person("ann", &|user| (user.id, user.profile.name.given) = (ids.ann, Some("Ann".into()))),
        person("bob", &|user| user.password.as_mut().unwrap().must_change = true),
        person("carl", &|user| user.enabled = false),
        person("dora", &|user| user.password = None),
        person("emil", &|_| ()),
    ]
}
