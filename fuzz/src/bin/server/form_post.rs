//! `web::page::FormPost` (OAuth 2.0 Form Post Response Mode §2): what a form posts is to the octet what was put into it, and nothing of
//! an outside text becomes markup. The input is an application's name, an address, and pairs of lines.

use web::page::{ApplicationView, FormPost, Locale, Theme};

pub fn check([name, address, pairs]: [&str; 3]) {
    // No parameter can hold it (`params`), and no document of HTML.
    if pairs.contains('\0') {
        return;
    }
    let lines: Vec<&str> = pairs.split('\n').collect();
    let parameters: Vec<(&str, &str)> = lines.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    let theme = Theme::default();
    let view = ApplicationView { name, ..ApplicationView::default() };
    let page = |name, redirect_uri, parameters: &[(&str, &str)]| {
        let application = ApplicationView { name, ..view };
        let page = FormPost {
            locale: Locale::English,
            theme: &theme,
            application: Some(&application),
            redirect_uri,
            parameters,
        };
        page.render().html
    };
    let html = page(name, address, &parameters);
    let plain: Vec<(&str, &str)> = parameters.iter().map(|_| ("a", "b")).collect();
    assert_eq!(tags(&html), tags(&page("App", "https://app.example/", &plain)));
    let found: Vec<(String, String)> = html.split("<input type=\"hidden\" name=\"").skip(1).map(pair).collect();
    let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, parameters);
    let target =
        html.split_once("action=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(target, _)| unescaped(target));
    let target = target.expect("a form");
    assert!(target == "about:blank" || target == address);
    assert!(
        target == "about:blank"
            || ["http://", "https://"].iter().any(|scheme| target.to_lowercase().starts_with(scheme))
    );
}

fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split(['>', ' ', '\n']).next().unwrap_or_default()).collect()
}

fn pair(rest: &str) -> (String, String) {
    let (name, rest) = rest.split_once("\" value=\"").expect("a value");
    (unescaped(name), unescaped(rest.split_once('"').expect("an end").0))
}

/// The character references of HTML that are written here.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (reference, after) = after.split_once(';').expect("a reference");
        plain.push_str(before);
        plain.push(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            number => {
                let number = number.strip_prefix('#').expect("a number");
                let code = number.strip_prefix('x').map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
                code.ok().and_then(char::from_u32).expect("a character")
            }
        });
        rest = after;
    }
    plain + rest
}
