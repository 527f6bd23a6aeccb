//! Starting and running a server: the key and its file, one process on a file, signals, the log.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use program::{Program, run, run_with};
use serde_json::Value;

const ENVIRONMENT: &str = "25ec7b80-3c08-40ed-abe4-8a7edc0f0d9e";
const CLIENT: &str = "7b1cab74-19b8-42ac-9d41-3590ea34b988";
const SECRET: &str = "MG0bMHf9zgOXkRu0s.pxoVK9El0~1Xg1";
const KNOWN: [(&str, &str); 3] = [
    ("GRANTOR_ADMIN_ENVIRONMENT_ID", ENVIRONMENT),
    ("GRANTOR_ADMIN_CLIENT_ID", CLIENT),
    ("GRANTOR_ADMIN_CLIENT_SECRET", SECRET),
];

/// C4: the ids are printed whoever chose what; a secret that was given is not.
#[test]
fn ids_that_were_made_are_printed() {
    for given in [&KNOWN[2..], &KNOWN[1..], &[KNOWN[0], KNOWN[2]], &KNOWN[..], &KNOWN[..1], &[]] {
        let place = tempfile::tempdir().unwrap();
        let serving = Program::start(place.path(), &SERVE, given);
        let log = serving.wait_for_log("serving");
        let printed = serving.wait_for("admin.client_secret");
        let own = |name: &str| {
            let line = printed.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap();
            line.trim().to_owned()
        };
        let [environment, client, secret] = ["admin.environment_id", "admin.client_id", "admin.client_secret"].map(own);
        for (name, value) in given {
            match *name {
                "GRANTOR_ADMIN_ENVIRONMENT_ID" => assert_eq!(environment, *value),
                "GRANTOR_ADMIN_CLIENT_ID" => assert_eq!(client, *value),
                _ => assert!(!printed.contains(SECRET) && secret == "(as it was given)", "{printed}"),
            }
        }
        assert!(log.contains(&environment) && log.contains(&client), "{log}");
        assert!(!log.contains(SECRET) && !log.contains(&secret), "{log}");
        assert_eq!(serving.terminate(), 0);
        // Later starts make nobody, whatever is given, and say so where something is.
        let serving = Program::start(place.path(), &SERVE, given);
        let log = serving.wait_for_log("serving");
        assert_eq!(log.contains("admin.* was not looked at"), !given.is_empty(), "{log}");
        assert_eq!(serving.printed(), "");
        assert_eq!(serving.terminate(), 0);
    }
}

/// C4: the key file is found under every name of the database, by every command, and no other is made.
#[test]
fn the_key_file_belongs_to_the_database_however_it_is_named() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path().canonicalize().unwrap().display().to_string();
    serve_once(place.path(), &[]);
    std::os::unix::fs::symlink("data/grantor.db", place.path().join("link.db")).unwrap();
    let absolute = format!("sqlite:{root}/data/grantor.db");
    let slashes = format!("sqlite://{root}/data/grantor.db");
    for url in [
        "sqlite:./data/grantor.db",
        "sqlite:data/grantor.db",
        "sqlite://data/grantor.db",
        "sqlite:./data/../data//grantor.db",
        "sqlite:link.db",
        &absolute,
        &slashes,
    ] {
        serve_once(place.path(), &["--database", url]);
        let listed = run(place.path(), &["keys", "list", "--environment", ENVIRONMENT, "--database", url]);
        assert!(listed.code == 0 && listed.output.contains("active"), "{url}: {}", listed.errors);
    }
    std::fs::write(place.path().join("grantor.toml"), "[database]\nurl = 'sqlite:./data/grantor.db'\n").unwrap();
    serve_once(place.path(), &["--config", "grantor.toml"]);
    assert_eq!(keys_in(&place.path().join("data")), ["master.key"]);
    assert!(keys_in(place.path()).is_empty());
}

