//! The management API over HTTP, as an administrator's worker uses it.

mod activities;
mod applications;
mod conditions;
mod contract;
mod environments;
mod grants;
mod groups;
pub(crate) mod held;
mod last;
mod licences;
mod lists;
mod migrated;
mod new_keys;
mod own;
mod passwords;
mod populations;
mod requests;
mod retention;
mod role_rules;
mod roles;
mod secrets;
mod siblings;
mod sign_on_policies;
mod tokens;
mod users;
mod writers;
