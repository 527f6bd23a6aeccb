//! The management API over HTTP, as an administrator's worker uses it.

mod activities;
mod applications;
mod conditions;
mod contract;
mod environments;
mod grants;
mod groups;
mod held;
mod lists;
mod migrated;
mod new_keys;
mod passwords;
mod populations;
mod requests;
mod roles;
mod secrets;
mod tokens;
mod users;
mod writers;
