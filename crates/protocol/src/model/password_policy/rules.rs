//! What a policy has against a password.

use std::collections::BTreeSet;

use super::PasswordPolicy;
use super::common::is_common;

/// One rule of a policy that a password can break; the name is PingOne's property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordRule {
    AlphabetSequence(usize),
    ExcludesCommonlyUsed,
    ExcludesProfileData,
    /// None of so many former ones.
    History(i64),
    Length {
        min: usize,
        max: usize,
    },
    MaxRepeated(usize),
    /// Days before which it is not changed again.
    MinAge(i64),
    MinCharacters {
        set: String,
        count: usize,
    },
    /// Days of guessing.
    MinComplexity(i64),
    MinUnique(usize),
    NotSimilar,
    NumberSequence(usize),
    QwertySequence(usize),
    ShiftedNumberSequence(usize),
}

impl PasswordRule {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AlphabetSequence(_) => "alphabetSequenceRule",
            Self::ExcludesCommonlyUsed => "excludesCommonlyUsed",
            Self::ExcludesProfileData => "excludesProfileData",
            Self::History(_) => "history",
            Self::Length { .. } => "length",
            Self::MaxRepeated(_) => "maxRepeatedCharacters",
            Self::MinAge(_) => "minAgeDays",
            Self::MinCharacters { .. } => "minCharacters",
            Self::MinComplexity(_) => "minComplexity",
            Self::MinUnique(_) => "minUniqueCharacters",
            Self::NotSimilar => "notSimilarToCurrent",
            Self::NumberSequence(_) => "numberSequenceRule",
            Self::QwertySequence(_) => "qwertySequenceRule",
            Self::ShiftedNumberSequence(_) => "shiftedNumberRowSequenceRule",
        }
    }

    /// One sentence for whoever chooses the password.
    pub fn sentence(&self) -> String {
        match self {
            Self::AlphabetSequence(n) => format!("The password has more than {n} letters in the order of the alphabet"),
            Self::ExcludesCommonlyUsed => "The password is among the commonly used ones".into(),
            Self::ExcludesProfileData => "The password contains the username, email or name".into(),
            Self::History(n) => format!("The password is one of the last {n}"),
            Self::Length { min, max } => format!("The password needs {min} to {max} characters"),
            Self::MaxRepeated(n) => format!("The password repeats a character more than {n} times in a row"),
            Self::MinAge(days) => format!("The password was changed less than {days} days ago"),
            Self::MinCharacters { set, count } => format!("The password needs {count} of the characters {set}"),
            Self::MinComplexity(days) => format!("The password is guessed in less than {days} days: make it longer"),
            Self::MinUnique(n) => format!("The password needs {n} different characters"),
            Self::NotSimilar => "The new password is too similar to the current one".into(),
            Self::NumberSequence(n) => format!("The password has more than {n} digits in their order"),
            Self::QwertySequence(n) => {
                format!("The password has more than {n} characters that lie side by side on a keyboard")
            }
            Self::ShiftedNumberSequence(n) => {
                format!("The password has more than {n} symbols that lie side by side on a keyboard")
            }
        }
    }
}

impl PasswordPolicy {
    /// Every rule that the password alone can break, in words' order, as shown before typing.
    pub fn rules(&self) -> Vec<PasswordRule> {
        let mut rules = Vec::new();
        if self.max_length > 0 {
            rules.push(PasswordRule::Length { min: self.min_length, max: self.max_length });
        }
        rules.extend(self.min_complexity.map(PasswordRule::MinComplexity));
        let needed = self.min_characters.iter().filter(|(_, count)| *count > 0);
        rules.extend(needed.map(|(set, count)| PasswordRule::MinCharacters { set: set.clone(), count: *count }));
        let sequences = self.sequences;
        for (most, rule) in [
            (self.max_repeated, PasswordRule::MaxRepeated(self.max_repeated)),
            (self.min_unique, PasswordRule::MinUnique(self.min_unique)),
            (sequences.alphabet, PasswordRule::AlphabetSequence(sequences.alphabet)),
            (sequences.numbers, PasswordRule::NumberSequence(sequences.numbers)),
            (sequences.qwerty, PasswordRule::QwertySequence(sequences.qwerty)),
            (sequences.shifted_numbers, PasswordRule::ShiftedNumberSequence(sequences.shifted_numbers)),
        ] {
            rules.extend((most > 0).then_some(rule));
        }
        rules.extend(self.excludes_commonly_used.then_some(PasswordRule::ExcludesCommonlyUsed));
        rules.extend(self.excludes_profile_data.then_some(PasswordRule::ExcludesProfileData));
        rules
    }

