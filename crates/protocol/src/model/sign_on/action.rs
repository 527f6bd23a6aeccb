//! One action of a sign-on policy: what is asked of the person, in which place, and when.

use serde_json::Value;
use uuid::Uuid;

use super::condition::{Condition, is_attribute};
use super::step::{SignOnActionType, SignOnStep};
use crate::id::{ApplicationId, SignOnPolicyId};
use crate::model::describe::{Described, Place, Refers, Stored, Walk, each, property};
use crate::names::Named as _;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignOnAction {
    pub id: Uuid,
    /// Those with lower numbers come first. 1 and more; several may have the same.
    pub priority: i64,
    /// When it is needed. None: at every sign-on.
    pub condition: Option<Condition>,
    pub step: SignOnStep,
}

impl Described for SignOnAction {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self { id, priority, condition, step } = self;
        walk.id(&property("id").read_only(), id);
        let mut kind = step.kind();
        walk.choice(&property("type").required(), &mut kind);
        if kind != step.kind() {
            *step = SignOnStep::of(kind);
        }
        walk.number(&property("priority").range(1, i64::from(i32::MAX)).required(), priority);
        let mut object = condition.as_ref().map(Condition::to_object).unwrap_or_default();
        walk.outside(&mut |walk| {
            walk.kept(&property("condition"), &mut object);
            walk.judge(&mut |fields| match Condition::read(&object) {
                Ok(read) => {
                    let unknown = read.iter().flat_map(Condition::attributes).find(|path| !is_attribute(path));
                    if let Some(path) = unknown {
                        let message = format!("no attribute of users is called {path}");
                        fields.fault("INVALID_VALUE", "condition", &message, None);
                    }
                    *condition = read;
                }
                Err(message) => fields.fault("INVALID_VALUE", "condition", &message, None),
            });
        });
        walk.stored("condition", condition);
        step.describe(walk);
    }
}

impl SignOnAction {
    /// The one at this place of a policy that every environment begins with, or that was stored before actions were objects: its id
    /// follows from the policy's. The password is asked for again when the session that it opened has ended.
    pub fn begun(policy: SignOnPolicyId, place: usize, kind: SignOnActionType) -> Self {
        let step = SignOnStep::of(kind);
        let priority = i64::try_from(place + 1).unwrap_or(1);
        let id = Uuid::from_u128(policy.uuid().as_u128() ^ u128::from(priority.unsigned_abs()));
        let condition =
            matches!(step, SignOnStep::Login(_)).then(|| Condition::password_older_than(crate::flow::SESSION_SECONDS));
        Self { id, priority, condition, step }
    }

    /// The applications that it names: a sign-on is proven by a device that has one.
    pub fn applications(&self) -> impl Iterator<Item = ApplicationId> {
        let own = if let SignOnStep::MultiFactor(factor) = &self.step { factor.applications.as_slice() } else { &[] };
        own.iter().map(|one| one.id.into())
    }

    /// The paths of users' attributes that it names, in its condition as well.
    pub fn attributes(&self) -> Vec<&str> {
        let compared = self.condition.iter().flat_map(Condition::attributes);
        compared.chain(self.step.attributes()).collect()
    }

    /// What is left of it when what it names ends. None: without that it would be nothing.
    #[must_use]
    pub fn without(&self, named: (Refers, Uuid)) -> Option<Self> {
        Some(Self { step: self.step.without(named)?, ..self.clone() })
    }

    /// Whether this server can do it for everybody.
    pub const fn is_performed(&self) -> bool {
        self.step.kind().is_performed()
    }

    /// Whether a process that knows actions by their names alone does the same.
    fn is_as_begun(&self) -> bool {
        let begun = Self::begun(SignOnPolicyId::default(), 0, self.step.kind());
        match &self.step {
            SignOnStep::Login(_) => self.condition == begun.condition,
            // It performs none of them, whatever they say.
            _ => self.condition.is_none(),
        }
    }
}

/// Walks a policy's actions. Beside them a row says their names, which is all that it said before actions were objects: a process of
/// that version follows those that it would follow as this one does, and cannot read the others.
pub(super) fn describe(actions: &mut Vec<SignOnAction>, of: SignOnPolicyId, walk: &mut dyn Walk) {
    let name = |action: &SignOnAction| {
        let name = action.step.kind().name();
        if action.is_as_begun() { name.to_owned() } else { format!("{name}{OTHERWISE}") }
    };
    let mut names = Names(actions.iter().map(name).collect());
    walk.stored("actions", &mut names);
    let own = property("actions").read_only().place(Place::Hidden("steps"));
    each(walk, &own, actions, SignOnAction::describe);
    if actions.is_empty() {
        *actions = names.actions(of);
    }
}

struct Names(Vec<String>);

impl Names {
    fn actions(&self, of: SignOnPolicyId) -> Vec<SignOnAction> {
        let kinds = self.0.iter().filter_map(|name| SignOnActionType::from_stored(name));
        kinds.enumerate().map(|(place, kind)| SignOnAction::begun(of, place, kind)).collect()
    }
}

impl Stored for Names {
    fn write(&self) -> Option<Value> {
        Some(self.0.as_slice().into())
    }

    /// None: a policy of version 0.1 has no actions, and asks for the password.
    fn read(&mut self, stored: Option<&Value>) -> bool {
        let Some(stored) = stored else {
            self.0 = vec![SignOnActionType::Login.name().to_owned()];
            return true;
        };
        let known = |name: &str| SignOnActionType::from_stored(name.strip_suffix(OTHERWISE).unwrap_or(name)).is_some();
        let names = stored.as_array().and_then(|list| list.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
        let names = names.filter(|names| names.iter().all(|name| known(name)));
        names.map(|names| self.0 = names.into_iter().map(str::to_owned).collect()).is_some()
    }
}

/// Behind the name of an action that says more than its name did.
const OTHERWISE: &str = "+";
