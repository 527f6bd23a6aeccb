use proptest::prelude::*;

use super::{Filter, FilterError, FilterValue, Op, parse};

fn text(path: &str, op: Op, value: &str) -> Filter {
    Filter::Compare { path: path.into(), op, value: FilterValue::Text(value.into()) }
}

fn and(left: Filter, right: Filter) -> Filter {
    Filter::And(Box::new(left), Box::new(right))
}

fn or(left: Filter, right: Filter) -> Filter {
    Filter::Or(Box::new(left), Box::new(right))
}

#[test]
fn reads_what_clients_send() {
    assert_eq!(parse(r#"name sw "tf-testacc-""#), Ok(text("name", Op::Sw, "tf-testacc-")));
    assert_eq!(parse(r#"((username eq "x"))"#), Ok(text("username", Op::Eq, "x")));
    assert_eq!(
        parse(r#"(population.id eq "p") AND (email EQ "a@b" OR name.given eq "c")"#),
        Ok(and(text("population.id", Op::Eq, "p"), or(text("email", Op::Eq, "a@b"), text("name.given", Op::Eq, "c"))))
    );
    assert_eq!(
        parse("enabled eq true"),
        Ok(Filter::Compare { path: "enabled".into(), op: Op::Eq, value: FilterValue::Bool(true) })
    );
    assert_eq!(parse("size gt 1.5e1").unwrap().to_string(), "size gt 15.0");
    assert_eq!(parse("x eq null and y pr").unwrap().to_string(), "(x eq null) and (y pr)");
}

#[test]
fn reads_what_values_of_a_list_meet() {
    let group = |inner| Filter::Within("memberOfGroups".into(), Box::new(inner));
    let id = || text("id", Op::Eq, "g");
    assert_eq!(parse(r#"memberOfGroups[id eq "g"]"#), Ok(group(id())));
    assert_eq!(
        parse(r#"a pr and memberOfGroups[ id eq "g" and type eq "DIRECT" ] or b eq true"#),
        Ok(or(
            and(Filter::Present("a".into()), group(and(id(), text("type", Op::Eq, "DIRECT")))),
            Filter::Compare { path: "b".into(), op: Op::Eq, value: FilterValue::Bool(true) }
        ))
    );
    assert_eq!(parse(r#"not (memberOfGroups[id eq "g"])"#), Ok(Filter::Not(Box::new(group(id())))));
    assert_eq!(parse("x[y eq true]").unwrap().to_string(), "x[y eq true]");
}

#[test]
fn and_binds_closer_than_or() {
    let clause = |name: &str| Filter::Present(name.into());
    assert_eq!(
        parse("a pr or b pr and c pr or d pr"),
        Ok(or(or(clause("a"), and(clause("b"), clause("c"))), clause("d")))
    );
    assert_eq!(parse("not (a pr) and b pr"), Ok(and(Filter::Not(Box::new(clause("a"))), clause("b"))));
    assert_eq!(parse("NOT(a pr)"), Ok(Filter::Not(Box::new(clause("a")))));
    assert_eq!(parse("not pr or orange pr"), Ok(or(clause("not"), clause("orange"))));
}

#[test]
fn reads_json_escapes() {
    assert_eq!(parse(r#"a eq "q\"\\\u00e9\n) and b pr""#), Ok(text("a", Op::Eq, "q\"\\é\n) and b pr")));
    // SC-02: quoting that would end the text in a query language is only text here.
    assert_eq!(parse(r#"a eq "' OR 1=1 --""#), Ok(text("a", Op::Eq, "' OR 1=1 --")));
}

#[test]
fn says_where_it_stopped() {
    let cases = [
        ("", 0, "an attribute is expected"),
        ("name", 4, "an operator is expected"),
        ("name like \"x\"", 5, "an operator is expected"),
        ("name eq", 7, "a value is expected"),
        ("name eq x", 8, "a value is expected"),
        ("name eq [1]", 8, "a value is expected"),
        ("name eq \"x", 8, "the text is not closed"),
        ("name eq \"\\x\"", 8, "a value is expected"),
        ("name eq \"\\u0000\"", 8, "the text holds a NUL character"),
        ("name sw 1", 8, "the operator does not take this value"),
        ("name gt true", 8, "the operator does not take this value"),
        ("(a pr", 5, "a closing parenthesis is missing"),
        ("a pr)", 4, "unexpected text after the filter"),
        ("a pr b pr", 5, "unexpected text after the filter"),
        ("a pr and", 8, "an attribute is expected"),
        ("a..b pr", 0, "an attribute is expected"),
        ("1a pr", 0, "an attribute is expected"),
        ("emails[type eq \"w\"", 18, "a closing bracket is missing"),
        ("emails [type pr]", 7, "an operator is expected"),
        ("emails[a[b pr]]", 8, "an operator is expected"),
        ("emails[]", 7, "an attribute is expected"),
        ("(emails[(a pr])", 13, "a closing parenthesis is missing"),
        ("name eq [1]x", 8, "a value is expected"),
        ("é pr", 0, "an attribute is expected"),
    ];
    for (filter, position, what) in cases {
        assert_eq!(parse(filter), Err(FilterError { position, what }), "{filter}");
    }
}

#[test]
fn bounds_length_clauses_and_depth() {
    // SC-02: depth, length and number of clauses.
    let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(20)).is_ok());
    assert_eq!(parse(&nested(21)).unwrap_err().what, "the filter is nested too deep");
    assert_eq!(parse(&"not (".repeat(300)).unwrap_err().what, "the filter is nested too deep");
    assert!(parse(&vec!["a pr"; 50].join(" or ")).is_ok());
    assert_eq!(parse(&vec!["a pr"; 51].join(" or ")).unwrap_err().what, "the filter has too many clauses");
    assert_eq!(parse(&"a".repeat(2_001)).unwrap_err().what, "the filter is too long");
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let path = "[a-zA-Z$][a-zA-Z0-9_-]{0,6}(\\.[a-z]{1,4})?";
    let leaf = prop_oneof![
        path.prop_map(Filter::Present),
        (path, "[^\0]{0,12}").prop_map(|(path, value)| text(&path, Op::Co, &value)),
        (path, any::<i64>()).prop_map(|(path, n)| Filter::Compare {
            path,
            op: Op::Ge,
            value: FilterValue::Number(n.into())
        }),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| and(a, b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| or(a, b)),
            inner.prop_map(|a| Filter::Not(Box::new(a))),
        ]
    })
}

proptest! {
    /// Every tree is read back from its own text.
    #[test]
    fn round_trips(filter in any_filter()) {
        let written = filter.to_string();
        prop_assume!(written.len() <= 2_000);
        prop_assert_eq!(parse(&written), Ok(filter));
    }

    /// Whatever is read is read again from what it writes; nothing panics.
    #[test]
    fn reads_what_it_wrote(text in "[a-c. ()\"\\\\0-9einorqtpwsu-]{0,60}|\\PC{0,40}") {
        if let Ok(filter) = parse(&text) {
            prop_assert_eq!(parse(&filter.to_string()), Ok(filter));
        }
    }
}
