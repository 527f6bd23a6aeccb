//! Decides what the forced password change says: why, the rules before typing, and after a refusal which rules failed.

use askama::Template;

use super::{ApplicationView, Locale, PasswordRule, Rendered, Theme, summary::Summary};

/// The password change within a flow. Fields `currentPassword`, `newPassword`; buttons `change-password`, `cancel`.
#[derive(Debug, Template)]
#[template(path = "password.html")]
pub struct ChangePassword<'a> {
    pub locale: Locale,
    pub theme: &'a Theme,
    pub application: &'a ApplicationView<'a>,
    /// Sent back as `flowId`.
    pub flow_id: &'a str,
    /// Where the form is posted.
    pub action_url: &'a str,
    /// Whose password it is, so that a password manager updates the right entry.
    pub username: &'a str,
    /// Why it must change.
    pub reason: ChangeReason,
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
}

/// Why the page is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordProblem<'a> {
    CurrentMissing,
    NewMissing,
    BothMissing,
    /// The current password is not right.
    CurrentWrong,
    /// The new password breaks these rules; equal values from `rules` are marked.
    RulesFailed(&'a [PasswordRule<'a>]),
    /// The current password was right, and the account is locked: for so long, or until somebody unlocks it.
    Locked {
        minutes: Option<u32>,
    },
    /// The form was too old or came from elsewhere; nothing was changed.
    FormExpired,
}

impl ChangeReason {
    fn key(self) -> &'static str {
        match self {
            Self::MustChange => "password-reason-must-change",
            Self::Expired => "password-reason-expired",
        }
    }
}

impl ChangePassword<'_> {
    /// The page.
    pub fn render(&self) -> Rendered {
        Rendered::of(self, self.theme, Some(self.application))
    }

    fn summary(&self) -> Option<Summary> {
        use PasswordProblem as P;
        let l = self.locale;
        let summary = Summary::new(l.text(match self.problem? {
            P::CurrentMissing | P::NewMissing | P::BothMissing => "signon-problem-missing",
            P::CurrentWrong => "password-problem-current",
            P::RulesFailed(_) => "password-problem-rules",
            P::Locked { .. } => "signon-problem-locked",
            P::FormExpired => "signon-problem-form",
        }));
        if let Some(P::RulesFailed(failed)) = self.problem {
            return Some(failed.iter().fold(summary, |s, rule| s.at("newPassword", Some(rule.sentence(l)))));
        }
        let summary = summary.at("currentPassword", self.current_error()).at("newPassword", self.new_error());
        Some(match self.problem? {
            P::Locked { minutes } => summary.say(l.locked(minutes)),
            P::FormExpired => summary.say(l.text("form-expired")),
            _ => summary,
        })
    }

    fn current_error(&self) -> Option<String> {
        use PasswordProblem as P;
        let key = match self.problem? {
            P::CurrentMissing | P::BothMissing => "error-current-missing",
            P::CurrentWrong => "error-current-wrong",
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

    fn password_rules(&self) -> Option<String> {
        let rules: Vec<String> = self.rules.iter().filter_map(PasswordRule::generator).collect();
        (!rules.is_empty()).then(|| rules.join(" "))
    }
}
