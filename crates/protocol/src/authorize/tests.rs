use super::*;
use crate::claims::AskedAcr;
use crate::client::Client;
use crate::client_auth::Method;
use crate::flow::Followed;
use crate::grant::GrantType;
use crate::id::{
    ApplicationId, EnvironmentId, LicenseId, OrganizationId, PopulationId, ResourceGrantId, ResourceId, ScopeId,
    SessionId, SignOnPolicyId, UserId,
};
use crate::model::{
    Account, Application, ApplicationType, BillOfMaterials, Environment, EnvironmentSettings, EnvironmentType,
    Kept as _, PkceEnforcement, Profile, Protocol, RefreshTokenSettings, Resource, ResourceGrant, ResourceScope,
    ResourceType, ResponseKind, Scopes, SecretPair, Session, SignOnAction, SignOnActionType, SignOnPolicy,
    SignOnPolicyAssignment, TokenFormat, User,
};
use crate::params::Params;
use crate::policy::Own;
use crate::refusal::Reason;
use crate::rotation::{FOLLOWED, PublishedKey};
use crate::secret::{Artefact, Secret, TokenHash};
use crate::time::Time;
use uuid::Uuid;

mod answer;
mod claims;
mod edges;
mod kinds;

type Case<'a> = (&'a dyn Fn(&mut Application), String, Option<Reason>);

const OWN: Own<'static> = Own { api: "https://management.example", userinfo: "https://op.example/e/as/userinfo" };
const ENVIRONMENT: EnvironmentId = EnvironmentId::new(Uuid::from_u128(1));
const NOW: Time = Time::from_secs(1_800_000_000);
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "redirect_uri=https%3A%2F%2Fapp.example%2Fcb";

pub(super) fn client(change: impl FnOnce(&mut Application)) -> Client {
    let mut application = Application {
        id: ApplicationId::new(Uuid::from_u128(2)),
        environment: ENVIRONMENT,
        client_id: "app".into(),
        name: "App".into(),
        enabled: true,
        kind: ApplicationType::WebApp,
        protocol: Protocol::OpenidConnect,
        auth_methods: vec![Method::ClientSecretPost],
        grant_types: vec![GrantType::AuthorizationCode],
        response_types: vec![ResponseKind::Code],
        redirect_uris: vec!["https://app.example/cb".into(), "com.example.app:/cb".into()],
        post_logout_redirect_uris: vec![],
        allow_wildcard_in_redirect_uris: false,
        pkce: PkceEnforcement::Optional,
        refresh: RefreshTokenSettings {
            duration: 60,
            rolling_duration: None,
            grace: None,
            replay_protection: true,
            rotate: true,
        },
        token_format: TokenFormat::Jwt,
        created_at: NOW,
        updated_at: NOW,
        version: 0,
        ..Application::default()
    };
    change(&mut application);
    let grant = ResourceGrant {
        id: ResourceGrantId::new(Uuid::from_u128(3)),
        environment: ENVIRONMENT,
        application: application.id,
        resource: ResourceId::new(Uuid::from_u128(11)),
        scopes: vec![ScopeId::new(Uuid::from_u128(102))],
        created_at: NOW,
        updated_at: NOW,
        version: 0,
    };
    Client {
        application,
        secrets: SecretPair::default(),
        grants: vec![grant],
        mappings: crate::mapping::ApplicationMappings::default(),
    }
}

pub(super) fn environment() -> Environment {
    Environment {
        id: ENVIRONMENT,
        organization: OrganizationId::new(Uuid::from_u128(4)),
        license: LicenseId::new(Uuid::from_u128(5)),
        name: "Test".into(),
        description: None,
        kind: EnvironmentType::Sandbox,
        region: "NA".into(),
        icon: None,
        bill_of_materials: BillOfMaterials { solution_type: None, products: vec![], created_at: NOW, updated_at: NOW },
        settings: EnvironmentSettings::default(),
        activity_retention_days: 0,
        soft_deleted_at: None,
        created_at: NOW,
        updated_at: NOW,
        version: 0,
    }
}

fn scopes() -> Scopes {
    let resource = |id: u128, kind, audience: Option<&str>| Resource {
        id: ResourceId::new(Uuid::from_u128(id)),
        environment: ENVIRONMENT,
        name: "r".into(),
        description: None,
        kind,
        audience: audience.map(str::to_owned),
        access_token_seconds: None,
        created_at: NOW,
        updated_at: NOW,
        ..Resource::default()
    };
    let scope = |id: u128, resource: u128, name: &str| ResourceScope {
        id: ScopeId::new(Uuid::from_u128(id)),
        environment: ENVIRONMENT,
        resource: ResourceId::new(Uuid::from_u128(resource)),
        name: name.into(),
        description: None,
        created_at: NOW,
        updated_at: NOW,
        ..ResourceScope::default()
    };
    Scopes {
        resources: vec![
            resource(10, ResourceType::OpenidConnect, None),
            resource(11, ResourceType::Custom, Some("https://api.example")),
            resource(12, ResourceType::PingOneApi, Some("https://management.example")),
        ],
        scopes: vec![
            scope(100, 10, "openid"),
            scope(101, 10, "offline_access"),
            scope(102, 11, "read"),
            scope(103, 11, "write"),
            scope(104, 12, "p1:update:user"),
        ],
        details_types: Vec::new(),
        mappings: crate::mapping::ResourceMappings::default(),
    }
}

