//! Decides what the page of a new password says, of a forced change and of a forgotten password: why, what proves whose it is, the rules
//! before typing, and after a refusal which rules failed.

use askama::Template;

use super::{ApplicationView, Around, Locale, PasswordRule, Rendered, Theme, notice::Notice};

/// The password change within a flow. Fields `currentPassword` or `recoveryCode` where they are asked for, `newPassword`; buttons
/// `change-password`, `cancel`, and `not-you` beside the name; of a forgotten one `send-code` and `back` instead of `cancel`.
#[derive(Debug, Template)]
#[template(path = "password.html")]
pub struct ChangePassword<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub application: &'a ApplicationView<'a>,
    pub around: Around<'a>,
    /// Sent back as `flowId`.
    pub flow_id: &'a str,
    /// Where the form is posted.
    pub action_url: &'a str,
    /// Whose password it is, so that a password manager updates the right entry. Empty where nobody has proved to be them.
    pub username: &'a str,
    /// Why it must change.
    pub reason: ChangeReason,
    pub asks: Asked<'a>,
    /// The environment's password policy.
    pub rules: &'a [PasswordRule<'a>],
    pub problem: Option<PasswordProblem<'a>>,
    /// Sent back as `csrf`.
    pub csrf: &'a str,
}

/// Why a new password is asked for (PingOne's `MUST_CHANGE_PASSWORD`, `PASSWORD_EXPIRED`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeReason {
    /// An administrator set the current one.
    MustChange,
    /// It grew too old.
    Expired,
    /// The person forgot it.
    Forgotten,
}

/// What the page asks for beside the new password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked<'a> {
    /// Whoever typed the current password a moment ago is not asked again.
    Nothing,
    CurrentPassword,
    /// The code that was sent, with what was typed before.
    Code(&'a str),
}

/// What was typed is a secret.
impl std::fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::CurrentPassword => "CurrentPassword",
            Self::Code(_) => "Code(…)",
        })
    }
}

/// Why the page is shown again. "Current" is the current password, or the code that stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem<'a> {
    CurrentMissing,
    NewMissing,
    BothMissing,
    /// What was typed is not right.
    CurrentWrong,
    /// The new password breaks these rules; equal values from `rules` are marked.
    RulesFailed(&'a [PasswordRule<'a>]),
    /// The current password was right, and the account is locked: for so long, or until somebody unlocks it.
    Locked {
        minutes: Option<u32>,
    },
    /// Too many codes were asked for or tried from this place.
    TooManyRequests {
        seconds: u32,
    },
    /// The form was too old or came from elsewhere; nothing was changed.
    FormExpired,
}

impl ChangeReason {
    fn key(self) -> &'static str {
        match self {
            Self::MustChange => "password-reason-must-change",
            Self::Expired => "password-reason-expired",
            Self::Forgotten => "password-reason-forgotten",
        }
    }
}

impl ChangePassword<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, Some(self.application))
    }

    /// What is no field's fault.
    fn notice(&self) -> Option<Notice> {
        use PasswordProblem as P;
        let l = self.locale;
        let (title, sentence) = match self.problem? {
            P::Locked { minutes } => ("signon-problem-locked", l.locked(minutes)),
            P::TooManyRequests { seconds } => {
                ("signon-problem-wait", l.with_number("signon-too-many", "seconds", seconds))
            }
            P::FormExpired => ("signon-problem-form", l.text("form-expired")),
            P::CurrentMissing | P::NewMissing | P::BothMissing | P::CurrentWrong | P::RulesFailed(_) => return None,
        };
        Some(Notice::new(l.text(title), sentence))
    }

    fn asks_current(&self) -> bool {
        self.asks == Asked::CurrentPassword
    }

    /// What stands in the field of the code, where there is one.
    fn code(&self) -> Option<&str> {
        match self.asks {
            Asked::Code(typed) => Some(typed),
            Asked::Nothing | Asked::CurrentPassword => None,
        }
    }

    fn current_error(&self) -> Option<String> {
        use PasswordProblem as P;
        let key = match (self.problem?, self.code().is_some()) {
            (P::CurrentMissing | P::BothMissing, false) => "error-current-missing",
            (P::CurrentWrong, false) => "error-current-wrong",
            (P::CurrentMissing | P::BothMissing, true) => "error-code-missing",
            (P::CurrentWrong, true) => "error-code-wrong",
            _ => return None,
        };
        Some(self.locale.text(key))
    }

    fn new_error(&self) -> Option<String> {
        use PasswordProblem as P;
        let key = match self.problem? {
            P::NewMissing | P::BothMissing => "error-new-missing",
            P::RulesFailed(_) => "error-new-rules",
            _ => return None,
        };
        Some(self.locale.text(key))
    }

    fn failed(&self, rule: &PasswordRule<'_>) -> bool {
        matches!(self.problem, Some(PasswordProblem::RulesFailed(failed)) if failed.contains(rule))
    }

    /// The rules that are told before typing, and of the others those that were broken.
    fn told_rules(&self) -> Vec<&PasswordRule<'_>> {
        self.rules.iter().filter(|rule| !rule.is_quiet() || self.failed(rule)).collect()
    }

    fn has_quiet_rules(&self) -> bool {
        self.rules.iter().any(PasswordRule::is_quiet)
    }

    /// The first field to fill, or the first with a fault; a notice has the focus itself.
    fn focus_current(&self) -> bool {
        self.problem.is_none() || self.current_error().is_some()
    }

    fn focus_new(&self) -> bool {
        let first = self.asks == Asked::Nothing || self.current_error().is_none() && self.new_error().is_some();
        first && (self.problem.is_none() || self.new_error().is_some())
    }

    fn password_rules(&self) -> Option<String> {
        let rules: Vec<String> = self.rules.iter().filter_map(PasswordRule::generator).collect();
        (!rules.is_empty()).then(|| rules.join(" "))
    }
}
