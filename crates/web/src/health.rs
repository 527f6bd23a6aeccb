//! Decides what the management listener says about the process: alive, started, ready, its metrics and its version.
//! It is for operators only and is bound to loopback unless they say otherwise.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;

use crate::{metrics::Metrics, server::Shutdown};

/// One thing that must hold for requests to be served.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// A fixed word: `database`, `schema`, `signing_key`.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// For the operator; no secrets.
    pub detail: String,
}

/// Runs the checks. What takes longer than two seconds counts as failed.
pub type Readiness = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Vec<Check>> + Send>> + Send + Sync>;

/// From what, whose environment, where it came from, how often.
pub type TurnedAway = (&'static str, String, String, u64);

/// What the management listener needs to know.
#[derive(Clone)]
pub struct Health {
    /// What `/readyz` runs.
    pub readiness: Readiness,
    /// True once the store is open and migrated and the public listener is bound.
    pub started: Arc<AtomicBool>,
    /// Draining makes `/readyz` say no.
    pub shutdown: Shutdown,
    /// What `/metrics` writes.
    pub metrics: Arc<Metrics>,
    /// Audit events dropped since the start, asked when metrics are.
    pub events_dropped: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// Who was turned away since the start: from what, by which bound, how many; asked likewise.
    pub turned_away: Arc<dyn Fn() -> Vec<(&'static str, &'static str, u64)> + Send + Sync>,
    /// Who was turned away most since the start.
    pub most_turned_away: Arc<dyn Fn() -> Vec<TurnedAway> + Send + Sync>,
    /// How many attempts to tell applications of a sign-off ended how, asked likewise.
    pub logout_notices: Arc<dyn Fn() -> [(&'static str, u64); 3] + Send + Sync>,
    /// What `/version` says, such as `0.1.0`.
    pub version: &'static str,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("started", &self.started).field("version", &self.version).finish_non_exhaustive()
    }
}

/// `/livez` and `/healthz` (the process answers), `/startupz`, `/readyz` (200 or 503; `?verbose` lists the checks, JSON when
/// `Accept` asks for it), `/metrics` (OpenMetrics), `/version`.
pub fn router(health: Health) -> Router {
    Router::new()
        .route("/livez", get(alive))
        .route("/healthz", get(alive))
        .route("/startupz", get(started))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/version", get(version))
        .with_state(health)
}

/// `/livez` and `/readyz` alone, for a server without a management listener.
pub fn probes(readiness: Readiness, shutdown: Shutdown) -> Router {
    let probes = Probes { readiness, shutdown };
    Router::new()
        .route("/livez", get(alive))
        .route(
            "/readyz",
            get(async |State(probes): State<Probes>, query: RawQuery, headers: HeaderMap| {
                answered(&run(&probes).await, query, &headers)
            }),
        )
        .with_state(probes)
}

/// What readiness is found by.
#[derive(Clone)]
struct Probes {
    readiness: Readiness,
    shutdown: Shutdown,
}

async fn alive() -> &'static str {
    "ok\n"
}

async fn started(State(health): State<Health>) -> (StatusCode, &'static str) {
    if health.started.load(Ordering::Acquire) {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "starting\n")
    }
}

async fn ready(State(health): State<Health>, query: RawQuery, headers: HeaderMap) -> Response {
    let Health { readiness, shutdown, .. } = health;
    answered(&run(&Probes { readiness, shutdown }).await, query, &headers)
}

fn answered(checks: &[Check], RawQuery(query): RawQuery, headers: &HeaderMap) -> Response {
    let ok = checks.iter().all(|check| check.ok);
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let json = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    if json {
        return json_response(status, &serde_json::json!({ "ok": ok, "checks": checks }));
    }
    let verdict = if ok { "ok\n" } else { "not ready\n" };
    let verbose =
        query.is_some_and(|query| query.split('&').any(|part| part == "verbose" || part.starts_with("verbose=")));
    if !verbose {
        return (status, verdict).into_response();
    }
    let mut text = String::new();
    for check in checks {
        let sign = if check.ok { "+" } else { "-" };
        text.extend(["[", sign, "] ", check.name, " ", &check.detail, "\n"]);
    }
    (status, text + verdict).into_response()
}

async fn run(probes: &Probes) -> Vec<Check> {
    let draining = probes.shutdown.is_draining();
    let detail = if draining { "the server is ending" } else { "no" }.to_owned();
    let mut checks = vec![Check { name: "draining", ok: !draining, detail }];
    match tokio::time::timeout(CHECK_TIME, (probes.readiness)()).await {
        Ok(more) => checks.extend(more),
        Err(_) => checks.push(Check { name: "checks", ok: false, detail: "did not end within 2 s".to_owned() }),
    }
    checks
}

async fn metrics(State(health): State<Health>) -> Response {
    health.metrics.events_dropped((health.events_dropped)());
    for (what, by, total) in (health.turned_away)() {
        health.metrics.turned_away(what, by, total);
    }
    health.metrics.most_turned_away((health.most_turned_away)());
    for (outcome, total) in (health.logout_notices)() {
        health.metrics.logout_notices(outcome, total);
    }
    match health.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn version(State(health): State<Health>) -> Response {
    json_response(StatusCode::OK, &serde_json::json!({ "name": "grantor", "version": health.version }))
}

fn json_response(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

const CHECK_TIME: Duration = Duration::from_secs(2);
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
