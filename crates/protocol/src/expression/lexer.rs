//! Cuts an expression into words.

use super::Misread;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Integer(i64),
    Real(f64),
    Text(String),
    /// A name, or an operator that is written as one: the parser knows which.
    Name(String),
    /// `#name`
    Variable(String),
    Symbol(&'static str),
    /// `}` or the end of the text: what follows is not the expression's.
    End,
}

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) word: Word,
    pub(super) begin: usize,
    pub(super) end: usize,
    /// Whether a blank stands before it, and behind it.
    pub(super) blanks: (bool, bool),
}

/// Longest first.
const SYMBOLS: &[&str] = &[
    ".?[", ".![", ".^[", ".$[", "&&", "||", "==", "!=", "<=", ">=", "?:", "?.", "[", "]", "{", "}", "(", ")", ",", ".",
    ":", "?", "+", "-", "*", "/", "%", "^", "<", ">", "!",
];

/// The word at `at` of `text`, behind its blanks.
pub(super) fn next(text: &str, at: usize) -> Result<Placed, Misread> {
    let rest = &text[at..];
    let begin = at + (rest.len() - rest.trim_start_matches(' ').len());
    let rest = &text[begin..];
    let fail = |what: &str| Misread { position: begin, what: what.into() };
    let Some(first) = rest.chars().next() else {
        return Ok(Placed { word: Word::End, begin, end: begin, blanks: (begin > at, false) });
    };
    let (word, end) = match first {
        '\'' | '"' => quoted(text, begin, first)?,
        '#' => {
            let end = begin + 1 + name_length(&rest[1..]);
            if end == begin + 1 {
                return Err(fail("a name is expected behind #"));
            }
            (Word::Variable(text[begin + 1..end].to_owned()), end)
        }
        c if c.is_ascii_digit() => number(text, begin)?,
        c if c.is_ascii_alphabetic() || c == '_' => {
            let end = begin + name_length(rest);
            (Word::Name(text[begin..end].to_owned()), end)
        }
        '\n' | '\r' | '\t' => return Err(fail("an expression has no line breaks and no tabs")),
        _ => {
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            let symbol = symbol.ok_or_else(|| fail("this is not in the language"))?;
            (Word::Symbol(symbol), begin + symbol.len())
        }
    };
    let before = text[..begin].ends_with(' ');
    Ok(Placed { word, begin, end, blanks: (before, text[end..].starts_with(' ')) })
}

fn name_length(rest: &str) -> usize {
    rest.bytes().take_while(|octet| octet.is_ascii_alphanumeric() || *octet == b'_').count()
}

/// A text; the quote itself is in it where it stands twice.
fn quoted(text: &str, begin: usize, quote: char) -> Result<(Word, usize), Misread> {
    let mut found = String::new();
    let mut at = begin + 1;
    loop {
        let Some(length) = text[at..].find(quote) else {
            return Err(Misread { position: begin, what: "the text has no end".into() });
        };
        found.push_str(&text[at..at + length]);
        at += length + 1;
        if !text[at..].starts_with(quote) {
            return Ok((Word::Text(found), at));
        }
        found.push(quote);
        at += 1;
    }
}

/// A number as Java writes it: whole ones of 32 bits, or of 64 with `L` behind them, in digits or `0x` and hexadecimal ones; others with a
/// point, an exponent, or `f` or `d` behind them.
fn number(text: &str, begin: usize) -> Result<(Word, usize), Misread> {
    let digits = |at: usize| text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let wrong = |what: &str| Misread { position: begin, what: what.into() };
    let hexadecimal = text[begin..].starts_with("0x") || text[begin..].starts_with("0X");
    let mut end = begin + digits(begin);
    let mut real = false;
    if hexadecimal {
        end = begin + 2 + text[begin + 2..].bytes().take_while(u8::is_ascii_hexdigit).count();
    } else {
        if let fraction @ 1.. = text[end..].strip_prefix('.').map_or(0, |_| digits(end + 1)) {
            (end, real) = (end + 1 + fraction, true);
        }
        if text[end..].starts_with(['e', 'E']) {
            let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
            if let exponent @ 1.. = digits(end + 1 + sign) {
                (end, real) = (end + 1 + sign + exponent, true);
            }
        }
    }
    let written = &text[begin..end];
    let suffix = text[end..].chars().next().map_or(' ', |letter| letter.to_ascii_lowercase());
    let long = suffix == 'l' && !real;
    real |= matches!(suffix, 'f' | 'd') && !hexadecimal;
    end += usize::from(long || (real && matches!(suffix, 'f' | 'd')));
    if name_length(&text[end..]) > 0 {
        return Err(Misread { position: end, what: "this does not belong to a number".into() });
    }
    if real {
        let value = written.parse::<f64>().ok().filter(|value| value.is_finite());
        return Ok((Word::Real(value.ok_or_else(|| wrong("the number is too large"))?), end));
    }
    let value = if hexadecimal { i64::from_str_radix(&written[2..], 16) } else { written.parse() };
    let value = value.map_err(|_| wrong("the number is none, or too large"))?;
    if !long && i32::try_from(value).is_err() {
        return Err(wrong("a whole number of more than 32 bits has an L behind it"));
    }
    Ok((Word::Integer(value), end))
}
