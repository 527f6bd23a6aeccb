use proptest::prelude::*;

use super::{NameError, email, email_key, password_text, typed_username, username_key};

fn key(name: &str) -> String {
    username_key(name).unwrap_or_else(|error| format!("refused: {error}"))
}

// PW-07
#[test]
fn names_that_differ_in_case_width_or_composition_are_one() {
    assert_eq!(key("Alice"), "alice");
    assert_eq!(key("ＡＬＩＣＥ"), "alice");
    assert_eq!(key("Jo\u{308}rg"), "jörg");
    assert_eq!(key("JÖRG"), "jörg");
    assert_eq!(key("ΣΑΣ"), key("σασ"));
    assert_eq!(key("\u{212a}elvin"), "kelvin");
    assert_eq!(key("john doe+x@example.com"), "john doe+x@example.com");
    assert_ne!(key("alice"), key("аlice"));
    // What is another letter makes another name, in whatever language the two are related.
    assert_ne!(key("ı"), key("i"));
    assert_ne!(key("I"), key("ı"));
    assert_ne!(key("straße"), key("strasse"));
    assert_ne!(key("admin."), key("admin"));
    assert_eq!((key("🙂"), key("שלום")), ("🙂".to_owned(), "שלום".to_owned()));
}

/// D12: what a keyboard adds to a name is no part of it, and nothing that a name can hold is lost.
#[test]
fn blanks_around_a_typed_name_are_not_of_it() {
    let around = [
        " ",
        "\t",
        "\n",
        "\r\n",
        "\u{a0}",
        "\u{200b}",
        "\u{feff}",
        "\u{2003}",
        "\u{202f}",
        "\u{3000}",
        "\u{200e}",
        "\u{2060}",
        "\u{ad}",
        "\u{85}",
        "\u{2029}",
        " \u{200b}\t ",
    ];
    for blank in around {
        for typed in [format!("{blank}jane.doe"), format!("jane.doe{blank}"), format!("{blank}jane.doe{blank}")] {
            assert_eq!(typed_username(&typed), "jane.doe", "{typed:?}");
        }
        assert_eq!(typed_username(blank), "");
        // No such name can be stored, so no other account is met.
        assert!(username_key(&format!("jane.doe{blank}")).is_err(), "{blank:?}");
        assert!(username_key(&format!("{blank}jane.doe")).is_err(), "{blank:?}");
    }
    for name in ["jane doe", "🙂", "שלום", "_jane_", "é", ".", "e\u{301}"] {
        assert_eq!(typed_username(name), name);
    }
}

proptest! {
    /// D12: a name that can be stored is found as it is.
    #[test]
    fn a_name_that_is_allowed_is_typed_as_it_is(name in "[a-zé🙂ß .@_-]{1,20}") {
        prop_assume!(username_key(&name).is_ok());
        prop_assert_eq!(typed_username(&name), name.as_str());
    }
}

/// D27: as RFC 8265 §3.3 has it, and so that the key of a beginning is a beginning of the key.
#[test]
fn the_final_sigma_is_a_letter_of_its_own() {
    assert_eq!(key("ΟΔΥΣΣΕΎΣ"), "οδυσσεύσ");
    assert_eq!(key("Οδυσσεύς"), "οδυσσεύς");
    assert_ne!(key("Οδυσσεύς"), key("ΟΔΥΣΣΕΎΣ"));
    for name in ["ΟΔΥΣΣΕΎΣ", "ΟΔΥΣΣΕΎΣ Β", "ΟΔΥΣΣΕΎΣΒ", "Οδυσσεύς"] {
        let letters: Vec<char> = name.chars().collect();
        for end in 1..letters.len() {
            let beginning: String = letters[..end].iter().collect();
            if let Ok(beginning) = username_key(&beginning) {
                assert!(key(name).starts_with(&beginning), "{beginning} {name}");
            }
        }
    }
}

// PW-07
#[test]
fn refuses_what_cannot_be_seen_or_looks_like_something_else() {
    for name in [
        "a\0",
        "a\r\nb",
        "a\tb",
        "a\u{200b}b",
        "a\u{202e}b",
        "a\u{ad}b",
        "\u{feff}a",
        "a\u{2028}",
        " a",
        "a ",
        "a\u{a0}b",
        "ﬁn",
        "ﷺ",
        "\u{e000}",
        "\u{fffe}",
        "\u{378}",
        "\u{301}a",
        "\u{3000}a",
        "a\u{e0041}",
        "￣",
        "ﾞa",
    ] {
        assert_eq!(username_key(name), Err(NameError::Character), "{name:?}");
    }
    assert_eq!(username_key(""), Err(NameError::Empty));
    assert_eq!(username_key(&"a".repeat(129)), Err(NameError::TooLong));
    assert!(username_key(&"é".repeat(128)).is_ok());
    assert_eq!(username_key(&"İ".repeat(128)), Err(NameError::TooLong));
}

#[test]
fn a_password_keeps_case_and_width() {
    let text = |password: &str| password_text(password).map(|text| text.to_string());
    assert_eq!(text("Correct\u{a0}Horse "), Ok("Correct Horse ".into()));
    assert_eq!(text("e\u{301}Ａ"), Ok("éＡ".into()));
    for password in ["a\0", "a\n", "\u{7f}", "\u{85}"] {
        assert_eq!(text(password), Err(NameError::Character), "{password:?}");
    }
    assert_eq!(text(""), Err(NameError::Empty));
    assert_eq!(text(&"a".repeat(1_025)), Err(NameError::TooLong));
}

#[test]
fn an_address_has_one_at_and_a_domain() {
    for address in ["a@example.com", "a.b+c@localhost", "Jörg@bücher.example", "o'neil@x-y.example"] {
        assert_eq!(email(address), Ok(()), "{address}");
    }
    for address in [
        "a",
        "@b",
        "a@",
        "a@b@c",
        "a@b..c",
        ".a@b",
        "a.@b",
        "a b@c",
        "a@-b",
        "a@b-",
        "\"a\"@b",
        "a@[127.0.0.1]",
        "a,b@c",
        "<a>@b",
        "a@b_c",
        "a；b@c",
        "a＠b",
        "a@b＠c",
    ] {
        assert_eq!(email(address), Err(NameError::Email), "{address}");
    }
    // TE-11 and SMTP header injection: nothing that ends a line.
    for address in ["a\r\nBcc:x@b", "a\n@b", "a\0@b", "a\u{200b}@b"] {
        assert!(email(address).is_err(), "{address:?}");
    }
    assert_eq!(email(&format!("a@{}", "b.".repeat(130) + "c")), Err(NameError::TooLong));
    assert_eq!(email(&format!("{}@b", "a".repeat(65))), Err(NameError::Email));
    assert_eq!(email_key("Alice@Example.COM"), Ok("alice@example.com".into()));
}

proptest! {
    /// The key of a key is itself, letter case never matters, and a key is at most three times the name.
    #[test]
    fn a_key_is_stable(name in "\\PC{1,20}|[\\p{L}\\p{M}ａ-ｚ ]{1,20}") {
        if let Ok(key) = username_key(&name) {
            let again = username_key(&key);
            prop_assert_eq!(again.as_deref(), Ok(key.as_str()));
            prop_assert!(key.len() <= 3 * name.len());
        }
    }

    #[test]
    fn a_password_text_is_stable(password in "\\PC{1,40}") {
        if let Ok(text) = password_text(&password) {
            prop_assert_eq!(password_text(&text), Ok(text));
        }
    }
}
