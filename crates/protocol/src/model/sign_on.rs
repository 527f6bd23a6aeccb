//! Sign-on policies and sessions.

use super::describe::{Absent, Choices, Described, Found, Place, Walk, property};
use crate::id::{EnvironmentId, SessionId, SignOnPolicyId, UserId};
use crate::names::{Named, names};
use crate::secret::TokenHash;
use crate::time::Time;

/// A named way to sign on. Its name is what `acr_values` asks for and `acr` tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignOnPolicy {
    pub id: SignOnPolicyId,
    pub environment: EnvironmentId,
    pub name: String,
    pub default: bool,
    pub actions: SignOnActions,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Described for SignOnPolicy {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, environment, name, default, actions, created_at, updated_at } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").text(1, 256).required(), name);
        walk.flag(&property("default").absent(Absent::Kept), default);
        // PingOne's API has them as objects of their own.
        walk.choices(&property("actions").read_only().place(Place::Hidden("actions")), actions);
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
    }
}

impl SignOnPolicy {
    /// Whether sign-ons follow it when they ask for it: this server can do all of it, or there is no other.
    pub fn is_followed(&self) -> bool {
        self.default || self.actions.iter().all(SignOnAction::is_performed)
    }
}

names! {
    /// One thing that a policy asks of the person. A further one is a variant: the compiler then asks `flow/next.rs` in
    /// which state it is asked for.
    pub enum SignOnAction {
        /// The username and the password, and another one where it must be changed.
        Login = "LOGIN",
        /// A further proof of another kind.
        MultiFactor = "MULTI_FACTOR_AUTHENTICATION",
    }
}

impl SignOnAction {
    /// Whether this server can do it for every person. A policy with one that it cannot is passed over when `acr_values` asks
    /// for it: its name is never told in `acr` for less.
    pub const fn is_performed(self) -> bool {
        match self {
            Self::Login => true,
            Self::MultiFactor => false,
        }
    }
}

/// What a policy asks for, in this order. Never nothing: a policy without an action would let in anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignOnActions {
    first: SignOnAction,
    more: Vec<SignOnAction>,
}

impl SignOnActions {
    pub const LOGIN: Self = Self { first: SignOnAction::Login, more: Vec::new() };

    /// None for nothing.
    pub fn new(actions: &[SignOnAction]) -> Option<Self> {
        let (first, more) = actions.split_first()?;
        Some(Self { first: *first, more: more.to_vec() })
    }

    pub const fn first(&self) -> SignOnAction {
        self.first
    }

    pub fn iter(&self) -> impl Iterator<Item = SignOnAction> {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }
}

impl Default for SignOnActions {
    fn default() -> Self {
        Self::LOGIN
    }
}

impl Choices for SignOnActions {
    fn all(&self) -> Vec<&'static str> {
        SignOnAction::ALL.map(SignOnAction::name).to_vec()
    }

    fn names(&self) -> Vec<&'static str> {
        self.iter().map(SignOnAction::name).collect()
    }

    fn stored(&self) -> Vec<&'static str> {
        self.iter().map(Named::stored).collect()
    }

    /// None: a policy of version 0.1 has no actions, and asks for the password.
    fn choose(&mut self, places: Vec<usize>) {
        let chosen: Vec<_> = places.into_iter().filter_map(|place| SignOnAction::ALL.get(place).copied()).collect();
        *self = Self::new(&chosen).unwrap_or_default();
    }

    fn restore(&mut self, stored: &[&str]) -> bool {
        let found: Option<Vec<_>> = stored.iter().map(|text| SignOnAction::from_stored(text)).collect();
        found.and_then(|found| Self::new(&found)).map(|found| *self = found).is_some()
    }
}

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
