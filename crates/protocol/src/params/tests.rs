use proptest::prelude::*;

use super::{ParamError, Params};

fn refusal(body: &str) -> ParamError {
    Params::form(body.as_bytes()).unwrap_err()
}

#[test]
fn reads_values_and_treats_an_empty_one_as_omitted() {
    let params = Params::form(b"grant_type=authorization_code&code=a%20b+c&client_secret=&flag&&x=1=2").unwrap();
    assert_eq!(params.text("grant_type"), Some("authorization_code"));
    assert_eq!(params.text("code"), Some("a b c"));
    assert_eq!(params.text("x"), Some("1=2"));
    // CA-10: `client_secret=` is omitted, so a client_secret_post client has sent no credentials.
    assert_eq!(params.text("client_secret"), None);
    assert!(params.present("client_secret") && params.present("flag") && !params.present("other"));
    assert_eq!(params.names().collect::<Vec<_>>(), ["grant_type", "code", "client_secret", "flag", "x"]);
}

#[test]
fn refuses_every_repetition() {
    // CA-33: client_secret twice, right and wrong in either order.
    assert_eq!(refusal("client_secret=right&client_secret=wrong"), ParamError::Duplicate("client_secret".into()));
    // TE-02: grant_type twice.
    assert_eq!(refusal("grant_type=a&grant_type=a"), ParamError::Duplicate("grant_type".into()));
    assert_eq!(refusal("client_id=&client_id=x"), ParamError::Duplicate("client_id".into()));
    assert_eq!(refusal("client_id=x&client%5Fid=x"), ParamError::Duplicate("client_id".into()));
    // TE-11: what is reported of the name cannot break out of a log line or a JSON string.
    assert_eq!(refusal("%22%0d%5C%C3%A9=1&%22%0d%5C%C3%A9=2"), ParamError::Duplicate("????".into()));
}

#[test]
fn resource_and_audience_may_repeat() {
    // TE-07: `scope` twice is refused, `resource` twice is not.
    assert_eq!(refusal("scope=a&scope=b"), ParamError::Duplicate("scope".into()));
    let params = Params::form(b"resource=x&resource=&audience=z&resource=y").unwrap();
    assert_eq!(params.all("resource"), ["x", "y"]);
    assert_eq!(params.all("audience"), ["z"]);
}

#[test]
fn refuses_malformed_text() {
    // TE-09: malformed escapes, invalid UTF-8 and NUL in a value or a name.
    for body in ["a=%", "a=%4", "a=%zz", "a=%+1", "%=1", "a=%FF", "a=%C0%AF", "a=%ED%A0%80"] {
        assert_eq!(refusal(body), ParamError::Encoding, "{body}");
    }
    assert_eq!(Params::form(b"a=\xff").unwrap_err(), ParamError::Encoding);
    for body in ["a=%00", "a%00b=1", "a=x\0"] {
        assert_eq!(refusal(body), ParamError::Nul, "{body}");
    }
}

#[test]
fn refuses_what_is_over_the_limits() {
    // TE-06: a thousand unknown parameters.
    let many: Vec<String> = (0..1_000).map(|n| format!("p{n}=1")).collect();
    assert_eq!(refusal(&many.join("&")), ParamError::TooMany);
    assert_eq!(Params::form(many[..200].join("&").as_bytes()).unwrap().names().count(), 200);
    // HT-12: a body over 64 KiB.
    assert_eq!(refusal(&"a".repeat(64 * 1024 + 1)), ParamError::TooLarge);
    assert_eq!(refusal(&format!("{}=1", "n".repeat(129))), ParamError::TooLarge);
}

#[test]
fn array_notation_is_only_an_unknown_name() {
    // CA-34: `client_id[]`, `client_secret[$ne]` are names of their own.
    let params = Params::form(b"client_id[]=x&client_id[0]=x&client_secret[$ne]=").unwrap();
    assert_eq!((params.text("client_id"), params.present("client_secret")), (None, false));
}

#[test]
fn lenient_reading_removes_what_is_ambiguous() {
    // AZ-05: `state` twice leaves an error to be delivered without state.
    let (params, error) = Params::lenient(b"client_id=c&state=1&state=2&redirect_uri=r");
    assert_eq!(error, Some(ParamError::Duplicate("state".into())));
    assert_eq!((params.text("state"), params.text("redirect_uri")), (None, Some("r")));
    assert!(!params.present("state"));

    // RU-20: `redirect_uri` twice, good and evil in either order, or one of them malformed.
    for query in
        ["redirect_uri=good&redirect_uri=evil", "redirect_uri=%zz&redirect_uri=evil", "redirect_uri=a&redirect_uri=%00"]
    {
        let (params, error) = Params::lenient(query.as_bytes());
        assert!(error.is_some(), "{query}");
        assert!(!params.present("redirect_uri"), "{query}");
    }
}

#[test]
fn debug_shows_no_value() {
    let params = Params::form(b"client_secret=hunter2").unwrap();
    assert_eq!(format!("{params:?}"), r#"["client_secret"]"#);
}

proptest! {
    /// Whatever is encoded by the WHATWG serializer is read back.
    #[test]
    fn reads_back_what_was_encoded(pairs in prop::collection::btree_map("[a-z_]{1,12}", "[^\0]{0,40}", 0..20)) {
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let params = Params::form(body.as_bytes()).unwrap();
        for (name, value) in &pairs {
            prop_assert_eq!(params.text(name), Some(value.as_str()).filter(|value| !value.is_empty()));
        }
        prop_assert_eq!(params.names().count(), pairs.len());
    }

    /// What is accepted is what the WHATWG parser reads as well.
    #[test]
    fn agrees_with_the_form_parser_on_what_it_accepts(body in "[a-c=&%+0-9A-F]{0,24}") {
        if let Ok(params) = Params::form(body.as_bytes()) {
            for (name, value) in url::form_urlencoded::parse(body.as_bytes()) {
                prop_assert!(params.present(&name));
                prop_assert_eq!(params.text(&name), Some(&*value).filter(|value| !value.is_empty()));
            }
        }
    }
}
