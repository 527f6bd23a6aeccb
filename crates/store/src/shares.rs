//! How many long lists one owner may have under way: more wait, and not for long.
//!
//! Whoever is admitted stands in the line of the database's own lane, in the order of arrival. As nobody has more than a few
//! places in it, every owner's turn comes about as often.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::StoreError;

/// The owners that have long lists under way.
#[derive(Debug, Default)]
pub(crate) struct Shares(Mutex<HashMap<Uuid, Weak<Semaphore>>>);

/// A place among the owner's long lists, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    _permit: OwnedSemaphorePermit,
}

impl Shares {
    /// Takes one of the owner's places, or waits for one.
    ///
    /// # Errors
    /// [`StoreError::Crowded`] when none came free.
    pub(crate) async fn admit(&self, owner: Uuid) -> Result<Share, StoreError> {
        let places = self.places(owner);
        match tokio::time::timeout(PATIENCE, places.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Share { _permit: permit }),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(StoreError::Crowded),
        }
    }

    fn places(&self, owner: Uuid) -> Arc<Semaphore> {
        // Every change under the lock is whole.
        let mut owners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = owners.get(&owner).and_then(Weak::upgrade) {
            return places;
        }
        if owners.len() >= FORGET {
            owners.retain(|_, places| places.strong_count() > 0);
        }
        let places = Arc::new(Semaphore::new(PLACES));
        owners.insert(owner, Arc::downgrade(&places));
        places
    }
}

/// Long lists of one owner at a time.
const PLACES: usize = 2;
/// Longer than the two before take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Owners after which those without a list under way are forgotten.
const FORGET: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_owner_has_two_places_and_others_have_their_own() {
        let shares = Shares::default();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = shares.admit(one).await.unwrap();
        let _second = shares.admit(one).await.unwrap();
        assert_eq!(shares.admit(one).await.err(), Some(StoreError::Crowded));
        let _others = shares.admit(other).await.unwrap();
        drop(first);
        let _third = shares.admit(one).await.unwrap();
        assert_eq!(shares.admit(one).await.err(), Some(StoreError::Crowded));
    }
}
