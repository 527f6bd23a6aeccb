use proptest::prelude::*;

use super::pairs;

fn values<'a>(line: &'a [u8], name: &str) -> Vec<&'a str> {
    pairs(line).filter(|(found, _)| *found == name).map(|(_, value)| value).collect()
}

#[test]
fn finds_the_cookies_of_a_name() {
    assert_eq!(values(b"ST=abc", "ST"), ["abc"]);
    assert_eq!(values(b"a=1; __Host-ST=x=y ;b=2", "__Host-ST"), ["x=y"]);
    assert_eq!(values(b"a=", "a"), [""]);
    assert_eq!(values(b"a=1; b=2", "c"), [""; 0]);
    assert_eq!(values(b"st=1; STX=2; ST", "ST"), [""; 0]);
    assert_eq!(values(b"", ""), [""; 0]);
}

/// D2: each cookie of a name is a candidate, in the order of the line.
#[test]
fn two_cookies_of_a_name_are_two_candidates() {
    assert_eq!(values(b"ST=a; x=1; ST=b", "ST"), ["a", "b"]);
    assert_eq!(values(b"ST=a; ST =b", "ST"), ["a", "b"]);
    assert_eq!(values(b"ST=a b; ST=\"q\"; ST=c", "ST"), ["c"]);
}

/// D2: what is malformed is not ours, and hides nothing that is.
#[test]
fn foreign_cookies_hide_none() {
    for pair in ["ST=\"a\"", "ST=a b", "ST=a,b", "ST=a\\b", "ST=é", "ST=a\0", "é=1", "ST", "=", ";;"] {
        assert_eq!(values(pair.as_bytes(), "ST"), [""; 0], "{pair:?}");
        assert_eq!(values(format!("{pair}; ST=ours").as_bytes(), "ST"), ["ours"], "{pair:?}");
        assert_eq!(values(format!("ST=ours; {pair}").as_bytes(), "ST"), ["ours"], "{pair:?}");
    }
    for octet in 0x80..=0xff {
        let line = [b"city=Z".as_slice(), &[octet], b"rich; ST=ours; ", &[octet], b"=1"].concat();
        assert_eq!(values(&line, "ST"), ["ours"], "{octet:x}");
    }
    assert_eq!(
        values(format!("x={}; ST=ours{}", "y".repeat(16 * 1024), ";x=1".repeat(400)).as_bytes(), "ST"),
        ["ours"]
    );
}

proptest! {
    #[test]
    fn finds_every_cookie_it_is_given(cookies in prop::collection::btree_map("[a-zA-Z_-]{1,8}", "[!#-+--:<-\\[\\]-~]{0,20}", 0..20)) {
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let header = pairs.join("; ");
        for (name, value) in &cookies {
            prop_assert_eq!(values(header.as_bytes(), name), [value.as_str()]);
        }
    }
}