/// C4: a database whose name was written out by an earlier version has its key under that name; the file that such a version
/// made beside the right one does not hide it.
#[test]
fn key_files_of_earlier_versions_are_found() {
    let place = tempfile::tempdir().unwrap();
    serve_once(place.path(), &[]);
    let data = place.path().join("data");
    let right = std::fs::read_to_string(data.join("master.key")).unwrap();
    private(&data.join("grantor.key"), OTHER);
    serve_once(place.path(), &["--database", "sqlite:./data/grantor.db"]);
    private(&data.join("master.key"), OTHER);
    private(&data.join("grantor.key"), &right);
    serve_once(place.path(), &[]);
    std::fs::remove_file(data.join("master.key")).unwrap();
    serve_once(place.path(), &[]);
    assert_eq!(keys_in(&data), ["grantor.key"]);
    // Two that are both wrong are both named.
    private(&data.join("master.key"), OTHER);
    private(&data.join("grantor.key"), OTHER);
    let ended = run(place.path(), &SERVE);
    assert!(ended.code == 78 && ended.errors.contains("master_key does not open this database"), "{}", ended.errors);
    assert!(ended.errors.contains("master.key") && ended.errors.contains("grantor.key"), "{}", ended.errors);
}

/// C4: where sealed data waits for its key, no other is made, by any command.
#[test]
fn a_missing_key_file_is_never_replaced() {
    for database in ["sqlite:data/grantor.db", "sqlite:g.db"] {
        let place = tempfile::tempdir().unwrap();
        serve_once(place.path(), &["--database", database]);
        let file = if database.ends_with("g.db") { "g.key" } else { "data/master.key" };
        let kept = place.path().join("away");
        std::fs::rename(place.path().join(file), &kept).unwrap();
        let serve = [&SERVE[..], &["--database", database]].concat();
        let list = ["keys", "list", "--environment", ENVIRONMENT, "--database", database];
        let rotate = ["keys", "rotate", "--environment", ENVIRONMENT, "--database", database];
        for arguments in [&serve[..], &list, &rotate] {
            let ended = run(place.path(), arguments);
            assert_eq!(ended.code, 78, "{arguments:?} {}", ended.errors);
            assert!(ended.errors.contains("there is no master key file"), "{}", ended.errors);
            assert!(ended.errors.contains(file.rsplit('/').next().unwrap()), "{}", ended.errors);
            assert!(!place.path().join(file).exists(), "{arguments:?}");
        }
        std::fs::rename(&kept, place.path().join(file)).unwrap();
        serve_once(place.path(), &["--database", database]);
    }
    // `dev` keeps its data in the same way.
    let place = tempfile::tempdir().unwrap();
    let dev = ["dev", "--listen", "127.0.0.1:0", "--data-dir", "kept"];
    let running = Program::start(place.path(), &dev, &[]);
    running.wait_for("curl");
    assert_eq!(running.interrupt(), 0);
    std::fs::remove_file(place.path().join("kept/master.key")).unwrap();
    let ended = run(place.path(), &dev);
    assert!(ended.code == 78 && ended.errors.contains("there is no master key file"), "{}", ended.errors);
    assert!(!place.path().join("kept/master.key").exists());
}

