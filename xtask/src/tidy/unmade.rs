//! Which variants of the closed lists are made by nothing: a reason, action or change that code only asks for is dead.
//!
//! This reads text and knows no types. Where it cannot tell a pattern from a value it takes it for a value.

use crate::sources::Source;

/// Reasons, actions and changes that no code outside of tests and of their own tables makes.
pub(super) fn unmade(sources: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for list in &LISTS {
        let Some(declared) = sources.iter().find(|source| source.path == list.file) else { continue };
        let body =
            declared.text.split(list.begins).nth(1).and_then(|rest| rest.split("\n}").next()).unwrap_or_default();
        let others = sources.iter().filter(|source| !list.apart.iter().any(|path| source.path.starts_with(path)));
        let others: Vec<String> = others.map(code).collect();
        let own = code(declared);
        let variants: Vec<&str> = body.lines().filter_map(|line| variant(line.trim())).collect();
        if variants.is_empty() {
            findings.push(format!("{}: no variant behind `{}`", list.file, list.begins.trim()));
        }
        for variant in variants {
            let made = |code: &String| list.names.iter().any(|prefix| makes(code, &format!("{prefix}{variant}")));
            // `Self::` is the list only in its own file; one that lists every variant there is apart.
            let alone = list.apart.contains(&list.file) || !makes(&own, &format!("Self::{variant}"));
            if alone && !others.iter().any(made) {
                findings.push(format!("{}: {variant} is made by nothing", list.file));
            }
        }
    }
    findings
}

/// The variant that a line declares.
fn variant(line: &str) -> Option<&str> {
    let end = line.find(|c: char| !c.is_alphanumeric()).unwrap_or(line.len());
    line.starts_with(|c: char| c.is_ascii_uppercase()).then(|| &line[..end])
}

/// What comes before the tests, without comments and what is quoted.
fn code(source: &Source) -> String {
    let end = source.tests_begin().unwrap_or(usize::MAX);
    let lines: Vec<&str> = source.text.lines().take(end).collect();
    let text = lines.join("\n");
    let mut code = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['"', '\'', '/']) {
        code.push_str(&rest[..at]);
        let quoted = &rest[at..];
        let skipped = match quoted.as_bytes() {
            [b'/', b'/', ..] => quoted.find('\n').unwrap_or(quoted.len()),
            [b'"', ..] if code.ends_with("r#") => quoted.find("\"#").map_or(quoted.len(), |end| end + 2),
            [b'"', ..] => closing(quoted, '"'),
            [b'\'', b'\\', ..] => closing(quoted, '\''),
            // A lifetime has no second mark.
            [b'\'', ..] if quoted.chars().nth(2) == Some('\'') => closing(quoted, '\''),
            _ => {
                code.push_str(&quoted[..1]);
                1
            }
        };
        rest = &quoted[skipped..];
    }
    code + rest
}

/// How long a quoted text is, with its marks.
fn closing(quoted: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, character) in quoted.char_indices().skip(1) {
        if character == mark && !escaped {
            return at + 1;
        }
        escaped = character == '\\' && !escaped;
    }
    quoted.len()
}

fn makes(code: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.match_indices(name).any(|(at, _)| {
        let end = at + name.len();
        let whole = !code[..at].ends_with(word) && !code[end..].starts_with(word);
        whole && is_value(code, at, end)
    })
}

/// Whether what stands at `begins..ends` is a value: neither a pattern nor what something is compared with.
fn is_value(code: &str, begins: usize, ends: usize) -> bool {
    let (before, mut after) = (code[..begins].trim_end(), code[ends..].trim_start());
    if after.starts_with(['(', '{'])
        && let Some(length) = group(after)
    {
        after = after[length..].trim_start();
    }
    let is_compared = ["==", "!="].iter().any(|sign| before.ends_with(sign) || after.starts_with(sign));
    let is_bound = after.starts_with('=') && !after.starts_with("==");
    let is_alternative = after.starts_with('|') && !after.starts_with("||");
    if is_compared || is_bound || is_alternative || after.starts_with("if ") {
        return false;
    }
    // What is around it may be a pattern as a whole.
    let Some((open, at)) = around(code, begins) else { return true };
    let Some(length) = group(&code[at..]) else { return true };
    let callee = code[..at].trim_end_matches(|c: char| c.is_alphanumeric() || "_:!".contains(c)).len();
    match (&code[callee..at], open) {
        ("matches!", _) => !code[at..begins].contains(','),
        (_, '{') => {
            let next = code[at + length..].trim_start();
            !next.starts_with('=') || next.starts_with("==")
        }
        _ => is_value(code, callee, at + length),
    }
}

/// The bracket that is open at `at`, and where.
fn around(code: &str, at: usize) -> Option<(char, usize)> {
    let mut depth = 0;
    code[..at].char_indices().rev().find_map(|(at, character)| {
        match character {
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' if depth == 0 => return Some((character, at)),
            '(' | '[' | '{' => depth -= 1,
            _ => {}
        }
        None
    })
}

/// How long the group is that `text` begins with.
fn group(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, character)| {
        depth += match character {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        };
        (depth == 0).then_some(at + 1)
    })
}

/// A closed list whose every variant must be made somewhere.
pub(super) struct Listed {
    pub(super) file: &'static str,
    pub(super) begins: &'static str,
    /// How code names a variant.
    pub(super) names: &'static [&'static str],
    /// Where every variant is named anyway.
    apart: &'static [&'static str],
}

pub(super) const LISTS: [Listed; 3] = [
    Listed {
        file: "crates/protocol/src/refusal.rs",
        begins: "\nreasons! {",
        names: &["Reason::"],
        apart: &["crates/protocol/src/refusal.rs", "crates/protocol/src/refusal/"],
    },
    Listed {
        file: "crates/protocol/src/audit.rs",
        begins: "pub enum Action {",
        names: &["Action::", "Act::", "Step::", "audit::Action::"],
        apart: &["crates/protocol/src/audit.rs"],
    },
    Listed {
        file: "crates/protocol/src/change.rs",
        begins: "pub enum Change {",
        names: &["Change::"],
        apart: &["crates/store/"],
    },
];
