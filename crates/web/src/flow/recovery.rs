//! Forgotten passwords: whether a source may ask for one more code, or try one, and the mail once the code is on record.

use engine::flow::{Act, Acted, act};
use engine::{Ask, Failed, Site, refuse};
use protocol::audit::Action;
use protocol::name::{typed_username, username_key};
use protocol::refusal::Reason;
use protocol::secret::TokenHash;

use super::guesses::{self, Wait, too_many};
use crate::mail;
use crate::state::AppState;

/// Does a step of it. Every code that is asked for counts against its source as a failed sign-on does, whoever has the name: so nobody
/// goes through many names, or fills a mailbox. A code that is not right counts as well.
pub(super) async fn perform(
    web: &AppState,
    site: &Site,
    ask: &Ask,
    id: &str,
    deed: Act<'_>,
    browser: Option<TokenHash>,
) -> Result<Acted, Failed> {
    let name = match deed {
        Act::PasswordForgot { username } => Some(username_key(typed_username(username)).unwrap_or_default()),
        _ => None,
    };
    let key = match &name {
        // Of a name that a sign-on fails on too: it is one to its network.
        Some(name) => guesses::key(site, name),
        None => format!("recovery {} {id}", site.environment),
    };
    if let Err(wait) = may(web, site, ask, &key) {
        return Err(refuse::at_flow(&web.app, site, ask, Action::FlowUpdated, id, too_many(wait)).await);
    }
    let outcome = act(&web.app, site, ask, id, deed, browser).await.into_result();
    let guessed = outcome.as_ref().is_err_and(|failure| failure.reason() == Reason::MailedCodeWrong);
    let asked = outcome.is_ok() && !matches!(deed, Act::PasswordRecover { .. });
    if guessed || asked {
        match (name, ask.source) {
            (Some(_), _) => guesses::count(web, site, ask, &key).await?,
            (None, Some(source)) => web.failures.record(source, &key),
            (None, None) => (),
        }
    }
    let mut acted = outcome?;
    if let Some(letter) = acted.letter.take()
        && let Ok(Some(tenant)) = web.app.serving(site.environment).await
    {
        mail::send(&web.app, &tenant.environment, letter);
    }
    Ok(acted)
}

fn may(web: &AppState, site: &Site, ask: &Ask, key: &str) -> Result<(), Wait> {
    let Some(source) = ask.source else { return Ok(()) };
    web.failures.check(source, key).map_err(|wait| (wait, "fewer codes asked for and tried"))?;
    web.failures.check_names(source, site.environment).map_err(|wait| (wait, "fewer names to ask for from one network"))
}