/// C4: a master key that every account may read or write is refused, wherever it is.
#[test]
fn a_key_that_others_may_read_is_refused() {
    let place = tempfile::tempdir().unwrap();
    serve_once(place.path(), &[]);
    let (beside, named, toml) =
        (place.path().join("data/master.key"), place.path().join("named"), place.path().join("grantor.toml"));
    let key = std::fs::read_to_string(&beside).unwrap();
    std::fs::write(&named, &key).unwrap();
    std::fs::write(&toml, format!("master_key = '{}'\n", key.trim())).unwrap();
    let flag = [&SERVE[..], &["--master-key-file", "named"]].concat();
    let file = [&SERVE[..], &["--config", "grantor.toml"]].concat();
    let variable = [("GRANTOR_MASTER_KEY_FILE", "named")];
    for (mode, is_safe) in [(0o644, false), (0o604, false), (0o602, false), (0o600, true), (0o640, true), (0o400, true)]
    {
        let cases: [Case<'_>; 4] =
            [(&beside, &SERVE, &[]), (&named, &flag, &[]), (&named, &SERVE, &variable), (&toml, &file, &[])];
        for (path, arguments, variables) in cases {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
            if is_safe {
                let serving = Program::start(place.path(), arguments, variables);
                serving.wait_for_log("serving");
                assert_eq!(serving.terminate(), 0);
                continue;
            }
            let ended = run_with(place.path(), arguments, variables);
            assert_eq!(ended.code, 78, "{mode:o} {arguments:?} {}", ended.errors);
            assert!(
                ended.errors.contains("others may read or write") && ended.errors.contains("chmod 600"),
                "{}",
                ended.errors
            );
            assert!(!ended.errors.contains(key.trim()), "{}", ended.errors);
            let checked = run_with(place.path(), &[&["config", "check"], &arguments[5..]].concat(), variables);
            assert_eq!(checked.code, 78, "{mode:o} {arguments:?} {}", checked.errors);
        }
    }
}

/// C4: a command that only looks makes nothing, and neither does a server that cannot listen.
#[test]
fn nothing_is_made_where_nothing_starts() {
    let place = tempfile::tempdir().unwrap();
    let listed = run(place.path(), &["keys", "list", "--environment", ENVIRONMENT]);
    assert!(listed.code == 78 && listed.errors.contains("there is no file"), "{}", listed.errors);
    std::fs::write(place.path().join("empty.db"), "").unwrap();
    for command in ["list", "rotate"] {
        let ended =
            run(place.path(), &["keys", command, "--environment", ENVIRONMENT, "--database", "sqlite:empty.db"]);
        assert!(ended.code == 1 && ended.errors.contains("holds no environment yet"), "{}", ended.errors);
        assert!(keys_in(place.path()).is_empty(), "{command}");
    }
    let place = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (key, option, listens) in [
        ("http.listen", "--listen", ["--listen", &address, "--management-listen", "off"]),
        ("http.management_listen", "--management-listen", ["--listen", "127.0.0.1:0", "--management-listen", &address]),
    ] {
        let ended = run(place.path(), &[&["serve"], &listens[..]].concat());
        assert_eq!(ended.code, 69, "{}", ended.errors);
        let told = format!("{key}: cannot listen on {address}");
        assert_eq!(ended.errors.matches(&told).count(), 1, "{}", ended.errors);
        assert!(ended.errors.contains(&format!("({option} says another")), "{}", ended.errors);
        assert_eq!(ended.output, "", "{key}");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "{key}");
    }
}

/// C4: the answer to a key that leaked works while an announced rotation waits.
#[test]
fn a_leaked_key_is_replaced_during_an_announced_rotation() {
    let place = tempfile::tempdir().unwrap();
    serve_once(place.path(), &[]);
    let rotate = |more: &[&str]| run(place.path(), &[&["keys", "rotate", "--environment", ENVIRONMENT], more].concat());
    let waiting = rotate(&[]);
    assert!(waiting.code == 0 && waiting.errors.contains("signs from about"), "{}", waiting.errors);
    let again = rotate(&[]);
    assert!(again.code == 1 && again.errors.contains("--now"), "{}", again.errors);
    let new = rotate(&["--now", "--alg", "ES256"]);
    assert_eq!(new.code, 0, "{}", new.errors);
    let listed = run(place.path(), &["keys", "list", "--environment", ENVIRONMENT]).output;
    let line = |id: &str| listed.lines().find(|line| line.starts_with(id.trim())).map(str::to_owned);
    assert!(line(&new.output).unwrap().ends_with("active"), "{listed}");
    assert_eq!(line(&waiting.output), None, "{listed}");
    assert_eq!(listed.matches("active").count(), 1, "{listed}");
    assert!(listed.contains("retired"), "{listed}");
}

