//! Password policies: which new passwords are taken, and when wrong ones lock the account.

use super::describe::{Described, Found, Place, Walk, property};
use crate::id::{EnvironmentId, PasswordPolicyId};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PasswordPolicy {
    pub id: PasswordPolicyId,
    pub environment: EnvironmentId,
    pub name: String,
    pub description: Option<String>,
    pub default: bool,
    pub min_length: usize,
    pub max_length: usize,
    /// Literal character sets and how many of each a password needs.
    pub min_characters: Vec<(String, usize)>,
    pub max_repeated: usize,
    pub min_unique: usize,
    pub excludes_commonly_used: bool,
    pub excludes_profile_data: bool,
    /// Days that guessing it takes, however fast somebody guesses.
    pub min_complexity: Option<i64>,
    /// Former passwords that are not taken again, and days that they are remembered. Told, and judged by nothing yet, as are the
    /// days after which a password must be changed and before which it cannot be.
    pub history_count: Option<i64>,
    pub history_days: Option<i64>,
    pub max_age_days: Option<i64>,
    pub min_age_days: Option<i64>,
    /// Wrong passwords in a row before the account locks.
    pub lockout_failures: i64,
    /// Seconds that a lock lasts.
    pub lockout_seconds: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

/// The contract, Annex A: PasswordPolicy. No call writes one yet.
impl Described for PasswordPolicy {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            description,
            default,
            min_length,
            max_length,
            min_characters,
            max_repeated,
            min_unique,
            excludes_commonly_used,
            excludes_profile_data,
            min_complexity,
            history_count,
            history_days,
            max_age_days,
            min_age_days,
            lockout_failures,
            lockout_seconds,
            created_at,
            updated_at,
        } = self;
        let own = |name| property(name).read_only();
        walk.id(&own("id").found("id", Found::Id), id);
        walk.reference(&own("environment").column("environment_id"), environment);
        walk.text(&own("name"), name);
        walk.text_if(&own("description"), description);
        walk.flag(&own("default"), default);
        walk.within(&own("length").place(Place::Flat), &mut |walk| {
            walk.number(&own("min").stored_as("min_length").unless("0"), min_length);
            walk.number(&own("max").stored_as("max_length").unless("0"), max_length);
        });
        walk.counts(&own("minCharacters"), min_characters);
        walk.number(&own("maxRepeatedCharacters").stored_as("max_repeated").unless("0"), max_repeated);
        walk.number(&own("minUniqueCharacters").stored_as("min_unique").unless("0"), min_unique);
        walk.flag(&own("excludesCommonlyUsed"), excludes_commonly_used);
        walk.flag(&own("excludesProfileData"), excludes_profile_data);
        walk.number(&own("minComplexity"), min_complexity);
        walk.made(&property("notSimilarToCurrent"), "boolean");
        walk.within(&own("history").place(Place::Flat), &mut |walk| {
            walk.number(&own("count").stored_as("history_count"), history_count);
            walk.number(&own("retentionDays").stored_as("history_days"), history_days);
        });
        walk.number(&own("maxAgeDays"), max_age_days);
        walk.number(&own("minAgeDays"), min_age_days);
        walk.within(&own("lockout").place(Place::Flat), &mut |walk| {
            walk.number(&own("failureCount").stored_as("lockout_failures"), lockout_failures);
            walk.number(&own("durationSeconds").stored_as("lockout_seconds"), lockout_seconds);
        });
        walk.time(&own("createdAt").found("created_at", Found::Time), created_at);
        walk.time(&own("updatedAt"), updated_at);
    }
}

/// One rule of a policy that a password can break; the name is PingOne's property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordRule {
    ExcludesCommonlyUsed,
    ExcludesProfileData,
    Length {
        min: usize,
        max: usize,
    },
    MaxRepeated(usize),
    MinCharacters {
        set: String,
        count: usize,
    },
    /// Days of guessing.
    MinComplexity(i64),
    MinUnique(usize),
}

impl PasswordRule {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ExcludesCommonlyUsed => "excludesCommonlyUsed",
            Self::ExcludesProfileData => "excludesProfileData",
            Self::Length { .. } => "length",
            Self::MaxRepeated(_) => "maxRepeatedCharacters",
            Self::MinCharacters { .. } => "minCharacters",
            Self::MinComplexity(_) => "minComplexity",
            Self::MinUnique(_) => "minUniqueCharacters",
        }
    }

    /// One sentence for whoever chooses the password.
    pub fn sentence(&self) -> String {
        match self {
            Self::ExcludesCommonlyUsed => "The password is among the commonly used ones".into(),
            Self::ExcludesProfileData => "The password contains the username, email or name".into(),
            Self::Length { min, max } => format!("The password needs {min} to {max} characters"),
            Self::MaxRepeated(n) => format!("The password repeats a character more than {n} times in a row"),
            Self::MinCharacters { set, count } => format!("The password needs {count} of the characters {set}"),
            Self::MinComplexity(days) => format!("The password is guessed in less than {days} days: make it longer"),
            Self::MinUnique(n) => format!("The password needs {n} different characters"),
        }
    }
}

impl PasswordPolicy {
    /// The built-in default of every environment.
    pub fn standard(id: PasswordPolicyId, environment: EnvironmentId, now: Time) -> Self {
        Self {
            default: true,
            max_repeated: 2,
            min_unique: 5,
            excludes_profile_data: true,
            ..Self::basic(id, environment, now).renewed("Standard", "What is usual for passwords.")
        }
    }

