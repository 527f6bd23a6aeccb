//! The way back in, and what is done to a whole database: workers of administrators, copies, the master key.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::path::Path;

use program::{Program, each_database, run_with, until};

const ENVIRONMENT: &str = "25ec7b80-3c08-40ed-abe4-8a7edc0f0d9e";
const CLIENT: &str = "7b1cab74-19b8-42ac-9d41-3590ea34b988";
const SECRET: &str = "MG0bMHf9zgOXkRu0s.pxoVK9El0~1Xg1";
const KNOWN: [(&str, &str); 3] = [
    ("GRANTOR_ADMIN_ENVIRONMENT_ID", ENVIRONMENT),
    ("GRANTOR_ADMIN_CLIENT_ID", CLIENT),
    ("GRANTOR_ADMIN_CLIENT_SECRET", SECRET),
];

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
        assert_eq!(Program::put(&url, &bearer, &application.to_string()), 200);
        assert_eq!(serving.token(CLIENT, SECRET), 401);
        let admin = |arguments: &[&str]| run_with(place, &[&["admin"], arguments].concat(), database);
        assert!(admin(&["list"]).output.contains("disabled"));
        let unknown = admin(&["create", "--environment", CLIENT]);
        assert!(unknown.code == 1 && unknown.errors.contains("there is no environment"), "{}", unknown.errors);
        assert_eq!(admin(&["create", "--environment", "x"]).code, 78);
        assert_eq!(admin(&["create", "--name", "  "]).code, 78);
        assert_eq!(admin(&["list"]).output.lines().count(), 1);
        let [_, _, secret] = told(&admin(&["reset"]).output);
        until(&200, || serving.token(CLIENT, &secret));
    });
    let place = tempfile::tempdir().unwrap();
    let ended = run_with(place.path(), &["admin", "create"], &[]);
    assert!(ended.code == 78 && ended.errors.contains("there is no file"), "{}", ended.errors);
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

/// A server with known administrators.
struct Serving {
    program: Program,
    listen: String,
}

impl Serving {
    fn start(place: &Path, database: &[(&str, &str)]) -> Self {
        let listen = format!("127.0.0.1:{}", program::free_port());
        let arguments = ["serve", "--listen", &listen, "--management-listen", "off"];
        let program = Program::start(place, &arguments, &[&KNOWN, database].concat());
        program.wait_for_log("serving");
        Self { program, listen }
    }

    fn ask(&self, client: &str, secret: &str) -> (u16, String) {
        let url = format!("http://{}/{ENVIRONMENT}/as/token", self.listen);
        self.program.post_as(&url, "grant_type=client_credentials", Some((client, secret)))
    }

    fn token(&self, client: &str, secret: &str) -> u16 {
        self.ask(client, secret).0
    }

    fn bearer(&self, client: &str, secret: &str) -> String {
        let (_, answer) = self.ask(client, secret);
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let token: serde_json::Value = serde_json::from_str(body).unwrap();
        token["access_token"].as_str().unwrap().to_owned()
    }
}

/// Environment, client id and secret, as a command prints them.
fn told(output: &str) -> [String; 3] {
    ["admin.environment_id", "admin.client_id", "admin.client_secret"].map(|name| {
        let line = output.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {output}")).trim().to_owned()
    })
}
