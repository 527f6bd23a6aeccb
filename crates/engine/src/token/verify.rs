//! Decides whether a string is a live access token of an environment, for our own resources: userinfo, introspection and
//! the management API (RFC 9068 §4, RFC 8725 §3).
//!
//! A token counts only while everything behind it does: its key is published and was not retired before the token was issued,
//! its issuer is a site of the environment, it and its family are not revoked, its application is enabled, and its user may act.

use std::sync::Arc;

use jose::Compact;
use jose::claims::{Checks, TypRule};
use protocol::authorization::Authorization;
use protocol::change::AccessToken;
use protocol::client::Client;
use protocol::confirmation::Confirmation;
use protocol::id::{ApplicationId, FamilyId, UserId};
use protocol::model::User;
use protocol::policy::{Demands, demands};
use protocol::refusal::{Reason, Refused};
use protocol::scope::Scope;
use protocol::secret::{Artefact, TokenHash};
use protocol::time::{LEEWAY, Time};
use protocol::token::minted::is_minted;
use serde_json::{Map, Value};

use crate::app::App;
use crate::failure::Failure;
use crate::tenant::Tenant;

/// A live access token and what stands behind it.
#[derive(Debug)]
pub struct AccessFacts {
    pub application: ApplicationId,
    pub client_id: String,
    /// None for an application's own token.
    pub user: Option<UserId>,
    pub person: Option<Box<User>>,
    /// What the person's sign-on allowed.
    pub authorization: Option<Box<Authorization>>,
    pub audience: Vec<String>,
    pub scope: Scope,
    pub expires_at: Time,
    /// What it is bound to.
    pub confirmation: Confirmation,
    /// What is demanded of its application.
    pub demands: &'static Demands,
    /// Everything the token says.
    pub claims: Map<String, Value>,
}

impl AccessFacts {
    /// Whether it is the application's own. A developer's server also mints tokens of somebody who is nobody here.
    pub fn is_of_application(&self) -> bool {
        self.user.is_none() && speaks_of_itself(&self.claims, &self.client_id)
    }
}

/// Verifies an access token. Whether it is *for* a resource is the caller's to decide, and whether its sender may use it the door's
/// ([`crate::resource`]).
///
/// # Errors
/// [`Reason::AccessTokenInactive`] with the cause for the owner; that the store cannot be read.
pub async fn verify(app: &App, tenant: &Tenant, token: &str, now: Time) -> Result<AccessFacts, Failure> {
    let Known { claims, hash, record } = match find(app, tenant, token, now).await? {
        Ok(known) => known,
        Err(unknown) => return Err(inactive(unknown.came())),
    };
    if record.as_ref().is_some_and(|r| r.revoked_at.is_some()) {
        return Err(inactive("a revoked token"));
    }
    let client = issued_to(app, tenant, &claims).await?.ok_or_else(|| inactive("a token of no application"))?;
    client.may_act().map_err(|_| inactive("a token of a disabled application"))?;
    if record.as_ref().is_some_and(|r| r.application != client.application.id) {
        return Err(inactive("a token of another application"));
    }
    if record.is_none() && is_over(app, tenant, (client.application.id, hash), &claims) {
        return Err(inactive("an expired token"));
    }
    let confirmation =
        Confirmation::of_claims(&claims).ok_or_else(|| inactive("a token that is bound in an unknown way"))?;
    let family = record.as_ref().and_then(|r| r.family);
    let allowed = match family {
        Some(family) => Some(person(app, tenant, family).await?),
        // Whoever signed on, their token is on record: an ID token is not (UI-03).
        // Nor is it by a `sub` that is mapped to what looks like the application's: it tells of a session, which no mapping may.
        // A developer's server mints what is on nobody's record.
        None if is_of_a_test(app, tenant, hash, &claims) => None,
        None if !speaks_of_itself(&claims, &client.application.client_id) => {
            return Err(inactive("a token that was not issued as an access token"));
        }
        None => None,
    };
    let (person, authorization) = allowed.map(|(user, by)| (Box::new(user), Box::new(by))).unzip();
    Ok(AccessFacts {
        application: client.application.id,
        client_id: client.application.client_id.clone(),
        user: person.as_ref().map(|user| user.id),
        person,
        authorization,
        audience: texts(claims.get("aud")),
        scope: scope(claims.get("scope")),
        expires_at: Time::from_secs(claims.get("exp").and_then(Value::as_i64).unwrap_or_default()),
        confirmation,
        demands: demands(&tenant.environment, &client.application),
        claims,
    })
}

