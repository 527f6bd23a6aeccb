//! `grantor plan`, `diff`, `apply` and `export` against a running `grantor dev`, as they are called.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use base64::Engine as _;
use engine::bootstrap::dev;
use program::{Ended, Program, run_with};
use serde_json::Value;

/// What the example reads its secret from. It must be nowhere in what is printed or written.
const SECRET: (&str, &str) = ("PARTNER_CLIENT_SECRET", "s3cr3t-of-the-partner");

/// A dev server, and a place for files.
struct Dev {
    place: tempfile::TempDir,
    url: String,
    program: Program,
}

impl Dev {
    fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let listen = format!("127.0.0.1:{}", program::free_port());
        let program = Program::start(place.path(), &["dev", "--listen", &listen], &[]);
        program.wait_for("curl");
        Self { place, url: format!("http://{listen}"), program }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let ended = run_with(self.place.path(), &[arguments, &["--url", &self.url]].concat(), &[SECRET]);
        let told = format!("{}{}", ended.output, ended.errors);
        assert!(!told.contains(SECRET.1), "a secret is told: {told}");
        ended
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.place.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.place.path().join(name)).unwrap()
    }

    /// The example, applied.
    fn with_the_example() -> Self {
        let dev = Self::start();
        dev.write("shop.yaml", &example());
        let applied = dev.run(&["apply", "shop.yaml", "--yes"]);
        assert_eq!(applied.code, 0, "{}{}", applied.output, applied.errors);
        dev
    }
}

/// Whether it is an id as the API gives them (RFC 9562 §4).
fn is_id(word: &str) -> bool {
    word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

fn example() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/environment/shop.yaml");
    std::fs::read_to_string(file).unwrap()
}

