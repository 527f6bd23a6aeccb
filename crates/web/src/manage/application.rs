//! Applications: the OAuth clients of an environment. Their secrets have a route of their own and are never in these bodies.

use engine::Failure;
use engine::manage::{About, Authorized};
use engine::reads::StoreError;
use engine::site::{Layout, Site};
use protocol::audit::{Action, Kind};
use protocol::change::Change;
use protocol::client::Client;
use protocol::grant::GrantType;
use protocol::id::ApplicationId;
use protocol::model::check::application as check;
use protocol::model::{Application, ClientSecret, CorsSettings, ResponseKind, SecretPair, TokenFormat};
use protocol::refusal::{Reason, Refused};
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::list::{self, Asked};
use super::shape::{Object, linked, reference, stamp};

pub(super) async fn list(call: Call) -> Result<Answer, Failure> {
    let mut asked = Asked::read(&call)?;
    // PingOne declares no paging here, so clients that do not ask for it expect to see all.
    asked.unless_limited(1000);
    let page = call.by.store().applications(call.environment()?, &asked.list).await.map_err(list::refused)?;
    Ok(asked.page(&call.by, "applications", &page, |application| shape(&call.by, application)))
}

pub(super) async fn read(call: Call) -> Result<Answer, Failure> {
    let application = load(&call).await?.application;
    Ok(respond(&call.by, &application))
}

/// Creates an application with a secret, whatever its method: a later change of the method does not change the secret.
pub(super) async fn create(call: Call) -> Result<Answer, Failure> {
    let (by, environment) = (call.by.clone(), call.environment()?);
    let id = ApplicationId::new(by.ctx().uuid());
    let application = check::read(&call.json().await?, &check::blank(id, environment, by.now()), by.now())?;
    let keys = (by.app.pepper(), by.app.seal());
    let secret = ClientSecret::new(&by.ctx(), keys, (environment, id), &by.ctx().client_secret());
    let secrets = SecretPair { current: Some(secret), previous: None };
    let client = Client { application: application.clone(), secrets, grants: Vec::new() };
    let changes = vec![Change::CreateApplication(Box::new(client))];
    by.try_finish(changes, Action::ApplicationCreated, target(&application)).await.map_err(taken)?;
    Ok(Answer::created(shape(&by, &application)).version(application.version))
}

pub(super) async fn replace(call: Call) -> Result<Answer, Failure> {
    let by = call.by.clone();
    let before = load(&call).await?.application;
    let mut after = check::read(&call.json().await?, &before, by.now())?;
    let changes = vec![Change::UpdateApplication(Box::new(after.clone()))];
    let about = About::from(target(&after)).changing(&shape(&by, &before), &shape(&by, &after));
    by.try_finish(changes, Action::ApplicationUpdated, about).await.map_err(taken)?;
    after.version += 1;
    Ok(respond(&by, &after))
}

pub(super) async fn delete(call: Call) -> Result<Answer, Failure> {
    let application = load(&call).await?.application;
    let changes = vec![Change::DeleteApplication(application.environment, application.id)];
    call.by.finish(changes, Action::ApplicationDeleted, target(&application)).await?;
    Ok(Answer::none())
}

/// The application of the path with its secrets, in the version that the call is for.
pub(super) async fn load(call: &Call) -> Result<Client, Failure> {
    let environment = call.environment()?;
    let id = call.id("application", ApplicationId::parse)?;
    let client = call.by.store().client_of(environment, id).await?.ok_or_else(|| unknown(id))?;
    call.expect_version(client.application.version)?;
    Ok(client)
}

pub(super) fn target(application: &Application) -> (Kind, uuid::Uuid) {
    (Kind::Application, application.id.uuid())
}

/// Clients look for the beginning of the sentence.
fn unknown(id: ApplicationId) -> Failure {
    let refused = Refused::new(Reason::ResourceNotFound, "an existing application of this environment", id.to_string());
    refused.saying(format!("Unable to find Application with ID: '{id}'")).into()
}

fn taken(error: StoreError) -> Failure {
    super::call::taken(error, "name", "an application with this name exists")
}

fn respond(by: &Authorized, application: &Application) -> Answer {
    Answer::ok(shape(by, application)).version(application.version)
}

