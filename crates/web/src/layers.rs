//! Decides what is true of every request and response, whatever the route: who asks is known, what is ambiguous is refused,
//! and every answer carries its id and its protection.
//!
//! Nothing here or behind reads `X-Forwarded-Host`, `X-Forwarded-Proto`, `X-Original-URL`, `X-Rewrite-URL` or
//! `X-HTTP-Method-Override`: a client can send them as well as a proxy, so issuer, links and method never come from them.
//! The source address comes from `X-Forwarded-For` or `Forwarded`, and a client's certificate from `Client-Cert`, only where a listed
//! proxy sent it ([`forwarded`]).

mod admission;
mod body;
mod correlation;
pub mod form;
pub mod forwarded;
mod hold;
pub mod hosts;
mod panic;
mod protection;
pub mod rate;
mod refusal;
mod route;
mod under_way;

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, HttpBody as _},
    extract::{ConnectInfo, MatchedPath},
};
use engine::noted::{Noted, noting};
use engine::{App, Ask};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use tower::{Layer, Service};
use uuid::Uuid;

pub use admission::is_plain;
pub use correlation::{CorrelationId, ExternalTransactionId};
pub use route::mark_route;

use crate::flow::html;
use crate::metrics::{self, Metrics};
use crate::page::Locale;
use body::{BodyTime, Lent};
use forwarded::Proxies;
use hold::Hold;
use hosts::Hosts;
use refusal::Refusal;

/// Where UUIDs come from; the caller decides, so that tests can foresee them and only one place reads randomness.
pub type NewId = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// The outermost layer: wrap the finished router in it, `edge.layer(router)`, and hand the result to [`crate::server::serve`].
///
/// One layer and not nine, because each would cost an allocation on every request.
#[derive(Clone)]
pub struct Edge {
    terms: Arc<Terms>,
}

impl Edge {
    /// `https`: the public URL is https, so browsers are told to stay with it (RFC 6797 §7.1).
    pub fn new(https: bool, new_id: NewId, metrics: Arc<Metrics>) -> Self {
        let proxies = Proxies::default();
        let (time, body, app, hold, log, hosts) = (REQUEST_TIME, None, None, None, false, None);
        Self { terms: Arc::new(Terms { https, new_id, metrics, time, body, proxies, app, hold, log, hosts }) }
    }

    /// The same behind proxies that are believed to say where a request came from.
    #[must_use]
    pub fn behind(self, proxies: Proxies) -> Self {
        Self { terms: Arc::new(Terms { proxies, ..(*self.terms).clone() }) }
    }

    /// The same for these hosts alone; a request for another is answered 421.
    #[must_use]
    pub fn for_hosts(self, hosts: Hosts) -> Self {
        Self { terms: Arc::new(Terms { hosts: Some(hosts), ..(*self.terms).clone() }) }
    }

    /// The same, and what it refuses itself is recorded like any other refusal.
    #[must_use]
    pub fn recording(self, app: Arc<App>) -> Self {
        Self { terms: Arc::new(Terms { app: Some(app), ..(*self.terms).clone() }) }
    }

    /// The same, and of each source and environment no more requests are answered at a time than it may have, and no failures sooner.
    #[must_use]
    pub fn admitting(self, app: Arc<App>) -> Self {
        let hold = Some(Arc::new(Hold::new(app.config.allowance.failures)));
        Self { terms: Arc::new(Terms { app: Some(app), hold, ..(*self.terms).clone() }) }
    }

    /// The same, and a line of the log tells of each request. It names what the server decided, and nothing that was sent.
    #[must_use]
    pub fn logging(self) -> Self {
        Self { terms: Arc::new(Terms { log: true, ..(*self.terms).clone() }) }
    }

    /// The same with another limit for a whole request; beyond it the answer is 503.
    #[must_use]
    pub fn with_time(self, time: Duration) -> Self {
        Self { terms: Arc::new(Terms { time, ..(*self.terms).clone() }) }
    }

