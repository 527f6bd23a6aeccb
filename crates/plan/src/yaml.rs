//! Text into documents of nodes that know their line: YAML 1.2, without what makes a small file large or one text mean two things.
//!
//! No anchors and aliases, no tags, no key twice, and no more depth, nodes or octets than [`Limits`] allow. What a plain word means is decided
//! where it is known what is wanted there ([`crate::wanted`]), so `version: 1.10` stays the text that it is and `no` is never `false`.

use std::fmt;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub at: Position,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A word without quotes is whatever is wanted.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// In the order of the file; each key once.
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub at: Position,
    pub name: String,
}

/// Both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// Why a text is not taken. It repeats nothing of the text but names of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    pub at: Position,
    pub why: String,
}

/// What one text may have of each.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub octets: usize,
    pub nodes: usize,
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { octets: 16 * 1024 * 1024, nodes: 1_000_000, depth: 64 }
    }
}

/// The documents of a text. An empty one is none.
///
/// # Errors
/// Where it is no YAML, or more or other than is taken.
pub fn read(text: &str, limits: Limits) -> Result<Vec<Node>, Unreadable> {
    let mut building = Building { limits, nodes: 0, open: Vec::new(), done: Vec::new() };
    if text.len() > limits.octets {
        return Err(unreadable(Position { line: 1, column: 1 }, &format!("it has more than {} octets", limits.octets)));
    }
    let mut parser = Parser::new_from_str(text.trim_start_matches('\u{feff}'));
    while let Some(event) = parser.next_event() {
        let (event, span) = event
            .map_err(|fault| unreadable(position(*fault.marker()), &format!("it is no YAML: {}", fault.info())))?;
        building.take(event, position(span.start))?;
    }
    Ok(building.done.into_iter().filter(|document| !document.is_null()).collect())
}

/// A list or a map whose end has not come.
enum Open {
    List(Position, Vec<Node>),
    Map(Position, Vec<(Key, Node)>, Option<Key>),
}

struct Building {
    limits: Limits,
    nodes: usize,
    open: Vec<Open>,
    done: Vec<Node>,
}

impl Building {
    fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), Unreadable> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                plain_enough(at, anchor, tag.is_some())?;
                let what = What::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.put(Node { at, what })
            }
            Event::SequenceStart(anchor, tag) => {
                plain_enough(at, anchor, tag.is_some())?;
                self.begin(at, Open::List(at, Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                plain_enough(at, anchor, tag.is_some())?;
                self.begin(at, Open::Map(at, Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(at, list)) => self.put(Node { at, what: What::List(list) }),
                Some(Open::Map(at, members, _)) => self.put(Node { at, what: What::Map(members) }),
                None => Ok(()),
            },
            Event::Alias(_) => Err(unreadable(at, "aliases are not taken: write the value out")),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn begin(&mut self, at: Position, open: Open) -> Result<(), Unreadable> {
        if self.open.len() >= self.limits.depth {
            return Err(unreadable(at, &format!("it is deeper than {} levels", self.limits.depth)));
        }
        if matches!(self.open.last(), Some(Open::Map(_, _, None))) {
            return Err(unreadable(at, "a key must be a text"));
        }
        self.open.push(open);
        Ok(())
    }

    fn put(&mut self, node: Node) -> Result<(), Unreadable> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(unreadable(node.at, &format!("it has more than {} values", self.limits.nodes)));
        }
        match self.open.last_mut() {
            None => self.done.push(node),
            Some(Open::List(_, list)) => list.push(node),
            Some(Open::Map(_, members, key)) if key.is_none() => {
                let What::Scalar { text: name, .. } = node.what else {
                    return Err(unreadable(node.at, "a key must be a text"));
                };
                if members.len() < FEW && members.iter().any(|(key, _)| key.name == name) {
                    return Err(unreadable(node.at, &format!("{name:?} is there twice")));
                }
                *key = Some(Key { at: node.at, name });
            }
            Some(Open::Map(_, members, key)) => members.extend(key.take().map(|key| (key, node))),
        }
        self.many_keys()
    }

    /// A map of many keys is looked through when it is whole, sorted: key by key it would take the square of them.
    fn many_keys(&self) -> Result<(), Unreadable> {
        let whole = match self.open.last() {
            Some(Open::List(_, list)) => list.last(),
            Some(Open::Map(_, members, _)) => members.last().map(|(_, node)| node),
            None => self.done.last(),
        };
        let Some(Node { what: What::Map(members), .. }) = whole else { return Ok(()) };
        if members.len() <= FEW {
            return Ok(());
        }
        let mut keys: Vec<&Key> = members.iter().map(|(key, _)| key).collect();
        keys.sort_by(|one, other| one.name.cmp(&other.name));
        match keys.windows(2).find(|pair| pair[0].name == pair[1].name) {
            Some(pair) => Err(unreadable(pair[1].at, &format!("{:?} is there twice", pair[1].name))),
            None => Ok(()),
        }
    }
}

