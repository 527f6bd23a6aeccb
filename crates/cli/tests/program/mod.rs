//! The binary, run to its end or kept running; its environment holds nothing of the machine's.

#![allow(dead_code, unused_imports, clippy::allow_attributes, reason = "each test program uses a part of it")]

mod serving;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;

pub(crate) use serving::*;

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) errors: String,
}

pub(crate) fn run(place: &Path, arguments: &[&str]) -> Ended {
    run_with(place, arguments, &[])
}

pub(crate) fn run_with(place: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let output = command(place, arguments, variables).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), output: text(output.stdout), errors: text(output.stderr) }
}

/// A running server; killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    printed: Arc<Mutex<String>>,
    logged: Arc<Mutex<String>>,
    correlation: Mutex<String>,
}

impl Program {
    pub(crate) fn start(place: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = command(place, arguments, variables);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let printed = gather(child.stdout.take().unwrap());
        let logged = gather(child.stderr.take().unwrap());
        Self { child, printed, logged, correlation: Mutex::default() }
    }

    /// The variables of an environment file, once it is there and the banner is printed.
    pub(crate) fn variables(&self, file: &Path) -> Vec<(String, String)> {
        self.wait_for("curl");
        let text = std::fs::read_to_string(file).unwrap();
        let pairs = text.lines().map(|line| line.split_once('=').unwrap());
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    pub(crate) fn wait_for(&self, text: &str) -> String {
        wait(&self.printed, text, &self.logged)
    }

    pub(crate) fn wait_for_log(&self, text: &str) -> String {
        wait(&self.logged, text, &self.printed)
    }

    pub(crate) fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    pub(crate) fn post(&self, url: &str, form: &str) -> (u16, String) {
        self.post_as(url, form, None)
    }

    pub(crate) fn post_as(&self, url: &str, form: &str, client: Option<(&str, &str)>) -> (u16, String) {
        let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut stream = connect(&authority.replace("localhost", "127.0.0.1"));
        let authorization = client.map_or_else(String::new, |(id, secret)| {
            let text = base64::prelude::BASE64_STANDARD.encode(format!("{id}:{secret}"));
            format!("Authorization: Basic {text}\r\n")
        });
        write!(
            stream,
            "POST /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{authorization}Content-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let id = answer.lines().find_map(|line| line.strip_prefix("correlation-id: ")).unwrap();
        id.clone_into(&mut self.correlation.lock().unwrap());
        (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
    }

    /// The status and the whole answer to a GET with a bearer token.
    pub(crate) fn get(url: &str, token: &str) -> (u16, String) {
        manage("GET", url, token, "")
    }

    /// The status of the answer to a POST of JSON.
    pub(crate) fn create(url: &str, token: &str, body: &str) -> u16 {
        manage("POST", url, token, body).0
    }

    /// The same, with the whole answer.
    pub(crate) fn post_json(url: &str, token: &str, body: &str) -> (u16, String) {
        manage("POST", url, token, body)
    }

    /// Checks a password; the status of the answer.
    pub(crate) fn check_password(url: &str, token: &str, password: &str) -> u16 {
        let body = format!("{{\"password\":\"{password}\"}}");
        manage_as("POST", url, token, "application/vnd.pingidentity.password.check+json", &body).0
    }

    /// Kills it when it has written so many lines to standard error, where it did not end before that.
    pub(crate) fn kill_after_lines(&mut self, lines: usize) {
        let begun = Instant::now();
        while self.logged.lock().unwrap().lines().count() < lines && self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "{}", self.logged.lock().unwrap());
            std::thread::yield_now();
        }
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    /// The status of the answer to a PUT of JSON.
    pub(crate) fn put(url: &str, token: &str, body: &str) -> u16 {
        manage("PUT", url, token, body).0
    }

    /// Everything that it wrote to standard error so far.
    pub(crate) fn logged(&self) -> String {
        self.logged.lock().unwrap().clone()
    }

    /// The number of the last request.
    pub(crate) fn last_correlation(&self) -> String {
        self.correlation.lock().unwrap().clone()
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(self) -> i32 {
        self.signal("INT")
    }

    pub(crate) fn terminate(self) -> i32 {
        self.signal("TERM")
    }

    /// Ends the server and hands out all that it wrote to standard error.
    pub(crate) fn log_at_end(mut self) -> String {
        send(&self.child, "TERM");
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        // The reader holds the other handle until the pipe is at its end.
        let begun = Instant::now();
        while Arc::strong_count(&self.logged) > 1 && begun.elapsed() < PATIENCE {
            std::thread::sleep(PAUSE);
        }
        self.logged.lock().unwrap().clone()
    }

    /// Sends a signal, by its name without SIG or its number.
    pub(crate) fn send(&self, name: &str) {
        send(&self.child, name);
    }

    /// Sends a signal that ends it; the code with which it did.
    pub(crate) fn end(self, name: &str) -> i32 {
        self.signal(name)
    }

    /// Asks it to end without waiting for that.
    pub(crate) fn ask_to_end(&self) {
        send(&self.child, "TERM");
    }

    fn signal(mut self, name: &str) -> i32 {
        send(&self.child, name);
        self.child
            .wait()
            .unwrap()
            .code()
            .unwrap_or_else(|| panic!("ended by a signal: {}", self.logged.lock().unwrap()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn manage(method: &str, url: &str, token: &str, body: &str) -> (u16, String) {
    manage_as(method, url, token, "application/json", body)
}

fn manage_as(method: &str, url: &str, token: &str, media: &str, body: &str) -> (u16, String) {
    let (authority, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = connect(authority);
    let length = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: {media}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

/// Asks again until the answer is this one: what another process wrote counts within a second.
pub(crate) fn until<T: PartialEq + std::fmt::Debug>(wanted: &T, mut ask: impl FnMut() -> T) {
    let begun = Instant::now();
    loop {
        let came = ask();
        if came == *wanted {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{came:?} and not {wanted:?}");
        std::thread::sleep(PAUSE);
    }
}

/// An empty database of this test's own on every server that there is, with the variables that name it: a file, and where
/// `TEST_POSTGRES_URL` names one, a database of PostgreSQL.
pub(crate) fn each_database(test: impl Fn(&Path, &[(&str, &str)])) {
    let place = tempfile::tempdir().unwrap();
    test(place.path(), &[]);
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
        let strict = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
        assert!(!strict, "nothing is skipped with CI=true: set TEST_POSTGRES_URL");
        eprintln!("skipped on PostgreSQL: TEST_POSTGRES_URL is not set");
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let database = Database::create(&server);
    test(place.path(), &[("GRANTOR_DATABASE_URL", &database.url), ("GRANTOR_MASTER_KEY", KEY)]);
}

/// A database on a PostgreSQL server, gone with the test.
struct Database {
    url: String,
    name: String,
    server: String,
}

impl Database {
    fn create(server: &str) -> Self {
        let name = format!(
            "grantor_cli_{}_{}",
            std::process::id(),
            DATABASES.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        );
        sql(server, &format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"));
        let (before, _) = server.rsplit_once('/').unwrap();
        Self { url: format!("{before}/{name}"), name, server: server.to_owned() }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        sql(&self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// What psql answers, a line for each row.
pub(crate) fn sql(url: &str, text: &str) -> String {
    let output =
        Command::new("psql").args([url, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

static DATABASES: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
pub(crate) const KEY: &str = "KPdoLQg9XMtTr0W/XL8VJ+lnM3PnoL++cjMhk8BZF9I=";

/// A server whose output and log nobody reads.
pub(crate) fn unread(place: &Path, arguments: &[&str]) -> Child {
    let mut child = command(place, arguments, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    child
}

/// Ends a server with a signal; kills it when that does nothing.
pub(crate) fn signal(mut child: Child, name: &str) -> ExitStatus {
    send(&child, name);
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE {
        std::thread::sleep(PAUSE);
    }
    let _ = child.kill();
    child.wait().unwrap()
}

fn send(child: &Child, name: &str) {
    let kill = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub(crate) fn connect(authority: &str) -> TcpStream {
    let begun = Instant::now();
    loop {
        match TcpStream::connect(authority) {
            Ok(stream) => return stream,
            Err(_) if begun.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
            Err(error) => panic!("{authority}: {error}"),
        }
    }
}

pub(crate) fn command(place: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grantor"));
    command.args(arguments).current_dir(place).env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
    command
}

fn gather(mut from: impl std::io::Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let into = Arc::clone(&text);
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            into.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    });
    text
}

fn wait(text: &Mutex<String>, part: &str, other: &Mutex<String>) -> String {
    let begun = Instant::now();
    while !text.lock().unwrap().contains(part) {
        assert!(begun.elapsed() < PATIENCE, "no {part} in {} {}", text.lock().unwrap(), other.lock().unwrap());
        std::thread::sleep(PAUSE);
    }
    text.lock().unwrap().clone()
}

const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(10);
