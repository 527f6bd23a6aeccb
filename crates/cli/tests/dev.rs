//! Where `grantor dev` listens, who may reach it, and with which certificate.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use program::{Program, connect, free_port, run};

fn get(address: &str, path: &str, host: &str, more: &str) -> String {
    let mut stream = connect(address);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn value(variables: &[(String, String)], name: &str) -> Option<String> {
    variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// With `--until-stdin-ends` it ends in order once nobody holds the other end of its standard input, and not before.
#[test]
fn it_ends_with_its_input() {
    let place = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_grantor"))
        .args(["dev", "--port", "0", "--until-stdin-ends"])
        .current_dir(place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut printed = [0; 8];
    child.stdout.as_mut().unwrap().read_exact(&mut printed).unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"what comes is not read\n").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert!(child.try_wait().unwrap().is_none());
    drop(input);
    let ended = (0..200).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        child.try_wait().unwrap()
    });
    let _ = child.kill();
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
}

/// `--port 0` takes a free one, and says which: in the env file and in what it prints. Its probes answer there.
#[test]
fn a_free_port_is_told_and_answers_probes() {
    let place = tempfile::tempdir().unwrap();
    let dev = Program::start(place.path(), &["dev", "--port", "0", "--env-file", "dev.env"], &[]);
    let variables = dev.variables(&place.path().join("dev.env"));
    let origin = value(&variables, "authPath").unwrap();
    let port = origin.rsplit(':').next().unwrap().split('/').next().unwrap();
    assert!(dev.printed().contains(&format!("127.0.0.1:{port}")) && port != "0", "{}", dev.printed());
    assert_eq!(value(&variables, "GRANTOR_CONTROL_KEY"), None);
    let address = format!("127.0.0.1:{port}");
    for path in ["/livez", "/readyz"] {
        let answer = get(&address, path, "localhost", "");
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok\n"), "{answer}");
    }
    assert!(get(&address, "/readyz?verbose", "localhost", "").contains("[+] database"));
    // Controls without a key: only this machine reaches them.
    assert!(get(&address, "/dev/v1/worlds", "localhost", "").starts_with("HTTP/1.1 200 "));
    assert_eq!(dev.interrupt(), 0);
    let port = free_port().to_string();
    let dev = Program::start(place.path(), &["dev", "--listen", "127.0.0.1:1", "--port", &port], &[]);
    dev.wait_for("curl");
    assert!(dev.printed().contains(&format!("http://localhost:{port}")));
    assert_eq!(dev.interrupt(), 0);
}

