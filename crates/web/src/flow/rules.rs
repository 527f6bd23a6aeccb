//! Puts a password policy's rules into the words of the pages.

use protocol::flow::NewPasswordProblem;
use protocol::model::PasswordRule as Rule;

use crate::page::{CharacterClass, PasswordRule};

/// The rules as the page lists them; a new password may never be the current one.
pub(super) fn shown(rules: &[Rule]) -> Vec<PasswordRule<'_>> {
    rules.iter().map(one).chain([PasswordRule::NotSimilar]).collect()
}

/// The rules that a password broke.
pub(super) fn broken(problem: &NewPasswordProblem) -> Vec<PasswordRule<'_>> {
    problem.rules.iter().map(one).chain(problem.same.then_some(PasswordRule::NotSimilar)).collect()
}

fn one(rule: &Rule) -> PasswordRule<'_> {
    let number = |count: &usize| u32::try_from(*count).unwrap_or(u32::MAX);
    match rule {
        Rule::ExcludesCommonlyUsed => PasswordRule::NotCommon,
        Rule::ExcludesProfileData => PasswordRule::NotProfile,
        Rule::Length { min, max } => PasswordRule::Length { min: number(min), max: number(max) },
        Rule::MaxRepeated(max) => PasswordRule::Repeated { max: number(max) },
        Rule::MinCharacters { set, count } => PasswordRule::Characters { class: class(set), set, min: number(count) },
        Rule::MinComplexity(_) => PasswordRule::Complex,
        Rule::MinUnique(min) => PasswordRule::Unique { min: number(min) },
    }
}

fn class(set: &str) -> CharacterClass {
    match set.chars().next() {
        Some(first) if first.is_ascii_uppercase() => CharacterClass::Upper,
        Some(first) if first.is_ascii_lowercase() => CharacterClass::Lower,
        Some(first) if first.is_ascii_digit() => CharacterClass::Digit,
        _ => CharacterClass::Special,
    }
}
