//! What the program refuses to start with, and what it does for its own safety.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use program::{Program, connect, free_port, run, run_with};

/// F10: the front page of `dev` has secrets that everybody knows, so it answers to names of this machine alone.
#[test]
fn dev_answers_to_names_of_this_machine() {
    let place = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let dev = Program::start(place.path(), &["dev", "--listen", &listen, "--public-url", "http://dev.example:1"], &[]);
    dev.wait_for("curl");
    for (host, status) in [
        (listen.as_str(), "200"),
        ("localhost", "200"),
        ("x.localhost:9", "200"),
        ("[::1]", "200"),
        ("dev.example", "200"),
        ("rebind.evil.example", "421"),
        ("localhost.evil.example", "421"),
    ] {
        for path in ["/", "/.well-known/openid-configuration/x", "/v1/environments"] {
            let answer = get(&listen, path, host);
            let secret = answer.contains("adminSecret") || answer.contains("workerClientSecret");
            if status == "421" {
                assert!(answer.starts_with("HTTP/1.1 421 ") && !secret, "{host}{path} {answer}");
            } else {
                assert!(!answer.starts_with("HTTP/1.1 421 "), "{host}{path} {answer}");
            }
        }
    }
    assert_eq!(dev.interrupt(), 0);
}

/// F10: `serve` answers for any host, or for those that it was told, and those of its own URLs.
#[test]
fn serve_answers_for_the_hosts_that_it_is_told() {
    let place = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let own = ["serve", "--listen", &listen, "--management-listen", "off", "--public-url", "https://auth.example"];
    let serving = Program::start(place.path(), &own, &[]);
    serving.wait_for_log("serving");
    assert!(get(&listen, "/x", "other.example").starts_with("HTTP/1.1 404 "));
    assert_eq!(serving.terminate(), 0);
    let serving = Program::start(place.path(), &own, &[("GRANTOR_HTTP_HOSTS", "Inner.example, 127.0.0.1")]);
    serving.wait_for_log("serving");
    for (host, status) in [
        ("auth.example", "404"),
        ("inner.example:8085", "404"),
        ("127.0.0.1", "404"),
        ("other.example", "421"),
        ("localhost", "421"),
    ] {
        let answer = get(&listen, "/x", host);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host} {answer}");
    }
    assert_eq!(serving.terminate(), 0);
    for wrong in ["auth.example:443", "https://auth.example", "a b", "auth.example,"] {
        let ended = run_with(place.path(), &["serve"], &[("GRANTOR_HTTP_HOSTS", wrong)]);
        assert_eq!(ended.code, 78, "{wrong} {}", ended.errors);
        assert!(ended.errors.contains("http.hosts (from GRANTOR_HTTP_HOSTS) is not right"), "{}", ended.errors);
    }
}

/// F13: what leaves this machine in the clear is refused, by flag, variable and file, unless somebody says that it is meant.
#[test]
fn a_public_address_without_encryption_is_refused() {
    let place = tempfile::tempdir().unwrap();
    for url in [
        "http://auth.example.com",
        "http://192.0.2.1",
        "http://localhost.example:8085",
        "http://10.0.0.1:8085",
        "http://[2001:db8::1]",
    ] {
        for key in ["GRANTOR_HTTP_PUBLIC_URL", "GRANTOR_HTTP_API_URL"] {
            let other = if key.contains("API") {
                [("GRANTOR_HTTP_PUBLIC_URL", "https://auth.example")].as_slice()
            } else {
                &[]
            };
            let ended = run_with(place.path(), &["serve"], &[&[(key, url)], other].concat());
            assert_eq!(ended.code, 78, "{url} {}", ended.errors);
            assert!(ended.errors.contains("is plain HTTP and not on this machine"), "{}", ended.errors);
        }
        let checked = run(place.path(), &["config", "check", "--public-url", url]);
        assert_eq!(checked.code, 78, "{url} {}", checked.errors);
    }
    // An address that follows from where it listens.
    let ended = run(place.path(), &["config", "check", "--listen", "192.0.2.1:8085"]);
    assert_eq!(ended.code, 78, "{}", ended.errors);
    assert!(!place.path().join("data").exists(), "nothing was made");
    for (url, insecure) in [
        ("http://auth.example.com", "true"),
        ("http://localhost:8085", "false"),
        ("http://127.3.2.1", "false"),
        ("http://a.localhost", "false"),
        ("https://auth.example.com", "false"),
    ] {
        let ended =
            run_with(place.path(), &["config", "check", "--public-url", url], &[("GRANTOR_HTTP_INSECURE", insecure)]);
        assert_eq!(ended.code, 0, "{url} {}", ended.errors);
    }
}

