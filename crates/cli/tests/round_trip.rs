//! Environments as files between two servers, and what stands in the way of a plan: all of it is told before anything is done.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use std::path::Path;
use std::process::Command;

use program::{Ended, KNOWN, Program, Serving, run_with};

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
        run_with(self.place.path(), &[arguments, &["--url", &self.url]].concat(), &[])
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.place.path().join(name), text).unwrap();
    }

    /// What is told of a file that no plan is made of.
    fn faults(&self, text: &str) -> String {
        self.write("wrong.yaml", text);
        let ended = self.run(&["plan", "wrong.yaml"]);
        assert_eq!(ended.code, 1, "{}", ended.output);
        ended.errors
    }

    fn applied(&self, text: &str, more: &[&str]) -> String {
        self.write("right.yaml", text);
        let ended = self.run(&[&["apply", "right.yaml", "--yes"], more].concat());
        assert_eq!(ended.code, 0, "{}{}", ended.output, ended.errors);
        ended.output
    }
}

/// Both worlds of dev are made in one moment, and what came with an environment is known all the same: the files of each make it on a server
/// that has nothing yet, nothing is left to do then, and what is exported there says all that they say.
#[test]
fn whatever_dev_holds_is_made_again_on_an_empty_server() {
    let dev = Dev::start();
    let place = tempfile::tempdir().unwrap();
    let serving = Serving::start(place.path(), &[]);
    let url = format!("http://{}", serving.listen);
    let there = |arguments: &[&str]| {
        let ended = run_with(dev.place.path(), &[arguments, &["--url", &url]].concat(), &KNOWN);
        assert_eq!(ended.code, 0, "{arguments:?} {}{}", ended.output, ended.errors);
        ended.output
    };
    assert_eq!(dev.run(&["export", "first"]).code, 0);
    assert!(there(&["apply", "first", "--yes"]).contains("created resources[Playground].scopes[country.read]"));
    assert!(there(&["plan", "first"]).contains("nothing to do"));
    there(&["export", "second"]);
    let read = |name: String| std::fs::read_to_string(dev.place.path().join(name)).unwrap();
    for name in ["Administrators", "Grantor-Dev", "Playground"] {
        let second = read(format!("second/{name}.yaml"));
        let mut lines = second.lines();
        for line in read(format!("first/{name}.yaml")).lines() {
            assert!(lines.any(|other| other == line), "no {line:?} in its place in {second}");
        }
    }
    let scopes = read("first/Playground.yaml".into());
    assert!(!scopes.contains("p1:read:user") && !scopes.contains("offline_access"), "every environment has these");
}

/// A provider that is a population's default, and makes its users there: the reference that goes by itself is taken away first, and all else goes
/// after whatever refers to it.
#[test]
fn what_refers_to_each_other_is_deleted_together() {
    let dev = Dev::start();
    let rest = "environment: {name: Ring, type: SANDBOX, region: NA}\npopulations: []\nidentityProviders: []\napplications: []\ngroups: []\n\
                signOnPolicies: []\npasswordPolicies: []\nresources: []\nauthorizationDetailsTypes: []\n";
    let whole = "environment: {name: Ring, type: SANDBOX, region: NA}\n\
        passwordPolicies: [{name: Own, excludesCommonlyUsed: true, excludesProfileData: true, notSimilarToCurrent: true}]\n\
        populations: [{name: Staff, passwordPolicy: Own, defaultIdentityProvider: Partner}]\n\
        identityProviders: [{name: Partner, type: OPENID_CONNECT, enabled: true, clientId: x, clientSecret: {file: s}, scopes: [openid], \
        authorizationEndpoint: 'https://p.example.com/a', tokenEndpoint: 'https://p.example.com/t', jwksEndpoint: 'https://p.example.com/j', \
        issuer: 'https://p.example.com', tokenEndpointAuthMethod: CLIENT_SECRET_BASIC, registration: {population: Staff}}]\n\
        groups: [{name: All, population: Staff}, {name: Some, population: Staff, memberOfGroups: [All]}]\n\
        resources: [{name: orders, scopes: ['orders:read']}]\n\
        authorizationDetailsTypes: [{type: payment, resource: orders}]\n\
        signOnPolicies: [{name: Both, actions: [{type: IDENTITY_PROVIDER, priority: 1, identityProvider: Partner}]}]\n\
        applications: [{name: App, type: WEB_APP, protocol: OPENID_CONNECT, enabled: true, tokenEndpointAuthMethod: NONE, \
        grantTypes: [AUTHORIZATION_CODE], responseTypes: [CODE], redirectUris: ['https://a.example.com/cb'], \
        authorizationDetailsTypes: [payment], accessControl: {group: {type: ANY_GROUP, groups: [All]}}, \
        grants: [{resource: orders, scopes: ['orders:read']}], signOnPolicyAssignments: [{signOnPolicy: Both, priority: 1}]}]\n";
    dev.write("s", "secret");
    dev.applied(whole, &[]);
    let told = dev.applied(rest, &["--prune"]);
    let at = |line: &str| told.lines().position(|one| one == line).unwrap_or_else(|| panic!("no {line} in {told}"));
    assert!(at("changed populations[Staff].defaultIdentityProvider") < at("deleted identityProviders[Partner]"));
    for (first, then) in [
        ("identityProviders[Partner]", "populations[Staff]"),
        ("signOnPolicies[Both]", "identityProviders[Partner]"),
        ("applications[App]", "signOnPolicies[Both]"),
        ("applications[App]", "resources[orders]"),
        ("groups[Some]", "groups[All]"),
        ("groups[All]", "populations[Staff]"),
        ("populations[Staff]", "passwordPolicies[Own]"),
    ] {
        assert!(at(&format!("deleted {first}")) < at(&format!("deleted {then}")), "{then} before {first}: {told}");
    }
    assert_eq!(dev.run(&["diff", "right.yaml"]).code, 0);
}

