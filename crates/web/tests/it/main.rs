//! The server over HTTP, in one process and with a clock that tests turn.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod attacks;
mod authorize;
mod described;
mod explain;
mod faces;
mod flow;
mod front;
mod manage;
mod recorded;
mod seeds;
mod signoff;
mod token;
