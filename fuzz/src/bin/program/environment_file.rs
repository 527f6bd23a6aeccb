//! `crates/plan`: an environment's file, as `grantor plan` reads it. It is bounded, what is written of it is read again alike, every fault
//! has a place in the file, and what it keeps of a secret is where it is.

use plan::yaml::{Limits, Node, What, read};
use plan::{Kind, Source, files, seed, write};
use serde_json::{Value, json};

const LIMITS: Limits = Limits { octets: 65_536, nodes: 4_096, depth: 64 };

pub fn check(text: &str) {
    let Ok(documents) = read(text, LIMITS) else { return };
    let mut count = 0;
    for document in &documents {
        bounded(document, 0, &mut count);
        let value = document.value();
        let written = write::write(&value.clone().into());
        let again = read(&written, Limits::default()).expect("what is written can be read");
        assert_eq!(again.first().map(Node::value).unwrap_or_default(), value, "{written}");
    }
    assert!(count <= LIMITS.nodes);
    let file = ("fuzz.yaml".into(), text.to_owned());
    let lookup = |_: &str, _: &Source| Ok(Some("in the clear".to_owned()));
    match files::wanted(&kinds(), &[file], &lookup) {
        Ok(wanted) => assert!(!wanted.is_empty()),
        Err(faults) => {
            let lines = text.lines().count() + 1;
            assert!(faults.iter().all(|fault| (1..=lines).contains(&fault.place.at.line)), "{faults:?}");
            assert!(!format!("{faults:?}").contains("in the clear") || text.contains("in the clear"));
        }
    }
    as_seed(text);
}

/// The same file as `grantor dev --seed` reads it: whatever is not taken has its place too.
fn as_seed(text: &str) {
    let file = ("fuzz.yaml".into(), text.to_owned());
    let lookup = |_: &Source| Ok(Some("elsewhere".to_owned()));
    match seed::file(&Kind::seed(&document()), &file, &lookup) {
        Ok(seeds) => assert!(seeds.iter().all(|seed| !seed.wanted.label.is_empty())),
        Err(faults) => {
            let lines = text.lines().count() + 1;
            assert!(faults.iter().all(|fault| (1..=lines).contains(&fault.place.at.line)), "{faults:?}");
        }
    }
}

fn bounded(node: &Node, depth: usize, count: &mut usize) {
    assert!(depth <= LIMITS.depth);
    match &node.what {
        What::Scalar { .. } => *count += 1,
        What::List(list) => {
            *count += 1;
            list.iter().for_each(|node| bounded(node, depth + 1, count));
        }
        What::Map(members) => {
            *count += 1;
            for (at, (key, node)) in members.iter().enumerate() {
                assert!(members[..at].iter().all(|(before, _)| before.name != key.name));
                bounded(node, depth + 1, count);
            }
        }
    }
}

/// An environment with one kind that has whatever a kind may have.
fn kinds() -> Kind {
    Kind::environment(&document())
}

fn document() -> Value {
    let schema = json!({ "type": "object", "properties": {
        "name": { "type": "string" },
        "enabled": { "type": "boolean" },
        "count": { "type": "integer" },
        "tags": { "type": "array", "items": { "type": "string" } },
        "clientSecret": { "type": "string" },
        "population": { "type": "object", "properties": { "id": { "type": "string" } } },
        "custom": { "type": "object" },
    } });
    let body = json!({ "requestBody": { "content": { "application/json": { "schema": schema } } } });
    json!({ "paths": {
        "/environments": { "post": body },
        "/environments/{environment}/populations": { "get": {}, "post": body },
        "/environments/{environment}/populations/{population}": { "get": {}, "put": body, "delete": {} },
    } })
}
