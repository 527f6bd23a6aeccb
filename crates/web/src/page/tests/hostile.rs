use super::*;
use crate::page::text::{attribute, origin, own_or_web_address, plain, web_address};

const HOSTILE: &str =
    "\"'><img src=x onerror=alert(1)><script>alert(2)</script></style></title>{{7*7}}&amp;\u{202e}evil\u{200b}";

/// Every `<` of a page, as the start of the tag it opens, so that a tag of ours cannot hide one of theirs.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split(['>', ' ', '\n']).next().unwrap_or_default()).collect()
}

#[test]
fn no_outside_text_becomes_markup() {
    let theme = Theme::default();
    let hostile = every_page(Locale::English, &theme, HOSTILE);
    let harmless = every_page(Locale::English, &theme, "harmless");
    for ((name, bad), (_, good)) in hostile.iter().zip(&harmless) {
        assert_eq!(tags(&bad.html), tags(&good.html), "{name}: the same elements whatever the text");
        assert!(!bad.html.contains("onerror=alert(1)>"), "{name}");
        let quotes = |html: &str| html.matches('"').count();
        assert_eq!(quotes(&bad.html), quotes(&good.html), "{name}: no attribute is broken out of");
        let quiet = *name == "home" || bad.html.contains("&#") || bad.html.contains("&lt;");
        assert!(quiet, "{name} shows the text, escaped");
    }
}

#[test]
fn addresses_that_are_no_web_addresses_are_not_linked() {
    let theme = Theme::default();
    for url in [
        "javascript:alert(1)",
        "JaVaScRiPt://x/%0aalert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://e vil",
        "https:///x",
    ] {
        assert_eq!(web_address(url), None, "{url}");
        assert_eq!(own_or_web_address(url), None, "{url}");
        for (name, page) in every_page(Locale::English, &theme, url) {
            assert!(!page.html.contains(&format!("href=\"{url}\"")), "{name} links to {url}");
            assert!(!page.html.contains(&format!("src=\"{url}\"")), "{name} loads {url}");
            assert!(page.image_origins.is_empty(), "{name}");
        }
    }
    assert_eq!(web_address("https://app.example/a?b#c"), Some("https://app.example/a?b#c"));
    assert_eq!(own_or_web_address("/dev/try"), Some("/dev/try"));
    assert_eq!(own_or_web_address("/\\evil.example"), None);
}

#[test]
fn names_cannot_reorder_or_hide_text() {
    assert_eq!(plain("Acme\u{202e}gpj.exe\u{2066}\u{200b}\u{0}"), "Acmegpj.exe");
    assert_eq!(plain("Café ÅÄÖ 東京 عربي"), "Café ÅÄÖ 東京 عربي");
}

#[test]
fn what_came_cannot_reorder_or_hide_text() {
    let (theme, around) = (Theme::default(), Around::default());
    let told = Told { came: "x\u{202e}evil\u{200b}", ..Told::default() };
    let refusal = RefusalView { at: 0, correlation_id: "c", reason: "r", explanation: "", told };
    let refusals = Refusals { items: &[refusal], ..Refusals::default() };
    let listed = RefusalList { locale: Locale::English, now: 1, refusals }.render_part();
    let page = ErrorPage {
        locale: Locale::English,
        theme: &theme,
        application: None,
        around,
        kind: ErrorKind::Request,
        detail: None,
        told: Some(told),
        correlation_id: "c",
    };
    for shown in [listed, page.render()] {
        assert!(shown.html.contains("<dd lang=\"en\">xevil</dd>"), "{}", shown.html);
    }
}

#[test]
fn a_form_posts_each_value_to_the_octet() {
    let theme = Theme::default();
    // Attack catalogue AZ-04: markup, quotes, entities and line ends in state.
    let state = "\"><script>alert(1)</script>&amp;'\r\n\t%00\u{1f600}";
    let page = FormPost {
        locale: Locale::English,
        theme: &theme,
        application: None,
        redirect_uri: "https://app.example/cb?a=1&b=\"",
        parameters: &[("state", state), ("submit", "x")],
    }
    .render();
    let expected = "name=\"state\" value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&#39;&#13;&#10;\t%00\u{1f600}\"";
    assert!(page.html.contains(expected), "{}", page.html);
    assert!(page.html.contains("action=\"https://app.example/cb?a=1&#38;b=&#34;\""), "{}", page.html);
    assert!(page.html.contains("data-submit") && page.html.contains("id=\"continue\""));
    assert_eq!(attribute("a\0b"), "a\u{fffd}b");
}

#[test]
fn a_form_goes_nowhere_but_to_the_web() {
    let theme = Theme::default();
    let page = FormPost {
        locale: Locale::English,
        theme: &theme,
        application: None,
        redirect_uri: "javascript:alert(1)",
        parameters: &[("code", "secret")],
    }
    .render();
    assert!(page.html.contains("action=\"about:blank\""));
}

#[test]
fn the_policy_allows_nothing_inline_and_no_foreign_scheme() {
    let (theme, _) = Theme::from_branding(&Branding {
        card_color: Some("#102030"),
        background_image: Some("https://cdn.example/a.jpg"),
        ..Branding::default()
    });
    for (name, page) in every_page(Locale::English, &theme, "https://logo.example/l.png") {
        let policy = page.content_security_policy(Forms::Here, &[]);
        assert!(policy.starts_with("default-src 'none'; style-src 'self' 'sha256-"), "{name}: {policy}");
        assert!(policy.contains("; script-src 'self'; "), "{name}: {policy}");
        assert!(policy.contains("form-action 'self'; frame-ancestors 'none'; base-uri 'none'"), "{name}: {policy}");
        let onward = page.content_security_policy(Forms::Application, &[]);
        assert_eq!(onward, policy.replace(" form-action 'self';", ""), "{name}");
        assert!(policy.contains(" https://cdn.example"), "{name}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("data:") && !policy.contains("https:;"), "{name}");
        assert!(!page.html.contains(" style=") && !page.html.contains(" onclick="), "{name}: nothing inline");
        let scripts = page.html.matches("<script").count();
        assert_eq!(scripts, page.html.matches("<script src=\"/assets/").count(), "{name}: scripts are files");
    }
    assert_eq!(origin("https://user@evil.example/x"), None);
    assert_eq!(origin("https://CDN.example:8443/x?y"), Some("https://cdn.example:8443".to_owned()));
}
