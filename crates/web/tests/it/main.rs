//! The server over HTTP, in one process and with a clock that tests turn.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod authorize;
mod flow;
mod manage;
mod signoff;
mod token;
