//! Bodies and filters that nobody writes on purpose: good ones, changed by chance. The same seed makes the same ones.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::{Value, json};

/// Numbers by chance (SplitMix64): what failed is made again of its seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(name: &str, seed: u64) -> Self {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Self(hasher.finish() ^ seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `most`, which is not 0.
    pub(super) fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).unwrap()
    }

    pub(super) fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub(super) fn word<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// Once in `times`.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// The text of a body that is `good` but for one to three things. `ids` are those of this environment and of others.
pub(super) fn mutated(dice: &mut Dice, good: &Value, ids: &[String]) -> Vec<u8> {
    let mut body = good.clone();
    let mut text = body.to_string();
    for _ in 0..=dice.below(3) {
        // What is long already grows no further: beyond a mebibyte there is one answer, whatever stands in it.
        if text.len() < LONG {
            change(dice, &mut body, ids);
            text = body.to_string();
        }
    }
    for (at, raw) in RAW.iter().enumerate() {
        text = text.replace(&format!("\"{MARK}{at}\""), raw);
    }
    let mut octets = text.into_bytes();
    if dice.once_in(20) {
        scratch(dice, &mut octets);
    }
    octets
}

/// Changes one thing somewhere.
fn change(dice: &mut Dice, body: &mut Value, ids: &[String]) {
    let mut all = vec![String::new()];
    pointers(body, "", &mut all);
    let pointer = dice.one(&all).clone();
    let Some(place) = body.pointer_mut(&pointer) else { return };
    match (dice.below(12), &mut *place) {
        (0, Value::Object(members)) => {
            members.remove(&named(dice, members.keys()));
        }
        (1, Value::Object(members)) => {
            members.insert(dice.word(MEMBERS).into(), any(dice, ids));
        }
        (2, Value::Object(members)) => {
            // Under a name that is hardly another.
            let name = named(dice, members.keys());
            let value = members.remove(&name).unwrap_or_default();
            members.insert(name.to_uppercase(), value);
        }
        (3, Value::Array(rows)) => rows.clear(),
        (4, Value::Array(rows)) => {
            let row = rows.first().cloned().unwrap_or_else(|| any(dice, ids));
            let most = LONG / row.to_string().len().max(1);
            rows.extend(std::iter::repeat_n(row, most.min(*dice.one(&[1, 30, 1200]))));
        }
        (5, place) => *place = json!([place.take()]),
        (6, place) => *place = json!({ "id": place.take() }),
        (7, Value::String(text)) => {
            let most = LONG / text.len().max(1);
            *text = text.repeat(most.min(*dice.one(&[2, 100, 20_000])));
        }
        (8, Value::String(text)) => text.push_str(dice.word(ODD)),
        (9, Value::Number(_)) => *place = json!(format!("{MARK}{}", dice.below(NUMBERS))),
        _ => *place = any(dice, ids),
    }
}

fn named<'a>(dice: &mut Dice, names: impl Iterator<Item = &'a String>) -> String {
    let all: Vec<_> = names.collect();
    if all.is_empty() { String::new() } else { (*dice.one(&all)).clone() }
}

fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, inner)| (escaped(name), inner)).collect(),
        Value::Array(rows) => rows.iter().take(3).enumerate().map(|(place, row)| (place.to_string(), row)).collect(),
        _ => Vec::new(),
    };
    for (name, inner) in below {
        let own = format!("{at}/{name}");
        pointers(inner, &own, all);
        all.push(own);
    }
}

/// RFC 6901 §3.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A value of any kind.
fn any(dice: &mut Dice, ids: &[String]) -> Value {
    match dice.below(14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(*dice.one(&[0, -1, 1, i64::MAX, i64::MIN, 2_147_483_648])),
        3 => json!(*dice.one(&[0.5, -0.0, 1e300])),
        4 => json!(""),
        5 => json!(dice.word(ODD)),
        6 => json!([]),
        7 => json!({}),
        8 => json!([null]),
        9 => json!({ "id": dice.one(ids) }),
        10 => json!(dice.one(ids)),
        11 => json!(format!("{MARK}{}", dice.below(RAW.len()))),
        12 => deep(dice),
        _ => json!([{ "id": dice.one(ids) }, { "id": dice.one(ids) }]),
    }
}

fn deep(dice: &mut Dice) -> Value {
    let list = dice.once_in(2);
    (0..*dice.one(&[5, 40, 120])).fold(json!("x"), |inner, _| if list { json!([inner]) } else { json!({ "a": inner }) })
}

