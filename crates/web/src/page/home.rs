//! Decides what a person sees who opens the root of a server: that nothing begins here, and where it does.

use askama::Template;

use super::{Around, Locale, Rendered, Theme};

/// The page at `/` of a server that is no developer's.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub struct Home<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub around: Around<'a>,
}

impl Home<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, None)
    }
}