/// F13: a key that others read opens the database for them.
#[test]
fn a_key_that_others_read_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let key = place.path().join("key");
    std::fs::write(&key, "tNvLrTkzdqs8lqU1zPVfRyXpbvmMb2nGfJ0r4UkQy1g=\n").unwrap();
    for (mode, code) in [(0o644, 78), (0o604, 78), (0o602, 78), (0o666, 78), (0o600, 0), (0o400, 0), (0o640, 0)] {
        set_mode(&key, mode);
        let ended = run_with(place.path(), &["config", "check"], &[("GRANTOR_MASTER_KEY_FILE", "key")]);
        assert_eq!(ended.code, code, "{mode:o} {}", ended.errors);
        assert_eq!(ended.errors.contains("is not safe"), code == 78, "{}", ended.errors);
    }
}

/// F22: whatever the umask lets, the directory of the data is its owner's alone; one that is there keeps its mode.
#[test]
fn the_data_directory_is_its_owners() {
    let place = tempfile::tempdir().unwrap();
    let runs = |arguments: &str, told: &str| {
        let binary = env!("CARGO_BIN_EXE_grantor");
        let script = format!("umask 0; exec {binary} {arguments} --listen 127.0.0.1:0 >out 2>&1");
        let _running = shell(place.path(), &script);
        let (out, begun) = (place.path().join("out"), Instant::now());
        while !std::fs::read_to_string(&out).unwrap_or_default().contains(told) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{arguments} does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::fs::remove_file(out).unwrap();
    };
    runs("serve --management-listen off --database sqlite:a/b/grantor.db", "serving");
    for directory in ["a", "a/b"] {
        assert_eq!(mode(&place.path().join(directory)), 0o700, "{directory}");
    }
    runs("dev --data-dir c/d", "curl");
    assert_eq!(mode(&place.path().join("c/d")), 0o700);
    for file in ["a/b/grantor.db", "a/b/master.key", "c/d/grantor.db", "c/d/master.key"] {
        assert_eq!(mode(&place.path().join(file)) & 0o077, 0, "{file}");
    }
    std::fs::create_dir(place.path().join("e")).unwrap();
    set_mode(&place.path().join("e"), 0o750);
    runs("serve --management-listen off --database sqlite:e/grantor.db", "serving");
    assert_eq!(mode(&place.path().join("e")), 0o750);
}

/// F7: the soft limit of descriptors is raised to the hard one, and where that is small no source takes all of it.
#[test]
#[cfg(target_os = "linux")]
fn all_descriptors_are_used_and_none_by_one_source_alone() {
    let place = tempfile::tempdir().unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let script = format!(
        "ulimit -Sn 100; ulimit -Hn 300; exec {} serve --listen {listen} --management-listen off >out 2>&1",
        env!("CARGO_BIN_EXE_grantor")
    );
    let serving = shell(place.path(), &script);
    assert!(get(&listen, "/x", "a").starts_with("HTTP/1.1 404 "));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", serving.0.id())).unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap().to_owned();
    assert_eq!(files.split_whitespace().filter(|word| *word == "300").count(), 2, "{files}");
    // More than there is room for, from one address; another is served all the same.
    let held: Vec<_> = (0..320).filter_map(|_| from("127.0.0.1", &listen)).collect();
    let mut other = from("127.0.0.2", &listen).unwrap();
    other.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    other.write_all(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    other.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    drop(held);
}

/// Runs the script without the variables of whoever runs the tests: a server reads those whose names are its own.
fn shell(place: &Path, script: &str) -> Killed {
    let mut shell = std::process::Command::new("sh");
    Killed(shell.args(["-c", script]).current_dir(place).env_clear().spawn().unwrap())
}

/// Ended with the test.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A connection from an address of this machine.
fn from(source: &str, to: &str) -> Option<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(format!("{source}:0").parse().unwrap()).unwrap();
        let connecting = socket.connect(to.parse().unwrap());
        tokio::time::timeout(Duration::from_secs(5), connecting).await.ok()?.ok()?.into_std().ok()
    })?;
    stream.set_nonblocking(false).unwrap();
    Some(stream)
}

fn get(authority: &str, path: &str, host: &str) -> String {
    let mut stream = connect(authority);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
