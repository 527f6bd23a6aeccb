use proptest::prelude::*;

use super::{
    Leeway, MatchedRedirectUri, UriError, UriKind, is_any_port, is_web_resource, match_redirect, register, resource_key,
};

const REGISTERED: &str = "https://app.example/cb";
const EXACTLY: Leeway = Leeway { wildcard: false, any_port: false };
const WILDCARD: Leeway = Leeway { wildcard: true, any_port: false };

fn matches(registered: &str, requested: &str) -> bool {
    match_redirect(&[registered.to_owned()], requested, EXACTLY).is_some()
}

fn covers(registered: &str, requested: &str) -> bool {
    match_redirect(&[registered.to_owned()], requested, WILDCARD).is_some()
}

fn redirect(uri: &str) -> Result<(), UriError> {
    register(uri, UriKind::Redirect, false)
}

#[test]
fn matches_only_identical_octets() {
    assert!(matches(REGISTERED, REGISTERED));
    for requested in [
        // RU-03: a query added, empty or reordered.
        "https://app.example/cb?x=1",
        "https://app.example/cb?",
        // RU-05: userinfo and backslash.
        "https://app.example@evil.example/cb",
        "https://evil.example\\@app.example/cb",
        // RU-06: prefix and suffix.
        "https://app.example.evil.example/cb",
        "https://evilapp.example/cb",
        // RU-07: path confusion.
        "https://app.example/cb/../evil",
        "https://app.example/%2e%2e/cb",
        "https://app.example/cb/..;/evil",
        "https://app.example/cb%2f..%2fevil",
        // RU-08: what a browser repairs.
        "https://app.example\\.evil.example/cb",
        "https:\\\\app.example\\cb",
        "https:/app.example/cb",
        "https:app.example/cb",
        // RU-10: names that look or fold alike.
        "https://аpp.example/cb",
        "https://xn--pp-6kc.example/cb",
        "https://app。example/cb",
        "https://ａpp.example/cb",
        "https://app\u{ad}.example/cb",
        // RU-11: downgrade.
        "http://app.example/cb",
        // RU-12: not absolute.
        "//evil.example",
        "/relative",
        "evil.example",
        // RU-21: an encoded query in the path.
        "https://app.example/cb%3Fcode=evil",
        "https://APP.example/cb",
        "https://app.example:443/cb",
        "https://app.example/cb/",
        "https://app.example/cb#",
        "https://app.example/cb\n",
        " https://app.example/cb",
        "",
    ] {
        assert!(!matches(REGISTERED, requested), "{requested}");
    }
    assert!(!matches("https://app.example/cb?a=1&b=2", "https://app.example/cb?b=2&a=1"));
    // RU-26: a registered URI is text, not an expression.
    assert!(!matches("https://app.example/cb.", "https://app.example/cbX"));
    // RU-30: 100 kB.
    let long = format!("https://app.example/{}", "a".repeat(100_000));
    assert!(!matches(&long, &long));
    // RU-27: nothing but this application's own list counts.
    assert_eq!(match_redirect(&[], REGISTERED, WILDCARD), None);
}

#[test]
fn frees_the_port_of_loopback_literals_only() {
    // RU-14: any port of a registered loopback literal.
    assert!(matches("http://127.0.0.1/cb", "http://127.0.0.1:1234/cb"));
    assert!(matches("http://127.0.0.1:80/cb", "http://127.0.0.1/cb"));
    assert!(matches("http://[::1]:1/cb?q", "http://[::1]:65535/cb?q"));
    // RU-16: everything but the port is identical.
    for requested in [
        "http://127.0.0.1:1234/other",
        "http://127.0.0.1:1234/cb?q",
        "http://127.0.0.1:80@evil/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:-1/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:01/cb",
        "http://127.0.0.1:+1/cb",
        "http://127.0.0.1:1234/cb#",
        "https://127.0.0.1:1234/cb",
        "http://[::1]:1234/cb",
        // RU-18: other spellings of the address.
        "http://127.1/cb",
        "http://2130706433/cb",
        "http://0x7f.1/cb",
        "http://[::ffff:127.0.0.1]/cb",
        "http://0.0.0.0/cb",
        "http://127.0.0.2/cb",
    ] {
        assert!(!matches("http://127.0.0.1/cb", requested), "{requested}");
    }
    assert!(!matches("https://127.0.0.1/cb", "https://127.0.0.1:1/cb"));
    // RU-17: localhost is a name, so its port is compared; malformed ports never match.
    for port in ["3001", "99999", "0", "", "-1", "65536", "０"] {
        assert!(!matches("http://localhost:3000/cb", &format!("http://localhost:{port}/cb")), "{port}");
    }
}

