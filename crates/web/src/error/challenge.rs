//! The challenges of our own resources: which schemes they take, and what was wrong with the one that was used (RFC 6750 §3,
//! RFC 9449 §7.1, RFC 9110 §11.6.1). Each is a line of its own.

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};
use protocol::discovery::dpop_algs;
use protocol::dpop::Scheme;
use protocol::policy::RFC9700;
use protocol::refusal::Reason;
use protocol::step_up::StepUp;

/// The status at a resource. RFC 9449 §7.1: what is wrong with a proof is 401 there, and 400 at the token endpoint.
pub(super) const fn status(reason: Reason) -> u16 {
    if reason.is_of_proof() { 401 } else { reason.status() }
}

/// At userinfo, for a request that used `scheme`.
pub(super) fn of_resource(headers: &mut HeaderMap, reason: Reason, scheme: Scheme) {
    let bearer = "Bearer realm=\"grantor\"";
    let Some(error) = error(reason) else { return };
    let used = if reason.is_of_dpop() { Scheme::Dpop } else { scheme };
    let lines = match (used, status(reason)) {
        (Scheme::Bearer, 401) => vec![format!("{bearer}{error}"), dpop(REALM, "")],
        (Scheme::Bearer, _) => vec![format!("{bearer}{error}")],
        (Scheme::Dpop, 401) => vec![dpop(REALM, &error), bearer.to_owned()],
        (Scheme::Dpop, _) => vec![dpop(REALM, &error)],
    };
    put(headers, &lines);
}

/// At the management API, and wherever else a 401 is answered in PingOne's form (RFC 9110 §15.5.2: each carries a challenge).
pub(super) fn of_management(headers: &mut HeaderMap, reason: Reason) {
    if status(reason) != 401 {
        return;
    }
    let bearer = || "Bearer".to_owned();
    let lines = match error(reason) {
        Some(error) if reason.is_of_dpop() => vec![dpop("", &error), bearer()],
        Some(_) => vec![bearer(), dpop("", "")],
        None => vec![bearer()],
    };
    put(headers, &lines);
}

/// RFC 6750 §3: the scope that is needed.
pub(super) fn tell_scope(headers: &mut HeaderMap, scope: &str) {
    let lines = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|line| line.to_str().ok());
    let told: Vec<String> = lines.map(|line| format!("{line}, scope=\"{scope}\"")).collect();
    put(headers, &told);
}

/// RFC 9728 §5.1: the challenges of a resource say where its metadata is.
pub(super) fn tell_metadata(headers: &mut HeaderMap, metadata: &str) {
    let lines = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|line| line.to_str().ok());
    let told = lines.map(|line| {
        let line = if line.contains(' ') { line.to_owned() } else { format!("{line} {REALM}") };
        format!("{line}, resource_metadata=\"{metadata}\"")
    });
    let told: Vec<String> = told.collect();
    put(headers, &told);
}

/// RFC 9470 §3: `acr_values` and `max_age` of the sign-on that would do, where the error is told.
pub(crate) fn tell_step_up(headers: &mut HeaderMap, demanded: &StepUp) {
    let StepUp { acr_values, max_age } = demanded;
    let values = (!acr_values.is_empty()).then(|| format!(", acr_values=\"{}\"", acr_values.join(" ")));
    let age = max_age.map(|seconds| format!(", max_age=\"{seconds}\""));
    let more = values.unwrap_or_default() + &age.unwrap_or_default();
    let lines = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|line| line.to_str().ok());
    let told: Vec<String> =
        lines.map(|line| if line.contains("error=") { format!("{line}{more}") } else { line.to_owned() }).collect();
    put(headers, &told);
}

/// What is told of the error, where the reason is one of a resource. RFC 6750 §3.1: without credentials nothing is.
fn error(reason: Reason) -> Option<String> {
    let told = |code: &str, sentence: &str| Some(format!(", error=\"{code}\", error_description=\"{sentence}\""));
    let row = reason.row();
    match reason {
        Reason::AccessTokenMissing => Some(String::new()),
        Reason::AccessTokenTwice => Some(", error=\"invalid_request\"".to_owned()),
        Reason::ScopeInsufficient => Some(", error=\"insufficient_scope\"".to_owned()),
        Reason::AccessTokenInactive => told(row.oauth, "The access token is not valid"),
        Reason::AuthenticationInsufficient => told(row.oauth, row.public),
        Reason::AccessTokenBound => told(row.oauth, "The access token is bound to a key"),
        Reason::AccessTokenCertificateOther => told(row.oauth, "The access token is bound to another certificate"),
        Reason::AccessTokenKeyOther => told(row.oauth, "The access token is bound to another key"),
        Reason::AccessTokenUnbound => told(row.oauth, "The access token is bound to no key"),
        reason if reason.is_of_proof() => told(row.oauth, row.public),
        _ => None,
    }
}

/// RFC 9449 §7.1: `algs` says which proofs are taken.
fn dpop(realm: &str, error: &str) -> String {
    let algs = dpop_algs(&RFC9700).collect::<Vec<_>>().join(" ");
    let parameters = format!("{realm}{error}, algs=\"{algs}\"");
    format!("DPoP {}", parameters.trim_start_matches([',', ' ']))
}

fn put(headers: &mut HeaderMap, lines: &[String]) {
    headers.remove(WWW_AUTHENTICATE);
    for line in lines.iter().filter_map(|line| HeaderValue::from_str(line).ok()) {
        headers.append(WWW_AUTHENTICATE, line);
    }
}

const REALM: &str = "realm=\"grantor\"";
