//! `protocol::expression`: whatever is written in a mapping is read or refused with a place in it, and what was read is worth
//! something or fails with a sentence, in steps and octets that are counted.

use protocol::expression::{Effort, Expression};
use protocol::time::Time;
use serde_json::json;

pub fn check(input: &str) {
    let read = match Expression::parse(input) {
        Ok(read) => read,
        Err(why) => {
            assert!(why.position <= input.len() && !why.what.is_empty());
            return;
        }
    };
    assert_eq!(read.source(), input);
    // A name that is written as a text has its quotes twice.
    let stands = |(name, place): (&str, usize)| place < input.len() && (input.contains(name) || name.contains(['\'', '"']));
    assert!(read.names().into_iter().all(stands));
    let groups: Vec<String> = (0..50).map(|number| format!("CN=group {number},DC=example")).collect();
    let user = json!({ "name": { "given": "Ada", "family": "Byron" }, "days": 12, "groups": groups, "enabled": true });
    let root = json!({ "user": user });
    let now = Time::from_secs(1_700_000_000);
    let worth = read.evaluate(&root, now, &mut Effort::default());
    assert_eq!(worth, read.evaluate(&root, now, &mut Effort::default()));
    if let Ok(value) = worth {
        assert!(value.to_string().len() <= 4 * 1024 * 1024);
    }
}
