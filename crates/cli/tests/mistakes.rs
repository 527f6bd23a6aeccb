//! Mistakes of a configuration: each ends the start with 78 before anything is made, says what is wrong in words that
//! `docs/configuration.md` lists, and shows no secret.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use program::{Program, run, run_with};

const A: &str = "25ec7b80-3c08-40ed-abe4-8a7edc0f0d9e";

/// What is given, and what is said of it. In the documents an ellipsis stands for what differs.
struct Mistake {
    file: &'static str,
    arguments: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    told: &'static str,
}

const NOTHING: Mistake = Mistake { file: "", arguments: &[], variables: &[], told: "" };

const MISTAKES: &[Mistake] = &[
    Mistake { file: "[http]\nspeed = 'fast'", told: "is no key of the configuration", ..NOTHING },
    Mistake { variables: &[("GRANTOR_HTTP_LISTNE", "x")], told: "is no key of the configuration", ..NOTHING },
    Mistake { variables: &[("GRANTOR_HTTP_PORT", "8085")], told: "is no key of the configuration", ..NOTHING },
    Mistake { file: "[http", told: "is not TOML: line", ..NOTHING },
    Mistake { file: "[admin]\nclient_secret = hidden-from-all", told: "is not TOML: line", ..NOTHING },
    Mistake { file: "master_key = \"hidden", told: "is not TOML: line", ..NOTHING },
    Mistake { file: "master_key = 'hidden'\nmaster_key = 'hidden'", told: "is not TOML: line", ..NOTHING },
    Mistake { arguments: &["--config", "nowhere.toml"], told: "cannot be read", ..NOTHING },
    Mistake { arguments: &["--api-url", ""], told: "is empty: leave the flag out, or say what", ..NOTHING },
    Mistake { file: "[http]\nlisten = [8085]", told: "it must be an address such as 127.0.0.1:8085", ..NOTHING },
    Mistake {
        variables: &[("GRANTOR_HTTP_LISTEN", "nowhere")],
        told: "it must be an address such as 127.0.0.1:8085",
        ..NOTHING
    },
    // D18
    Mistake {
        arguments: &["--public-url", "https://a.example/path"],
        told: "it must be an origin such as https://auth.example.com, without a path",
        ..NOTHING
    },
    Mistake {
        arguments: &["--public-url", "https://h:99999"],
        told: "it must be an origin such as https://auth.example.com, without a path",
        ..NOTHING
    },
    Mistake {
        arguments: &["--public-url", "https://h."],
        told: "it must be an origin such as https://auth.example.com, without a path",
        ..NOTHING
    },
    Mistake {
        arguments: &["--api-url", "https://h:0"],
        told: "it must be an origin such as https://api.example.com, without a path",
        ..NOTHING
    },
    Mistake {
        arguments: &["--public-url", "http://auth.example"],
        told: "is plain HTTP and not on this machine",
        ..NOTHING
    },
    Mistake { file: "[http]\ninsecure = 'maybe'", told: "it must be true or false", ..NOTHING },
    Mistake {
        file: "[http]\nhosts = ['auth.example:443']",
        told: "it must be host names or addresses without ports, separated by commas",
        ..NOTHING
    },
    Mistake {
        file: "[database]\nmax_stale = 1",
        told: "it must be a number of seconds from 2 to 86400, or unlimited",
        ..NOTHING
    },
    Mistake {
        arguments: &["--tls-certificate", "x.pem"],
        told: "http.tls.key is missing: a certificate needs its key",
        ..NOTHING
    },
    Mistake {
        arguments: &["--tls-key", "x.pem"],
        told: "http.tls.certificate is missing: a key needs its certificate",
        ..NOTHING
    },
    Mistake {
        arguments: &["--tls-certificate", "x.pem", "--tls-key", "y.pem"],
        told: "http.tls is not right",
        ..NOTHING
    },
    Mistake {
        arguments: &["--management-listen", "9090"],
        told: "it must be an address such as 127.0.0.1:9090, or off",
        ..NOTHING
    },
    Mistake {
        file: "[http]\ntrusted_proxies = 'proxy'",
        told: "it must be addresses or networks such as 10.0.0.0/8, separated by commas",
        ..NOTHING
    },
    Mistake { file: "[http]\nclient_certificates = 'proxy'", told: "it must be connection, header or off", ..NOTHING },
    Mistake {
        file: "[http]\nclient_certificates = 'header'",
        told: "http.trusted_proxies is missing: http.client_certificates = \"header\"",
        ..NOTHING
    },
    Mistake {
        file: "[http]\nforwarded_header = 'x-real-ip'",
        told: "it must be x-forwarded-for or forwarded",
        ..NOTHING
    },
    Mistake { file: "[shutdown]\ndelay = -1", told: "it must be a number of seconds from 0 to 3600", ..NOTHING },
    Mistake { arguments: &["--database", "mysql://x"], told: "it must be sqlite:PATH or postgres://…", ..NOTHING },
    Mistake { arguments: &["--database", "sqlite:"], told: "it names no file: sqlite:PATH", ..NOTHING },
    Mistake { arguments: &["--database", "sqlite:x.db?mode=rwc"], told: "sqlite:PATH takes no parameters", ..NOTHING },
    // D15
    Mistake {
        arguments: &["--database", "postgres://u:hidden@127.0.0.1:1/x?pgbouncer=true"],
        told: "the parameter pgbouncer is not understood",
        ..NOTHING
    },
    Mistake {
        arguments: &["--database", "postgres://127.0.0.1:1/x?user=u&password=hidden&pool_max_conns=5"],
        told: "the parameter pool_max_conns is not understood",
        ..NOTHING
    },
    Mistake {
        arguments: &["--database", "postgres://u:hidden@127.0.0.1:1/x?search_path=app"],
        told: "search_path is not understood: write options=-c search_path=…",
        ..NOTHING
    },
    // H11
    Mistake {
        arguments: &["--database", "postgres://u:hidden@127.0.0.1:1/x?target_session_attrs=standby"],
        told: "target_session_attrs must be primary, read-write or any",
        ..NOTHING
    },
    Mistake {
        arguments: &["--database", "postgres://u:hidden@127.0.0.1:1/x?sslmode=no-verify"],
        told: "sslmode must be disable, allow, prefer, require, verify-ca or verify-full",
        ..NOTHING
    },
    Mistake {
        arguments: &["--database", "postgres://u:hidden@127.0.0.1:1/x?sslmode=require&sslrootcert=/nowhere"],
        told: "sslrootcert",
        ..NOTHING
    },
    Mistake {
        arguments: &["--database", "postgres://u:hidden@host:port/x"],
        told: "it must be postgres://user:password@host:port/database",
        ..NOTHING
    },
    Mistake { arguments: &["--database", "postgres:///x?user=u&password=hidden"], told: "it names no host", ..NOTHING },
    Mistake {
        arguments: &["--database", "postgres://u:hidden@127.0.0.1/x?port=1"],
        told: "its ports do not fit its hosts: write host:port, or host and port both behind the ?",
        ..NOTHING
    },
    Mistake {
        arguments: &["--database", "postgres://u:hidden@127.0.0.1:1/x?sslnegotiation=direct"],
        told: "sslnegotiation=direct wants sslmode=require or verify-full beside it",
        ..NOTHING
    },
    Mistake {
        arguments: &["--database", "postgres://u:hidden?more@127.0.0.1:1/x"],
        told: "holds a question mark: write %3F for it",
        ..NOTHING
    },
    Mistake {
        arguments: &["--database", "postgres://u:hidden@127.0.0.1:1/x"],
        told: "master_key is missing",
        ..NOTHING
    },
    Mistake { variables: &[("GRANTOR_MASTER_KEY", "c2hvcnQ=")], told: "it must be 32 bytes in base64", ..NOTHING },
    Mistake {
        variables: &[("GRANTOR_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")],
        told: "master_key is a placeholder",
        ..NOTHING
    },
    Mistake {
        variables: &[("GRANTOR_MASTER_KEY", "x"), ("GRANTOR_MASTER_KEY_FILE", "y")],
        told: "are both set: use one of them",
        ..NOTHING
    },
    Mistake { variables: &[("GRANTOR_MASTER_KEY_FILE", "/nowhere")], told: "which cannot be read", ..NOTHING },
    Mistake { variables: &[("GRANTOR_ADMIN_CLIENT_SECRET_FILE", "/dev/null")], told: "which is empty", ..NOTHING },
    Mistake {
        file: "regions = ['EU', 'MOON']",
        told: "it must be some of AP, AU, CA, EU, NA and SG, each once",
        ..NOTHING
    },
    Mistake {
        variables: &[("GRANTOR_REGIONS", "NA,NA")],
        told: "it must be some of AP, AU, CA, EU, NA and SG, each once",
        ..NOTHING
    },
    Mistake { variables: &[("GRANTOR_ADMIN_ENVIRONMENT_ID", "X")], told: "it must be a lower-case UUID", ..NOTHING },
    Mistake {
        variables: &[("GRANTOR_ADMIN_CLIENT_SECRET", "hidden")],
        told: "it must be at least 16 characters of A-Z a-z 0-9 . _ ~ -, and no placeholder",
        ..NOTHING
    },
    Mistake { file: "[audit]\ntokens = 'now'", told: "it must be batched or strict", ..NOTHING },
    Mistake { file: "[audit]\ndays = 0", told: "it must be a number of days from 1 to 36500", ..NOTHING },
    Mistake { file: "[log]\nformat = 'xml'", told: "it must be text or json", ..NOTHING },
    Mistake { file: "[log]\nrequests = 'yes'", told: "it must be true or false", ..NOTHING },
    Mistake {
        file: "[pages]\nterms_url = '/terms'",
        told: "it must be an address such as https://example.com/terms",
        ..NOTHING
    },
    Mistake {
        variables: &[("GRANTOR_PAGES_PRIVACY_URL", "mailto:privacy@example.com")],
        told: "such as https://example.com/privacy",
        ..NOTHING
    },
    Mistake {
        file: "[pages]\nsupport_url = 'javascript:alert(1)'",
        told: "it must be an address such as https://example.com/help or mailto:help@example.com",
        ..NOTHING
    },
    Mistake {
        variables: &[("GRANTOR_OUTBOUND_EXTRA_CA", "/nowhere")],
        told: "it must be the path of a PEM file",
        ..NOTHING
    },
    Mistake {
        variables: &[("GRANTOR_OUTBOUND_ALLOW", "10.0.0.0/8,0x7f.1")],
        told: "it must be host names or CIDRs, separated by commas",
        ..NOTHING
    },
    Mistake {
        variables: &[("GRANTOR_OUTBOUND_PROXY", "socks5://p:1080")],
        told: "it must be an address such as http://proxy.example.com:3128",
        ..NOTHING
    },
    Mistake {
        variables: &[("GRANTOR_OUTBOUND_TIMEOUT", "0")],
        told: "it must be a number of seconds from 1 to 30",
        ..NOTHING
    },
    Mistake { file: "mounts = 1", told: "write [[mounts]] tables", ..NOTHING },
    Mistake {
        file: "[[mounts]]\nroute = '/x'",
        told: "is no key of a mount; path, layout and environment are",
        ..NOTHING
    },
    Mistake {
        file: "[[mounts]]\npath = '/v1'",
        told: "path must be one or more plain segments such as /ms-auth-server, not /v1 or a UUID",
        ..NOTHING
    },
    Mistake {
        file: "[[mounts]]\npath = '/dev/x'\nlayout = 'spring'",
        told: "nor what the server itself answers: /assets, /connect, /dev, /docs, /livez, /readyz, /try, /worlds",
        ..NOTHING
    },
    Mistake { file: "[[mounts]]\npath = '/x'\nlayout = 'summer'", told: "layout must be pingone or spring", ..NOTHING },
    Mistake {
        file: "[[mounts]]\npath = '/x'\nlayout = 'spring'\nenvironment = 'X'",
        told: "environment must be a lower-case UUID",
        ..NOTHING
    },
];

