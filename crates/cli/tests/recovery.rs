//! The way back in, and what is done to a whole database: workers of administrators, copies, the master key.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use program::{CLIENT, ENVIRONMENT, Ended, Program, SECRET, Serving, each_database, run, run_with, until};

/// C4: whoever lost the one secret gets in again, while the server runs; what is told is told once, and not by the log.
#[test]
fn an_administrator_gets_in_again() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let admin = |arguments: &[&str]| run_with(place, &[&["admin"], arguments].concat(), database);
        let listed = admin(&["list"]);
        assert_eq!(listed.output, format!("{ENVIRONMENT}  {CLIENT}  enabled   Administrator\n"), "{}", listed.errors);
        assert_eq!(serving.token(CLIENT, SECRET), 200);

        let reset = admin(&["reset"]);
        let [environment, client, new] = told(&reset.output);
        assert_eq!((environment.as_str(), client.as_str(), reset.errors.as_str()), (ENVIRONMENT, CLIENT, ""));
        until(&(200, 401), || (serving.token(CLIENT, &new), serving.token(CLIENT, SECRET)));

        let created = admin(&["create", "--name", "Night shift"]);
        let [environment, second, secret] = told(&created.output);
        assert_eq!(environment, ENVIRONMENT);
        until(&200, || serving.token(&second, &secret));
        let bearer = serving.bearer(&second, &secret);
        // With every role: it reads, and gives roles.
        for path in ["environments", "roles", "organizations"] {
            assert_eq!(Program::get(&format!("http://{}/v1/{path}", serving.listen), &bearer).0, 200, "{path}");
        }
        let (_, events) =
            Program::get(&format!("http://{}/v1/environments/{ENVIRONMENT}/activities", serving.listen), &bearer);
        for event in ["SECRET.ROTATED", "APPLICATION.CREATED"] {
            assert!(events.contains(event), "{events}");
        }
        assert!(!events.contains(&secret) && !events.contains(&new), "a secret is recorded");
        let listed = admin(&["list"]).output;
        assert_eq!(listed.lines().map(|line| line.contains(CLIENT)).collect::<Vec<_>>(), [true, false], "{listed}");
        cannot_be_let_in(&serving, &bearer, &second, &admin);
        let several = admin(&["reset"]);
        assert!(several.code == 1 && several.errors.contains("--client-id"), "{}", several.errors);
        let other = admin(&["reset", "--client-id", ENVIRONMENT]);
        assert!(other.code == 1 && other.errors.contains("no administrators' worker"), "{}", other.errors);
        let [_, _, third] = told(&admin(&["reset", "--client-id", CLIENT]).output);
        until(&(200, 401), || (serving.token(CLIENT, &third), serving.token(CLIENT, &new)));
        assert_eq!(admin(&["list"]).output.lines().count(), 2);
        let log = serving.program.log_at_end();
        for secret in [&new, &secret, &third] {
            assert!(!log.contains(secret.as_str()), "{log}");
        }
    });
}

/// A worker that authenticates with no secret gets none, which would be told and count for nothing.
fn cannot_be_let_in(serving: &Serving, bearer: &str, client: &str, admin: &dyn Fn(&[&str]) -> Ended) {
    let url = format!("http://{}/v1/environments/{ENVIRONMENT}/applications/{client}", serving.listen);
    let (_, found) = Program::get(&url, bearer);
    let before: serde_json::Value = serde_json::from_str(found.split_once("\r\n\r\n").unwrap().1).unwrap();
    let mut open = before.clone();
    open["tokenEndpointAuthMethod"] = "NONE".into();
    open["grantTypes"] = serde_json::json!(["AUTHORIZATION_CODE"]);
    open["responseTypes"] = serde_json::json!(["CODE"]);
    open["redirectUris"] = serde_json::json!(["https://app.example/"]);
    open["pkceEnforcement"] = "S256_REQUIRED".into();
    assert_eq!(Program::put(&url, bearer, &open.to_string()), 200);
    let refused = admin(&["reset", "--client-id", client]);
    assert!(refused.code == 1 && refused.errors.contains("cannot get a token with a secret"), "{}", refused.errors);
    assert_eq!(Program::put(&url, bearer, &before.to_string()), 200);
}

