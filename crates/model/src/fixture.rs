//! What the model's world is made of: one environment, the application of the honest client and the one of another, one person.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, LazyLock};

use jose::digest::HmacKey;
use jose::seal::SealKey;
use protocol::authorize::{AuthorizationRequest, Presence, Prompt, ResponseMode, ResponseType};
use protocol::claims::AskedClaims;
use protocol::client::Client;
use protocol::client_auth::{AuthenticatedClient, Credentials, Method, Presented, authenticate};
use protocol::ctx::{Ctx, Entropy};
use protocol::details::Details;
use protocol::flow::Followed;
use protocol::grant::{GrantType, Terms};
use protocol::id::{
    ApplicationId, CorrelationId, LicenseId, OrganizationId, PasswordPolicyId, PopulationId, ResourceGrantId,
    ResourceId, ScopeId, SessionId, UserId,
};
use protocol::model::{
    Application, BillOfMaterials, ClientSecret, Environment, EnvironmentSettings, EnvironmentType, PasswordPolicy,
    PasswordState, RefreshTokenSettings, Resource, ResourceGrant, ResourceScope, ResourceType, ResponseKind, Scopes,
    SecretPair, Session, TokenFormat, User,
};
use protocol::params::Params;
use protocol::pkce::Challenge;
use protocol::policy::Own;
use protocol::refusal::Refused;
use protocol::scope::Scope;
use protocol::secret::{Artefact, SecretDigest, TokenHash};
use protocol::time::Time;
use uuid::Uuid;

use crate::request::Client as Who;
use crate::scenario::Scenario;
use crate::store::ENVIRONMENT;

/// What no step changes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) environment: Environment,
    pub(crate) scopes: Scopes,
    pub(crate) policy: PasswordPolicy,
    pub(crate) seal: SealKey,
    pub(crate) key: jose::SigningKey,
    /// Whether passwords are typed where the person signed on before.
    pub(crate) device: bool,
    /// What each way to authenticate comes to: by client, by whether it proves itself, and by whether it is enabled.
    proofs: Vec<Result<AuthenticatedClient, Refused>>,
}

impl World {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let pepper = HmacKey::new(b"pepper");
        let ways = [Who::Honest, Who::Other].into_iter().flat_map(|who| {
            [false, true].into_iter().flat_map(move |proves| [false, true].map(move |on| (who, proves, on)))
        });
        let proofs = ways.map(|(who, proves, on)| prove(client(scenario, who, &pepper), proves, on, &pepper)).collect();
        let mut policy = PasswordPolicy::standard(PasswordPolicyId::default(), ENVIRONMENT, START);
        (policy.lockout_failures, policy.lockout_seconds) = (LOCKS_AFTER, LOCKED_FOR);
        Self {
            environment: environment(),
            scopes: scopes(),
            policy,
            seal: SealKey::new(&[7; 32]),
            // Never used: the tokens are opaque, and nobody asks for an ID token.
            key: jose::SigningKey::generate(jose::Alg::Es256).unwrap_or_else(|error| panic!("no key: {error}")),
            device: scenario.device,
            proofs,
        }
    }

    pub(crate) fn terms(&self) -> Terms<'_> {
        Terms { environment: &self.environment, scopes: &self.scopes, own: OWN, issuer: ISSUER, developer: false }
    }

    /// Who presents this client's id with its secret, or with another one.
    pub(crate) fn authenticate(&self, who: Who, proves: bool, on: bool) -> Result<AuthenticatedClient, Refused> {
        self.proofs[usize::from(who as u8) * 4 + usize::from(proves) * 2 + usize::from(on)].clone()
    }

    /// What the honest client asks for. The browser of every sign-on has a challenge of its own.
    pub(crate) fn request(scenario: &Scenario, who: Who) -> AuthorizationRequest {
        AuthorizationRequest {
            application: application(who),
            issuer: ISSUER.into(),
            response_type: ResponseType::Code,
            response_mode: ResponseMode::Query,
            redirect_uri: Some(REDIRECT.into()),
            redirect_uri_sent: true,
            scope: scope("read"),
            state: None,
            nonce: None,
            prompt: Prompt::default(),
            max_age: None,
            login_hint: None,
            acr: ACR.into(),
            acr_otherwise: Vec::new(),
            challenge: scenario.pkce.then(challenge),
            ui_locales: None,
            resource: Vec::new(),
            pushed: None,
            claims: AskedClaims::default(),
            details: Details::default(),
            whom: None,
            dpop_jkt: None,
        }
    }
}