/// D14, D15, D18, C4: `serve` and `config check` say the same, nothing is made, and the document lists what they say.
#[test]
fn every_mistake_is_told_before_anything_is_made() {
    let document =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md")).unwrap();
    let document = document.split_whitespace().collect::<Vec<_>>().join(" ");
    for mistake in MISTAKES {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("grantor.toml"), mistake.file).unwrap();
        for command in [&["serve"][..], &["config", "check"]] {
            let arguments = [command, &["--config", "grantor.toml"], mistake.arguments].concat();
            let ended = run_with(place.path(), &arguments, mistake.variables);
            assert_eq!(ended.code, 78, "{arguments:?} {:?} {}", mistake.variables, ended.errors);
            assert!(ended.errors.contains(mistake.told), "{arguments:?} {:?} {}", mistake.variables, ended.errors);
            assert!(!ended.errors.contains("hidden") && !ended.errors.contains("panicked"), "{}", ended.errors);
            assert_eq!(made(place.path()), ["grantor.toml"], "{arguments:?}");
        }
        assert!(document.contains(mistake.told), "docs/configuration.md does not list: {}", mistake.told);
    }
}

/// C4: whoever checks is told of the faults of every part at once.
#[test]
fn faults_of_several_parts_are_told_at_once() {
    let place = tempfile::tempdir().unwrap();
    let text = "[http]\nlisten = 'x'\npublic_url = 'y'\n[admin]\nclient_id = 'z'\n[database]\nurl = 'sqlite:'\n[log]\nformat = 'w'\n";
    std::fs::write(place.path().join("grantor.toml"), text).unwrap();
    let ended = run(place.path(), &["config", "check", "--config", "grantor.toml"]);
    for key in ["http.listen", "http.public_url", "admin.client_id", "database.url", "log.format"] {
        assert!(ended.errors.lines().any(|line| line.contains(key)), "{key}: {}", ended.errors);
    }
    assert_eq!((ended.code, ended.errors.lines().count()), (78, 5), "{}", ended.errors);
}

