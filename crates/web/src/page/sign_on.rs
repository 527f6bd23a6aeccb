//! Decides what the sign-on page says: user name and password for one application, and after a failure what to mend
//! without telling whether the account exists.

use askama::Template;

use super::{ApplicationView, Around, Locale, Rendered, Theme, notice::Notice, text::plain};

/// The page `/{environment}/signon?flowId=…`. Fields `username`, `password`; buttons `sign-on`, `cancel` and, where a forgotten password
/// can be replaced, `forgot-password`, all of the same form, told apart by `intent`.
#[derive(Debug, Template)]
#[template(path = "signon.html")]
pub struct SignOn<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub application: &'a ApplicationView<'a>,
    pub around: Around<'a>,
    /// Sent back as `flowId`.
    pub flow_id: &'a str,
    /// Where the form is posted.
    pub action_url: &'a str,
    /// What was typed before, or `login_hint`: prefilled text, never a choice of session.
    pub username: &'a str,
    pub problem: Option<SignOnProblem>,
    /// Sent back as `csrf`.
    pub csrf: &'a str,
    /// Whether a forgotten password can be replaced.
    pub recovers: bool,
    /// Only for the built-in application of `grantor dev`: the documented password, filled in. Never a person's.
    pub demo_password: Option<&'a str>,
    /// On a developer's server: who signs on by a click. A button each of the same form, which sends the name as `as`.
    pub people: &'a [String],
    /// There as well: who was to be signed on without a click, and could not be.
    pub unable: Option<&'a str>,
}

/// Why the page is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignOnProblem {
    /// The user name was empty.
    UsernameMissing,
    /// The password was empty.
    PasswordMissing,
    /// Both were empty.
    BothMissing,
    /// Unknown user or wrong password: one and the same sentence.
    Credentials,
    /// The same, and how many attempts this name has left, whether or not it exists.
    CredentialsLeft { attempts: u32 },
    /// The password was right, and the account is locked: for so long, or until somebody unlocks it.
    Locked { minutes: Option<u32> },
    /// Too many attempts from this place.
    TooManyRequests { seconds: u32 },
    /// The form was too old or came from elsewhere; nothing was checked.
    FormExpired,
}

impl SignOn<'_> {
    /// The page; title "Sign on to <application>".
    pub fn render(&self) -> Rendered {
        let username = plain(self.username);
        let shown = SignOn { username: &username, ..*self };
        Rendered::of(&shown, self.theme, Some(self.application))
    }

    /// What is no field's fault.
    fn notice(&self) -> Option<Notice> {
        use SignOnProblem as P;
        let l = self.locale;
        let Some(problem) = self.problem else {
            let sentence = l.with("signon-unable", "username", plain(self.unable?));
            return Some(Notice::new(l.text("signon-problem-unable"), sentence));
        };
        let (title, sentence) = match problem {
            P::Locked { minutes } => ("signon-problem-locked", l.locked(minutes)),
            P::TooManyRequests { seconds } => {
                ("signon-problem-wait", l.with_number("signon-too-many", "seconds", seconds))
            }
            P::FormExpired => ("signon-problem-form", l.text("form-expired")),
            P::UsernameMissing | P::PasswordMissing | P::BothMissing | P::Credentials | P::CredentialsLeft { .. } => {
                return None;
            }
        };
        Some(Notice::new(l.text(title), sentence))
    }

    fn username_error(&self) -> Option<String> {
        use SignOnProblem as P;
        matches!(self.problem, Some(P::UsernameMissing | P::BothMissing))
            .then(|| self.locale.text("error-username-missing"))
    }

    fn password_error(&self) -> Option<String> {
        use SignOnProblem as P;
        let l = self.locale;
        match self.problem? {
            P::PasswordMissing | P::BothMissing => Some(l.text("error-password-missing")),
            P::Credentials => Some(l.text("error-credentials")),
            P::CredentialsLeft { attempts } => {
                let left = l.with_number("signon-attempts-left", "attempts", attempts);
                Some(format!("{}. {left}", l.text("error-credentials")))
            }
            _ => None,
        }
    }

    fn password_described_by(&self) -> Option<&'static str> {
        match (self.demo_password.is_some(), self.password_error().is_some()) {
            (true, true) => Some("password-help password-error"),
            (true, false) => Some("password-help"),
            (false, true) => Some("password-error"),
            (false, false) => None,
        }
    }

    fn filled_password(&self) -> &str {
        self.demo_password.unwrap_or_default()
    }

    /// The first field to fill, or the first with a fault; a notice has the focus itself.
    fn focus_username(&self) -> bool {
        match self.problem {
            None => self.username.is_empty(),
            Some(_) => self.username_error().is_some(),
        }
    }

    fn focus_password(&self) -> bool {
        match self.problem {
            None => !self.username.is_empty(),
            Some(_) => self.password_error().is_some() && self.username_error().is_none(),
        }
    }
}
