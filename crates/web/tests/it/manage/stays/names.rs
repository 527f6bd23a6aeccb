//! Which properties name another object by its id: what the descriptions say, walked.

use std::collections::BTreeSet;

use protocol::model::describe::{Choice, Choices, Described as _, Id, Ids, Number, Part, Property, Refers, Walk};
use protocol::model::{AdministratorSecurity, ObjectKind, SignOnAction, SignOnActionType, SignOnStep};
use protocol::time::Time;
use serde_json::{Map, Value};

/// All of them: `applications accessControl.group.groups -> Group`.
pub(super) fn all() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for kind in ObjectKind::ALL {
        all.extend(Names::of(kind.many(), &mut |walk| kind.describe(walk)));
    }
    for kind in SignOnActionType::ALL {
        let mut action = SignOnAction { step: SignOnStep::of(kind), ..SignOnAction::default() };
        all.extend(Names::of("actions", &mut |walk| action.describe(walk)));
    }
    let mut administrators = AdministratorSecurity::default();
    all.extend(Names::of("adminConfig", &mut |walk| administrators.describe(walk)));
    all
}

#[derive(Default)]
struct Names {
    path: Vec<&'static str>,
    found: Vec<String>,
}

impl Names {
    fn of(whose: &str, part: Part<'_>) -> Vec<String> {
        let mut names = Self::default();
        part(&mut names);
        names.found.into_iter().map(|found| format!("{whose} {found}")).collect()
    }

    fn note(&mut self, p: &Property) {
        let Some(refers) = p.refers else { return };
        let path: Vec<&str> = self.path.iter().copied().chain([p.name]).collect();
        let what = match refers {
            Refers::Application => "Application",
            Refers::Certificate => "Certificate",
            Refers::Group => "Group",
            Refers::IdentityProvider => "IdentityProvider",
            Refers::KeyPair => "KeyPair",
            Refers::KeyRotationPolicy(_) => "KeyRotationPolicy",
            Refers::PasswordPolicy => "PasswordPolicy",
            Refers::Population => "Population",
            Refers::Resource => "Resource",
            Refers::Role => "Role",
            Refers::Scope(_) => "Scope",
            Refers::SignOnPolicy => "SignOnPolicy",
        };
        self.found.push(format!("{} -> {what}", path.join(".")));
    }

    /// What only the store has is called by what is in it.
    fn below(&mut self, p: &Property, part: Part<'_>) {
        let depth = self.path.len();
        self.path.extend(p.is_public().then_some(p.name));
        part(self);
        self.path.truncate(depth);
    }
}

impl Walk for Names {
    fn flag(&mut self, _: &Property, _: &mut bool) {}

    fn flag_if(&mut self, _: &Property, _: &mut Option<bool>) {}

    fn id(&mut self, p: &Property, _: &mut dyn Id) {
        self.note(p);
    }

    fn reference(&mut self, p: &Property, _: &mut dyn Id) {
        self.note(p);
    }

    fn references(&mut self, p: &Property, _: &mut dyn Ids) {
        self.note(p);
    }

    fn number(&mut self, _: &Property, _: &mut dyn Number) {}

    fn text(&mut self, _: &Property, _: &mut String) {}

    fn text_if(&mut self, _: &Property, _: &mut Option<String>) {}

    fn texts(&mut self, _: &Property, _: &mut Vec<String>) {}

    fn time(&mut self, _: &Property, _: &mut Time) {}

    fn time_if(&mut self, _: &Property, _: &mut Option<Time>) {}

    fn choice(&mut self, _: &Property, _: &mut dyn Choice) {}

    fn choices(&mut self, _: &Property, _: &mut dyn Choices) {}

    fn within(&mut self, p: &Property, part: Part<'_>) {
        self.below(p, part);
    }

    fn within_if(&mut self, p: &Property, _: &mut bool, part: Part<'_>) {
        self.below(p, part);
    }

    fn each(
        &mut self,
        p: &Property,
        _: usize,
        resize: &mut dyn FnMut(usize),
        part: &mut dyn FnMut(usize, &mut dyn Walk),
    ) {
        // The actions of a policy are parts of it, with descriptions of their own.
        if p.is_public() {
            resize(1);
            self.below(p, &mut |walk| part(0, walk));
        }
    }

    fn counts(&mut self, _: &Property, _: &mut Vec<(String, usize)>) {}

    fn kept(&mut self, _: &Property, _: &mut Map<String, Value>) {}

    fn outside(&mut self, part: Part<'_>) {
        part(self);
    }

    fn made(&mut self, _: &Property, _: &'static str) {}

    fn version(&mut self, _: &mut i64) {}
}
