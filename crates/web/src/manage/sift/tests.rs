use protocol::filter;
use serde_json::json;

use super::meets;

/// P24, P26: every operator on texts, times, flags, numbers and lists.
#[test]
fn a_row_is_compared_as_it_is_answered() {
    let row = json!({
        "name": "Admin", "at": "2026-01-01T00:00:00.000Z", "default": true, "count": 3, "for": ["A", "B"], "of": { "id": "x" }
    });
    let supported = ["name", "at", "default", "count", "for", "of.id", "gone"];
    for (filter, met) in [
        (r#"name eq "ADMIN""#, true),
        (r#"NAME ne "admin""#, false),
        (r#"name sw "ad" and name ew "IN" and name co "dmi""#, true),
        (r#"at lt "2026-01-01T00:00:01Z" and at ge "2026-01-01T00:00:00Z""#, true),
        (r#"at gt "2026-01-01T00:00:00.000Z""#, false),
        ("default eq true", true),
        ("default eq false or count gt 2", true),
        ("not (count le 3)", false),
        (r#"for eq "b""#, true),
        (r#"of.id eq "x" and for pr"#, true),
        ("gone pr", false),
        (r#"gone eq "x""#, false),
        // What lists of the store answer.
        (r#"gone ne "x""#, true),
        (r#"not (gone ne "x")"#, false),
        (r#"default eq "true""#, true),
        (r#"default ne "true" or default eq "no""#, false),
    ] {
        assert_eq!(meets(&row, &filter::parse(filter).unwrap(), &supported), Ok(met), "{filter}");
    }
    for filter in [r#"other eq "x""#, "name pr or other pr", r#"for[value eq "A"]"#] {
        assert!(meets(&row, &filter::parse(filter).unwrap(), &supported).is_err(), "{filter}");
    }
}
