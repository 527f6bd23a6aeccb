//! The table of refusals, put together of the rows of each file below.

mod access;
mod authorize;
mod client;
mod dpop;
mod grant;
mod mutual_tls;
mod request;
mod server;
mod sign_on;

use super::{Reason, Row};

/// Each row at the place of its reason. A reason without a row, or with two, does not compile.
pub(super) const TABLE: &[Row; Reason::ALL.len()] = &whole();

#[expect(clippy::large_stack_arrays, reason = "the compiler computes it")]
const fn whole() -> [Row; Reason::ALL.len()] {
    let mut rows = [None; Reason::ALL.len()];
    let mut part = 0;
    while part < PARTS.len() {
        let mut at = 0;
        while at < PARTS[part].len() {
            let row = PARTS[part][at];
            assert!(rows[row.reason as usize].is_none(), "a reason has two rows");
            rows[row.reason as usize] = Some(row);
            at += 1;
        }
        part += 1;
    }
    let mut table = [PARTS[0][0]; Reason::ALL.len()];
    let mut at = 0;
    while at < table.len() {
        match rows[at] {
            Some(row) => table[at] = row,
            None => panic!("a reason has no row"),
        }
        at += 1;
    }
    table
}

const PARTS: [&[Row]; 9] = [
    access::ROWS,
    authorize::ROWS,
    client::ROWS,
    dpop::ROWS,
    grant::ROWS,
    mutual_tls::ROWS,
    request::ROWS,
    server::ROWS,
    sign_on::ROWS,
];
