use proptest::prelude::*;

use super::{OriginError, allowed, register_origin};

fn allows(registered: &str, origin: &str) -> bool {
    allowed(&[registered.to_owned()], origin)
}

#[test]
fn allows_the_same_scheme_host_and_port_only() {
    assert!(allows("https://app.example", "https://app.example"));
    assert!(allows("https://App.example:443", "https://app.example"));
    assert!(allows("http://localhost:3000", "http://localhost:3000"));
    // CO-01: null, other hosts, schemes and ports, and what only looks like the origin.
    for origin in [
        "null",
        "",
        "https://evil",
        "https://app.example.evil",
        "http://app.example",
        "https://app.example:8443",
        "https://app.example:443",
        "https://app.example/",
        "https://app.example, https://evil",
        "https://app.example https://evil",
        "https://x.app.example",
        "https://evilapp.example",
        "HTTPS://app.example",
        "https://",
        "*",
    ] {
        assert!(!allows("https://app.example", origin), "{origin}");
    }
    for registered in ["null", "*", "", "https://"] {
        assert!(
            !allows(registered, "null") && !allows(registered, "https://") && !allows(registered, ""),
            "{registered}"
        );
    }
}

#[test]
fn a_wildcard_is_one_label() {
    let known = "https://*.app.example";
    assert!(allows(known, "https://a.app.example"));
    for origin in [
        "https://app.example",
        "https://.app.example",
        "https://a.b.app.example",
        "https://a.app.example.evil",
        "http://a.app.example",
        "https://a.app.example:1",
        "https://evil/.app.example",
        "https://*.app.example",
    ] {
        assert!(!allows(known, origin), "{origin}");
    }
    assert!(allows("https://*.app.example:8443", "https://a.app.example:8443"));
}

#[test]
fn registers_origins_and_nothing_longer() {
    for origin in ["https://app.example", "http://localhost:3000", "https://*.app.example:8443", "http://[::1]:1"] {
        assert_eq!(register_origin(origin), Ok(()), "{origin}");
    }
    for origin in [
        "null",
        "",
        "app.example",
        "https://",
        "https://app.example/",
        "https://u@a.example",
        "https://a.example?x",
        "https://a.example#",
        "ftp://a.example",
        "https://a.example:0",
        "https://a b",
        "javascript://a",
    ] {
        assert_eq!(register_origin(origin), Err(OriginError::Malformed), "{origin}");
    }
    for origin in [
        "https://*",
        "https://*.example",
        "https://*.example:1",
        "https://a*.app.example",
        "https://a.*.example",
        "https://*.*.example",
        "https://*:*",
    ] {
        assert_eq!(register_origin(origin), Err(OriginError::Wildcard), "{origin}");
    }
}

proptest! {
    /// An origin is allowed without a wildcard only when the text is the same.
    #[test]
    fn only_the_same_text_is_allowed(a in "https?://[a-z.]{1,6}(:[1-9]{1,3})?", b in "https?://[a-z.]{1,6}(:[1-9]{1,3})?") {
        prop_assume!(!a.ends_with(":80") && !a.ends_with(":443"));
        prop_assert_eq!(allows(&a, &b), a == b);
    }
}
