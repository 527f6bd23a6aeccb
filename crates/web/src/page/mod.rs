//! Decides what people see: every page is a plain struct of what to show and a `render` to HTML that needs no script,
//! no inline style and no other origin.
//!
//! Nothing here knows the engine: callers hand over text and typed problems, the page finds the words in the
//! reader's language. Names of fields, buttons and marks (`username`, `sign-on`, `error`, `logged-out`) are a contract
//! with programs that drive the pages.

pub mod asset;

mod application;
mod around;
mod claim;
mod code_mail;
mod colour;
mod connect;
mod consent;
mod dev;
mod document;
mod error;
mod form_post;
mod happening;
mod home;
mod leaving;
mod locale;
mod notice;
mod password;
mod rule;
mod session_frame;
mod sign_off;
mod sign_on;
mod stranger;
mod text;
mod theme;
mod told;
mod try_it;
mod world;

pub use application::ApplicationView;
pub use around::{Around, Links};
pub use code_mail::{CodeMail, CodePurpose};
pub use connect::{ConnectForm, Connected, SnippetView};
pub use consent::{Consent, Destination, Origin, Permission};
pub use dev::{DevFront, DevValue, RefusalList, RefusalView, Refusals, RequestView, ValueGroup};
pub use document::Document;
pub use error::{ErrorKind, ErrorPage};
pub use form_post::FormPost;
pub use happening::{Asked, ClockView, Going, Happening, Letter, Part};
pub use home::Home;
pub use leaving::Leaving;
pub use locale::Locale;
pub use password::{Asked as AskedBeside, ChangePassword, ChangeReason, PasswordProblem};
pub use rule::{CharacterClass, KeyRow, PasswordRule};
pub use session_frame::SessionFrame;
pub use sign_off::{FlowEnded, FlowEnding, SignOff, SignedOut};
pub use sign_on::{SignOn, SignOnProblem};
pub use stranger::{Onward, Stranger};
pub use theme::{Branding, Correction, Theme};
pub use told::Told;
pub use try_it::{ClaimView, Exchange, SignatureCheck, TokenKind, TokenView, TryResult};
pub use world::{WorldPage, WorldView};

use askama::Template;

/// A page ready to send as `text/html; charset=utf-8`, with what its Content-Security-Policy must allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The whole document.
    pub html: String,
    /// `sha256-…` of the theme's `<style>`; `None` when the page wears the default theme.
    pub style_hash: Option<String>,
    /// Hashes of inline scripts. Always empty today: the only script is a file of our own origin.
    pub script_hashes: Vec<String>,
    /// Origins of the images shown (logo, background), `https://cdn.example` without a path.
    pub image_origins: Vec<String>,
    /// What is loaded in frames, without its query.
    pub frames: Vec<String>,
    /// Whether the script asks this server for more. Off but for the front page of `grantor dev`.
    pub asks: bool,
}

impl Rendered {
    fn of(page: &impl Template, theme: &Theme, application: Option<&ApplicationView<'_>>) -> Self {
        // Writing to a String cannot fail and no template calls anything that does; an empty body would still be safe.
        let html = page.render().unwrap_or_default();
        Self {
            html,
            style_hash: theme.style_hash().map(str::to_owned),
            script_hashes: Vec::new(),
            image_origins: theme.image_origins(application),
            frames: Vec::new(),
            asks: false,
        }
    }

    /// The policy for this page (CSP3 §6): nothing but our own style sheet and script, the theme by its hash, and
    /// images from the very origins the page shows, never a whole scheme and never `data:`.
    ///
    /// `frame_ancestors` is empty unless the environment allows framing.
    pub fn content_security_policy(&self, forms: Forms, frame_ancestors: &[&str]) -> String {
        let quoted = |hash: &String| format!(" '{hash}'");
        let style: String = self.style_hash.iter().map(quoted).collect();
        let script: String = self.script_hashes.iter().map(quoted).collect();
        let images: String = self.image_origins.iter().flat_map(|origin| [" ", origin]).collect();
        let asks = if self.asks { "connect-src 'self'; " } else { "" };
        let framed: Vec<&str> = self.frames.iter().map(String::as_str).collect();
        let framed = if framed.is_empty() { String::new() } else { format!("frame-src {}; ", sources(&framed)) };
        let (forms, ancestors) = (forms.directive(), sources(frame_ancestors));
        format!(
            "default-src 'none'; style-src 'self'{style}; script-src 'self'{script}; img-src 'self'{images}; \
             {framed}{asks}{forms}frame-ancestors {ancestors}; base-uri 'none'"
        )
    }
}

/// Where the forms of a page lead in the end (CSP3 §6.4.1, `form-action`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forms {
    /// It has none.
    None,
    /// To this server, and no further.
    Here,
    /// To an application, and from there to wherever it sends people. Browsers hold the directive against every redirect
    /// of that chain (w3c/webappsec-csp#8), and only the application knows its steps: so there is no directive.
    Application,
}

impl Forms {
    const fn directive(self) -> &'static str {
        match self {
            Self::None => "form-action 'none'; ",
            Self::Here => "form-action 'self'; ",
            Self::Application => "",
        }
    }
}

/// A source list; whatever could end the directive or the header is left out, for an address may come from a client.
fn sources(list: &[&str]) -> String {
    let safe: Vec<&str> = list
        .iter()
        .copied()
        .filter(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_graphic() && b != b';' && b != b','))
        .collect();
    if safe.is_empty() { "'none'".to_owned() } else { safe.join(" ") }
}

#[cfg(test)]
mod tests;
