//! What an expression takes is counted, whatever it takes it for.

use serde_json::{Value, json};

use super::super::{Effort, Expression, Failed, functions};
use crate::time::Time;

/// As long as the values of a user can be, and longer than any that people have.
const LONG: usize = 13_500;

fn root() -> Value {
    json!({
        "long": "aB".repeat(LONG / 2),
        "other": "aB".repeat(LONG / 2) + "x",
        "digits": "1".repeat(LONG),
        "searched": "a".repeat(8_000),
        "bits": (0..8_000_u32).map(|n| ['a', 'b'][(n.wrapping_mul(2_654_435_761) >> 13 & 1) as usize]).collect::<String>(),
        "list": vec![vec![1; 200]; 100],
        "many": vec!["x"; 150],
    })
}

/// What it is worth, and how many octets were made or gone through for it.
fn counted(source: &str, effort: &mut Effort) -> (Result<Value, Failed>, usize) {
    let before = effort.0;
    let read = Expression::parse(source).unwrap_or_else(|why| panic!("{source}: {why}"));
    let worth = read.evaluate(&root(), Time::from_secs(1_700_000_000), effort);
    (worth, effort.0.octets_since(&before))
}

/// Every function, whatever it does with a long text or list; and the operators.
#[test]
fn what_a_function_is_given_is_gone_through() {
    for one in functions() {
        let (name, takes) = one.call.trim_end_matches(')').split_once('(').unwrap();
        let takes = takes.split(", [").next().unwrap();
        let items: Vec<&str> = takes.split(", ").filter(|one| !one.is_empty()).collect();
        for (at, item) in items.iter().enumerate() {
            let long = match item.split_once(": ").unwrap().1 {
                "text" | "value" => "#root.long",
                "list" => "#root.list",
                _ => continue,
            };
            let usual = |item: &&str| match item.split_once(": ").unwrap().1 {
                "whole" | "number" => "1",
                "list" => "{1}",
                "value" => "true",
                "algorithm" => "'HmacMD5'",
                _ => "'a'",
            };
            let given: Vec<&str> =
                items.iter().enumerate().map(|(own, item)| if own == at { long } else { usual(item) }).collect();
            let source = format!("${{{name}({})}}", given.join(", "));
            let (_, octets) = counted(&source, &mut Effort::default());
            assert!(octets >= LONG, "{source}: {octets}");
        }
    }
    for source in [
        "#root.long == #root.other",
        "'a' == #root.long",
        "#root.long < #root.other",
        "#root.long + 'a' == 'a'",
        "#root.long[3]",
        "{#root.long: 1}['a']",
        "#string.compare(#root.long, #root.other, true)",
        "#string.format('%1$.0s', #root.long)",
        "#core.switchExpr(1, #root.long, 2)",
    ] {
        let (_, octets) = counted(&format!("${{{source}}}"), &mut Effort::default());
        assert!(octets >= LONG, "{source}: {octets}");
    }
}

/// Each is tried at every pair of two lists, and stops long before. In a build for debugging the longest of them took a minute once, of
/// another expression each; now a second or so, and some hundredths of one in a build for use.
#[test]
fn what_takes_time_and_makes_nothing_ends() {
    for one in [
        "#string.compare(#root.long, #root.other, true)",
        "#string.compare(#root.long, #root.other, false)",
        "#string.indexOf(#root.long, 'zz', 0)",
        "#string.lastIndexOf(#root.long, 'zz', 99999)",
        "#string.length(#root.long)",
        "#string.substring(#root.long, 13000, 13001)",
        "#root.long[13000]",
        "#root.long == #root.other",
        "#string.split(#root.long, ' ')",
        "#string.asDouble(#root.digits, 0)",
        "#datetime.getYear(#root.long)",
        "#datetime.parse(#root.digits, 'yMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyMyM')",
        "#datetime.format('2021-01-31T23:59:59.123Z', 'YwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwWYwW')",
        "#string.format('%1$.0s%1$.0s%1$.0s%1$.0s%1$.0s%1$.0s%1$.0s', #root.long)",
        "#data.containsAny(#root.list, {1})",
        "#data.size(#root.list)",
        "#crypto.hmacHexDigest(#root.long, 'k', 'HmacMD5')",
        "#root.searched matches '(?=.*a)(?=.*a)(?=.*a)(?=.*a)(?=.*a)(?=.*a)(?=.*a)(?=.*a)(?=.*z).*'",
        "#regex.findAllMatches(#root.searched, '(?=a).*z')",
        "#regex.findAllMatches(#root.bits, '[ab]*a[ab]{200}z|a')",
        "#regex.findAllMatches(#root.searched, 'a.*z|a')",
    ] {
        let source = format!("${{#root.many.![#root.many.![{one}]]}}");
        let (worth, _) = counted(&source, &mut Effort::default());
        assert!(worth.is_err(), "{one}");
    }
}

/// What is in the groups, or in the texts, that anybody has is not too much.
#[test]
fn what_anybody_writes_is_not_too_much() {
    for one in [
        "{1,2,3,4,5}.![#root.many.?[#this == 'y']]",
        "#root.many.?[#string.startsWith(#root.long, #this)]",
        "#root.many.![#regex.replaceAll('CN=Developers,OU=Groups,DC=example,DC=com', '(?<=CN=)(.*?),.*', '$1')]",
        "#root.many.![#string.compare(#this, 'X', true)]",
        "#regex.findAllMatches(#root.searched, 'a{16}')",
    ] {
        let (worth, _) = counted(&format!("${{{one}}}"), &mut Effort::default());
        assert!(worth.is_ok(), "{one}: {worth:?}");
    }
}

/// An answer has many mappings, which together take no more than a few of them may.
#[test]
fn the_expressions_of_an_answer_take_together_what_a_few_may() {
    let mut effort = Effort::default();
    let source = "${#root.many.![#string.length(#root.long)]}";
    let done = (0..100).take_while(|_| counted(source, &mut effort).0.is_ok()).count();
    assert!((4..20).contains(&done), "{done}");
}

/// Whatever looks around or back is compiled by itself, and kept as long as the text is.
#[test]
fn what_looks_around_is_counted_for_all_patterns_of_a_text() {
    let one = "${'a' matches '(?=a)(?=a)(?=a)(?=a)a'}";
    assert!(Expression::parse(&one.repeat(4)).is_ok());
    let why = Expression::parse(&(one.repeat(4) + "${'a' matches '(?=a)a'}")).unwrap_err();
    assert_eq!(why.position, one.len() * 4 + 14, "{why}");
}

/// A pattern that is nested as deep as its length lets it be is refused or read, and takes no more of the stack than the rest.
#[test]
fn a_deep_pattern_takes_no_deep_stack() {
    let read = || {
        for (open, close) in
            [("(", ")"), ("(?:", ")*"), ("(?=", ")"), ("(a|", ")"), ("[a&&", "]"), ("(?>", ")"), ("", "{1}")]
        {
            let times = 1_000 / (open.len() + close.len());
            let pattern = open.repeat(times) + "a" + &close.repeat(times);
            assert_eq!(super::super::WholePattern::read(&pattern).is_ok(), open.is_empty(), "{open}");
            let _ = Expression::parse(&format!("${{'a' matches '{pattern}'}}"));
            let _ = Expression::parse(&format!("${{'a' matches ('{pattern}' + '')}}"))
                .map(|read| read.evaluate(&Value::Null, Time::default(), &mut Effort::default()));
        }
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(read).unwrap().join().unwrap();
}
