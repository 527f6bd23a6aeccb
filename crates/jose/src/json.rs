//! The parser for JSON from outside: one document, no duplicate members anywhere, bounded nesting.
//!
//! RFC 8259 §4 leaves duplicate members undefined, and two parsers that choose differently are an attack
//! (RFC 7515 §4, RFC 7519 §4 allow refusing them); so they are refused, whatever escapes spell the name.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::Error;

/// Parses exactly one JSON document in which arrays and objects nest at most `max_depth` levels.
///
/// A number outside the range of a double, an unpaired surrogate, a byte order mark or anything after the document
/// is [`Error::Malformed`], as are a duplicate member and nesting that is too deep.
pub fn parse_strict(bytes: &[u8], max_depth: usize) -> Result<Value, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth_left: max_depth }.deserialize(&mut deserializer).map_err(|_| MALFORMED)?;
    deserializer.end().map_err(|_| MALFORMED)?;
    Ok(value)
}

/// As [`parse_strict`], for a document that must be an object.
pub fn parse_strict_object(bytes: &[u8], max_depth: usize) -> Result<Map<String, Value>, Error> {
    match parse_strict(bytes, max_depth)? {
        Value::Object(members) => Ok(members),
        _ => Err(Error::Malformed("not a JSON object")),
    }
}

#[derive(Clone, Copy)]
struct Strict {
    depth_left: usize,
}

impl Strict {
    fn descend<E: serde::de::Error>(self) -> Result<Self, E> {
        self.depth_left.checked_sub(1).map(|depth_left| Self { depth_left }).ok_or_else(|| E::custom("nested too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let below = self.descend()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(below)? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let below = self.descend()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(below)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("duplicate member"));
            }
        }
        Ok(Value::Object(object))
    }
}

const MALFORMED: Error = Error::Malformed("not strict JSON");
