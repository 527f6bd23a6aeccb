use serde_json::{Value, json};
use uuid::Uuid;

use super::rules::is_similar;
use super::*;
use crate::model::describe::{Known, Refers, draw, read};
use crate::model::{PasswordRule, ProfileWords, password_rules_failed};

struct Nothing;

impl Known for Nothing {
    fn has(&self, _: Refers, _: Uuid) -> bool {
        false
    }
}

fn written(body: &Value) -> Result<PasswordPolicy, Vec<(String, &'static str)>> {
    let body = body.as_object().cloned().unwrap_or_default();
    read(&body, &PasswordPolicy::default(), &Nothing)
        .map_err(|refused| refused.details.into_iter().map(|fault| (fault.target, fault.code)).collect())
}

fn minimal() -> Value {
    json!({ "name": "Own", "excludesCommonlyUsed": false, "excludesProfileData": false, "notSimilarToCurrent": false })
}

fn with(more: &Value) -> Value {
    let mut body = minimal();
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// A policy that says nothing asks for nothing, and answers nothing of it.
#[test]
fn the_least_policy_has_four_flags() {
    let policy = written(&minimal()).unwrap();
    let mut shown = draw(&policy);
    for own in ["id", "environment", "createdAt", "updatedAt"] {
        shown.remove(own);
    }
    let mut least = minimal();
    least["default"] = false.into();
    assert_eq!(Value::Object(shown), least);
    assert!(policy.rules().is_empty() && policy.history().is_none() && policy.expires(Time(0)).is_none());
}

#[test]
fn what_a_policy_says_is_answered_and_can_be_taken_back() {
    let more = json!({
        "description": "All", "length": { "min": 12, "max": 255 }, "minCharacters": { "0123456789": 1, "abcdefghijklmnopqrstuvwxyz": 2 },
        "maxRepeatedCharacters": 2, "minUniqueCharacters": 5, "minComplexity": 7, "alphabetSequenceRule": { "maxLength": 3 },
        "numberSequenceRule": { "maxLength": 2 }, "qwertySequenceRule": { "maxLength": 3 },
        "shiftedNumberRowSequenceRule": { "maxLength": 3 }, "history": { "count": 10, "retentionDays": 150 },
        "maxAgeDays": 35, "minAgeDays": 2, "lockout": { "failureCount": 5, "durationSeconds": 30 },
    });
    let full = written(&with(&more)).unwrap();
    let shown = draw(&full);
    for (name, value) in more.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name}");
    }
    let none = read(minimal().as_object().unwrap(), &full, &Nothing).unwrap();
    assert_eq!(none, written(&minimal()).unwrap());
    // What is left out of a length is PingOne's own.
    let length = written(&with(&json!({ "length": {} }))).unwrap();
    assert_eq!((length.min_length, length.max_length), (8, 255));
}

#[test]
fn a_policy_that_cannot_be_is_refused_by_its_place() {
    for (more, target, code) in [
        (json!({ "name": "" }), "name", "REQUIRED_VALUE"),
        (json!({ "excludesProfileData": null }), "excludesProfileData", "REQUIRED_VALUE"),
        (json!({ "history": { "count": 1 } }), "history.retentionDays", "REQUIRED_VALUE"),
        (json!({ "history": { "retentionDays": 1 } }), "history.count", "REQUIRED_VALUE"),
        (json!({ "history": { "count": 0, "retentionDays": 1 } }), "history.count", "OUT_OF_RANGE"),
        (json!({ "history": { "count": 51, "retentionDays": 1 } }), "history.count", "OUT_OF_RANGE"),
        (json!({ "lockout": { "failureCount": 1 } }), "lockout.durationSeconds", "REQUIRED_VALUE"),
        (json!({ "lockout": { "durationSeconds": 0, "failureCount": 1 } }), "lockout.durationSeconds", "OUT_OF_RANGE"),
        (json!({ "length": { "min": 7 } }), "length.min", "OUT_OF_RANGE"),
        (json!({ "length": { "min": 12, "max": 11 } }), "length.max", "INVALID_VALUE"),
        (json!({ "maxAgeDays": 22, "minAgeDays": 2 }), "maxAgeDays", "INVALID_VALUE"),
        (json!({ "maxAgeDays": 20 }), "maxAgeDays", "INVALID_VALUE"),
        (json!({ "minAgeDays": 0 }), "minAgeDays", "OUT_OF_RANGE"),
        (json!({ "minCharacters": { "xyz": 1 } }), "minCharacters", "INVALID_VALUE"),
        (json!({ "minCharacters": { "0123456789": 300 } }), "minCharacters", "OUT_OF_RANGE"),
        (json!({ "alphabetSequenceRule": { "maxLength": 4 } }), "alphabetSequenceRule.maxLength", "OUT_OF_RANGE"),
        (json!({ "qwertySequenceRule": { "maxLength": 2 } }), "qwertySequenceRule.maxLength", "OUT_OF_RANGE"),
        (json!({ "numberSequenceRule": {} }), "numberSequenceRule.maxLength", "REQUIRED_VALUE"),
    ] {
        let faults = written(&with(&more)).unwrap_err();
        assert!(faults.iter().any(|fault| fault == &(target.to_owned(), code)), "{more}: {faults:?}");
    }
}

