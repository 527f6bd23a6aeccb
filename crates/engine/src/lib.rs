//! One function per endpoint: load the facts, let the protocol decide, commit, hand back what may be answered.
//!
//! Knows no HTTP type, no HTML and no JSON shape. The only clock and the only randomness of the server are in [`world`].

pub mod administrators;
mod allowance;
pub mod app;
pub mod audit;
pub mod authorize;
mod background;
pub mod backup;
pub mod bootstrap;
mod brought;
mod budget;
mod call;
pub mod descriptors;
pub mod failure;
pub mod fetch;
pub mod finish;
pub mod flow;
mod followed;
pub mod grants;
pub mod groups;
pub mod housekeeping;
pub mod import;
pub mod introspect;
mod kept;
pub mod keys;
pub mod lint;
pub mod logout;
pub mod manage;
pub mod master_key;
pub mod metadata;
pub mod noted;
pub mod par;
pub mod password;
pub mod reads;
pub mod refuse;
pub mod register;
pub mod resource;
pub mod respond;
pub mod resume;
pub mod revoke;
pub mod rotation;
pub mod signoff;
pub mod site;
pub mod tenant;
pub mod token;
pub mod turns;
pub mod unused;
pub mod userinfo;
pub mod world;

pub use allowance::Allowance;
pub use app::{App, Ask, Config, Mount};
pub use failure::{Failure, Fault};
pub use finish::{Failed, Finished};
pub use site::{Layout, Site};
pub use tenant::Tenant;
