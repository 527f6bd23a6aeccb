//! `#regex`: what is done with patterns that are looked for in texts.

use fancy_regex::Captures;
use serde_json::Value;

use super::Failed;
use super::budget::Budget;
use super::function::{Function, Given, function};
use super::pattern::{ENDLESS, MAX_SEARCHED, Pattern};

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "replaceFirst",
        "input: text, regex: regex, replacement: text",
        "text",
        "with the replacement in place of what the pattern finds first; in it `$1` is what the first group found, `${name}` the group of \
         that name, `\\$` the sign itself",
        replace_first,
    ),
    function(
        "replaceAll",
        "input: text, regex: regex, replacement: text",
        "text",
        "the same wherever it is found; pair after pair, each in what the one before it made",
        replace_all,
    )
    .more("regex: regex, replacement: text", 7, "regex?: regex"),
    function("matches", "input: text, regex: regex of all", "boolean", "the pattern is all of the text", matches),
    function("findAllMatches", "input: text, regex: regex", "list", "what the pattern finds, from the left", find_all),
];

fn find_all(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (Some(text), Some(pattern)) = (given.text(0), given.pattern(1, Pattern::read)?) else { return Ok(Value::Null) };
    pattern.search(text, given.budget)?;
    let mut found = Vec::new();
    for one in pattern.regex.find_iter(text) {
        let one = one.map_err(|_| ENDLESS)?;
        pattern.look_on(text.len() - one.end(), given.budget)?;
        found.push(Value::from(one.as_str()));
    }
    Ok(Value::Array(found))
}

fn matches(given: &mut Given<'_>) -> Result<Value, Failed> {
    let (Some(text), Some(pattern)) = (given.text(0), given.pattern(1, Pattern::read_whole)?) else {
        return Ok(false.into());
    };
    Ok(pattern.is_in(text, given.budget)?.into())
}

fn replace_first(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(text) = given.text(0) else { return Ok(Value::Null) };
    let (Some(pattern), Some(replacement)) = (given.pattern(1, Pattern::read)?, given.text(2)) else {
        return Ok(text.into());
    };
    Ok(replaced(text, &pattern, (replacement, 1), given.budget)?.into())
}

/// What has no replacement leaves the text as it is.
fn replace_all(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(text) = given.text(0) else { return Ok(Value::Null) };
    let mut text = text.to_owned();
    for at in (1..given.count()).step_by(2) {
        if let (Some(replacement), Some(pattern)) = (given.text(at + 1), given.pattern(at, Pattern::read)?) {
            text = replaced(&text, &pattern, (replacement, usize::MAX), given.budget)?;
            given.budget.take(text.len())?;
        }
    }
    Ok(text.into())
}

/// With the replacement so often at most.
fn replaced(
    text: &str,
    pattern: &Pattern,
    (replacement, most): (&str, usize),
    budget: &mut Budget,
) -> Result<String, Failed> {
    pattern.search(text, budget)?;
    let (mut made, mut at) = (String::new(), 0);
    for captures in pattern.regex.captures_iter(text).take(most) {
        let captures = captures.map_err(|_| ENDLESS)?;
        let Some(whole) = captures.get(0) else { continue };
        pattern.look_on(text.len() - whole.end(), budget)?;
        made.push_str(&text[at..whole.start()]);
        expand(replacement, &captures, pattern, &mut made)?;
        // A replacement may name a group as often as it likes.
        if made.len() > MAX_SEARCHED * 8 {
            return Err(Failed("the replacement makes too much"));
        }
        at = whole.end();
    }
    made.push_str(&text[at..]);
    Ok(made)
}

fn expand(replacement: &str, captures: &Captures<'_, str>, pattern: &Pattern, made: &mut String) -> Result<(), Failed> {
    let mut rest = replacement;
    while let Some(at) = rest.find(['\\', '$']) {
        made.push_str(&rest[..at]);
        let sign = &rest[at..];
        rest = &sign[1..];
        if sign.starts_with('\\') {
            let letter = rest.chars().next().ok_or(Failed("nothing stands behind the last \\"))?;
            made.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else if let Some(name) = rest.strip_prefix('{') {
            let (name, behind) = name.split_once('}').ok_or(Failed("the name of a group has no end"))?;
            if !pattern.regex.capture_names().flatten().any(|known| known == name) {
                return Err(NO_GROUP);
            }
            made.push_str(captures.name(name).map_or("", |found| found.as_str()));
            rest = behind;
        } else {
            let (group, length) = numbered(rest, captures.len())?;
            made.push_str(captures.get(group).map_or("", |found| found.as_str()));
            rest = &rest[length..];
        }
    }
    made.push_str(rest);
    Ok(())
}

const NO_GROUP: Failed = Failed("the pattern has no such group");

/// The number of a group and its length: as many digits as there are groups for, as in Java.
fn numbered(text: &str, groups: usize) -> Result<(usize, usize), Failed> {
    let mut found: Option<(usize, usize)> = None;
    for (at, letter) in text.char_indices() {
        let Some(digit) = letter.to_digit(10) else { break };
        let group = found.map_or(0, |(group, _)| group * 10) + digit as usize;
        if found.is_some() && group >= groups {
            break;
        }
        found = Some((group, at + 1));
    }
    let (group, length) = found.ok_or(Failed("a number is expected behind $"))?;
    if group < groups { Ok((group, length)) } else { Err(NO_GROUP) }
}
