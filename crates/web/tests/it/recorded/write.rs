//! How an answer is written down, and how two transcripts are compared.

use std::fmt::Write as _;
use std::path::PathBuf;

use testkit::Answer;

use super::script::Block;

/// Status, headers in their order, body. Only the date of the answer is left out.
pub(super) fn answer(answer: &Answer, block: &Block) -> String {
    let mut out = format!("{}\n", answer.status);
    if block.status_only {
        return out + "\n";
    }
    for (name, value) in answer.headers.iter().filter(|(name, _)| *name != "date") {
        let _ = writeln!(out, "{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    if !answer.text.is_empty() {
        let text = if answer.body.is_null() { answer.text.clone() } else { broken(&answer.text) };
        let _ = write!(out, "\n{text}\n");
    }
    out + "\n"
}

/// Compares with what was recorded, or records it where `GRANTOR_RECORD=1` asks for that.
pub(super) fn compare(area: &str, transcript: &str) {
    let path = file(&format!("{area}.txt"));
    if std::env::var("GRANTOR_RECORD").is_ok_and(|value| value == "1") {
        std::fs::write(&path, transcript).unwrap();
        return;
    }
    let recorded = std::fs::read_to_string(&path).unwrap_or_default();
    if recorded == transcript {
        return;
    }
    let pair = exchanges(&recorded).zip(exchanges(transcript)).find(|(was, is)| was != is);
    let (was, is) = pair.unwrap_or(("(another number of exchanges)", "(another number of exchanges)"));
    panic!("{area}: another answer than the recorded one\n{}", difference(was, is));
}

/// A script or a transcript.
pub(super) fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/recorded").join(name)
}

/// The exchanges of a transcript.
pub(super) fn exchanges(transcript: &str) -> impl Iterator<Item = &str> {
    transcript.split("\n### ")
}

/// Both exchanges line by line, what is equal once.
fn difference(was: &str, is: &str) -> String {
    let (was, is): (Vec<&str>, Vec<&str>) = (was.lines().collect(), is.lines().collect());
    let same = was.iter().zip(&is).take_while(|(was, is)| was == is).count();
    let end = was.iter().rev().zip(is.iter().rev()).take_while(|(was, is)| was == is).count();
    let end = end.min(was.len().min(is.len()) - same);
    let mut out = String::new();
    let mut lines = |sign: &str, lines: &[&str]| {
        for line in lines {
            let _ = writeln!(out, "{sign} {line}");
        }
    };
    lines(" ", &was[..same]);
    lines("-", &was[same..was.len() - end]);
    lines("+", &is[same..is.len() - end]);
    lines(" ", &was[was.len() - end..]);
    out
}

/// JSON with a line for each member and each row of an array, and not an octet else: a change is a change of few lines.
fn broken(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, part) in parts(text).into_iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        out.push_str(part);
    }
    out
}

/// Cuts behind the commas that stand between members of the object itself and between objects.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0_usize, false, false);
    let octets = text.as_bytes();
    for (at, octet) in octets.iter().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 1 || (octets[at - 1] == b'}' && octets.get(at + 1) == Some(&b'{')) => {
                parts.push(&text[from..=at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// The rows of the list in the order of their `member`: what was made in one moment is listed in the order of random ids.
pub(super) fn sorted(text: &str, member: &str) -> String {
    let Some((before, rest)) = text.split_once(":[{") else { return text.to_owned() };
    let (mut depth, mut end) = (1_usize, rest.len());
    let mut rows = vec![String::from("{")];
    for (at, letter) in rest.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ']' if depth == 0 => {
                end = at;
                break;
            }
            ',' if depth == 0 => {
                rows.push(String::new());
                continue;
            }
            _ => {}
        }
        rows.last_mut().unwrap().push(letter);
    }
    let key = |row: &String| {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        row.pointer(member).map(ToString::to_string)
    };
    rows.sort_by_key(key);
    format!("{before}:[{}{}", rows.join(","), &rest[end..])
}
