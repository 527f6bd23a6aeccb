//! Userinfo: what the bearer of a user's access token may know about that user (OIDC Core §5.3).

use protocol::audit::{Action, Actor};
use protocol::id::ApplicationId;
use protocol::refusal::{Reason, Refused};
use protocol::token;

use crate::app::{App, Ask};
use crate::call::{Call, Stop};
use crate::finish::{Finished, Granted};
use crate::resource::{Admitted, Shown};
use crate::site::Site;
use crate::token::AccessFacts;

/// What was read, and for whom.
#[derive(Debug)]
pub struct UserInfo {
    /// A JSON object.
    pub claims: String,
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
    let value = UserInfo { claims: claims(call, &facts)?, application: facts.application, dpop_nonce };
    Ok(Granted { value, changes: Vec::new() })
}

/// OIDC Core §5.3: the token of a person, obtained with `openid` (UI-02).
fn claims(call: &Call<'_>, facts: &AccessFacts) -> Result<String, Refused> {
    let insufficient =
        |came: &str| Refused::new(Reason::ScopeInsufficient, "a user's access token with the scope openid", came);
    let user = facts.person.as_deref().ok_or_else(|| insufficient("an application's own token"))?;
    if !facts.scope.contains("openid") {
        return Err(insufficient(&format!("scope {}", facts.scope)));
    }
    let asked = facts.authorization.as_ref().map(|by| by.claims.userinfo.as_slice()).unwrap_or_default();
    Ok(token::userinfo(user, &facts.scope, asked, call.at.tenant.environment.settings.token_profile))
}
