//! How many lists one owner may have under way: more wait, and not for long.
//!
//! Whoever is admitted stands in the line of the database's own lane, in the order of arrival. As nobody has more than a few
//! places in it, neither an owner nor an address, everybody's turn comes about as often.

use std::sync::Arc;
use std::time::Duration;

use admission::{Bounds, Claim, Gate, Level, Place, Seats};
use uuid::Uuid;

use crate::{Extent, Options, StoreError};

/// The lists that are under way.
#[derive(Debug)]
pub(crate) struct Shares {
    pages: Arc<Gate>,
    scans: Arc<Gate>,
}

/// A place among the owner's lists, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    _place: Place,
}

impl Shares {
    /// One owner alone may keep every thread or connection of short lists busy; whoever comes then waits for one of them, and not
    /// for all that the owner asked.
    pub(crate) fn of(options: &Options) -> Self {
        let pages = u32::try_from(options.pages.max(1)).unwrap_or(u32::MAX / OWNERS);
        Self { pages: gate(pages), scans: gate(SCANS) }
    }

    /// Takes one of the owner's places, or waits for one.
    ///
    /// # Errors
    /// [`StoreError::Crowded`] when none came free.
    pub(crate) async fn admit(&self, owner: Uuid, extent: Extent) -> Result<Share, StoreError> {
        let gate = match extent {
            Extent::Page => &self.pages,
            Extent::Scan => &self.scans,
        };
        let claim = Claim { environment: owner, ..admission::asking() };
        let place = admission::aside(gate.enter(claim)).await.map_err(|_| StoreError::Crowded)?;
        Ok(Share { _place: place })
    }

    /// How many were told to come back by a bound of this kind.
    pub(crate) fn turned_away(&self, by: Level) -> u64 {
        self.pages.turned_away(by) + self.scans.turned_away(by)
    }
}

/// So many places for each owner, and twice as many for an address, whoever's lists it asks for.
fn gate(each: u32) -> Arc<Gate> {
    let seats = Seats { all: OWNERS * each, reserved: each, environment: each, net: 2 * each, source: 2 * each };
    Gate::new(seats, WAITING, PATIENCE)
}

/// Those whose lists are under way beside each other.
const OWNERS: u32 = 4;
/// Who finds no place.
const WAITING: Bounds = Bounds { all: 512, environment: 128, net: 64, source: 32, alone: 128 };
/// Long lists of one owner at a time.
const SCANS: u32 = 2;
/// Longer than the two before take.
const PATIENCE: Duration = Duration::from_secs(3);

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
