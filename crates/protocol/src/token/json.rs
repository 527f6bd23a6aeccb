//! Writes one JSON object member by member, in the order in which the profile has them (RFC 8259).

use std::fmt::Write as _;

/// An object under construction.
#[derive(Debug)]
pub struct Json {
    text: String,
}

impl Json {
    pub fn object() -> Self {
        let mut text = String::with_capacity(512);
        text.push('{');
        Self { text }
    }

    #[must_use]
    pub fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        push_text(&mut self.text, value);
        self
    }

    /// Nothing at all without a value.
    #[must_use]
    pub fn text_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    #[must_use]
    pub fn number(mut self, name: &str, value: i64) -> Self {
        self.name(name);
        self.text.push_str(&value.to_string());
        self
    }

    #[must_use]
    pub fn truth(mut self, name: &str, value: bool) -> Self {
        self.name(name);
        self.text.push_str(if value { "true" } else { "false" });
        self
    }

    /// What is said only where it is so.
    #[must_use]
    pub fn truth_if(self, name: &str, so: bool) -> Self {
        if so { self.truth(name, true) } else { self }
    }

    #[must_use]
    pub fn texts<'a>(mut self, name: &str, values: impl IntoIterator<Item = &'a str>) -> Self {
        self.name(name);
        let mut separator = '[';
        for value in values {
            self.text.push(separator);
            push_text(&mut self.text, value);
            separator = ',';
        }
        self.text.push_str(if separator == '[' { "[]" } else { "]" });
        self
    }

    #[must_use]
    pub fn nested(mut self, name: &str, object: Self) -> Self {
        self.name(name);
        self.text.push_str(&object.finish());
        self
    }

    /// Whatever JSON has.
    #[must_use]
    pub fn value(mut self, name: &str, value: &serde_json::Value) -> Self {
        self.name(name);
        self.text.push_str(&value.to_string());
        self
    }

    /// Whether it has no member yet.
    pub fn is_empty(&self) -> bool {
        self.text.len() == 1
    }

    pub fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }

    fn name(&mut self, name: &str) {
        if !self.is_empty() {
            self.text.push(',');
        }
        push_text(&mut self.text, name);
        self.text.push(':');
    }
}

fn push_text(out: &mut String, text: &str) {
    out.push('"');
    // Looked at to the end, without a branch: so many octets are compared at a time.
    let special = |octet: u8| octet < 0x20 || octet == b'"' || octet == b'\\';
    if text.bytes().fold(false, |found, octet| found | special(octet)) {
        text.chars().for_each(|c| push_escaped(out, c));
    } else {
        out.push_str(text);
    }
    out.push('"');
}

/// RFC 8259 §7.
fn push_escaped(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        c if u32::from(c) < 0x20 => {
            // Writing into a text cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
        c => out.push(c),
    }
}
