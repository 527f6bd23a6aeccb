//! Decides how an error is told to a person: what happened, what to do now, and the number for whoever helps.

use std::borrow::Cow;

use askama::Template;

use super::{ApplicationView, Around, Locale, Rendered, Theme, Told, text};

/// An error before any redirect, or one that has nowhere to redirect to. Always holds `id="error"` with text.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    /// The application, where it is known for certain.
    pub application: Option<&'a ApplicationView<'a>>,
    pub around: Around<'a>,
    pub kind: ErrorKind,
    /// One public sentence for the application's developers (an `error_description`); never a secret, never a stack.
    pub detail: Option<&'a str>,
    /// The cause, on a developer's server alone.
    pub told: Option<Told<'a>>,
    /// The `Correlation-Id` of the answer.
    pub correlation_id: &'a str,
}

/// What happened, as far as the person in front of it is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// No such application, or it is disabled.
    Application,
    /// The address to return to is not registered, so nobody is sent there.
    RedirectUri,
    /// The application sent a request that cannot be read.
    Request,
    /// No such environment.
    Environment,
    /// The browser keeps no cookies, or the flow was begun in another browser.
    Cookies,
    /// No page at this address.
    NotFound,
    /// The form was too old or came from elsewhere.
    FormExpired,
    /// The link to a pushed request was used, or is too old.
    LinkSpent,
    /// The person must do something to sign on that is not offered here.
    StepMissing,
    /// Too many requests from here.
    TooManyRequests,
    /// The server cannot answer for now.
    Unavailable,
    /// A fault of ours.
    Internal,
}

impl ErrorKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 12] = [
        Self::Application,
        Self::RedirectUri,
        Self::Request,
        Self::Environment,
        Self::Cookies,
        Self::NotFound,
        Self::FormExpired,
        Self::LinkSpent,
        Self::StepMissing,
        Self::TooManyRequests,
        Self::Unavailable,
        Self::Internal,
    ];

    fn keys(self) -> [&'static str; 3] {
        match self {
            Self::Application => ["error-application", "error-application-what", "error-application-now"],
            Self::RedirectUri => ["error-redirect", "error-redirect-what", "error-redirect-now"],
            Self::Request => ["error-request", "error-request-what", "error-request-now"],
            Self::Environment => ["error-environment", "error-environment-what", "error-environment-now"],
            Self::Cookies => ["error-cookies", "error-cookies-what", "error-cookies-now"],
            Self::NotFound => ["error-not-found", "error-not-found-what", "error-not-found-now"],
            Self::FormExpired => ["error-form", "error-form-what", "error-form-now"],
            Self::LinkSpent => ["error-link", "error-link-what", "error-link-now"],
            Self::StepMissing => ["error-step", "error-step-what", "error-step-now"],
            Self::TooManyRequests => ["error-too-many", "error-too-many-what", "error-too-many-now"],
            Self::Unavailable => ["error-unavailable", "error-unavailable-what", "error-unavailable-now"],
            Self::Internal => ["error-internal", "error-internal-what", "error-internal-now"],
        }
    }

    fn heading_key(self) -> &'static str {
        self.keys()[0]
    }

    fn what_key(self) -> &'static str {
        self.keys()[1]
    }

    pub(super) fn now_key(self) -> &'static str {
        self.keys()[2]
    }
}

impl ErrorPage<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        let detail = self.detail.map(text::plain).filter(|d| !d.trim().is_empty());
        let shown = ErrorPage { detail: detail.as_deref(), ..*self };
        Rendered::of(&shown, self.theme, self.application)
    }

    fn back(&self) -> Option<&str> {
        self.application.and_then(ApplicationView::home)
    }

    fn back_text(&self) -> String {
        self.locale.with("back-to", "application", self.application.map_or(Cow::default(), ApplicationView::name))
    }
}
