//! A row of the modelled store: the real value, shared by all states that hold it, with a hash of everything in it.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use protocol::change::{AccessToken, Code, Family, PushedRequest, RefreshToken};
use protocol::consent::Consent;
use protocol::flow::Flow;
use protocol::model::{Session, SigningKeyRecord, User};

#[derive(Debug)]
pub(crate) struct Row<T> {
    print: u64,
    value: Arc<T>,
}

/// What of a value its `Debug` does not show: it hides secrets.
pub(crate) trait Hidden: Debug {
    fn hidden(&self, hasher: &mut DefaultHasher);
}

impl<T: Hidden> Row<T> {
    pub(crate) fn new(value: T) -> Self {
        let mut hasher = DefaultHasher::new();
        // Whatever is added to a row is told apart without anybody having to remember it here.
        format!("{value:?}").hash(&mut hasher);
        value.hidden(&mut hasher);
        Self { print: hasher.finish(), value: Arc::new(value) }
    }

    /// The row with something of it changed.
    pub(crate) fn with(&self, change: impl FnOnce(&mut T)) -> Self
    where
        T: Clone,
    {
        let mut value = T::clone(&self.value);
        change(&mut value);
        Self::new(value)
    }
}

impl<T: Clone> Row<T> {
    pub(crate) fn clone_value(&self) -> T {
        T::clone(&self.value)
    }
}

impl<T> Clone for Row<T> {
    fn clone(&self) -> Self {
        Self { print: self.print, value: self.value.clone() }
    }
}

impl<T> Deref for Row<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Hash for Row<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.print);
    }
}

impl<T> PartialEq for Row<T> {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

impl Hidden for User {
    fn hidden(&self, hasher: &mut DefaultHasher) {
        if let Some(password) = &self.password {
            (&password.hash, password.changed_at).hash(hasher);
        }
    }
}

impl Hidden for Session {
    fn hidden(&self, hasher: &mut DefaultHasher) {
        self.token.hash(hasher);
    }
}

impl Hidden for Flow {
    fn hidden(&self, hasher: &mut DefaultHasher) {
        self.browser.hash(hasher);
    }
}

impl Hidden for Code {
    fn hidden(&self, hasher: &mut DefaultHasher) {
        self.hash.hash(hasher);
    }
}

impl Hidden for RefreshToken {
    fn hidden(&self, hasher: &mut DefaultHasher) {
        self.hash.hash(hasher);
    }
}

impl Hidden for AccessToken {
    fn hidden(&self, hasher: &mut DefaultHasher) {
        self.hash.hash(hasher);
    }
}

/// Nothing of it is hidden.
impl Hidden for Family {
    fn hidden(&self, _: &mut DefaultHasher) {}
}

impl Hidden for SigningKeyRecord {
    fn hidden(&self, _: &mut DefaultHasher) {}
}

impl Hidden for PushedRequest {
    fn hidden(&self, hasher: &mut DefaultHasher) {
        (&self.hash, &self.issuer, &self.parameters).hash(hasher);
    }
}

impl Hidden for Consent {
    fn hidden(&self, _: &mut DefaultHasher) {}
}
