use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::{Basic, BasicDecoding, BasicError, parse_basic};

fn header(credentials: impl AsRef<[u8]>) -> Vec<u8> {
    format!("Basic {}", STANDARD.encode(credentials)).into_bytes()
}

fn parts(basic: &Basic, decoding: BasicDecoding) -> (Option<String>, Option<String>) {
    (basic.id(decoding), basic.secret(decoding).map(|secret| secret.to_string()))
}

fn read(credentials: &str, decoding: BasicDecoding) -> (Option<String>, Option<String>) {
    parts(&parse_basic(&header(credentials)).unwrap(), decoding)
}

fn some(id: &str, secret: &str) -> (Option<String>, Option<String>) {
    (Some(id.into()), Some(secret.into()))
}

#[test]
fn reads_the_published_vectors() {
    let rfc = |token: &str| parts(&parse_basic(format!("Basic {token}").as_bytes()).unwrap(), BasicDecoding::Rfc6749);
    // CA-02: RFC 6749 §2.3.1's own example, and ids and secrets with reserved characters.
    assert_eq!(rfc("czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"), some("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw"));
    assert_eq!(rfc("Y2xpZW50OmElMkJiJTI1YyUyNmQrZSUzQWY="), some("client", "a+b%c&d e:f"));
    assert_eq!(
        rfc("MVBwRyUyRlErMTp6JTJGdFo5VndGWnFBcG1JUSUyQlpIMUk1cExrJTJGdUI0dWQlM0FYMiUyRjhiTCUyQndmRlR0MXJGdyUzRA=="),
        some("1PpG/Q 1", "z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw=")
    );
}

#[test]
fn the_two_decodings_are_kept_apart() {
    // CA-17: the same secret, not encoded, is no secret in RFC mode.
    let raw = parse_basic(b"Basic Y2xpZW50OmErYiVjJmQgZTpm").unwrap();
    assert_eq!(parts(&raw, BasicDecoding::Rfc6749), (Some("client".into()), None));
    assert_eq!(parts(&raw, BasicDecoding::Raw), some("client", "a+b%c&d e:f"));
    // CA-18: `+` is a space in RFC mode and a plus in raw mode.
    assert_eq!(read("c:a+b", BasicDecoding::Rfc6749), some("c", "a b"));
    assert_eq!(read("c:a+b", BasicDecoding::Raw), some("c", "a+b"));
    // CA-21: decoded once only.
    assert_eq!(read("c:a%2525", BasicDecoding::Rfc6749), some("c", "a%25"));
    // CA-15: the first colon splits, so what follows a second one is part of the secret.
    assert_eq!(read("id:secret:junk", BasicDecoding::Raw), some("id", "secret:junk"));
    assert_eq!(read("a%3Ab:c", BasicDecoding::Rfc6749), some("a:b", "c"));
}

#[test]
fn refuses_malformed_credentials() {
    // CA-13: nothing where an id should be. CA-14: no colon.
    for credentials in ["", ":", ":secret", "id", "id secret"] {
        assert_eq!(parse_basic(&header(credentials)), Err(BasicError::Malformed), "{credentials}");
    }
    assert_eq!(parse_basic(b"Basic"), Err(BasicError::Malformed));
    assert_eq!(parse_basic(b"Basic "), Err(BasicError::Malformed));
    // CA-12: an empty password is no secret.
    assert_eq!(read("id:", BasicDecoding::Rfc6749), (Some("id".into()), None));
    assert_eq!(read("id:", BasicDecoding::Raw), (Some("id".into()), None));
    // CA-20: octets outside VSCHAR, raw or percent-encoded; overlong and invalid UTF-8.
    for raw in [&b"id:a\0"[..], b"id:a\r\nb", b"id:\x7f", b"i\td:s", b"id:\xc0\xaf", "id:é".as_bytes()] {
        assert_eq!(parse_basic(&header(raw)), Err(BasicError::Malformed), "{raw:?}");
    }
    for secret in ["%00", "a%0D", "a%0A", "%7F", "%C0%AF", "%FF", "%C3%A9", "%", "%4", "%g0"] {
        assert_eq!(read(&format!("id:{secret}"), BasicDecoding::Rfc6749).1, None, "{secret}");
    }
}

#[test]
fn reads_only_canonical_base64() {
    // CA-22: url alphabet, missing padding, inner white space, trailing garbage, non-zero trailing bits.
    for token in
        ["YTo_Pw==", "YTpi=", "YTpiYw", "YTpi YTpi", "YTpi\n", "YTpi!", "YTpiYw==x", "YTpiYx==", "YTpi,YTpi", "YTpi "]
    {
        assert_eq!(parse_basic(format!("Basic {token}").as_bytes()), Err(BasicError::Malformed), "{token}");
    }
    assert_eq!(parse_basic(&header("i".repeat(9_000) + ":s")), Err(BasicError::Malformed));
}

#[test]
fn only_spaces_separate_and_only_basic_is_read() {
    // CA-24: one or more spaces; the scheme in any letter case.
    for start in ["Basic ", "Basic    ", "basic ", "BASIC "] {
        assert!(parse_basic(format!("{start}YTpi").as_bytes()).is_ok(), "{start}");
    }
    // CA-25: tab, NBSP or comma between; a leading comma.
    for value in ["Basic\tYTpi", "Basic\u{a0}YTpi", "Basic,YTpi", ", Basic YTpi", "BasicYTpi", ""] {
        assert_eq!(parse_basic(value.as_bytes()), Err(BasicError::NotBasic), "{value}");
    }
    assert_eq!(parse_basic(b"Basic \tYTpi"), Err(BasicError::Malformed));
    // CA-26: a valid token under any other scheme.
    for value in ["Foo YTpi", "Bearer YTpi", "Negotiate YTpi", "DPoP YTpi", "Basi YTpi"] {
        assert_eq!(parse_basic(value.as_bytes()), Err(BasicError::NotBasic), "{value}");
    }
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", parse_basic(&header("id:secret")).unwrap()), "Basic(…)");
}

proptest! {
    /// Every id and secret of VSCHAR survives the encoding of RFC 6749 §2.3.1.
    #[test]
    fn reads_back_every_credential(id in "[ -~]{1,40}", secret in "[ -~]{1,60}") {
        let encode = |part: &str| url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>();
        let sent = format!("{}:{}", encode(&id), encode(&secret));
        prop_assert_eq!(read(&sent, BasicDecoding::Rfc6749), some(&id, &secret));
    }

    /// A token that is accepted is the only way to write its credentials.
    #[test]
    fn an_accepted_token_is_canonical(token in "[A-Za-z0-9+/=]{0,40}") {
        if let Ok(basic) = parse_basic(format!("Basic {token}").as_bytes()) {
            let (id, secret) = (basic.id(BasicDecoding::Raw).unwrap(), basic.secret(BasicDecoding::Raw));
            let secret = secret.as_ref().map_or("", |secret| secret.as_str());
            prop_assert_eq!(STANDARD.encode(format!("{id}:{secret}")), token);
        }
    }
}