    /// The rules that need what was before, as shown before typing.
    pub fn rules_of_change(&self) -> Vec<PasswordRule> {
        // Of every policy: nobody changes a password for itself.
        let mut rules = vec![PasswordRule::NotSimilar];
        rules.extend(self.history().map(|history| PasswordRule::History(history.count)));
        rules
    }
}

/// What of a user's data a password must not repeat.
#[derive(Clone, Debug, Default)]
pub struct ProfileWords<'a> {
    /// None of these is in it.
    pub within: Vec<&'a str>,
    /// None of these is it.
    pub whole: Vec<&'a str>,
}

/// Decides which rules of `policy` the password breaks by itself, and by what is known of its user.
pub fn password_rules_failed(policy: &PasswordPolicy, password: &str, profile: &ProfileWords<'_>) -> Vec<PasswordRule> {
    policy.rules().into_iter().filter(|rule| breaks(rule, password, profile)).collect()
}

fn breaks(rule: &PasswordRule, password: &str, profile: &ProfileWords<'_>) -> bool {
    let length = password.chars().count();
    match rule {
        PasswordRule::AlphabetSequence(n) => longest_in_order(password, &[ALPHABET]) > *n,
        PasswordRule::ExcludesCommonlyUsed => is_common(password),
        PasswordRule::ExcludesProfileData => repeats(profile, password),
        PasswordRule::Length { min, max } => length < *min || length > *max,
        PasswordRule::MaxRepeated(n) => longest_run(password) > *n,
        PasswordRule::MinCharacters { set, count } => password.chars().filter(|c| set.contains(*c)).count() < *count,
        PasswordRule::MinComplexity(days) => {
            days_of_guessing(password) < f64::from(i32::try_from(*days).unwrap_or(i32::MAX))
        }
        PasswordRule::MinUnique(n) => password.chars().collect::<BTreeSet<_>>().len() < *n,
        PasswordRule::NumberSequence(n) => longest_in_order(password, &[DIGITS]) > *n,
        PasswordRule::QwertySequence(n) => longest_in_order(password, &KEYBOARD) > *n,
        PasswordRule::ShiftedNumberSequence(n) => longest_in_order(password, &[SHIFTED]) > *n,
        // Of what was before, a password alone says nothing.
        PasswordRule::History(_) | PasswordRule::MinAge(_) | PasswordRule::NotSimilar => false,
    }
}

fn repeats(profile: &ProfileWords<'_>, password: &str) -> bool {
    let lower = password.to_lowercase();
    let within = |word: &&str| word.chars().count() >= 4 && lower.contains(&word.to_lowercase());
    profile.within.iter().any(within) || profile.whole.iter().any(|word| word.to_lowercase() == lower)
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
    longest(text, |last, next| last == next)
}

/// How many characters follow each other as they do in one of the rows, forwards or backwards, whatever their case.
fn longest_in_order(text: &str, rows: &[&str]) -> usize {
    let lower = text.to_lowercase();
    let follows = |before: char, after: char, step: isize| {
        let at = |row: &&str| Some((row.chars().position(|c| c == before)?, row.chars().position(|c| c == after)?));
        rows.iter().filter_map(at).any(|(before, after)| before.checked_add_signed(step) == Some(after))
    };
    let way = |step| longest(&lower, |last, next| follows(last, next, step));
    // One that is in no row is in no order, but then every text would be one long.
    way(1).max(way(-1))
}

/// The longest part of which each character goes with the one before it.
fn longest(text: &str, goes: impl Fn(char, char) -> bool) -> usize {
    let (mut longest, mut run, mut last) = (0, 0, None);
    for c in text.chars() {
        run = if last.is_some_and(|last| goes(last, c)) { run + 1 } else { 1 };
        longest = longest.max(run);
        last = Some(c);
    }
    longest
}

/// Whether so few characters are added, taken or changed that one is as good as the other: fewer than three (Levenshtein).
pub fn is_similar(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(LONG).collect(), other.chars().take(LONG).collect());
    if one.len().abs_diff(other.len()) >= DIFFERENT {
        return false;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()] < DIFFERENT
}

/// What is reckoned with when somebody has the hash of a fast algorithm.
const GUESSES_A_SECOND: f64 = 1e11;
const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";
const KEYBOARD: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
const SHIFTED: &str = "!@#$%^&*()_+";
const DIFFERENT: usize = 3;
/// Longer ones are compared by so much of them: it is more than a policy takes.
const LONG: usize = 512;
