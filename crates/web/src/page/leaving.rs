//! Decides the page that a browser passes when it signs off applications too (OpenID Connect Front-Channel Logout §3): their
//! addresses in frames, and where it goes when they are loaded. It goes on by itself, and by a link where it does not.

use askama::Template;

use super::{
    ApplicationView, Around, Locale, Rendered, Theme,
    sign_off::back_text,
    text::{own_or_web_address, web_address},
};

/// "You are signed out", in `id="logged-out"`, with the frames.
#[derive(Debug, Template)]
#[template(path = "leaving.html")]
pub struct Leaving<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    /// From what, and the way back.
    pub application: Option<&'a ApplicationView<'a>>,
    pub around: Around<'a>,
    /// What is loaded: only `http` and `https` are.
    pub frames: &'a [String],
    /// Where the browser goes then, an address that the application registered: perhaps of a scheme of its own.
    pub onward: Option<&'a str>,
}

impl Leaving<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        let frames = self.frames().map(source).collect();
        Rendered { frames, ..Rendered::of(self, self.theme, self.application) }
    }

    fn frames(&self) -> impl Iterator<Item = &str> {
        self.frames.iter().filter_map(|url| web_address(url))
    }

    /// In the words of a refresh (HTML §4.2.5.3), once everything is loaded.
    fn refresh(&self) -> Option<String> {
        self.onward.map(|url| format!("1;url={url}"))
    }

    fn sentence(&self) -> String {
        match self.application {
            Some(application) => self.locale.with("signed-out-from", "application", application.name()),
            None => self.locale.text("signed-out-here"),
        }
    }

    fn back(&self) -> Option<&str> {
        let home = self.application.and_then(ApplicationView::home).and_then(own_or_web_address);
        self.onward.or(home)
    }

    fn back_text(&self) -> String {
        match self.onward {
            Some(_) => self.locale.text("form-post-button"),
            None => back_text(self.locale, self.application),
        }
    }
}

/// The address as a policy names it (CSP3 §2.3.1): without its query, and with what would end the list escaped.
fn source(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.replace(';', "%3B").replace(',', "%2C")
}
