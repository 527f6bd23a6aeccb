//! Decides the front page of `grantor dev`: what runs, every id and secret, two requests to paste, the way to try it,
//! and why the last requests were refused.

use askama::Template;

use super::{Locale, Rendered, Theme};

/// The page at `/` of `grantor dev`. It shows secrets: those are documented constants, and it listens on loopback only.
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
    pub environments: &'a [EnvironmentView<'a>],
    /// Ids and secrets, in groups.
    pub values: &'a [ValueGroup<'a>],
    /// Requests to paste into a terminal.
    pub requests: &'a [RequestView<'a>],
    /// Where "Try it" leads.
    pub try_url: &'a str,
    /// Newest first.
    pub refusals: &'a [RefusalView<'a>],
    /// Label and address.
    pub docs: &'a [(&'a str, &'a str)],
}

/// One environment or mount.
#[derive(Debug, Clone, Copy)]
pub struct EnvironmentView<'a> {
    pub name: &'a str,
    /// "SANDBOX", "Spring layout", …
    pub kind: &'a str,
    pub issuer: &'a str,
    /// Its discovery document.
    pub discovery_url: &'a str,
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
    /// One sentence.
    pub explanation: &'a str,
    pub expected: Option<&'a str>,
    pub came: Option<&'a str>,
    /// How to mend it.
    pub mend: Option<&'a str>,
}

impl DevFront<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, None)
    }

    fn moment(&self, seconds: i64) -> String {
        self.locale.moment(seconds).unwrap_or_default()
    }
}
