//! Decides which protective headers a response carries: the strictest, unless the handler knows better
//! (RFC 9700 §2.6 and §4.16, RFC 6797, Fetch and HTML standards).

use engine::site::{Endpoint, Layout};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SERVER, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

/// Adds the headers; policies and caching only where the handler has not said what it needs. `popup`: an application
/// may have opened the page in a window of its own.
pub(super) fn protect(headers: &mut HeaderMap, https: bool, popup: bool) {
    headers.reserve(8);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // It knows no list of who may; a policy that has one counts alone (CSP3 §6.4.2.2).
    if !headers.get(CONTENT_SECURITY_POLICY).is_some_and(is_for_others) {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    // RFC 9700 §4.2.4: authorization responses must not leak by Referer.
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    // HTML §7.1.3: one answer with it on the way, be it a redirect, and the opener takes its window for closed.
    if !popup {
        headers.insert(CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(DEFAULT_POLICY);
    // RFC 6749 §5.1: nothing that may hold a token is stored.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.remove(SERVER);
}

/// Whether the policy lets pages of other origins hold the answer.
fn is_for_others(policy: &HeaderValue) -> bool {
    policy.to_str().is_ok_and(|policy| policy.contains("frame-ancestors http"))
}

/// Whether the path is one of a sign-on or sign-off, under whatever mount: what an application opens in a popup, and what it
/// passes through until it is back.
pub(super) fn is_popup(path: &str) -> bool {
    let ends = [Endpoint::Authorize, Endpoint::Resume, Endpoint::Signoff];
    let layouts = [Layout::PingOne, Layout::Spring];
    path.ends_with("/signon")
        || layouts.iter().any(|layout| ends.iter().any(|endpoint| path.ends_with(layout.path(*endpoint))))
}

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const DEFAULT_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
