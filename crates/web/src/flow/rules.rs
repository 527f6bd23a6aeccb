//! Puts a password policy's rules into the words of the pages.

use engine::flow::FlowView;
use protocol::flow::{Before, judge_new_password};
use protocol::model::{PasswordRule as Rule, User};
use protocol::refusal::Refused;

use crate::page::{CharacterClass, KeyRow, PasswordRule};

/// The rules as the page lists them.
pub(super) fn told(rules: &[Rule]) -> Vec<PasswordRule<'_>> {
    rules.iter().filter_map(one).collect()
}

/// What the policy has against a refused password: by itself, and what the refusal counted of what was before.
pub(super) fn broken(view: &FlowView, refused: &Refused, current: Option<&str>, new: &str) -> Vec<Rule> {
    let Some(policy) = view.password_policy.as_ref() else { return Vec::new() };
    let before = Before { current, ..Before::default() };
    // Who recovers a password is not told whose it is before they have.
    let nobody = User::default();
    let judged = judge_new_password(policy, view.user.as_ref().unwrap_or(&nobody), before, new).err();
    let mut broken = judged.map(|problem| problem.rules).unwrap_or_default();
    let counted = refused.details.iter().filter_map(|fault| fault.inner.as_ref()?.as_object()).flatten();
    let named: Vec<&str> = counted.map(|(name, _)| name.as_str()).collect();
    let of_person = policy.rules().into_iter().filter(|rule| matches!(rule, Rule::ExcludesProfileData));
    let more = policy.rules_of_change().into_iter().chain(of_person).filter(|rule| named.contains(&rule.name()));
    broken.extend(more.filter(|rule| !broken.contains(rule)).collect::<Vec<_>>());
    broken
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
