//! The two faces of a sign-on flow: PingOne's JSON and the hosted pages.

pub mod cookies;
pub mod json;
pub mod page;

pub(crate) mod csrf;
pub(crate) mod ending;
mod guesses;
pub(crate) mod html;
mod recovery;
pub(crate) mod respond;
mod rules;
pub(crate) mod vouched;