fn shape(by: &Authorized, application: &Application) -> Value {
    let environment = format!("/environments/{}", application.environment);
    let path = format!("{environment}/applications/{}", application.id);
    let signing = check::key_rotation_policy(application.environment);
    let mut links = vec![
        ("self", path.clone()),
        ("environment", environment.clone()),
        ("metadata", metadata(by, application)),
        ("keyRotationPolicy", format!("{environment}/keyRotationPolicies/{signing}")),
    ];
    links.extend(BELOW.map(|name| (name, format!("{path}/{name}"))));
    let grants: Vec<&str> = application.grant_types.iter().map(|g| g.management_name()).collect();
    let responses: Vec<&str> = application.response_types.iter().map(|r: &ResponseKind| r.name()).collect();
    linked(by, &links)
        .with("id", application.id.to_string())
        .with("environment", reference(application.environment))
        .with("name", application.name.as_str())
        .maybe("description", application.description.as_deref())
        .with("enabled", application.enabled)
        .with("type", application.kind.name())
        .with("protocol", application.protocol.name())
        .with("createdAt", stamp(application.created_at))
        .with("updatedAt", stamp(application.updated_at))
        .with("clientId", application.client_id.as_str())
        .with("grantTypes", grants)
        .maybe("responseTypes", some(&responses))
        .maybe("tokenEndpointAuthMethod", application.auth_methods.first().map(|m| m.management_name()))
        .with("pkceEnforcement", application.pkce.name())
        .maybe("corsSettings", application.cors.as_ref().map(cors))
        .and(addresses(application).into_map())
        .and(refresh(application).into_map())
        .and(application.other.clone())
        .into()
}

/// Where a client of the application reads the metadata of its provider.
fn metadata(by: &Authorized, application: &Application) -> String {
    let path = format!("/{}", application.environment);
    let site = Site::new(&by.app.config.public_url, &path, Layout::PingOne, application.environment);
    format!("{}/.well-known/openid-configuration", site.issuer)
}

fn addresses(application: &Application) -> Object {
    Object::default()
        .maybe("redirectUris", some(&application.redirect_uris))
        .maybe("postLogoutRedirectUris", some(&application.post_logout_redirect_uris))
        .with("allowWildcardInRedirectUris", application.allow_wildcard_in_redirect_uris)
        .maybe(
            "accessTokenFormat",
            (application.token_format == TokenFormat::Opaque).then(|| TokenFormat::Opaque.name()),
        )
        .maybe("loginPageUrl", application.login_page_url.as_deref())
        .maybe("homePageUrl", application.home_page_url.as_deref())
        .maybe("initiateLoginUri", application.initiate_login_uri.as_deref())
        .maybe("targetLinkUri", application.target_link_uri.as_deref())
        .maybe("icon", application.icon.as_ref().map(|(id, href)| json!({ "id": id, "href": href })))
}

/// Without refresh tokens the properties are answered only where they were sent.
fn refresh(application: &Application) -> Object {
    let settings = &application.refresh;
    let granted = application.grant_types.contains(&GrantType::RefreshToken);
    Object::default()
        .with("additionalRefreshTokenReplayProtectionEnabled", settings.replay_protection)
        .maybe("refreshTokenDuration", granted.then_some(settings.duration))
        .maybe("refreshTokenRollingDuration", settings.rolling_duration)
        .maybe("refreshTokenRollingGracePeriodDuration", settings.grace)
}

fn cors(cors: &CorsSettings) -> Value {
    match cors {
        CorsSettings::AllowNoOrigins => json!({ "behavior": "ALLOW_NO_ORIGINS" }),
        CorsSettings::AllowSpecificOrigins(origins) => {
            json!({ "behavior": "ALLOW_SPECIFIC_ORIGINS", "origins": origins })
        }
    }
}

/// What PingOne links an application to, beside its policies (the contract, 1.B.5).
const BELOW: [&str; 4] = ["attributes", "secret", "grants", "roleAssignments"];

fn some<T: Clone + Into<Value>>(list: &[T]) -> Option<Value> {
    (!list.is_empty()).then(|| Value::Array(list.iter().cloned().map(Into::into).collect()))
}
