//! A clock that can be set, advanced, stopped and made to run at another rate.

use std::sync::{PoisonError, RwLock};

use protocol::time::Time;

/// The clock of one environment; as the machine's until it is told otherwise.
#[derive(Debug, Default)]
pub struct Clock {
    setting: RwLock<Option<Setting>>,
}

/// What a clock was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Setting {
    /// What the machine's showed then.
    since: Time,
    /// What it showed itself.
    from: Time,
    frozen: bool,
    rate: Rate,
}

/// How much of its time goes by in a second of the machine's, in millionths of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(u64);

/// What a clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub now: Time,
    pub frozen: bool,
    pub rate: Rate,
}

/// What is to become of a clock; of what is not said nothing changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    pub to: To,
    pub frozen: Option<bool>,
    pub rate: Option<Rate>,
}

/// Where the hands are put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum To {
    /// Where they are.
    #[default]
    Here,
    At(Time),
    /// So many microseconds further, or back.
    By(i64),
}

/// It would show a time before 1970 or after the year 9999: what is written then could not be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeyondTime;

impl Clock {
    /// What it shows while the machine's shows `now`.
    pub fn at(&self, now: Time) -> Time {
        self.shown(now).now
    }

    /// The same, and how it goes.
    pub fn shown(&self, now: Time) -> Shown {
        self.setting.read().unwrap_or_else(PoisonError::into_inner).map_or(Shown::machine(now), |set| set.shown(now))
    }

    /// Turns it while the machine's shows `now`. Returns what it showed before and what it shows from here.
    ///
    /// # Errors
    /// [`BeyondTime`]; then nothing changed.
    pub fn turn(&self, now: Time, turn: Turn) -> Result<(Shown, Shown), BeyondTime> {
        let mut setting = self.setting.write().unwrap_or_else(PoisonError::into_inner);
        let before = setting.map_or(Shown::machine(now), |set| set.shown(now));
        let after = before.turned(turn)?;
        if after != before {
            *setting = Some(Setting { since: now, from: after.now, frozen: after.frozen, rate: after.rate });
        }
        Ok((before, after))
    }

    /// Lets it show what it showed once, and go as it went, from now on: of an environment that is restored.
    pub fn put_back(&self, now: Time, shown: Shown) {
        let set = Setting { since: now, from: shown.now, frozen: shown.frozen, rate: shown.rate };
        *self.setting.write().unwrap_or_else(PoisonError::into_inner) = Some(set);
    }

    /// The machine's again.
    pub fn release(&self) {
        *self.setting.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether nobody ever told it anything.
    pub fn is_machines(&self) -> bool {
        self.setting.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

impl Setting {
    fn shown(self, now: Time) -> Shown {
        let Self { since, from, frozen, rate } = self;
        // The machine's may be put back: then this one stands until it is there again.
        let gone = if frozen { 0 } else { i128::from(now.0.saturating_sub(since.0).max(0)) * i128::from(rate.0) };
        let gone = i64::try_from(gone / i128::from(Rate::ONE.0)).unwrap_or(i64::MAX);
        Shown { now: Time(from.0.saturating_add(gone).min(LAST.0)), frozen, rate }
    }
}

impl Shown {
    fn machine(now: Time) -> Self {
        Self { now, frozen: false, rate: Rate::ONE }
    }

    fn turned(self, Turn { to, frozen, rate }: Turn) -> Result<Self, BeyondTime> {
        let now = match to {
            To::Here => self.now,
            To::At(time) => time,
            To::By(micros) => Time(self.now.0.checked_add(micros).ok_or(BeyondTime)?),
        };
        if !(FIRST..=LAST).contains(&now) {
            return Err(BeyondTime);
        }
        Ok(Self { now, frozen: frozen.unwrap_or(self.frozen), rate: rate.unwrap_or(self.rate) })
    }
}

impl Rate {
    /// As the machine's.
    pub const ONE: Self = Self(1_000_000);
    /// Eleven days in a second. What is faster passes everything by before anybody can look.
    pub const MOST: u32 = 1_000_000;

    /// So many seconds in one; None for less than none and more than [`Rate::MOST`].
    pub fn of(seconds: f64) -> Option<Self> {
        let fits = (0.0..=f64::from(Self::MOST)).contains(&seconds);
        fits.then(|| Self((seconds * 1e6).round() as u64))
    }

    /// Seconds in one of the machine's.
    pub fn seconds(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most a million millions")]
        let millionths = self.0 as f64;
        millionths / 1e6
    }
}

const FIRST: Time = Time(0);
/// The end of the year 9999.
const LAST: Time = Time(253_402_300_799_999_999);

#[cfg(test)]
mod tests;
