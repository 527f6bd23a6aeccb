//! Decides what comes next in a sign-on: the first thing that the policy asks for and that was not done yet. Steps lead
//! back here, never to one another.

use std::net::IpAddr;
use std::sync::LazyLock;

use crate::id::SignOnPolicyId;
use crate::model::{Facts, SINGLE_FACTOR, Session, SignOnAction, SignOnActionType, SignOnPolicy, SignOnStep, User};
use crate::names::names;
use crate::refusal::{Reason, Refused};
use crate::time::Time;

use super::{Flow, State};

names! {
    /// A way in which a person proved who they are in a flow, under the name that `amr` has for it (RFC 8176 §2).
    pub enum Proof {
        Password = "pwd",
    }
}

/// The sign-on policies that a flow may follow: the first is tried, and where it asks for what cannot be done the next one.
#[derive(Clone, Debug)]
pub struct Followed<'a> {
    policies: Vec<&'a SignOnPolicy>,
    /// Where the request came from.
    source: Option<IpAddr>,
}

impl<'a> Followed<'a> {
    /// The policies of these names. Where all are gone the default is left: `acr` names what is performed.
    pub fn of<'n>(
        policies: &'a [SignOnPolicy],
        names: impl IntoIterator<Item = &'n str>,
        source: Option<IpAddr>,
    ) -> Self {
        let found = names.into_iter().filter_map(|name| policies.iter().find(|policy| policy.name == name));
        let mut found: Vec<_> = found.collect();
        if found.is_empty() {
            found.push(policies.iter().find(|policy| policy.default).unwrap_or(&*LOGIN));
        }
        Self { policies: found, source }
    }

    /// The password, whenever nobody is signed on.
    pub fn login() -> Self {
        Self { policies: vec![&*LOGIN], source: None }
    }

    /// The state of a flow in which nothing was done yet.
    ///
    /// # Errors
    /// The step of the first policy that cannot be done, where none of them comes to an end.
    pub(super) fn begins(&self, now: Time) -> Result<State, Refused> {
        let known = Known { facts: self.facts(now), proven: &[], person: None };
        match self.judged(&known) {
            Judged::Asks(state) => Ok(state),
            Judged::Fails(refused) => Err(refused),
            // Nobody is known yet, so somebody is asked.
            Judged::Done(_) => Ok(State::UsernamePasswordRequired),
        }
    }

    /// Whether the session answers for its user by one of the policies.
    ///
    /// # Errors
    /// Why not, in words for the owner.
    pub fn session_suffices(&self, session: &Session, user: &User, now: Time) -> Result<(), &'static str> {
        let facts = Facts { session: Some(session), user: Some(user), ..self.facts(now) };
        let known = Known { facts, proven: &[], person: Some(Person { user, must_change_password: false }) };
        match self.judged(&known) {
            // RFC 9470 §3: what one policy proved is never passed off as another's.
            Judged::Done(policy) if policy.name == session.acr => Ok(()),
            Judged::Done(_) => Err("the session followed another sign-on policy"),
            Judged::Asks(_) if self.policies.iter().all(|policy| policy.name != session.acr) => {
                Err("the session followed another sign-on policy")
            }
            Judged::Asks(_) => Err("the sign-on policy asks for the sign-on again"),
            Judged::Fails(_) => Err("the sign-on policy asks for a step that this server does not have"),
        }
    }

    /// Whether the LOGIN that is asked for lets a person replace a password that they forgot (`recovery.enabled`).
    pub fn allows_recovery(&self, now: Time) -> bool {
        let known = Known { facts: self.facts(now), proven: &[], person: None };
        let followed = self.policies.iter().find(|policy| !matches!(judge(policy, &known), Judged::Fails(_)));
        let actions = followed.map(|policy| policy.in_order()).unwrap_or_default();
        actions.into_iter().any(|action| matches!(&action.step, SignOnStep::Login(login) if !login.entry.no_recovery))
    }

    fn facts(&self, now: Time) -> Facts<'_> {
        Facts { now, source: self.source, user: None, session: None }
    }

    /// What the first policy says that does not fail.
    fn judged(&self, known: &Known<'_>) -> Judged<'_> {
        let mut failed = None;
        for policy in &self.policies {
            match judge(policy, known) {
                Judged::Fails(refused) => _ = failed.get_or_insert(refused),
                judged => return judged,
            }
        }
        // There is always one.
        Judged::Fails(failed.unwrap_or_else(|| Reason::SignOnStepUnavailable.into()))
    }
}

