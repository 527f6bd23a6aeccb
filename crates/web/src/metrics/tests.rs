use std::collections::BTreeSet;
use std::time::Duration;

use http::{Method, StatusCode};
use protocol::refusal::Reason;

use super::Metrics;

/// Every metric once.
fn written() -> String {
    let metrics = Metrics::new();
    metrics.request(Some("/{environment}/as/token"), &Method::POST, StatusCode::OK, Duration::from_millis(1));
    metrics.token_issued("client_credentials");
    metrics.refused("secret_wrong");
    metrics.connection_refused("source");
    metrics.events_dropped(1);
    let _held = (metrics.password_hash(), metrics.connection());
    metrics.text().unwrap()
}

/// What stands in `deploy/`.
fn deployed(file: &str) -> String {
    std::fs::read_to_string(format!("{}/../../deploy/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The names that begin with `grantor_`.
fn names(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
    words.filter(|word| word.starts_with("grantor_")).collect()
}

/// C4: dashboard and alerts name metrics that exist, and none that exists is on neither.
#[test]
fn dashboard_and_alerts_name_what_exists() {
    let text = written();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let existing: BTreeSet<&str> = samples.filter_map(|line| line.split(['{', ' ']).next()).collect();
    let (dashboard, alerts) = (deployed("grafana/grantor.json"), deployed("prometheus/grantor.rules.yml"));
    for name in names(&dashboard).union(&names(&alerts)) {
        assert!(existing.contains(name), "{name} does not exist: {existing:?}");
    }
    for name in &existing {
        let derived = name.ends_with("_sum") || name.ends_with("_count");
        assert!(derived || names(&dashboard).contains(name), "{name} is not on the dashboard");
    }
}

/// C4: so do their labels and reasons.
#[test]
fn dashboard_and_alerts_select_by_what_exists() {
    let known = ["route", "method", "status", "le", "grant", "reason", "limit", "instance", "job"];
    let serde_json::Value::Object(dashboard) = serde_json::from_str(&deployed("grafana/grantor.json")).unwrap() else {
        panic!("a dashboard is an object")
    };
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let alerts = deployed("prometheus/grantor.rules.yml");
    let queries = targets.map(|target| target["expr"].as_str().unwrap()).chain([alerts.as_str()]);
    for query in queries {
        for (before, _) in query.match_indices("=~\"").chain(query.match_indices("=\"")) {
            let label = query[..before].rsplit(|c: char| !c.is_ascii_lowercase()).next().unwrap();
            assert!(known.contains(&label), "{label} in {query}");
        }
        for rest in query.split("by (").skip(1) {
            for label in rest.split(')').next().unwrap().split(',') {
                assert!(known.contains(&label.trim()), "{label} in {query}");
            }
        }
        for selected in query.split("reason=~\"").skip(1) {
            for reason in selected.split('"').next().unwrap().split('|') {
                assert!(Reason::parse(reason).is_some(), "{reason} in {query}");
            }
        }
    }
}
