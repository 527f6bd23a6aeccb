//! The rules of the authorization server: what OAuth 2.0, OpenID Connect and the PingOne contract say about a request.
//!
//! Nothing here reads a clock, a file, the network or the database. A caller loads the facts, a function here decides,
//! and the decision names the [`change::Change`]s that make it true. Time and randomness arrive in [`ctx::Ctx`].

pub mod audit;
pub mod authorization;
pub mod authorize;
pub mod basic;
pub mod change;
pub mod claims;
pub mod client;
pub mod client_auth;
pub mod confirmation;
pub mod consent;
pub mod cookie;
pub mod ctx;
pub mod details;
pub mod discovery;
pub mod dpop;
pub mod expression;
pub mod filter;
pub mod flow;
pub mod grant;
pub mod id;
pub mod lint;
pub mod logout;
pub mod mailed;
pub mod mapping;
pub mod model;
pub mod multipart;
pub mod mutual_tls;
pub mod name;
pub mod names;
pub mod origin;
pub mod outgoing;
pub mod params;
pub mod pkce;
pub mod policy;
pub mod refusal;
pub mod registration;
pub mod revocation;
pub mod rotation;
pub mod scope;
pub mod sealed;
pub mod secret;
pub mod session_state;
pub mod step_up;
pub mod time;
pub mod token;
pub mod told;
pub mod uri;
