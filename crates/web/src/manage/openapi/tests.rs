use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{Told, document, operation, own, pages};
use crate::manage::all;

/// A handler of its own is told of, and nothing is told of one that is not there.
#[test]
fn every_call_is_told() {
    let mut own_handlers = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for route in all() {
        if let Told::Own(handler) = route.told {
            assert!(own::knows(handler), "openapi/own.rs says nothing of {handler}");
            own_handlers.insert(handler);
        }
        assert!(ids.insert(operation::id(route)), "{} {} has the name of another", route.name, route.path);
    }
    for handler in own::handlers() {
        assert!(own_handlers.contains(handler), "{handler} answers no call");
    }
}

/// No reference leads nowhere.
#[test]
fn what_is_referred_to_is_there() {
    let document = document();
    let mut left = vec![&document];
    let mut found = 0;
    while let Some(value) = left.pop() {
        match value {
            Value::Array(all) => left.extend(all),
            Value::Object(object) => {
                if let Some(to) = object.get("$ref").and_then(Value::as_str) {
                    let pointer = to.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{to}");
                    found += 1;
                }
                left.extend(object.values());
            }
            _ => {}
        }
    }
    assert!(found > 100, "{found}");
    assert_eq!(document["servers"][0]["url"], "/v1");
    let user = &document["paths"]["/environments/{environment}/users/{user}"];
    assert_eq!(user["get"]["operationId"], "readUser");
    assert_eq!(user["patch"]["requestBody"]["required"], false);
    assert_eq!(user["delete"]["responses"]["204"]["description"], "Done.");
}

/// The pages of the repository are those that the descriptions make. `GRANTOR_RECORD=1` writes them.
#[test]
fn the_pages_are_those_of_the_descriptions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/api");
    let pages = pages();
    if std::env::var_os("GRANTOR_RECORD").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let there: BTreeSet<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, pages.iter().map(|(name, _)| name.clone()).collect(), "GRANTOR_RECORD=1 writes them");
    for (name, text) in pages {
        let written = std::fs::read_to_string(folder.join(&name)).unwrap();
        assert!(written == text, "docs/reference/api/{name} is stale: GRANTOR_RECORD=1 writes it");
    }
}
