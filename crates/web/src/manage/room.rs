//! How many objects of a kind there may be: looked at before one is made, and once more where it is committed.

use engine::manage::Authorized;
use protocol::change::{Absence, Change};
use protocol::id::EnvironmentId;
use protocol::model::{Group, Kept};
use uuid::Uuid;

/// While half of the `most` are there, counts those who make one at once one after the other. As long as there are few nobody waits.
///
/// `there`: how many were found in the environment, or under `parent` in it.
pub(super) fn hold<T: Kept>(by: &Authorized, within: (EnvironmentId, Option<Uuid>), there: usize, most: usize) {
    if there.saturating_mul(2) >= most {
        let ((environment, parent), most) = (within, i64::try_from(most).unwrap_or(i64::MAX));
        by.expect(Change::Absent(Absence::Most { of: T::KIND, environment, parent, most }));
    }
}

/// The same for groups that have a filter.
pub(super) fn hold_filtered(by: &Authorized, group: &Group, there: usize, most: usize) {
    if there.saturating_mul(2) >= most {
        let (environment, beside) = (group.environment, group.id);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        by.expect(Change::Absent(Absence::MostFiltered { environment, beside, most }));
    }
}
