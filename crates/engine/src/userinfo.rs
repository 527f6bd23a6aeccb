//! Userinfo: what the bearer of a user's access token may know about that user (OIDC Core §5.3).

use jose::Typ;
use protocol::audit::{Action, Actor};
use protocol::id::ApplicationId;
use protocol::model::User;
use protocol::policy;
use protocol::refusal::{Reason, Refused};
use protocol::secret::Secret;
use protocol::token::{self, Stamp};

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::failure::Fault;
use crate::finish::{Finished, Granted};
use crate::site::Site;
use crate::token::{AccessFacts, unsigned, verify};

/// What was read, and for whom.
#[derive(Debug)]
pub struct UserInfo {
    /// A JSON object; or a JWT, where the application chose an algorithm for it.
    pub claims: Secret,
    pub signed: bool,
    /// The application that the access token was issued to.
    pub application: ApplicationId,
}

/// Answers with the claims. `bearer` may already be a refusal: it is recorded like any other.
pub async fn userinfo(app: &App, site: &Site, ask: &Ask, bearer: Result<&str, Refused>) -> Finished<UserInfo> {
    let mut call = match Call::begin(app, site, ask, Action::UserInfoRead).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let outcome = try_userinfo(&mut call, bearer).await;
    call.finish_stateless(outcome).await
}

async fn try_userinfo(call: &mut Call<'_>, bearer: Result<&str, Refused>) -> Result<Granted<UserInfo>, Stop> {
    let facts = verify(call.app, &call.at.tenant, bearer?, call.ctx.now).await?;
    // Before anything is refused: who asks is known by now.
    call.event.application = Some(facts.application);
    call.event.user = facts.user;
    call.event.actor = facts.user.map_or(Actor::Application(facts.application), Actor::User);
    let user = entitled(&facts)?;
    let client = call.at.tenant.client_of(call.app, facts.application).await?;
    let client = client.ok_or(Fault::Bug("a token of no application"))?;
    let chosen = client.application.signing.user_info;
    let environment = &call.at.tenant.environment;
    let claims = if chosen.is_none() {
        token::userinfo(user, &facts.scope, policy::token_profile(environment))
    } else {
        let stamp = Stamp { issuer: &call.at.site.issuer, client: &client, environment };
        let claims = token::signed_userinfo(user, &facts.scope, &stamp);
        // RFC 8725 §3.11: with a type, so that it passes for no access token, and without what an ID token must have.
        call.at.tenant.keys.signing(chosen)?.sign(Some(Typ::Jwt), claims.as_bytes()).map_err(unsigned)?
    };
    let value = UserInfo { claims: Secret::new(claims), signed: chosen.is_some(), application: facts.application };
    Ok(Granted { value, changes: Vec::new() })
}

/// OIDC Core §5.3: the token of a person, obtained with `openid` (UI-02).
fn entitled(facts: &AccessFacts) -> Result<&User, Refused> {
    let insufficient =
        |came: &str| Refused::new(Reason::ScopeInsufficient, "a user's access token with the scope openid", came);
    let user = facts.person.as_deref().ok_or_else(|| insufficient("an application's own token"))?;
    if !facts.scope.contains("openid") {
        return Err(insufficient(&format!("scope {}", facts.scope)));
    }
    Ok(user)
}