/// D28: a second server on the same file is refused, by whatever name it comes; commands are not, and nothing is left behind.
#[test]
fn one_server_runs_on_a_file() {
    let place = tempfile::tempdir().unwrap();
    let serving = Program::start(place.path(), &SERVE, &KNOWN);
    serving.wait_for_log("serving");
    std::os::unix::fs::symlink("data", place.path().join("link")).unwrap();
    for url in ["sqlite:./data/grantor.db", "sqlite://link/grantor.db"] {
        let serve = [&SERVE[..], &["--database", url]].concat();
        for arguments in [&serve[..], &["dev", "--listen", "127.0.0.1:0", "--database", url]] {
            let ended = run(place.path(), arguments);
            assert!(
                ended.code == 69 && ended.errors.contains("another server runs on"),
                "{} {}",
                ended.code,
                ended.errors
            );
        }
    }
    let dev = ["dev", "--listen", "127.0.0.1:0", "--data-dir", "data"];
    assert!(run(place.path(), &dev).errors.contains("another server runs on"));
    assert_eq!(run(place.path(), &["keys", "list", "--environment", ENVIRONMENT]).code, 0);
    assert_eq!(run(place.path(), &["migrate", "--check"]).code, 0);
    assert_eq!(serving.terminate(), 0);
    serve_once(place.path(), &[]);
    // Killed, it holds nothing either.
    let serving = Program::start(place.path(), &SERVE, &KNOWN);
    serving.wait_for_log("serving");
    drop(serving);
    serve_once(place.path(), &[]);
}

/// D6: no signal that is sent for another purpose ends a server, with or without a certificate, and what ends it loses nothing.
#[test]
fn signals_that_do_not_mean_the_end_do_not_end() {
    let place = tempfile::tempdir().unwrap();
    let port = program::free_port();
    let listen = format!("127.0.0.1:{port}");
    let serve = ["serve", "--listen", &listen, "--management-listen", "off"];
    for (round, end) in ["TERM", "INT", "QUIT", "PWR"].into_iter().enumerate() {
        let serving = Program::start(place.path(), &serve, &KNOWN);
        serving.wait_for_log("serving");
        for signal in [
            "HUP", "USR1", "USR2", "ALRM", "VTALRM", "PROF", "IO", "STKFLT", "XFSZ", "PIPE", "WINCH", "URG", "CONT",
            "CHLD", "34", "40", "63",
        ] {
            serving.send(signal);
            let (status, answer) = serving.post_as(
                &format!("http://{listen}/{ENVIRONMENT}/as/token"),
                "grant_type=client_credentials",
                Some((CLIENT, SECRET)),
            );
            assert_eq!(status, 200, "after SIG{signal}: {answer}");
        }
        let last = serving.last_correlation();
        assert_eq!(serving.end(end), 0, "{end}");
        // Its events are kept: the last one too, which was written in a batch.
        let told = run(place.path(), &["explain", &last]);
        assert!(told.code == 0 && !told.output.is_empty(), "round {round}: {} {}", told.output, told.errors);
    }
    let dev = Program::start(place.path(), &["dev", "--listen", "127.0.0.1:0"], &[]);
    dev.wait_for("curl");
    for signal in ["HUP", "USR1", "USR2"] {
        dev.send(signal);
    }
    assert_eq!(dev.end("QUIT"), 0);
}

