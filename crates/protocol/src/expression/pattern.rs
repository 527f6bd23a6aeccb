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
    /// How many parts of it look around or back: each is compiled by itself.
    pub(super) looks: usize,
    /// How many parts of it may go on for as long as the text does.
    runs: usize,
    /// In how many states it may be at one place of a text.
    states: usize,
}

/// So often a match may go back on its steps; what never goes back takes time in proportion to the text, where nothing looks around
/// again and again ([`is_bounded`]).
const BACKTRACKS: usize = 5_000;
/// The most octets of a text that a pattern is looked for in.
pub(super) const MAX_SEARCHED: usize = 8 * 1024;
/// A place of a text costs an octet more for so many states of a pattern: they are what it takes where it is of the slow kind.
const STATES: usize = 4;
/// So many places are gone through in the time that an octet is counted for.
const PLACES: usize = 10;
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

/// So many parts of a pattern, or of all that are written in one text, may look around or back.
pub(super) const MAX_LOOKS: usize = 16;

/// So deep may a pattern be nested.
const MAX_DEPTH: usize = 32;

const DEEP: Failed = Failed("the pattern is nested too deep");
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
        if !is_flat(&tree.expr, MAX_DEPTH * 3) {
            return Err(DEEP);
        }
        let mut looks = 0;
        if !is_bounded(&tree.expr, false, &mut looks) {
            return Err(Failed("the pattern looks around, or back, within a repetition or within another such part"));
        }
        let mut builder = RegexBuilder::new(text);
        builder.backtrack_limit(BACKTRACKS).max_prog_size(STEPS);
        builder.delegate_size_limit(size).delegate_dfa_size_limit(size);
        let regex = builder.build().map_err(|_| NONE)?;
        let (goes_back, runs, states) = (!goes_on(&tree.expr), runs(&tree.expr), states(&tree.expr));
        Ok(Self { regex: Arc::new(regex), goes_back, looks, runs, states })
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
        self.go_through(text.len(), budget)
    }

    /// The pattern is looked for once more, in so many octets behind where it was found: each time it may go back as often as the first,
    /// and as far.
    pub(super) fn look_on(&self, rest: usize, budget: &mut Budget) -> Result<(), Failed> {
        // What has an end looks no further ahead than that, and what is before it was counted with the text.
        let far = self.goes_back || self.runs > 0;
        self.go_through(if far { rest } else { rest.min(self.states) }, budget)
    }

    fn go_through(&self, rest: usize, budget: &mut Budget) -> Result<(), Failed> {
        budget.take(SEARCH)?;
        if !self.goes_back {
            return budget.look(rest.saturating_mul(1 + self.states / STATES));
        }
        // From each place on each of its parts may go to the end of the text, and find nothing.
        let far = rest.saturating_mul(rest.min(BACKTRACKS)).saturating_mul(self.runs);
        budget.look(rest + far / PLACES)?;
        budget.search()
    }
}

/// Whoever reads a pattern goes down each of its levels.
fn is_short(text: &str) -> Result<(), Failed> {
    if text.len() > MAX_OCTETS {
        return Err(Failed("the pattern is too long"));
    }
    let (mut depth, mut escaped) = (0_usize, false);
    for octet in text.bytes() {
        match octet {
            _ if escaped => {}
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = octet == b'\\' && !escaped;
        if depth > MAX_DEPTH {
            return Err(DEEP);
        }
    }
    Ok(())
}

/// Whether a tree has no more levels than that: repetitions of repetitions need no parentheses.
fn is_flat(part: &Expr, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return false };
    match part {
        Expr::AstNode(AstNode::AstGroup { inner, .. }, _) => is_flat(inner, below),
        _ => part.children_iter().all(|child| is_flat(child, below)),
    }
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

/// The parts that may be repeated for as long as there is a text, or nearly so. Of what is not known here it is said that they are.
fn runs(part: &Expr) -> usize {
    let own = match part {
        Expr::Repeat { hi, .. } => usize::from(*hi > SHORT),
        Expr::Backref { .. } => 1,
        Expr::AstNode(AstNode::AstGroup { inner, .. }, _) => return runs(inner),
        _ => 0,
    };
    part.children_iter().map(runs).fold(own, usize::saturating_add)
}

/// Each part once, and as often as it is repeated where that is said.
fn states(part: &Expr) -> usize {
    match part {
        Expr::AstNode(AstNode::AstGroup { inner, .. }, _) => states(inner),
        Expr::Literal { val, .. } => val.len(),
        Expr::Repeat { child, lo, hi, .. } => {
            let times = if *hi == usize::MAX { *lo + 1 } else { *hi };
            states(child).saturating_mul(times)
        }
        _ => part.children_iter().map(states).fold(1, usize::saturating_add),
    }
}

/// What is repeated so often at most goes nowhere.
const SHORT: usize = 64;

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
