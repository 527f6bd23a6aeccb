//! Whom a world signs on without a form: the person that its settings name, or whom the request hints at.

use std::sync::{PoisonError, RwLock};

use protocol::model::User;
use protocol::name::{typed_username, username_key};

use crate::call::Call;

/// Settings of a world that no environment has.
#[derive(Debug, Default)]
pub struct SignOn {
    now: RwLock<Settings>,
    /// Those that the world was made with.
    made: RwLock<Settings>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The username of who signs on at once.
    pub auto_sign_on: Option<String>,
    /// Whether a `login_hint` names who does; it comes first.
    pub login_hint_signs_on: bool,
}

impl SignOn {
    pub fn settings(&self) -> Settings {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set(&self, settings: Settings) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// Those of a world that is made: its reset leaves it with them.
    pub fn begin(&self, settings: Settings) {
        self.set(settings.clone());
        *self.made.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    pub(super) fn reset(&self) {
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.set(made);
    }

    /// The username of who signs on to a request with this `login_hint`; None where somebody has to.
    pub fn named(&self, login_hint: Option<&str>) -> Option<String> {
        let settings = self.now.read().unwrap_or_else(PoisonError::into_inner);
        let hint = login_hint.filter(|hint| settings.login_hint_signs_on && !hint.is_empty());
        hint.map(str::to_owned).or_else(|| settings.auto_sign_on.clone())
    }
}

/// Whether nobody else is to sign on to a request with this `login_hint`.
pub(crate) fn is_named(call: &Call<'_>, login_hint: Option<&str>, user: &User) -> bool {
    let control = call.app.controls.as_ref().and_then(|controls| controls.find(call.environment()));
    let named = control.and_then(|control| control.sign_on.named(login_hint));
    named.is_none_or(|named| username_key(typed_username(&named)) == username_key(&user.username))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_comes_first_where_it_counts() {
        let world = SignOn::default();
        assert_eq!(world.named(Some("a")), None);
        world.set(Settings { auto_sign_on: Some("b".into()), login_hint_signs_on: false });
        assert_eq!(world.named(Some("a")).as_deref(), Some("b"));
        world.set(Settings { auto_sign_on: Some("b".into()), login_hint_signs_on: true });
        assert_eq!((world.named(Some("a")).as_deref(), world.named(None).as_deref()), (Some("a"), Some("b")));
        assert_eq!(world.named(Some("")).as_deref(), Some("b"));
        world.reset();
        assert_eq!(world.settings(), Settings::default());
    }
}
