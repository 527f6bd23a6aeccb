//! Patterns as Java reads them, as far as `fancy_regex` does, and what looking for them may take.

use std::sync::Arc;

use fancy_regex::{Assertion, AstNode, Expr, Regex, RegexBuilder};

use super::Failed;
use super::budget::Budget;

/// A pattern that was read.
#[derive(Clone)]
pub(super) struct Pattern {
    pub(super) regex: Arc<Regex>,
    /// Whether it may go back on its steps, so that looking for it costs more than the text says.
    goes_back: bool,
}

/// So often a match may go back on its steps; what never goes back takes time in proportion to the text, where nothing looks around
/// again and again ([`is_bounded`]).
const BACKTRACKS: usize = 5_000;
/// The most octets of a text that a pattern is looked for in.
pub(super) const MAX_SEARCHED: usize = 8 * 1024;
/// What looking for a pattern costs beside the text.
const SEARCH: usize = 256;
/// The most octets of what a pattern is compiled to, and of each of its parts where it looks around: `\w+` takes 50 KiB of them. A mapping
/// has several, and an environment many mappings.
const SIZE: usize = 64 * 1024;
/// The same of an attribute of users, which has one: that of a mail address takes 200 KiB.
const SIZE_OF_ATTRIBUTE: usize = 256 * 1024;
/// The most steps of a pattern that goes back.
const STEPS: usize = 4_096;
/// The most octets of a pattern.
const MAX_OCTETS: usize = 1_024;

/// So many parts of a pattern may look around or back.
const MAX_LOOKS: usize = 16;

const NONE: Failed = Failed("the pattern is none, or too large");
pub(super) const ENDLESS: Failed = Failed("the pattern takes too long for this text");

impl Pattern {
    /// Reads a pattern that is looked for in texts.
    pub(super) fn read(text: &str) -> Result<Self, Failed> {
        is_short(text)?;
        Self::compile(text, SIZE)
    }

    /// Reads a pattern that says all of a text.
    pub(super) fn read_whole(text: &str) -> Result<Self, Failed> {
        Self::whole(text, SIZE)
    }

    /// Reads the pattern of an attribute of users.
    pub(super) fn read_of_attribute(text: &str) -> Result<Self, Failed> {
        Self::whole(text, SIZE_OF_ATTRIBUTE)
    }

    fn whole(text: &str, size: usize) -> Result<Self, Failed> {
        is_short(text)?;
        // By itself first: what only closes our own parenthesis is no pattern.
        Expr::parse_tree(text).map_err(|_| NONE)?;
        Self::compile(&format!(r"\A(?:{text})\z"), size)
    }

    fn compile(text: &str, size: usize) -> Result<Self, Failed> {
        let tree = Expr::parse_tree(text).map_err(|_| NONE)?;
        if !is_bounded(&tree.expr, false, &mut 0) {
            return Err(Failed("the pattern looks around, or back, within a repetition or within another such part"));
        }
        let mut builder = RegexBuilder::new(text);
        builder.backtrack_limit(BACKTRACKS).max_prog_size(STEPS);
        builder.delegate_size_limit(size).delegate_dfa_size_limit(size);
        let regex = builder.build().map_err(|_| NONE)?;
        Ok(Self { regex: Arc::new(regex), goes_back: !goes_on(&tree.expr) })
    }

    pub(super) fn is_in(&self, text: &str, budget: &mut Budget) -> Result<bool, Failed> {
        self.search(text, budget)?;
        self.regex.is_match(text).map_err(|_| ENDLESS)
    }

    /// A text is about to be gone through.
    pub(super) fn search(&self, text: &str, budget: &mut Budget) -> Result<(), Failed> {
        if text.len() > MAX_SEARCHED {
            return Err(Failed("the text is too long for a pattern"));
        }
        budget.take(text.len())?;
        self.look_on(budget)
    }

    /// The pattern is looked for once more, behind where it was found: each time it may go back as often as the first.
    pub(super) fn look_on(&self, budget: &mut Budget) -> Result<(), Failed> {
        budget.take(SEARCH)?;
        if self.goes_back { budget.search() } else { Ok(()) }
    }
}

fn is_short(text: &str) -> Result<(), Failed> {
    if text.len() > MAX_OCTETS { Err(Failed("the pattern is too long")) } else { Ok(()) }
}

/// Whether a pattern never goes back on its steps. Of what is not known here it is said that it does.
fn goes_on(part: &Expr) -> bool {
    match part {
        Expr::AstNode(AstNode::AstGroup { inner, .. }, _) => goes_on(inner),
        Expr::Empty
        | Expr::Any { .. }
        | Expr::Literal { .. }
        | Expr::Delegate { .. }
        | Expr::Concat(_)
        | Expr::Alt(_)
        | Expr::Group(_)
        | Expr::Repeat { .. }
        | Expr::Assertion(
            Assertion::StartText
            | Assertion::EndText
            | Assertion::StartLine { .. }
            | Assertion::EndLine { .. }
            | Assertion::WordBoundary
            | Assertion::NotWordBoundary,
        ) => part.children_iter().all(goes_on),
        _ => false,
    }
}

/// Whether what looks around or back stands where it is tried once for each place of a text: what looks ahead and finds is no step back, so
/// that repetitions of it, and within each other, would be counted by nothing.
fn is_bounded(part: &Expr, repeated: bool, looks: &mut usize) -> bool {
    let within = match part {
        Expr::Repeat { .. } => true,
        Expr::Empty
        | Expr::Any { .. }
        | Expr::Assertion(_)
        | Expr::GeneralNewline { .. }
        | Expr::Literal { .. }
        | Expr::LiteralBytes { .. }
        | Expr::Concat(_)
        | Expr::Alt(_)
        | Expr::Group(_)
        | Expr::Delegate { .. } => repeated,
        Expr::AstNode(AstNode::AstGroup { inner, .. }, _) => return is_bounded(inner, repeated, looks),
        _ => {
            *looks += 1;
            if repeated || *looks > MAX_LOOKS {
                return false;
            }
            true
        }
    };
    part.children_iter().all(|child| is_bounded(child, within, looks))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    /// What never goes back is counted by nothing: such parts are neither repeated nor within each other.
    #[test]
    fn what_looks_around_is_not_repeated() {
        for good in
            [r"^(?=.*\d)(?=.*[a-z]).{8,64}$", r"(\w)\1", r"a++b", r"(?:(?:ab){3}c)*", r"(?<year>\d{4})-(?!00)\d\d"]
        {
            assert!(Pattern::read_whole(good).is_ok(), "{good}");
        }
        let looking = "(?=a)".repeat(17);
        for bad in [
            r"(?:(?=(?:(?=.*z)a){200})a){200}.*",
            r"(?:(?=.*z)a)*",
            r"(?=(?=a)b)",
            r"(?:(\w)\1)+",
            r"((?=a)|b){9}",
            &looking,
        ] {
            assert!(Pattern::read(bad).is_err(), "{bad}");
        }
    }
}