#[test]
fn a_wildcard_covers_one_piece_of_text() {
    let known = "https://app.example/a/*";
    assert!(covers(known, "https://app.example/a/b-1"));
    assert!(!matches(known, "https://app.example/a/b-1"));
    assert!(covers("https://app.example/a/x*y?q=1", "https://app.example/a/x-y?q=1"));
    // RU-25: it never leaves its segment and never resolves to another path.
    for rest in ["", "../b", "%2e%2e/b", "..", ".", "x#", "/evil", "\\evil", "x/y", "x?y", "%2f", "a;b", "é", "a*"] {
        assert!(!covers(known, &format!("https://app.example/a/{rest}")), "{rest}");
    }
    assert!(!covers("https://app.example/a/.*", "https://app.example/a/.."));
    // RU-21: response parameters do not come in through the wildcard, whatever escapes spell them.
    let query = "https://app.example/a?*";
    assert!(covers(query, "https://app.example/a?x=1&y=%20"));
    for rest in ["code=x&state=y", "x=1&%63ode=1", "st%61te=1", "x=1#", "%zz", "%00"] {
        assert!(!covers(query, &format!("https://app.example/a?{rest}")), "{rest}");
    }
    for misplaced in ["http://127.0.0.1/*", "https://*.example/cb", "https://app.example/*/*"] {
        assert!(!covers(misplaced, &misplaced.replace('*', "x")), "{misplaced}");
    }
}

#[test]
fn registers_what_pingone_registers() {
    for uri in [
        "https://app.example/cb",
        "https://app.example",
        "https://app.example:8443/cb?tenant=a%2Fb",
        "http://localhost:3000/callback",
        "http://127.0.0.1/cb",
        "http://[::1]:9/cb",
        "myapp://callback",
        "com.example.app:/oauth",
    ] {
        assert_eq!(redirect(uri), Ok(()), "{uri}");
    }
    for kind in [UriKind::LoginPage, UriKind::HomePage, UriKind::InitiateLogin] {
        assert_eq!(register("http://localhost:1/a", kind, false), Ok(()));
        assert_eq!(register("http://127.0.0.1/a", kind, false), Ok(()));
        assert_eq!(register("http://app.example/a", kind, false), Err(UriError::PlainHttp));
        assert_eq!(register("http://localhost.evil/a", kind, false), Err(UriError::PlainHttp));
        assert_eq!(register("myapp://a", kind, false), Err(UriError::Scheme));
        // MG-16: a script as login page.
        assert_eq!(register("javascript:alert(1)", kind, false), Err(UriError::Scheme));
    }
    assert_eq!(register("http://app.example/a", UriKind::Web, false), Ok(()));
    for uri in ["myapp://a", "com.myapp.app://logout", "javascript:alert(1)", "data:text/html,x"] {
        assert_eq!(register(uri, UriKind::Web, false), Err(UriError::Scheme), "{uri}");
    }
}

