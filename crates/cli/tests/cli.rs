//! The binary as people and machines run it: exit codes, messages, files, and starts on empty and kept data.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use program::{Program, run, run_with};

#[test]
fn a_wrong_configuration_ends_with_78_and_says_what_would_be_right() {
    let place = tempfile::tempdir().unwrap();
    let toml = place.path().join("grantor.toml");
    std::fs::write(&toml, "[http]\nlisten = 'nowhere'\nspeed = 'fast'\n").unwrap();
    let listening = ("GRANTOR_HTTP_LISTEN", "nowhere");
    for (arguments, variables, wanted) in [
        (&["serve"][..], vec![listening], "http.listen (from GRANTOR_HTTP_LISTEN) is not right: it must be an address"),
        (&["serve", "--listen", "nowhere"], vec![listening], "http.listen (from --listen)"),
        (&["serve", "--config", toml.to_str().unwrap()], vec![], "http.speed"),
        (&["serve"], vec![("GRANTOR_HTTP_LISTNE", "x")], "GRANTOR_HTTP_LISTNE"),
        (&["serve"], vec![("GRANTOR_MASTER_KEY", "c2hvcnQ=")], "32 bytes in base64"),
        (&["serve"], vec![("GRANTOR_MASTER_KEY", "x"), ("GRANTOR_MASTER_KEY_FILE", "y")], "both set"),
        (&["serve"], vec![("GRANTOR_MASTER_KEY_FILE", "/nonexistent")], "GRANTOR_MASTER_KEY_FILE"),
        (&["serve", "--database", "postgres://u:hidden@127.0.0.1:1/x"], vec![], "master_key is missing"),
        (&["serve", "--database", "mysql://x"], vec![], "database.url (from --database)"),
        (&["serve", "--tls-certificate", "x.pem"], vec![], "http.tls.key is missing"),
        (&["serve", "--public-url", "https://a.example/path"], vec![], "without a path"),
        (&["serve"], vec![("GRANTOR_OUTBOUND_EXTRA_CA", "/nonexistent")], "a PEM file (it cannot be read: No such"),
        (
            &["serve"],
            vec![("GRANTOR_OUTBOUND_EXTRA_CA", toml.to_str().unwrap())],
            "(it is not a PEM file of certificates)",
        ),
        (&["serve"], vec![("GRANTOR_OUTBOUND_ALLOW", "10.0.0.0/8,0x7f.1")], "outbound.allow"),
        (&["serve"], vec![("GRANTOR_OUTBOUND_PROXY", "socks5://proxy.example:1080")], "outbound.proxy"),
        (&["serve"], vec![("GRANTOR_OUTBOUND_TIMEOUT", "0")], "outbound.timeout"),
        (&["dev", "--listen", "0.0.0.0:0"], vec![], "loopback"),
    ] {
        let ended = run_with(place.path(), arguments, &variables);
        assert_eq!(ended.code, 78, "{arguments:?} {}", ended.errors);
        assert!(ended.errors.contains(wanted), "{arguments:?} {}", ended.errors);
        assert!(
            !ended.errors.contains("c2hvcnQ=") && !ended.errors.contains("hidden"),
            "a secret is shown: {}",
            ended.errors
        );
    }
}

#[test]
fn exit_codes_tell_usage_dependency_and_place_apart() {
    let place = tempfile::tempdir().unwrap();
    assert_eq!(run(place.path(), &["serve", "--unknown"]).code, 2);
    let key = [("GRANTOR_MASTER_KEY", KEY)];
    let unreachable = ["serve", "--listen", "127.0.0.1:0", "--database", "postgres://u:hidden@127.0.0.1:1/x"];
    let ended = run_with(place.path(), &unreachable, &key);
    assert_eq!(ended.code, 69, "{}", ended.errors);
    assert!(!ended.errors.contains("hidden"), "{}", ended.errors);
    std::fs::write(place.path().join("data"), "a file where the directory belongs").unwrap();
    assert_eq!(run(place.path(), &["serve", "--listen", "127.0.0.1:0"]).code, 73);
}

#[test]
fn version_and_completions_answer() {
    let place = tempfile::tempdir().unwrap();
    assert!(run(place.path(), &["version"]).output.starts_with("grantor 0."));
    let version: serde_json::Value = serde_json::from_str(&run(place.path(), &["version", "--json"]).output).unwrap();
    assert_eq!(version["name"], "grantor");
    assert!(run(place.path(), &["completions", "bash"]).output.contains("complete -F _grantor"));
}