/// Who the flow is about, once they proved it.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    pub user: &'a User,
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
    /// None of the policies comes to its end with this person.
    Refused(Refused),
}

/// What follows for `flow`, in which `person` proved who they are by what is in [`Flow::proven`].
pub fn next(flow: &Flow, follows: &Followed<'_>, person: Person<'_>, now: Time) -> Next {
    let facts = Facts { user: Some(person.user), ..follows.facts(now) };
    match follows.judged(&Known { facts, proven: &flow.proven, person: Some(person) }) {
        Judged::Asks(state) => Next::Ask(state),
        Judged::Done(policy) => Next::SignedOn {
            acr: policy.name.clone(),
            amr: flow.proven.iter().map(|proof| proof.name().to_owned()).collect(),
        },
        Judged::Fails(refused) => Next::Refused(refused),
    }
}

/// What is known when a policy is judged. A person is known by what they proved in the flow, or by their session.
struct Known<'a> {
    facts: Facts<'a>,
    proven: &'a [Proof],
    person: Option<Person<'a>>,
}

enum Judged<'a> {
    Asks(State),
    Done(&'a SignOnPolicy),
    Fails(Refused),
}

/// What the policy asks for first that was not done. One that needs what this server cannot do asks for nothing before: it fails.
fn judge<'a>(policy: &'a SignOnPolicy, known: &Known<'_>) -> Judged<'a> {
    // Nobody is let in by a policy that never asks who they are.
    if !policy.identifies() {
        return Judged::Fails(unavailable(policy, "no LOGIN"));
    }
    let mut asked = None;
    for action in policy.in_order() {
        match needed(action, known) {
            Needed::No => {}
            Needed::Ask(state) => _ = asked.get_or_insert(state),
            Needed::Unavailable(kind) => return Judged::Fails(unavailable(policy, kind.name())),
        }
    }
    match (asked, known.person) {
        (Some(state), _) => Judged::Asks(state),
        // By its conditions nobody need sign on, and yet nobody is known.
        (None, None) => Judged::Asks(State::UsernamePasswordRequired),
        (None, Some(_)) => Judged::Done(policy),
    }
}

enum Needed {
    No,
    Ask(State),
    Unavailable(SignOnActionType),
}

/// Whether the action is to be done now. What cannot be told about somebody counts as needed; of nobody it shows once they are known.
fn needed(action: &SignOnAction, known: &Known<'_>) -> Needed {
    let holds = action.condition.as_ref().map_or(Some(true), |condition| condition.holds(&known.facts));
    match &action.step {
        SignOnStep::Login(_) if known.proven.contains(&Proof::Password) => match known.person {
            Some(Person { user, must_change_password: true }) => {
                Needed::Ask(State::MustChangePassword { user: user.id })
            }
            _ => Needed::No,
        },
        _ if holds == Some(false) => Needed::No,
        SignOnStep::Login(_) => Needed::Ask(State::UsernamePasswordRequired),
        _ if holds.is_none() && known.person.is_none() => Needed::No,
        step => Needed::Unavailable(step.kind()),
    }
}

fn unavailable(policy: &SignOnPolicy, what: &str) -> Refused {
    let came = format!("{what} in {}", policy.name);
    Refused::new(Reason::SignOnStepUnavailable, "a sign-on policy of steps that this server has: LOGIN", came)
}

/// For an environment whose policies are gone.
static LOGIN: LazyLock<SignOnPolicy> = LazyLock::new(|| SignOnPolicy {
    name: SINGLE_FACTOR.to_owned(),
    default: true,
    actions: vec![SignOnAction::begun(SignOnPolicyId::default(), 0, SignOnActionType::Login)],
    ..SignOnPolicy::default()
});
