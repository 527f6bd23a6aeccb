//! `…/flows/{id}`, `…/resume`, `…/signon`.

mod api;
mod pages;
mod password;
pub(crate) mod stage;
