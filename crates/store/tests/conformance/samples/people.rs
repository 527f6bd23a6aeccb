//! Users, their flows and sessions, and what was recorded of them.

use std::net::IpAddr;

use protocol::audit::{Action, Actor, Event, Kind, Refusal, Target};
use protocol::authorize::{AuthorizationRequest, Prompt, ResponseMode, ResponseType, Whom};
use protocol::change::{Change, Guard};
use protocol::claims::{AskedClaim, AskedClaims, PersonClaim};
use protocol::consent::{Allowed, Consent};
use protocol::details::Details;
use protocol::flow::{Flow, Proof, Purpose, State};
use protocol::id::{ActivityId, ApplicationId, CorrelationId, EnvironmentId, FlowId, PopulationId, SessionId, UserId};
use protocol::mailed::{CodeFor, MailedCode};
use protocol::model::{Account, Address, CustomValues, PasswordState, Profile, Session, User, UserName};
use protocol::pkce::Challenge;
use protocol::refusal::Reason;
use protocol::scope::Scope;
use protocol::secret::{Artefact, SecretDigest, TokenHash};

use super::{HERE, HOSTILE, NOW, THERE, application_id, list, population, pushed_hash, some, thumbprint, uuid};

/// A user of the first population.
pub(crate) fn user(environment: EnvironmentId, n: u128) -> User {
    User {
        id: UserId::new(uuid(n)),
        environment,
        population: PopulationId::new(uuid(1)),
        username: format!("User.{n}"),
        email: String::new(),
        email_verified: false,
        phone_verified: false,
        enabled: false,
        account: Account { locked_at: None, unlock_at: None, failures: 0, tried: String::new() },
        lifecycle: "ACCOUNT_OK".to_owned(),
        mfa_enabled: false,
        verify_status: "NOT_INITIATED".to_owned(),
        identity_provider: None,
        profile: Profile::default(),
        custom: CustomValues::default(),
        password: None,
        last_sign_on: None,
        created_at: NOW.plus(n as i64),
        updated_at: NOW,
        version: 1,
    }
}

/// A user of the population with the same number.
pub(crate) fn full_user(environment: EnvironmentId, n: u128) -> User {
    User {
        population: PopulationId::new(uuid(n)),
        email: format!("Jane{n}@Example.test"),
        email_verified: true,
        phone_verified: true,
        enabled: true,
        account: Account { locked_at: Some(NOW), unlock_at: Some(NOW.plus(900)), failures: 5, tried: "a b".into() },
        lifecycle: "VERIFICATION_REQUIRED".to_owned(),
        mfa_enabled: true,
        verify_status: "ENABLED".to_owned(),
        identity_provider: Some(protocol::id::IdentityProviderId::new(uuid(0x1d))),
        profile: profile(),
        password: Some(password("$argon2id$first")),
        last_sign_on: Some(NOW.plus(-60)),
        updated_at: NOW.plus(1),
        version: 3,
        ..user(environment, n)
    }
}

fn profile() -> Profile {
    Profile {
        name: UserName {
            given: some(HOSTILE),
            middle: some(""),
            family: some("O'Doe"),
            formatted: some("Jane O'Doe"),
            honorific_prefix: some("Dr"),
            honorific_suffix: some("II"),
        },
        nickname: some("jd"),
        title: some("Title"),
        kind: some("Kind"),
        external_id: some("external"),
        preferred_language: some("de-CH"),
        locale: some("de"),
        timezone: some("Europe/Zurich"),
        primary_phone: some("+41.1"),
        mobile_phone: some("+41.2"),
        photo: some("https://example.test/photo"),
        page: some("https://example.test/jane"),
        website: some("https://jane.example.test"),
        gender: some("female"),
        birthdate: some("0000-02-29"),
        address: Address {
            formatted: some("1 Way\n8000 Town"),
            street_address: some("1 Way\nDoor 2"),
            locality: some("Town"),
            region: some("Region"),
            postal_code: some("8000"),
            country_code: some("CH"),
        },
    }
}

pub(crate) fn password(hash: &str) -> PasswordState {
    PasswordState { hash: hash.to_owned(), must_change: true, chosen: false, changed_at: NOW.plus(-3600) }
}

pub(crate) fn create_user(user: User) -> Change {
    Change::put(user, Guard::New)
}

/// The populations that users are made in.
pub(crate) fn populations() -> [Change; 3] {
    [population(HERE, 1), population(HERE, 2), population(THERE, 1)].map(|object| Change::put(object, Guard::New))
}

/// A request of the application with this number.
pub(crate) fn request(application: u128) -> AuthorizationRequest {
    AuthorizationRequest {
        application: ApplicationId::new(uuid(application)),
        issuer: "https://auth.example.test/as".to_owned(),
        response_type: ResponseType::Code,
        response_mode: ResponseMode::PiFlow,
        redirect_uri: None,
        redirect_uri_sent: false,
        scope: Scope::default(),
        state: None,
        nonce: None,
        prompt: Prompt::default(),
        max_age: None,
        login_hint: None,
        acr: String::new(),
        acr_otherwise: Vec::new(),
        challenge: None,
        ui_locales: None,
        resource: Vec::new(),
        pushed: None,
        claims: AskedClaims::default(),
        details: Details::default(),
        whom: None,
        dpop_jkt: None,
    }
}

