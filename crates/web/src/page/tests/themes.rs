use super::*;
use crate::page::colour::{BLACK, Rgb, TEXT, WHITE, contrast, readable};

#[test]
fn contrast_is_that_of_wcag() {
    assert!((contrast(BLACK, WHITE) - 21.0).abs() < 0.01);
    assert!((contrast(WHITE, WHITE) - 1.0).abs() < 0.01);
    assert!((contrast(Rgb(0x77, 0x77, 0x77), WHITE) - 4.48).abs() < 0.01);
    assert_eq!(contrast(Rgb(1, 2, 3), Rgb(200, 100, 0)).to_bits(), contrast(Rgb(200, 100, 0), Rgb(1, 2, 3)).to_bits());
}

#[test]
fn colours_are_read_strictly() {
    assert_eq!(Rgb::parse("#0af"), Some(Rgb(0, 0xaa, 0xff)));
    assert_eq!(Rgb::parse(" #00AAFF "), Some(Rgb(0, 0xaa, 0xff)));
    for text in
        ["", "#", "#12", "#12345", "00aaff", "#00aaf\u{e9}", "#+0aaff", "red", "#fff;}body{display:none", "url(x)"]
    {
        assert_eq!(Rgb::parse(text), None, "{text}");
    }
}

#[test]
fn text_is_moved_just_far_enough() {
    let pale = Rgb(0xf2, 0xb7, 0x05);
    let fixed = readable(pale, &[WHITE], TEXT);
    assert!(contrast(fixed, WHITE) >= TEXT && contrast(fixed, WHITE) < 5.2, "{}", fixed.hex());
    assert_eq!(readable(BLACK, &[WHITE], TEXT), BLACK, "what can be read stays");
    for grey in 0..=255 {
        let surface = Rgb(grey, grey, grey);
        assert!(contrast(readable(surface, &[surface], TEXT), surface) >= TEXT, "on grey {grey}");
    }
}

#[test]
fn a_theme_is_always_readable() {
    let colours = ["#000", "#fff", "#777777", "#f2b705", "#0b5a66", "#ff0000", "#808000", "#c0ffee"];
    for card in colours {
        for other in colours {
            let branding = Branding {
                card_color: Some(card),
                background_color: Some(other),
                body_text_color: Some(other),
                button_color: Some(other),
                button_text_color: Some(card),
                heading_text_color: Some(other),
                link_text_color: Some(other),
                ..Branding::default()
            };
            let (theme, corrections) = Theme::from_branding(&branding);
            let style = theme.style().unwrap();
            for (text, surface) in [
                ("text", "card"),
                ("heading", "card"),
                ("link", "card"),
                ("muted", "card"),
                ("bad", "card"),
                ("on-accent", "accent"),
                ("foot", "page"),
                ("link", "tint"),
                ("text", "bad-tint"),
                ("bad", "bad-tint"),
                ("muted", "sunken"),
            ] {
                let ratio = contrast(variable(style, text), variable(style, surface));
                assert!(ratio >= TEXT, "{text} on {surface} with {card}/{other}: {ratio}");
            }
            for (edge, surface) in [("edge", "card"), ("focus", "card")] {
                let ratio = contrast(variable(style, edge), variable(style, surface));
                assert!(ratio >= 3.0, "{edge} on {surface} with {card}/{other}: {ratio}");
            }
            if card == other {
                assert!(corrections.iter().any(|c| c.property == "bodyTextColor"), "{card}: the owner is told");
            }
        }
    }
}

fn variable(style: &str, name: &str) -> Rgb {
    let at = style.find(&format!("--{name}:")).unwrap_or_else(|| panic!("no --{name} in {style}")) + name.len() + 3;
    Rgb::parse(&style[at..at + 7]).unwrap()
}

#[test]
fn branding_cannot_leave_its_variables() {
    let evil = "https://cdn.example/a.jpg\");}</style><script>alert(1)</script>";
    let (theme, _) = Theme::from_branding(&Branding {
        background_image: Some(evil),
        button_color: Some("#fff;background:url(//evil.example)"),
        footer: Some("</footer><script>"),
        logo: Some("javascript:alert(1)"),
        ..Branding::default()
    });
    let style = theme.style().unwrap();
    assert!(!style.contains('<') && style.matches('"').count() == 2 && style.matches('}').count() == 1, "{style}");
    assert!(!style.contains("evil.example"));
    for (name, page) in every_page(Locale::English, &theme, "x") {
        assert!(!page.html.contains("<script>"), "{name}");
        assert!(page.html.contains(&format!("<style>{style}</style>")), "{name}: the hashed text is the text sent");
        assert_eq!(page.style_hash.as_deref(), theme.style_hash());
    }
}

#[test]
fn no_branding_is_no_style_element() {
    let (theme, corrections) = Theme::from_branding(&Branding::default());
    assert_eq!(theme, Theme::default());
    assert!(corrections.is_empty());
    for (name, page) in every_page(Locale::English, &theme, "x") {
        assert!(page.style_hash.is_none() && !page.html.contains("<style>"), "{name}");
    }
}

#[test]
fn an_accent_alone_fits_light_and_dark() {
    let (theme, _) = Theme::from_branding(&Branding { button_color: Some("#7c3aed"), ..Branding::default() });
    let style = theme.style().unwrap();
    let (light, dark) = style.split_once("@media(prefers-color-scheme:dark)").unwrap();
    assert!(contrast(variable(light, "link"), WHITE) >= TEXT);
    assert!(contrast(variable(dark, "link"), Rgb(0x16, 0x1f, 0x21)) >= TEXT);
    assert!(!style.contains("--card"), "the surfaces stay ours");
}

#[test]
fn the_default_pair_is_the_one_in_the_style_sheet() {
    let css = std::str::from_utf8(asset::asset(asset::stylesheet()).unwrap().0).unwrap();
    let (light, rest) = css.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let dark = rest.split_once("@media").unwrap().0;
    for (scheme, values) in [light, dark].into_iter().zip(theme::defaults()) {
        for (name, colour) in values {
            let short = Rgb::parse(scheme.split(&format!("--{name}: ")).nth(1).unwrap().split(';').next().unwrap());
            assert_eq!(short, Some(colour), "--{name}");
        }
        let value = |name: &str| {
            Rgb::parse(scheme.split(&format!("--{name}: ")).nth(1).unwrap().split(';').next().unwrap()).unwrap()
        };
        for (text, surface) in [
            ("text", "card"),
            ("muted", "card"),
            ("muted", "page"),
            ("muted", "sunken"),
            ("link", "card"),
            ("link", "tint"),
            ("link", "page"),
            ("link", "sunken"),
            ("bad", "bad-tint"),
            ("bad", "sunken"),
            ("good", "good-tint"),
            ("good", "sunken"),
            ("on-accent", "accent"),
            ("on-accent", "accent-hover"),
            ("warn", "card"),
        ] {
            assert!(contrast(value(text), value(surface)) >= TEXT, "{text} on {surface}");
        }
        for (edge, surface) in [("edge", "card"), ("focus", "card"), ("focus", "page")] {
            assert!(contrast(value(edge), value(surface)) >= 3.0, "{edge} on {surface}");
        }
    }
}
