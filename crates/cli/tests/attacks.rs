//! Cases of `docs/spec/attacks.list` about the program as it is run: what it starts with, what it logs, what it counts.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use engine::bootstrap::dev;
use program::{Program, run_with};

/// MG-18: what a fresh installation starts with is its own, and nothing that is documented opens it.
#[test]
fn a_fresh_installation_has_no_default_credentials() {
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        let place = tempfile::tempdir().unwrap();
        let serving = Serving::start(place.path(), &[]);
        let printed = serving.program.wait_for("admin.client_secret");
        let own = |name: &str| {
            let line = printed.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap();
            line.trim().to_owned()
        };
        let [environment, client, secret] = ["admin.environment_id", "admin.client_id", "admin.client_secret"].map(own);
        let key = std::fs::read_to_string(place.path().join("data/master.key")).unwrap();
        for value in [&environment, &client, &secret, &key] {
            assert!(seen.insert(value.clone()), "{value} was another installation's");
        }
        let token = |path: &str, id: &str, secret: &str| {
            let basic = BASE64_STANDARD.encode(format!("{id}:{secret}"));
            serving.send(
                "POST",
                path,
                &[&format!("Authorization: Basic {basic}"), FORM],
                "grant_type=client_credentials",
            )
        };
        let right = token(&format!("/{environment}/as/token"), &client, &secret);
        assert!(right.starts_with("HTTP/1.1 200"), "{right}");
        // Neither the developer's server's, nor what people try first; at its places and at the real one.
        let ids =
            [dev::ADMIN_APPLICATION, dev::SHARED_WEB_APPLICATION, dev::BASIC_WEB_APPLICATION, dev::TRY_APPLICATION];
        let secrets = [dev::ADMIN_SECRET, dev::SHARED_WEB_SECRET, dev::BASIC_WEB_SECRET, dev::TRY_SECRET];
        let documented = ids.iter().zip(secrets).map(|(id, secret)| (id.to_string(), secret));
        let guessed = ["admin", "grantor", "client", &client].into_iter().flat_map(|id| {
            ["admin", "secret", "password", "grantor", "changeme", id].map(|secret| (id.to_owned(), secret))
        });
        for (id, secret) in documented.chain(guessed) {
            for at in [environment.clone(), dev::ADMIN_ENVIRONMENT.to_string(), dev::ENVIRONMENT.to_string()] {
                let answer = token(&format!("/{at}/as/token"), &id, secret);
                assert!(answer.starts_with("HTTP/1.1 4"), "{id} {secret} {answer}");
            }
        }
        let playground =
            token(&format!("{}/oauth2/token", dev::MOUNT), "service-client-jwt", "service-client-jwt-secret");
        assert!(playground.starts_with("HTTP/1.1 404"), "{playground}");
        // There is nobody whose password could be known.
        let access = right.split("\"access_token\":\"").nth(1).unwrap().split('"').next().unwrap();
        let bearer = format!("Authorization: Bearer {access}");
        let users = serving.send("GET", &format!("/v1/environments/{environment}/users"), &[&bearer], "");
        assert!(users.contains("\"users\":[]"), "{users}");
    }
}

/// MG-18: a key or a secret that everybody knows is refused at the start, and not shown.
#[test]
fn placeholders_are_refused_at_the_start() {
    let place = tempfile::tempdir().unwrap();
    for key in [&dev::MASTER_KEY[..], &[0; 32], &[0xff; 32], &[1, 2].repeat(16), b"changemechangemechangemechangeme"] {
        let key = BASE64_STANDARD.encode(key);
        let ended = run_with(place.path(), &SERVE, &[("GRANTOR_MASTER_KEY", &key)]);
        assert!(ended.code == 78 && ended.errors.contains("master_key is a placeholder"), "{key} {}", ended.errors);
        assert!(!ended.errors.contains(&key), "{}", ended.errors);
    }
    for secret in [
        "changeme-changeme-changeme-changeme",
        "REPLACE-THIS-BEFORE-YOU-START-0123456789",
        "Change_Me_Please_1234567890",
        "00000000000000000000000000000000",
        dev::ADMIN_SECRET,
    ] {
        let ended = run_with(place.path(), &SERVE, &[("GRANTOR_ADMIN_CLIENT_SECRET", secret)]);
        assert!(ended.code == 78 && ended.errors.contains("no placeholder"), "{secret} {}", ended.errors);
        assert!(!ended.errors.contains(secret), "{}", ended.errors);
    }
}

/// MG-18: what `dev` made is not served to others, whatever key seals it.
#[test]
fn the_developers_data_is_not_served() {
    let place = tempfile::tempdir().unwrap();
    let arguments = ["dev", "--listen", "127.0.0.1:0", "--data-dir", "data", "--env-file", "dev.env"];
    let dev = Program::start(place.path(), &arguments, &[]);
    dev.variables(&place.path().join("dev.env"));
    assert_eq!(dev.interrupt(), 0);
    let ended = run_with(place.path(), &SERVE, &[]);
    assert!(ended.code == 78 && ended.errors.contains("secrets of `grantor dev`"), "{} {}", ended.code, ended.errors);
}