    /// The same with another limit than 15 seconds for a request's body; beyond it the answer is 408.
    #[must_use]
    pub fn with_body_time(self, time: Duration) -> Self {
        Self { terms: Arc::new(Terms { body: Some(BodyTime(time)), ..(*self.terms).clone() }) }
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge").field("https", &self.terms.https).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for Edge {
    type Service = AtEdge<S>;

    fn layer(&self, inner: S) -> AtEdge<S> {
        AtEdge { inner, terms: Arc::clone(&self.terms) }
    }
}

/// A service behind [`Edge`].
#[derive(Clone)]
pub struct AtEdge<S> {
    inner: S,
    terms: Arc<Terms>,
}

impl<S> fmt::Debug for AtEdge<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AtEdge").finish_non_exhaustive()
    }
}

impl<S> Service<Request<Body>> for AtEdge<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        // The clone takes the place of the service that was polled ready, as `tower::Service` asks for.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let terms = Arc::clone(&self.terms);
        Box::pin(async move {
            let began = Instant::now();
            let (method, version) = (request.method().clone(), request.version());
            let popup = protection::is_popup(request.uri().path());
            let control = terms.is_control(request.uri().path());
            let id = CorrelationId((terms.new_id)());
            correlation::note(&mut request, id);
            terms.locate(&mut request);
            terms.body.map(|time| request.extensions_mut().insert(time));
            let ask = crate::ask::of(request.extensions());
            let lent = lend(&mut request);
            // Only where it decides something is a body waited for that does not say its length.
            let unknown = admission::is_coded(request.headers()) && request.body().size_hint().exact().is_none();
            let (time, ended) = (BodyTime::of(request.extensions()), request.body().is_end_stream());
            let empty = match &lent {
                Some(lent) if unknown => lent.is_empty(time).await,
                _ => ended,
            };
            // What is pinned in its place is there once, and lent on: by value each of those who pass it on would have room for it
            // twice, eleven kilobytes that are moved for every request.
            let mut answer = pin!(async {
                let answered = match terms.admit(&request, empty) {
                    Ok(()) => {
                        let (terms, inner) = (&terms, &mut inner);
                        let work = |request| async move { answer(terms, id, pin!(inner.call(request))).await };
                        terms.seated(request, work).await.map_err(|refusal| (refusal, None))
                    }
                    Err(refusal) => Err((refusal, reader(request.headers()))),
                };
                match answered {
                    Ok(response) => response,
                    Err((refusal, reader)) => terms.refuse(refusal, (reader, control), &ask, id).await,
                }
            });
            let (mut response, noted) = if terms.log {
                let (response, noted) = noting(answer.as_mut()).await;
                (response, Some(noted))
            } else {
                (answer.await, None)
            };
            if let Some(hold) = terms.hold.as_ref().filter(|_| is_failure(response.status())) {
                hold.failed(ask.source).await;
            }
            let read = is_read(lent, version, response.status()).await;
            finish(&terms, &mut response, id, (popup, !read && version <= Version::HTTP_11));
            terms.record(&response, &method, began.elapsed());
            if let Some(noted) = noted {
                tell(&response, &method, (id, &noted), began.elapsed());
            }
            Ok(response)
        })
    }
}

/// Keeps hold of a body, whose rest may have to be read, or of which it has to be known whether it is one.
fn lend(request: &mut Request<Body>) -> Option<Lent> {
    if request.body().is_end_stream() {
        return None;
    }
    // A client that asks before it sends (RFC 9110 §10.1.1) has sent nothing that would be left.
    let awaited = request.headers().contains_key(header::EXPECT);
    let lent = Lent::of(std::mem::take(request.body_mut()), awaited);
    *request.body_mut() = lent.lend();
    Some(lent)
}

#[derive(Clone)]
struct Terms {
    https: bool,
    new_id: NewId,
    metrics: Arc<Metrics>,
    time: Duration,
    body: Option<BodyTime>,
    proxies: Proxies,
    app: Option<Arc<App>>,
    /// Requests are admitted, and failures held.
    hold: Option<Arc<Hold>>,
    log: bool,
    hosts: Option<Hosts>,
}

impl Terms {
    fn admit(&self, request: &Request<Body>, empty: bool) -> Result<(), Refusal> {
        admission::admit(request, empty)?;
        if self.hosts.as_ref().is_none_or(|hosts| hosts.answer_for(request)) {
            Ok(())
        } else {
            Err(Refusal::ForeignHost)
        }
    }