/// Cuts, doubles or spoils octets.
fn scratch(dice: &mut Dice, octets: &mut Vec<u8>) {
    let at = dice.below(octets.len().max(1));
    match dice.below(3) {
        0 => octets.truncate(at),
        1 => octets.extend_from_within(at..),
        _ => octets.iter_mut().skip(at).take(1).for_each(|octet| *octet = 0xff),
    }
}

/// A query for a list that has one more or less sensible filter; `names` are attributes that some lists know.
pub(super) fn query(dice: &mut Dice, names: &[String], ids: &[String]) -> String {
    let mut text = term(dice, names, ids, 3);
    if dice.once_in(3) {
        let all: Vec<char> = text.chars().collect();
        let at = dice.below(all.len().max(1));
        let odd = dice.word(&["", "(", ")", "\"", "[", "]", "\u{0}", "\\", " and ", "é", "\u{202e}"]);
        let inserted = all.iter().take(at).collect::<String>() + odd;
        text = inserted + &all.iter().skip(at + dice.below(2)).collect::<String>();
    }
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("filter", &text);
    if dice.once_in(5) {
        query.append_pair("limit", dice.word(&["0", "1", "-1", "99999999999999999999", "x", ""]));
    }
    if dice.once_in(8) {
        query.append_pair("cursor", dice.word(&["", "x", "AAAA", "eyJhIjoxfQ"]));
    }
    if dice.once_in(8) {
        let name = dice.word(&["expand", "include", "order", "filter"]);
        query.append_pair(name, dice.one::<String>(names));
    }
    query.finish()
}

fn term(dice: &mut Dice, names: &[String], ids: &[String], depth: usize) -> String {
    match dice.below(if depth == 0 { 6 } else { 10 }) {
        0 => format!("{} pr", dice.one(names)),
        6 => format!("not ({})", term(dice, names, ids, depth - 1)),
        7 => format!("({})", term(dice, names, ids, depth - 1)),
        8 => format!("{}[{}]", dice.one(names), term(dice, names, ids, depth - 1)),
        9 => {
            let (one, other) = (term(dice, names, ids, depth - 1), term(dice, names, ids, depth - 1));
            format!("{one} {} {other}", dice.word(&["and", "or", "AND", "xor"]))
        }
        _ => {
            let op = dice.word(&["eq", "ne", "sw", "co", "ew", "gt", "ge", "lt", "le", "EQ", "in", "=="]);
            let value = match dice.below(6) {
                0 => json!(dice.one(ids)).to_string(),
                1 => dice.word(&["1", "-1", "1.5", "true", "false", "null", "99999999999999999999", "1e9"]).into(),
                2 => "\"2026-01-01T00:00:00Z\"".into(),
                3 => format!("\"{}\"", dice.word(ODD)),
                4 => "\"\"".into(),
                _ => format!("\"{}\"", "a".repeat(*dice.one(&[1, 2, 300, 4000]))),
            };
            format!("{} {op} {value}", dice.one(names))
        }
    }
}

const LONG: usize = 200_000;
/// Stands for a text that no value of JSON makes.
const MARK: &str = "raw@";
/// Numbers first.
const NUMBERS: usize = 6;
const RAW: &[&str] = &[
    "9223372036854775808",
    "-9223372036854775809",
    "1e400",
    "1.0",
    "01",
    "123456789012345678901234567890",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"a\\u0000b\"",
    "{\"a\":1,\"a\":2}",
    "{\"id\":\"x\",\"id\":null}",
    "NaN",
    "'x'",
];
const ODD: &[&str] = &[
    "\u{0}",
    "a\u{0}b",
    "\u{7f}",
    "\u{200b}",
    "\u{202e}x",
    "\u{feff}",
    "e\u{301}",
    "ß",
    "İ",
    "😀",
    "\u{10ffff}",
    " ",
    "\t",
    "\r\n",
    "${user.id}",
    "${",
    "${#string.toLowerCase(user.name)}",
    "%00",
    "../x",
    "https://a.example/\u{0}",
    "http://[::1",
    "https://user:x@a.example/*?*#",
    "javascript:x",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0000-00-00T00:00:00Z",
    "'; --",
    "\\",
    "\"",
];
const MEMBERS: &[&str] =
    &["id", "environment", "default", "_links", "x\u{0}", "", "createdAt", "population", "type", "name"];
