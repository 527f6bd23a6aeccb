//! `protocol::id` against the reader of `uuid`: an id has one text.

use protocol::id::{UserId, canonical};
use uuid::Uuid;

pub fn check(text: &str) {
    let read = canonical(text);
    let slow = Uuid::parse_str(text).ok().filter(|id| id.hyphenated().to_string() == text);
    assert_eq!(read, slow);
    assert_eq!(UserId::parse(text).map(|id| id.to_string()).as_deref(), read.map(|_| text));
}
