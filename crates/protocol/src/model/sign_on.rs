//! Sign-on policies and sessions.

use super::describe::{Absent, Described, Found, Walk, property};
use crate::id::{EnvironmentId, SessionId, SignOnPolicyId, UserId};
use crate::secret::TokenHash;
use crate::time::Time;

/// A named way to sign on. Its name is what `acr_values` asks for and `acr` tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignOnPolicy {
    pub id: SignOnPolicyId,
    pub environment: EnvironmentId,
    pub name: String,
    pub default: bool,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Described for SignOnPolicy {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, name, default, created_at, updated_at } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").text(1, 256).required(), name);
        walk.flag(&property("default").absent(Absent::Kept), default);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
    }
}

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