/// D11: two mounts that would answer the same address, in every pair of layouts, end the start and are named.
#[test]
fn colliding_mounts_are_named_before_anything_is_made() {
    for (one, other, address) in [
        ("/x pingone", "/x pingone", "/x/as/authorize"),
        ("/x spring", "/x spring", "/x/oauth2/authorize"),
        ("/x spring", "/x pingone", "/x/flows/{flow}"),
        ("/x pingone", "/x/as spring", "/x/as/userinfo"),
        ("/x/as spring", "/x pingone", "/x/as/userinfo"),
        ("/a/b/as spring", "/a/b pingone", "/a/b/as/userinfo"),
    ] {
        let place = tempfile::tempdir().unwrap();
        let table = |mount: &str| {
            let (path, layout) = mount.split_once(' ').unwrap();
            format!("[[mounts]]\npath = '{path}'\nlayout = '{layout}'\nenvironment = '{A}'\n")
        };
        std::fs::write(place.path().join("grantor.toml"), table(one) + &table(other)).unwrap();
        let ended = run(place.path(), &["serve", "--config", "grantor.toml", "--listen", "127.0.0.1:0"]);
        assert_eq!(ended.code, 78, "{one}, {other}: {}", ended.errors);
        let shown = |mount: &str| mount.replace(' ', " (") + ")";
        let told = format!("{} and {} would both answer", shown(one), shown(other));
        assert!(ended.errors.contains(&told), "{}", ended.errors);
        assert!(ended.errors.contains(address) || one.split(' ').next() == other.split(' ').next(), "{}", ended.errors);
        assert_eq!(made(place.path()), ["grantor.toml"]);
    }
}

