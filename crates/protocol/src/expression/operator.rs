//! The operators between two values.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::Failed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Modulus,
    Power,
}

/// The operators that bind alike, loosest first.
pub(super) const LEVELS: &[&[(&str, Operator)]] = &[
    &[("or", Operator::Or), ("||", Operator::Or)],
    &[("and", Operator::And), ("&&", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("eq", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("ne", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        ("le", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("ge", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        ("lt", Operator::Less),
        (">", Operator::Greater),
        ("gt", Operator::Greater),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[
        ("*", Operator::Times),
        ("/", Operator::Divide),
        ("div", Operator::Divide),
        ("%", Operator::Modulus),
        ("mod", Operator::Modulus),
    ],
    &[("^", Operator::Power)],
];
/// The level of what compares, where `matches` stands too.
pub(super) const RELATIONS: usize = 2;

/// What an operator makes of two values; `and` and `or` never come here with a left side that decides.
pub(super) fn apply(operator: Operator, left: &Value, right: &Value) -> Result<Value, Failed> {
    let compared = |wanted: &[Ordering]| Ok(Value::Bool(wanted.contains(&compare(left, right)?)));
    match operator {
        Operator::Or | Operator::And => truth(right).map(Value::Bool),
        Operator::Equal => Ok(Value::Bool(equal(left, right))),
        Operator::NotEqual => Ok(Value::Bool(!equal(left, right))),
        Operator::Less => compared(&[Ordering::Less]),
        Operator::LessOrEqual => compared(&[Ordering::Less, Ordering::Equal]),
        Operator::Greater => compared(&[Ordering::Greater]),
        Operator::GreaterOrEqual => compared(&[Ordering::Greater, Ordering::Equal]),
        Operator::Plus if left.is_string() || right.is_string() => Ok((written(left)? + &written(right)?).into()),
        _ => match (left, right) {
            (Value::Number(left), Value::Number(right)) => counted(operator, left, right),
            _ => Err(Failed("the operator takes numbers")),
        },
    }
}

/// A condition. Null is none.
pub(super) fn truth(value: &Value) -> Result<bool, Failed> {
    value.as_bool().ok_or(Failed("a condition must be true or false"))
}

pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => {
            a == b
                || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a.partial_cmp(&b) == Some(Ordering::Equal))
        }
        _ => left == right,
    }
}

/// Null is before everything.
fn compare(left: &Value, right: &Value) -> Result<Ordering, Failed> {
    match (left, right) {
        (Value::Null, Value::Null) => Ok(Ordering::Equal),
        (Value::Null, _) => Ok(Ordering::Less),
        (_, Value::Null) => Ok(Ordering::Greater),
        (Value::String(left), Value::String(right)) => Ok(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Ok(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Ok(left.cmp(&right)),
            _ => real(left)?.partial_cmp(&real(right)?).ok_or(Failed("these numbers have no order")),
        },
        _ => Err(Failed("these values have no order")),
    }
}

fn real(number: &Number) -> Result<f64, Failed> {
    number.as_f64().ok_or(Failed("the number is too large"))
}

/// Whole numbers stay whole, as in Java.
fn counted(operator: Operator, left: &Number, right: &Number) -> Result<Value, Failed> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        let value = match operator {
            Operator::Plus => left.checked_add(right),
            Operator::Minus => left.checked_sub(right),
            Operator::Times => left.checked_mul(right),
            Operator::Divide => left.checked_div(right),
            Operator::Modulus => left.checked_rem(right),
            _ => u32::try_from(right).ok().and_then(|right| left.checked_pow(right)),
        };
        return value.map(Value::from).ok_or(Failed("the number is too large, or divided by zero"));
    }
    let (left, right) = (real(left)?, real(right)?);
    let value = match operator {
        Operator::Plus => left + right,
        Operator::Minus => left - right,
        Operator::Times => left * right,
        Operator::Divide => left / right,
        Operator::Modulus => left % right,
        _ => left.powf(right),
    };
    Number::from_f64(value).map(Value::Number).ok_or(Failed("the result is no number"))
}

/// A value in a text: null is `null`, and a list is written with commas. An object is no text.
pub(super) fn written(value: &Value) -> Result<String, Failed> {
    match value {
        Value::Null => Ok("null".into()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Number(value) => Ok(value.to_string()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(items) => {
            let items: Result<Vec<String>, Failed> = items.iter().map(written).collect();
            Ok(items?.join(","))
        }
        Value::Object(_) => Err(Failed("an object cannot be written as a text")),
    }
}
