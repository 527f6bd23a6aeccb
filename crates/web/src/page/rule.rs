//! Decides how a password policy's rules read, and which of them a script may tick while typing.

use super::{Locale, text::attribute};

/// One rule of the password policy, in PingOne's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordRule<'a> {
    /// `length.min` and `length.max`.
    Length { min: u32, max: u32 },
    /// One entry of `minCharacters`; `set` is the literal set that is its key.
    Characters { class: CharacterClass, set: &'a str, min: u32 },
    /// `minComplexity`.
    Complex,
    /// `minUniqueCharacters`.
    Unique { min: u32 },
    /// `maxRepeatedCharacters`.
    Repeated { max: u32 },
    /// `excludesCommonlyUsed`.
    NotCommon,
    /// `excludesProfileData`.
    NotProfile,
    /// `alphabetSequenceRule` and its like.
    InOrder { row: KeyRow, max: u32 },
    /// `notSimilarToCurrent`.
    NotSimilar,
    /// `history.count`.
    NotInHistory { count: u32 },
}

/// In which order characters may not follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRow {
    Alphabet,
    Numbers,
    Keyboard,
    Symbols,
}

/// How a character set is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharacterClass {
    Upper,
    Lower,
    Digit,
    Special,
}

impl PasswordRule<'_> {
    pub(super) fn sentence(&self, locale: Locale) -> String {
        match self {
            Self::Length { min, .. } => locale.with_number("rule-length", "count", *min),
            Self::Characters { class, min, .. } => locale.with_number(class.key(), "count", *min),
            Self::Complex => locale.text("rule-complex"),
            Self::Unique { min } => locale.with_number("rule-unique", "count", *min),
            Self::Repeated { max } => locale.with_number("rule-repeated", "count", *max),
            Self::NotCommon => locale.text("rule-not-common"),
            Self::NotProfile => locale.text("rule-not-profile"),
            Self::InOrder { row, max } => locale.with_number(row.key(), "count", *max),
            Self::NotSimilar => locale.text("rule-not-similar"),
            Self::NotInHistory { count } => locale.with_number("rule-not-in-history", "count", *count),
        }
    }

    /// The `data-` attributes the script reads; none for a rule that only the server can judge.
    pub(super) fn attributes(&self) -> String {
        match self {
            Self::Length { min, max } => format!(r#" data-rule="length" data-min="{min}" data-max="{max}""#),
            Self::Characters { set, min, .. } => {
                format!(r#" data-rule="characters" data-min="{min}" data-set="{}""#, attribute(set))
            }
            Self::Unique { min } => format!(r#" data-rule="unique" data-min="{min}""#),
            Self::Repeated { max } => format!(r#" data-rule="repeated" data-max="{max}""#),
            Self::Complex
            | Self::InOrder { .. }
            | Self::NotCommon
            | Self::NotProfile
            | Self::NotSimilar
            | Self::NotInHistory { .. } => String::new(),
        }
    }

    /// Whether hardly anybody ever breaks it, and only the server can tell: said in one sentence for all until it is broken.
    pub(super) fn is_quiet(&self) -> bool {
        matches!(
            self,
            Self::Complex
                | Self::InOrder { .. }
                | Self::NotCommon
                | Self::NotProfile
                | Self::NotSimilar
                | Self::NotInHistory { .. }
        )
    }

    /// The rule in the `passwordrules` language that password generators read.
    pub(super) fn generator(&self) -> Option<String> {
        match self {
            Self::Length { min, max } => Some(format!("minlength: {min}; maxlength: {max};")),
            Self::Characters { class, .. } => Some(match class {
                CharacterClass::Upper => "required: upper;".to_owned(),
                CharacterClass::Lower => "required: lower;".to_owned(),
                CharacterClass::Digit => "required: digit;".to_owned(),
                CharacterClass::Special => "required: special;".to_owned(),
            }),
            Self::Repeated { max } => Some(format!("max-consecutive: {max};")),
            _ => None,
        }
    }
}

impl KeyRow {
    fn key(self) -> &'static str {
        match self {
            Self::Alphabet => "rule-alphabet",
            Self::Numbers => "rule-numbers",
            Self::Keyboard => "rule-keyboard",
            Self::Symbols => "rule-symbols",
        }
    }
}

impl CharacterClass {
    fn key(self) -> &'static str {
        match self {
            Self::Upper => "rule-upper",
            Self::Lower => "rule-lower",
            Self::Digit => "rule-digit",
            Self::Special => "rule-special",
        }
    }
}
