//! From HTTP to what the engine asks about a request.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use engine::Ask;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use protocol::dpop::{Scheme, Sent};
use protocol::id::CorrelationId;
use protocol::mutual_tls;
use protocol::refusal::{Reason, Refused};
use uuid::Uuid;

/// Who asks: the correlation id that the edge gave the request, and the peer's address.
pub fn ask(parts: &Parts) -> Ask {
    of(&parts.extensions)
}

pub(crate) fn of(extensions: &Extensions) -> Ask {
    let correlation = extensions.get::<crate::layers::CorrelationId>().map_or(Uuid::nil(), |id| id.0);
    let source = extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    Ask { correlation: CorrelationId::new(correlation), source }
}

/// The bearer token of the Authorization header (RFC 6750 §2.1). None where there is no header of that scheme, or more than one.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    access_token(headers).and_then(|(scheme, token)| (scheme == Scheme::Bearer).then_some(token))
}

/// The access token of the Authorization header, and under which scheme it is there (RFC 6750 §2.1, RFC 9449 §7.1). None where there
/// is none, or more than one header.
pub fn access_token(headers: &HeaderMap) -> Option<(Scheme, &str)> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let line = lines.next()?;
    if lines.next().is_some() {
        return None;
    }
    // RFC 9110 §11.1: the scheme in any case, then one or more spaces.
    let (scheme, token) = line.to_str().ok()?.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    let schemes = [("bearer", Scheme::Bearer), ("dpop", Scheme::Dpop)];
    let scheme = schemes.into_iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name))?.1;
    (!token.is_empty() && !token.contains(' ')).then_some((scheme, token))
}

/// What stands in the `DPoP` headers (RFC 9449 §4.1).
pub fn proof(headers: &HeaderMap) -> Sent {
    let lines: Vec<&[u8]> = headers.get_all(DPOP).iter().map(HeaderValue::as_bytes).collect();
    Sent::read(&lines)
}

/// The certificate of the client: of the connection, or as a listed proxy says.
pub fn certificate(extensions: &Extensions) -> mutual_tls::Sent {
    extensions.get().cloned().unwrap_or_default()
}

/// The media types of the body, without their parameters, in lower case. Some clients send two Content-Type lines, the
/// general one first, and mean the special one.
pub fn media_types(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(CONTENT_TYPE).iter().filter_map(|line| line.to_str().ok());
    lines.map(|line| line.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()).collect()
}

/// A method that the path does not take. Its answer lists those that it does (RFC 9110 §15.5.6).
pub fn wrong_method(parts: &Parts) -> Refused {
    let came = protocol::told::name(parts.method.as_str());
    Refused::new(Reason::MethodNotAllowed, "a method that the header Allow lists", came)
}

/// The entity tags that the client holds, for the weak comparison that `If-None-Match` asks for (RFC 9110 §13.1.2).
pub fn held_tags(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag).to_owned()).collect()
}

/// Whether the caller asks for `special` by name, and for it no less than for what everybody is sent (RFC 9110 §12.5.1). Whoever takes
/// anything takes `general`.
pub fn accepts(headers: &HeaderMap, special: &str, general: &str) -> bool {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let ranges: Vec<(&str, u16)> = lines.flat_map(|line| line.split(',')).filter_map(range).collect();
    let weight = |of: &str| {
        let named = ranges.iter().filter(|(media, _)| media.eq_ignore_ascii_case(of));
        named.map(|(_, weight)| *weight).max().unwrap_or_default()
    };
    weight(special) > 0 && weight(special) >= weight(general)
}

/// A media range and its weight in thousandths. None where the weight is none (RFC 9110 §12.4.2).
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next()?;
    let mut weights = parts.filter_map(|part| part.strip_prefix(['q', 'Q'])?.strip_prefix('='));
    Some((media, weights.next().map_or(Some(1000), thousandths)?))
}

fn thousandths(weight: &str) -> Option<u16> {
    let (whole, rest) = weight.split_once('.').unwrap_or((weight, ""));
    if rest.len() > 3 || !rest.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let rest: u16 = format!("{rest:0<3}").parse().ok()?;
    match whole {
        "0" => Some(rest),
        "1" if rest == 0 => Some(1000),
        _ => None,
    }
}

/// Whether the one Content-Type is `application/x-www-form-urlencoded`, whatever its parameters: the media type has none (WHATWG
/// URL §5), an escaped form is ASCII, and what its octets mean is UTF-8 always (RFC 6749 App. B).
pub fn is_form(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return false };
    // Octets beyond ASCII may stand in a parameter only.
    let media = line.as_bytes().split(|octet| *octet == b';').next().unwrap_or_default();
    media.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

const DPOP: HeaderName = HeaderName::from_static("dpop");
