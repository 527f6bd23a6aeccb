//! The server over HTTP, in one process and with a clock that tests turn.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod access;
mod admission;
mod attacks;
mod authorize;
mod client_documents;
mod consent;
mod controls;
mod described;
mod dpop;
mod explain;
mod faces;
mod failover;
mod fapi;
mod flow;
mod front;
mod logout;
mod manage;
mod mcp;
mod mtls;
mod newer;
mod par;
mod purge;
mod recorded;
mod registration;
mod response;
mod seeds;
mod session_management;
mod signoff;
mod token;
