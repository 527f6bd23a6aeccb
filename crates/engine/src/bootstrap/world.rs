//! What the worlds of `grantor dev` are made of, as one list of changes.

use protocol::change::{Change, Guard};
use protocol::client_auth::Method;
use protocol::ctx::Ctx;
use protocol::grant::GrantType;
use protocol::id::{
    ApplicationId, EnvironmentId, LicenseId, OrganizationId, PopulationId, ResourceGrantId, ResourceId, ScopeId, UserId,
};
use protocol::model::seed::{self, Seed};
use protocol::model::{
    Account, Address, Application, ApplicationType, CorsSettings, CustomValues, EnvironmentSettings, EnvironmentType,
    Kept as _, Object, PasswordState, PkceEnforcement, Profile, RegisteredKeys, Resource, ResourceGrant, ResourceScope,
    ResponseKind, TokenFormat, TokenProfile, User, UserName,
};
use protocol::secret::Secret;
use protocol::time::Time;
use uuid::{Uuid, uuid};

use super::dev::{self, Material};
use super::{House, administrator, region, register, start, worker};
use crate::app::App;

pub(super) fn changes(app: &App, material: &Material) -> Vec<Change> {
    let builder = Builder {
        app,
        ctx: start(app),
        house: House {
            organization: OrganizationId::new(dev::ORGANIZATION),
            license: LicenseId::new(dev::LICENSE),
            name: "Grantor Dev",
            region: region(app),
            at: MADE,
        },
    };
    let [administrators, sandbox, playground] = material.keys();
    let mut changes = builder.house.changes();
    changes.extend(builder.administrators(administrators));
    changes.extend(builder.sandbox(sandbox, dev::PASSWORD_HASH));
    changes.extend(builder.playground(playground));
    changes
}

pub(super) struct Builder<'a> {
    pub(super) app: &'a App,
    pub(super) ctx: Ctx<'a>,
    pub(super) house: House,
}

impl Builder<'_> {
    fn administrators(&self, key: protocol::model::SigningKeyRecord) -> Vec<Change> {
        let id = EnvironmentId::new(dev::ADMIN_ENVIRONMENT);
        let environment = self.house.environment(id, "Administrators", EnvironmentType::Production);
        let mut changes = self.seed(environment, key).changes;
        let application = worker(ApplicationId::new(dev::ADMIN_APPLICATION), id, MADE);
        let secret = secret(dev::ADMIN_SECRET);
        changes.extend(administrator(self.app, &self.ctx, application, &secret, self.house.organization));
        changes
    }

    fn sandbox(&self, key: protocol::model::SigningKeyRecord, password: &str) -> Vec<Change> {
        let id = EnvironmentId::new(dev::ENVIRONMENT);
        let environment = self.house.environment(id, "Grantor Dev", EnvironmentType::Sandbox);
        let mut seed = self.seed(environment, key);
        for change in &mut seed.changes {
            if let Change::Put(object, Guard::New) = change
                && let Object::Population(population) = &mut **object
            {
                population.id = PopulationId::new(dev::POPULATION);
            }
        }
        let mut changes = seed.changes;
        changes.push(Change::put(jane(password, self.ctx.now), Guard::New));
        let scopes: Vec<ScopeId> = seed.scopes.iter().map(|(_, id)| *id).collect();
        for (application, text) in sandbox_applications(self.app) {
            let grant = self.grant(&application, seed.openid_resource, scopes.clone());
            changes.extend(register(self.app, &self.ctx, application, text.map(secret).as_ref()));
            changes.push(grant);
        }
        changes
    }

    fn playground(&self, key: protocol::model::SigningKeyRecord) -> Vec<Change> {
        let id = EnvironmentId::new(dev::PLAYGROUND);
        let mut environment = self.house.environment(id, "Playground", EnvironmentType::Sandbox);
        environment.settings = EnvironmentSettings {
            token_profile: TokenProfile::Spring,
            access_token_seconds: 4 * 3600,
            ..EnvironmentSettings::default()
        };
        let mut changes = self.seed(environment, key).changes;
        let resource = ResourceId::new(PLAYGROUND_RESOURCE);
        changes.push(Change::put(
            Resource {
                id: resource,
                name: "Playground".into(),
                description: Some("Countries and customers".into()),
                // After the built-in ones, whose ids are random.
                ..Resource::begun(id, MADE.plus(1))
            },
            Guard::New,
        ));
        let scopes = PLAYGROUND_SCOPES.map(|name| self.scope(id, resource, (name, "")));
        let ids = scopes.iter().map(|scope| scope.id).collect::<Vec<_>>();
        changes.extend(scopes.into_iter().map(|object| Change::put(object, Guard::New)));
        for (application, text) in playground_applications() {
            let grant = self.grant(&application, resource, ids.clone());
            changes.extend(register(self.app, &self.ctx, application, text.map(secret).as_ref()));
            changes.push(grant);
        }
        changes
    }

    pub(super) fn seed(
        &self,
        environment: protocol::model::Environment,
        key: protocol::model::SigningKeyRecord,
    ) -> Seed {
        let own = environment.id.uuid().as_u128();
        let mut seed = seed::environment(&self.ctx, environment, key, &self.app.config.api_url);
        // As constant as every other id here, so that lists have the same order at every start.
        for (number, change) in (1..).zip(&mut seed.changes) {
            if let Change::Put(object, Guard::New) = change
                && let Object::Application(application) = &mut **object
            {
                application.id = ApplicationId::new(Uuid::from_u128(own + number));
                application.client_id = application.id.to_string();
            }
        }
        seed
    }

    pub(super) fn scope(
        &self,
        environment: EnvironmentId,
        resource: ResourceId,
        (name, description): (&str, &str),
    ) -> ResourceScope {
        ResourceScope {
            id: ScopeId::new(self.ctx.uuid()),
            resource,
            name: name.into(),
            description: (!description.is_empty()).then(|| description.to_owned()),
            ..ResourceScope::begun(environment, MADE)
        }
    }

    pub(super) fn grant(&self, application: &Application, resource: ResourceId, scopes: Vec<ScopeId>) -> Change {
        Change::put(
            ResourceGrant {
                id: ResourceGrantId::new(self.ctx.uuid()),
                environment: application.environment,
                application: application.id,
                resource,
                scopes,
                created_at: application.created_at,
                updated_at: application.created_at,
                version: 0,
            },
            Guard::New,
        )
    }
}

