//! Points in time as the whole product keeps them: microseconds since the Unix epoch, in UTC.

/// A point in time. Read once per request by the engine and carried in [`crate::ctx::Ctx`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

impl Time {
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(MICROS))
    }

    /// Whole seconds since the epoch, as `iat` and `exp` count them (RFC 7519 §2, NumericDate).
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The same time without what milliseconds cannot show, so that what is stored equals what was answered.
    #[must_use]
    pub const fn to_millis(self) -> Self {
        Self(self.millis() * 1_000)
    }

    #[must_use]
    pub const fn plus(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(MICROS)))
    }

    /// Seconds from `earlier` until this time; negative when it came before.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0) / MICROS
    }
}

const MICROS: i64 = 1_000_000;
