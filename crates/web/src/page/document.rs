//! Decides how a document of the repository is shown: as a page whose links work.

use askama::Template;

use super::{Locale, Rendered, Theme};

/// A document. Its HTML is made of a file that came with the program.
#[derive(Debug, Template)]
#[template(path = "document.html")]
pub struct Document<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub version: &'a str,
    pub title: &'a str,
    /// Trusted markup.
    pub html: &'a str,
}

impl Document<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, None)
    }
}
