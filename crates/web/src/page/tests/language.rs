use std::{collections::BTreeMap, fs, path::Path};

use fluent_bundle::FluentResource;

use super::*;

#[test]
fn ui_locales_come_before_accept_language_before_the_default() {
    let pick = |ui, accept| Locale::negotiate(ui, accept, Locale::Spanish);
    assert_eq!(pick(Some("de-CH fr"), Some("en")), Locale::German);
    assert_eq!(pick(Some("pt ja"), Some("fr-CA, en;q=0.8")), Locale::French);
    assert_eq!(pick(None, Some("en;q=0.5, de;q=0.9")), Locale::German);
    assert_eq!(pick(None, Some("de, en")), Locale::German, "of equal weights the first");
    assert_eq!(pick(None, Some("de;q=0, pt")), Locale::Spanish, "zero is not acceptable");
    assert_eq!(pick(None, Some("pt, *;q=0.1")), Locale::Spanish);
    assert_eq!(pick(None, None), Locale::Spanish);
    assert_eq!(pick(Some("DE-de"), None), Locale::German, "tags have no case");
}

#[test]
fn hostile_locales_are_ignored() {
    let long = "de".repeat(100_000);
    let many = "xx ".repeat(100_000) + "de";
    for tag in [
        "../../etc/passwd",
        "de/../../x",
        "<script>",
        "",
        " ",
        "\0",
        "de\r\nSet-Cookie: a=b",
        "%64%65",
        "d",
        &long,
        &many,
    ] {
        assert_eq!(Locale::negotiate(Some(tag), None, Locale::English), Locale::English, "{tag:.40}");
        assert_eq!(Locale::negotiate(None, Some(tag), Locale::English), Locale::English, "{tag:.40}");
    }
    for header in ["de;q=2", "de;q=abc", "de;q=-1", "de;q=0.1234", "de;level=1", ";;;,,,", "de;q="] {
        assert_eq!(Locale::negotiate(None, Some(header), Locale::English), Locale::English, "{header}");
    }
}

/// Key to the names of the variables in its message, in order.
fn messages(locale: Locale) -> BTreeMap<String, Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(locale.tag());
    let mut found = BTreeMap::new();
    for name in ["pages.ftl", "dev.ftl"] {
        let source = fs::read_to_string(folder.join(name)).unwrap();
        assert!(FluentResource::try_new(source.clone()).is_ok(), "{name} of {locale:?} parses");
        let mut key = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((start, _)) =
                line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
            {
                key = start.to_owned();
                assert!(found.insert(key.clone(), Vec::new()).is_none(), "{key} twice in {locale:?}");
            }
            for variable in line.split('$').skip(1) {
                let name: String = variable.chars().take_while(char::is_ascii_alphanumeric).collect();
                let variables: &mut Vec<String> = found.get_mut(&key).unwrap();
                if !variables.contains(&name) {
                    variables.push(name);
                }
            }
        }
    }
    found
}

#[test]
fn every_language_has_every_message_with_the_same_variables() {
    let english = messages(Locale::English);
    assert!(english.len() > 150);
    for locale in Locale::ALL {
        assert_eq!(messages(locale), english, "{locale:?}");
    }
}

#[test]
fn every_key_a_page_uses_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut used = 0;
    for folder in ["templates", "src/page"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let source = fs::read_to_string(&path).unwrap();
            for call in [".text(\"", ".with(\"", ".with_number(\""] {
                for key in source.split(call).skip(1).map(|rest| rest.split('"').next().unwrap()) {
                    used += 1;
                    assert!(Locale::English.knows(key), "{key} in {}", path.display());
                }
            }
        }
    }
    assert!(used > 60, "the search still finds calls: {used}");
}

#[test]
fn no_page_shows_a_key_or_a_variable() {
    let theme = Theme::default();
    let keys = messages(Locale::English);
    for locale in Locale::ALL {
        for (name, page) in every_page(locale, &theme, "x") {
            assert!(!page.html.contains("{$") && !page.html.contains("{ $"), "{name} in {locale:?}");
            assert!(page.html.contains(&format!("<html lang=\"{}\"", locale.tag())));
            for key in keys.keys().filter(|key| key.contains('-')) {
                assert!(!page.html.contains(&format!(">{key}<")), "{name} in {locale:?} shows {key}");
            }
        }
    }
}

#[test]
fn the_words_are_calm() {
    let banned = ["please", "oops", "something went wrong", "log in", "login", "bitte", "veuillez", "por favor"];
    for locale in Locale::ALL {
        for key in messages(locale).keys() {
            let text = locale.text(key).to_lowercase();
            assert!(banned.iter().all(|word| !text.contains(word)), "{key} in {locale:?}: {text}");
            assert!(!text.ends_with('!') || key == "rule-special", "{key} in {locale:?}: {text}");
        }
    }
}

#[test]
fn moments_are_written_the_way_of_the_language() {
    assert_eq!(Locale::English.moment(1_795_222_800).unwrap(), "21 Nov 2026, 01:00:00 UTC");
    assert_eq!(Locale::German.moment(1_795_222_800).unwrap(), "21.11.2026, 01:00:00 UTC");
    assert_eq!(Locale::English.moment(i64::MAX), None);
}