/// The applications of the sandbox with their secrets.
fn sandbox_applications(app: &App) -> [(Application, Option<&'static str>); 4] {
    let web = |id: Uuid, name: &str, method: Method| Application {
        name: name.into(),
        enabled: true,
        kind: ApplicationType::WebApp,
        auth_methods: vec![method],
        grant_types: vec![GrantType::AuthorizationCode],
        response_types: vec![ResponseKind::Code],
        redirect_uris: vec![dev::REDIRECT_URI.into()],
        post_logout_redirect_uris: vec![HOME.into()],
        cors: Some(CorsSettings::AllowSpecificOrigins(vec![HOME.into()])),
        ..Application::blank(ApplicationId::new(id), EnvironmentId::new(dev::ENVIRONMENT), MADE)
    };
    let shared = web(dev::SHARED_WEB_APPLICATION, "Shared web application", Method::ClientSecretPost);
    let basic = web(dev::BASIC_WEB_APPLICATION, "Basic web application", Method::ClientSecretBasic);
    let spa = Application {
        kind: ApplicationType::SinglePageApp,
        pkce: PkceEnforcement::S256Required,
        ..web(dev::SPA_APPLICATION, "Single-page application", Method::None)
    };
    let demo = Application {
        pkce: PkceEnforcement::S256Required,
        redirect_uris: vec![dev::try_redirect_uri(app)],
        post_logout_redirect_uris: Vec::new(),
        cors: None,
        home_page_url: Some(format!("{}/", app.config.public_url)),
        ..web(dev::TRY_APPLICATION, "Demo application", Method::ClientSecretBasic)
    };
    [
        (shared, Some(dev::SHARED_WEB_SECRET)),
        (basic, Some(dev::BASIC_WEB_SECRET)),
        (spa, None),
        (demo, Some(dev::TRY_SECRET)),
    ]
}

/// The applications of the playground with their secrets.
fn playground_applications() -> Vec<(Application, Option<&'static str>)> {
    let rows = PLAYGROUND_APPLICATIONS.iter().zip(dev::PLAYGROUND_CLIENTS);
    let application = |((id, methods, token_format), (client_id, secret)): (&(Uuid, &[Method], TokenFormat), _)| {
        let application = Application {
            client_id: String::from(client_id),
            name: String::from(client_id),
            enabled: true,
            kind: ApplicationType::Service,
            auth_methods: methods.to_vec(),
            grant_types: vec![GrantType::ClientCredentials],
            token_format: *token_format,
            keys: RegisteredKeys::new(
                methods.contains(&Method::PrivateKeyJwt).then(|| dev::PLAYGROUND_KEYS.to_owned()),
                None,
            ),
            ..Application::blank(ApplicationId::new(*id), EnvironmentId::new(dev::PLAYGROUND), MADE)
        };
        (application, secret)
    };
    rows.map(application).collect()
}

/// A user with a value for every standard claim (OIDC Core §5.1). Her password is new, or it would have expired.
pub(super) fn jane(password: &str, now: Time) -> User {
    let text = |text: &str| Some(text.to_owned());
    User {
        id: UserId::new(dev::USER),
        environment: EnvironmentId::new(dev::ENVIRONMENT),
        population: PopulationId::new(dev::POPULATION),
        username: dev::USERNAME.into(),
        email: "jane.doe@example.com".into(),
        email_verified: true,
        phone_verified: true,
        enabled: true,
        account: Account::default(),
        lifecycle: "ACCOUNT_OK".into(),
        mfa_enabled: false,
        verify_status: "NOT_INITIATED".into(),
        identity_provider: None,
        profile: Profile {
            name: UserName {
                given: text("Jane"),
                middle: text("Alexandra"),
                family: text("Doe"),
                formatted: text("Jane Alexandra Doe"),
                honorific_prefix: text("Dr."),
                honorific_suffix: text("PhD"),
            },
            nickname: text("Jan"),
            title: text("Engineer"),
            kind: text("Employee"),
            external_id: text("jane-0001"),
            preferred_language: text("en"),
            locale: text("en-US"),
            timezone: text("America/Denver"),
            primary_phone: text("+1.3035550100"),
            mobile_phone: text("+1.3035550101"),
            photo: text("https://example.com/jane.png"),
            page: text("https://example.com/jane"),
            website: text("https://jane.example.com/"),
            gender: text("female"),
            birthdate: text("1990-04-22"),
            address: Address {
                formatted: text("1001 17th Street\nDenver, CO 80202\nUS"),
                street_address: text("1001 17th Street"),
                locality: text("Denver"),
                region: text("CO"),
                postal_code: text("80202"),
                country_code: text("US"),
            },
        },
        custom: CustomValues::default(),
        password: Some(PasswordState {
            hash: password.to_owned(),
            must_change: false,
            chosen: false,
            changed_at: now.to_millis(),
        }),
        last_sign_on: None,
        created_at: MADE,
        updated_at: MADE,
        version: 0,
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

/// 2025-01-01: documents and tests see the worlds as having been there for long.
pub(super) const MADE: Time = Time::from_secs(1_735_689_600);
const HOME: &str = "http://localhost:3000";
const PLAYGROUND_RESOURCE: Uuid = uuid!("63e3c157-5fe8-4d8b-a51b-15d878880e45");
const PLAYGROUND_SCOPES: [&str; 3] = ["country.read", "customer.read", "customer.write"];
/// In the order of [`dev::PLAYGROUND_CLIENTS`].
const PLAYGROUND_APPLICATIONS: [(Uuid, &[Method], TokenFormat); 5] = [
    (
        uuid!("4b4cf34f-c8cc-419b-bb83-c04f15345e08"),
        &[Method::ClientSecretBasic, Method::ClientSecretPost],
        TokenFormat::Jwt,
    ),
    (uuid!("7bdc2031-f13e-4fc4-b853-8fc6485770d7"), &[Method::ClientSecretPost], TokenFormat::Opaque),
    (uuid!("82a169c3-9510-46b9-b357-7be8665c1b62"), &[Method::PrivateKeyJwt], TokenFormat::Opaque),
    (uuid!("0c61cc1d-fc9d-47a0-b94e-a37d53a44e55"), &[Method::PrivateKeyJwt], TokenFormat::Jwt),
    (
        uuid!("a11e55c4-3379-4f7b-92ad-71b4864bc725"),
        &[Method::ClientSecretJwt, Method::ClientSecretPost],
        TokenFormat::Jwt,
    ),
];
