//! What the stage is furnished with: an environment, its three applications and its five people.

use engine::App;
use protocol::change::Change;
use protocol::client::Client;
use protocol::client_auth::Method;
use protocol::ctx::Ctx;
use protocol::grant::GrantType;
use protocol::id::{ApplicationId, EnvironmentId, LicenseId, OrganizationId, PopulationId, UserId};
use protocol::model::check::application::blank;
use protocol::model::check::environment::empty_bill;
use protocol::model::{
    Account, Application, ClientSecret, CorsSettings, Environment, EnvironmentSettings, EnvironmentType, KeyStatus,
    License, Organization, PasswordState, Profile, ResponseKind, SecretPair, User, seed,
};
use protocol::secret::Secret;

use super::stage::{CALLBACK, GOODBYE, PASSWORD, SECRET};

/// Makes them in one commit; tells the environment, the applications' client ids, and the user `ann`.
pub(super) async fn furnish(
    app: &App,
    store: &store::Store,
    ctx: &Ctx<'_>,
    env: EnvironmentId,
) -> (EnvironmentId, [String; 3], UserId) {
    let at = ctx.now.to_millis();
    let (organization, license) = (OrganizationId::new(ctx.uuid()), LicenseId::new(ctx.uuid()));
    let mut changes = vec![
        Change::CreateOrganization(Organization {
            id: organization,
            name: "Test".into(),
            description: None,
            kind: "INTERNAL".into(),
            created_at: at,
            updated_at: at,
        }),
        Change::CreateLicense(License {
            id: license,
            organization,
            name: "INTERNAL".into(),
            package: "INTERNAL".into(),
            created_at: at,
            updated_at: at,
        }),
    ];
    let environment = Environment {
        id: env,
        organization,
        license,
        name: "Test".into(),
        description: None,
        kind: EnvironmentType::Sandbox,
        region: "NA".into(),
        icon: None,
        bill_of_materials: empty_bill(at),
        settings: EnvironmentSettings::default(),
        created_at: at,
        updated_at: at,
        version: 0,
    };
    let key = engine::keys::generate(ctx, env, jose::Alg::Rs256, KeyStatus::Active, app.seal()).unwrap();
    let seed = seed::environment(ctx, environment, key, &app.config.api_url);
    let population = seed.default_population;
    changes.extend(seed.changes);
    let applications = applications(app, ctx, env);
    let ids = applications.each_ref().map(|client| client.application.client_id.clone());
    changes.extend(applications.map(|client| Change::CreateApplication(Box::new(client))));
    let hash = app.passwords().hash(ctx.entropy, PASSWORD).await.unwrap();
    let people = people(ctx, env, population, &hash);
    let ann = people[0].id;
    changes.extend(people.map(|user| Change::CreateUser(Box::new(user))));
    store.commit(changes).await.unwrap();
    (env, ids, ann)
}

fn applications(app: &App, ctx: &Ctx<'_>, env: EnvironmentId) -> [Client; 3] {
    let application = |change: &dyn Fn(&mut Application)| {
        let mut application = blank(ApplicationId::new(ctx.uuid()), env, ctx.now.to_millis());
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
        let id = (env, application.id);
        let kept = ClientSecret::new(ctx, (app.pepper(), app.seal()), id, &Secret::new(SECRET.into()));
        Client { application, secrets: SecretPair { current: Some(kept), previous: None }, grants: Vec::new() }
    };
    [
        application(&|_| ()),
        application(&|a| a.auth_methods = vec![Method::None]),
        application(&|a| a.redirect_uris = vec!["com.example.app:/cb".into(), "http://127.0.0.1/cb".into()]),
    ]
}

fn people(ctx: &Ctx<'_>, env: EnvironmentId, population: PopulationId, hash: &str) -> [User; 5] {
    let at = ctx.now.to_millis();
    let person = |name: &str, change: &dyn Fn(&mut User)| {
        let mut user = User {
            id: UserId::new(ctx.uuid()),
            environment: env,
            population,
            username: name.into(),
            email: format!("{name}@example.com"),
            email_verified: true,
            enabled: true,
            account: Account::default(),
            lifecycle: "ACCOUNT_OK".into(),
            mfa_enabled: false,
            verify_status: "NOT_INITIATED".into(),
            identity_provider: None,
            profile: Profile::default(),
            password: Some(PasswordState { hash: hash.to_owned(), must_change: false, changed_at: at }),
            last_sign_on: None,
            created_at: at,
            updated_at: at,
            version: 0,
        };
        change(&mut user);
        user
    };
    [
        person("ann", &|user| user.profile.name.given = Some("Ann".into())),
        person("bob", &|user| user.password.as_mut().unwrap().must_change = true),
        person("carl", &|user| user.enabled = false),
        person("dora", &|user| user.password = None),
        person("emil", &|_| ()),
    ]
}
