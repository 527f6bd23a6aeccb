//! `#string.format`: texts as Java's `Formatter` writes them, without dates (`%t`) and hexadecimal fractions (`%a`).

use serde_json::Value;

use super::Failed;
use super::function::Given;
use super::operator::written;

/// A part of a format.
#[derive(Debug)]
enum Piece<'a> {
    Text(&'a str),
    Field(Field),
}

/// `%[argument$][flags][width][.precision]conversion`
#[derive(Debug)]
struct Field {
    /// Counted from 1; the next one where none is said.
    argument: Option<usize>,
    /// `<`: the one before it once more.
    again: bool,
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
    conversion: char,
}

const NONE: Failed = Failed("this is no format");
/// The most characters of one field.
const MAX_WIDTH: usize = 1_024;
/// The most fields of one format.
const MAX_FIELDS: usize = 64;

/// Whether a text is a format, whatever it is given.
pub(super) fn is_format(text: &str) -> Result<(), Failed> {
    pieces(text).map(|_| ())
}

pub(super) fn format(given: &mut Given<'_>) -> Result<Value, Failed> {
    let Some(pieces) = given.text(0).and_then(|text| pieces(text).ok()) else { return Ok(Value::Null) };
    let (mut made, mut next, mut last) = (String::new(), 0, None);
    for piece in pieces {
        let field = match piece {
            Piece::Text(text) => {
                made.push_str(text);
                continue;
            }
            Piece::Field(field) => field,
        };
        given.budget.take(64 + field.width.unwrap_or_default() + field.precision.unwrap_or_default())?;
        let value = if matches!(field.conversion, '%' | 'n') {
            &Value::Null
        } else {
            let at = match field.argument {
                Some(at) => Some(at - 1),
                None if field.again => last,
                None => {
                    next += 1;
                    Some(next - 1)
                }
            };
            let Some(at) = at.filter(|at| *at + 1 < given.count()) else { return Ok(Value::Null) };
            last = Some(at);
            // One field after the other may be the same value.
            given.budget.look_at(given.value(at + 1))?;
            given.value(at + 1)
        };
        let Some(text) = field.of(value) else { return Ok(Value::Null) };
        given.budget.take(text.len())?;
        made.push_str(&text);
    }
    Ok(made.into())
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Failed> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find('%') {
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        let (field, length) = Field::read(&rest[at + 1..])?;
        pieces.push(Piece::Field(field));
        rest = &rest[at + 1 + length..];
        if pieces.len() > MAX_FIELDS * 2 {
            return Err(Failed("the format has too many fields"));
        }
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

/// The number at the beginning of a text, and its length.
fn number(text: &str) -> Option<(usize, usize)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..length].parse().ok().map(|number| (number, length))
}