/// C4: asked for, each request has one flat line with what became of it, and nothing of what was sent.
#[test]
fn a_line_tells_of_each_request() {
    let place = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", program::free_port());
    let serve = ["serve", "--listen", &listen, "--management-listen", "off"];
    let variables = [&KNOWN[..], &[("GRANTOR_LOG_REQUESTS", "true"), ("GRANTOR_LOG_FORMAT", "json")]].concat();
    let serving = Program::start(place.path(), &serve, &variables);
    serving.wait_for_log("serving");
    let token = format!("http://{listen}/{ENVIRONMENT}/as/token");
    let form = "grant_type=client_credentials";
    let mut asked = Vec::new();
    for (url, secret, status, reason) in [
        (&token[..], SECRET, 200, None),
        (&token, "hidden-secret-of-nobody", 401, Some("secret_wrong")),
        (&format!("{token}?password=hidden"), SECRET, 400, Some("any")),
        (&format!("http://{listen}/hidden/place"), SECRET, 404, Some("path_unknown")),
        (&format!("http://{listen}/a/../hidden"), SECRET, 404, Some("path_unknown")),
    ] {
        let (came, answer) = serving.post_as(url, form, Some((CLIENT, secret)));
        if reason != Some("any") {
            assert_eq!(came, status, "{answer}");
        }
        asked.push((serving.last_correlation(), came, reason));
    }
    // F14: version 7, so that the index of the audit is written at its end (ADR 0023).
    let ascends = |(before, after): (&(String, _, _), &(String, _, _))| before.0[..13] <= after.0[..13];
    assert!(asked.iter().zip(&asked[1..]).all(ascends) && asked.iter().all(|(id, ..)| &id[14..15] == "7"), "{asked:?}");
    let log = serving.log_at_end();
    assert!(!log.contains("hidden") && !log.contains(SECRET), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert!(line["fields"].is_null() && line["message"].is_string() && line["timestamp"].is_string(), "{line}");
        assert!(
            line.as_object().unwrap().values().all(|value| !value.is_object() && !value.is_array()),
            "flat: {line}"
        );
    }
    for (index, (id, status, reason)) in asked.iter().enumerate() {
        let told: Vec<&Value> =
            lines.iter().filter(|l| l["event"] == "request" && l["request_id"] == id.as_str()).collect();
        assert_eq!(told.len(), 1, "{log}");
        let told = told[0];
        assert_eq!((told["level"].as_str(), told["method"].as_str()), (Some("INFO"), Some("POST")), "{told}");
        assert_eq!(told["status"].as_u64(), Some(u64::from(*status)), "{told}");
        if *reason != Some("any") {
            assert_eq!(told["reason"].as_str(), *reason, "{told}");
        }
        assert!(told["micros"].as_u64().is_some_and(|took| took > 0), "{told}");
        let place = if index < 3 { ("/{environment}/as/token", Some(CLIENT)) } else { ("unmatched", None) };
        assert_eq!(told["route"].as_str(), Some(place.0), "{told}");
        if index != 2 {
            assert_eq!(told["client_id"].as_str(), place.1, "{told}");
        }
    }
    // Nobody asked: no line.
    let serving = Program::start(place.path(), &serve, &[("GRANTOR_LOG_FORMAT", "json")]);
    serving.wait_for_log("serving");
    serving.post_as(&token, form, Some((CLIENT, SECRET)));
    assert!(!serving.log_at_end().contains("\"request\""));
}

/// A file, the arguments and the variables of a start that reads it.
type Case<'a> = (&'a Path, &'a [&'a str], &'a [(&'a str, &'a str)]);

/// Starts a server on what is there, waits until it serves, and ends it.
fn serve_once(place: &Path, more: &[&str]) {
    let serving = Program::start(place, &[&SERVE[..], more].concat(), &KNOWN);
    serving.wait_for_log("serving");
    assert_eq!(serving.terminate(), 0);
}

fn private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn keys_in(directory: &Path) -> Vec<String> {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut keys: Vec<String> =
        names.filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "key")).collect();
    keys.sort();
    keys
}

const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--management-listen", "off"];
const OTHER: &str = "KPdoLQg9XMtTr0W/XL8VJ+lnM3PnoL++cjMhk8BZF9I=\n";
