//! The authorization endpoint: which requests become a flow, and which are refused where (RFC 6749 §4.1, OIDC Core §3.1.2).

mod request;

pub use request::{AuthorizationRequest, Prompt, ResponseMode};
