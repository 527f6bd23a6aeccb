//! Decides the pages at the end: the question before sign-off (OpenID Connect RP-Initiated Logout §2), the word after
//! it, and the page of a flow that is over.

use std::borrow::Cow;

use askama::Template;

use super::{
    ApplicationView, Around, Locale, Rendered, Theme,
    text::{own_or_web_address, plain},
};

/// Asks before signing out. Buttons `log-out`, `cancel`, told apart by `intent`.
#[derive(Debug, Template)]
#[template(path = "sign-off.html")]
pub struct SignOff<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub application: Option<&'a ApplicationView<'a>>,
    pub around: Around<'a>,
    /// Who is signed on, when known.
    pub username: Option<&'a str>,
    /// Where the form is posted.
    pub action_url: &'a str,
    /// Parameters of the request to carry along (`post_logout_redirect_uri`, `state`, …).
    pub parameters: &'a [(&'a str, &'a str)],
    /// Sent back as `csrf`.
    pub csrf: &'a str,
}

/// "You are signed out", in `id="logged-out"`.
#[derive(Debug, Template)]
#[template(path = "signed-out.html")]
pub struct SignedOut<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    /// From what, and the way back.
    pub application: Option<&'a ApplicationView<'a>>,
    pub around: Around<'a>,
}

/// A sign-on that cannot go on: said plainly, with a way back to the application.
#[derive(Debug, Template)]
#[template(path = "flow-ended.html")]
pub struct FlowEnded<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub application: Option<&'a ApplicationView<'a>>,
    pub around: Around<'a>,
    pub ending: FlowEnding,
    /// Where a new sign-on begins; without it the application's home is offered.
    pub restart_url: Option<&'a str>,
}

/// How a flow came to be over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowEnding {
    /// It was completed, perhaps in another tab.
    Finished,
    /// It waited too long, or never existed: a guess learns nothing from the difference.
    Expired,
    /// The person cancelled and there is nowhere to return to.
    Cancelled,
    /// Asked whether to sign off, the person stays signed on.
    Stayed,
}

impl SignOff<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, self.application)
    }

    fn person(&self) -> Option<Cow<'_, str>> {
        self.username.map(plain).filter(|name| !name.trim().is_empty())
    }

    /// In the environment, where that has a name.
    fn signed_on_as(&self, username: &str) -> String {
        self.locale.with("sign-off-as", "username", username)
    }
}

impl SignedOut<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, self.application)
    }

    fn sentence(&self) -> String {
        match self.application {
            Some(application) => self.locale.with("signed-out-from", "application", application.name()),
            None => self.locale.text("signed-out-here"),
        }
    }

    fn back(&self) -> Option<&str> {
        self.application.and_then(ApplicationView::home)
    }

    fn back_text(&self) -> String {
        back_text(self.locale, self.application)
    }
}

impl FlowEnding {
    fn heading_key(self) -> &'static str {
        match self {
            Self::Finished => "ended-finished",
            Self::Expired => "ended-expired",
            Self::Cancelled => "ended-cancelled",
            Self::Stayed => "ended-stayed",
        }
    }

    fn what_key(self) -> &'static str {
        match self {
            Self::Finished => "ended-finished-what",
            Self::Expired => "ended-expired-what",
            Self::Cancelled => "ended-cancelled-what",
            Self::Stayed => "ended-stayed-what",
        }
    }

    /// What is left to do where there is no way back.
    fn close_key(self) -> &'static str {
        match self {
            Self::Finished | Self::Expired | Self::Cancelled => "ended-close",
            Self::Stayed => "ended-stayed-close",
        }
    }
}

impl FlowEnded<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, self.application)
    }

    fn back(&self) -> Option<&str> {
        let restart = self.restart_url.and_then(own_or_web_address);
        restart.or_else(|| self.application.and_then(ApplicationView::home))
    }

    fn next_sentence(&self) -> String {
        self.locale.text(if self.restarts() { "ended-restart" } else { "ended-back" })
    }

    fn back_text(&self) -> String {
        if self.restarts() {
            self.locale.text("ended-restart-button")
        } else {
            back_text(self.locale, self.application)
        }
    }

    fn restarts(&self) -> bool {
        self.restart_url.and_then(own_or_web_address).is_some()
    }
}

pub(super) fn back_text(locale: Locale, application: Option<&ApplicationView<'_>>) -> String {
    locale.with("back-to", "application", application.map_or(Cow::default(), ApplicationView::name))
}
