//! Decides the front page of `grantor dev`: what runs, the way to try it and to connect an application, every id and
//! secret, requests to paste, and why the last requests were refused.

use askama::Template;

use super::{ConnectForm, Happening, Locale, Rendered, Theme, Told, WorldView};

/// The page at `/` of `grantor dev`. It shows secrets, which are documented constants.
#[derive(Debug, Template)]
#[template(path = "dev.html")]
pub struct DevFront<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    /// Version of the binary.
    pub version: &'a str,
    /// The store in words, "SQLite, in memory".
    pub store: &'a str,
    /// The origin, `http://localhost:8085`.
    pub public_url: &'a str,
    /// Whether it shows and does what is for this machine and for who shows the control key.
    pub open: bool,
    /// The seeded ones, then those that were made last.
    pub worlds: &'a [WorldView<'a>],
    /// How many there are in all.
    pub worlds_total: u32,
    /// None where only who shows the control key may see it and make worlds.
    pub happening: Option<Happening<'a>>,
    /// Ids and secrets, in groups.
    pub values: &'a [ValueGroup<'a>],
    /// Requests to paste into a terminal.
    pub requests: &'a [RequestView<'a>],
    /// Where "Try it" leads.
    pub try_url: &'a str,
    pub connect: ConnectForm<'a>,
    /// Seconds since 1970.
    pub now: i64,
    pub refusals: Refusals<'a>,
    /// Where the script looks for new refusals, if these are the newest; there they are [`RefusalList`] alone.
    pub live_url: Option<&'a str>,
    /// Label and address.
    pub docs: &'a [(&'a str, &'a str)],
}

/// The refusals of [`DevFront`] alone, as the script puts them into the page.
#[derive(Debug, Template)]
#[template(path = "refusals.html")]
pub struct RefusalList<'a> {
    pub locale: Locale,
    pub now: i64,
    pub refusals: Refusals<'a>,
}

/// One page of the refusals, newest first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Refusals<'a> {
    pub items: &'a [RefusalView<'a>],
    pub newer_url: Option<&'a str>,
    pub older_url: Option<&'a str>,
}

/// Values that belong together, such as those of one application.
#[derive(Debug, Clone, Copy)]
pub struct ValueGroup<'a> {
    pub title: &'a str,
    pub values: &'a [DevValue<'a>],
}

/// A value under its variable name, `sharedWebAppID`.
#[derive(Debug, Clone, Copy)]
pub struct DevValue<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

/// A request to paste.
#[derive(Debug, Clone, Copy)]
pub struct RequestView<'a> {
    pub title: &'a str,
    /// The whole command.
    pub command: &'a str,
}

/// A refusal with its explanation, as `grantor explain` tells it; never a secret.
#[derive(Debug, Clone, Copy)]
pub struct RefusalView<'a> {
    /// Seconds since 1970.
    pub at: i64,
    pub correlation_id: &'a str,
    /// The rule's name.
    pub reason: &'a str,
    /// One sentence; empty for a reason of a newer version.
    pub explanation: &'a str,
    pub told: Told<'a>,
}

impl DevFront<'_> {
    /// The page. Its script asks this server for new refusals.
    pub fn render(&self) -> Rendered {
        Rendered { asks: true, ..Rendered::of(self, self.theme, None) }
    }

    fn moment(&self, seconds: i64) -> String {
        self.locale.moment(seconds).unwrap_or_default()
    }

    fn ago(&self, seconds: i64) -> String {
        self.locale.distance(seconds, self.now)
    }
}

impl RefusalList<'_> {
    /// The part of the page.
    pub fn render_part(&self) -> Rendered {
        Rendered::of(self, &Theme::default(), None)
    }

    fn moment(&self, seconds: i64) -> String {
        self.locale.moment(seconds).unwrap_or_default()
    }

    fn ago(&self, seconds: i64) -> String {
        self.locale.distance(seconds, self.now)
    }
}

impl RefusalView<'_> {
    fn sentence(&self) -> &str {
        if self.explanation.is_empty() { self.reason } else { self.explanation }
    }

    /// The moment for programs (RFC 3339).
    fn stamp(&self) -> String {
        jiff::Timestamp::from_second(self.at).map(|at| at.to_string()).unwrap_or_default()
    }
}
