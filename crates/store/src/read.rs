//! The reads, one file per noun. Each takes the environment first.

mod activities;
mod applications;
mod environments;
mod exchange;
mod housekeeping;
mod sign_on;
mod tokens;
mod users;

pub(crate) use environments::{key_body, with_status};
pub use exchange::{IssuedCode, IssuedRefreshToken};
pub(crate) use users::user_body;

use protocol::time::Time;

use crate::shape::Shape;
use crate::{Row, StoreError};

/// The JSON body in column `index`.
fn body<T: Shape>(row: &Row, index: usize) -> Result<T, StoreError> {
    T::read(row.text(index)?)
}

fn bodies<T: Shape>(rows: &[Row]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(|row| body(row, 0)).collect()
}

fn time(row: &Row, index: usize) -> Result<Time, StoreError> {
    row.i64(index).map(Time)
}

fn opt_time(row: &Row, index: usize) -> Result<Option<Time>, StoreError> {
    Ok(row.opt_i64(index)?.map(Time))
}
