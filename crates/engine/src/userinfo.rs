//! Userinfo: what the bearer of a user's access token may know about that user (OIDC Core §5.3).

use jose::Typ;
use protocol::audit::{Action, Actor};
use protocol::claims::AskedClaim;
use protocol::client::Client;
use protocol::id::ApplicationId;
use protocol::mapping::{self, Answer, Context, Made, Sources, subject};
use protocol::model::User;
use protocol::policy;
use protocol::refusal::{Reason, Refused};
use protocol::scope::Scope;
use protocol::secret::Secret;
use protocol::token::{self, Stamp};

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::controls::forced;
use crate::failure::Fault;
use crate::finish::{Finished, Granted};
use crate::resource::{Admitted, Shown};
use crate::site::Site;
use crate::token::{AccessFacts, groups, unsigned};

/// What was read, and for whom.
#[derive(Debug)]
pub struct UserInfo {
    /// A JSON object; or a JWT, where the application chose an algorithm for it.
    pub claims: Secret,
    pub signed: bool,
    /// The application that the access token was issued to.
    pub application: ApplicationId,
    /// For the next proof, where they need one (RFC 9449 §8.2).
    pub dpop_nonce: Option<String>,
}

/// Answers with the claims. `shown` may already be a refusal: it is recorded like any other.
pub async fn userinfo(app: &App, site: &Site, ask: &Ask, shown: Result<Shown, Refused>) -> Finished<UserInfo> {
    let mut call = match Call::begin(app, site, ask, Action::UserInfoRead).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let outcome = try_userinfo(&mut call, shown).await;
    call.finish_stateless(outcome).await
}

async fn try_userinfo(call: &mut Call<'_>, shown: Result<Shown, Refused>) -> Result<Granted<UserInfo>, Stop> {
    let shown = shown?;
    let (app, tenant, event) = (call.app, &call.at.tenant, &mut call.event);
    let admitted = app.admit(tenant, &shown, false, call.ctx.now, |facts| {
        // Before anything else is refused: whose token it is, whoever sent it.
        event.application = Some(facts.application);
        event.user = facts.user;
    });
    let Admitted { facts, dpop_nonce } = admitted.await?;
    call.event.actor = facts.user.map_or(Actor::Application(facts.application), Actor::User);
    crate::noted::client(&facts.client_id);
    forced::decided()?;
    let user = entitled(&facts)?;
    let demanded = &call.at.tenant.environment.settings.user_info;
    demanded.judge(facts.authorization.as_deref(), call.ctx.now)?;
    let client = call.at.tenant.client(call.app, &facts.client_id).await?;
    let client = client.ok_or(Fault::Bug("a token of no application"))?;
    let chosen = client.application.signing.user_info;
    let environment = &call.at.tenant.environment;
    let asked = facts.authorization.as_ref().map(|by| by.claims.userinfo.as_slice()).unwrap_or_default();
    let (sub, asked) = (subject(&client, user, policy::token_profile(environment))?, (&facts.scope, asked));
    let mapped = mapped(call, &client, user, asked).await?;
    let user = &*call.at.tenant.schema.told(user);
    let claims = if chosen.is_none() {
        forced::claims(token::userinfo(user, &sub, asked, &mapped))
    } else {
        let stamp = Stamp { issuer: &call.at.site.issuer, client: &client, environment };
        let claims = forced::claims(token::signed_userinfo(user, &sub, asked, &mapped, &stamp));
        // RFC 8725 §3.11: with a type, so that it passes for no access token, and without what an ID token must have.
        call.at
            .tenant
            .keys
            .signing_within(facts.demands, client.application.signing.policy, chosen)?
            .sign(Some(Typ::Jwt), claims.as_bytes())
            .map_err(unsigned)?
    };
    let (claims, signed, application) = (Secret::new(claims), chosen.is_some(), facts.application);
    let value = UserInfo { claims, signed, application, dpop_nonce };
    Ok(Granted { value, changes: Vec::new() })
}

/// What attributes of the application and of `openid` add.
async fn mapped(call: &Call<'_>, client: &Client, user: &User, asked: (&Scope, &[AskedClaim])) -> Result<Made, Stop> {
    call.at.tenant.must_know_mappings()?;
    let scopes = &call.at.tenant.scopes;
    if !mapping::concerns(client, &scopes.mappings) {
        return Ok(Made::default());
    }
    let groups = groups(call, client, Some(user)).await?;
    let sources = Sources::new(Some(user), &groups, Context::of(client, None, asked.0), call.ctx.now);
    let sources = sources.within(&call.at.tenant.schema, Some(user));
    let user = call.at.tenant.schema.told(user);
    Ok(mapping::person(Answer::UserInfo, (client, &user), scopes, asked, &sources)?)
}

/// OIDC Core §5.3: the token of a person, obtained with `openid` (UI-02).
fn entitled(facts: &AccessFacts) -> Result<&User, Refused> {
    let insufficient =
        |came: &str| Refused::new(Reason::ScopeInsufficient, "a user's access token with the scope openid", came);
    let user = facts.person.as_deref().ok_or_else(|| insufficient("a token of no user"))?;
    if !facts.scope.contains("openid") {
        return Err(insufficient(&format!("scope {}", facts.scope)));
    }
    Ok(user)
}