/// D11, D24: mounts that lie beside and below each other start; one whose environment does not exist is told.
#[test]
fn mounts_that_fit_start() {
    let place = tempfile::tempdir().unwrap();
    let mounts = [
        ("/x", "spring"),
        ("/x/y", "pingone"),
        ("/x/flows", "spring"),
        ("/as", "pingone"),
        ("/z/as", "spring"),
        ("/X", "spring"),
    ];
    let table = |(path, layout): (&str, &str)| {
        format!("[[mounts]]\npath = '{path}'\nlayout = '{layout}'\nenvironment = '{A}'\n")
    };
    let text = mounts.map(table).concat();
    std::fs::write(place.path().join("grantor.toml"), text).unwrap();
    let serving = Program::start(place.path(), &SERVE_WITH_FILE, &[("GRANTOR_LOG_FORMAT", "json")]);
    let log = serving.wait_for_log("\"serving\"");
    let warned: Vec<&str> =
        log.lines().filter(|line| line.contains("names an environment that does not exist")).collect();
    assert_eq!(warned.len(), 6, "{log}");
    assert!(warned[0].contains(A) && warned[0].contains("\"/x\""), "{log}");
    assert_eq!(serving.terminate(), 0);
}

/// D5: every variable that Kubernetes or a link sets for a service called grantor, and a start.
#[test]
fn the_variables_of_a_service_are_nobodys_mistake() {
    let place = tempfile::tempdir().unwrap();
    let variables = [
        ("GRANTOR_PORT", "tcp://10.0.0.5:8085"),
        ("GRANTOR_PORT_8085_TCP", "tcp://10.0.0.5:8085"),
        ("GRANTOR_PORT_8085_TCP_ADDR", "10.0.0.5"),
        ("GRANTOR_PORT_8085_TCP_PORT", "8085"),
        ("GRANTOR_PORT_8085_TCP_PROTO", "tcp"),
        ("GRANTOR_SERVICE_HOST", "10.0.0.5"),
        ("GRANTOR_SERVICE_PORT", "8085"),
        ("GRANTOR_SERVICE_PORT_HTTP", "8085"),
        ("GRANTOR_HTTP_SERVICE_HOST", "10.0.0.6"),
        ("GRANTOR_HTTP_PORT", "tcp://10.0.0.6:80"),
    ];
    let serving = Program::start(place.path(), &SERVE, &variables);
    serving.wait_for_log("serving");
    assert_eq!(serving.terminate(), 0);
}