#[test]
fn each_rule_refuses_what_breaks_it_and_nothing_else() {
    let own = |more: Value| written(&with(&more)).unwrap();
    let words = ProfileWords { within: vec!["adalove", "ann"], whole: vec!["+44 20 7946", "ann"] };
    let broken = |policy: &PasswordPolicy, password: &str| {
        password_rules_failed(policy, password, &words).iter().map(PasswordRule::name).collect::<Vec<_>>()
    };
    for (more, name, bad, good) in [
        (json!({ "length": { "min": 9 } }), "length", "12345678", "123456789"),
        (json!({ "minCharacters": { "0123456789": 2 } }), "minCharacters", "a1b", "a1b2"),
        (json!({ "maxRepeatedCharacters": 2 }), "maxRepeatedCharacters", "goood", "good"),
        (json!({ "minUniqueCharacters": 5 }), "minUniqueCharacters", "abcdabcd", "abcde"),
        (json!({ "minComplexity": 7 }), "minComplexity", "hm4!Q", "four words are long enough"),
        (json!({ "excludesCommonlyUsed": true }), "excludesCommonlyUsed", "P@ssw0rd123!", "Passw-herb-0rd"),
        (json!({ "excludesCommonlyUsed": true }), "excludesCommonlyUsed", "1q2w3e4r", "1q2w3e4r-heron"),
        (json!({ "excludesCommonlyUsed": true }), "excludesCommonlyUsed", "zzzzzzzzzzzz", "Summers-eve-2026"),
        (json!({ "excludesCommonlyUsed": true }), "excludesCommonlyUsed", "2026Summer!", "Correct-horse-1"),
        (json!({ "excludesProfileData": true }), "excludesProfileData", "my-ADAlove-7", "ann-of-green-gables"),
        (json!({ "excludesProfileData": true }), "excludesProfileData", "+44 20 7946", "+44 20 7946!"),
        (json!({ "excludesProfileData": true }), "excludesProfileData", "ANN", "anna"),
        (json!({ "alphabetSequenceRule": { "maxLength": 3 } }), "alphabetSequenceRule", "xABCDx", "abcx-cbax"),
        (json!({ "alphabetSequenceRule": { "maxLength": 2 } }), "alphabetSequenceRule", "zyx", "aab"),
        (json!({ "numberSequenceRule": { "maxLength": 2 } }), "numberSequenceRule", "a321", "112-90"),
        (json!({ "qwertySequenceRule": { "maxLength": 3 } }), "qwertySequenceRule", "asdf", "asd-qwe"),
        (
            json!({ "shiftedNumberRowSequenceRule": { "maxLength": 3 } }),
            "shiftedNumberRowSequenceRule",
            "!@#$",
            "!@#a$",
        ),
    ] {
        let policy = own(more);
        assert_eq!(broken(&policy, bad), [name], "{bad}");
        assert!(broken(&policy, good).is_empty(), "{good}: {:?}", broken(&policy, good));
    }
}

/// PingOne's own example: two changes are too few, three are not.
#[test]
fn passwords_are_similar_by_fewer_than_three_changes() {
    assert!(is_similar("kitten", "smitten") && is_similar("kitten", "kitten") && is_similar("", "ab"));
    assert!(!is_similar("kitten", "sitting") && !is_similar("", "abc") && !is_similar("abcdef", "fedcba"));
    let (long, other) = ("x".repeat(100_000), format!("y{}", "x".repeat(99_999)));
    assert!(is_similar(&long, &other));
}

/// What a password says of itself is judged in bounded time, whatever it is.
#[test]
fn no_text_is_too_long_to_judge() {
    let policy = PasswordPolicy::standard(PasswordPolicyId::default(), EnvironmentId::default(), Time(0));
    let long = "aé1!".repeat(20_000);
    assert!(!password_rules_failed(&policy, &long, &ProfileWords::default()).is_empty());
}
