//! Decides whether a user's new password meets the policy, and says which rules it breaks.

use serde_json::{Map, Value};

use super::{Flow, Proof, State};
use crate::model::{PasswordPolicy, PasswordRule, User, password_rules_failed};
use crate::name::password_text;
use crate::refusal::{Detail, Reason, Refused};

/// What is wrong with a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPasswordProblem {
    pub rules: Vec<PasswordRule>,
    /// It is the current one again.
    pub same: bool,
}

/// Compares `new` with the policy; `same` says that it is the current password again.
pub fn judge_new_password(
    policy: &PasswordPolicy,
    user: &User,
    same: bool,
    new: &str,
) -> Result<(), NewPasswordProblem> {
    let mut rules = password_rules_failed(policy, new, &profile_words(user));
    // RFC 8265 §4.2: what cannot be hashed in one agreed form is no password.
    if password_text(new).is_err() && rules.is_empty() {
        rules.extend(policy.rules().into_iter().next());
    }
    if rules.is_empty() && !same { Ok(()) } else { Err(NewPasswordProblem { rules, same }) }
}

/// Whether the user's present password was typed, and right, in this very flow: nobody need type it again to change it. A
/// password that was set after the flow began is another one, so whoever knew the old one cannot change it back.
pub fn knows_password(flow: &Flow, user: &User) -> bool {
    let asked = flow.state == State::MustChangePassword { user: user.id } && flow.proven.contains(&Proof::Password);
    asked && user.password.as_ref().is_some_and(|password| password.changed_at < flow.created_at)
}

/// The words about the user that a password may not contain.
pub fn profile_words(user: &User) -> Vec<&str> {
    let name = &user.profile.name;
    let local_part = user.email.split('@').next().unwrap_or_default();
    let mut words = vec![user.username.as_str(), user.email.as_str(), local_part];
    words.extend([&name.given, &name.family, &user.profile.nickname].into_iter().flatten().map(String::as_str));
    words
}

impl NewPasswordProblem {
    /// The refusal in PingOne's shape: one sentence per broken rule, and their names as older sign-on pages read them.
    pub fn into_refused(self, target: &'static str) -> Refused {
        let mut sentences: Map<String, Value> = Map::new();
        let mut names: Vec<&str> = Vec::new();
        for rule in &self.rules {
            if !names.contains(&rule.name()) {
                names.push(rule.name());
            }
            let sentence = match sentences.get(rule.name()).and_then(Value::as_str) {
                Some(before) => format!("{before}. {}", rule.sentence()),
                None => rule.sentence(),
            };
            sentences.insert(rule.name().to_owned(), sentence.into());
        }
        if self.same {
            names.push(NOT_CURRENT);
            sentences.insert(NOT_CURRENT.to_owned(), "The new password is the current one".into());
        }
        let came = names.join(", ");
        sentences.insert("unsatisfiedRequirements".to_owned(), names.into());
        let row = Reason::NewPasswordRefused.row();
        let detail = Detail::new("INVALID_VALUE", target, row.public).with_inner(Value::Object(sentences));
        Refused { details: vec![detail], ..Refused::new(Reason::NewPasswordRefused, "the rules of the policy", came) }
    }
}

const NOT_CURRENT: &str = "notSimilarToCurrent";
