//! The protocol endpoints as HTTP has them: each reads its request, asks the engine, and renders what is finished.

pub mod authorize;
pub mod challenge;
pub mod cors;
pub mod discovery;
mod form;
pub mod introspect;
pub mod jwks;
pub mod par;
pub mod register;
pub mod resource;
pub mod resume;
pub mod revoke;
pub mod session_frame;
pub mod signoff;
pub mod token;
pub mod userinfo;