fn prove(mut client: Client, proves: bool, on: bool, pepper: &HmacKey) -> Result<AuthenticatedClient, Refused> {
    client.application.enabled = on;
    let secret = match (proves, client.is_confidential()) {
        (true, true) => format!("&client_secret={SECRET}"),
        (true, false) => String::new(),
        (false, _) => "&client_secret=another".to_owned(),
    };
    let form = format!("client_id={}{secret}", client.application.client_id);
    let params = Params::form(form.as_bytes()).unwrap_or_default();
    let presented = Presented::read(&[], &params, None)?;
    Ok(authenticate(&Credentials::of(&presented, Some(&Arc::new(client))), pepper, START)?.client)
}

/// Randomness that two decisions never share: it counts, from a number that says where and when it was asked for.
#[derive(Debug)]
pub(crate) struct Counting {
    seed: u32,
    calls: AtomicU16,
}

impl Counting {
    pub(crate) const fn from(seed: u32) -> Self {
        Self { seed, calls: AtomicU16::new(0) }
    }

    pub(crate) const fn ctx(&self, now: Time) -> Ctx<'_> {
        Ctx { now, entropy: self, correlation: CorrelationId::new(Uuid::nil()) }
    }
}

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        bytes.fill(0);
        let number = self.seed.to_be_bytes().into_iter().chain(call.to_be_bytes());
        for (byte, of) in bytes.iter_mut().zip(number) {
            *byte = of;
        }
    }
}

pub(crate) const fn presence<'a>(session: &'a Session, user: &'a User) -> Presence<'a> {
    Presence { session, user }
}

pub(crate) fn person(password: &str) -> User {
    User {
        id: PERSON,
        environment: ENVIRONMENT,
        population: PopulationId::new(Uuid::from_u128(6)),
        username: "ada".into(),
        enabled: true,
        password: Some(PasswordState {
            hash: password.into(),
            must_change: false,
            chosen: false,
            changed_at: START.plus(-1000),
        }),
        created_at: START,
        updated_at: START,
        version: 1,
        ..User::default()
    }
}

pub(crate) fn session(number: u128) -> Session {
    let cookie = cookie(number);
    Session {
        id: SessionId::new(Uuid::from_u128(0x70 + number)),
        environment: ENVIRONMENT,
        user: PERSON,
        token: TokenHash::of(Artefact::Session, &cookie),
        auth_time: START,
        acr: ACR.into(),
        amr: vec!["pwd".into()],
        created_at: START,
        expires_at: START.plus(100_000),
        ended_at: None,
    }
}

pub(crate) fn cookie(number: u128) -> String {
    format!("cookie-{number}")
}

/// An application of an administrator, of which nobody is asked.
pub(crate) static VOUCHED: LazyLock<Client> = LazyLock::new(|| {
    let (application, secrets) = (Application::default(), SecretPair::default());
    Client { application, secrets, grants: Vec::new(), mappings: protocol::mapping::ApplicationMappings::default() }
});