/// LG-03: what stood in the query, the body or the head of a refused request is in no log, at any level and in either
/// format, and not in the audit either.
#[test]
fn nothing_of_a_refused_request_is_logged() {
    for (level, format) in
        [("error", "text"), ("info", "json"), ("debug", "text"), ("trace", "json"), ("trace", "text")]
    {
        let place = tempfile::tempdir().unwrap();
        let variables = [("RUST_LOG", level), ("GRANTOR_LOG_FORMAT", format), ("GRANTOR_LOG_REQUESTS", "true")];
        let serving = Serving::start(place.path(), &variables);
        let environment = serving.environment();
        let mut refused = 0;
        for (method, path) in PATHS {
            let query = QUERY.map(|name| format!("{name}={CANARY}-query")).join("&");
            let body = QUERY.map(|name| format!("{name}={CANARY}-body")).join("&");
            let head = [
                &*format!("Authorization: Basic {}", BASE64_STANDARD.encode(format!("{CANARY}-id:{CANARY}-secret"))),
                &*format!("Cookie: ST={CANARY}-cookie; FLOW={CANARY}-cookie"),
                &*format!("User-Agent: {CANARY}-agent"),
                FORM,
            ];
            for (head, body) in [(&head[..], ""), (&head[..], &*body), (&head[3..], "")] {
                let answer = serving.send(method, &format!("/{environment}/{path}?{query}"), head, body);
                refused += usize::from(answer.starts_with("HTTP/1.1 4"));
                assert!(!answer.starts_with("HTTP/1.1 5"), "{answer}");
            }
        }
        assert!(refused >= 40, "{refused}");
        // Refused before any handler: too long, ambiguous, not a request at all.
        let too_long = format!("/{environment}/as/token?client_secret={CANARY}{}", "x".repeat(40_000));
        assert!(serving.send("GET", &too_long, &[], "").starts_with("HTTP/1.1 414"));
        serving.send("GET", &format!("/%zz?code={CANARY}"), &[], "");
        serving.send(
            "POST",
            &format!("/{environment}/as/token?code={CANARY}"),
            &["Transfer-Encoding: chunked"],
            CANARY,
        );
        serving.send(&format!("{CANARY}\u{0}"), &format!("/?code={CANARY}"), &[], "");
        let log = serving.program.log_at_end();
        assert!((level == "error" || !log.is_empty()) && !log.contains("canary"), "{level} {log}");
        for file in std::fs::read_dir(place.path().join("data")).unwrap() {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(CANARY), "{}", path.display());
        }
    }
}

/// LG-03: a reference opens a request once, so neither who is given it nor who brings it leaves it in a log or on the disk.
#[test]
fn no_reference_to_a_pushed_request_is_logged() {
    for (level, format) in [("info", "json"), ("debug", "text"), ("trace", "json")] {
        let place = tempfile::tempdir().unwrap();
        let variables = [("RUST_LOG", level), ("GRANTOR_LOG_FORMAT", format), ("GRANTOR_LOG_REQUESTS", "true")];
        let serving = program::Serving::start(place.path(), &variables);
        let reference = brought(&serving);
        let secret = reference.rsplit(':').next().unwrap();
        let log = serving.program.log_at_end();
        assert!(!log.is_empty() && !log.contains(secret) && !log.contains(CANARY), "{level} {log}");
        for file in std::fs::read_dir(place.path().join("data")).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(secret));
        }
    }
}

/// A reference that was given to a public application, and that a browser brought, for it and for another.
fn brought(serving: &program::Serving) -> String {
    let at = |below: &str| format!("http://{}{below}", serving.listen);
    let json =
        |answer: &str| -> serde_json::Value { serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap() };
    let (environment, bearer) = (program::ENVIRONMENT, serving.bearer(program::CLIENT, program::SECRET));
    let body = "{\"name\":\"public\",\"enabled\":true,\"type\":\"NATIVE_APP\",\"protocol\":\"OPENID_CONNECT\",\
         \"grantTypes\":[\"AUTHORIZATION_CODE\"],\"responseTypes\":[\"CODE\"],\
         \"redirectUris\":[\"https://app.example/cb\"],\"tokenEndpointAuthMethod\":\"NONE\"}";
    let (status, made) =
        Program::post_json(&at(&format!("/v1/environments/{environment}/applications")), &bearer, body);
    assert_eq!(status, 201, "{made}");
    let made = json(&made);
    let client = made["id"].as_str().unwrap();
    let form = format!(
        "client_id={client}&response_type=code&redirect_uri=https://app.example/cb&code_challenge_method=S256&\
         code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&state={CANARY}"
    );
    let (status, pushed) = serving.program.post_as(&at(&format!("/{environment}/as/par")), &form, None);
    assert_eq!(status, 201, "{pushed}");
    let reference = json(&pushed)["request_uri"].as_str().unwrap().to_owned();
    for (named, expected) in [(client, 302), ("another", 400)] {
        let query = format!("client_id={named}&request_uri={reference}");
        let (status, answer) = Program::get(&at(&format!("/{environment}/as/authorize?{query}")), &bearer);
        assert_eq!(status, expected, "{answer}");
    }
    reference
}

