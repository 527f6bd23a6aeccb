use super::*;

fn read(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// RFC 4514 §4, and what differs in the text alone.
#[test]
fn texts_that_say_the_same_are_the_same_name() {
    for (one, other) in [
        ("UID=jsmith,DC=example,DC=net", "uid=JSMITH, dc=Example, dc=NET"),
        ("OU=Sales+CN=J. Smith,DC=example,DC=net", "cn=j.  smith+OU=sales,DC=example,DC=net"),
        (r#"CN=James \"Jim\" Smith\, III,DC=example"#, r"CN=James \22Jim\22 Smith\2C III,DC=example"),
        (r"CN=Before\0dAfter,DC=net", r"CN=Before\0DAfter,DC=net"),
        ("1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=#04024869"),
        (r"CN=Lu\C4\8Di\C4\87", "CN=LUČIĆ"),
        ("CN=#0c0161", "2.5.4.3=A"),
        ("CN=#1e020061", "commonName=a"),
        (r"CN=a\ ", "CN=a"),
        ("CN=a ,O= b", "CN=a,O=b"),
    ] {
        assert_eq!(read(one), read(other), "{one} {other}");
        assert_eq!(read(one), read(&read(one).to_string()).clone(), "{one} drawn as {}", read(one));
    }
}

/// CJ-35: near is not the same.
#[test]
fn another_name_is_another() {
    for (one, other) in [
        ("CN=a,O=b", "O=b,CN=a"),
        ("CN=a,O=b", "CN=a"),
        ("CN=a,O=b", "CN=a+O=b"),
        ("CN=a", r"CN=a\,O=b"),
        ("CN=ab", "CN=a b"),
        ("CN=a", "O=a"),
        ("1.2.3=a", "1.2.3=A"),
        ("CN=#020161", "CN=a"),
    ] {
        assert_ne!(read(one), read(other), "{one} {other}");
    }
}

#[test]
fn what_is_no_name_is_told() {
    for text in [
        "CN",
        "CN=a,",
        "=a",
        "CN=a;O=b",
        r"CN=a\",
        r"CN=\zz",
        r"CN=\ff",
        "CN=#0c",
        "CN=#0c01",
        "CN=a,,O=b",
        "CN=\"a\"",
        "01.2=a",
    ] {
        assert_eq!(DistinguishedName::parse(text).err(), Some(DnError::Malformed), "{text}");
    }
    assert_eq!(DistinguishedName::parse("XY=a").err(), Some(DnError::Attribute));
    assert_eq!(DistinguishedName::parse(" ").err(), Some(DnError::Size));
    assert_eq!(DistinguishedName::parse(&format!("CN={}", "a".repeat(3000))).err(), Some(DnError::Size));
}