/// C4: a worker that was disabled is let in again; an environment that is none is named, and nothing is made anywhere.
#[test]
fn an_administrator_who_locked_themselves_out_gets_in_again() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let bearer = serving.bearer(CLIENT, SECRET);
        let url = format!("http://{}/v1/environments/{ENVIRONMENT}/applications/{CLIENT}", serving.listen);
        let (_, found) = Program::get(&url, &bearer);
        let body = found.split_once("\r\n\r\n").unwrap().1;
        let mut application: serde_json::Value = serde_json::from_str(body).unwrap();
        application["enabled"] = false.into();
        let admin = |arguments: &[&str]| run_with(place, &[&["admin"], arguments].concat(), database);
        // F9: not while there is no other.
        assert_eq!(Program::put(&url, &bearer, &application.to_string()), 400);
        assert_eq!(admin(&["create"]).code, 0);
        assert_eq!(Program::put(&url, &bearer, &application.to_string()), 200);
        assert_eq!(serving.token(CLIENT, SECRET), 401);
        assert!(admin(&["list"]).output.contains("disabled"));
        let unknown = admin(&["create", "--environment", CLIENT]);
        assert!(unknown.code == 1 && unknown.errors.contains("there is no environment"), "{}", unknown.errors);
        assert_eq!(admin(&["create", "--environment", "x"]).code, 78);
        for name in ["  ", "a\u{7}b", &"n".repeat(257)] {
            assert_eq!(admin(&["create", "--name", name]).code, 78, "{name}");
        }
        assert_eq!(admin(&["list"]).output.lines().count(), 2);
        let [_, _, secret] = told(&admin(&["reset", "--client-id", CLIENT]).output);
        until(&200, || serving.token(CLIENT, &secret));
    });
    let place = tempfile::tempdir().unwrap();
    let ended = run_with(place.path(), &["admin", "create"], &[]);
    assert!(ended.code == 78 && ended.errors.contains("there is no file"), "{}", ended.errors);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

/// C4: a copy made while a server writes is of one moment, and becomes a database again.
#[test]
fn a_copy_is_whole_while_the_server_writes() {
    let place = tempfile::tempdir().unwrap();
    let serving = Serving::start(place.path(), &[]);
    let bearer = serving.bearer(CLIENT, SECRET);
    let url = serving.populations();
    let (made, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                let name = made.load(Ordering::Relaxed);
                assert_eq!(Program::create(&url, &bearer, &format!("{{\"name\":\"p{name}\"}}")), 201);
                made.store(name + 1, Ordering::Relaxed);
            }
        });
        let mut before = 0;
        for number in 0..3 {
            until(&true, || made.load(Ordering::Relaxed) > before);
            before = made.load(Ordering::Relaxed);
            let name = format!("copy{number}.db");
            let copied = run(place.path(), &["backup", &name]);
            let after = made.load(Ordering::Relaxed);
            assert_eq!((copied.code, copied.output.as_str()), (0, &*format!("{name}\n")), "{}", copied.errors);
            let path = place.path().join(&name);
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);

            let other = tempfile::tempdir().unwrap();
            std::fs::create_dir(other.path().join("data")).unwrap();
            std::fs::copy(place.path().join("data/master.key"), other.path().join("data/master.key")).unwrap();
            let restored = run(other.path(), &["restore", path.to_str().unwrap()]);
            assert_eq!(restored.code, 0, "{}", restored.errors);
            assert!(restored.errors.contains("It is as it was at 20"), "{}", restored.errors);
            let copy = Serving::start(other.path(), &[]);
            let bearer = copy.bearer(CLIENT, SECRET);
            let found = all(&copy.populations(), &bearer, "populations");
            // Those answered before it began are in it, and none without those before.
            let numbers: Vec<usize> = found.iter().filter_map(|p| p.strip_prefix('p')?.parse().ok()).collect();
            assert_eq!(numbers, (0..numbers.len()).collect::<Vec<_>>());
            assert!((before..=after + 1).contains(&numbers.len()), "{before} {} {after}", numbers.len());
            assert_eq!(Program::create(&copy.populations(), &bearer, "{\"name\":\"new\"}"), 201);
        }
        ended.store(true, Ordering::Relaxed);
    });
    assert!(
        !std::fs::read_dir(place.path()).unwrap().any(|f| f.unwrap().file_name().to_string_lossy().contains("partial"))
    );
}

