//! `grantor lint` on a database that a server has set up.

#![expect(clippy::unwrap_used, reason = "a failed assumption must fail the test")]

mod program;

use program::{Program, run};
use serde_json::Value;

const ENVIRONMENT: &str = "25ec7b80-3c08-40ed-abe4-8a7edc0f0d9e";

/// The administrators' environment: nothing that RFC 9700 forbids, and what FAPI 2.0 does not have.
#[test]
fn findings_are_told_and_an_error_is_an_exit_code() {
    let place = tempfile::tempdir().unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--management-listen", "off"];
    let serving = Program::start(place.path(), &serve, &[("GRANTOR_ADMIN_ENVIRONMENT_ID", ENVIRONMENT)]);
    serving.wait_for_log("serving");
    assert_eq!(serving.terminate(), 0);
    let lint = |more: &[&str]| run(place.path(), &[&["lint"], more].concat());
    for same in [&[][..], &["--profile", "bcp"], &["--environment", ENVIRONMENT], &["--profile", "rfc9700"]] {
        let told = lint(same);
        assert_eq!(told.code, 0, "{}", told.errors);
        assert!(told.output.contains("advice   client_secret  application "), "{}", told.output);
        assert!(told.output.contains("set it to PRIVATE_KEY_JWT") && told.output.contains("RFC 9700 §2.5"));
        assert!(!told.output.contains("error"), "{}", told.output);
    }
    let fapi = lint(&["--profile", "fapi"]);
    assert_eq!(fapi.code, 1);
    assert!(fapi.errors.contains("findings are errors"), "{}", fapi.errors);
    for json in [&["--profile", "fapi", "--json"][..], &["--profile", "fapi", "--output", "json"]] {
        let told = lint(json);
        assert_eq!(told.code, 1);
        let findings: Value = serde_json::from_str(&told.output).unwrap();
        let found = |rule: &str| findings.as_array().unwrap().iter().find(|one| one["rule"] == rule).cloned().unwrap();
        let profile = found("fapi_profile");
        assert_eq!((profile["level"].as_str(), profile["property"].as_str()), (Some("error"), Some("securityProfile")));
        assert_eq!(profile["environment"]["id"], ENVIRONMENT);
        assert_eq!((&profile["application"], &profile["is"]), (&Value::Null, &Value::from("RFC9700")));
        assert_eq!(found("fapi_signing_key")["is"], "RS256");
        assert!(found("fapi_client_authentication")["application"]["id"].is_string());
    }
    assert_eq!(lint(&["--environment", "nothing"]).code, 78);
    let unknown = lint(&["--environment", "00000000-0000-4000-8000-000000000000"]);
    assert!(unknown.code == 1 && unknown.errors.contains("nvironment"), "{}", unknown.errors);
}