#[test]
fn refuses_to_register_what_can_be_read_in_two_ways() {
    let cases = [
        // RU-13: schemes that run code or read data, in any letter case.
        ("javascript:alert(1)", UriError::Scheme),
        ("JaVaScRiPt://app.example/%0aalert(1)", UriError::Character),
        ("JaVaScRiPt://app.example/alert(1)", UriError::Scheme),
        ("data:text/html,x", UriError::Scheme),
        ("vbscript:x", UriError::Scheme),
        ("file:///etc/passwd", UriError::Scheme),
        ("blob:https://app.example/x", UriError::Scheme),
        ("about:blank", UriError::Scheme),
        ("urn:x:y", UriError::Scheme),
        ("myapp://", UriError::Scheme),
        // RU-32: fragment, userinfo, control characters.
        ("https://app.example/cb#", UriError::Fragment),
        ("https://app.example/cb#x", UriError::Fragment),
        ("https://u:p@app.example/cb", UriError::UserInfo),
        ("https://@app.example/cb", UriError::UserInfo),
        ("https://app.example/%00", UriError::Character),
        ("https://app.example/a\tb", UriError::Character),
        ("https://app.example/%", UriError::Character),
        ("https://app.example/%+1", UriError::Character),
        ("https://app.example\\evil", UriError::Character),
        ("https://аpp.example/cb", UriError::Character),
        // RU-07: dot segments and encoded separators.
        ("https://app.example/a/../b", UriError::PathSegment),
        ("https://app.example/..;/b", UriError::PathSegment),
        ("https://app.example/%2E%2e/b", UriError::PathSegment),
        ("https://app.example/a%2fb", UriError::PathSegment),
        ("https://app.example/a%5cb", UriError::PathSegment),
        ("https://app.example/a%252fb", UriError::PathSegment),
        // RU-21: response parameters in the registered query.
        ("https://app.example/cb?code=x&state=y", UriError::ResponseParameter),
        ("https://app.example/cb?%63ode=x", UriError::ResponseParameter),
        // RU-18: addresses that a browser spells differently.
        ("https://127.1/cb", UriError::Host),
        ("https://0x7f.1/cb", UriError::Host),
        ("https:///cb", UriError::Host),
        ("https:/app.example/cb", UriError::Host),
        ("https://a b/cb", UriError::Character),
        ("https://app.example:0/cb", UriError::Port),
        ("https://app.example:/cb", UriError::Port),
        ("https://app.example:65536/cb", UriError::Port),
        ("http://app.example/cb", UriError::PlainHttp),
        ("/cb", UriError::NotAbsolute),
        ("//evil.example", UriError::NotAbsolute),
        ("", UriError::NotAbsolute),
        ("https://app.example/*", UriError::WildcardNotAllowed),
        ("https://*.example/cb", UriError::WildcardNotAllowed),
    ];
    for (uri, error) in cases {
        assert_eq!(redirect(uri), Err(error), "{uri}");
    }
    // RU-30: 100 kB.
    assert_eq!(redirect(&format!("https://a.example/{}", "a".repeat(100_000))), Err(UriError::TooLong));
    assert!(UriError::WildcardNotAllowed.sentence().starts_with("Wildcards are not allowed in redirect URIs."));
}

/// P6: an application on a device is also left for its own scheme, and that is what is sent to. What runs stays out.
#[test]
fn an_own_scheme_is_registered_wherever_the_browser_goes_to_the_application() {
    for kind in [UriKind::Redirect, UriKind::PostLogout, UriKind::TargetLink] {
        for uri in ["com.myapp.app://logout", "com.myapp.app://target", "myapp://a/b?c=d", "com.myapp.app:/logout"] {
            assert_eq!(register(uri, kind, false), Ok(()), "{kind:?} {uri}");
            assert!(matches(uri, uri) && !matches(uri, &format!("{uri}x")), "{uri}");
        }
        for uri in
            ["javascript://a/%0aalert(1)", "JavaScript://a/b", "data://a/b", "intent://a/b", "myapp:a", "myapp://"]
        {
            assert!(register(uri, kind, false).is_err(), "{kind:?} {uri}");
        }
    }
    for kind in [UriKind::PostLogout, UriKind::TargetLink] {
        assert_eq!(register("http://app.example/a", kind, false), Ok(()));
    }
}

/// P7: one wildcard stands anywhere in the path or the query, and covers no more than a piece of one segment.
#[test]
fn a_wildcard_in_the_middle_of_a_path_stays_in_its_segment() {
    let known = "https://www.example.com/th*/callback";
    assert_eq!(register(known, UriKind::Redirect, true), Ok(()));
    assert_eq!(register(known, UriKind::Redirect, false), Err(UriError::WildcardNotAllowed));
    assert!(covers(known, "https://www.example.com/this/callback"));
    for requested in [
        "https://www.example.com/th/callback",
        "https://www.example.com/th/is/callback",
        "https://www.example.com/this/callback/",
        "https://www.example.com/this%2fcallback/callback",
        "https://www.example.com/th?x=/callback",
        "https://www.example.com/th#/callback",
        "https://www.example.com/th*/callback2",
        "https://www.example.com.evil.example/this/callback",
    ] {
        assert!(!covers(known, requested), "{requested}");
    }
    let whole = "https://www.example.com/*/callback";
    assert_eq!(register(whole, UriKind::Redirect, true), Ok(()));
    assert!(covers(whole, "https://www.example.com/a.b/callback"));
    for segment in ["..", ".", "%2e%2e", "a/b", "", "a;b", "..;"] {
        assert!(!covers(whole, &format!("https://www.example.com/{segment}/callback")), "{segment}");
    }
}

