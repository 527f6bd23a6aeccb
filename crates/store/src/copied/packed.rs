//! Rows in few octets: a server of thousands of worlds keeps each as it was made.

use std::fmt;

use crate::{Row, Value};

/// Rows of one table.
pub(super) struct Packed {
    width: usize,
    octets: Box<[u8]>,
}

impl fmt::Debug for Packed {
    /// Not what is in them: hashes and sealed secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed").field("octets", &self.octets.len()).finish_non_exhaustive()
    }
}

impl Packed {
    pub(super) fn of(rows: &[Row]) -> Self {
        let mut octets = Vec::new();
        for value in rows.iter().flat_map(Row::values) {
            put(&mut octets, value);
        }
        // Copied to its length: what only lets go of the rest keeps up to half of it for nothing.
        Self { width: rows.first().map_or(0, Row::width), octets: octets.as_slice().into() }
    }

    pub(super) fn octets(&self) -> usize {
        size_of::<Self>() + self.octets.len()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Vec<Value>> {
        let mut rest = &*self.octets;
        std::iter::from_fn(move || {
            // Nothing is left, or there are no columns.
            (!rest.is_empty()).then(|| (0..self.width).filter_map(|_| take(&mut rest)).collect())
        })
    }
}

fn put(octets: &mut Vec<u8>, value: &Value) {
    let mut long = |tag: u8, bytes: &[u8]| {
        octets.push(tag);
        octets.extend((bytes.len() as u64).to_le_bytes().iter().take(LENGTH));
        octets.extend(bytes);
    };
    match value {
        Value::Text(text) => long(TEXT, text.as_bytes()),
        Value::Bytes(bytes) => match <[u8; 16]>::try_from(bytes.as_slice()) {
            Ok(id) => fixed(octets, ID, &id),
            Err(_) => long(BYTES, bytes),
        },
        Value::Id(id) => fixed(octets, ID, id.as_bytes()),
        Value::I64(number) => fixed(octets, NUMBER, &number.to_le_bytes()),
        Value::Bool(flag) => octets.push(if *flag { TRUE } else { FALSE }),
        Value::Null => octets.push(NULL),
    }
}

fn fixed(octets: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    octets.push(tag);
    octets.extend(bytes);
}

/// The next value. None where what was packed is not whole: [`put`] leaves nothing of that kind.
fn take(rest: &mut &[u8]) -> Option<Value> {
    let (tag, behind) = rest.split_first()?;
    *rest = behind;
    match *tag {
        TEXT => Some(std::str::from_utf8(long(rest)?).ok()?.into()),
        BYTES => Some(long(rest)?.into()),
        ID => Some(uuid::Uuid::from_slice(split(rest, 16)?).ok()?.into()),
        NUMBER => Some(i64::from_le_bytes(split(rest, 8)?.try_into().ok()?).into()),
        TRUE => Some(true.into()),
        FALSE => Some(false.into()),
        _ => Some(Value::Null),
    }
}

fn long<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = split(rest, LENGTH)?.iter().rev().fold(0, |length, octet| length << 8 | usize::from(*octet));
    split(rest, length)
}

fn split<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (part, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(part)
}

/// A row has at most a gigabyte on either engine.
const LENGTH: usize = 4;
const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const NUMBER: u8 = 3;
const TEXT: u8 = 4;
const BYTES: u8 = 5;
const ID: u8 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_packed_comes_out_again() {
        let id = uuid::Uuid::from_u128(7);
        let values = vec![
            Value::Null,
            true.into(),
            false.into(),
            i64::MIN.into(),
            "Zoë".into(),
            String::new().into(),
            vec![1_u8, 2].into(),
            "x".repeat(70_000).into(),
            id.into(),
        ];
        let rows = [Row::new(values.clone()), Row::new(values.clone())];
        let packed = Packed::of(&rows);
        assert_eq!(packed.rows().collect::<Vec<_>>(), [values.clone(), values]);
        assert_eq!(Packed::of(&[]).rows().count(), 0);
    }
}