fn policies() -> Vec<SignOnPolicy> {
    let policy = |id: u128, name: &str, default| SignOnPolicy {
        id: SignOnPolicyId::new(Uuid::from_u128(id)),
        name: name.into(),
        default,
        actions: vec![SignOnAction::begun(SignOnPolicyId::new(Uuid::from_u128(id)), 0, SignOnActionType::Login)],
        ..SignOnPolicy::begun(ENVIRONMENT, NOW)
    };
    vec![policy(1, "Single_Factor", true), policy(2, "Multi_Factor", false)]
}

/// Both of an application.
fn assignments() -> Vec<SignOnPolicyAssignment> {
    let all = policies().into_iter().zip(1..);
    let one = |(policy, priority): (SignOnPolicy, i64)| SignOnPolicyAssignment {
        policy: policy.id,
        priority,
        ..SignOnPolicyAssignment::begun(ENVIRONMENT, NOW)
    };
    all.map(one).collect()
}

fn ask_as(query: &str, client: &Client) -> Result<AuthorizationRequest, AuthorizeRefusal> {
    let (params, problem) = Params::lenient(query.as_bytes());
    let asked = Asked { via: Via::Front, params: &params, problem: problem.as_ref(), origin: None };
    client_id(&asked)?;
    let (environment, scopes, policies, assignments) = (environment(), scopes(), policies(), assignments());
    let surroundings = Surroundings {
        issuer: "https://op.example/e/as",
        developer: false,
        environment: &environment,
        own: OWN,
        scopes: &scopes,
        sign_on_policies: &policies,
        assignments: &assignments,
    };
    check(&asked, client, &surroundings)
}

fn follows(request: &AuthorizationRequest) -> Followed<'static> {
    static POLICIES: std::sync::LazyLock<Vec<SignOnPolicy>> = std::sync::LazyLock::new(policies);
    Followed::of(&POLICIES, request.policies(), None)
}

/// A sound request with `more` at its end.
fn ask(more: &str) -> Result<AuthorizationRequest, AuthorizeRefusal> {
    ask_as(&format!("client_id=app&{CALLBACK}&response_type=code&state=s1&{more}"), &client(|_| ()))
}

