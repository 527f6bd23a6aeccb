//! Reads a filter by recursive descent over its octets.

use jose::json;
use serde_json::Value;

use super::{Filter, FilterError, FilterValue, Op};

/// Reads a whole filter: at most 2 000 octets, 50 clauses and 20 levels of parentheses and `not`.
pub fn parse(text: &str) -> Result<Filter, FilterError> {
    if text.len() > MAX_OCTETS {
        return Err(FilterError { position: MAX_OCTETS, what: "the filter is too long" });
    }
    let mut parser = Parser { text, at: 0, depth: 0, clauses: 0, bracketed: false };
    let filter = parser.alternatives()?;
    parser.skip_spaces();
    if parser.at == text.len() { Ok(filter) } else { Err(parser.error("unexpected text after the filter")) }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    clauses: usize,
    bracketed: bool,
}

impl<'a> Parser<'a> {
    fn alternatives(&mut self) -> Result<Filter, FilterError> {
        let mut left = self.conjunction()?;
        while self.keyword("or") {
            left = Filter::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Filter, FilterError> {
        let mut left = self.clause()?;
        while self.keyword("and") {
            left = Filter::And(Box::new(left), Box::new(self.clause()?));
        }
        Ok(left)
    }

    fn clause(&mut self) -> Result<Filter, FilterError> {
        self.skip_spaces();
        if self.rest().starts_with('(') {
            return self.nested();
        }
        let start = self.at;
        if self.keyword("not") {
            self.skip_spaces();
            // RFC 7644, figure 1: `not` stands before a parenthesis; before anything else it is an attribute.
            if self.rest().starts_with('(') {
                return Ok(Filter::Not(Box::new(self.nested()?)));
            }
            self.at = start;
        }
        self.comparison()
    }

    fn nested(&mut self) -> Result<Filter, FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("the filter is nested too deep"));
        }
        self.at += 1;
        let filter = self.alternatives()?;
        self.skip_spaces();
        if !self.rest().starts_with(')') {
            return Err(self.error("a closing parenthesis is missing"));
        }
        self.at += 1;
        self.depth -= 1;
        Ok(filter)
    }

    /// What stands in brackets behind `path` (RFC 7644, figure 1: valuePath). There are no brackets in brackets.
    fn within(&mut self, path: &str) -> Result<Filter, FilterError> {
        if self.bracketed {
            return Err(self.error("an operator is expected"));
        }
        self.at += 1;
        self.bracketed = true;
        let inner = self.alternatives()?;
        self.bracketed = false;
        self.skip_spaces();
        if !self.rest().starts_with(']') {
            return Err(self.error("a closing bracket is missing"));
        }
        self.at += 1;
        Ok(Filter::Within(path.to_owned(), Box::new(inner)))
    }

    fn comparison(&mut self) -> Result<Filter, FilterError> {
        self.clauses += 1;
        if self.clauses > MAX_CLAUSES {
            return Err(self.error("the filter has too many clauses"));
        }
        let path = self.word(|octet| octet.is_ascii_alphanumeric() || b"._-$".contains(&octet));
        if !is_path(path) {
            return Err(self.error_before(path, "an attribute is expected"));
        }
        if self.rest().starts_with('[') {
            return self.within(path);
        }
        if !self.skip_spaces() {
            return Err(self.error("an operator is expected"));
        }
        let word = self.word(|octet| octet.is_ascii_alphabetic());
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path.to_owned()));
        }
        let op = Op::named(word).ok_or_else(|| self.error_before(word, "an operator is expected"))?;
        if !self.skip_spaces() {
            return Err(self.error("a value is expected"));
        }
        let start = self.at;
        let value = self.value()?;
        if !op.takes(&value) {
            return Err(FilterError { position: start, what: "the operator does not take this value" });
        }
        Ok(Filter::Compare { path: path.to_owned(), op, value })
    }

    /// A JSON string, number, `true`, `false` or `null` (RFC 7644, figure 1: compValue).
    fn value(&mut self) -> Result<FilterValue, FilterError> {
        let length = if self.rest().starts_with('"') {
            string_length(self.rest()).ok_or_else(|| self.error("the text is not closed"))?
        } else {
            self.rest().find([' ', ')', '(', '"', ']']).unwrap_or(self.rest().len())
        };
        let token = &self.rest()[..length];
        let value = json::parse_strict(token.as_bytes(), 0).map_err(|_| self.error("a value is expected"))?;
        let value = match value {
            Value::String(text) if text.contains('\0') => return Err(self.error("the text holds a NUL character")),
            Value::String(text) => FilterValue::Text(text),
            Value::Number(number) => FilterValue::Number(number),
            Value::Bool(value) => FilterValue::Bool(value),
            Value::Null => FilterValue::Null,
            Value::Array(_) | Value::Object(_) => return Err(self.error("a value is expected")),
        };
        self.at += length;
        Ok(value)
    }

    /// Takes the keyword, in any letter case, when it comes next as a whole word.
    fn keyword(&mut self, keyword: &str) -> bool {
        let start = self.at;
        self.skip_spaces();
        let word = self.word(|octet| octet.is_ascii_alphanumeric() || b"._-$".contains(&octet));
        let found = word.eq_ignore_ascii_case(keyword);
        if !found {
            self.at = start;
        }
        found
    }

    fn word(&mut self, belongs: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().position(|octet| !belongs(octet)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn skip_spaces(&mut self) -> bool {
        let start = self.at;
        self.at += self.rest().bytes().take_while(|&octet| octet == b' ').count();
        self.at > start
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn error(&self, what: &'static str) -> FilterError {
        FilterError { position: self.at, what }
    }

    fn error_before(&self, word: &str, what: &'static str) -> FilterError {
        FilterError { position: self.at - word.len(), what }
    }
}

/// Names joined by single points, each beginning with a letter or `$`.
fn is_path(path: &str) -> bool {
    path.split('.').all(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$'))
}

/// The length of the JSON string at the start, with both quotes.
fn string_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    let inside = text.bytes().skip(1).position(|octet| {
        let closes = octet == b'"' && !escaped;
        escaped = octet == b'\\' && !escaped;
        closes
    })?;
    Some(inside + 2)
}

const MAX_OCTETS: usize = 2_000;
const MAX_CLAUSES: usize = 50;
const MAX_DEPTH: usize = 20;