/// The whole way of a file: what is to do is said and not done, then done, then nothing is left to do.
#[test]
fn the_example_is_planned_applied_and_then_nothing_is_left_to_do() {
    let dev = Dev::start();
    dev.write("shop.yaml", &example());
    for _ in 0..2 {
        let planned = dev.run(&["plan", "shop.yaml"]);
        assert_eq!(planned.code, 2, "{}{}", planned.output, planned.errors);
        assert!(planned.output.contains("+ environment"), "{}", planned.output);
        assert!(planned.output.contains("+ resources[orders].scopes[orders:read]"), "{}", planned.output);
        assert!(planned.output.contains("clientSecret: (secret)"), "{}", planned.output);
    }
    assert_eq!(dev.run(&["apply", "shop.yaml"]).code, 1, "nobody agreed");
    let applied = dev.run(&["apply", "shop.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.output, applied.errors);
    let again = dev.run(&["plan", "shop.yaml"]);
    assert_eq!(again.code, 0, "{}{}", again.output, again.errors);
    assert!(again.output.contains("nothing to do"), "{}", again.output);
    assert_eq!(dev.run(&["apply", "shop.yaml"]).code, 0);
}

/// What is exported makes the same environment under another name, and is exported alike from there.
#[test]
fn what_is_exported_makes_the_same_again() {
    let dev = Dev::with_the_example();
    let exported = dev.run(&["export", "first", "--environment", "Shop"]);
    assert_eq!(exported.code, 0, "{}", exported.errors);
    let first = dev.read("first/Shop.yaml");
    assert!(!first.contains(SECRET.1), "{first}");
    let ids: Vec<&str> = first.split(|c: char| !c.is_ascii_hexdigit() && c != '-').filter(|word| is_id(word)).collect();
    assert!(ids.is_empty(), "{ids:?} mean nothing elsewhere: {first}");
    for named in
        ["name: costCenter", "oidcScopes: [costs, profile]", "mappedClaims: [cost_center]", "@{populations[Staff]}"]
    {
        assert!(first.contains(named), "no {named} in {first}");
    }
    let variable = "IDENTITYPROVIDERS_PARTNER_CLIENTSECRET";
    assert!(first.contains(variable), "{first}");
    let with = |arguments: &[&str]| {
        let ended = run_with(dev.place.path(), &[arguments, &["--url", &dev.url]].concat(), &[(variable, SECRET.1)]);
        assert!(!format!("{}{}", ended.output, ended.errors).contains(SECRET.1));
        ended
    };
    let unchanged = with(&["plan", "first"]);
    assert_eq!(unchanged.code, 0, "{}{}", unchanged.output, unchanged.errors);
    dev.write("second.yaml", &first.replace("  name: Shop\n", "  name: Shop 2\n"));
    let applied = with(&["apply", "second.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.output, applied.errors);
    assert_eq!(with(&["plan", "second.yaml"]).code, 0);
    assert_eq!(with(&["export", "again", "--environment", "Shop 2"]).code, 0);
    let again = dev.read("again/Shop-2.yaml");
    assert_eq!(again.replace("  name: Shop 2\n", "  name: Shop\n"), first);
}

/// A claim that a scope limited once is told to nobody when the scope goes, and so it is in an environment that is made of the file.
#[test]
fn what_scopes_alone_tell_is_told_by_scopes_alone_elsewhere() {
    let dev = Dev::start();
    let with = "environment: {name: One, type: SANDBOX, region: NA}\nresources:\n  - name: openid\n    attributes:\n      \
                - {name: badge, value: b}\n      - {name: open, value: o}\n    scopes:\n      - {name: desk, mappedClaims: [badge]}\n";
    dev.write("one.yaml", with);
    let applied = dev.run(&["apply", "one.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.output, applied.errors);
    assert_eq!(dev.run(&["plan", "one.yaml"]).code, 0, "what the file says nothing of is left");
    dev.write("one.yaml", &with.replace(", mappedClaims: [badge]", ", mappedClaims: []"));
    assert_eq!(dev.run(&["apply", "one.yaml", "--yes"]).code, 0);
    assert_eq!(dev.run(&["export", "first", "--environment", "One"]).code, 0);
    let first = dev.read("first/One.yaml");
    assert_eq!(first.matches("byScopes: true").count(), 1, "{first}");
    dev.write("two.yaml", &first.replace("  name: One\n", "  name: Two\n"));
    let applied = dev.run(&["apply", "two.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.output, applied.errors);
    assert_eq!(dev.run(&["plan", "two.yaml"]).code, 0);
    assert_eq!(dev.run(&["export", "second", "--environment", "Two"]).code, 0);
    assert_eq!(dev.read("second/Two.yaml").replace("  name: Two\n", "  name: One\n"), first);
}

/// The attributes of users and ids within texts mean the same in another environment; what everybody has is changed, never deleted.
#[test]
fn the_schema_and_ids_within_texts_come_along() {
    let dev = Dev::start();
    let one = "environment: {name: One, type: SANDBOX, region: NA}\npopulations: [Staff]\nschemas:\n  - name: User\n    \
               attributes:\n      - {name: title, enabled: false}\n      - {name: kit, type: JSON, enabled: true}\n      \
               - {name: badge, enabled: true, unique: true}\nsignOnPolicies:\n  - name: P\n    actions:\n      - type: LOGIN\n        \
               priority: 1\n        condition: {value: \"${user.population.id}\", equals: \"@{populations[Staff]}\"}\n";
    dev.write("one.yaml", one);
    dev.write("nowhere.yaml", &one.replace("@{populations[Staff]}", "@{populations[Nobody]}"));
    let nowhere = dev.run(&["plan", "nowhere.yaml"]);
    assert!(nowhere.errors.contains("condition: there is no populations[Nobody]"), "{}", nowhere.errors);
    let planned = dev.run(&["plan", "one.yaml"]);
    assert!(!planned.output.contains("schemas[User]\n"), "there is one in every environment: {}", planned.output);
    let applied = dev.run(&["apply", "one.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.output, applied.errors);
    assert!(applied.output.contains("changed schemas[User].attributes[title]"), "{}", applied.output);
    assert_eq!(dev.run(&["plan", "one.yaml"]).code, 0);
    assert_eq!(dev.run(&["export", "first", "--environment", "One"]).code, 0);
    let first = dev.read("first/One.yaml");
    for named in ["name: badge", "name: kit", "name: title", "equals: \"@{populations[Staff]}\""] {
        assert!(first.contains(named), "no {named} in {first}");
    }
    assert!(!first.contains("name: nickname") && !first.contains("name: username"), "nobody changed these: {first}");
    dev.write("two.yaml", &first.replace("  name: One\n", "  name: Two\n"));
    let applied = dev.run(&["apply", "two.yaml", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.output, applied.errors);
    assert_eq!(dev.run(&["plan", "two.yaml"]).code, 0);
    assert_eq!(dev.run(&["export", "again", "--environment", "Two"]).code, 0);
    assert_eq!(dev.read("again/Two.yaml").replace("  name: Two\n", "  name: One\n"), first);
    dev.write("less.yaml", &one.replace("      - {name: badge, enabled: true, unique: true}\n", ""));
    let pruned = dev.run(&["apply", "less.yaml", "--prune", "--yes"]);
    assert_eq!(pruned.code, 0, "{}{}", pruned.output, pruned.errors);
    let gone: Vec<&str> = pruned.output.lines().filter(|line| line.starts_with("deleted")).collect();
    assert_eq!(gone, ["deleted schemas[User].attributes[badge]"]);
}

/// Somebody changed something by hand: it is shown property by property, and undone.
#[test]
fn drift_is_shown_and_undone() {
    let dev = Dev::with_the_example();
    let drifted = example()
        .replace("S256_REQUIRED", "OPTIONAL")
        .replace("        description: See orders\n", "")
        .replace("      - https://shop.example.com/callback\n", "      - https://shop.example.com/other\n");
    let drifted = drifted.replace("accessTokenValiditySeconds: 900", "accessTokenValiditySeconds: 1200");
    dev.write("drifted.yaml", &drifted);
    let diff = dev.run(&["diff", "drifted.yaml"]);
    assert_eq!(diff.code, 2, "{}", diff.errors);
    for told in [
        "pkceEnforcement: \"S256_REQUIRED\" → \"OPTIONAL\"",
        "- \"https://shop.example.com/callback\"",
        "+ \"https://shop.example.com/other\"",
        "accessTokenValiditySeconds: 900 → 1200",
    ] {
        assert!(diff.output.contains(told), "no {told} in {}", diff.output);
    }
    // What a file does not say stays as it is.
    assert!(!diff.output.contains("description"), "{}", diff.output);
    let json = dev.run(&["plan", "drifted.yaml", "--output", "json"]);
    let plans: Value = serde_json::from_str(&json.output).unwrap();
    let steps = plans[0]["steps"].as_array().unwrap();
    assert_eq!((json.code, steps.len()), (2, 2), "{}", json.output);
    assert!(steps.iter().all(|step| step["action"] == "change"));
    assert_eq!(dev.run(&["apply", "drifted.yaml", "-y"]).code, 0);
    assert_eq!(dev.run(&["diff", "drifted.yaml"]).code, 0);
    assert_eq!(dev.run(&["plan", "shop.yaml"]).code, 2);
    // A secret that is another one is told to differ, and no more.
    let other = run_with(dev.place.path(), &["plan", "drifted.yaml", "--url", &dev.url], &[(SECRET.0, "another")]);
    assert!(other.output.contains("clientSecret: (secret) → (secret)"), "{}", other.output);
    // Where it is not there, it is not compared; and nothing is applied without it.
    let without = run_with(dev.place.path(), &["plan", "drifted.yaml", "--url", &dev.url], &[]);
    assert_eq!(without.code, 0, "{}", without.output);
    assert!(without.output.contains("not compared"), "{}", without.output);
}

/// Only what the files could have made is deleted, and only where that is asked for.
#[test]
fn what_no_file_names_is_deleted_only_where_that_is_asked_for() {
    let dev = Dev::with_the_example();
    let less = example().replace("  - name: Buyers\n    population: Staff\n    memberOfGroups: [Everybody]\n", "");
    let less = less.replace("        groups: [Buyers]", "        groups: [Everybody]");
    let less = less
        .replace("      - name: orders:write\n", "")
        .replace("\"orders:read\", \"orders:write\"", "\"orders:read\"");
    dev.write("less.yaml", &less);
    assert_eq!(dev.run(&["apply", "less.yaml", "--yes"]).code, 0);
    let left = dev.run(&["plan", "less.yaml"]);
    assert_eq!(left.code, 0, "{}", left.output);
    assert!(left.output.contains("nothing to do; 2 only on the server"), "{}", left.output);
    let diff = dev.run(&["diff", "less.yaml"]);
    assert_eq!(diff.code, 2);
    assert!(diff.output.contains("? groups[Buyers]: only on the server"), "{}", diff.output);
    let pruned = dev.run(&["apply", "less.yaml", "--prune", "--yes"]);
    assert_eq!(pruned.code, 0, "{}{}", pruned.output, pruned.errors);
    assert!(pruned.output.contains("deleted groups[Buyers]"), "{}", pruned.output);
    assert_eq!(dev.run(&["diff", "less.yaml"]).code, 0);
    // The populations and policies that came with it are there still.
    let exported = dev.run(&["export", "--environment", "Shop"]);
    for name in ["name: Default", "name: Standard", "name: Single_Factor", "name: Customers"] {
        assert!(exported.output.contains(name), "no {name} in {}", exported.output);
    }
    dev.write(
        "empty.yaml",
        "environment: Shop\npopulations: []\npasswordPolicies: []\nsignOnPolicies: []\nresources: []\n",
    );
    let all = dev.run(&["plan", "empty.yaml", "--prune"]);
    for name in
        ["populations[Default]", "passwordPolicies[Standard]", "signOnPolicies[Single_Factor]", "resources[openid]"]
    {
        assert!(!all.output.contains(name), "{}", all.output);
    }
    assert!(all.output.contains("- populations[Staff]"), "{}", all.output);
}

/// Every fault is told with its place before anything is changed, and the API's own words at the property that they are about.
#[test]
fn faults_are_told_with_their_place_before_anything_is_changed() {
    let dev = Dev::start();
    dev.write(
        "wrong.yaml",
        "environment:\n  name: Wrong\n  type: SANDBOX\n  region: NA\ngroups:\n  - name: One\n    population: Nowhere\n  \
         - name: Two\n    createdAt: now\n    descripton: x\nidentityProviders:\n  - name: P\n    clientSecret: open\ngruops: []\n",
    );
    let wrong = dev.run(&["apply", "wrong.yaml", "--yes"]);
    assert_eq!(wrong.code, 1);
    for told in [
        "wrong.yaml:9:5: groups[1].createdAt: only the server writes it",
        "wrong.yaml:10:5: groups[1].descripton: there is no property descripton: did you mean description?",
        "wrong.yaml:13:19: identityProviders[0].clientSecret: it is a secret, which no file says",
        "wrong.yaml:14:1: gruops: there is no kind gruops: did you mean groups?",
    ] {
        assert!(wrong.errors.contains(told), "no {told} in {}", wrong.errors);
    }
    dev.write(
        "nowhere.yaml",
        "environment: {name: Wrong, type: SANDBOX, region: NA}\ngroups:\n  - name: One\n    population: Nowhere\n",
    );
    let nowhere = dev.run(&["apply", "nowhere.yaml", "--yes"]);
    assert_eq!(nowhere.code, 1);
    let told =
        "nowhere.yaml:4:17: groups[0].population: there is no populations[Nowhere], on the server or in the files";
    assert!(nowhere.errors.contains(told), "{}", nowhere.errors);
    assert!(!dev.run(&["export"]).output.contains("Wrong"), "something was made");
    // What only the API can judge stops the work there; what was done stays, and the next run goes on.
    let api = "environment: {name: Right, type: SANDBOX, region: NA}\npopulations: [Staff]\napplications:\n  - name: a\n    \
               type: WEB_APP\n    protocol: OPENID_CONNECT\n    enabled: true\n    tokenEndpointAuthMethod: CLIENT_SECRET_BASIC\n    \
               grantTypes: [AUTHORIZATION_CODE]\n    responseTypes: [CODE]\n    redirectUris: [\"not an address\"]\n";
    dev.write("api.yaml", api);
    let refused = dev.run(&["apply", "api.yaml", "--yes"]);
    assert_eq!(refused.code, 1, "{}", refused.output);
    assert!(
        refused.errors.contains("api.yaml:11:") && refused.errors.contains("applications[0].redirectUris"),
        "{}",
        refused.errors
    );
    assert!(refused.errors.contains("2 of 3 steps were taken"), "{}", refused.errors);
    dev.write("api.yaml", &api.replace("not an address", "https://shop.example.com/cb"));
    let mended = dev.run(&["apply", "api.yaml", "--yes"]);
    assert_eq!((mended.code, mended.output.contains("created applications[a]")), (0, true), "{}", mended.errors);
    assert!(!mended.output.contains("created populations"), "{}", mended.output);
}

/// A typing mistake on the command line is no change, and a server that is not there is an error.
#[test]
fn two_means_that_there_is_something_to_do_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| run_with(place.path(), arguments, &[]).code;
    assert_eq!(run(&["plan"]), 1);
    assert_eq!(run(&["diff", "--wrong", "x"]), 1);
    assert_eq!(run(&["plan", "--help"]), 0);
    assert_eq!(run(&["apply"]), 2);
    std::fs::write(place.path().join("one.yaml"), "environment: One\n").unwrap();
    let silent = format!("http://127.0.0.1:{}", program::free_port());
    assert_eq!(run(&["plan", "one.yaml", "--url", &silent]), 1);
    assert_eq!(run(&["plan", "nothing.yaml"]), 1);
    let half = run_with(place.path(), &["plan", "one.yaml", "--client-id", "x"], &[]);
    assert!(half.code == 1 && half.errors.contains("--admin-environment"), "{}", half.errors);
    for (flag, value, told) in [
        ("--url", "http://grantor.invalid:8085", "must begin with https://"),
        ("--ca", "nothing.pem", "--ca nothing.pem is not right: it cannot be read: No such file or directory"),
        ("--ca", "one.yaml", "--ca one.yaml is not right: it is not a PEM file of certificates"),
    ] {
        let wrong = run_with(place.path(), &["diff", "one.yaml", flag, value], &[]);
        assert!(wrong.code == 1 && wrong.errors.contains(told), "{} {}", wrong.code, wrong.errors);
    }
}

/// A server that asks for patience once, when the first token of the worker with these credentials has ended.
fn impatient(basic: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut tokens, mut patient) = (0, false);
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            let authorization = head.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap();
            let status = if head.starts_with("POST") {
                reader.read_exact(&mut [0; "grant_type=client_credentials".len()]).unwrap();
                assert_eq!(authorization, basic);
                tokens += 1;
                200
            } else if std::mem::replace(&mut patient, true) {
                if authorization == "Bearer t1" { 401 } else { 200 }
            } else {
                429
            };
            let rest = format!("Retry-After: 0\r\nConnection: close\r\n\r\n{{\"access_token\":\"t{tokens}\"}}");
            write!(reader.get_mut(), "HTTP/1.1 {status} \r\n{rest}").unwrap();
        }
    });
    url
}

/// Id and secret are encoded as a form is (RFC 6749 §2.3.1), and a token that ends while it is waited is renewed.
#[test]
fn a_worker_of_any_name_is_patient_and_renews_its_token() {
    let place = tempfile::tempdir().unwrap();
    let one = "environment: {name: One, type: SANDBOX, region: NA, license: {id: x}}\n";
    std::fs::write(place.path().join("one.yaml"), one).unwrap();
    let url = impatient(format!("Basic {}", base64::prelude::BASE64_STANDARD.encode("a%20b:s%3A%25%C3%A9")));
    let arguments = ["plan", "one.yaml", "--url", &url, "--admin-environment", "e", "--client-id", "a b"];
    let planned = run_with(place.path(), &arguments, &[("GRANTOR_ADMIN_CLIENT_SECRET", "s:%é")]);
    assert_eq!(planned.code, 2, "{}{}", planned.output, planned.errors);
}

/// Names of applications may be there twice; which of them a file means nobody could say, so that is told. No file is written over unasked.
#[test]
fn an_export_tells_of_names_that_are_there_twice_and_spares_what_is_there() {
    let dev = Dev::start();
    let (environment, admin) = (dev::ENVIRONMENT.to_string(), dev::ADMIN_APPLICATION.to_string());
    let (at, basic) = (format!("{}/{}/as/token", dev.url, dev::ADMIN_ENVIRONMENT), Some((&*admin, dev::ADMIN_SECRET)));
    let answer = dev.program.post_as(&at, "grant_type=client_credentials", basic).1;
    let token = answer.split_once("\"access_token\":\"").unwrap().1.split('"').next().unwrap();
    let twice = r#"{"name":"Twice","enabled":true,"type":"WORKER","protocol":"OPENID_CONNECT",
        "grantTypes":["CLIENT_CREDENTIALS"],"tokenEndpointAuthMethod":"CLIENT_SECRET_BASIC"}"#;
    let export = |more: &[&str]| dev.run(&[&["export", "dir", "--environment", &environment][..], more].concat());
    let first = export(&[]);
    let file = first.output.lines().next().unwrap();
    dev.write(file, "by hand");
    let spared = export(&[]);
    assert!(spared.code == 73 && spared.errors.contains("--force"), "{}", spared.errors);
    assert_eq!(dev.read(file), "by hand");
    for _ in 0..2 {
        let url = format!("{}/v1/environments/{environment}/applications", dev.url);
        assert_eq!(Program::create(&url, token, twice), 201);
    }
    let told = export(&["--force"]);
    assert!(told.code == 1 && told.errors.contains(": applications[Twice]"), "{} {}", told.code, told.errors);
    assert_eq!(dev.run(&["plan", file]).code, 1);
}

/// What one file says of an environment and what another does is put together; the same object twice is a fault.
#[test]
fn a_directory_is_one_environment_of_several_files() {
    let dev = Dev::start();
    std::fs::create_dir(dev.place.path().join("dir")).unwrap();
    dev.write("dir/a.yaml", "environment: {name: Dir, type: SANDBOX, region: NA}\npopulations: [One]\n");
    dev.write(
        "dir/b.yml",
        "environment: Dir\npopulations:\n  - name: Two\ngroups:\n  - name: G\n    population: One\n",
    );
    dev.write("dir/note.txt", "no: yaml: at: all");
    let applied = dev.run(&["apply", "dir", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.output, applied.errors);
    assert!(applied.output.contains("created populations[Two]"), "{}", applied.output);
    assert_eq!(dev.run(&["plan", "dir"]).code, 0);
    dev.write("dir/c.yaml", "environment: Dir\npopulations: [One]\n");
    let twice = dev.run(&["plan", "dir"]);
    assert!(
        twice.code == 1
            && twice.errors.contains("dir/c.yaml:2:15: populations[0]: One is there already, at dir/a.yaml:2:15"),
        "{}",
        twice.errors
    );
}
