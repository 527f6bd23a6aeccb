//! Puts a password policy's rules into the words of the pages.

use protocol::model::PasswordRule as Rule;

use crate::page::{CharacterClass, KeyRow, PasswordRule};

/// The rules as the page lists them.
pub(super) fn told(rules: &[Rule]) -> Vec<PasswordRule<'_>> {
    rules.iter().filter_map(one).collect()
}

fn one(rule: &Rule) -> Option<PasswordRule<'_>> {
    let number = |count: &usize| u32::try_from(*count).unwrap_or(u32::MAX);
    let in_order = |row, most| PasswordRule::InOrder { row, max: number(most) };
    Some(match rule {
        Rule::AlphabetSequence(max) => in_order(KeyRow::Alphabet, max),
        Rule::ExcludesCommonlyUsed => PasswordRule::NotCommon,
        Rule::ExcludesProfileData => PasswordRule::NotProfile,
        Rule::History(count) => PasswordRule::NotInHistory { count: u32::try_from(*count).unwrap_or(u32::MAX) },
        Rule::Length { min, max } => PasswordRule::Length { min: number(min), max: number(max) },
        Rule::MaxRepeated(max) => PasswordRule::Repeated { max: number(max) },
        Rule::MinCharacters { set, count } => PasswordRule::Characters { class: class(set), set, min: number(count) },
        Rule::MinComplexity(_) => PasswordRule::Complex,
        Rule::MinUnique(min) => PasswordRule::Unique { min: number(min) },
        Rule::NotSimilar => PasswordRule::NotSimilar,
        Rule::NumberSequence(max) => in_order(KeyRow::Numbers, max),
        Rule::QwertySequence(max) => in_order(KeyRow::Keyboard, max),
        Rule::ShiftedNumberSequence(max) => in_order(KeyRow::Symbols, max),
        // Whoever must change a password is not told to wait.
        Rule::MinAge(_) => return None,
    })
}

fn class(set: &str) -> CharacterClass {
    match set.chars().next() {
        Some(first) if first.is_ascii_uppercase() => CharacterClass::Upper,
        Some(first) if first.is_ascii_lowercase() => CharacterClass::Lower,
        Some(first) if first.is_ascii_digit() => CharacterClass::Digit,
        _ => CharacterClass::Special,
    }
}
