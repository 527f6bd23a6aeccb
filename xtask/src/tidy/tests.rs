//! Every rule of tidy can fail: each gets a violation to find, and its lawful neighbour to leave alone.

use super::unmade::LISTS;
use super::{
    FORBIDDEN, LONGEST_FILE, LONGEST_FUNCTION, RULES, findings, forbidden_in, long_functions, mentions, migrations,
};
use crate::sources::Source;

#[test]
fn every_forbidden_word_of_every_layer_is_found() {
    for rule in &RULES {
        for word in rule.words {
            for line in [format!("use {word};"), format!("    let x = {word}"), format!("    a.{word}b")] {
                let found = in_file(&format!("{}/room/planted.rs", rule.folder), &line);
                assert!(
                    found.iter().any(|finding| finding.ends_with(rule.why)),
                    "{word} in {}: {found:?}",
                    rule.folder
                );
            }
            for line in [format!("// {word}"), format!("    let x = 1; // {word}"), format!("use un{word};")] {
                let found = in_file(&format!("{}/room/planted.rs", rule.folder), &line);
                assert_eq!(found, [""; 0], "{word} in {}: {line}", rule.folder);
            }
        }
    }
}

#[test]
fn a_rule_spares_tests_and_exceptions_and_nothing_beside_them() {
    let line = "let x = environment.settings.id_token_seconds;";
    for path in ["policy.rs", "policy/reach.rs", "rotation.rs", "grant/tests.rs", "grant/tests/refresh_token.rs"] {
        assert_eq!(in_file(&format!("crates/protocol/src/{path}"), line), [""; 0], "{path}");
    }
    for path in ["policy_of_others.rs", "grant.rs", "rotation/due.rs", "model/seed/more.rs"] {
        assert_eq!(in_file(&format!("crates/protocol/src/{path}"), line).len(), 1, "{path}");
    }
    let tested = format!("#[cfg(test)]\nmod tests {{\n    {line}\n}}");
    assert_eq!(in_file("crates/protocol/src/grant.rs", &tested), [""; 0]);
    let declared = format!("#[cfg(test)]\nmod tests;\n{line}");
    assert_eq!(in_file("crates/protocol/src/grant.rs", &declared).len(), 1, "only the module's name stands there");
}

#[test]
fn a_variant_that_nothing_makes_is_found() {
    let source =
        |path: &str, text: &str| Source { path: path.to_owned(), text: format!("//! What it decides.\n{text}") };
    for list in &LISTS {
        let declared = source(list.file, &format!("{}\n    Planted(u8),\n}}\n", list.begins));
        let about = |more: Option<Source>| {
            let sources: Vec<Source> = std::iter::once(source(list.file, &declared.text)).chain(more).collect();
            findings(&sources, &[]).iter().filter(|found| found.ends_with("Planted is made by nothing")).count()
        };
        assert_eq!(about(None), 1, "{}", list.file);
        for prefix in list.names {
            let made = format!("let x = {prefix}Planted(1);");
            assert_eq!(about(Some(source("crates/engine/src/made/tests.rs", &made))), 1, "{made}");
            for (values, around) in [(1, MADE), (0, NAMED)] {
                for line in around {
                    let line = line.replace('$', &format!("{prefix}Planted"));
                    let found = about(Some(source("crates/engine/src/made.rs", &line)));
                    assert_eq!(found, 1 - values, "{line}");
                }
            }
        }
    }
}

/// A list that moved is not read any more, and every variant of it would pass.
#[test]
fn a_list_without_variants_is_found() {
    for list in &LISTS {
        for text in ["", "pub enum Moved {\n    Planted,\n}\n", &format!("{}\n    $($one),+\n}}\n", list.begins)] {
            let found = findings_of(list.file, &format!("//! What it decides.\n{text}"));
            let told = found.iter().filter(|finding| finding.contains("no variant behind")).count();
            assert_eq!(told, 1, "{}: {text}", list.file);
        }
    }
}

/// A variant that is made: `$` stands for it.
const MADE: &[&str] = &[
    "let x = $(1);",
    "let x = $ { a, b };",
    "let x = || {\n    $\n};",
    "match y {\n    Y::A => $,\n    Y::B => other,\n}",
    "match y {\n    Y::A if a => Err(Refused::new($, \"a\", 'b')),\n    _ => 1,\n}",
    "x.map(|y| $(y)).ok_or(1)?;",
    "x.map_err(|_| $)?;",
    "vec![$, other]",
    "let x = if a { $ } else { b };",
    "let x = matches!($, Y::B);",
];

/// A variant that is only asked for, or told of.
const NAMED: &[&str] = &[
    "",
    "// let x = $;",
    "let x = 1; // $",
    "let x = \"say \\\" $\";",
    "match y {\n    $ => 1,\n    _ => 2,\n}",
    "match y {\n    $(a, (b, c)) => 1,\n    _ => 2,\n}",
    "match y {\n    $ { .. } => 1,\n    _ => 2,\n}",
    "match y {\n    Y::A | $ => 1,\n    _ => 2,\n}",
    "match y {\n    $\n    | Y::A => 1,\n    _ => 2,\n}",
    "match y {\n    $ if a => 1,\n    _ => 2,\n}",
    "match y {\n    (Err($), a) => 1,\n    _ => 2,\n}",
    "match y {\n    Z { y: $, .. } => 1,\n    _ => 2,\n}",
    "if let Some($(a)) = y {}",
    "let $ { a, .. } = y else { return };",
    "if y == $ {}",
    "if $ != y {}",
    "if y == Some($) {}",
    "matches!(y, $)",
    "matches!(y, Some(Y::A | $))",
    "let y: $more = 1;",
];