#[test]
fn dev_writes_its_files_before_the_port_opens_and_keeps_its_data() {
    let place = tempfile::tempdir().unwrap();
    let arguments =
        ["dev", "--listen", "127.0.0.1:0", "--data-dir", "kept", "--env-file", "dev.env", "--postman", "dev.json"];
    for _ in 0..2 {
        let dev = Program::start(place.path(), &arguments, &[]);
        let path = place.path().join("dev.env");
        let variables = dev.variables(&path);
        assert_eq!(mode(&path), 0o600);
        let of = |name: &str| variables.iter().find(|(own, _)| own == name).unwrap().1.clone();
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            "service-client-jwt", "service-client-jwt-secret"
        );
        let (status, answer) = dev.post(&format!("{}/oauth2/token", of("msIssuer")), &body);
        assert_eq!(status, 200, "{answer}");
        let postman: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(place.path().join("dev.json")).unwrap()).unwrap();
        let values = postman["values"].as_array().unwrap();
        assert_eq!(values.len(), variables.len());
        assert!(values.iter().any(|v| v["key"] == "envID" && v["value"] == of("envID") && v["enabled"] == true));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(dev.interrupt(), 0, "Ctrl-C ends cleanly");
    }
    assert_eq!(mode(&place.path().join("kept/master.key")), 0o600);
}

#[test]
fn a_reader_that_went_away_does_not_keep_the_server_from_ending() {
    let place = tempfile::tempdir().unwrap();
    let port = program::free_port();
    let dev = program::unread(place.path(), &["dev", "--listen", &format!("127.0.0.1:{port}")]);
    program::connect(&format!("127.0.0.1:{port}"));
    assert_eq!(program::signal(dev, "INT").code(), Some(0));
}

