//! The reads, one file per noun. Each takes the environment first.

mod activities;
mod applications;
mod consents;
mod counts;
mod environments;
mod exchange;
mod filters;
mod groups;
mod housekeeping;
mod identities;
mod left;
mod logout;
mod mailed;
mod objects;
mod recount;
mod roles;
mod sealed;
mod sign_on;
mod tokens;
mod users;

pub use applications::UnusedClient;
pub(crate) use environments::with_status;
pub use exchange::{IssuedCode, IssuedRefreshToken};
#[cfg(test)]
pub(crate) use filters::Filters;
pub(crate) use filters::{ByEnvironment, Kept, Met};
pub(crate) use groups::chains;
pub use groups::{GroupNamed, Nesting};
pub use housekeeping::Revisions;
pub use sealed::SealedWalk;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use protocol::time::Time;

use crate::shape::Shape;
use crate::{Row, StoreError};

/// The JSON body in column `index`.
fn body<T: Shape>(row: &Row, index: usize) -> Result<T, StoreError> {
    T::read(row.text(index)?)
}

/// The rows of a list that this version can read. What it cannot was stored by a newer one, and hides nothing else; each kind
/// of it is logged once.
pub(crate) fn readable<T>(rows: impl Iterator<Item = Result<T, StoreError>>) -> Result<Vec<T>, StoreError> {
    let mut read = Vec::new();
    for row in rows {
        match row {
            Ok(value) => read.push(value),
            Err(StoreError::Unreadable(what)) => {
                if is_news(&what) {
                    tracing::warn!(what, "a list leaves out what this version cannot read");
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Whether this was not asked of it before: what a newer process stored is met with every request, and told of once.
pub fn is_news(what: &str) -> bool {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    !told.contains(what) && told.insert(what.to_owned())
}

/// The texts name kinds of values, so there are few.
static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn time(row: &Row, index: usize) -> Result<Time, StoreError> {
    row.i64(index).map(Time)
}

fn opt_time(row: &Row, index: usize) -> Result<Option<Time>, StoreError> {
    Ok(row.opt_i64(index)?.map(Time))
}
