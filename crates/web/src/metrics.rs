//! Decides what is counted, under names and labels that stay (OpenMetrics 1.0). Every label has few values: route patterns,
//! fixed words; never a client, a user, an address or an id.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{Method, StatusCode};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// The process's metrics. Recording is an atomic addition after one look-up; nothing is recorded twice.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabel, Histogram, fn() -> Histogram>,
    tokens: Family<GrantLabel, Counter>,
    refusals: Family<ReasonLabel, Counter>,
    hashes_waiting: Gauge<i64, AtomicI64>,
    connections: Gauge<i64, AtomicI64>,
    connections_refused: Family<LimitLabel, Counter>,
    events_dropped: Counter,
    turned_away: Family<TurnedAwayLabels, Counter>,
    most_turned_away: Family<WhoLabels, Gauge>,
    logout_notices: Family<OutcomeLabel, Counter>,
    /// Per route, what `requests` and `durations` hold for it, so that a request allocates nothing to be counted.
    routes: RwLock<HashMap<Box<str>, Arc<Route>>>,
}

impl Metrics {
    /// Everything at zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("grantor"),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            tokens: Family::default(),
            refusals: Family::default(),
            hashes_waiting: Gauge::default(),
            connections: Gauge::default(),
            connections_refused: Family::default(),
            events_dropped: Counter::default(),
            turned_away: Family::default(),
            most_turned_away: Family::default(),
            logout_notices: Family::default(),
            routes: RwLock::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("http_requests", "Requests by route, method and class of status", metrics.requests.clone());
        let durations = metrics.durations.clone();
        registry.register_with_unit("http_request_duration", "Time to the response head", Unit::Seconds, durations);
        registry.register("tokens_issued", "Token responses by grant type", metrics.tokens.clone());
        registry.register("refusals", "Refused requests by error code", metrics.refusals.clone());
        registry.register(
            "password_hashes_waiting",
            "Password hashes under way or queued",
            metrics.hashes_waiting.clone(),
        );
        registry.register("connections", "Open connections", metrics.connections.clone());
        let refused = metrics.connections_refused.clone();
        registry.register("connections_refused", "Connections refused by the limit that stood against them", refused);
        let dropped = metrics.events_dropped.clone();
        registry.register("audit_events_dropped", "Audit events that the store was too slow to take", dropped);
        let turned_away = metrics.turned_away.clone();
        registry.register(
            "turned_away",
            "Who was told to come back: from what, and the bound that stood against it",
            turned_away,
        );
        let most = metrics.most_turned_away.clone();
        registry.register("most_turned_away", "How often each of those who were told to come back most was", most);
        let notices = metrics.logout_notices.clone();
        registry.register("logout_notices", "Attempts to tell applications of a sign-off, by outcome", notices);
        metrics
    }

    /// One request, answered. `route` is the pattern that matched, or nothing.
    pub fn request(&self, route: Option<&str>, method: &Method, status: StatusCode, took: Duration) {
        let route = self.route(route.unwrap_or("unmatched"));
        let (at, method) = method_label(method);
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        let counter = route.counters[at][class].get_or_init(|| {
            let labels = RequestLabels { route: route.name.clone(), method, status: CLASSES[class] };
            self.requests.get_or_create_owned(&labels)
        });
        counter.inc();
        route.duration.observe(took.as_secs_f64());
    }

    /// A token response for the grant type (`authorization_code`, …).
    pub fn token_issued(&self, grant: &'static str) {
        self.tokens.get_or_create(&GrantLabel { grant }).inc();
    }

    /// A refusal under its error code (`invalid_client`, `rate_limited`, …).
    pub fn refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&ReasonLabel { reason }).inc();
    }

    /// A password hash that is queued or under way until what comes back is dropped.
    #[must_use]
    pub fn password_hash(&self) -> Pending {
        Pending::new(&self.hashes_waiting)
    }

    /// A connection that is open until what comes back is dropped.
    #[must_use]
    pub fn connection(&self) -> Pending {
        Pending::new(&self.connections)
    }

    /// A connection that one of the limits (`total`, `source`) stood against.
    pub fn connection_refused(&self, limit: &'static str) {
        self.connections_refused.get_or_create(&LimitLabel { limit }).inc();
    }

    /// How many audit events were dropped since the start, as their writer counts them.
    pub fn events_dropped(&self, total: u64) {
        self.events_dropped.inner().store(total, Ordering::Relaxed);
    }

    /// How many were turned away since the start from `what` by a bound of the kind `by`, as whoever did it counts them.
    pub fn turned_away(&self, what: &'static str, by: &'static str, total: u64) {
        self.turned_away.get_or_create(&TurnedAwayLabels { what, by }).inner().store(total, Ordering::Relaxed);
    }

    /// How many attempts to tell an application of a sign-off ended so since the start, as whoever made them counts them.
    pub fn logout_notices(&self, outcome: &'static str, total: u64) {
        self.logout_notices.get_or_create(&OutcomeLabel { outcome }).inner().store(total, Ordering::Relaxed);
    }

    /// Who was turned away most from `what`: of which environment, from where, and how often. Nobody else is told of any more.
    pub fn most_turned_away(&self, who: Vec<(&'static str, String, String, u64)>) {
        self.most_turned_away.clear();
        for (what, environment, source, total) in who {
            let total = i64::try_from(total).unwrap_or(i64::MAX);
            self.most_turned_away.get_or_create(&WhoLabels { what, environment, source }).set(total);
        }
    }

    /// The OpenMetrics text.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(16 * 1024);
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn route(&self, name: &str) -> Arc<Route> {
        if let Some(route) = self.routes.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Arc::clone(route);
        }
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        // Patterns come from the program, not from clients; the bound is for whoever breaks that.
        let name = if routes.len() < MOST_ROUTES { name } else { "other" };
        let route = routes.entry(name.into()).or_insert_with(|| {
            let duration = self.durations.get_or_create_owned(&RouteLabel { route: name.to_owned() });
            Arc::new(Route { name: name.to_owned(), counters: Default::default(), duration })
        });
        Arc::clone(route)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Something counted as present until it is dropped.
#[derive(Debug)]
pub struct Pending {
    gauge: Gauge<i64, AtomicI64>,
}

impl Pending {
    fn new(gauge: &Gauge<i64, AtomicI64>) -> Self {
        gauge.inc();
        Self { gauge: gauge.clone() }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.gauge.dec();
    }
}

struct Route {
    name: String,
    counters: [[OnceLock<Counter<u64, AtomicU64>>; 5]; 8],
    duration: Histogram,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct GrantLabel {
    grant: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TurnedAwayLabels {
    what: &'static str,
    by: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct WhoLabels {
    what: &'static str,
    environment: String,
    source: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct LimitLabel {
    limit: &'static str,
}

/// Methods are whatever a client invents (RFC 9110 §9.1), so all but the known ones are one.
fn method_label(method: &Method) -> (usize, &'static str) {
    match *method {
        Method::GET => (0, "GET"),
        Method::POST => (1, "POST"),
        Method::PUT => (2, "PUT"),
        Method::PATCH => (3, "PATCH"),
        Method::DELETE => (4, "DELETE"),
        Method::HEAD => (5, "HEAD"),
        Method::OPTIONS => (6, "OPTIONS"),
        _ => (7, "other"),
    }
}

/// A method by its name where it is known: others are whatever a client invents.
pub(crate) fn known_method(method: &Method) -> &'static str {
    method_label(method).1
}

const BUCKETS: [f64; 8] = [0.001, 0.0025, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
const MOST_ROUTES: usize = 512;

#[cfg(test)]
mod tests;