#[track_caller]
fn redirected(outcome: Result<AuthorizationRequest, AuthorizeRefusal>, reason: Reason) {
    match outcome {
        Err(AuthorizeRefusal::Redirect { to, state, refused, .. }) => {
            assert_eq!(refused.reason, reason);
            assert_eq!((to.as_str(), state.as_deref()), ("https://app.example/cb", Some("s1")));
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn paged(query: &str, client: &Client, reason: Reason) {
    match ask_as(query, client) {
        Err(AuthorizeRefusal::Page(refused)) => assert_eq!(refused.reason, reason, "{query}"),
        other => panic!("{query}: {other:?}"),
    }
    // The same before a flow that its caller drives is told in JSON, never redirected.
    if query.contains("redirect_uri=") {
        let flow = ask_as(&format!("{query}&response_mode=pi.flow"), client);
        assert!(matches!(flow, Err(AuthorizeRefusal::Flow(_))), "{query}");
    }
}

#[test]
fn errors_before_a_matched_redirect_uri_stay_here() {
    let app = client(|_| ());
    let other = Reason::RedirectUriInvalid;
    paged("response_type=code", &app, Reason::ParameterMissing);
    paged("client_id=app&client_id=app&response_type=code", &app, Reason::ParameterRepeated);
    // RU-22
    paged("client_id=app&response_type=code", &app, other);
    // RU-20
    for pair in
        [("https://app.example/cb", "https://evil.example/"), ("https://evil.example/", "https://app.example/cb")]
    {
        let query = format!("client_id=app&response_type=code&redirect_uri={}&redirect_uri={}", pair.0, pair.1);
        paged(&query, &app, Reason::ParameterRepeated);
    }
    // RU-03, RU-05, RU-06, RU-07, RU-11, RU-12, RU-13
    for uri in [
        "https://app.example/cb?x=1",
        "https://app.example@evil.example/cb",
        "https://evil.example\\@app.example/cb",
        "https://app.example.evil.example/cb",
        "https://app.example/cb/../evil",
        "http://app.example/cb",
        "//evil.example",
        "/relative",
        "javascript:alert(1)",
        "https://app.example/CB",
    ] {
        paged(&format!("client_id=app&response_type=code&redirect_uri={uri}"), &app, other);
    }
    let disabled = client(|a| a.enabled = false);
    paged(&format!("client_id=app&response_type=code&{CALLBACK}"), &disabled, Reason::ApplicationDisabled);
}

#[test]
fn state_is_returned_exactly_or_not_at_all() {
    // AZ-04
    let state = "&quot;'<script>\u{20ac}".repeat(100);
    let encoded: String = url::form_urlencoded::byte_serialize(state.as_bytes()).collect();
    let asked =
        ask_as(&format!("client_id=app&{CALLBACK}&response_type=code&state={encoded}"), &client(|_| ())).unwrap();
    assert_eq!(asked.state.as_deref(), Some(state.as_str()));
    // AZ-05
    match ask("state=s2") {
        Err(AuthorizeRefusal::Redirect { state, refused, .. }) => {
            assert_eq!((state, refused.reason), (None, Reason::ParameterRepeated));
        }
        other => panic!("{other:?}"),
    }
    let long = format!("client_id=app&{CALLBACK}&response_type=code&state={}", "s".repeat(2049));
    match ask_as(&long, &client(|_| ())) {
        Err(AuthorizeRefusal::Redirect { state, refused, .. }) => {
            assert_eq!((state, refused.reason), (None, Reason::ParameterInvalid));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn parameters_of_openid_connect_are_read_strictly() {
    // AZ-08, AZ-10, AZ-15
    for (query, reason) in [
        ("prompt=none+login", Reason::ParameterInvalid),
        ("prompt=foo", Reason::ParameterInvalid),
        ("max_age=-1", Reason::ParameterInvalid),
        ("max_age=%2B1", Reason::ParameterInvalid),
        ("max_age=1e9", Reason::ParameterInvalid),
        ("max_age=99999999999999999999", Reason::ParameterInvalid),
        ("request_uri=https://canary.example", Reason::RequestUriNotSupported),
        ("registration=%7B%7D", Reason::RegistrationNotSupported),
        ("response_mode=web_message", Reason::ResponseModeInvalid),
        ("nonce=%zz", Reason::ParametersNotReadable),
        ("resource=https://other.example", Reason::ResourceUnknown),
        ("resource=https://api.example%23here", Reason::ResourceMalformed),
        ("resource=/api", Reason::ResourceMalformed),
    ] {
        redirected(ask(query), reason);
    }
    let asked = ask("prompt=login+consent&max_age=0&nonce=n&login_hint=ann&ui_locales=de&resource=https://api.example")
        .unwrap();
    assert!(asked.prompt.login && asked.prompt.consent && !asked.prompt.none);
    assert_eq!((asked.max_age, asked.nonce.as_deref()), (Some(0), Some("n")));
    assert_eq!(asked.resource, ["https://api.example"]);
    // AZ-33: unsupported and unknown parameters change nothing.
    let plain = ask("").unwrap();
    for odd in ["display=x", "ui_locales=../../etc/passwd", "foo=bar", "display=%7B%7B7*7%7D%7D&foo=$%7B7*7%7D"] {
        let asked = ask(odd).unwrap();
        assert_eq!(AuthorizationRequest { ui_locales: None, ..asked }, plain, "{odd}");
    }
}

#[test]
fn the_parameter_at_fault_is_named() {
    for (query, named) in [
        ("prompt=foo", Some("prompt")),
        ("max_age=soon", Some("max_age")),
        ("nonce=a&nonce=b", Some("nonce")),
        // A name of the client's own is not repeated to it.
        ("secret-of-mine=a&secret-of-mine=b", None),
    ] {
        match ask(query) {
            Err(AuthorizeRefusal::Redirect { refused, .. }) => {
                assert_eq!(refused.details.first().map(|detail| detail.target.as_str()), named, "{query}");
            }
            other => panic!("{query}: {other:?}"),
        }
    }
}

#[test]
fn a_form_cannot_be_posted_to_a_private_use_scheme() {
    let query = "client_id=app&redirect_uri=com.example.app%3A%2Fcb&response_type=code&response_mode=form_post";
    match ask_as(query, &client(|_| ())) {
        Err(AuthorizeRefusal::Redirect { mode, refused, .. }) => {
            assert_eq!((mode, refused.reason), (ResponseMode::Query, Reason::ResponseModeInvalid));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(ask("response_mode=form_post").unwrap().response_mode, ResponseMode::FormPost);
}

#[test]
fn pi_flow_needs_no_redirect_uri() {
    let asked = ask_as("client_id=app&response_type=code&response_mode=pi.flow", &client(|_| ())).unwrap();
    assert_eq!((asked.redirect_uri, asked.redirect_uri_sent), (None, false));
    let asked = ask("response_mode=pi.flow").unwrap();
    assert!(asked.redirect_uri_sent && asked.redirect_uri.is_some());
    assert!(matches!(ask("response_mode=pi.flow&prompt=x"), Err(AuthorizeRefusal::Flow(_))));
}

#[test]
fn proof_keys_follow_the_application() {
    // PK-05, PK-07, PK-13
    let public = |a: &mut Application| a.auth_methods = vec![Method::None];
    let s256 = |a: &mut Application| a.pkce = PkceEnforcement::S256Required;
    let required = |a: &mut Application| a.pkce = PkceEnforcement::Required;
    let plain = "x".repeat(43);
    let cases: [Case<'_>; 10] = [
        (&|_: &mut Application| (), String::new(), None),
        (&|_: &mut Application| (), "code_challenge_method=S256".into(), Some(Reason::ChallengeMissing)),
        (&|_: &mut Application| (), format!("code_challenge={plain}"), None),
        (
            &|_: &mut Application| (),
            format!("code_challenge={CHALLENGE}=&code_challenge_method=S256"),
            Some(Reason::ChallengeInvalid),
        ),
        (
            &|_: &mut Application| (),
            format!("code_challenge={CHALLENGE}&code_challenge_method=s256"),
            Some(Reason::ChallengeInvalid),
        ),
        (&public, String::new(), Some(Reason::ChallengeMissing)),
        (&public, format!("code_challenge={plain}"), Some(Reason::ChallengeInvalid)),
        (&required, "code_challenge=".into(), Some(Reason::ChallengeMissing)),
        (&s256, format!("code_challenge={plain}&code_challenge_method=plain"), Some(Reason::ChallengeInvalid)),
        (&public, format!("code_challenge={CHALLENGE}&code_challenge_method=S256"), None),
    ];
    for (change, query, refusal) in cases {
        let sound = format!("client_id=app&{CALLBACK}&response_type=code&state=s1&{query}");
        let outcome = ask_as(&sound, &client(change));
        match refusal {
            Some(reason) => redirected(outcome, reason),
            None => assert!(outcome.is_ok(), "{query}: {outcome:?}"),
        }
    }
}

#[test]
fn only_held_scopes_may_be_asked() {
    // AZ-23
    assert_eq!(ask("scope=openid+read").unwrap().scope.to_string(), "openid read");
    assert_eq!(ask("scope=openid+offline_access").unwrap().scope.to_string(), "openid");
    assert!(ask("").unwrap().scope.is_empty());
    for scope in ["openid%20admin", "write", "p1:update:user", "OPENID"] {
        redirected(ask(&format!("scope={scope}")), Reason::ScopeInvalid);
    }
}

#[test]
fn acr_is_the_policy_that_is_followed() {
    // AZ-11. By what it asks for, whatever it is called.
    let single = ["", "acr_values=unknown", "acr_values=unknown+Single_Factor+Multi_Factor"];
    let multi = ["acr_values=Multi_Factor", "acr_values=unknown+Multi_Factor+Single_Factor"];
    for (values, acr) in single.map(|v| (v, "Single_Factor")).into_iter().chain(multi.map(|v| (v, "Multi_Factor"))) {
        assert_eq!(ask(values).unwrap().acr, acr);
    }
}

/// AZ-11: who asks chooses among what the administrator gave the application, or has the default; and gets that or nothing.
#[test]
fn acr_values_choose_among_the_assigned_ones_alone() {
    let mut all = policies();
    let action = SignOnAction::begun(all[1].id, 2, SignOnActionType::MultiFactor);
    all[1].actions.push(action);
    let strict = {
        let mut all = all.clone();
        (all[0].default, all[1].default) = (false, true);
        all
    };
    let assignments = assignments();
    for (policies, assignments, values, followed) in [
        (&strict, &[][..], "Single_Factor", "Multi_Factor"),
        (&strict, &assignments[..1], "Multi_Factor", "Single_Factor"),
        (&all, &[], "Multi_Factor", "Single_Factor"),
        (&all, &assignments, "Multi_Factor", "Multi_Factor"),
        (&all, &assignments, "x Multi_Factor", "Multi_Factor"),
        (&all, &assignments, "Multi_Factor Single_Factor", "Single_Factor"),
        (&all, &assignments, "x", "Single_Factor"),
    ] {
        let choice = choice::Choice { policies, assignments };
        let (first, others) = choice.follows(Some(values), &AskedAcr::default()).unwrap();
        assert_eq!((first.as_str(), others.len()), (followed, 0), "{values}");
    }
}
