//! How many lists one owner may have under way: more wait, and not for long.
//!
//! Whoever is admitted stands in the line of the database's own lane, in the order of arrival. As nobody has more than a few
//! places in it, every owner's turn comes about as often.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::{Extent, Options, StoreError};

/// The owners that have lists under way.
#[derive(Debug)]
pub(crate) struct Shares {
    /// Short lists of one owner at a time.
    pages: usize,
    owners: Mutex<HashMap<(Uuid, Extent), Weak<Semaphore>>>,
}

/// A place among the owner's lists, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    _permit: OwnedSemaphorePermit,
}

impl Shares {
    /// One owner alone may keep every thread or connection of short lists busy; whoever comes then waits for one of them, and not
    /// for all that the owner asked.
    pub(crate) fn of(options: &Options) -> Self {
        Self { pages: options.pages.max(1), owners: Mutex::default() }
    }

    /// Takes one of the owner's places, or waits for one.
    ///
    /// # Errors
    /// [`StoreError::Crowded`] when none came free.
    pub(crate) async fn admit(&self, owner: Uuid, extent: Extent) -> Result<Share, StoreError> {
        let places = self.places(owner, extent);
        match tokio::time::timeout(PATIENCE, places.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Share { _permit: permit }),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(StoreError::Crowded),
        }
    }

    fn places(&self, owner: Uuid, extent: Extent) -> Arc<Semaphore> {
        // Every change under the lock is whole.
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = owners.get(&(owner, extent)).and_then(Weak::upgrade) {
            return places;
        }
        if owners.len() >= FORGET {
            owners.retain(|_, places| places.strong_count() > 0);
        }
        let places = Arc::new(Semaphore::new(match extent {
            Extent::Page => self.pages,
            Extent::Scan => SCANS,
        }));
        owners.insert((owner, extent), Arc::downgrade(&places));
        places
    }
}

/// Long lists of one owner at a time.
const SCANS: usize = 2;
/// Longer than the two before take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Owners after which those without a list under way are forgotten.
const FORGET: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_owner_has_some_places_and_others_have_their_own() {
        let shares = Shares::of(&Options { pages: 3, ..Options::default() });
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (extent, places) in [(Extent::Scan, 2), (Extent::Page, 3)] {
            let mut held = Vec::new();
            for _ in 0..places {
                held.push(shares.admit(one, extent).await.unwrap());
            }
            assert_eq!(shares.admit(one, extent).await.err(), Some(StoreError::Crowded));
            let _others = shares.admit(other, extent).await.unwrap();
            drop(held.pop());
            held.push(shares.admit(one, extent).await.unwrap());
            assert_eq!(shares.admit(one, extent).await.err(), Some(StoreError::Crowded));
        }
    }
}
