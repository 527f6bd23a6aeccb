use engine::Layout;

use super::*;

fn file(text: &str) -> Result<Settings, Exit> {
    let mut settings = Settings::default();
    let table = text.parse::<toml::Table>().unwrap();
    settings.read_table("", &table, "grantor.toml").map(|()| settings)
}

fn complaint(result: Result<Settings, Exit>) -> String {
    match result {
        Err(Exit::Configuration(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_read_by_the_names_of_the_table() {
    let settings = file(
        "[http]\nlisten = ['127.0.0.1:1', '127.0.0.1:2']\npublic_url = 'https://a.example'\n[database]\nurl = 'sqlite:x'\n\
         [[mounts]]\npath = '/ms-auth-server'\nlayout = 'spring'\nenvironment = '25ec7b80-3c08-40ed-abe4-8a7edc0f0d9e'\n",
    )
    .unwrap();
    assert_eq!(settings.text("http.listen"), Some("127.0.0.1:1,127.0.0.1:2"));
    assert_eq!(settings.text("database.url"), Some("sqlite:x"));
    assert_eq!((settings.mounts[0].path.as_str(), settings.mounts[0].layout), ("/ms-auth-server", Layout::Spring));
}

#[test]
fn what_a_file_does_not_know_is_named_with_its_place() {
    assert_eq!(
        complaint(file("[http]\nlisten_on = 'x'\n")),
        "http.listen_on (from grantor.toml) is no key of the configuration"
    );
    // A name in quotes is not a table and what is in it.
    assert!(complaint(file("\"http.listen\" = '127.0.0.1:1'\n")).contains("is no key of the configuration"));
    let mount = |text: &str| complaint(file(&format!("[[mounts]]\n{text}\n")));
    assert!(mount("route = '/x'").contains("route is no key of a mount"));
    assert!(mount("path = '/v1'\nlayout = 'spring'").contains("path must be"));
    assert!(mount("path = '/a/../b'\nlayout = 'spring'").contains("path must be"));
    // What is the server's own would be hidden.
    for own in ["assets", "connect", "dev", "docs", "livez", "readyz", "try", "v1", "worlds"] {
        assert!(mount(&format!("path = '/{own}/x'\nlayout = 'spring'")).contains("path must be"), "{own}");
    }
    assert!(mount("path = '/x'\nlayout = 'summer'").contains("layout must be pingone or spring"));
    assert!(
        mount("path = '/x'\nlayout = 'spring'\nenvironment = 'X'").contains("environment must be a lower-case UUID")
    );
}

#[test]
fn a_wrong_value_says_where_it_came_from_and_what_would_be_right_but_not_itself() {
    let mut settings = file("").unwrap();
    settings.set("master_key", "c2hvcnQ=".into(), "GRANTOR_MASTER_KEY".into());
    let Err(Exit::Configuration(text)) = settings.parsed("master_key", |_| None::<()>) else { panic!() };
    assert_eq!(text, "master_key (from GRANTOR_MASTER_KEY) is not right: it must be 32 bytes in base64");
}

/// D14: what Compose and Helm leave empty is left out, and does not hide what another place says.
#[test]
fn what_is_empty_is_absent() {
    let settings = file("[http]\napi_url = ''\nlisten = []\n[log]\nformat = '  '\n").unwrap();
    for name in ["http.api_url", "http.listen", "log.format"] {
        assert_eq!(settings.text(name), None, "{name}");
    }
    let mut settings = file("[http]\napi_url = 'https://a.example'\n").unwrap();
    settings.set("http.api_url", String::new(), "GRANTOR_HTTP_API_URL".into());
    assert_eq!(settings.text("http.api_url"), Some("https://a.example"));
}

#[test]
fn an_entry_of_another_kind_is_not_passed_over() {
    for text in ["[http]\nlisten = [8085]\n", "[log]\nrequests = 2026-01-01\n"] {
        assert!(complaint(file(text)).contains("is not right: it must be"), "{text}");
    }
    assert_eq!(file("[log]\nrequests = true\n").unwrap().text("log.requests"), Some("true"));
}

/// C4: whoever reads finds every key, and what a wrong value of it is told.
#[test]
fn the_document_knows_every_key() {
    let document = include_str!("../../../../docs/configuration.md");
    let listed: Vec<&str> =
        document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name)).collect();
    for key in KEYS {
        assert!(listed.contains(&key.name), "no row for {}", key.name);
        assert!(document.contains(&format!("it must be {}", key.right)), "{}: {}", key.name, key.right);
    }
}

/// C4: the sample knows every key, and is right as it stands and with every line switched on.
#[test]
fn the_sample_is_a_configuration() {
    let text = sample();
    assert!(file(&text).unwrap().values.is_empty(), "everything is switched off");
    let on: Vec<&str> =
        text.lines().map(|line| if line.starts_with("# ") { line } else { line.trim_start_matches('#') }).collect();
    let settings = file(&on.join("\n")).unwrap();
    for key in KEYS {
        assert!(settings.text(key.name).is_some(), "{}", key.name);
        assert!(text.contains(&format!("# {}\n", key.env)), "{}", key.env);
    }
    assert_eq!(settings.mounts.len(), 1);
    assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
}
