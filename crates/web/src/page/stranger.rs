//! Decides the page between a refusal and an application that nobody vouches for: a browser goes there when its person says so and not
//! by itself, so that nobody makes links that look like this server's and lead elsewhere (RFC 9700 §4.11.2).

use std::borrow::Cow;

use askama::Template;

use super::{
    Locale, Rendered, Theme,
    form_post::inputs,
    text::{plain, program_address, web_address},
};

/// "The request was refused", in `id="error"`, with the way on in `id="continue"`.
#[derive(Debug, Template)]
#[template(path = "stranger.html")]
pub struct Stranger<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    /// Where it goes on: a host, or the scheme of a program's own.
    pub place: &'a str,
    pub onward: Onward<'a>,
    /// One public sentence for the application's developers.
    pub detail: &'a str,
}

/// How it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onward<'a> {
    /// By an address that the application registered: perhaps of a scheme of its own.
    Link(&'a str),
    /// By a form.
    Form { to: &'a str, parameters: &'a [(&'a str, &'a str)] },
}

impl Stranger<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, None)
    }

    fn what(&self) -> String {
        self.locale.with("stranger-what", "place", plain(self.place))
    }

    fn button(&self) -> String {
        self.locale.with("stranger-button", "place", plain(self.place))
    }

    fn detail(&self) -> Cow<'_, str> {
        plain(self.detail)
    }

    fn link(&self) -> Option<&str> {
        match self.onward {
            Onward::Link(url) => web_address(url).or_else(|| program_address(url)),
            Onward::Form { .. } => None,
        }
    }

    fn form(&self) -> Option<&str> {
        match self.onward {
            Onward::Form { to, .. } => Some(web_address(to).unwrap_or("about:blank")),
            Onward::Link(_) => None,
        }
    }

    fn inputs(&self) -> String {
        match self.onward {
            Onward::Form { parameters, .. } => inputs(parameters),
            Onward::Link(_) => String::new(),
        }
    }
}
