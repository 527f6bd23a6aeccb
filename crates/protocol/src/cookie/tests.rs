use proptest::prelude::*;

use super::cookie;

#[test]
fn finds_the_one_cookie_of_a_name() {
    assert_eq!(cookie("ST=abc", "ST"), Some("abc"));
    assert_eq!(cookie("a=1; __Host-ST=x=y ;b=2", "__Host-ST"), Some("x=y"));
    assert_eq!(cookie("a=", "a"), Some(""));
    assert_eq!(cookie("a=1; b=2", "c"), None);
    assert_eq!(cookie("st=1; STX=2; ST", "ST"), None);
    assert_eq!(cookie("", ""), None);
}

#[test]
fn refuses_what_is_ambiguous_or_malformed() {
    assert_eq!(cookie("ST=a; x=1; ST=a", "ST"), None);
    assert_eq!(cookie("ST=a; ST =b", "ST"), None);
    for header in ["ST=\"a\"", "ST=a b", "ST=a,b", "ST=a\\b", "ST=é", "ST=a\0"] {
        assert_eq!(cookie(header, "ST"), None, "{header:?}");
    }
    // HT-11: a header that is too long or holds too many.
    assert_eq!(cookie(&format!("ST=a; x={}", "y".repeat(16 * 1024)), "ST"), None);
    assert_eq!(cookie(&format!("ST=a{}", ";x=1".repeat(200)), "ST"), None);
}

proptest! {
    #[test]
    fn finds_every_cookie_it_is_given(cookies in prop::collection::btree_map("[a-zA-Z_-]{1,8}", "[!#-+--:<-\\[\\]-~]{0,20}", 0..20)) {
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let header = pairs.join("; ");
        for (name, value) in &cookies {
            prop_assert_eq!(cookie(&header, name), Some(value.as_str()));
        }
    }
}
