//! Long documents, of which one value at a time is in memory.

mod passed;

use std::fmt;
use std::io::{BufRead, Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What takes one value after the other; false ends the reading.
pub type Take<'a> = &'a mut dyn FnMut(Value) -> bool;

/// Why a document cannot be read: never a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Whoever took the values has enough.
    Stopped,
    /// It is no JSON, or nothing that was expected, at this line.
    At(usize),
    /// The file itself cannot be read.
    Io,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("was not read to its end"),
            Self::At(line) => write!(f, "is not the JSON of an export, at line {line}"),
            Self::Io => f.write_str("cannot be read"),
        }
    }
}

/// Reads a document that is one object. The elements of its member `long` are handed out and not kept; the others come back.
///
/// # Errors
/// [`Unread`].
pub fn object(from: impl Read, long: &str, take: Take<'_>) -> Result<Map<String, Value>, Unread> {
    document(from, long, Some(take))
}

/// The same for whoever wants the other members alone: the elements of `long` are held to be JSON and are never in memory.
///
/// # Errors
/// [`Unread`].
pub fn members(from: impl Read, long: &str) -> Result<Map<String, Value>, Unread> {
    document(from, long, None)
}

fn document(from: impl Read, long: &str, take: Option<Take<'_>>) -> Result<Map<String, Value>, Unread> {
    let mut reader = serde_json::Deserializer::from_reader(from);
    let mut stopped = false;
    let take = take.map(|take| take as Take<'_>);
    let read = Document { long, take, stopped: &mut stopped }.deserialize(&mut reader);
    let read = read.and_then(|members| reader.end().map(|()| members));
    read.map_err(|error| unread(&error, stopped))
}

/// Reads a list of values: an array, or one value after the other.
///
/// # Errors
/// [`Unread`].
pub fn values(mut from: impl BufRead, take: Take<'_>) -> Result<(), Unread> {
    let first = first_octet(&mut from)?;
    let mut stopped = false;
    let mut reader = serde_json::Deserializer::from_reader(from);
    if first == Some(b'[') {
        let read = Elements { take: Some(take), stopped: &mut stopped }.deserialize(&mut reader);
        return read.and_then(|()| reader.end()).map_err(|error| unread(&error, stopped));
    }
    for value in reader.into_iter::<Value>() {
        if !take(value.map_err(|error| unread(&error, false))?) {
            return Err(Unread::Stopped);
        }
    }
    Ok(())
}

/// The first octet behind a byte order mark and blanks, which are passed over.
fn first_octet(from: &mut impl BufRead) -> Result<Option<u8>, Unread> {
    loop {
        let buffer = from.fill_buf().map_err(|_| Unread::Io)?;
        let Some(first) = buffer.first().copied() else { return Ok(None) };
        if !first.is_ascii_whitespace() && !BYTE_ORDER_MARK.contains(&first) {
            return Ok(Some(first));
        }
        from.consume(1);
    }
}

fn unread(error: &serde_json::Error, stopped: bool) -> Unread {
    match error.classify() {
        _ if stopped => Unread::Stopped,
        serde_json::error::Category::Io => Unread::Io,
        _ => Unread::At(error.line()),
    }
}

struct Document<'a> {
    long: &'a str,
    take: Option<Take<'a>>,
    stopped: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == self.long {
                let take = self.take.as_mut().map(|take| &mut **take as Take<'_>);
                map.next_value_seed(Elements { take, stopped: &mut *self.stopped })?;
            } else {
                members.insert(name, map.next_value()?);
            }
        }
        Ok(members)
    }
}

struct Elements<'a> {
    /// None passes over them.
    take: Option<Take<'a>>,
    stopped: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some(take) = self.take else {
            while seq.next_element::<passed::Over>()?.is_some() {}
            return Ok(());
        };
        while let Some(value) = seq.next_element::<Value>()? {
            if !take(value) {
                *self.stopped = true;
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(text: &str, most: usize) -> (Result<Map<String, Value>, Unread>, Vec<Value>) {
        let mut some = Vec::new();
        let read = object(text.as_bytes(), "users", &mut |value| {
            some.push(value);
            some.len() < most
        });
        (read, some)
    }

    #[test]
    fn a_long_member_is_handed_out_one_by_one() {
        let text = "{\"a\": [1], \"users\": [{\"n\": 1}, {\"n\": 2}], \"z\": null}";
        let (read, some) = taken(text, 9);
        assert_eq!(Value::from(read.unwrap()), json!({ "a": [1], "z": null }));
        assert_eq!(some, [json!({ "n": 1 }), json!({ "n": 2 })]);
        assert_eq!(taken(text, 1).0, Err(Unread::Stopped));
        assert_eq!(taken("{\"users\": null}", 9).0, Ok(Map::new()));
        for (wrong, line) in [("{\"users\":\n 3}", 2), ("[]", 1), ("{} {}", 1), ("{\"a\": 1", 1)] {
            assert_eq!(taken(wrong, 9).0, Err(Unread::At(line)), "{wrong}");
        }
    }

    /// What is passed over is held to be as right as what is taken: otherwise a broken file is found when half of it is written.
    #[test]
    fn a_long_member_is_passed_over_and_judged() {
        let text = "{\"a\": [1], \"users\": [{\"n\": [1.5, \"x\", null, {\"m\": true}]}, 2], \"z\": -1}";
        assert_eq!(members(text.as_bytes(), "users").map(Value::from), Ok(json!({ "a": [1], "z": -1 })));
        for wrong in [
            &b"{\"users\":\n 3}"[..],
            b"{\"users\": [\n{\"n\": 1 \"}]}",
            b"{\"users\": [\n{\"n\": \"\xff\"}]}",
            b"{\"users\": [\n{\"\xff\": 1}]}",
            b"{\"users\": [\n{\"n\": 1e999}]}",
            b"{\"users\": [\n\"\\ud800\"]}",
        ] {
            let shown = String::from_utf8_lossy(wrong);
            assert_eq!(members(wrong, "users"), Err(Unread::At(2)), "{shown}");
            assert_eq!(object(wrong, "users", &mut |_| true), Err(Unread::At(2)), "{shown}");
        }
    }

    #[test]
    fn lists_come_as_an_array_or_one_after_the_other() {
        for text in ["[{\"n\":1},{\"n\":2}]", "{\"n\":1}\n{\"n\":2}\n", "\u{feff} [{\"n\":1}, {\"n\":2}]\n"] {
            let mut some = Vec::new();
            values(text.as_bytes(), &mut |value| {
                some.push(value);
                true
            })
            .unwrap();
            assert_eq!(some, [json!({ "n": 1 }), json!({ "n": 2 })], "{text}");
        }
        assert_eq!(values("{\"n\":1}\nx".as_bytes(), &mut |_| true), Err(Unread::At(2)));
        assert_eq!(values("".as_bytes(), &mut |_| true), Ok(()));
        assert_eq!(values("[1, 2]".as_bytes(), &mut |_| false), Err(Unread::Stopped));
    }
}
