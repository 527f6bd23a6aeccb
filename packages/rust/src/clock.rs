//! The clock of a world.

use std::time::{Duration, SystemTime};

use hyper::Method;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::{Call, World};

/// The clock of a world; each of its controls tells what it shows then.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a>(&'a World);

/// What a clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ClockState {
    #[serde(deserialize_with = "time")]
    pub now: SystemTime,
    /// Whether it stands still.
    pub frozen: bool,
    /// The number of seconds in one of the machine's.
    pub rate: f64,
}

impl<'a> Clock<'a> {
    pub(crate) fn of(world: &'a World) -> Self {
        Self(world)
    }

    /// What it shows.
    pub fn get(self) -> Call<ClockState> {
        self.0.call(Method::GET, "/clock", Ok(None))
    }

    /// Turns it to a time.
    pub fn set(self, now: SystemTime) -> Call<ClockState> {
        self.turn(json!({ "now": stamp(now) }))
    }

    /// Turns it so much further; everything of the world is older by that.
    pub fn advance(self, by: Duration) -> Call<ClockState> {
        self.turn(json!({ "advance": by.as_secs_f64() }))
    }

    /// Turns it so much back.
    pub fn back(self, by: Duration) -> Call<ClockState> {
        self.turn(json!({ "advance": -by.as_secs_f64() }))
    }

    /// Stops it.
    pub fn freeze(self) -> Call<ClockState> {
        self.turn(json!({ "frozen": true }))
    }

    /// Lets it go on.
    pub fn unfreeze(self) -> Call<ClockState> {
        self.turn(json!({ "frozen": false }))
    }

    /// Makes it so many times as fast as the machine's.
    pub fn rate(self, rate: f64) -> Call<ClockState> {
        self.turn(json!({ "rate": rate }))
    }

    fn turn(self, change: Value) -> Call<ClockState> {
        self.0.call(Method::PUT, "/clock", Ok(Some(change)))
    }
}

/// A time as the controls take it (RFC 3339), in milliseconds. What no calendar has is refused by them.
pub(crate) fn stamp(time: SystemTime) -> String {
    Timestamp::try_from(time).map_or_else(|_| "beyond all times".into(), |time| format!("{time:.3}"))
}

/// A time as the controls tell it.
pub(crate) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
    let text = String::deserialize(from)?;
    text.parse::<Timestamp>().map(Into::into).map_err(serde::de::Error::custom)
}

/// The same, where there may be none.
pub(crate) fn time_if_told<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SystemTime>, D::Error> {
    time(from).map(Some)
}
