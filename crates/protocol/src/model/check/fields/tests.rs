use serde_json::{Map, Value, json};

use super::Fields;
use crate::refusal::Detail;

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The faults that reading `value` leaves.
fn faults<T>(value: &Value, read: impl FnOnce(&mut Fields<'_>) -> T) -> Vec<Detail> {
    let members = object(value);
    let mut fields = Fields::new(&members);
    read(&mut fields);
    fields.finish(()).err().map(|refused| refused.details).unwrap_or_default()
}

fn codes(details: &[Detail]) -> Vec<(&str, &str)> {
    details.iter().map(|d| (d.code, d.target.as_str())).collect()
}

#[test]
fn absent_and_null_are_the_same() {
    for value in [json!({}), json!({ "a": null })] {
        let members = object(&value);
        let mut fields = Fields::new(&members);
        assert_eq!(fields.text("a", 1, 5), None);
        assert_eq!(fields.boolean("a"), None);
        assert!(fields.finish(()).is_ok());
    }
}

#[test]
fn every_fault_is_told_with_its_place() {
    let body = json!({
        "long": "xxxxxx", "number": "1", "list": ["A", "C", 7], "inner": { "flag": 1 }, "empty": "", "range": 11,
        "id": "00000000-0000-4000-8000-00000000000A",
    });
    let details = faults(&body, |f| {
        f.text("long", 1, 5);
        f.integer("number", 1, 10);
        f.choices("list", 5, &["A", "B"], |x| x);
        f.within("inner", |inner| inner.boolean("flag"));
        f.text("empty", 1, 5);
        f.integer("range", 1, 10);
        f.id("id");
        let missing = f.text("missing", 1, 5);
        f.require("missing", missing);
    });
    let expected = [
        ("SIZE_LIMIT_EXCEEDED", "long"),
        ("INVALID_VALUE", "number"),
        ("INVALID_VALUE", "list[1]"),
        ("INVALID_VALUE", "list[2]"),
        ("INVALID_VALUE", "inner.flag"),
        ("EMPTY_VALUE", "empty"),
        ("OUT_OF_RANGE", "range"),
        ("INVALID_VALUE", "id"),
        ("REQUIRED_VALUE", "missing"),
    ];
    assert_eq!(codes(&details), expected);
    assert_eq!(details[2].inner, Some(json!({ "allowedValues": ["A", "B"] })));
    assert_eq!(details[6].inner, Some(json!({ "rangeMinimumValue": 1, "rangeMaximumValue": 10 })));
}

#[test]
fn an_empty_required_text_is_a_missing_one() {
    // Generated clients write a required property that nobody set as "".
    let details = faults(&json!({ "name": "" }), |f| {
        let name = f.text("name", 1, 5);
        f.require("name", name);
    });
    assert_eq!(codes(&details), [("REQUIRED_VALUE", "name")]);
}

/// D25: blanks alone are nothing, in whatever characters.
#[test]
fn a_blank_text_is_an_empty_one() {
    for blank in [" ", "   ", "\u{a0}", "\u{3000}\u{2003}", "\t", "\u{3164}", "\u{2800} "] {
        let optional = faults(&json!({ "name": blank }), |f| f.text("name", 1, 5));
        assert_eq!(codes(&optional), [("EMPTY_VALUE", "name")], "{blank:?}");
        let required = faults(&json!({ "name": blank }), |f| {
            let name = f.text("name", 1, 5);
            f.require("name", name);
        });
        assert_eq!(codes(&required), [("REQUIRED_VALUE", "name")], "{blank:?}");
    }
    assert!(faults(&json!({ "name": " a " }), |f| f.text("name", 1, 5)).is_empty());
    assert!(faults(&json!({ "name": " " }), |f| f.text("name", 0, 5)).is_empty(), "what may be empty may be blank");
}

#[test]
fn texts_hold_no_control_or_invisible_character() {
    // DB-04: NUL in text is the client's mistake. LG-02: neither escapes nor direction controls reach a log or a page.
    for bad in ["a\u{0}", "a\nb", "\u{1b}[31m", "a\u{202e}b", "a\u{200b}", "\u{feff}a", "a\u{e000}"] {
        let details = faults(&json!({ "name": bad }), |f| f.text("name", 1, 50));
        assert_eq!(codes(&details), [("INVALID_VALUE", "name")], "{bad:?}");
    }
    for good in ["Zoë O'Neil", "名前", "a+b = c", "🙂"] {
        assert!(faults(&json!({ "name": good }), |f| f.text("name", 1, 50)).is_empty(), "{good:?}");
    }
    assert!(faults(&json!({ "text": "a\nb" }), |f| f.prose("text", 50)).is_empty());
}

#[test]
fn a_list_of_choices_keeps_each_once() {
    let members = object(&json!({ "list": ["A", "B", "A"] }));
    let mut fields = Fields::new(&members);
    assert_eq!(fields.choices("list", 5, &["A", "B"], |x| x), Some(vec!["A", "B"]));
    // DB-02: a bound on every count.
    assert_eq!(fields.list("list", 2), None);
}

/// P16: PingOne's own collections send `"default": "false"`.
#[test]
fn a_flag_may_be_text() {
    let read = |value: Value| {
        let members = object(&json!({ "flag": value }));
        let mut fields = Fields::new(&members);
        let flag = fields.boolean("flag");
        fields.finish(flag).map_err(|refused| refused.details)
    };
    for (value, flag) in [(json!(true), true), (json!("true"), true), (json!(false), false), (json!("false"), false)] {
        assert_eq!(read(value), Ok(Some(flag)));
    }
    for odd in
        [json!("True"), json!("FALSE"), json!("no"), json!(""), json!(" true"), json!(1), json!(0), json!([true])]
    {
        let details = read(odd).unwrap_err();
        assert_eq!(
            (codes(&details), details[0].message.as_str()),
            (vec![("INVALID_VALUE", "flag")], "must be a boolean")
        );
    }
}

/// P19: one fault is told once, whoever reads the property again; two of one property are two.
#[test]
fn no_fault_is_told_twice() {
    let details = faults(&json!({ "number": 0, "flag": 7 }), |f| {
        for _ in 0..3 {
            f.integer("number", 1, 10);
            f.boolean("flag");
        }
        f.fault("INVALID_VALUE", "flag", "is also wrong", None);
    });
    assert_eq!(codes(&details), [("OUT_OF_RANGE", "number"), ("INVALID_VALUE", "flag"), ("INVALID_VALUE", "flag")]);
}

/// P2: what is kept as it came may have line breaks; its form is the check's.
#[test]
fn a_verbatim_text_keeps_its_line_breaks() {
    let members = object(&json!({ "text": "a\n\tb\r\n" }));
    let mut fields = Fields::new(&members);
    assert_eq!(fields.verbatim("text", 6, |_| Ok::<_, String>(())).as_deref(), Some("a\n\tb\r\n"));
    assert_eq!(fields.verbatim("text", 5, |_| Ok::<_, String>(())), None);
    assert_eq!(fields.verbatim("text", 6, |_| Err("no")), None);
    let details = fields.finish(()).unwrap_err().details;
    assert_eq!(codes(&details), [("SIZE_LIMIT_EXCEEDED", "text"), ("INVALID_VALUE", "text")]);
}