/// Documented secrets are reached by others only where somebody said so: with a warning, and the controls ask for a key.
#[test]
fn others_reach_it_only_where_it_is_allowed() {
    let place = tempfile::tempdir().unwrap();
    let refused = run(place.path(), &["dev", "--listen", "0.0.0.0:0"]);
    assert_eq!(refused.code, 78);
    assert!(refused.errors.contains("--allow-remote"), "{}", refused.errors);
    let arguments =
        ["dev", "--listen", "0.0.0.0:0", "--allow-remote", "--host", "Grantor.Test.", "--env-file", "dev.env"];
    let dev = Program::start(place.path(), &arguments, &[]);
    let variables = dev.variables(&place.path().join("dev.env"));
    dev.wait_for_log("warning: other machines reach this server");
    let key = value(&variables, "GRANTOR_CONTROL_KEY").unwrap();
    assert!(key.len() >= 43 && dev.printed().contains(&key), "{}", dev.printed());
    let origin = value(&variables, "authPath").unwrap();
    assert!(origin.starts_with("http://localhost:"), "the issuer stays the public URL: {origin}");
    let address = format!("127.0.0.1:{}", origin.rsplit(':').next().unwrap().split('/').next().unwrap());
    for (host, status) in [
        ("localhost", 200),
        ("10.0.2.2:8085", 200),
        ("192.168.7.7", 200),
        ("[fe80::1]", 200),
        ("host.docker.internal", 200),
        ("grantor.test", 200),
        ("rebind.evil.example", 421),
        ("10.0.2.2.evil.example", 421),
    ] {
        let answer = get(&address, "/", host, "");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host} {answer}");
        assert!(!answer.contains(&key), "the front page does not show the key");
    }
    for (shown, status) in [("", 401), ("Authorization: Bearer x\r\n", 401)] {
        let answer = get(&address, "/dev/v1/worlds", "localhost", shown);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    // Nor do pages tell of worlds, because none can show the key.
    let world = format!("/worlds/{}", value(&variables, "envID").unwrap());
    assert!(get(&address, &world, "localhost", "").starts_with("HTTP/1.1 401 "));
    for page in ["/", "/?part=log"] {
        let front = get(&address, page, "localhost", "");
        let told = ["action=\"/worlds", "id=\"log\"", &*world].iter().any(|part| front.contains(part));
        assert!(front.contains("Grantor is running") && !told, "{front}");
    }
    let answer = get(&address, "/dev/v1/worlds", "localhost", &format!("Authorization: Bearer {key}\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // A page of its own origin by that address is its own; another site's is not.
    let own = format!("Authorization: Bearer {key}\r\nOrigin: http://192.168.7.7\r\n");
    assert!(get(&address, "/dev/v1/worlds", "192.168.7.7", &own).starts_with("HTTP/1.1 200 "));
    let foreign = format!("Authorization: Bearer {key}\r\nOrigin: http://evil.example\r\n");
    assert!(get(&address, "/dev/v1/worlds", "192.168.7.7", &foreign).starts_with("HTTP/1.1 403 "));
    assert_eq!(dev.interrupt(), 0);
    for host in ["http://a/", "-", "a_b..", "a..test"] {
        let wrong = run(place.path(), &["dev", "--port", "0", &format!("--host={host}")]);
        assert_eq!(wrong.code, 78, "{host} {}", wrong.errors);
        assert!(wrong.errors.contains("it must be a name"), "{}", wrong.errors);
    }
}

/// A certificate of its own, trusted once: the next start serves the same.
#[test]
fn https_with_a_certificate_that_lasts() {
    let place = tempfile::tempdir().unwrap();
    let before = run(place.path(), &["dev", "trust", "--data-dir", "kept"]);
    assert!(before.code != 0 && before.errors.contains("grantor dev --tls makes one"), "{}", before.errors);
    let mut served = Vec::new();
    for start in 0..2 {
        let arguments = ["dev", "--port", "0", "--tls", "--data-dir", "kept", "--env-file", "dev.env"];
        let dev = Program::start(place.path(), &arguments, &[]);
        let variables = dev.variables(&place.path().join("dev.env"));
        let origin = value(&variables, "apiPath").unwrap();
        assert!(origin.starts_with("https://localhost:"), "{origin}");
        let authority = value(&variables, "GRANTOR_CA").unwrap();
        assert_eq!(dev.logged().contains("a certificate was made"), start == 0, "{}", dev.logged());
        served.push(std::fs::read(&authority).unwrap());
        let port = origin.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
        if let Some(answer) = curl(&authority, &format!("https://localhost:{port}/readyz")) {
            assert_eq!(answer, "ok\n");
        }
        assert_eq!(dev.interrupt(), 0);
    }
    assert_eq!(served[0], served[1]);
    let trust = run(place.path(), &["dev", "trust", "--data-dir", "kept"]);
    assert_eq!(trust.code, 0, "{}", trust.errors);
    for said in ["authority.crt", "update-ca-certificates", "NODE_EXTRA_CA_CERTS", "keytool", "localhost"] {
        assert!(trust.output.contains(said), "{said} {}", trust.output);
    }
    // Without --data-dir it is kept where the system has the state of programs.
    let state = place.path().join("state");
    let state = [("XDG_STATE_HOME", state.to_str().unwrap())];
    let dev = Program::start(place.path(), &["dev", "--port", "0", "--tls"], &state);
    dev.wait_for("curl");
    assert_eq!(dev.interrupt(), 0);
    assert!(Path::new(state[0].1).join("grantor/dev/tls/authority.crt").exists());
    assert_eq!(run(place.path(), &["dev", "--tls", "--terraform", "x"]).code, 2);
}

/// Servers that are started at the same moment have one authority, which all of them are trusted by.
#[test]
fn https_of_servers_that_start_at_once() {
    let places: Vec<_> = (0..6).map(|_| tempfile::tempdir().unwrap()).collect();
    let state = tempfile::tempdir().unwrap();
    let state = [("XDG_STATE_HOME", state.path().to_str().unwrap())];
    let arguments = ["dev", "--port", "0", "--tls", "--env-file", "dev.env"];
    let servers: Vec<_> = places.iter().map(|place| Program::start(place.path(), &arguments, &state)).collect();
    let mut made = 0;
    for (server, place) in servers.iter().zip(&places) {
        let variables = server.variables(&place.path().join("dev.env"));
        server.wait_for("curl");
        made += usize::from(server.logged().contains("a certificate was made"));
        let (origin, authority) = (value(&variables, "apiPath").unwrap(), value(&variables, "GRANTOR_CA").unwrap());
        let port = origin.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
        if let Some(answer) = curl(&authority, &format!("https://localhost:{port}/readyz")) {
            assert_eq!(answer, "ok\n");
        }
    }
    assert_eq!(made, 1);
    for server in servers {
        assert_eq!(server.interrupt(), 0);
    }
}

/// None where the machine has no curl.
fn curl(authority: &str, url: &str) -> Option<String> {
    let output = Command::new("curl").args(["-sS", "--noproxy", "*", "--cacert", authority, url]).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}
