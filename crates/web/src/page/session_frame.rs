//! The page of the frame that watches the session: nothing to see, one script, and what it needs to know.

use std::sync::LazyLock;

use super::asset::csp_hash;
use super::text::attribute;

/// What the script of the frame reads, and whom it answers.
#[derive(Clone, Copy, Debug)]
pub struct SessionFrame<'a> {
    /// The name of the cookie that says which session the browser has.
    pub cookie: &'a str,
    /// The origins whose pages may hold the frame.
    pub origins: &'a [String],
}

impl SessionFrame<'_> {
    pub fn render(&self) -> String {
        let (cookie, origins) = (attribute(self.cookie), self.origins.join(" "));
        let origins = attribute(&origins);
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\" data-cookie=\"{cookie}\" data-origins=\"{origins}\">\n<meta charset=\"utf-8\">\n\
             <title>Session</title>\n<script>{SCRIPT}</script>\n</html>\n"
        )
    }

    /// What the page may do and who may hold it (CSP3 §6.4.2.1).
    pub fn policy(&self) -> String {
        let hash = &*HASH;
        let holders = if self.origins.is_empty() { "'none'".to_owned() } else { self.origins.join(" ") };
        format!(
            "default-src 'none'; script-src '{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors {holders}"
        )
    }
}

const SCRIPT: &str = include_str!("../../assets/session-frame.js");
static HASH: LazyLock<String> = LazyLock::new(|| csp_hash(SCRIPT));
