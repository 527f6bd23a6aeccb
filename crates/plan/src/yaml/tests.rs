use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Limits, Position, Unreadable, read};
use crate::write::{Text, write};

fn one(text: &str) -> Value {
    read(text, Limits::default()).unwrap().pop().unwrap().value()
}

fn why(text: &str) -> Unreadable {
    read(text, Limits::default()).unwrap_err()
}

#[test]
fn words_are_what_the_core_schema_says_and_nothing_else() {
    let text = "a: 1\nb: no\nc: '1'\nd: ~\ne: [true, 1.5, \"true\"]\nf: 1e3\ng: 0x1F\nh: .5\ni: 2001-01-01\n";
    let wanted = json!({
        "a": 1, "b": "no", "c": "1", "d": null, "e": [true, 1.5, "true"], "f": 1000.0, "g": "0x1F", "h": 0.5, "i": "2001-01-01",
    });
    assert_eq!(one(text), wanted);
    assert_eq!(read("", Limits::default()).unwrap(), []);
    assert_eq!(read("a: 1\n---\nb: 2\n", Limits::default()).unwrap().len(), 2);
}

#[test]
fn what_would_mean_two_things_or_grow_is_refused_with_its_place() {
    assert_eq!(why("a: 1\nb: 2\na: 3\n").at, Position { line: 3, column: 1 });
    assert!(why("a: &x 1\n").why.contains("anchors"));
    assert!(why("a: !!binary 1\n").why.contains("tags"));
    assert!(why("[a]: 1\n").why.contains("key"));
    assert!(why(&"[".repeat(100)).why.contains("deeper"));
    let limits = Limits { nodes: 3, ..Limits::default() };
    assert!(read("[1, 2, 3, 4]", limits).unwrap_err().why.contains("values"));
    let many: String = (0..40).map(|n| format!("k{n}: 1\n")).chain(["k39: 2\n".to_owned()]).collect();
    assert!(why(&many).why.contains("\"k39\" is there twice"));
}

fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[ -~]{0,12}",
        "(yes|no|null|~|true|1|-|1.0|a: b|# x|- x|\\{|\\[|&a|\\*a|!b|'|\")"
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(text.clone(), inner, 0..5)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    /// Whatever is written is read as what it was.
    #[test]
    fn what_is_written_is_read_again(value in values()) {
        let text = write(&Text::from(value.clone()));
        let read = read(&text, Limits::default()).map_err(|e| TestCaseError::fail(format!("{e:?} in {text}")))?;
        let read = read.first().map(super::Node::value).unwrap_or_default();
        prop_assert_eq!(read, value, "{}", text);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        let _ = read(&text, Limits::default());
    }
}