    /// From here on the client is the peer, wherever its address or its certificate is asked for.
    fn locate(&self, request: &mut Request<Body>) {
        let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() else { return };
        self.proxies.certificate(peer.ip(), request);
        if self.proxies.nets().is_empty() {
            return;
        }
        let source = self.proxies.source(peer.ip(), request.headers());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(source, peer.port())));
    }

    /// Answers the request in its seat, once it has one.
    async fn seated<F>(&self, request: Request<Body>, work: impl FnOnce(Request<Body>) -> F) -> F::Output
    where
        F: Future<Output = Result<Response<Body>, Refusal>>,
    {
        let Some(app) = self.app.as_ref().filter(|_| self.hold.is_some()) else { return work(request).await };
        let seat = under_way::enter(app, under_way::claim(app, &request)).await?;
        ::admission::seated(seat, work(request)).await
    }

    /// Whether a path leads to the controls of a developer's server.
    fn is_control(&self, path: &str) -> bool {
        path.starts_with("/dev/v1/") && self.app.as_ref().is_some_and(|app| app.controls.is_some())
    }

    async fn refuse(
        &self,
        refusal: Refusal,
        (reader, control): (Option<Locale>, bool),
        ask: &Ask,
        id: CorrelationId,
    ) -> Response<Body> {
        if let Some(app) = &self.app {
            engine::refuse::outside(app, ask, refusal.told()).await;
        }
        refusal.respond(id, reader, control)
    }

    fn record(&self, response: &Response<Body>, method: &Method, took: Duration) {
        let route = response.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        self.metrics.request(route, method, response.status(), took);
    }
}

fn is_failure(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// The language of the person who is to read the answer; None where a program is.
fn reader(headers: &HeaderMap) -> Option<Locale> {
    html::wants_page(headers).then(|| html::locale(headers, None, "en"))
}

/// The handler's answer, or why there is none: it panicked, or did not come.
async fn answer(
    terms: &Terms,
    id: CorrelationId,
    call: Pin<&mut (impl Future<Output = Result<Response<Body>, Infallible>> + Send)>,
) -> Result<Response<Body>, Refusal> {
    // The timer is registered only when the answer is not there at once.
    match tokio::time::timeout(terms.time, panic::catch(call)).await {
        Ok(Ok(Ok(response))) => Ok(response),
        Ok(Err(panic::Panicked)) => {
            tracing::error!(event = "panic", request_id = %id.0, "a request ended in a panic");
            Err(Refusal::Unexpected)
        }
        Err(_) => {
            tracing::error!(event = "timeout", request_id = %id.0, "a request took too long");
            Err(Refusal::TooLong)
        }
    }
}

/// The line of the log. The route is the pattern that matched: what came in the address is not repeated.
fn tell(response: &Response<Body>, method: &Method, (id, noted): (CorrelationId, &Noted), took: Duration) {
    let route = response.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(
        event = "request",
        request_id = %id.0,
        method = metrics::known_method(method),
        route,
        status = response.status().as_u16(),
        reason = noted.reason,
        client_id = noted.client,
        micros,
        "answered"
    );
}

fn finish(terms: &Terms, response: &mut Response<Body>, id: CorrelationId, (popup, ends): (bool, bool)) {
    correlation::stamp(response.headers_mut(), id);
    protection::protect(response.headers_mut(), terms.https, popup);
    // RFC 9112 §9.6: whoever asks again on a connection that ends is told nothing unless it is told now. HTTP/2 has no such field.
    if ends {
        response.headers_mut().insert(header::CONNECTION, const { HeaderValue::from_static("close") });
    }
}

/// Whether the whole body was read. RFC 9113 §8.1: a stream that is answered before its end is reset, and some clients then lose the
/// answer; a connection of HTTP/1.1 is closed, though most clients send the body behind the head and keep the connection.
async fn is_read(lent: Option<Lent>, version: Version, status: StatusCode) -> bool {
    match lent {
        Some(lent) if version == Version::HTTP_2 || !is_last(status) => lent.drain().await,
        Some(_) => false,
        None => true,
    }
}

/// What is left of the request is not worth reading.
fn is_last(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::URI_TOO_LONG
            | StatusCode::EXPECTATION_FAILED
            | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    )
}

const REQUEST_TIME: Duration = Duration::from_mins(1);
