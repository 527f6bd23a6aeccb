//! The reads, one file per noun. Each takes the environment first.

mod activities;
mod applications;
mod counts;
mod environments;
mod exchange;
mod groups;
mod housekeeping;
mod objects;
mod recount;
mod sealed;
mod sign_on;
mod tokens;
mod users;

pub(crate) use environments::with_status;
pub use exchange::{IssuedCode, IssuedRefreshToken};
pub use groups::Nesting;
pub(crate) use groups::chains;
#[cfg(test)]
pub(crate) use housekeeping::FAMILIES;
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
            Err(StoreError::Corrupt(what)) => {
                let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
                if told.insert(what.clone()) {
                    tracing::warn!(what, "a list leaves out what this version cannot read");
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// The texts name kinds of values, so there are few.
static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn time(row: &Row, index: usize) -> Result<Time, StoreError> {
    row.i64(index).map(Time)
}

fn opt_time(row: &Row, index: usize) -> Result<Option<Time>, StoreError> {
    Ok(row.opt_i64(index)?.map(Time))
}
