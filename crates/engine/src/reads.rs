//! The store's reading vocabulary for layers that may not name the store.

pub use store::{List, Options, Page, Reads, Revisions, Start, StoreError, VALUE_TAKEN, taken, within};
