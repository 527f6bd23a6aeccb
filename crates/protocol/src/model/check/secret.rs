//! The body of `POST …/secret`: how long the secret before stays usable (the contract §2.3).

use serde_json::{Map, Value, json};

use super::Fields;
use crate::refusal::Refused;
use crate::time::Time;

/// Reads until when the previous secret authenticates; None: it ends at once.
pub fn read(body: &Map<String, Value>, now: Time) -> Result<Option<Time>, Refused> {
    let mut fields = Fields::new(body);
    let until = fields.within("previous", |previous| {
        let text = previous.string("expiresAt");
        let until = previous.require("expiresAt", text).map(Time::parse)?;
        let Some(until) = until else {
            previous.fault(
                "INVALID_VALUE",
                "expiresAt",
                "must be a date and time such as 2026-01-31T12:00:00.000Z",
                None,
            );
            return None;
        };
        if until < now.plus(SHORTEST) || until > now.plus(LONGEST) {
            let range = json!({ "rangeMinimumValue": SHORTEST, "rangeMaximumValue": LONGEST });
            previous.fault(
                "OUT_OF_RANGE",
                "expiresAt",
                "must be 1 minute to 30 days ahead (the range is in seconds)",
                Some(range),
            );
        }
        Some(until)
    });
    fields.finish(until.flatten())
}

const SHORTEST: i64 = 60;
const LONGEST: i64 = 30 * 86_400;
