//! Whether a source may try one more password: not when it failed too often on the name, nor when its network failed on too many names
//! (F3). Whoever signed on before on the device may, whatever others did from the same network.

use std::net::{IpAddr, Ipv4Addr};

use engine::flow::{Act, Acted, Typed, act, knows_device};
use engine::{Ask, Failed, Site, refuse};
use protocol::audit::Action;
use protocol::flow::not_right;
use protocol::name::{typed_username, username_key};
use protocol::refusal::{Reason, Refused};
use protocol::secret::TokenHash;

use crate::layers::rate::RetryAfterSeconds;
use crate::state::AppState;

/// Checks a user name and a password.
pub(super) async fn sign_on(
    web: &AppState,
    site: &Site,
    ask: &Ask,
    id: &str,
    typed: Typed<'_>,
    browser: Option<TokenHash>,
) -> Result<Acted, Failed> {
    let name = username_key(typed_username(typed.username)).unwrap_or_default();
    let key = key(site, &name);
    if let Err(wait) = may(web, site, ask, &key, typed).await {
        return Err(refuse::at_flow(&web.app, site, ask, Action::PasswordChecked, id, too_many(wait)).await);
    }
    let outcome = act(&web.app, site, ask, id, Act::UsernamePassword(typed), browser).await.into_result();
    let guessed = outcome.as_ref().err().is_some_and(|failure| failure.reason().row().detail == "INVALID_CREDENTIALS");
    if guessed {
        web.failures.record(ANYBODY, &key);
        count(web, site, ask, &key).await?;
    }
    match outcome {
        // A lock stops guessing only while nobody who goes on guessing, from many places, is told that one guess was right.
        Err(failure) if failure.reason() == Reason::AccountLocked && web.failures.check(ANYBODY, &key).is_err() => {
            Err(failure.answered_as(not_right(Reason::PasswordWrong, "password")))
        }
        outcome => outcome,
    }
}

/// Counts a wrong password against its source, and tells once of a network that tries too many names.
pub(super) async fn count(web: &AppState, site: &Site, ask: &Ask, key: &str) -> Result<(), Failed> {
    let Some(source) = ask.source else { return Ok(()) };
    if !web.failures.record_name(source, site.environment, key) {
        return Ok(());
    }
    tracing::warn!(event = "spraying", environment = %site.environment, "one network failed on many names");
    let note = "One network failed on more names in an hour than admission.failed_names allows".to_owned();
    refuse::alarm(&web.app, site, ask, Action::SprayingSuspected, note).await
}

/// By what failures on a name are counted.
pub(super) fn key(site: &Site, name: &str) -> String {
    format!("sign-on {} {name}", site.environment)
}

/// How long a source is to wait, and what of it would have been fewer.
pub(super) type Wait = (RetryAfterSeconds, &'static str);

pub(super) fn too_many((RetryAfterSeconds(seconds), expected): Wait) -> Refused {
    let mut refused = Refused::new(Reason::RateLimited, expected, "one more");
    refused.retry_after = Some(seconds);
    refused
}

async fn may(web: &AppState, site: &Site, ask: &Ask, key: &str, typed: Typed<'_>) -> Result<(), Wait> {
    let Some(source) = ask.source else { return Ok(()) };
    web.failures.check(source, key).map_err(|wait| (wait, "fewer failed sign-ons"))?;
    match web.failures.check_names(source, site.environment) {
        Err(wait) if !knows_device(&web.app, site, typed).await => {
            Err((wait, "fewer names to fail on from one network"))
        }
        _ => Ok(()),
    }
}

/// All sources together.
const ANYBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