#[test]
fn registers_a_wildcard_in_its_place_only() {
    for uri in
        ["https://app.example/*", "https://app.example/a/x*", "https://app.example/*/cb", "https://app.example/cb?x=*"]
    {
        assert_eq!(register(uri, UriKind::Redirect, true), Ok(()), "{uri}");
    }
    for uri in [
        "http://localhost/*",
        "https://*.example/",
        "https://app.example/*/*",
        "https://app.example/*?*",
        "myapp://a/*",
    ] {
        assert_eq!(register(uri, UriKind::Redirect, true), Err(UriError::WildcardPlace), "{uri}");
    }
}

#[test]
fn adds_parameters_to_the_registered_string() {
    let matched = |uri: &str| match_redirect(&[uri.to_owned()], uri, EXACTLY).unwrap();
    let params = [("code", "a/b"), ("state", "x y&=%\"<é")];
    let encoded = "code=a%2Fb&state=x+y%26%3D%25%22%3C%C3%A9";
    // RU-33: registered string and parameters, the registered query kept, one question mark.
    assert_eq!(matched(REGISTERED).with_query(&params), format!("{REGISTERED}?{encoded}"));
    assert_eq!(matched("https://a.example/?t=1").with_query(&params), format!("https://a.example/?t=1&{encoded}"));
    assert_eq!(matched("https://a.example/?").with_query(&params), format!("https://a.example/?{encoded}"));
    assert_eq!(matched("https://a.example/?a&").with_query(&params), format!("https://a.example/?a&{encoded}"));
    assert_eq!(matched(REGISTERED).with_fragment(&params), format!("{REGISTERED}#{encoded}"));
    assert_eq!(matched(REGISTERED).with_query(&[]), REGISTERED);
}

#[test]
fn names_the_origin_of_web_redirects() {
    let origin = |uri: &str| match_redirect(&[uri.to_owned()], uri, EXACTLY).unwrap().origin();
    assert_eq!(origin("https://App.example:8443/cb?x").as_deref(), Some("https://app.example:8443"));
    assert_eq!(origin("http://[::1]:1/").as_deref(), Some("http://[::1]:1"));
    assert_eq!(origin("myapp://cb"), None);
}

#[test]
fn a_stored_uri_is_compared_anew() {
    let now = [REGISTERED.to_owned()];
    assert_eq!(MatchedRedirectUri::from_flow(&now, REGISTERED, EXACTLY).unwrap().as_str(), REGISTERED);
    assert_eq!(MatchedRedirectUri::from_flow(&now, "https://app.example/removed", EXACTLY), None);
}

proptest! {
    /// A single changed octet never matches, and nothing panics.
    #[test]
    fn a_changed_octet_never_matches(at in 0..REGISTERED.len(), octet in 0x20_u8..0x7f) {
        let mut requested = REGISTERED.as_bytes().to_vec();
        requested[at] = octet;
        let requested = String::from_utf8(requested).unwrap();
        prop_assert_eq!(matches(REGISTERED, &requested), requested == REGISTERED);
    }

    /// What was registered is read alike by the WHATWG parser, and matches itself.
    #[test]
    fn what_is_registered_has_one_reading(uri in "(https|http|my.app)://[a-z0-9.:@\\[\\]*-]{0,14}[/a-z0-9.%;?&=*#\\\\]{0,14}") {
        if redirect(&uri).is_ok() {
            let seen = url::Url::parse(&uri).unwrap();
            prop_assert!(uri.contains(seen.host_str().unwrap()));
            prop_assert!(seen.fragment().is_none() && seen.username().is_empty());
            prop_assert!(matches(&uri, &uri));
        }
    }
}

