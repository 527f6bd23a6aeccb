//! Reads properties one by one and collects what is wrong with each in PingOne's words (the contract §3.1).

use serde_json::{Map, Value, json};
use unicode_normalization::char::is_public_assigned;
use uuid::Uuid;

use crate::refusal::{Detail, Refused};

/// A JSON object being read. Every reading method answers None for what is absent or faulty, and notes the fault.
#[derive(Debug)]
pub struct Fields<'a> {
    members: &'a Map<String, Value>,
    prefix: String,
    details: Vec<Detail>,
}

impl<'a> Fields<'a> {
    pub fn new(members: &'a Map<String, Value>) -> Self {
        Self { members, prefix: String::new(), details: Vec::new() }
    }

    /// The value that was read, or the refusal with every fault in the order in which it was met.
    pub fn finish<T>(self, value: T) -> Result<T, Refused> {
        if self.details.is_empty() { Ok(value) } else { Err(Refused::fields(self.details)) }
    }

    /// What was sent, of whatever type, for a rule that is about more than the property itself.
    pub fn sent(&self, name: &str) -> Option<&'a Value> {
        self.value(name)
    }

    /// Whether the property was sent with a value.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// A text of `min..=max` characters without control characters. One that must hold something holds more than blanks: they
    /// are shown as nothing.
    pub fn text(&mut self, name: &str, min: usize, max: usize) -> Option<String> {
        if min > 0 && self.value(name).and_then(Value::as_str).is_some_and(is_blank) {
            self.fault("EMPTY_VALUE", name, "must not be empty", None);
            return None;
        }
        self.text_where(name, min, max, is_printable, PRINTABLE)
    }

    /// A text that may hold line breaks. An empty one counts as absent.
    pub fn prose(&mut self, name: &str, max: usize) -> Option<String> {
        let printable = |c: char| is_printable(c) || matches!(c, '\n' | '\r' | '\t');
        self.text_where(name, 0, max, printable, PROSE).filter(|text| !text.is_empty())
    }

    /// A text whose every character is `allowed`; `pattern` says so to the client.
    pub fn text_where(
        &mut self,
        name: &str,
        min: usize,
        max: usize,
        allowed: impl Fn(char) -> bool,
        pattern: &str,
    ) -> Option<String> {
        let text = self.string(name)?;
        let length = text.chars().count();
        if length < min && text.is_empty() {
            self.fault("EMPTY_VALUE", name, "must not be empty", None);
        } else if length < min || length > max {
            let range = json!({ "rangeMinimumValue": min, "rangeMaximumValue": max });
            let message = format!("must have {min} to {max} characters");
            self.fault("SIZE_LIMIT_EXCEEDED", name, &message, Some(range));
        } else if !text.chars().all(allowed) {
            self.fault("INVALID_VALUE", name, "holds a character that is not allowed", Some(pattern_of(pattern)));
        } else {
            return Some(text.to_owned());
        }
        None
    }

    /// A text that `check` judges: its error is the sentence for the client.
    pub fn checked<E: std::fmt::Display>(
        &mut self,
        name: &str,
        max: usize,
        check: impl Fn(&str) -> Result<(), E>,
    ) -> Option<String> {
        let text = self.text(name, 1, max)?;
        self.judged(name, text, check)
    }

    /// A text of at most `max` characters that is kept as it came, line breaks and all: `check` knows its form.
    pub fn verbatim<E: std::fmt::Display>(
        &mut self,
        name: &str,
        max: usize,
        check: impl Fn(&str) -> Result<(), E>,
    ) -> Option<String> {
        let text = self.text_where(name, 1, max, |_| true, "")?;
        self.judged(name, text, check)
    }

    /// A text without any rule: a secret whose rules are somebody else's.
    pub fn string(&mut self, name: &str) -> Option<&'a str> {
        self.typed(name, Value::as_str, "a string")
    }

    /// `true` or `false`, also as text: PingOne's own collections send `"default": "false"`.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        self.typed(name, |value| value.as_bool().or_else(|| value.as_str()?.parse().ok()), "a boolean")
    }

    /// An integer in `min..=max`.
    pub fn integer(&mut self, name: &str, min: i64, max: i64) -> Option<i64> {
        let number = self.typed(name, Value::as_i64, "an integer")?;
        if (min..=max).contains(&number) {
            return Some(number);
        }
        let range = json!({ "rangeMinimumValue": min, "rangeMaximumValue": max });
        self.fault("OUT_OF_RANGE", name, &format!("must be from {min} to {max}"), Some(range));
        None
    }

    /// A UUID in its canonical form.
    pub fn id(&mut self, name: &str) -> Option<Uuid> {
        let text = self.string(name)?;
        let id = crate::id::canonical(text);
        if id.is_none() {
            self.fault("INVALID_VALUE", name, "must be a UUID", Some(pattern_of(UUID_PATTERN)));
        }
        id
    }

    /// One of `all`, by its name.
    pub fn choice<T: Copy>(&mut self, name: &str, all: &[T], named: impl Fn(T) -> &'static str) -> Option<T> {
        let text = self.string(name)?;
        self.chosen(name, text, all, named)
    }

    /// A list of at most `max` of `all`, each once.
    pub fn choices<T: Copy + PartialEq>(
        &mut self,
        name: &str,
        max: usize,
        all: &[T],
        named: impl Fn(T) -> &'static str + Copy,
    ) -> Option<Vec<T>> {
        let mut chosen = Vec::new();
        for (index, value) in self.list(name, max)?.iter().enumerate() {
            let place = format!("{name}[{index}]");
            let Some(text) = value.as_str() else {
                self.fault("INVALID_VALUE", &place, "must be a string", None);
                continue;
            };
            match self.chosen(&place, text, all, named) {
                Some(one) if !chosen.contains(&one) => chosen.push(one),
                _ => {}
            }
        }
        Some(chosen)
    }

    /// A list of at most `max` texts that `check` judges one by one.
    pub fn texts<E: std::fmt::Display>(
        &mut self,
        name: &str,
        max: usize,
        check: impl Fn(&str) -> Result<(), E>,
    ) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for (index, value) in self.list(name, max)?.iter().enumerate() {
            let place = format!("{name}[{index}]");
            match value.as_str().map(|text| (text, check(text))) {
                None => self.fault("INVALID_VALUE", &place, "must be a string", None),
                Some((_, Err(error))) => self.fault("INVALID_VALUE", &place, &error.to_string(), None),
                Some((text, Ok(()))) => texts.push(text.to_owned()),
            }
        }
        Some(texts)
    }

    /// A list of at most `max` elements of any type.
    pub fn list(&mut self, name: &str, max: usize) -> Option<&'a [Value]> {
        let list = self.typed(name, |v| v.as_array().map(Vec::as_slice), "an array")?;
        if list.len() <= max {
            return Some(list);
        }
        let inner = json!({ "maximumValue": max });
        self.fault("SIZE_LIMIT_EXCEEDED", name, &format!("must have at most {max} elements"), Some(inner));
        None
    }

    /// An object that is kept as it came.
    pub fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        self.typed(name, Value::as_object, "an object").cloned()
    }

    /// Reads the object `name` with `read`.
    pub fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Fields<'a>) -> T) -> Option<T> {
        let members = self.typed(name, Value::as_object, "an object")?;
        Some(self.nested(name, members, read))
    }

    /// Reads every object of the list `name` with `read`.
    pub fn each<T>(&mut self, name: &str, max: usize, mut read: impl FnMut(&mut Fields<'a>) -> T) -> Option<Vec<T>> {
        let mut all = Vec::new();
        for (index, value) in self.list(name, max)?.iter().enumerate() {
            let place = format!("{name}[{index}]");
            match value.as_object() {
                Some(members) => all.push(self.nested(&place, members, &mut read)),
                None => self.fault("INVALID_VALUE", &place, "must be an object", None),
            }
        }
        Some(all)
    }

    /// Notes that `name` must be there: call it with what was read.
    pub fn require<T>(&mut self, name: &str, read: Option<T>) -> Option<T> {
        // An empty text is what generated clients send for a required property that nobody set.
        let unset = self.value(name).is_none_or(|v| v.as_str().is_some_and(is_blank));
        if read.is_none() && unset {
            let target = self.place(name);
            self.details.retain(|d| d.target != target);
            self.fault("REQUIRED_VALUE", name, "must be provided", None);
        }
        read
    }

    /// Notes a fault of `name`. One that was noted before is not told twice, whoever reads the property again.
    pub fn fault(&mut self, code: &'static str, name: &str, message: &str, inner: Option<Value>) {
        let detail = Detail { code, target: self.place(name), message: message.into(), inner };
        // Bounded: a client learns no more from the thousandth fault.
        if self.details.len() < MAX_DETAILS && !self.details.contains(&detail) {
            self.details.push(detail);
        }
    }

    fn judged<E: std::fmt::Display>(
        &mut self,
        name: &str,
        text: String,
        check: impl Fn(&str) -> Result<(), E>,
    ) -> Option<String> {
        match check(&text) {
            Ok(()) => Some(text),
            Err(error) => {
                self.fault("INVALID_VALUE", name, &error.to_string(), None);
                None
            }
        }
    }

    fn nested<T>(
        &mut self,
        place: &str,
        members: &'a Map<String, Value>,
        read: impl FnOnce(&mut Fields<'a>) -> T,
    ) -> T {
        let prefix = format!("{}.", self.place(place));
        let mut inner = Fields { members, prefix, details: std::mem::take(&mut self.details) };
        let value = read(&mut inner);
        self.details = inner.details;
        value
    }

    fn chosen<T: Copy>(&mut self, place: &str, text: &str, all: &[T], named: impl Fn(T) -> &'static str) -> Option<T> {
        let found = all.iter().copied().find(|one| named(*one) == text);
        if found.is_none() {
            let allowed: Vec<&str> = all.iter().map(|one| named(*one)).collect();
            let message = format!("must be one of {}", allowed.join(", "));
            self.fault("INVALID_VALUE", place, &message, Some(json!({ "allowedValues": allowed })));
        }
        found
    }

    fn typed<T>(&mut self, name: &str, read: impl FnOnce(&'a Value) -> Option<T>, kind: &str) -> Option<T> {
        let value = self.value(name)?;
        let read = read(value);
        if read.is_none() {
            self.fault("INVALID_VALUE", name, &format!("must be {kind}"), None);
        }
        read
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    fn place(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

/// PingOne's `[\p{L}\p{M}\p{Zs}\p{S}\p{N}\p{P}]`: everything but controls, formats, private use and unassigned.
pub fn is_printable(c: char) -> bool {
    !c.is_control()
        && is_public_assigned(c)
        && !matches!(u32::from(c),
        0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890..=0x891 | 0x8e2 | 0x180e | 0x200b..=0x200f
        | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb | 0x110bd | 0x110cd | 0x13430..=0x1343f
        | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

/// Whether a text shows nothing: no character, or only such as take up room (the last five are letters by their category).
fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'))
}

fn pattern_of(pattern: &str) -> Value {
    json!({ "allowedPattern": pattern })
}

const MAX_DETAILS: usize = 100;
const PRINTABLE: &str = r"^[\p{L}\p{M}\p{Zs}\p{S}\p{N}\p{P}]*$";
const PROSE: &str = r"^[\p{L}\p{M}\p{Zs}\p{S}\p{N}\p{P}\n\r\t]*$";
const UUID_PATTERN: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

#[cfg(test)]
mod tests;