/// Puts beside `copy.db` what could be taken for one.
fn spoil(place: &Path) {
    let copy = std::fs::read(place.join("copy.db")).unwrap();
    let mut damaged = copy.clone();
    let middle = damaged.len() / 8192 * 4096;
    damaged[middle..middle + 2048].fill(0x5a);
    std::fs::write(place.join("damaged.db"), damaged).unwrap();
    // One page of the data alone, which nothing reads on the way.
    let mut page = copy.clone();
    let last = page.len() - 2 * 4096;
    page[last..last + 2048].fill(0x5a);
    std::fs::write(place.join("page.db"), page).unwrap();
    std::fs::write(place.join("short.db"), &copy[..copy.len() - 8192]).unwrap();
    std::fs::write(place.join("text.db"), "no database at all, but long enough to be looked at as one").unwrap();
    std::fs::write(place.join("none.db"), "").unwrap();
    std::fs::copy(place.join("data/grantor.db"), place.join("plain.db")).unwrap();
}

/// C4: nothing is written over, and what is damaged, or opens with no key at hand, becomes no database.
#[test]
fn what_cannot_be_restored_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let serving = Serving::start(place.path(), &[]);
    assert_eq!(run(place.path(), &["backup", "copy.db"]).code, 0);
    let used = run(place.path(), &["restore", "data/grantor.db", "--database", "sqlite:new.db"]);
    assert!(used.code == 78 && used.errors.contains("a database in use"), "{}", used.errors);
    assert_eq!(serving.program.terminate(), 0);
    let again = run(place.path(), &["backup", "copy.db"]);
    assert!(again.code == 73 && again.errors.contains("is there already"), "{}", again.errors);
    let database = std::fs::read(place.path().join("data/grantor.db")).unwrap();
    let over = run(place.path(), &["restore", "copy.db"]);
    assert!(over.code == 73 && over.errors.contains("is there already"), "{}", over.errors);
    assert_eq!(std::fs::read(place.path().join("data/grantor.db")).unwrap(), database);
    spoil(place.path());
    let key = std::fs::read_to_string(place.path().join("data/master.key")).unwrap();
    for (file, keyed, code, told) in [
        ("damaged.db", Some(&*key), 1, "cannot be restored"),
        ("page.db", Some(&*key), 1, "cannot be restored"),
        ("short.db", Some(&*key), 1, "cannot be restored"),
        // A file that was copied by hand says nothing of its key: it is tried.
        ("plain.db", Some(program::KEY), 78, "the copy opens with the master key that it was made with"),
        ("text.db", Some(&*key), 1, "cannot be restored"),
        ("none.db", Some(&*key), 1, "cannot be restored"),
        ("missing.db", Some(&*key), 78, "there is no file missing.db"),
        ("copy.db", None, 78, "there is none: put it into"),
        ("copy.db", Some(program::KEY), 78, "the copy opens with the master key "),
    ] {
        let other = tempfile::tempdir().unwrap();
        if let Some(key) = keyed {
            std::fs::write(other.path().join("new.key"), key).unwrap();
            std::fs::set_permissions(other.path().join("new.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let url = format!("sqlite:{}/new.db", other.path().display());
        let ended = run(place.path(), &["restore", file, "--database", &url]);
        assert_eq!(ended.code, code, "{file}: {}", ended.errors);
        assert!(ended.errors.contains(told), "{file}: {}", ended.errors);
        assert!(!ended.errors.contains(key.trim()), "{}", ended.errors);
        let made: Vec<_> = std::fs::read_dir(other.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert!(made.iter().all(|name| name == "new.key" || name == "new.db.lock"), "{file}: {made:?}");
    }
    // What an earlier database left would be played into this one.
    for left in ["data/left.db-wal", "data/left.db-journal"] {
        std::fs::write(place.path().join(left), "left").unwrap();
        let ended = run(place.path(), &["restore", "copy.db", "--database", "sqlite:data/left.db"]);
        assert!(ended.code == 73 && ended.errors.contains(left), "{}", ended.errors);
        assert!(!place.path().join("data/left.db").exists());
        std::fs::remove_file(place.path().join(left)).unwrap();
    }
    for command in ["backup", "restore"] {
        let ended = run(place.path(), &[command, "x.db", "--database", "postgres://u:hidden@127.0.0.1:1/x"]);
        assert!(
            ended.code == 1 && ended.errors.contains("pg_dump") && !ended.errors.contains("hidden"),
            "{}",
            ended.errors
        );
    }
}

/// C4: a copy is made of what is there, under the key that opens it; otherwise it would be missed when it is needed.
#[test]
fn what_cannot_be_copied_is_refused() {
    let place = tempfile::tempdir().unwrap();
    for arguments in [&["backup", "copy.db"][..], &["master-key", "rotate", "--new-key-file", "new.key"]] {
        private(&place.path().join("new.key"), NEW);
        let ended = run(place.path(), arguments);
        assert!(ended.code == 78 && ended.errors.contains("there is no file"), "{arguments:?} {}", ended.errors);
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1, "{arguments:?}");
    }
    assert_eq!(Serving::start(place.path(), &[]).program.terminate(), 0);
    let wrong = run(place.path(), &["backup", "copy.db", "--master-key-file", "new.key"]);
    assert!(wrong.code == 78 && wrong.errors.contains("does not open this database"), "{}", wrong.errors);
    assert!(!place.path().join("copy.db").exists());
    private(&place.path().join("new.key"), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    let known = run(place.path(), &["master-key", "rotate", "--new-key-file", "new.key"]);
    assert!(known.code == 78 && known.errors.contains("master_key is a placeholder"), "{}", known.errors);
}

/// C4: the master key is changed for everything, whenever that is interrupted, and no server takes what is between two keys.
#[test]
fn the_master_key_is_changed_whatever_interrupts_it() {
    each_database(|place, database| {
        let serving = Serving::start(place, database);
        let bearer = serving.bearer(CLIENT, SECRET);
        let applications: Vec<(String, String)> = (0..400).map(|number| serving.worker(&bearer, number)).collect();
        let old = place.join("old.key");
        private(&old, &std::fs::read_to_string(place.join("data/master.key")).unwrap_or(program::KEY.to_owned()));
        let [new, third] = [(NEW, "new.key"), (THIRD, "third.key")].map(|(key, name)| {
            private(&place.join(name), key);
            name
        });
        let rotate = |more: &[&str], file: &str| {
            let arguments = [&["master-key", "rotate", "--new-key-file", file], more].concat();
            run_with(place, &arguments, database)
        };
        let running = rotate(&[], new);
        assert!(running.code == 69 && running.errors.contains("server"), "{} {}", running.code, running.errors);
        assert_eq!(serving.program.terminate(), 0);
        for (more, file) in [(&["--master-key-file", third][..], new), (&[], "none.key")] {
            let wrong = rotate(more, file);
            assert_eq!(wrong.code, 78, "{}", wrong.errors);
        }
        let mut interrupted = 0;
        for killed_after in 1..=3 {
            let arguments = ["master-key", "rotate", "--new-key-file", new];
            let mut rotating = Program::start(place, &arguments, database);
            rotating.kill_after_lines(killed_after);
            // Where it was done before the signal came, only the key is another.
            if run_with(place, &SERVE, database).errors.contains("the master key is being changed") {
                interrupted += 1;
                refuse_what_is_between(place, database);
                let other = rotate(&[], third);
                assert_eq!(other.code, 78, "{}", other.errors);
                assert!(other.errors.contains("run it again with these two keys"), "{}", other.errors);
            }
        }
        assert!(interrupted > 0, "it was never killed in the middle");
        for _ in 0..2 {
            let done = rotate(&[], new);
            assert_eq!(done.code, 0, "{}", done.errors);
            assert!(done.output.contains("Everything is sealed under"), "{}", done.output);
        }
        let after: Vec<(&str, &str)> = database
            .iter()
            .map(|(name, value)| (*name, if *value == program::KEY { NEW.trim() } else { *value }))
            .collect();
        if database.is_empty() {
            new_key_took_the_place_of(place, &old);
        }
        let with_old = run_with(place, &["admin", "list", "--master-key-file", "old.key"], database);
        assert!(with_old.code == 78 && with_old.errors.contains("does not open this database"), "{}", with_old.errors);
        let serving = Serving::start(place, &after);
        for (client, secret) in applications.iter().map(|(id, secret)| (&**id, &**secret)).chain([(CLIENT, SECRET)]) {
            assert_eq!(serving.token(client, secret), 200, "{client}");
        }
        // What is shown is what authenticates.
        let (id, secret) = &applications[0];
        assert_eq!(serving.secret(&serving.bearer(CLIENT, SECRET), id), *secret);
    });
}

/// A server whose sessions have a name of their own is a server: written as a URL writes it, and longer than the database keeps.
#[test]
fn servers_of_any_name_are_seen() {
    each_database(|place, database| {
        // Of a file its lock tells.
        let [(_, url), (_, key)] = database else { return };
        private(&place.join("new.key"), NEW);
        for name in ["night%20shift", "%67rantor-1", &"long".repeat(20)] {
            let url = format!("{url}?connect_timeout=5&application_name={name}");
            let database = [("GRANTOR_DATABASE_URL", &*url), ("GRANTOR_MASTER_KEY", key)];
            let serving = Serving::start(place, &database);
            let rotated = run_with(place, &["master-key", "rotate", "--new-key-file", "new.key"], &database);
            assert!(rotated.code == 69 && rotated.errors.contains("sessions of servers"), "{name} {}", rotated.errors);
            assert_eq!(serving.token(CLIENT, SECRET), 200, "{name}");
            assert_eq!(serving.program.terminate(), 0);
        }
    });
}

/// No command takes what is sealed in part under one key and in part under another.
fn refuse_what_is_between(place: &Path, database: &[(&str, &str)]) {
    for arguments in [&["admin", "list"][..], &["backup", "none.db"]] {
        let ended = run_with(place, arguments, database);
        let told = ["the master key is being changed", "pg_dump"].iter().any(|part| ended.errors.contains(part));
        assert!(ended.code != 0 && told, "{arguments:?} {} {}", ended.code, ended.errors);
    }
}

fn new_key_took_the_place_of(place: &Path, old: &Path) {
    assert_eq!(std::fs::read_to_string(place.join("data/master.key")).unwrap(), NEW);
    let kept = std::fs::read_dir(place.join("data")).unwrap().map(|file| file.unwrap().path());
    let kept: Vec<_> = kept.filter(|path| path.to_string_lossy().contains("master.key.")).collect();
    assert_eq!(std::fs::read(&kept[0]).unwrap(), std::fs::read(old).unwrap());
}

fn private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--management-listen", "off"];
const NEW: &str = "fl5AbrHcbPFFLhFI2h4MCqh8qVIBwUcIgPMcbJ4fKwM=\n";
const THIRD: &str = "ZxfM4xIe9BcVfG2sXoYVbXpCm5pKh9m9l8lXU0bZr3M=\n";

/// The names of everything in a list, in its order.
fn all(url: &str, bearer: &str, kind: &str) -> Vec<String> {
    let (mut names, mut next) = (Vec::new(), Some(url.to_owned()));
    while let Some(url) = next {
        let (status, answer) = Program::get(&url, bearer);
        assert_eq!(status, 200, "{answer}");
        let page: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        names
            .extend(page["_embedded"][kind].as_array().unwrap().iter().map(|o| o["name"].as_str().unwrap().to_owned()));
        next = page["_links"]["next"]["href"].as_str().map(|href| {
            let path = href.split_once("://").unwrap().1.split_once('/').unwrap().1;
            format!("http://{}/{path}", url.split('/').nth(2).unwrap())
        });
    }
    names
}

/// Environment, client id and secret, as a command prints them.
fn told(output: &str) -> [String; 3] {
    ["admin.environment_id", "admin.client_id", "admin.client_secret"].map(|name| {
        let line = output.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {output}")).trim().to_owned()
    })
}