/// Whether claims speak of nobody but the application: of no other `sub`, and of no session.
fn speaks_of_itself(claims: &Map<String, Value>, client_id: &str) -> bool {
    let itself = claims.get("sub").is_none_or(|sub| sub.as_str() == Some(client_id));
    itself && !claims.contains_key("sid")
}

/// A token that this environment made and that has not expired.
pub(crate) struct Known {
    pub(crate) claims: Map<String, Value>,
    /// Under which it is, or would be, on record.
    pub(crate) hash: TokenHash,
    pub(crate) record: Option<AccessToken>,
}

/// What a string is that is no token of the environment, for the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It can be none, whatever is stored.
    Never(&'static str),
    /// The environment has no key of this `kid`, as far as this process knows.
    Key(String),
    /// Nothing is stored under its hash.
    Absent,
}

impl Unknown {
    fn came(&self) -> &'static str {
        match self {
            Self::Never(came) => came,
            Self::Key(_) => NO_KEY,
            Self::Absent => "an unknown string",
        }
    }
}

/// Finds the token: a JWT by its signature, any other string by its record. The inner error says what it is instead.
pub(crate) async fn find(
    app: &App,
    tenant: &Tenant,
    token: &str,
    now: Time,
) -> Result<Result<Known, Unknown>, Failure> {
    if token.contains('.') {
        let (claims, hash) = match signed(app, tenant, token, now) {
            Ok(signed) => signed,
            Err(came) => {
                if matches!(came, Unknown::Key(_)) {
                    tenant.keys.must_be_whole()?;
                }
                return Ok(Err(came));
            }
        };
        let record = app.store.access_token(tenant.id(), hash).await?;
        // It may have been ended before the time that it says itself.
        if record.as_ref().is_some_and(|record| now >= record.expires_at) {
            return Ok(Err(Unknown::Never("an expired token")));
        }
        return Ok(Ok(Known { claims, hash, record }));
    }
    let hash = TokenHash::of(Artefact::AccessToken, token);
    let Some(record) = app.store.access_token(tenant.id(), hash).await? else { return Ok(Err(Unknown::Absent)) };
    if now >= record.expires_at {
        return Ok(Err(Unknown::Never("an expired token")));
    }
    // The record of a JWT has no claims: its `jti` is no token.
    let claims = record.claims.as_deref().and_then(|text| jose::json::parse_strict_object(text.as_bytes(), 8).ok());
    Ok(claims.map(|claims| Known { claims, hash, record: Some(record) }).ok_or(Unknown::Absent))
}

