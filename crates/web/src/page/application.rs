//! Decides how an application presents itself: name, logo, and the links its owner registered
//! (OpenID Connect Registration §2: `client_name`, `logo_uri`, `policy_uri`, `tos_uri`).

use std::borrow::Cow;

use super::text::{plain, web_address};

/// The application on whose behalf a page is shown. Everything in it comes from whoever registered it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ApplicationView<'a> {
    /// Its display name.
    pub name: &'a str,
    /// Address of its logo, `http` or `https`; others are not shown.
    pub logo: Option<&'a str>,
    /// Its privacy policy.
    pub policy_url: Option<&'a str>,
    /// Its terms of service.
    pub terms_url: Option<&'a str>,
    /// Where it lives, for "back to …" (`homePageUrl` or where a new sign-on begins).
    pub home_url: Option<&'a str>,
}

impl<'a> ApplicationView<'a> {
    pub(super) fn name(&self) -> Cow<'a, str> {
        plain(self.name)
    }

    pub(super) fn initial(&self) -> String {
        self.name().trim().chars().next().map_or_else(|| "·".to_owned(), |c| c.to_uppercase().collect())
    }

    pub(super) fn logo(&self) -> Option<&'a str> {
        self.logo.and_then(web_address)
    }

    pub(super) fn policy(&self) -> Option<&'a str> {
        self.policy_url.and_then(web_address)
    }

    pub(super) fn terms(&self) -> Option<&'a str> {
        self.terms_url.and_then(web_address)
    }

    pub(super) fn home(&self) -> Option<&'a str> {
        self.home_url.and_then(web_address)
    }
}