#[test]
fn resource_indicators_are_compared_as_the_same_address_is_written_in_several_ways() {
    // RFC 8707 §2, RFC 3986 §6.2.2.1, §6.2.3
    for (uri, key) in [
        ("https://api.example", Some("https://api.example/")),
        ("HTTPS://API.example:443/", Some("https://api.example/")),
        ("https://api.example:/", Some("https://api.example/")),
        ("http://api.example:8080?x", Some("http://api.example:8080/?x")),
        ("https://api.example/A/", Some("https://api.example/A/")),
        ("https://api.example/a%2Fb", Some("https://api.example/a%2Fb")),
        ("https://[2001:DB8::1]/x", Some("https://[2001:db8::1]/x")),
        ("urn:example:Orders", Some("urn:example:Orders")),
        ("api://Orders/x", Some("api://orders/x")),
        ("https://api.example#", None),
        ("https://api.example/#x", None),
        ("//api.example/", None),
        ("/orders", None),
        ("orders", None),
        ("", None),
        ("urn:", None),
        ("https:", None),
        ("https:///x", None),
        ("https:orders", None),
        ("https://user@api.example/", None),
        ("https://api.example:x/", None),
        ("https://api.example/%zz", None),
        ("https://api.example/%2", None),
        ("https://api.example/ x", None),
        ("https://api.example/\u{e4}", None),
        ("https://api.example/<x>", None),
        ("1https://api.example/", None),
    ] {
        assert_eq!(resource_key(uri).as_deref(), key, "{uri}");
        if let Some(key) = key {
            assert_eq!(resource_key(key).as_deref(), Some(key), "{uri}: a key is its own");
        }
    }
    assert_eq!(resource_key(&format!("https://api.example/{}", "x".repeat(3_000))), None);
    assert!(is_web_resource("http://api.example") && !is_web_resource("urn:example:orders"));
}

/// What `serve` never compares: every port of this machine, and of nobody else's.
#[test]
fn a_developer_registers_every_port() {
    for (known, requested, fits) in [
        ("http://localhost:*", "http://localhost:3000/callback?a=b", true),
        ("http://localhost:*", "http://localhost/", true),
        ("http://localhost:*", "http://127.0.0.1:9/x", true),
        ("http://localhost:*", "http://[::1]:9/x", true),
        ("http://127.0.0.1:*/cb", "http://localhost:5/cb", true),
        ("http://localhost:*/cb", "http://localhost:5/cb/more", false),
        ("http://localhost:*/cb", "http://localhost:5/other", false),
        ("http://localhost:*/app/*", "http://localhost:5/app/a/b?c=d", true),
        ("http://localhost:*/app/*", "http://localhost:5/application", false),
        ("http://localhost:*/app/*", "http://localhost:5/app/../x", false),
        ("http://localhost:*", "http://localhost.evil.example/", false),
        ("http://localhost:*", "http://localhost@evil.example/", false),
        ("http://localhost:*", "http://localhost:1@evil.example/", false),
        ("http://localhost:*", "http://evil.example:80/", false),
        ("http://localhost:*", "https://localhost:3000/", false),
        ("http://localhost:*", "http://localhost:70000/", false),
        ("http://localhost:*", "http://localhost:1/?code=x", false),
        ("http://localhost:*", "http://localhost:1/#x", false),
        ("http://evil.example:*", "http://evil.example:1/", false),
    ] {
        let registered = [known.to_owned()];
        let any_port = Leeway { any_port: true, ..Leeway::default() };
        assert_eq!(match_redirect(&registered, requested, any_port).is_some(), fits, "{known} {requested}");
        assert!(match_redirect(&registered, requested, WILDCARD).is_none(), "serve: {known} {requested}");
    }
    for uri in ["http://localhost:*", "http://127.0.0.1:*/a/*", "http://[::1]:*/", "http://localhost:*/a?b=c"] {
        assert!(is_any_port(uri), "{uri}");
        assert!(register(uri, UriKind::Redirect, true).is_err(), "serve: {uri}");
    }
    for uri in [
        "http://localhost:*x",
        "http://*:*",
        "https://localhost:*",
        "http://localhost:*/*/x",
        "http://localhost:*/..",
        "http://a:*",
    ] {
        assert!(!is_any_port(uri), "{uri}");
    }
}