/// What the descriptions know is told before anything is done, beside typing mistakes and references to nothing.
#[test]
fn a_plan_refuses_what_the_descriptions_know_all_at_once() {
    let dev = Dev::start();
    let told = dev.faults(
        "environment: {name: New, region: NA}\npopulations:\n  - {name: P, descripton: x, passwordPolicy: Nowhere}\napplications:\n  \
         - {name: A, type: WEBAPP, protocol: OPENID_CONNECT, enabled: true}\ngroups:\n  \
         - {name: G, population: {id: 0a0b0c0d-0000-4000-8000-000000000001}}\n",
    );
    for fault in [
        "wrong.yaml:1:14: environment.type: it is missing: a new one must have it",
        "wrong.yaml:3:15: populations[0].descripton: there is no property descripton: did you mean description?",
        "wrong.yaml:3:46: populations[0].passwordPolicy: there is no passwordPolicies[Nowhere], on the server or in the files",
        "wrong.yaml:5:21: applications[0].type: it must be one of",
        "did you mean WEB_APP?",
        "applications[0].tokenEndpointAuthMethod: it is missing: a new one must have it",
        "groups[0].population: none of the server's populations has the id 0a0b0c0d-0000-4000-8000-000000000001",
    ] {
        assert!(told.contains(fault), "no {fault} in {told}");
    }
    // What it is called may be in what could not be read.
    let told = dev.faults(
        "environment: {name: New, type: SANDBOX, region: NA}\ngroups: [{name: G, population: P}]\npopulatons: [P]\n",
    );
    assert!(told.contains("did you mean populations?") && !told.contains("populations[P]"), "{told}");
    let application = |kind: &str| {
        format!(
            "environment: Grantor Dev\napplications:\n  - name: Basic web application\n    type: {kind}\n    enabled: true\n"
        )
    };
    let told = dev.faults(&application("NATIVE_APP"));
    assert!(told.contains("wrong.yaml:4:11: applications[0].type: it can not be changed once it is made"), "{told}");
    dev.write("same.yaml", &application("WEB_APP"));
    assert_eq!(dev.run(&["plan", "same.yaml"]).code, 0);
}

/// Who reads may have read enough: that is no failure to tell of.
#[test]
fn nobody_is_told_of_a_pipe_that_was_closed() {
    let dev = Dev::start();
    let piped = |command: &str| {
        let script = format!("set -o pipefail; {command} | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}");
        let mut bash = Command::new("bash");
        bash.args(["-c", &script, "bash", env!("CARGO_BIN_EXE_grantor"), &dev.url]).current_dir(dev.place.path());
        let ended = bash.output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    // It is a matter of time whether all is written before the other end goes.
    for command in ["\"$1\" export --url \"$2\"", "\"$1\" completions bash"] {
        let (code, errors) = piped(command);
        assert!(errors.is_empty() && matches!(code, Some(0 | 141)), "{code:?} {errors}");
    }
    let mut none = Command::new(env!("CARGO_BIN_EXE_grantor"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended =
        none.args(["completions", "bash"]).stdout(writer).stderr(std::process::Stdio::piped()).output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8(ended.stderr).unwrap().as_str()), (Some(141), ""));
}

/// A link that leads back is followed once; and a wrong secret is told as what it is.
#[test]
fn a_directory_that_holds_itself_is_read_once_and_a_wrong_secret_is_told() {
    let dev = Dev::start();
    let directory = dev.place.path().join("dir");
    std::fs::create_dir(&directory).unwrap();
    dev.write("dir/a.yaml", "environment: Grantor Dev\npopulations: [Default]\n");
    std::os::unix::fs::symlink(".", directory.join("self")).unwrap();
    std::os::unix::fs::symlink(Path::new(".."), directory.join("above")).unwrap();
    let planned = dev.run(&["plan", "dir"]);
    assert!(!planned.errors.contains("is there already"), "{}", planned.errors);
    let admin = ["--admin-environment", KNOWN[0].1, "--client-id", KNOWN[1].1];
    let arguments = [&["plan", "dir", "--url", &dev.url][..], &admin].concat();
    let wrong = run_with(dev.place.path(), &arguments, &[("GRANTOR_ADMIN_CLIENT_SECRET", "wrong")]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.errors.contains("no token: it answered"), "{}", wrong.errors);
    assert!(!wrong.errors.contains("does not answer"), "{}", wrong.errors);
    assert!(dev.program.printed().contains("curl"));
}
