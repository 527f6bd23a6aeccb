//! Values of every model. The bare ones have nothing optional, the full ones everything.
//!
//! No literal ends in `..`: a new member does not compile until somebody says what it is here.

mod configuration;
mod described;
mod grants;
mod people;
mod unused;

use protocol::confirmation::Thumbprint;
use protocol::id::EnvironmentId;
use protocol::time::Time;
use store::List;
use uuid::Uuid;

pub(crate) use configuration::*;
pub(crate) use described::*;
pub(crate) use grants::*;
pub(crate) use people::*;

pub(crate) const NOW: Time = Time(1_800_000_000_123_000);
/// Two environments of two organizations whose rows have the same ids in everything else.
pub(crate) const HERE: EnvironmentId = EnvironmentId::new(uuid(0xe1));
pub(crate) const THERE: EnvironmentId = EnvironmentId::new(uuid(0xe2));

/// A list that is not paged.
pub(crate) const WHOLE: List = List { filter: None, after: None, limit: 100 };

pub(crate) const fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(0x5eed_0000_0000_4000_8000_0000_0000_0000 + number)
}

/// Text that breaks what is put together from text, counts octets for characters, or folds case.
pub(crate) const HOSTILE: &str = "'; DROP TABLE users; -- \"%_!$1\\ İß 𝔘😀";

#[expect(clippy::unnecessary_wraps, reason = "every optional member of the full values says so")]
pub(crate) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Of some key.
fn thumbprint() -> Thumbprint {
    Thumbprint::parse(&"k".repeat(43)).unwrap()
}

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
