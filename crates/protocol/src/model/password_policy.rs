//! Password policies: which new passwords are taken, how long they last, and when wrong ones lock the account.

mod common;
mod rules;

pub use rules::{PasswordRule, ProfileWords, is_similar, password_rules_failed};

use serde_json::json;

use super::check::Fields;
use super::describe::{Absent, Described, Found, Place, Walk, property};
use crate::id::{EnvironmentId, PasswordPolicyId};
use crate::time::Time;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PasswordPolicy {
    pub id: PasswordPolicyId,
    pub environment: EnvironmentId,
    pub name: String,
    pub description: Option<String>,
    pub default: bool,
    /// Characters; both 0 where any number is taken.
    pub min_length: usize,
    pub max_length: usize,
    /// Literal character sets and how many of each a password needs.
    pub min_characters: Vec<(String, usize)>,
    /// How often a character may stand in a row; 0: as often as anybody likes.
    pub max_repeated: usize,
    pub min_unique: usize,
    pub sequences: Sequences,
    pub excludes_commonly_used: bool,
    pub excludes_profile_data: bool,
    /// Whoever changes a password by the present one takes one that is not close to it.
    pub not_similar_to_current: bool,
    /// Days that guessing it takes, however fast somebody guesses.
    pub min_complexity: Option<i64>,
    /// Former passwords that are not taken again, and days that each is remembered.
    pub history_count: Option<i64>,
    pub history_days: Option<i64>,
    /// Days after which a password must be changed.
    pub max_age_days: Option<i64>,
    /// Days before which nobody changes again what they chose themselves.
    pub min_age_days: Option<i64>,
    /// Wrong passwords in a row before the account locks; 0: it never does.
    pub lockout_failures: i64,
    /// Seconds that a lock lasts.
    pub lockout_seconds: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub version: i64,
}

/// How many characters may follow each other as they do in the alphabet, as digits, and as they lie on a keyboard; 0: any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sequences {
    pub alphabet: usize,
    pub numbers: usize,
    pub qwerty: usize,
    pub shifted_numbers: usize,
}

/// Former passwords that are not taken again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordHistory {
    pub count: i64,
    /// How long each is remembered once it was replaced.
    pub days: i64,
}

/// What becomes of a password that another one replaces: it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retiring {
    /// How many are, with this one.
    pub most: i64,
    pub at: Time,
    pub until: Time,
}

/// The contract, Annex A: PasswordPolicy.
impl Described for PasswordPolicy {
    fn describe(&mut self, walk: &mut dyn Walk) {
        let Self {
            id,
            environment,
            name,
            description,
            default,
            // Walked below.
            min_length: _,
            max_length: _,
            min_characters: _,
            max_repeated: _,
            min_unique: _,
            sequences: _,
            excludes_commonly_used,
            excludes_profile_data,
            not_similar_to_current,
            min_complexity: _,
            history_count: _,
            history_days: _,
            max_age_days: _,
            min_age_days: _,
            lockout_failures: _,
            lockout_seconds: _,
            created_at: _,
            updated_at: _,
            version: _,
        } = self;
        walk.id(&property("id").read_only().found("id", Found::Id), id);
        walk.reference(&property("environment").read_only().column("environment_id"), environment);
        walk.text(&property("name").text(1, 256).required().found("name_key", Found::Folded), name);
        walk.text_if(
            &property("description").inert().prose(1_024).found_in_body(Found::Loose).listed_last(),
            description,
        );
        walk.flag(&property("default").absent(Absent::Kept).found("is_default", Found::Flag), default);
        walk.flag(&property("excludesCommonlyUsed").required(), excludes_commonly_used);
        walk.flag(&property("excludesProfileData").required(), excludes_profile_data);
        walk.flag(&property("notSimilarToCurrent").required().column("not_similar"), not_similar_to_current);
        self.characters(walk);
        self.life(walk);
        let Self { created_at, updated_at, version, .. } = self;
        walk.time(&property("createdAt").read_only().found("created_at", Found::Time), created_at);
        walk.time(&property("updatedAt").read_only(), updated_at);
        walk.made(&property("populationCount"), "integer");
        walk.version(version);
    }

    fn rules(&self, _: &Self, fields: &mut Fields<'_>) {
        if self.max_length > 0 && self.max_length < self.min_length {
            fields.fault("INVALID_VALUE", "length.max", "must not be less than length.min", None);
        }
        let least = self.min_age_days.unwrap_or(0).saturating_add(WARNED_DAYS);
        if self.max_age_days.is_some_and(|days| days < least) {
            let message = "must be at least 21 days more than minAgeDays";
            fields.fault("INVALID_VALUE", "maxAgeDays", message, None);
        }
    }
}

impl PasswordPolicy {
    /// What a password is made of.
    fn characters(&mut self, walk: &mut dyn Walk) {
        let Self { min_length, max_length, min_characters, max_repeated, min_unique, min_complexity, .. } = self;
        let mut bounded = *max_length > 0;
        walk.within_if(&property("length").place(Place::Flat), &mut bounded, &mut |walk| {
            walk.number(&property("min").range(8, 32).stored_as("min_length").unless("0"), min_length);
            walk.number(&property("max").range(8, LONGEST).stored_as("max_length").unless("0"), max_length);
        });
        walk.judge(&mut |_| {
            let or = |value: usize, default| if value == 0 { default } else { value };
            (*min_length, *max_length) =
                if bounded { (or(*min_length, 8), or(*max_length, LONGEST as usize)) } else { (0, 0) };
        });
        walk.counts(&property("minCharacters"), min_characters);
        walk.judge(&mut |fields| judge_characters(fields, min_characters));
        let few = |name| property(name).range(1, LONGEST).unless("0");
        walk.number(&few("maxRepeatedCharacters").stored_as("max_repeated"), max_repeated);
        walk.number(&few("minUniqueCharacters").stored_as("min_unique"), min_unique);
        walk.number(&property("minComplexity").range(1, MANY), min_complexity);
        let Sequences { alphabet, numbers, qwerty, shifted_numbers } = &mut self.sequences;
        for (name, stored, least, length) in [
            ("alphabetSequenceRule", "alphabet_sequence", 2, alphabet),
            ("numberSequenceRule", "number_sequence", 2, numbers),
            ("qwertySequenceRule", "qwerty_sequence", 3, qwerty),
            ("shiftedNumberRowSequenceRule", "shifted_number_sequence", 3, shifted_numbers),
        ] {
            let mut judged = *length > 0;
            walk.within_if(&property(name).place(Place::Flat), &mut judged, &mut |walk| {
                walk.number(&property("maxLength").range(least, 3).required().stored_as(stored).unless("0"), length);
            });
            walk.judge(&mut |_| *length *= usize::from(judged));
        }
    }