#[test]
fn explain_asks_the_running_dev_server_and_reads_a_kept_database() {
    let place = tempfile::tempdir().unwrap();
    let dev = Program::start(
        place.path(),
        &["dev", "--listen", "127.0.0.1:0", "--data-dir", "kept", "--env-file", "dev.env"],
        &[],
    );
    let origin = dev.variables(&place.path().join("dev.env")).swap_remove(0).1;
    let (status, answer) = dev.post(
        &format!("{origin}/ms-auth-server/oauth2/token"),
        "client_id=service-client-jwt&client_secret=wrong&grant_type=client_credentials",
    );
    assert_eq!(status, 401, "{answer}");
    let id = dev.last_correlation();
    let asked = run(place.path(), &["explain", &id, "--url", &origin]);
    let told = |text: &str| {
        ["secret_wrong", "expected", "came", "to mend", "when", "environment"].iter().all(|part| text.contains(part))
    };
    assert!(asked.code == 0 && told(&asked.output), "{} {}", asked.output, asked.errors);
    assert_eq!(dev.interrupt(), 0);
    let read = run(place.path(), &["explain", &id, "--database", "sqlite:kept/grantor.db"]);
    assert!(read.code == 0 && told(&read.output), "{} {}", read.output, read.errors);
    let json = run(place.path(), &["explain", &id, "--database", "sqlite:kept/grantor.db", "--output", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.output).unwrap();
    assert_eq!(json[0]["refusal"]["reason"], "secret_wrong");
    let unknown =
        run(place.path(), &["explain", "00000000-0000-4000-8000-000000000000", "--database", "sqlite:kept/grantor.db"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.errors.contains("nothing is recorded under 00000000"), "{}", unknown.errors);
    let missing = run(place.path(), &["explain", &id, "--database", "sqlite:other.db"]);
    assert_eq!(missing.code, 78, "{}", missing.errors);
    assert!(!place.path().join("other.db").exists(), "reading makes no database");
}

#[test]
fn serve_makes_its_administrator_once_and_wants_its_own_key() {
    let place = tempfile::tempdir().unwrap();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--management-listen", "off"];
    let first = Program::start(place.path(), &arguments, &[]);
    let printed = first.wait_for("admin.client_secret");
    assert_eq!(first.terminate(), 0);
    let secret = printed.lines().find_map(|line| line.trim().strip_prefix("admin.client_secret")).unwrap().trim();
    assert_eq!(secret.len(), 64);
    assert_eq!(mode(&place.path().join("data/master.key")), 0o600);
    let second = Program::start(place.path(), &arguments, &[]);
    second.wait_for_log("serving");
    assert!(!second.printed().contains("admin."), "shown once: {}", second.printed());
    assert_eq!(second.terminate(), 0);
    let other = run_with(place.path(), &arguments, &[("GRANTOR_MASTER_KEY", KEY)]);
    assert_eq!(other.code, 78);
    assert!(other.errors.contains("master_key does not open this database"), "{}", other.errors);
}

#[test]
fn serve_takes_the_administrator_that_it_is_given_and_is_ready() {
    let place = tempfile::tempdir().unwrap();
    let (environment, client) = ("25ec7b80-3c08-40ed-abe4-8a7edc0f0d9e", "7b1cab74-19b8-42ac-9d41-3590ea34b988");
    let secret = "MG0bMHf9zgOXkRu0s.pxoVK9El0~1Xg1";
    std::fs::write(place.path().join("secret"), format!("{secret}\n")).unwrap();
    let variables = [
        ("GRANTOR_ADMIN_ENVIRONMENT_ID", environment),
        ("GRANTOR_ADMIN_CLIENT_ID", client),
        ("GRANTOR_ADMIN_CLIENT_SECRET_FILE", "secret"),
        ("GRANTOR_SHUTDOWN_DELAY", "3600"),
    ];
    let (port, management) = (program::free_port(), program::free_port());
    let (listen, manage) = (format!("127.0.0.1:{port}"), format!("127.0.0.1:{management}"));
    let serving =
        Program::start(place.path(), &["serve", "--listen", &listen, "--management-listen", &manage], &variables);
    serving.wait_for_log("serving");
    assert!(!serving.printed().contains(secret), "a given secret is not shown");
    let ready = run(place.path(), &["healthcheck", "--url", &format!("http://{manage}/readyz")]);
    assert_eq!(ready.code, 0, "{}", ready.errors);
    let token = format!("http://{listen}/{environment}/as/token");
    let (status, answer) = serving.post_as(&token, "grant_type=client_credentials", Some((client, secret)));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(run(place.path(), &["migrate", "--check"]).code, 0);
    // Asked to end, it says at once that it is not ready and serves on; a second signal does not wait.
    serving.ask_to_end();
    serving.wait_for_log("a second signal ends at once");
    assert_eq!(run(place.path(), &["healthcheck", "--url", &format!("http://{manage}/readyz")]).code, 1);
    let (status, answer) = serving.post_as(&token, "grant_type=client_credentials", Some((client, secret)));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(serving.terminate(), 0);
    assert_eq!(run(place.path(), &["healthcheck", "--url", &format!("http://{manage}/readyz")]).code, 69);
    assert_eq!(run(place.path(), &["migrate", "--check", "--database", "sqlite:none.db"]).code, 1);
}

/// C7: what a command says, it says once, and it says what it changed.
#[test]
fn a_command_says_a_thing_once_and_what_it_changed() {
    let place = tempfile::tempdir().unwrap();
    let help = run(place.path(), &["--help"]).output;
    assert!(help.starts_with("An OAuth 2.0 and OpenID Connect authorization server"), "{help}");
    let health = run(place.path(), &["healthcheck", "--help"]).output;
    assert_eq!(health.matches("http://127.0.0.1:9090/readyz").count(), 1, "{health}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for arguments in [["dev", "--listen"], ["serve", "--listen"], ["serve", "--management-listen"]] {
        let elsewhere = ["--listen", "127.0.0.1:0"];
        let mut arguments = [&arguments[..], &[&address]].concat();
        if arguments.contains(&"--management-listen") {
            arguments.extend(elsewhere);
        }
        let ended = run(place.path(), &arguments);
        assert_eq!((ended.code, ended.errors.matches(&*address).count()), (69, 1), "{arguments:?} {}", ended.errors);
    }
    let migrate = ["migrate", "--database", "sqlite:new.db"];
    let first = run(place.path(), &migrate);
    assert_eq!((first.code, first.output.as_str()), (0, "The database is new, and of this version.\n"));
    let again = run(place.path(), &migrate);
    assert_eq!(
        (again.code, again.output.as_str()),
        (0, "The database was of this version already: nothing was changed.\n")
    );
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

const KEY: &str = "KPdoLQg9XMtTr0W/XL8VJ+lnM3PnoL++cjMhk8BZF9I=";

/// V9: the command of the README registers an application, and the address that it prints shows its tokens.
#[test]
fn the_first_five_minutes_are_as_the_readme_says() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let command =
        readme.lines().map(str::trim).find(|line| line.starts_with("curl http://localhost:8085/connect")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("dev.env");
    let dev = Program::start(place.path(), &["dev", "--listen", "127.0.0.1:0", "--env-file", "dev.env"], &[]);
    let variables = dev.variables(&file);
    let own = &variables.iter().find(|(name, _)| name == "authPath").unwrap().1;
    let sh = |line: &str| {
        let output = std::process::Command::new("sh").args(["-ec", line]).current_dir(place.path()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let printed = sh(&command.replace("http://localhost:8085", own).replace("curl ", "curl -sS "));
    let made: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(made["redirect_uri"], "http://localhost:3000/callback", "{printed}");
    assert!(made["client_secret"].is_string() && made["issuer"].as_str().unwrap().starts_with(own), "{printed}");
    // A browser of few means: follows, keeps cookies, sends the form as it was filled in.
    let curl = "curl -sSL -c jar -b jar -H 'Accept: text/html'";
    let page = sh(&format!("{curl} '{}'", made["try_it"].as_str().unwrap()));
    let value = |name: &str| {
        let field = page.split(&format!("name=\"{name}\"")).nth(1).unwrap_or_default();
        field.split("value=\"").nth(1).unwrap_or_default().split('"').next().unwrap_or_default().to_owned()
    };
    let action = page.split("<form method=\"post\" action=\"").nth(1).unwrap_or_default().split('"').next().unwrap();
    let fields =
        ["flowId", "csrf", "username", "password"].map(|name| format!("--data-urlencode '{name}={}'", value(name)));
    let tokens = sh(&format!("{curl} '{own}{action}' -d intent=sign-on {}", fields.join(" ")));
    assert!(
        tokens.contains("Jane Alexandra Doe signed on") && tokens.contains("The signature is valid"),
        "{page} {tokens}"
    );
    assert_eq!(dev.terminate(), 0);
}