    /// The built-in one for long passwords of any characters.
    pub fn passphrase(id: PasswordPolicyId, environment: EnvironmentId, now: Time) -> Self {
        Self {
            min_length: 0,
            max_length: 0,
            min_characters: Vec::new(),
            min_complexity: Some(7),
            excludes_profile_data: true,
            ..Self::basic(id, environment, now).renewed("Passphrase", "Several words in place of a password.")
        }
    }

    /// The built-in one that asks for the least, and whose passwords never end.
    pub fn basic(id: PasswordPolicyId, environment: EnvironmentId, now: Time) -> Self {
        Self {
            id,
            environment,
            name: "Basic".into(),
            description: Some("The least that is asked for.".into()),
            min_length: 8,
            max_length: 255,
            min_characters: CLASSES.iter().map(|set| ((*set).to_owned(), 1)).collect(),
            excludes_commonly_used: true,
            lockout_failures: 5,
            lockout_seconds: 900,
            created_at: now,
            updated_at: now,
            ..Self::default()
        }
    }

    /// One whose passwords are changed within half a year, and not for a former one.
    fn renewed(self, name: &str, description: &str) -> Self {
        Self {
            name: name.into(),
            description: Some(description.into()),
            history_count: Some(6),
            history_days: Some(365),
            max_age_days: Some(182),
            min_age_days: Some(1),
            ..self
        }
    }

    /// Every rule in words' order, as shown before typing.
    pub fn rules(&self) -> Vec<PasswordRule> {
        let mut rules = Vec::new();
        if self.max_length > 0 {
            rules.push(PasswordRule::Length { min: self.min_length, max: self.max_length });
        }
        rules.extend(self.min_complexity.map(PasswordRule::MinComplexity));
        rules.extend(
            self.min_characters
                .iter()
                .map(|(set, count)| PasswordRule::MinCharacters { set: set.clone(), count: *count }),
        );
        if self.max_repeated > 0 {
            rules.push(PasswordRule::MaxRepeated(self.max_repeated));
        }
        if self.min_unique > 0 {
            rules.push(PasswordRule::MinUnique(self.min_unique));
        }
        if self.excludes_commonly_used {
            rules.push(PasswordRule::ExcludesCommonlyUsed);
        }
        if self.excludes_profile_data {
            rules.push(PasswordRule::ExcludesProfileData);
        }
        rules
    }
}

/// Decides which rules of `policy` the password breaks; `profile` holds the words about the user that it may not contain.
pub fn password_rules_failed(policy: &PasswordPolicy, password: &str, profile: &[&str]) -> Vec<PasswordRule> {
    policy.rules().into_iter().filter(|rule| breaks(rule, password, profile)).collect()
}

fn breaks(rule: &PasswordRule, password: &str, profile: &[&str]) -> bool {
    let length = password.chars().count();
    match rule {
        PasswordRule::ExcludesCommonlyUsed => COMMON.contains(&password.to_lowercase().as_str()),
        PasswordRule::ExcludesProfileData => {
            let lower = password.to_lowercase();
            profile.iter().any(|word| word.chars().count() >= 4 && lower.contains(&word.to_lowercase()))
        }
        PasswordRule::Length { min, max } => length < *min || length > *max,
        PasswordRule::MaxRepeated(n) => longest_run(password) > *n,
        PasswordRule::MinCharacters { set, count } => password.chars().filter(|c| set.contains(*c)).count() < *count,
        PasswordRule::MinComplexity(days) => {
            days_of_guessing(password) < f64::from(i32::try_from(*days).unwrap_or(i32::MAX))
        }
        PasswordRule::MinUnique(n) => password.chars().collect::<std::collections::BTreeSet<_>>().len() < *n,
    }
}

/// How long it takes to try every password up to this length of the kinds of characters that are in it.
fn days_of_guessing(password: &str) -> f64 {
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    let kinds = [
        (has(|c| c.is_ascii_lowercase()), 26.0),
        (has(|c| c.is_ascii_uppercase()), 26.0),
        (has(|c| c.is_ascii_digit()), 10.0),
        (has(|c| c.is_ascii() && !c.is_ascii_alphanumeric()), 33.0),
        (has(|c| !c.is_ascii()), 100.0),
    ];
    let alphabet: f64 = kinds.iter().filter(|(there, _)| *there).map(|(_, size)| size).sum();
    // Of a hundred characters more the number does not matter, and it would be none.
    let tried = alphabet.powi(i32::try_from(password.chars().count().min(100)).unwrap_or(100));
    tried / GUESSES_A_SECOND / 86_400.0
}

fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    let mut last = None;
    for c in text.chars() {
        run = if last == Some(c) { run + 1 } else { 1 };
        longest = longest.max(run);
        last = Some(c);
    }
    longest
}

const CLASSES: [&str; 4] =
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "~!@#$%^&*()-_=+[]{}|;:,.<>/?"];

/// What is reckoned with when somebody has the hash of a fast algorithm.
const GUESSES_A_SECOND: f64 = 1e11;

/// Passwords that satisfy the character classes and are still tried first.
const COMMON: &[&str] = &[
    "password1!",
    "passw0rd!",
    "p@ssw0rd",
    "p@ssword1",
    "password123!",
    "welcome1!",
    "welcome123!",
    "qwerty123!",
    "admin123!",
    "letmein1!",
    "changeme1!",
    "abc123!@#",
    "iloveyou1!",
    "summer2026!",
    "winter2026!",
    "spring2026!",
    "autumn2026!",
];
