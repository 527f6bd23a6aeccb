//! Decides the two halves of "Connect your application": the question for its redirect URI, and the page with what to put
//! into it.

use std::borrow::Cow;

use askama::Template;

use super::{Locale, Rendered, Theme, ValueGroup, text::plain};

/// The form on the front page, as it was sent before.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConnectForm<'a> {
    pub redirect_uri: &'a str,
    /// No secret can be kept there.
    pub in_browser: bool,
    /// The address cannot be registered, and the sentence of the API that says so, which is English.
    pub refused: Option<&'a str>,
}

/// The page of an application that was registered. It shows the secret: on a developer's server, to whoever asks.
#[derive(Debug, Template)]
#[template(path = "connected.html")]
pub struct Connected<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub version: &'a str,
    /// The application's name.
    pub application: &'a str,
    /// Ids and secret.
    pub values: &'a [ValueGroup<'a>],
    pub snippets: &'a [SnippetView<'a>],
    /// Signs on with this application and shows what it gets.
    pub try_url: &'a str,
}

/// What to put into an application.
#[derive(Debug, Clone, Copy)]
pub struct SnippetView<'a> {
    /// The framework.
    pub title: &'a str,
    /// The file that it belongs into.
    pub file: &'a str,
    /// What is to be known, in English.
    pub note: &'a str,
    pub text: &'a str,
}

impl Connected<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, None)
    }

    fn name(&self) -> Cow<'_, str> {
        plain(self.application)
    }
}