pub(crate) fn full_request(application: u128) -> AuthorizationRequest {
    AuthorizationRequest {
        response_type: ResponseType::None,
        response_mode: ResponseMode::FormPost,
        redirect_uri: some("https://app.example.test/back"),
        redirect_uri_sent: true,
        scope: Scope::parse("openid profile").unwrap(),
        state: some(HOSTILE),
        nonce: some(HOSTILE),
        prompt: Prompt { none: true, login: true, consent: true, select_account: true },
        max_age: Some(0),
        login_hint: some(HOSTILE),
        acr: HOSTILE.to_owned(),
        challenge: Some(Challenge::read(&"v".repeat(43), Some("plain")).unwrap()),
        ui_locales: some("de en"),
        resource: list(&["https://api.example.test", "urn:b"]),
        pushed: Some(pushed_hash(application)),
        claims: full_claims(),
        details: full_details(),
        whom: Some(Whom::Named(HOSTILE.to_owned())),
        dpop_jkt: Some(thumbprint()),
        ..request(application)
    }
}

/// Members of each kind.
pub(crate) fn full_details() -> Details {
    let one = serde_json::json!({ "type": "payment", "a": [null, true, { "b": 1.5 }], "text": HOSTILE });
    Details::from_value(&serde_json::json!([one, { "type": "other" }])).unwrap()
}

/// Claims of each kind.
pub(crate) fn full_claims() -> AskedClaims {
    let asked = |claim, values| AskedClaim { claim, values };
    AskedClaims {
        userinfo: vec![asked(PersonClaim::Email, Vec::new()), asked(PersonClaim::Nickname, vec![HOSTILE.into()])],
        id_token: vec![asked(PersonClaim::EmailVerified, vec![true.into(), 7.into()])],
        acr: true,
        acr_essential: true,
    }
}

/// A flow of the application with the same number.
pub(crate) fn flow(environment: EnvironmentId, n: u128, state: State) -> Flow {
    Flow {
        id: FlowId::new(uuid(n)),
        environment,
        purpose: Purpose::Code(if n == 1 { full_request(n) } else { request(n) }),
        state,
        proven: if n == 1 { vec![Proof::Password] } else { Vec::new() },
        consented: (n == 1).then_some(true),
        document: (n == 1).then(|| "https://client.example/id.json".to_owned()),
        browser: TokenHash::of(Artefact::BrowserBinding, &n.to_string()),
        created_at: NOW,
        expires_at: NOW.plus(900),
        version: 1,
    }
}

/// A session of the user with the same number.
pub(crate) fn session(environment: EnvironmentId, n: u128) -> Session {
    Session {
        id: SessionId::new(uuid(n)),
        environment,
        user: UserId::new(uuid(n)),
        token: TokenHash::of(Artefact::Session, &n.to_string()),
        auth_time: NOW,
        acr: String::new(),
        amr: Vec::new(),
        created_at: NOW,
        expires_at: NOW.plus(3600),
        ended_at: None,
    }
}

pub(crate) fn full_session(environment: EnvironmentId, n: u128) -> Session {
    Session {
        acr: HOSTILE.to_owned(),
        amr: list(&["pwd", HOSTILE]),
        ended_at: Some(NOW.plus(1)),
        ..session(environment, n)
    }
}

pub(crate) fn event(environment: EnvironmentId, n: u128) -> Event {
    Event {
        id: ActivityId::new(uuid(n)),
        environment: Some(environment),
        at: NOW.plus(n as i64),
        correlation: CorrelationId::new(uuid(0xc0)),
        action: Action::UserInfoRead,
        actor: Actor::Anonymous,
        actor_environment: None,
        application: None,
        user: None,
        target: None,
        refusal: None,
        note: None,
        source: None,
    }
}

pub(crate) fn full_event(environment: EnvironmentId, n: u128) -> Event {
    Event {
        action: Action::TokenIssued,
        actor: Actor::User(UserId::new(uuid(n))),
        actor_environment: Some(EnvironmentId::new(uuid(0xe))),
        application: Some(ApplicationId::new(uuid(n))),
        user: Some(UserId::new(uuid(n))),
        target: Some(Target { kind: Kind::Session, id: uuid(3) }),
        refusal: Some(Refusal { reason: Reason::AccountLocked, expected: HOSTILE.to_owned(), came: String::new() }),
        note: some(HOSTILE),
        source: Some(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, n as u16])),
        ..event(environment, n)
    }
}

/// What the user of this number allows the application of that one.
pub(crate) fn consent(user: u128, application: u128) -> Consent {
    consent_in(HERE, user, application)
}

pub(crate) fn consent_in(environment: EnvironmentId, user: u128, application: u128) -> Consent {
    Consent {
        environment,
        user: UserId::new(uuid(user)),
        application: application_id(application),
        client_id: HOSTILE.to_owned(),
        name: HOSTILE.to_owned(),
        allowed: Allowed {
            scope: Scope::parse("openid email").unwrap(),
            claims: vec!["email".to_owned()],
            resource: vec!["https://api.example".to_owned()],
        },
        created_at: NOW,
        updated_at: NOW,
        version: 0,
    }
}

/// For a new password of the user of the same number.
pub(crate) fn mailed_code(environment: EnvironmentId, n: u128) -> MailedCode {
    MailedCode {
        environment,
        user: UserId::new(uuid(n)),
        kind: CodeFor::Recovery,
        digest: SecretDigest::from_stored([u8::try_from(n % 251).unwrap(); 32]),
        expires_at: NOW.plus(300),
        tries_left: 5,
        sent: 1,
    }
}

/// It is the first.
pub(crate) fn sending(code: MailedCode) -> Change {
    Change::SendMailedCode { code, was: None }
}
