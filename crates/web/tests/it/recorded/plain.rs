//! Takes out of a text what may be another at the next run, and nothing else: ids, tokens, moments, this server's port.
//!
//! Each is numbered by its first appearance, so that two that were equal stay equal to the reader.

use std::collections::BTreeMap;

use protocol::time::Time;
use serde_json::Value;

/// The names that were given so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Texts that are the same at every start, with the name that says what they are. Longest first.
    known: Vec<(String, String)>,
    given: BTreeMap<(&'static str, String), usize>,
    now: i64,
}

impl Names {
    pub(super) fn new(known: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut known: Vec<_> = known.into_iter().collect();
        known.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Self { known, ..Self::default() }
    }

    /// Moments are told by their distance to this one, in whole seconds.
    pub(super) fn at(&mut self, now: Time) {
        self.now = now.0.div_euclid(1_000_000);
    }

    /// The text with names in it.
    pub(super) fn plain(&mut self, text: &str, correlation: &str) -> String {
        let mut text = text.to_owned();
        if !correlation.is_empty() {
            text = text.replace(correlation, "<correlation>");
        }
        for (known, name) in &self.known {
            text = text.replace(known, name);
        }
        self.scan(&text)
    }

    /// Goes from one run of token characters to the next.
    fn scan(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_token) {
            let (before, from) = rest.split_at(start);
            out.push_str(before);
            let length = from.find(|c| !is_token(c)).unwrap_or(from.len());
            // The colons of a moment are no token characters.
            if let Some((moment, length)) = self.moment(from) {
                out.push_str(&moment);
                rest = &from[length..];
                continue;
            }
            let (run, after) = from.split_at(length);
            let named = self.run(run, &out);
            out.push_str(&named);
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn run(&mut self, run: &str, before: &str) -> String {
        if let Some(jwt) = self.jwt(run) {
            return jwt;
        }
        if let Some(at) = (0..run.len().saturating_sub(35)).find(|at| run.get(*at..at + 36).is_some_and(is_uuid)) {
            let (head, id) = (&run[..at], run[at..at + 36].to_owned());
            let name = self.name("uuid", id);
            return format!("{}{name}{}", self.scan(head), self.scan(&run[at + 36..]));
        }
        if let Some(seconds) = epoch(run) {
            return self.distance(seconds);
        }
        // What the digest of a versioned answer is of stands below it.
        let tagged = ["etag: \"", "-Match: \""].iter().any(|name| before.ends_with(name));
        let versioned = |(version, digest): &(&str, &str)| tagged && is_version(version) && digest.len() == DIGEST;
        if let Some((version, _)) = run.split_once('-').filter(versioned) {
            return version.to_owned();
        }
        if before.ends_with(SERIAL) {
            return self.name("serial", run.to_owned());
        }
        let hashed = run.len() > 10 && HASHES.iter().any(|member| before.ends_with(member));
        if hashed || is_random(run) { self.name("text", run.to_owned()) } else { run.to_owned() }
    }

    fn name(&mut self, kind: &'static str, text: String) -> String {
        let next = self.given.keys().filter(|(known, _)| *known == kind).count() + 1;
        let number = self.given.entry((kind, text)).or_insert(next);
        format!("<{kind} {number}>")
    }

    /// A JSON Web Token: what it says where it appears first, later its number.
    fn jwt(&mut self, run: &str) -> Option<String> {
        let mut parts = run.splitn(3, '.');
        let (header, payload) = (decoded(parts.next()?)?, decoded(parts.next()?)?);
        let signature = parts.next()?;
        let first = !self.given.contains_key(&("jwt", run.to_owned()));
        let name = self.name("jwt", run.to_owned());
        if !first {
            return Some(name);
        }
        let known = |text: &str, names: &mut Self| names.plain(text, "");
        let (header, payload) = (known(&header, self), known(&payload, self));
        let unsigned = if signature.is_empty() { " unsigned" } else { "" };
        Some(format!("{}{unsigned} {header}.{payload}>", name.trim_end_matches('>')))
    }

    /// A moment at the start of the text, and how long it is written.
    fn moment(&self, text: &str) -> Option<(String, usize)> {
        text.get(..20).filter(|text| text.as_bytes()[4] == b'-' && text.as_bytes()[10] == b'T')?;
        let length = text.find('Z')? + 1;
        let at: jiff::Timestamp = text.get(..length)?.parse().ok()?;
        // What was made for every start alike is told as it is.
        (at.as_second() >= BEGIN).then(|| (self.distance(at.as_second()), length))
    }

    fn distance(&self, seconds: i64) -> String {
        match seconds - self.now {
            0 => "<now>".into(),
            apart => format!("<now{apart:+}>"),
        }
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~".contains(c)
}

fn is_version(text: &str) -> bool {
    !text.is_empty() && text.len() < 5 && text.bytes().all(|octet| octet.is_ascii_digit())
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, octet)| match at {
        8 | 13 | 18 | 23 => octet == b'-',
        _ => octet.is_ascii_digit() || (b'a'..=b'f').contains(&octet),
    })
}

fn epoch(run: &str) -> Option<i64> {
    let seconds = run.parse().ok().filter(|_| run.len() == 10)?;
    (BEGIN..BEGIN + 10 * 365 * 86_400).contains(&seconds).then_some(seconds)
}

/// Nobody writes such a word: long, and of digits and both cases. One in a thousand codes has no digit.
fn is_random(run: &str) -> bool {
    let has = |test: fn(&u8) -> bool| run.bytes().any(|octet| test(&octet));
    let cases = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let mixed = cases && (has(u8::is_ascii_digit) || run.len() > 40);
    run.len() >= 32 && mixed && !run.starts_with("sha256-")
}

fn decoded(part: &str) -> Option<String> {
    let text = String::from_utf8(jose::b64::decode(part)?).ok()?;
    serde_json::from_str::<Value>(&text).ok().filter(Value::is_object).map(|_| text)
}

/// 2026-01-01T00:00:00Z, where the world of these tests begins.
const BEGIN: i64 = 1_767_225_600;
/// What stands before short hashes: of a token, of a key, of a document with this server's address in it.
/// Characters of the digest of a managed object's answer. The digest of a document may begin as a version does.
const DIGEST: usize = 16;
const HASHES: [&str; 5] = ["etag: \"", "\"at_hash\":\"", "\"c_hash\":\"", "\"s_hash\":\"", "\"kid\":\""];
/// Of a key that was made: a random number.
const SERIAL: &str = "\"serialNumber\":";
