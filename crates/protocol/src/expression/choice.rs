//! `#core`: one of several values. All of them are worked out, whichever is taken, as PingOne does.

use serde_json::Value;

use super::Failed;
use super::function::{Function, Given, function};
use super::operator::equal;

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "ifelse",
        "condition: value, then: value",
        "value",
        "what stands behind the first condition that holds. A number above 0 holds, and so do `true`, `on`, `y`, `t` and `yes` in any case; \
         what is neither a boolean nor a number nor a text does not",
        if_else,
    )
    .more("condition: value, then: value", 10, "otherwise?: value"),
    function(
        "switchExpr",
        "find: value, choice: value, then: value",
        "value",
        "what stands behind the first choice that is the same as `find`",
        switch,
    )
    .more("choice: value, then: value", 9, "otherwise?: value"),
];

fn if_else(given: &mut Given<'_>) -> Result<Value, Failed> {
    choose(given, 0, |_, condition| Ok(holds(condition)))
}

fn holds(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::Number(value) => value.as_f64().is_some_and(|value| value > 0.0),
        Value::String(text) => ["true", "on", "y", "t", "yes"].iter().any(|word| text.eq_ignore_ascii_case(word)),
        _ => false,
    }
}

fn switch(given: &mut Given<'_>) -> Result<Value, Failed> {
    let find = given.value(0);
    choose(given, 1, |given, choice| {
        given.budget.look_at(choice)?;
        Ok(equal(find, choice))
    })
}

/// Of pairs from `begin` on the second of the first that is taken; what stands alone at the end is taken in place of them all.
fn choose<'a>(
    given: &mut Given<'a>,
    begin: usize,
    takes: impl Fn(&mut Given<'a>, &'a Value) -> Result<bool, Failed>,
) -> Result<Value, Failed> {
    let mut at = begin;
    while at + 1 < given.count() {
        let first = given.value(at);
        if takes(given, first)? {
            return Ok(given.value(at + 1).clone());
        }
        at += 2;
    }
    Ok(given.value(at).clone())
}
