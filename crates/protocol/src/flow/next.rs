//! Decides what comes next in a sign-on: the first thing that the policy asks for and that was not done yet. Steps lead
//! back here, never to one another.

use crate::id::UserId;
use crate::model::{SINGLE_FACTOR, SignOnAction, SignOnActions, SignOnPolicy};
use crate::names::names;

use super::{Flow, State};

names! {
    /// A way in which a person proved who they are in a flow, under the name that `amr` has for it (RFC 8176 §2).
    pub enum Proof {
        Password = "pwd",
    }
}

/// The sign-on policy that a flow follows.
#[derive(Clone, Copy, Debug)]
pub struct Followed<'a> {
    pub name: &'a str,
    pub actions: &'a SignOnActions,
}

impl<'a> Followed<'a> {
    /// The policy of this name. One that is gone leaves the default: `acr` names what is performed.
    pub fn of(policies: &'a [SignOnPolicy], name: &str) -> Self {
        let named = policies.iter().find(|policy| policy.name == name);
        named.or_else(|| policies.iter().find(|policy| policy.default)).map_or(
            Self { name: SINGLE_FACTOR, actions: &LOGIN },
            |policy| Self { name: &policy.name, actions: &policy.actions },
        )
    }
}

impl Followed<'_> {
    /// The state of a flow in which nothing was done yet.
    pub(super) fn begins(self) -> State {
        asks(self.actions.first())
    }
}

/// Who the flow is about, once they proved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    pub user: UserId,
    pub must_change_password: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Ask(State),
    /// Everything was done. `acr` names the policy that was followed to its end, `amr` what was done for it.
    SignedOn {
        acr: String,
        amr: Vec<String>,
    },
}

/// What follows for `flow`, in which `person` proved who they are by what is in [`Flow::proven`].
pub fn next(flow: &Flow, follows: Followed<'_>, person: Person) -> Next {
    match follows.actions.iter().find_map(|action| unmet(action, &flow.proven, person)) {
        Some(state) => Next::Ask(state),
        None => Next::SignedOn {
            acr: follows.name.to_owned(),
            amr: flow.proven.iter().map(|proof| proof.name().to_owned()).collect(),
        },
    }
}

/// The state in which `action` is asked for, of nobody known yet or of whoever is.
const fn asks(action: SignOnAction) -> State {
    match action {
        // Such a policy is never followed (`is_performed`); if one were, it would never come to its end.
        SignOnAction::Login | SignOnAction::MultiFactor => State::UsernamePasswordRequired,
    }
}

/// The state in which what `action` still wants is asked for.
fn unmet(action: SignOnAction, proven: &[Proof], person: Person) -> Option<State> {
    match action {
        SignOnAction::Login if !proven.contains(&Proof::Password) => Some(asks(action)),
        SignOnAction::MultiFactor => Some(asks(action)),
        SignOnAction::Login => person.must_change_password.then_some(State::MustChangePassword { user: person.user }),
    }
}

/// For an environment whose policies are gone.
static LOGIN: SignOnActions = SignOnActions::LOGIN;
