//! `protocol::scope` against the grammar of RFC 6749 §3.3, and its sets against those of the standard library. The input is two
//! lines.

use std::collections::BTreeSet;

use protocol::scope::Scope;

pub fn check([first, second]: [&str; 2]) {
    let [Some(first), Some(second)] = [first, second].map(read) else { return };
    let set = |scope: &Scope| scope.iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let (one, other) = (set(&first), set(&second));
    assert_eq!(set(&first.intersect(&second)), &one & &other);
    assert_eq!(first.subset_of(&second), one.is_subset(&other));
    assert!(first.intersect(&second).subset_of(&first));
    if let Some(token) = second.iter().next() {
        assert_eq!(set(&first.without(token)), &one - &BTreeSet::from([token.to_owned()]));
    }
}

fn read(text: &str) -> Option<Scope> {
    let tokens: Vec<&str> = if text.is_empty() { vec![] } else { text.split(' ').collect() };
    let nqchar = |c: char| matches!(c, '!' | '#'..='[' | ']'..='~');
    let sound = tokens.iter().all(|token| !token.is_empty() && token.chars().all(nqchar));
    let read = Scope::parse(text);
    assert_eq!(read.is_ok(), sound && text.len() <= 4096 && tokens.len() <= 100);
    let scope = read.ok()?;
    assert_eq!(Scope::parse(&scope.to_string()).as_ref(), Ok(&scope));
    assert!(scope.len() <= tokens.len() && tokens.iter().all(|token| scope.contains(token)));
    Some(scope)
}
