//! Decides the page of one world of `grantor dev`: its ids and secrets, its clock, what it was asked and what it sent.

use std::borrow::Cow;

use askama::Template;

use super::{Happening, Locale, Rendered, RequestView, Theme, ValueGroup, text::plain};

/// The page at `/worlds/{world}`. It shows secrets: on a developer's server, to whoever may use the controls.
#[derive(Debug, Template)]
#[template(path = "world.html")]
pub struct WorldPage<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub version: &'a str,
    pub name: &'a str,
    pub issuer: &'a str,
    pub discovery_url: &'a str,
    /// Ids and secrets, in groups.
    pub values: &'a [ValueGroup<'a>],
    /// Requests to paste into a terminal.
    pub requests: &'a [RequestView<'a>],
    pub happening: Happening<'a>,
}

/// A world in the list of the front page.
#[derive(Debug, Clone, Copy)]
pub struct WorldView<'a> {
    pub name: &'a str,
    /// "SANDBOX", "Spring layout", …; empty for one that a test made.
    pub kind: &'a str,
    pub issuer: &'a str,
    /// Its own page.
    pub url: &'a str,
    /// Its discovery document.
    pub discovery_url: &'a str,
}

impl WorldPage<'_> {
    /// The page. Its script asks this server for what is new.
    pub fn render(&self) -> Rendered {
        Rendered { asks: true, ..Rendered::of(self, self.theme, None) }
    }

    fn plain_name(&self) -> Cow<'_, str> {
        plain(self.name)
    }
}
