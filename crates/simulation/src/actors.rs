//! Who acts: people and their clients, whoever shows once what may be shown once, a client that people are asked about, administrators,
//! whoever tries what is over, and the one who plans misfortune.

pub(crate) mod administrator;
pub(crate) mod chaos;
pub(crate) mod client;
pub(crate) mod once;
pub(crate) mod prober;
pub(crate) mod sign_on;
pub(crate) mod stranger;
