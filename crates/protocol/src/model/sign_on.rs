//! Sign-on policies and sessions.

mod action;
mod assignment;
mod condition;
mod step;

use super::describe::{Absent, Described, Found, Walk, property};
use crate::id::{EnvironmentId, SessionId, SignOnPolicyId, UserId};
use crate::secret::TokenHash;
use crate::time::Time;

pub use action::SignOnAction;
pub use assignment::SignOnPolicyAssignment;
pub use condition::{Condition, Facts};
pub use step::{SignOnActionType, SignOnStep};

/// A named way to sign on. Its name is what `acr_values` asks for and `acr` tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignOnPolicy {
    pub id: SignOnPolicyId,
    pub environment: EnvironmentId,
    pub name: String,
    pub description: Option<String>,
    /// Whether applications without an assignment follow it. One of an environment's does.
    pub default: bool,
    /// In the order in which they were made; with none it lets nobody in.
    pub actions: Vec<SignOnAction>,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

impl Described for SignOnPolicy {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, name, description, default, actions, created_at, updated_at, version } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").checked(256, is_name).required().found("name", Found::Exact), name);
        walk.text_if(&property("description").inert().prose(1_024), description);
        // PingOne: it can only be set to true, which takes it from the other one; generated clients send false with every body.
        let was = *default;
        walk.flag(&property("default").absent(Absent::Kept), default);
        walk.judge(&mut |_| *default |= was);
        // PingOne's API has them as objects of their own.
        action::describe(actions, *id, walk);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.version(version);
    }
}

impl SignOnPolicy {
    /// In the order in which they are done.
    pub fn in_order(&self) -> Vec<&SignOnAction> {
        let mut actions: Vec<&SignOnAction> = self.actions.iter().collect();
        actions.sort_by_key(|action| action.priority);
        actions
    }

    /// Whether one of its actions proves who the person is.
    pub fn identifies(&self) -> bool {
        self.actions.iter().any(|action| matches!(action.step, SignOnStep::Login(_)))
    }

    /// Whether this server can do all of it for everybody.
    pub fn is_performed(&self) -> bool {
        self.identifies() && self.actions.iter().all(SignOnAction::is_performed)
    }

    /// Whether this server may come to its end with somebody: what it cannot do need not be needed.
    pub fn may_be_followed(&self) -> bool {
        let possible = |action: &SignOnAction| action.is_performed() || action.condition.is_some();
        self.identifies() && self.actions.iter().all(possible)
    }
}

/// PingOne: letters, digits, `_`, `.` and `-`, or an address where there is a colon.
fn is_name(name: &str) -> Result<(), String> {
    let plain = || name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    let address = || {
        let shaped = name.bytes().all(|b| b.is_ascii_graphic());
        shaped && url::Url::parse(name).is_ok()
    };
    let sound = if name.contains(':') { address() } else { plain() };
    if sound {
        return Ok(());
    }
    Err("must consist of letters, digits, underscores, hyphens and periods, or be an absolute URI".into())
}

/// Actions of one policy.
pub const MAX_SIGN_ON_ACTIONS: usize = 20;

/// The names of the policies that every environment begins with: PingOne's of one step, the password, and the one that asks for
/// another factor too.
pub const MULTI_FACTOR: &str = "Multi_Factor";
pub const SINGLE_FACTOR: &str = "Single_Factor";

/// A signed-on browser. The cookie's text is not kept, only its hash.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    pub id: SessionId,
    pub environment: EnvironmentId,
    pub user: UserId,
    pub token: TokenHash,
    /// When the user last proved who they are (OIDC Core §2, `auth_time`).
    pub auth_time: Time,
    pub acr: String,
    pub amr: Vec<String>,
    pub created_at: Time,
    pub expires_at: Time,
    pub ended_at: Option<Time>,
}

impl Session {
    pub fn is_live(&self, now: Time) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

#[cfg(test)]
mod tests;
