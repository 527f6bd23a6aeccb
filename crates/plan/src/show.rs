//! A plan in words, and as JSON. No secret is in either.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::differ::Difference;
use crate::steps::{Deed, Plan, Step};

/// For a person. With `all`, also what only the server has.
pub fn text(plan: &Plan, all: bool) -> String {
    let mut out = format!("environment {}", plan.environment);
    match &plan.id {
        Some(id) => line(&mut out, &format!(" ({id})")),
        None => line(&mut out, " (it is made)"),
    }
    for step in &plan.steps {
        line(&mut out, &format!("  {} {}", sign(step.deed), address(step)));
        step.differences.iter().for_each(|one| difference(&mut out, step.deed, one));
    }
    if all {
        plan.left.iter().for_each(|address| line(&mut out, &format!("  ? {address}: only on the server")));
    }
    for (place, source) in &plan.unset {
        line(&mut out, &format!("  ! {place}: not compared: {source} is not there"));
    }
    line(&mut out, &format!("  {}", sum(plan)));
    out
}

fn sum(plan: &Plan) -> String {
    let counts = [(Deed::Create, "to create"), (Deed::Change, "to change"), (Deed::Delete, "to delete")];
    let counts = counts.map(|(deed, words)| (plan.count(deed), words));
    let some: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect();
    let sum = if some.is_empty() { "nothing to do".to_owned() } else { some.join(", ") };
    match plan.left.len() {
        0 => sum,
        left => format!("{sum}; {left} only on the server"),
    }
}

fn address(step: &Step) -> &str {
    if step.address.is_empty() { "environment" } else { &step.address }
}

fn sign(deed: Deed) -> char {
    match deed {
        Deed::Create => '+',
        Deed::Change => '~',
        Deed::Delete => '-',
    }
}

fn difference(out: &mut String, deed: Deed, one: &Difference) {
    let Difference { path, before, after, hidden } = one;
    // What is nothing but a reference says all by its name.
    if path.is_empty() {
        return;
    }
    let shown = |value: &Value| if *hidden { "(secret)".to_owned() } else { value.to_string() };
    match (deed, before, after) {
        (Deed::Create, _, Value::Null) => {}
        (Deed::Create, ..) => line(out, &format!("      {path}: {}", shown(after))),
        (_, Value::Array(is), Value::Array(wanted)) if !hidden => {
            line(out, &format!("      {path}:"));
            let only = |one: &[Value], other: &[Value]| -> Vec<Value> {
                one.iter().filter(|value| !other.contains(value)).cloned().collect()
            };
            for value in only(is, wanted) {
                line(out, &format!("        - {value}"));
            }
            for value in only(wanted, is) {
                line(out, &format!("        + {value}"));
            }
        }
        _ => {
            let shown = |value: &Value| if value.is_null() { "(none)".to_owned() } else { shown(value) };
            line(out, &format!("      {path}: {} → {}", shown(before), shown(after)));
        }
    }
}

fn line(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

/// For programs.
pub fn json(plan: &Plan) -> Value {
    let steps = plan.steps.iter().map(|step| {
        let differences = step.differences.iter().map(|one| {
            let mut told = Map::from_iter([("path".to_owned(), Value::from(one.path.as_str()))]);
            if one.hidden {
                told.insert("secret".to_owned(), true.into());
            } else {
                told.insert("before".to_owned(), one.before.clone());
                told.insert("after".to_owned(), one.after.clone());
            }
            Value::from(told)
        });
        let action = match step.deed {
            Deed::Create => "create",
            Deed::Change => "change",
            Deed::Delete => "delete",
        };
        let place = step.wanted.as_ref().map(|wanted| wanted.place.to_string());
        json!({
            "action": action,
            "address": address(step),
            "place": place,
            "differences": differences.collect::<Vec<_>>(),
        })
    });
    let unset =
        plan.unset.iter().map(|(place, source)| json!({ "place": place.to_string(), "source": source.to_string() }));
    json!({
        "environment": { "name": plan.environment, "id": plan.id },
        "steps": steps.collect::<Vec<_>>(),
        "onlyOnServer": plan.left,
        "notCompared": unset.collect::<Vec<_>>(),
    })
}