    /// What becomes of a password.
    fn life(&mut self, walk: &mut dyn Walk) {
        let Self { history_count, history_days, max_age_days, min_age_days, lockout_failures, lockout_seconds, .. } =
            self;
        let mut remembers = history_count.is_some();
        walk.within_if(&property("history").place(Place::Flat), &mut remembers, &mut |walk| {
            let count = property("count").range(1, MAX_REMEMBERED).required();
            walk.number(&count.stored_as("history_count"), history_count);
            let days = property("retentionDays").range(1, MANY).required();
            walk.number(&days.stored_as("history_days"), history_days);
        });
        walk.judge(&mut |_| {
            if !remembers {
                (*history_count, *history_days) = (None, None);
            }
        });
        walk.number(&property("maxAgeDays").range(1, MANY), max_age_days);
        walk.number(&property("minAgeDays").range(1, MANY), min_age_days);
        let mut locks = *lockout_failures > 0;
        walk.within_if(&property("lockout").place(Place::Flat), &mut locks, &mut |walk| {
            let count = property("failureCount").range(1, MANY).required();
            walk.number(&count.stored_as("lockout_failures").unless("0"), lockout_failures);
            let seconds = property("durationSeconds").range(1, MANY).required();
            walk.number(&seconds.stored_as("lockout_seconds").unless("0"), lockout_seconds);
        });
        walk.judge(&mut |_| {
            if !locks {
                (*lockout_failures, *lockout_seconds) = (0, 0);
            }
        });
    }

    /// What is remembered of former passwords; none where the policy forgets them.
    pub fn history(&self) -> Option<PasswordHistory> {
        // Of more than a policy may have now, what an older one had is bounded all the same: each costs a hash.
        let count = self.history_count?.clamp(1, MAX_REMEMBERED);
        Some(PasswordHistory { count, days: self.history_days? })
    }

    /// What becomes of a password that is replaced now; None where the policy forgets it.
    pub fn retiring(&self, now: Time) -> Option<Retiring> {
        let PasswordHistory { count, days } = self.history()?;
        let at = now.to_millis();
        Some(Retiring { most: count, at, until: at.plus(days.saturating_mul(DAY)) })
    }

    /// Since when a replaced password is remembered, of how many.
    pub fn remembered(&self, now: Time) -> Option<(Time, i64)> {
        let PasswordHistory { count, days } = self.history()?;
        Some((now.plus(-days.saturating_mul(DAY)), count))
    }

    /// When a password that was set at this time must be changed.
    pub fn expires(&self, changed_at: Time) -> Option<Time> {
        self.max_age_days.map(|days| changed_at.plus(days.saturating_mul(DAY)))
    }

    /// From when on whoever chose a password at this time may choose another.
    pub fn settles(&self, changed_at: Time) -> Option<Time> {
        self.min_age_days.map(|days| changed_at.plus(days.saturating_mul(DAY)))
    }

    /// The built-in default of every environment.
    pub fn standard(id: PasswordPolicyId, environment: EnvironmentId, now: Time) -> Self {
        Self {
            default: true,
            max_repeated: 2,
            min_unique: 5,
            excludes_profile_data: true,
            not_similar_to_current: true,
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
            not_similar_to_current: true,
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
}

/// The sets are PingOne's: a password is of no other kinds of characters, and nobody's count is more than what is typed.
fn judge_characters(fields: &mut Fields<'_>, counts: &[(String, usize)]) {
    if counts.iter().any(|(set, _)| !CLASSES.contains(&set.as_str()) && set != WITH_BACKSLASH) {
        let message = "must hold the sets of letters, of digits and of special characters alone";
        fields.fault("INVALID_VALUE", "minCharacters", message, Some(json!({ "allowedValues": CLASSES })));
    }
    if counts.iter().any(|(_, count)| i64::try_from(*count).is_ok_and(|count| count > LONGEST)) {
        fields.fault("OUT_OF_RANGE", "minCharacters", "must hold numbers from 0 to 255", None);
    }
}

const CLASSES: [&str; 4] =
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "~!@#$%^&*()-_=+[]{}|;:,.<>/?"];
/// As PingOne's documents write the last one, its clients not.
const WITH_BACKSLASH: &str = r"~!@#$%^&*()-_=+[]{}\|;:,.<>/?";
const LONGEST: i64 = 255;
/// More means nothing, and is more than a client reads.
const MANY: i64 = i32::MAX as i64;
/// Each is compared by a hash of its own whenever its person chooses a password.
pub const MAX_REMEMBERED: i64 = 50;
/// For how many days PingOne warns before a password expires.
const WARNED_DAYS: i64 = 21;
const DAY: i64 = 86_400;

#[cfg(test)]
mod tests;
