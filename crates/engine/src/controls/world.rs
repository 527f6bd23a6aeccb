//! What a developer's server knows of a world beside what its database says: which application administers it, and the passwords that it
//! made users with.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::id::{ApplicationId, UserId};
use protocol::model::User;
use protocol::secret::Secret;
use protocol::time::Time;

use super::clock::Turn;
use crate::bootstrap::dev;

/// In memory alone.
#[derive(Debug, Default)]
pub struct Known(Mutex<Of>);

#[derive(Debug, Default)]
struct Of {
    worker: Option<ApplicationId>,
    /// What its clock was told when it was made.
    turn: Option<Turn>,
    /// With the time at which each was set: a password that was set later is another.
    passwords: HashMap<UserId, (Time, Secret)>,
}

impl Known {
    pub fn administered_by(&self, worker: ApplicationId) {
        self.of().worker = Some(worker);
    }

    pub fn worker(&self) -> Option<ApplicationId> {
        self.of().worker
    }

    pub fn begins_at(&self, turn: Turn) {
        self.of().turn = Some(turn);
    }

    pub fn beginning(&self) -> Option<Turn> {
        self.of().turn
    }

    /// That the user has this password, which was set when it says.
    pub fn keep_password(&self, user: UserId, changed_at: Time, password: Secret) {
        self.of().passwords.insert(user, (changed_at, password));
    }

    /// The password, where it is still the one that the user was made with.
    pub fn password(&self, user: &User) -> Option<Secret> {
        let state = user.password.as_ref()?;
        if state.hash == dev::PASSWORD_HASH {
            return Some(Secret::new(dev::PASSWORD.to_owned()));
        }
        let of = self.of();
        let (changed_at, password) = of.passwords.get(&user.id)?;
        (*changed_at == state.changed_at).then(|| password.clone())
    }

    fn of(&self) -> MutexGuard<'_, Of> {
        // Every change under the lock is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