/// D14: what Compose and Helm hand on empty is left out.
#[test]
fn an_empty_variable_is_an_absent_one() {
    let place = tempfile::tempdir().unwrap();
    let keys = run(place.path(), &["config", "sample"]).output;
    let variable =
        |word: &&str| word.starts_with("GRANTOR_") && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let commented = keys.lines().filter_map(|line| line.strip_prefix("# "));
    let names: Vec<String> = commented.filter(variable).map(str::to_owned).collect();
    assert!(names.len() > 20, "{keys}");
    let files: Vec<String> = names.iter().map(|name| format!("{name}_FILE")).collect();
    let empty: Vec<(&str, &str)> =
        names.iter().chain(&files).map(|name| (name.as_str(), "")).chain([("DATABASE_URL", "")]).collect();
    let ended = run_with(place.path(), &["config", "check"], &empty);
    assert_eq!(ended.code, 0, "{}", ended.errors);
    assert!(!ended.output.contains("(from "), "{}", ended.output);
    let one = [("GRANTOR_MASTER_KEY", ""), ("GRANTOR_MASTER_KEY_FILE", "key")];
    std::fs::write(place.path().join("key"), KEY).unwrap();
    std::fs::set_permissions(place.path().join("key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let ended = run_with(place.path(), &["config", "check"], &one);
    assert!(ended.code == 0 && ended.output.contains("master_key"), "{} {}", ended.output, ended.errors);
    assert!(!ended.output.contains(KEY), "{}", ended.output);
}

/// D18: what a browser would write differently is written as it does.
#[test]
fn issuers_are_written_as_browsers_write_them() {
    let place = tempfile::tempdir().unwrap();
    for (given, written) in
        [("https://Auth.Example:443", "https://auth.example"), ("http://LocalHost:80/", "http://localhost")]
    {
        let ended = run(place.path(), &["config", "check", "--public-url", given]);
        assert!(ended.output.contains(&format!("public URL             {written}\n")), "{}", ended.output);
    }
}

/// C4: the printed sample is a configuration, as it stands.
#[test]
fn the_sample_is_right_as_it_stands() {
    let place = tempfile::tempdir().unwrap();
    let sample = run(place.path(), &["config", "sample"]);
    assert_eq!(sample.code, 0);
    std::fs::write(place.path().join("grantor.toml"), &sample.output).unwrap();
    let ended = run(place.path(), &["config", "check", "--config", "grantor.toml"]);
    assert!(ended.code == 0 && ended.output.starts_with("The configuration is right."), "{}", ended.errors);
    assert_eq!(made(place.path()), ["grantor.toml"]);
}

/// The names of what lies in a directory.
fn made(place: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(place).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--management-listen", "off"];
const SERVE_WITH_FILE: [&str; 7] =
    ["serve", "--listen", "127.0.0.1:0", "--management-listen", "off", "--config", "grantor.toml"];
const KEY: &str = "KPdoLQg9XMtTr0W/XL8VJ+lnM3PnoL++cjMhk8BZF9I=";
