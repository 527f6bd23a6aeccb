//! Decides how an authorization response travels in a form (OAuth 2.0 Form Post Response Mode §2): hidden inputs that
//! parse back to exactly what was given, sent by the script file, or by the button where there is no script.

use std::{borrow::Cow, fmt::Write as _};

use askama::Template;

use super::{
    ApplicationView, Locale, Rendered, Theme,
    text::{attribute, web_address},
};

/// The page that posts `parameters` to `redirect_uri`.
#[derive(Debug, Template)]
#[template(path = "form-post.html")]
pub struct FormPost<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub application: Option<&'a ApplicationView<'a>>,
    /// The matched redirect URI; only `http` and `https` can take a form, anything else is not written.
    pub redirect_uri: &'a str,
    /// `code`, `state`, `iss`, … or `error`, …
    pub parameters: &'a [(&'a str, &'a str)],
}

impl FormPost<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        // No logo: the page is gone before it could load.
        Rendered::of(self, self.theme, None)
    }

    fn heading(&self) -> String {
        let name = self.application.map_or(Cow::default(), ApplicationView::name);
        if name.is_empty() {
            self.locale.text("form-post-title")
        } else {
            self.locale.with("form-post-title-to", "application", name)
        }
    }

    fn target(&self) -> &str {
        web_address(self.redirect_uri).unwrap_or("about:blank")
    }

    fn inputs(&self) -> String {
        inputs(self.parameters)
    }
}

/// Hidden inputs of these parameters, escaped.
pub(super) fn inputs(parameters: &[(&str, &str)]) -> String {
    parameters.iter().fold(String::new(), |mut html, (name, value)| {
        // Writing to a String cannot fail.
        let _ = writeln!(html, r#"<input type="hidden" name="{}" value="{}">"#, attribute(name), attribute(value));
        html
    })
}
