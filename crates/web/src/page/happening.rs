//! Decides how pages of `grantor dev` show what happens: requests as they come, a world's clock, what was sent to people.

use askama::Template;

use super::{Locale, Rendered, Theme};

/// A request that a world was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The world's name.
    pub world: &'a str,
    pub world_url: &'a str,
    /// When, by the world's clock (RFC 3339).
    pub at: &'a str,
    pub method: &'a str,
    /// Below the world.
    pub path: &'a str,
    /// As it was asked for.
    pub whole: &'a str,
    /// None where the connection was dropped.
    pub status: Option<u16>,
    /// The rule that refused it, and its sentence.
    pub refused: Option<(&'a str, &'a str)>,
    pub client: Option<&'a str>,
}

/// What the clock of a world shows.
#[derive(Debug, Clone, Copy)]
pub struct ClockView<'a> {
    /// The world's name.
    pub world: &'a str,
    /// Seconds since 1970.
    pub now: i64,
    /// The same for programs (RFC 3339).
    pub stamp: &'a str,
    pub going: Going<'a>,
    /// Where it is turned.
    pub url: &'a str,
    /// The page to come back to.
    pub from: &'a str,
}

/// How a clock goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Going<'a> {
    /// As the machine's, and shows the same.
    Machine,
    /// As fast as the machine's.
    Apart,
    Frozen,
    /// So many seconds in one.
    Rate(&'a str),
}

/// Something that was sent to somebody of a world.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    pub at: &'a str,
    /// "email", "sms", "push".
    pub means: &'a str,
    pub to: &'a str,
    pub subject: Option<&'a str>,
    pub text: &'a str,
    pub code: Option<&'a str>,
}

/// The parts of [`Happening`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Log,
    Clock,
    Outbox,
}

/// What happens, as pages include it; one part of it alone is what their script puts into them.
#[derive(Debug, Clone, Copy)]
pub struct Happening<'a> {
    /// The newest first.
    pub asked: &'a [Asked<'a>],
    /// Whether they are of several worlds.
    pub mixed: bool,
    pub clock: ClockView<'a>,
    /// The newest first.
    pub outbox: &'a [Letter<'a>],
    /// Where its parts are told alone: [`Part::name`] is to be appended.
    pub part_url: &'a str,
}

/// Where the script hears that something happened.
pub(super) const EVENTS: &str = "/dev/v1/events";

#[derive(Debug, Template)]
#[template(path = "log.html")]
struct Log<'a> {
    locale: Locale,
    happening: Happening<'a>,
}

#[derive(Debug, Template)]
#[template(path = "clock.html")]
struct Clock<'a> {
    locale: Locale,
    happening: Happening<'a>,
}

#[derive(Debug, Template)]
#[template(path = "outbox.html")]
struct Outbox<'a> {
    locale: Locale,
    happening: Happening<'a>,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Log, Self::Clock, Self::Outbox];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Clock => "clock",
            Self::Outbox => "outbox",
        }
    }
}

impl Happening<'_> {
    pub fn render_part(self, part: Part, locale: Locale) -> Rendered {
        let theme = Theme::default();
        let happening = self;
        match part {
            Part::Log => Rendered::of(&Log { locale, happening }, &theme, None),
            Part::Clock => Rendered::of(&Clock { locale, happening }, &theme, None),
            Part::Outbox => Rendered::of(&Outbox { locale, happening }, &theme, None),
        }
    }

    pub(super) fn url_of(&self, part: &str) -> String {
        format!("{}{part}", self.part_url)
    }
}

impl Asked<'_> {
    /// The time of day.
    pub(super) fn time(&self) -> &str {
        time_of(self.at)
    }

    /// How it reads at a glance, beside the number.
    pub(super) fn class(&self) -> &'static str {
        match self.status {
            Some(..400) => "good",
            Some(_) => "bad",
            None => "caution",
        }
    }
}

impl Letter<'_> {
    pub(super) fn time(&self) -> &str {
        time_of(self.at)
    }
}

impl ClockView<'_> {
    pub(super) fn moment(&self, locale: Locale) -> String {
        locale.moment(self.now).unwrap_or_default()
    }

    pub(super) fn going(&self, locale: Locale) -> String {
        match self.going {
            Going::Machine => locale.text("clock-machine"),
            Going::Apart => locale.text("clock-apart"),
            Going::Frozen => locale.text("clock-frozen"),
            Going::Rate(rate) => locale.with("clock-rate", "rate", rate),
        }
    }
}

fn time_of(stamp: &str) -> &str {
    stamp.split_once('T').and_then(|(_, time)| time.get(..8)).unwrap_or(stamp)
}
