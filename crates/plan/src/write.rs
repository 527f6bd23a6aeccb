//! Values as YAML that a person reads: blocks, short references on one line, quotes only where a word would mean something else.

use std::fmt::Write as _;

use serde_json::Value;

use crate::yaml;

/// A value whose members have an order.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    Value(Value),
    List(Vec<Text>),
    Map(Vec<(String, Text)>),
}

impl From<Value> for Text {
    fn from(value: Value) -> Self {
        match value {
            Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Map(members.into_iter().map(|(name, value)| (name, value.into())).collect())
            }
            value => Self::Value(value),
        }
    }
}

/// A document, which ends with a line break.
pub fn write(text: &Text) -> String {
    let mut out = String::new();
    match text {
        Text::Map(members) if !members.is_empty() => map(&mut out, members, 0),
        Text::List(list) if !list.is_empty() => items(&mut out, list, 0),
        other => {
            short(&mut out, other);
            out.push('\n');
        }
    }
    out
}

fn map(out: &mut String, members: &[(String, Text)], depth: usize) {
    for (at, (name, value)) in members.iter().enumerate() {
        if at > 0 {
            indent(out, depth);
        }
        // A longer key must say that it is one (YAML 1.2 §7.4.2).
        if name.len() > LONG_KEY {
            out.push_str("? ");
            scalar(out, name);
            out.push('\n');
            indent(out, depth);
        } else {
            scalar(out, name);
        }
        out.push(':');
        below(out, value, depth);
    }
}

fn items(out: &mut String, list: &[Text], depth: usize) {
    for (at, value) in list.iter().enumerate() {
        if at > 0 {
            indent(out, depth);
        }
        out.push('-');
        match value {
            Text::Map(members) if !is_short(value) => {
                out.push(' ');
                map(out, members, depth + 1);
            }
            Text::List(list) if !is_short(value) => {
                out.push(' ');
                items(out, list, depth + 1);
            }
            value => {
                out.push(' ');
                short(out, value);
                out.push('\n');
            }
        }
    }
}

/// What stands behind a key.
fn below(out: &mut String, value: &Text, depth: usize) {
    match value {
        value if is_short(value) => {
            out.push(' ');
            short(out, value);
            out.push('\n');
        }
        Text::Map(members) => {
            out.push('\n');
            indent(out, depth + 1);
            map(out, members, depth + 1);
        }
        Text::List(list) => {
            out.push('\n');
            indent(out, depth + 1);
            items(out, list, depth + 1);
        }
        Text::Value(_) => {}
    }
}

/// Whether it stands on one line: a value, nothing, a reference, a list of a few words.
fn is_short(value: &Text) -> bool {
    let plain = |value: &Text| matches!(value, Text::Value(_));
    match value {
        Text::Value(_) => true,
        Text::Map(members) => {
            members.is_empty()
                || (members.len() == 1 && members.iter().all(|(name, value)| plain(value) && name.len() < WIDE))
        }
        Text::List(list) => list.is_empty() || (list.iter().all(plain) && width(list) <= WIDE),
    }
}

fn width(list: &[Text]) -> usize {
    let mut out = String::new();
    for value in list {
        short(&mut out, value);
    }
    out.chars().count()
}

fn short(out: &mut String, value: &Text) {
    match value {
        Text::Value(Value::String(text)) => scalar(out, text),
        // Writing to a String cannot fail.
        Text::Value(value) => {
            let _ = write!(out, "{value}");
        }
        Text::List(list) => {
            out.push('[');
            for (at, value) in list.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                short(out, value);
            }
            out.push(']');
        }
        Text::Map(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                scalar(out, name);
                out.push_str(": ");
                short(out, value);
            }
            out.push('}');
        }
    }
}

/// A text, in quotes where it could be read as anything else. JSON's quotes are YAML's (YAML 1.2 §7.3.1).
fn scalar(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if is_unseen(letter) => {
                let _ = write!(out, "\\U{:08x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(letter, '\u{fffe}' | '\u{ffff}')
}

fn is_plain(text: &str) -> bool {
    let fine = |c: char| {
        c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '+' | '(' | ')' | '=' | ';' | ':' | '$' | '@')
    };
    let begins = text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '_'));
    begins
        && text.chars().all(fine)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && yaml::plain(text).is_string()
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

fn indent(out: &mut String, depth: usize) {
    (0..depth).for_each(|_| out.push_str("  "));
}

/// Words that other readers of YAML take for something else.
const WORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "nan", "inf"];
/// Octets of a key that stands before its colon on one line, whatever is escaped in it.
const LONG_KEY: usize = 90;
/// Letters of a list on one line.
const WIDE: usize = 90;