/// An anchor would be for an alias, and a tag makes another type of what stands there.
fn plain_enough(at: Position, anchor: usize, tagged: bool) -> Result<(), Unreadable> {
    if tagged {
        return Err(unreadable(at, "tags are not taken: leave the word with the ! out"));
    }
    if anchor != 0 {
        return Err(unreadable(at, "anchors are not taken: leave the word with the & out"));
    }
    Ok(())
}

fn position(marker: Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

fn unreadable(at: Position, why: &str) -> Unreadable {
    Unreadable { at, why: why.to_owned() }
}

impl Node {
    pub fn is_null(&self) -> bool {
        matches!(&self.what, What::Scalar { text, plain: true } if is_null(text))
    }

    /// The node of a value of JSON, which has no lines.
    pub fn of(value: &Value) -> Self {
        let scalar = |text: String, plain| What::Scalar { text, plain };
        let what = match value {
            Value::Null => scalar("null".into(), true),
            Value::Bool(flag) => scalar(flag.to_string(), true),
            Value::Number(number) => scalar(number.to_string(), true),
            Value::String(text) => scalar(text.clone(), false),
            Value::Array(list) => What::List(list.iter().map(Self::of).collect()),
            Value::Object(members) => {
                let key = |name: &String| Key { at: Position::default(), name: name.clone() };
                What::Map(members.iter().map(|(name, value)| (key(name), Self::of(value))).collect())
            }
        };
        Self { at: Position::default(), what }
    }

    /// How many values it is.
    pub fn count(&self) -> usize {
        1 + match &self.what {
            What::Scalar { .. } => 0,
            What::List(list) => list.iter().map(Self::count).sum(),
            What::Map(members) => members.iter().map(|(_, node)| node.count()).sum(),
        }
    }

    /// What it is by itself, where nothing else is wanted there (YAML 1.2 §10.3, the core schema).
    pub fn value(&self) -> Value {
        match &self.what {
            What::Scalar { text, plain: true } => plain(text),
            What::Scalar { text, plain: false } => text.as_str().into(),
            What::List(list) => list.iter().map(Self::value).collect(),
            What::Map(members) => {
                members.iter().map(|(key, node)| (key.name.clone(), node.value())).collect::<Map<_, _>>().into()
            }
        }
    }
}

pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

pub(crate) fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// What a plain word is.
pub(crate) fn plain(text: &str) -> Value {
    if is_null(text) {
        return Value::Null;
    }
    if let Some(flag) = flag(text) {
        return flag.into();
    }
    if let Ok(number) = text.parse::<i64>() {
        return number.into();
    }
    let looks = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let number = looks.then(|| text.parse().ok().and_then(Number::from_f64)).flatten();
    number.map_or_else(|| text.into(), Value::Number)
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Keys of a map up to which each is compared with all before it.
const FEW: usize = 32;

#[cfg(test)]
mod tests;