/// LG-04: what clients invent is no label: after many requests the metrics have the series that they had after one each.
#[test]
fn random_ids_do_not_grow_the_metrics() {
    let place = tempfile::tempdir().unwrap();
    let serving = Serving::start(place.path(), &[]);
    let environment = serving.environment();
    let wave = |from: u32, to: u32| {
        for n in from..to {
            let form = format!("grant_type=g{n}&client_id=c{n}&client_secret=s{n}&scope=x{n}&code=k{n}");
            for (method, path) in [
                ("POST", format!("/{environment}/as/token")),
                ("POST", format!("/00000000-0000-4000-8000-{n:012}/as/token")),
                ("GET", format!("/{environment}/as/authorize?client_id=c{n}&response_type=r{n}&scope=x{n}")),
                ("GET", format!("/{environment}/flows/00000000-0000-4000-8000-{n:012}")),
                ("GET", format!("/v1/environments/00000000-0000-4000-8000-{n:012}/users/{n}")),
                ("GET", format!("/nothing/{n}/{n}")),
                ("GET", format!("/assets/{n}.css")),
            ] {
                serving.send(
                    method,
                    &path,
                    &[FORM, &format!("User-Agent: agent-{n}"), &format!("Origin: https://o{n}.example")],
                    &form,
                );
            }
            serving.send(&format!("METHOD{n}"), &format!("/{environment}/as/token"), &[], "");
        }
    };
    wave(0, 2);
    // Reading the metrics is a request as well.
    serving.series();
    let before = serving.series();
    assert!(before.len() > 20 && before.iter().any(|series| series.contains("/as/token")), "{before:#?}");
    wave(2, 60);
    let after = serving.series();
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.is_empty(), "{new:#?}");
}

/// `grantor serve` on free ports and a database of its own.
struct Serving {
    program: Program,
    public: String,
    management: String,
}

impl Serving {
    fn start(place: &Path, variables: &[(&str, &str)]) -> Self {
        let (public, management) = (program::free_port(), program::free_port());
        let (public, management) = (format!("127.0.0.1:{public}"), format!("127.0.0.1:{management}"));
        let arguments = ["serve", "--listen", &public, "--management-listen", &management];
        let program = Program::start(place, &arguments, variables);
        program.wait_for("admin.client_secret");
        Self { program, public, management }
    }

    fn environment(&self) -> String {
        let printed = self.program.printed();
        let line = printed.lines().find_map(|line| line.trim().strip_prefix("admin.environment_id")).unwrap();
        line.trim().to_owned()
    }

    fn send(&self, method: &str, path: &str, head: &[&str], body: &str) -> String {
        exchange(&self.public, method, path, head, body)
    }

    /// Every series of the metrics, without its value.
    fn series(&self) -> BTreeSet<String> {
        let text = exchange(&self.management, "GET", "/metrics", &[], "");
        let lines = text.lines().filter(|line| line.starts_with("grantor_"));
        lines.filter_map(|line| line.rsplit_once(' ')).map(|(series, _)| series.to_owned()).collect()
    }
}

/// One request on a connection of its own.
fn exchange(authority: &str, method: &str, path: &str, head: &[&str], body: &str) -> String {
    let mut stream = program::connect(authority);
    let head: String = head.iter().flat_map(|line| [line, "\r\n"]).collect();
    let length = body.len();
    // A server that refuses early may close before all is written.
    let _ = write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{head}Content-Length: {length}\r\n\r\n{body}"
    );
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--management-listen", "off"];
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const CANARY: &str = "canary-5f3a91c7e2";
/// CA-29 and its like: what has no business in a query.
const PATHS: [(&str, &str); 16] = [
    ("GET", "as/token"),
    ("POST", "as/token"),
    ("POST", "as/introspect"),
    ("POST", "as/revoke"),
    ("POST", "as/par"),
    ("GET", "as/userinfo"),
    ("POST", "as/userinfo"),
    ("GET", "as/authorize"),
    ("POST", "as/authorize"),
    ("GET", "as/resume"),
    ("GET", "as/signoff"),
    ("POST", "as/signoff"),
    ("GET", "signon"),
    ("POST", "signon"),
    ("POST", "flows/00000000-0000-4000-8000-000000000000"),
    ("GET", "nothing"),
];
const QUERY: [&str; 12] = [
    "client_id",
    "client_secret",
    "client_assertion",
    "code",
    "code_verifier",
    "refresh_token",
    "access_token",
    "token",
    "password",
    "id_token_hint",
    "request",
    "request_uri",
];
