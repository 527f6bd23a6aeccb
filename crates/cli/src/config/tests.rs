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
    let mount = |text: &str| complaint(file(&format!("[[mounts]]\n{text}\n")));
    assert!(mount("route = '/x'").contains("route is no key of a mount"));
    assert!(mount("path = '/v1'\nlayout = 'spring'").contains("path must be"));
    assert!(mount("path = '/a/../b'\nlayout = 'spring'").contains("path must be"));
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

#[test]
fn an_origin_has_no_path() {
    assert_eq!(origin("https://a.example/").as_deref(), Some("https://a.example"));
    assert_eq!(origin("http://[::1]:8085").as_deref(), Some("http://[::1]:8085"));
    for bad in ["a.example", "ftp://a", "https://", "https://a/b", "https://a?b", "https://u@a"] {
        assert_eq!(origin(bad), None, "{bad}");
    }
}
