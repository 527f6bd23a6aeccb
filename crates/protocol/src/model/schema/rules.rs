//! What an attribute may become: what of it stays as it was made, and what its parts ask of each other.

use serde_json::json;

use super::standard;
use super::{SchemaAttribute, SchemaAttributeType, SchemaType};
use crate::expression::{Searches, WholePattern};
use crate::model::check::Fields;

/// So many of a type an environment may make itself, as PingOne's documents say.
pub const MOST_CUSTOM: usize = 100;

pub(super) fn judge(after: &SchemaAttribute, before: &SchemaAttribute, fields: &mut Fields<'_>) {
    let new = before.is_new();
    match before.schema_type {
        SchemaType::Core => return,
        SchemaType::Standard => judge_standard(after, before, fields),
        SchemaType::Custom => {
            if new {
                judge_name(&after.name, fields);
            } else {
                judge_what_stays(after, before, fields);
            }
            if after.schema_type != SchemaType::Custom {
                let message = "must be CUSTOM: attributes of the other types stand from the beginning";
                fields.fault("INVALID_VALUE", "schemaType", message, None);
            }
            judge_values(after, fields);
            judge_parts(after, fields);
        }
    }
    if !new && after.required != before.required {
        fields.fault("INVALID_VALUE", "required", "cannot be changed", None);
    }
    if after.unique && after.kind != SchemaAttributeType::String {
        fields.fault("INVALID_VALUE", "unique", "only STRING attributes can be unique", None);
    }
    if after.regex.is_some() && after.kind != SchemaAttributeType::String {
        fields.fault("INVALID_VALUE", "regexValidation", "only STRING attributes can have a pattern", None);
    }
    judge_pattern(after, before, fields);
}

/// "Only enabled, unique and regexValidation": the rest is PingOne's.
fn judge_standard(after: &SchemaAttribute, before: &SchemaAttribute, fields: &mut Fields<'_>) {
    for (name, differs) in [
        ("name", after.name != before.name),
        ("type", after.kind != before.kind),
        ("schemaType", after.schema_type != before.schema_type),
        ("displayName", after.display_name != before.display_name),
        ("description", after.description != before.description),
        ("multiValued", after.multi_valued != before.multi_valued),
        ("enumeratedValues", after.enumerated != before.enumerated),
    ] {
        if differs {
            fields.fault("INVALID_VALUE", name, "cannot be changed of a STANDARD attribute", None);
        }
    }
}

/// Whether an attribute of an environment's own making may be called so.
pub(in crate::model) fn may_be_own(name: &str) -> bool {
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    begins && characters.all(|c| c.is_ascii_alphanumeric() || c == '-') && !standard::is_reserved(name)
}

fn judge_name(name: &str, fields: &mut Fields<'_>) {
    let mut characters = name.chars();
    let begins = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    if name.is_empty() {
        return;
    }
    if !begins || !characters.all(|c| c.is_ascii_alphanumeric() || c == '-') {
        let inner = json!({ "allowedPattern": "^[A-Za-z][A-Za-z0-9-]*$" });
        let message = "must begin with a letter, and go on with letters, numbers and hyphens";
        fields.fault("INVALID_VALUE", "name", message, Some(inner));
    } else if standard::is_reserved(name) {
        fields.fault("UNIQUENESS_VIOLATION", "name", "users have an attribute of this name already", None);
    }
}