#[test]
fn a_rule_without_files_is_found() {
    let found = findings(&[], &[]);
    assert_eq!(found.len(), RULES.len(), "{found:?}");
}

#[test]
fn a_module_opens_with_its_comment() {
    let found = findings_of("crates/web/src/page.rs", "use std::fmt;\n\n//! Too late.\n");
    assert_eq!(found, ["crates/web/src/page.rs: opens without a module comment"]);
    assert_eq!(findings_of("crates/web/src/page.rs", "\n//! What it decides.\n"), [""; 0]);
    assert_eq!(findings_of("crates/web/src/page/tests.rs", "use std::fmt;\n"), [""; 0]);
}

#[test]
fn lengths_have_a_limit_and_exceptions_must_be_needed() {
    let file = |lines: usize| format!("//! What it decides.\n{}", "const X: u8 = 0;\n".repeat(lines - 1));
    let path = "crates/web/src/page.rs";
    assert_eq!(findings_of(path, &file(LONGEST_FILE)), [""; 0]);
    assert_eq!(findings_of(path, &file(LONGEST_FILE + 1)).len(), 1);
    assert_eq!(findings_of("crates/web/tests/it/page.rs", &file(LONGEST_FILE + 1)), [""; 0]);

    let function = |lines: usize| format!("//! What it decides.\nfn f() {{\n{}}}\n", "    call();\n".repeat(lines - 1));
    assert_eq!(findings_of(path, &function(LONGEST_FUNCTION)), [""; 0]);
    assert_eq!(findings_of(path, &function(LONGEST_FUNCTION + 1)).len(), 1);
    assert_eq!(findings_of("crates/web/tests/it/page.rs", &function(LONGEST_FUNCTION + 1)).len(), 1);

    let allowed = [path.to_owned()];
    let source = |text: String| [Source { path: path.to_owned(), text }];
    let about = |found: Vec<String>| found.into_iter().filter(|finding| finding.starts_with(path)).collect::<Vec<_>>();
    assert_eq!(about(findings(&source(file(LONGEST_FILE + 1)), &allowed)), [""; 0]);
    let needless = [format!("{path}: allowed without need")];
    assert_eq!(about(findings(&source(file(LONGEST_FILE)), &allowed)), needless);
    assert_eq!(about(findings(&[], &allowed)), needless);
}

#[test]
fn migrations_are_numbered_without_a_gap() {
    let folder = std::env::temp_dir().join(format!("tidy-migrations-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let planted = |name: &str| {
        std::fs::write(folder.join(name), "").unwrap();
        migrations(&folder).map_err(|error| error.to_string())
    };
    assert_eq!(planted("0001_first.sql"), Ok(Vec::new()));
    assert_eq!(planted("0003_third.sql"), Ok(vec!["migration 0002 is missing".to_owned()]));
    assert_eq!(planted("0002_second.sqlite.sql"), Ok(Vec::new()));
    assert_eq!(planted("0002_second.postgres.sql"), Ok(Vec::new()), "one number, a file for each database");
    assert!(planted("fourth.sql").is_err());
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(migrations(&folder).is_err(), "a folder that is gone has no gap, and is not in order");
}

#[test]
fn every_forbidden_name_is_found() {
    for parts in FORBIDDEN {
        let text = format!("first\nsee https://{}/x\n", parts.concat());
        assert_eq!(forbidden_in("README.md", &text), [format!("README.md:2: names {}", parts.concat())]);
    }
    assert_eq!(forbidden_in("README.md", "crates.io, npm and Maven may be named\n"), [""; 0]);
}

#[test]
fn a_word_counts_only_where_it_begins() {
    assert!(mentions("use http::Method;", "http::"));
    assert!(!mentions("use tower_http::limit;", "http::"));
    assert!(mentions("environment.settings.token_profile", "settings."));
    assert!(!mentions("application.cors_settings.origins", "settings."));
}

#[test]
fn measures_a_function_by_its_braces() {
    let body = "    call();\n".repeat(70);
    assert_eq!(long_functions(&format!("fn long() {{\n{body}}}\nfn short() {{\n}}\n")), [(1, 71)]);
}

/// What is found in one line of a file that is in order otherwise.
fn in_file(path: &str, line: &str) -> Vec<String> {
    findings_of(path, &format!("//! What it decides.\n{line}\n"))
}

/// What is found in one file, without the rules that have no file then.
fn findings_of(path: &str, text: &str) -> Vec<String> {
    let mut found = findings(&[Source { path: path.to_owned(), text: text.to_owned() }], &[]);
    found.retain(|finding| finding.starts_with(&format!("{path}:")));
    found
}