impl Field {
    /// The field behind a `%`, and its length.
    fn read(text: &str) -> Result<(Self, usize), Failed> {
        let mut at = 0;
        let mut argument = None;
        if let Some((number, length)) = number(text)
            && text[length..].starts_with('$')
            && number > 0
        {
            (argument, at) = (Some(number), length + 1);
        }
        let length = text[at..].bytes().take_while(|octet| b"-#+ 0,(<".contains(octet)).count();
        let mut flags = text[at..at + length].to_owned();
        at += length;
        let again = flags.contains('<') && argument.is_none();
        flags.retain(|flag| flag != '<');
        let width = number(&text[at..]);
        at += width.map_or(0, |(_, length)| length);
        let precision = match text[at..].strip_prefix('.') {
            Some(behind) => Some(number(behind).ok_or(NONE)?),
            None => None,
        };
        at += precision.map_or(0, |(_, length)| length + 1);
        let conversion = text[at..].chars().next().ok_or(NONE)?;
        let (width, precision) = (width.map(|(number, _)| number), precision.map(|(number, _)| number));
        let field = Self { argument, again, flags, width, precision, conversion };
        if field.is_sound() { Ok((field, at + conversion.len_utf8())) } else { Err(NONE) }
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    /// Java's rules on what goes together.
    fn is_sound(&self) -> bool {
        let (flags, precise) = match self.conversion {
            'b' | 'B' | 'h' | 'H' | 's' | 'S' => ("-", true),
            'c' | 'C' | '%' => ("-", false),
            'd' => ("-+ 0,(", false),
            'o' | 'x' | 'X' => ("-#0", false),
            'e' | 'E' => ("-#+ 0(", true),
            'f' => ("-#+ 0,(", true),
            'g' | 'G' => ("-+ 0,(", true),
            'n' => return self.flags.is_empty() && self.width.is_none() && self.precision.is_none(),
            _ => return false,
        };
        let once = self.flags.chars().enumerate().all(|(at, flag)| !self.flags[..at].contains(flag));
        once && self.flags.chars().all(|flag| flags.contains(flag))
            && (precise || self.precision.is_none())
            && !(self.has('-') && self.has('0'))
            && !(self.has('+') && self.has(' '))
            && (self.width.is_some() || !(self.has('-') || self.has('0')))
            && self.width.unwrap_or_default().max(self.precision.unwrap_or_default()) <= MAX_WIDTH
    }

    /// A value as it is written; nothing where it is of another kind.
    fn of(&self, value: &Value) -> Option<String> {
        let text = match self.conversion.to_ascii_lowercase() {
            '%' => "%".into(),
            'n' => return Some("\n".into()),
            'b' => self.cut(&value.as_bool().unwrap_or(!value.is_null()).to_string()),
            's' => self.cut(&shown(value)?),
            'h' => self.cut(&if value.is_null() { "null".into() } else { format!("{:x}", hash(value)?) }),
            _ if value.is_null() => self.cut("null"),
            'c' => char::from_u32(u32::try_from(value.as_i64()?).ok()?)?.to_string(),
            'd' => {
                let value = value.as_i64()?;
                self.signed(value < 0, &self.grouped(&value.unsigned_abs().to_string()))
            }
            'o' | 'x' => self.unsigned(value.as_i64()?),
            _ => {
                let value = value.as_f64().filter(|_| value.is_f64())?;
                self.signed(value.is_sign_negative(), &self.grouped(&self.real(value.abs())))
            }
        };
        let text = if self.conversion.is_ascii_uppercase() { text.to_uppercase() } else { text };
        Some(self.wide(text))
    }

    fn cut(&self, text: &str) -> String {
        text.chars().take(self.precision.unwrap_or(usize::MAX)).collect()
    }

    fn wide(&self, text: String) -> String {
        let missing = self.width.unwrap_or_default().saturating_sub(text.chars().count());
        let blanks = " ".repeat(missing);
        if self.has('-') { text + &blanks } else { blanks + &text }
    }

    /// With noughts up to the width, and its sign.
    fn signed(&self, negative: bool, digits: &str) -> String {
        let (before, behind) = match (negative, self.has('(')) {
            (true, true) => ("(", ")"),
            (true, false) => ("-", ""),
            (false, _) if self.has('+') => ("+", ""),
            (false, _) if self.has(' ') => (" ", ""),
            (false, _) => ("", ""),
        };
        format!("{before}{}{digits}{behind}", self.noughts(before.len() + digits.len() + behind.len()))
    }

    fn noughts(&self, length: usize) -> String {
        let wanted = if self.has('0') { self.width.unwrap_or_default() } else { 0 };
        "0".repeat(wanted.saturating_sub(length))
    }

    /// In the two's complement of 32 bits, or of 64 where it needs them.
    fn unsigned(&self, value: i64) -> String {
        let value = i32::try_from(value).map_or(value as u64, |value| u64::from(value as u32));
        let (before, digits) = match self.conversion {
            'o' => ("0", format!("{value:o}")),
            _ => ("0x", format!("{value:x}")),
        };
        let before = if self.has('#') { before } else { "" };
        format!("{before}{}{digits}", self.noughts(before.len() + digits.len()))
    }

    /// The whole part in threes.
    fn grouped(&self, text: &str) -> String {
        let whole = text.find('.').unwrap_or(text.len());
        if !self.has(',') || text.contains(['e', 'E']) {
            return text.to_owned();
        }
        let mut made = String::with_capacity(text.len() * 2);
        for (at, digit) in text[..whole].chars().enumerate() {
            if at > 0 && (whole - at).is_multiple_of(3) {
                made.push(',');
            }
            made.push(digit);
        }
        made + &text[whole..]
    }

    fn real(&self, value: f64) -> String {
        let precision = self.precision.unwrap_or(6);
        let text = match self.conversion {
            'f' => format!("{value:.precision$}"),
            'e' | 'E' => scientific(value, precision),
            _ => {
                let precision = precision.max(1);
                // What it is once it is rounded decides how it is written.
                let rounded = format!("{value:.*e}", precision - 1).parse::<f64>().unwrap_or(value);
                if rounded != 0.0 && (rounded < 1e-4 || rounded >= 10_f64.powi(precision as i32)) {
                    scientific(value, precision - 1)
                } else {
                    let whole = if rounded == 0.0 { 0 } else { rounded.log10().floor() as i32 };
                    let digits = usize::try_from(precision as i32 - 1 - whole).unwrap_or_default();
                    format!("{value:.digits$}")
                }
            }
        };
        if self.has('#') && precision == 0 && self.conversion == 'f' { text + "." } else { text }
    }
}

/// `1.5e+03`
fn scientific(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// A value in a text, a list as Java shows it.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(shown).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        other => written(other).ok(),
    }
}

/// Java's `hashCode` of a text, a boolean or a whole number.
fn hash(value: &Value) -> Option<i32> {
    match value {
        Value::String(text) => {
            Some(text.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit))))
        }
        Value::Bool(value) => Some(if *value { 1231 } else { 1237 }),
        Value::Number(number) => {
            let value = number.as_i64()?;
            Some(i32::try_from(value).unwrap_or((value ^ ((value as u64) >> 32) as i64) as i32))
        }
        _ => None,
    }
}