pub(crate) fn client(scenario: &Scenario, who: Who, pepper: &HmacKey) -> Client {
    let public = scenario.public && who == Who::Honest;
    let id = application(who);
    let refresh = RefreshTokenSettings {
        duration: scenario.idle,
        rolling_duration: Some(scenario.absolute),
        grace: (scenario.grace > 0).then_some(scenario.grace),
        replay_protection: true,
        rotate: scenario.rotate,
    };
    let application = Application {
        id,
        environment: ENVIRONMENT,
        client_id: format!("client-{}", who as usize),
        enabled: true,
        auth_methods: vec![if public { Method::None } else { Method::ClientSecretPost }],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        response_types: vec![ResponseKind::Code],
        redirect_uris: vec![REDIRECT.into()],
        refresh,
        token_format: TokenFormat::Opaque,
        ..Application::default()
    };
    let digest = SecretDigest::of(pepper, SECRET);
    let secret = ClientSecret { digest, sealed: Vec::new(), created_at: START, expires_at: None, last_used: None };
    let grant = ResourceGrant {
        id: ResourceGrantId::new(Uuid::from_u128(9)),
        environment: ENVIRONMENT,
        application: id,
        resource: ResourceId::new(Uuid::from_u128(10)),
        scopes: vec![ScopeId::new(Uuid::from_u128(20)), ScopeId::new(Uuid::from_u128(21))],
        created_at: START,
        updated_at: START,
        version: 0,
    };
    let secrets = SecretPair { current: (!public).then_some(secret), previous: None };
    Client { application, secrets, grants: vec![grant], mappings: protocol::mapping::ApplicationMappings::default() }
}

/// One resource with the scopes `read` and `write`; the person allows `read`.
fn scopes() -> Scopes {
    let resource = ResourceId::new(Uuid::from_u128(10));
    let scope = |id, name: &str| ResourceScope {
        id: ScopeId::new(Uuid::from_u128(id)),
        environment: ENVIRONMENT,
        resource,
        name: name.into(),
        description: None,
        created_at: START,
        updated_at: START,
        ..ResourceScope::default()
    };
    let resource = Resource {
        id: resource,
        environment: ENVIRONMENT,
        name: "orders".into(),
        description: None,
        kind: ResourceType::Custom,
        audience: Some("https://orders.example".into()),
        access_token_seconds: Some(600),
        created_at: START,
        updated_at: START,
        ..Resource::default()
    };
    Scopes { resources: vec![resource], scopes: vec![scope(20, "read"), scope(21, "write")], ..Scopes::default() }
}

pub(crate) fn environment() -> Environment {
    let bill_of_materials =
        BillOfMaterials { solution_type: None, products: Vec::new(), created_at: START, updated_at: START };
    Environment {
        id: ENVIRONMENT,
        organization: OrganizationId::new(Uuid::from_u128(2)),
        license: LicenseId::new(Uuid::from_u128(3)),
        name: "model".into(),
        description: None,
        kind: EnvironmentType::Sandbox,
        region: "EU".into(),
        icon: None,
        bill_of_materials,
        settings: EnvironmentSettings::default(),
        activity_retention_days: 0,
        soft_deleted_at: None,
        created_at: START,
        updated_at: START,
        version: 1,
    }
}

pub(crate) const fn application(who: Who) -> ApplicationId {
    ApplicationId::new(Uuid::from_u128(0x20 + who as u128))
}

pub(crate) fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap_or_default()
}

pub(crate) fn challenge() -> Challenge {
    let text = jose::b64::encode(&jose::digest::sha256(VERIFIER.as_bytes()));
    Challenge::read(&text, Some("S256")).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) static LOGIN: LazyLock<Followed<'static>> = LazyLock::new(Followed::login);
pub(crate) const START: Time = Time::from_secs(1_800_000_000);
pub(crate) const PERSON: UserId = UserId::new(Uuid::from_u128(0x55));
pub(crate) const ACR: &str = "Single_Factor";
pub(crate) const REDIRECT: &str = "https://app.example/cb";
pub(crate) const VERIFIER: &str = "the-verifier-of-the-honest-browser-0123456789";
pub(crate) const OTHER_VERIFIER: &str = "the-verifier-of-another-browser-0123456789-0123";
pub(crate) const LOCKS_AFTER: i64 = 2;
pub(crate) const LOCKED_FOR: i64 = 60;
const SECRET: &str = "the-right-secret";
pub(crate) const OWN: Own<'static> = Own { api: "https://api.example", userinfo: "https://op.example/as/userinfo" };
pub(crate) const ISSUER: &str = "https://auth.example/env/as";
