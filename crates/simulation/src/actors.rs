//! Who acts: people and their clients, administrators, whoever tries what is over, and the one who plans misfortune.

pub(crate) mod administrator;
pub(crate) mod chaos;
pub(crate) mod client;
pub(crate) mod prober;
pub(crate) mod sign_on;
