//! Decides what a mail with a code says: who sends it, what it is for, the code, and nothing that opens anything else.

use askama::Template;

use super::{Locale, text::plain};

/// A mail. It has no links, so that nobody learns to follow any that ask for a password.
#[derive(Template)]
#[template(path = "code-mail.html")]
pub struct CodeMail<'a> {
    pub locale: Locale,
    /// Whose account it is: the environment's name.
    pub environment: &'a str,
    pub purpose: CodePurpose,
    pub code: &'a str,
}

/// What the code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePurpose {
    Recovery,
    Verification,
}

impl CodeMail<'_> {
    pub fn subject(&self) -> String {
        self.about(match self.purpose {
            CodePurpose::Recovery => "mail-recovery-subject",
            CodePurpose::Verification => "mail-verification-subject",
        })
    }

    /// One paragraph a line, with the code on one of its own.
    pub fn text(&self) -> String {
        let l = self.locale;
        let said = [self.why(), l.text("mail-code"), self.code.to_owned(), l.text("mail-code-use"), self.otherwise()];
        said.join("\n\n") + "\n"
    }

    pub fn html(&self) -> String {
        // Writing into a text cannot fail.
        self.render().unwrap_or_default()
    }

    fn why(&self) -> String {
        self.about(match self.purpose {
            CodePurpose::Recovery => "mail-recovery-why",
            CodePurpose::Verification => "mail-verification-why",
        })
    }

    fn otherwise(&self) -> String {
        self.locale.text(match self.purpose {
            CodePurpose::Recovery => "mail-recovery-otherwise",
            CodePurpose::Verification => "mail-verification-otherwise",
        })
    }

    /// A subject is one line, whatever the environment is called.
    fn about(&self, key: &str) -> String {
        let name: String = plain(self.environment).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.locale.with(key, "environment", name)
    }
}

/// The code is for its reader alone.
impl std::fmt::Debug for CodeMail<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeMail").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}