fn judge_what_stays(after: &SchemaAttribute, before: &SchemaAttribute, fields: &mut Fields<'_>) {
    for (name, differs) in [("name", after.name != before.name), ("type", after.kind != before.kind)] {
        if differs {
            fields.fault("INVALID_VALUE", name, "cannot be changed", None);
        }
    }
    if before.multi_valued && !after.multi_valued {
        fields.fault("INVALID_VALUE", "multiValued", "cannot be changed from true to false", None);
    }
    if before.enumerated.is_empty() && !after.enumerated.is_empty() {
        let message = "cannot be added to an attribute that was made without them";
        fields.fault("INVALID_VALUE", "enumeratedValues", message, None);
    }
    let lost = |value: &str| !after.enumerated.iter().any(|one| one.value == value);
    // All of them may go: then any value is good.
    if !after.enumerated.is_empty() && before.enumerated.iter().any(|one| lost(&one.value)) {
        let message = "Enumerated values cannot be deleted but can be archived";
        fields.fault("INVALID_VALUE", "enumeratedValues", message, None);
    }
    let gone = |name: &str| !after.sub_attributes.iter().any(|one| one.name == name);
    if before.sub_attributes.iter().any(|one| gone(&one.name)) {
        fields.fault("INVALID_VALUE", "subAttributes", "cannot be deleted but can be disabled", None);
    }
}

fn judge_values(after: &SchemaAttribute, fields: &mut Fields<'_>) {
    if after.enumerated.is_empty() {
        return;
    }
    if after.kind != SchemaAttributeType::String {
        fields.fault("INVALID_VALUE", "enumeratedValues", "only STRING attributes can have them", None);
    }
    if after.regex.is_some() {
        fields.fault("INVALID_VALUE", "regexValidation", "cannot be set beside enumeratedValues", None);
    }
    let mut seen: Vec<String> = Vec::new();
    for (index, one) in after.enumerated.iter().enumerate() {
        let key = one.value.to_lowercase();
        if seen.contains(&key) {
            let place = format!("enumeratedValues[{index}].value");
            fields.fault("UNIQUENESS_VIOLATION", &place, "two values that differ only by case are not allowed", None);
        }
        seen.push(key);
    }
}

fn judge_parts(after: &SchemaAttribute, fields: &mut Fields<'_>) {
    let complex = after.kind == SchemaAttributeType::Complex;
    if complex && after.sub_attributes.is_empty() {
        fields.fault("REQUIRED_VALUE", "subAttributes", "a COMPLEX attribute must have at least one", None);
    }
    if !complex && !after.sub_attributes.is_empty() {
        fields.fault("INVALID_VALUE", "subAttributes", "only COMPLEX attributes can have them", None);
    }
    for (index, part) in after.sub_attributes.iter().enumerate() {
        let place = |name: &str| format!("subAttributes[{index}].{name}");
        if !matches!(part.kind, SchemaAttributeType::String | SchemaAttributeType::Json) {
            fields.fault("INVALID_VALUE", &place("type"), "must be STRING or JSON", None);
        }
        let twice = after.sub_attributes[..index].iter().any(|other| other.name.eq_ignore_ascii_case(&part.name));
        if twice {
            fields.fault("UNIQUENESS_VIOLATION", &place("name"), "another sub-attribute has this name", None);
        }
    }
}

/// A pattern is read here alone when it is written, and the examples are tried by it.
fn judge_pattern(after: &SchemaAttribute, before: &SchemaAttribute, fields: &mut Fields<'_>) {
    let Some(regex) = after.regex.as_ref().filter(|_| after.regex != before.regex) else { return };
    let pattern = match WholePattern::read(&regex.pattern) {
        Ok(pattern) => pattern,
        Err(why) => return fields.fault("INVALID_VALUE", "regexValidation.pattern", &why, None),
    };
    let mut searches = Searches::default();
    let lists = [
        ("valuesPatternShouldMatch", &regex.should_match, true),
        ("valuesPatternShouldNotMatch", &regex.should_not_match, false),
    ];
    for (name, examples, wanted) in lists {
        for (index, example) in examples.iter().enumerate() {
            let message = match pattern.is(example, &mut searches) {
                Ok(found) if found == wanted => continue,
                Ok(true) => "matches the pattern",
                Ok(false) => "does not match the pattern",
                Err(why) => why.0,
            };
            fields.fault("INVALID_VALUE", &format!("regexValidation.{name}[{index}]"), message, None);
        }
    }
}
