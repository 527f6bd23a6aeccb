//! What a request says: its parameters, and whose it is, believed as little as a claim.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use engine::controls::place::Place;
use engine::controls::recorder::Mark;
use http::request::Parts;
use http::{HeaderMap, Method};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use protocol::basic::{BasicDecoding, parse_basic};
use protocol::secret::Secret;
use serde_json::{Map, Value, json};

use super::redact;
use crate::ask;

/// A request.
pub(super) struct Sent {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Pairs,
    pub(super) headers: HeaderMap,
    body: Said,
}

/// Names and values, as they came.
pub(super) type Pairs = Vec<(String, String)>;

/// What a body says.
enum Said {
    /// There is none, or none that is read here.
    Nothing,
    Form(Pairs),
    Json(Value),
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").field("method", &self.method).finish_non_exhaustive()
    }
}

impl Sent {
    /// What the request says, and its body as it came.
    pub(super) async fn read(parts: &Parts, body: Body) -> (Self, Body) {
        let media = ask::media_types(&parts.headers);
        let json = media.iter().any(|media| media == "application/json" || media.ends_with("+json"));
        let form = ask::is_form(&parts.headers);
        let (said, body) = if (form || json) && !body.is_end_stream() {
            let (octets, body) = begun(body).await;
            let said = match octets {
                Some(octets) if form => Said::Form(pairs(&octets)),
                Some(octets) => serde_json::from_slice(&octets).map_or(Said::Nothing, Said::Json),
                None => Said::Nothing,
            };
            (said, body)
        } else {
            (Said::Nothing, body)
        };
        let sent = Self {
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: pairs(parts.uri.query().unwrap_or_default().as_bytes()),
            headers: parts.headers.clone(),
            body: said,
        };
        (sent, body)
    }

    /// All of it, as it may be shown.
    pub(super) fn shown(&self) -> Value {
        json!({
            "method": self.method.as_str(),
            "path": redact::path(&self.path),
            "query": redact::pairs(&self.query),
            "headers": redact::headers(&self.headers),
            "form": self.form(),
        })
    }

    /// What its body says, as it may be shown.
    fn form(&self) -> Value {
        match &self.body {
            Said::Nothing => Value::Object(Map::new()),
            Said::Form(pairs) => redact::pairs(pairs),
            Said::Json(value) => redact::json(value),
        }
    }

    /// The client that it names.
    pub(super) fn client(&self) -> Option<String> {
        let named = self.value("client_id").map(str::to_owned);
        let line = self.headers.get(http::header::AUTHORIZATION).map(http::HeaderValue::as_bytes);
        named.or_else(|| basic(line?).map(|(client, _)| client)).or_else(|| self.asserted())
    }

    /// The client that the access token that it shows says it was issued to.
    pub(super) fn client_of_token(&self) -> Option<String> {
        let claims = payload(self.token()?)?;
        let named = claims.get("client_id").or(claims.get("aud"))?;
        named.as_str().map(str::to_owned)
    }

    /// Of what it shows that another request gave: what tells most of where it comes from first.
    pub(super) fn used(&self, place: Place) -> Vec<Mark> {
        let named = SHOWN.iter().filter_map(|name| self.value(name));
        let flow = self.path.rsplit('/').next().filter(|_| place == Place::Flows);
        named.chain(self.token()).chain(flow).map(|value| jose::digest::sha256(value.as_bytes())).collect()
    }

    fn token(&self) -> Option<&str> {
        ask::access_token(&self.headers).map(|(_, token)| token)
    }

    /// RFC 7523 §3: the subject of an assertion is the client.
    fn asserted(&self) -> Option<String> {
        payload(self.value("client_assertion")?)?.get("sub")?.as_str().map(str::to_owned)
    }

    /// A parameter, of the body before the address.
    fn value(&self, name: &str) -> Option<&str> {
        let of = |pairs: &'_ Pairs| pairs.iter().position(|(found, _)| found == name);
        let posted = match &self.body {
            Said::Form(form) => of(form).map(|at| form[at].1.as_str()),
            Said::Json(value) => value.get(name).and_then(Value::as_str),
            Said::Nothing => None,
        };
        posted.or_else(|| of(&self.query).map(|at| self.query[at].1.as_str())).filter(|value| !value.is_empty())
    }
}

/// Client id and secret of the header: each is form-encoded (RFC 6749 §2.3.1), or stands as it is where that cannot be; None where one
/// of them is none.
pub(super) fn basic(line: &[u8]) -> Option<(String, Secret)> {
    let basic = parse_basic(line).ok()?;
    let read = |decoding| Some((basic.id(decoding)?, Secret::new(basic.secret(decoding)?.to_string())));
    read(BasicDecoding::Rfc6749).or_else(|| read(BasicDecoding::Raw))
}

