//! The closed list of response types, and how their words are read.

use super::*;

#[test]
fn response_types_that_are_not_registered_are_refused() {
    // AZ-02
    let app = client(|_| ());
    for (query, reason) in [
        ("", Reason::ResponseTypeMissing),
        ("response_type=", Reason::ResponseTypeMissing),
        ("response_type=token", Reason::ResponseTypeNotAllowed),
        ("response_type=code+token", Reason::ResponseTypeNotAllowed),
        ("response_type=id_token+code", Reason::ResponseTypeNotAllowed),
        ("response_type=code+code", Reason::ResponseTypeUnsupported),
        ("response_type=code++token", Reason::ResponseTypeUnsupported),
        ("response_type=code+none", Reason::ResponseTypeUnsupported),
        ("response_type=CODE", Reason::ResponseTypeUnsupported),
        ("response_type=x", Reason::ResponseTypeUnsupported),
        ("response_type=code&response_type=code", Reason::ParameterRepeated),
    ] {
        redirected(ask_as(&format!("client_id=app&{CALLBACK}&state=s1&{query}"), &app), reason);
    }
    for kind in ["code", "none"] {
        let sound = format!("client_id=app&{CALLBACK}&state=s1&response_type={kind}");
        redirected(ask_as(&sound, &client(|a| a.response_types.clear())), Reason::ResponseTypeNotAllowed);
        redirected(ask_as(&sound, &client(|a| a.grant_types.clear())), Reason::ResponseTypeNotAllowed);
    }
}

/// AZ-02: RFC 6749 §3.1.1, each set in any order, and nothing that is none: for all words, in all numbers up to four.
#[test]
fn a_type_is_a_set_of_its_words() {
    const WORDS: [&str; 6] = ["code", "id_token", "none", "token", "", "x"];
    let mut texts: Vec<Vec<&str>> = vec![vec![]];
    for _ in 0..4 {
        let longer: Vec<Vec<&str>> = texts
            .iter()
            .flat_map(|text| WORDS.iter().map(move |word| text.iter().copied().chain([*word]).collect()))
            .collect();
        texts.extend(longer);
    }
    for words in texts.iter().filter(|words| !words.is_empty()) {
        let text = words.join(" ");
        let each_once = words.iter().all(|word| words.iter().filter(|other| *other == word).count() == 1);
        let known = words.iter().all(|word| ["code", "id_token", "token"].contains(word));
        let expected = (each_once && known) || text == "none";
        let read = ResponseType::asked(&text);
        assert_eq!(read.is_some(), expected, "{text:?}");
        if let Some(read) = read {
            let mut sorted = words.clone();
            sorted.sort_unstable();
            assert_eq!(read.name(), sorted.join(" "));
            assert_eq!(
                (read.code(), read.id_token(), read.token()),
                (words.contains(&"code"), words.contains(&"id_token"), words.contains(&"token"))
            );
        }
    }
    for odd in ["code\ttoken", "code,token", "Code", "code token ", " code", "code+token", "id_token\u{a0}token"] {
        assert_eq!(ResponseType::asked(odd), None, "{odd:?}");
    }
}

/// Multiple Response Types §3, §5: with a token no mode resolves to a query, and without one the default does.
#[test]
fn what_holds_a_token_never_goes_into_a_query() {
    let app = client(|a| {
        a.response_types = ResponseKind::ALL.to_vec();
        a.grant_types = vec![GrantType::AuthorizationCode, GrantType::Implicit];
    });
    for kind in ResponseType::ALL {
        let front = kind.id_token() || kind.token();
        assert_eq!(kind.default_mode() == ResponseMode::Fragment, front, "{kind:?}");
        for mode in ResponseMode::ALL {
            let kinds: String = url::form_urlencoded::byte_serialize(kind.name().as_bytes()).collect();
            let query = format!(
                "client_id=app&{CALLBACK}&scope=openid&nonce=n&response_type={kinds}&response_mode={}",
                mode.name()
            );
            match ask_as(&query, &app) {
                Ok(request) => {
                    assert_ne!(request.response_mode, ResponseMode::Jwt, "resolved");
                    let query = request.response_mode.carrier() == Carrier::Query && !request.drives_itself();
                    assert!(!(front && query), "{kind:?} {mode:?}");
                    assert_eq!(request.response_mode.is_signed(), mode.is_signed());
                }
                Err(AuthorizeRefusal::Redirect { mode: told, refused, .. }) => {
                    assert_eq!((refused.reason, told), (Reason::ResponseModeInvalid, ResponseMode::Fragment));
                    assert!(front && matches!(mode, ResponseMode::Query | ResponseMode::QueryJwt), "{kind:?} {mode:?}");
                }
                Err(other) => panic!("{kind:?} {mode:?}: {other:?}"),
            }
        }
    }
}
