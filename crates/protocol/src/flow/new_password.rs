//! Decides whether a user's new password meets the policy, and says which rules it breaks.

use serde_json::{Map, Value};

use super::{Flow, Proof, State};
use crate::model::{
    Address, PasswordPolicy, PasswordRule, PasswordState, Profile, ProfileWords, User, UserName, is_similar,
    password_rules_failed,
};
use crate::name::password_text;
use crate::refusal::{Detail, Reason, Refused};
use crate::time::Time;

/// What is wrong with a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPasswordProblem {
    pub rules: Vec<PasswordRule>,
    /// It is the current one again.
    pub same: bool,
}

/// What was before a new password, as far as it is known to whoever sets it.
#[derive(Clone, Copy, Default)]
pub struct Before<'a> {
    /// The present password, where it was typed.
    pub current: Option<&'a str>,
    /// The new one is the present one again.
    pub same: bool,
    /// When its own person chooses it; None: somebody else sets it.
    pub chosen_at: Option<Time>,
}

/// The words typed are secrets.
impl std::fmt::Debug for Before<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Before(…)")
    }
}

/// Decides what the policy has against `new`, but for what it remembers of former passwords: that takes their hashes.
pub fn judge_new_password(
    policy: &PasswordPolicy,
    user: &User,
    before: Before<'_>,
    new: &str,
) -> Result<(), NewPasswordProblem> {
    let Before { current, same, chosen_at } = before;
    let mut rules = password_rules_failed(policy, new, &profile_words(user));
    // RFC 8265 §4.2: what cannot be hashed in one agreed form is no password.
    if password_text(new).is_err() && rules.is_empty() {
        rules.extend(policy.rules().into_iter().next().or(Some(PasswordRule::Length { min: 1, max: 255 })));
    }
    let close = policy.not_similar_to_current && current.is_some_and(|current| is_similar(current, new));
    rules.extend((close && !same).then_some(PasswordRule::NotSimilar));
    let young = |password: &PasswordState| chosen_at.is_some_and(|now| password.is_too_young(policy, now));
    if user.password.as_ref().is_some_and(young) {
        rules.extend(policy.min_age_days.map(PasswordRule::MinAge));
    }
    if rules.is_empty() && !same { Ok(()) } else { Err(NewPasswordProblem { rules, same }) }
}

/// Whether the user's present password was typed, and right, in this very flow: nobody need type it again to change it. A
/// password that was set after the flow began is another one, so whoever knew the old one cannot change it back.
pub fn knows_password(flow: &Flow, user: &User) -> bool {
    let asks = [State::MustChangePassword { user: user.id }, State::PasswordExpired { user: user.id }];
    let asked = asks.contains(&flow.state) && flow.proven.contains(&Proof::Password);
    asked && user.password.as_ref().is_some_and(|password| password.changed_at < flow.created_at)
}

/// What of the user's data a password may not repeat: names are not in it, and whatever else is told of them is not it.
pub fn profile_words(user: &User) -> ProfileWords<'_> {
    let Profile { name, nickname, title, external_id, primary_phone, mobile_phone, address, .. } = &user.profile;
    let UserName { given, middle, family, formatted, .. } = name;
    let local_part = user.email.split('@').next().unwrap_or_default();
    let mut within = vec![user.username.as_str(), user.email.as_str(), local_part];
    within.extend([given, family, nickname].into_iter().flatten().map(String::as_str));
    let Address { formatted: whole_address, street_address, locality, region, postal_code, country_code: _ } = address;
    let others = [
        middle,
        formatted,
        title,
        external_id,
        primary_phone,
        mobile_phone,
        whole_address,
        street_address,
        locality,
        region,
        postal_code,
    ];
    let whole = within.iter().copied().chain(others.into_iter().flatten().map(String::as_str)).collect();
    ProfileWords { within, whole }
}

impl NewPasswordProblem {
    /// It is one of so many former ones.
    pub fn former(count: i64) -> Self {
        Self { rules: vec![PasswordRule::History(count)], same: false }
    }

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
            let name = PasswordRule::NotSimilar.name();
            names.push(name);
            sentences.insert(name.to_owned(), "The new password is the current one".into());
        }
        let came = names.join(", ");
        sentences.insert("unsatisfiedRequirements".to_owned(), names.into());
        let row = Reason::NewPasswordRefused.row();
        let detail = Detail::new("INVALID_VALUE", target, row.public).with_inner(Value::Object(sentences));
        Refused { details: vec![detail], ..Refused::new(Reason::NewPasswordRefused, "the rules of the policy", came) }
    }
}
