//! Who is turned away most, in a few places (Metwally, Agrawal, El Abbadi: Space-Saving): whoever comes often is among them, and nobody
//! counts less than was counted.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Claim;

/// The claims that were counted most.
#[derive(Debug, Default)]
pub struct Heaviest {
    kept: Mutex<Vec<(Claim, u64)>>,
}

impl Heaviest {
    /// One more of this claim, which takes the place of whoever has least where there is none.
    pub fn add(&self, claim: Claim) {
        let mut kept = self.kept();
        if let Some((_, count)) = kept.iter_mut().find(|(known, _)| *known == claim) {
            *count += 1;
        } else if kept.len() < PLACES {
            kept.push((claim, 1));
        } else if let Some(least) = kept.iter_mut().min_by_key(|(_, count)| *count) {
            *least = (claim, least.1 + 1);
        }
    }

    /// Each with its count, which is too high by no more than the least of them.
    pub fn list(&self) -> Vec<(Claim, u64)> {
        self.kept().clone()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(Claim, u64)>> {
        // Every change under the lock is whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const PLACES: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        /// F15: whoever has more than a seventeenth of all is told of, and there are never more than a few.
        #[test]
        fn whoever_comes_often_is_told_of(who in proptest::collection::vec(0..200_u128, 0..600), flooder in 0..200_u128) {
            let heaviest = Heaviest::default();
            let claim = |number| Claim { environment: Uuid::from_u128(number), ..Claim::default() };
            let all: Vec<u128> = who.iter().flat_map(|one| [*one, flooder]).collect();
            for one in &all {
                heaviest.add(claim(*one));
            }
            let list = heaviest.list();
            prop_assert!(list.len() <= PLACES);
            prop_assert_eq!(list.iter().map(|(_, count)| count).sum::<u64>(), all.len() as u64);
            let count = all.iter().filter(|one| **one == flooder).count() as u64;
            prop_assert!(count == 0 || list.iter().any(|(one, told)| *one == claim(flooder) && *told >= count));
        }
    }
}