/// What a JWT says, whoever signed it.
pub(super) fn payload(token: &str) -> Option<Map<String, Value>> {
    let payload = token.split('.').nth(1).filter(|payload| payload.len() <= LONGEST)?;
    serde_json::from_slice(&jose::b64::decode(payload)?).ok()
}

pub(super) fn pairs(text: &[u8]) -> Pairs {
    let pairs = url::form_urlencoded::parse(text).take(MOST);
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// A body of at most 64 KiB, and the same to read again. One that is longer, breaks off or does not come in time is only handed on.
async fn begun(mut body: Body) -> (Option<Bytes>, Body) {
    if body.size_hint().lower() > LONGEST as u64 {
        return (None, body);
    }
    let mut first = BytesMut::new();
    let reading = tokio::time::timeout(TIME, collect(&mut body, &mut first)).await;
    let first = first.freeze();
    match reading {
        Ok(Ok(true)) => (Some(first.clone()), Body::from(first)),
        Ok(Ok(false)) | Err(_) => (None, Body::new(Begun { first: Some(first), broken: None, rest: body })),
        Ok(Err(error)) => (None, Body::new(Begun { first: Some(first), broken: Some(error), rest: body })),
    }
}

/// Whether all of it was read.
async fn collect(body: &mut Body, first: &mut BytesMut) -> Result<bool, axum::Error> {
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        first.extend_from_slice(&data);
        if first.len() > LONGEST {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A body whose beginning was read.
struct Begun {
    first: Option<Bytes>,
    broken: Option<axum::Error>,
    rest: Body,
}

impl HttpBody for Begun {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(first) = self.first.take().filter(|first| !first.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if let Some(error) = self.broken.take() {
            return Poll::Ready(Some(Err(error)));
        }
        Pin::new(&mut self.rest).poll_frame(cx)
    }

    fn size_hint(&self) -> SizeHint {
        let begun = self.first.as_ref().map_or(0, Bytes::len) as u64;
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(begun + rest.lower());
        if let Some(upper) = rest.upper() {
            hint.set_upper(begun + upper);
        }
        hint
    }
}

/// What one answer gives and a later request shows.
const SHOWN: [&str; 10] = [
    "code",
    "refresh_token",
    "device_code",
    "subject_token",
    "token",
    "access_token",
    "request_uri",
    "flowId",
    "flow",
    "id_token_hint",
];
const LONGEST: usize = 64 * 1024;
/// Parameters that are shown.
const MOST: usize = 200;
/// As long as a body is waited for.
const TIME: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(lines: &[(&'static str, &str)]) -> Parts {
        let request = http::Request::post("/x?client_id=q&state=s");
        let request = lines.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    #[tokio::test]
    async fn a_body_is_read_and_still_there() {
        for (text, length) in [("client_id=a%2Bb&code=c", 22), (&"x".repeat(LONGEST + 1), LONGEST + 1)] {
            let (sent, body) = Sent::read(&parts(&[FORM]), Body::from(text.to_owned())).await;
            assert_eq!(body.collect().await.unwrap().to_bytes().len(), length);
            assert_eq!(sent.client().as_deref(), Some(if length == 22 { "a+b" } else { "q" }));
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_breaks_off_for_its_reader_too() {
        let broken = Begun { first: Some("a=b".into()), broken: Some(axum::Error::new("gone")), rest: Body::empty() };
        let (sent, body) = Sent::read(&parts(&[FORM]), Body::new(broken)).await;
        assert!(matches!(sent.body, Said::Nothing));
        assert!(body.collect().await.is_err());
    }

    #[tokio::test]
    async fn whose_it_is_is_read_wherever_it_stands() {
        for (credentials, client, secret) in [
            ("YSUzQWI6cyUyNQ==", "a:b", "s%"),
            // `a=b:c&d=e+f` and `a&b:c:d`: neither of these is a separator there.
            ("YT1iOmMmZD1lK2Y=", "a=b", "c&d=e+f"),
            ("YSZiOmM6ZA==", "a&b", "c:d"),
        ] {
            let line = format!("Basic {credentials}");
            let found = basic(line.as_bytes()).unwrap();
            assert_eq!((found.0.as_str(), found.1.expose()), (client, secret));
            let (sent, _) = Sent::read(&parts(&[("authorization", &line)]), Body::empty()).await;
            assert_eq!(sent.value("client_id"), Some("q"), "what the address says comes first");
            assert!(!format!("{sent:?}").contains(credentials));
        }
        let claims = jose::b64::encode(br#"{"sub":"asserted","client_id":"of token"}"#);
        let text = format!("client_assertion=e.{claims}.s");
        let request =
            http::Request::post("/x").header(FORM.0, FORM.1).header("authorization", format!("Bearer e.{claims}.s"));
        let (sent, _) = Sent::read(&request.body(()).unwrap().into_parts().0, Body::from(text)).await;
        assert_eq!((sent.client().as_deref(), sent.client_of_token().as_deref()), (Some("asserted"), Some("of token")));
    }
}
