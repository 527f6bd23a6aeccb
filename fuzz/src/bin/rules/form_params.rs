//! `protocol::params` against the WHATWG form parser: what is accepted is read alike by both, and no repetition of a
//! name is ever accepted. The lenient reading never keeps a name twice.

use std::collections::BTreeSet;

use protocol::params::Params;

pub fn check(body: &[u8]) {
    let strict = Params::form(body);
    let (lenient, error) = Params::lenient(body);
    assert_eq!(strict.as_ref().err(), error.as_ref());
    assert_each_once(lenient.names());
    let Ok(params) = strict else { return };
    assert_eq!(params, lenient);
    let expected: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    assert!(params.names().eq(expected.iter().map(|(name, _)| name.as_str())));
    for (name, _) in &expected {
        let values = expected.iter().filter(|(other, value)| other == name && !value.is_empty());
        assert_eq!(params.all(name), values.map(|(_, value)| value.as_str()).collect::<Vec<_>>());
    }
}

fn assert_each_once<'a>(names: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(seen.insert(name) || matches!(name, "resource" | "audience"), "kept twice");
    }
}