fn signed(app: &App, tenant: &Tenant, token: &str, now: Time) -> Result<(Map<String, Value>, TokenHash), Unknown> {
    let compact = Compact::parse(token).map_err(|error| match error {
        // RFC 7519 §6: an unsecured one has an empty signature.
        _ if token.ends_with('.') => Unknown::Never("a token without a signature"),
        _ => Unknown::Never("not a JWT of this server"),
    })?;
    // PostgreSQL takes no NUL, and no key of ours has one.
    let kid = compact.kid().filter(|kid| !kid.contains('\0')).ok_or(Unknown::Never(NO_KEY))?;
    let key = tenant.keys.find(kid).ok_or_else(|| Unknown::Key(kid.to_owned()))?;
    let verified = compact.verify(&key.verifying).map_err(|_| Unknown::Never("a signature that is not valid"))?;
    let checks = Checks {
        issuer: None,
        audience: None,
        // RFC 8725 §3.11: another explicit type is another kind of token.
        typ: TypRule::Optional(&["at+jwt"]),
        required: &["iss", "exp", "jti", "aud"],
        now: now.secs(),
        skew: 0,
        // A process of ours signed it, whose clock may be ahead: what its own times say of the future is no reason against it
        // (RFC 7519 §4.1.6), and what a retired key may still have signed is looked at below.
        ahead: i64::MAX,
    };
    let claims = checks.check(verified).map_err(|error| match error {
        jose::Error::Claim("exp") => Unknown::Never("an expired token"),
        jose::Error::Claim("typ") => Unknown::Never("another type of token"),
        _ => Unknown::Never("claims that no access token of this server has"),
    })?;
    // No process of ours signs for later but a developer's that was asked to.
    let later = |nbf: i64| claims.issued_at.is_none_or(|issued| nbf > issued.saturating_add(LEEWAY));
    let early = |nbf: i64| nbf > now.plus(LEEWAY).secs() && later(nbf);
    if app.controls.is_some() && claims.not_before.is_some_and(early) {
        return Err(Unknown::Never("a token that is not valid yet"));
    }
    if !key.can_have_signed(claims.issued_at) {
        return Err(Unknown::Never("a token signed with a key after its retirement"));
    }
    if !app.issuers(tenant.id()).iter().any(|own| claims.issuer.as_deref() == Some(own)) {
        return Err(Unknown::Never("another issuer"));
    }
    let hash = TokenHash::of(Artefact::AccessToken, claims.jwt_id.as_deref().unwrap_or_default());
    Ok((claims.all, hash))
}

/// Whether one on no record is an access token that a test made: by its name, or because its name was chosen and is remembered.
fn is_of_a_test(app: &App, tenant: &Tenant, hash: TokenHash, claims: &Map<String, Value>) -> bool {
    let Some(controls) = &app.controls else { return false };
    let known = || controls.find(tenant.id()).is_some_and(|control| control.issued.knows(hash));
    is_minted(app.form_key(), tenant.id(), claims) || known()
}

/// Whether a token on no record was ended before its time: on a developer's server alone.
fn is_over(
    app: &App,
    tenant: &Tenant,
    (application, hash): (ApplicationId, TokenHash),
    claims: &Map<String, Value>,
) -> bool {
    let control = app.controls.as_ref().and_then(|controls| controls.find(tenant.id()));
    let issued_at = claims.get("iat").and_then(Value::as_i64);
    control.is_some_and(|control| control.issued.has_expired(application, hash, issued_at))
}

/// The client that the token was issued to: `client_id`, or the one audience in the profile without that claim.
pub(crate) async fn issued_to(
    app: &App,
    tenant: &Tenant,
    claims: &Map<String, Value>,
) -> Result<Option<Arc<Client>>, Failure> {
    match claims.get("client_id").or(claims.get("aud")).and_then(Value::as_str) {
        Some(client_id) => match tenant.client(app, client_id).await {
            // What a client publishes ends with it, and so do its tokens.
            Err(Failure::Refused(refused)) if refused.reason != Reason::RateLimited => Err(inactive(&refused.came)),
            found => found,
        },
        None => Ok(None),
    }
}

async fn person(app: &App, tenant: &Tenant, family: FamilyId) -> Result<(User, Authorization), Failure> {
    let family = app.store.family(tenant.id(), family).await?.ok_or_else(|| inactive("a token whose grant is gone"))?;
    let user = app.store.user(tenant.id(), family.authorization.user).await?;
    let user = user.ok_or_else(|| inactive("a token of a deleted user"))?;
    if family.revoked_at.is_some() {
        return Err(inactive("a token whose grant was revoked"));
    }
    user.may_act().map_err(|came| inactive(&format!("a token of {came}")))?;
    Ok((user, family.authorization))
}

/// RFC 9068 §2.2.3: one text; Spring's profile: a list.
fn scope(claim: Option<&Value>) -> Scope {
    let read = match claim {
        Some(Value::String(text)) => Scope::parse(text),
        Some(Value::Array(list)) => Scope::from_tokens(list.iter().filter_map(Value::as_str)),
        _ => Ok(Scope::default()),
    };
    read.unwrap_or_default()
}

fn texts(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn inactive(came: &str) -> Failure {
    Refused::new(Reason::AccessTokenInactive, "a live access token of the environment", came).into()
}

const NO_KEY: &str = "a key that the environment does not have";
