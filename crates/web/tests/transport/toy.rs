//! A toy router behind the same edge and accept loop as the server's, and ways to talk to it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::IntoResponse,
    routing::{get, post},
};
use protocol::mutual_tls::Sent;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use tower::Layer;
use web::{
    layers::{Edge, NewId, form, forwarded::Proxies, hosts::Hosts, mark_route},
    metrics::Metrics,
    server::{Limits, Listener, ServeError, Shutdown, serve},
    tls::Tls,
};

/// More than any buffer on the way holds.
const LONG: usize = 8 * 1024 * 1024;
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

fn toy() -> Router {
    Router::new()
        .route("/jwks", get(|| async { "{\"keys\":[]}" }))
        .route(
            "/token",
            post(|request: Request| async move {
                let (parts, body) = request.into_parts();
                match form::whole(&parts, body, BODY_LIMIT).await {
                    Ok(bytes) => bytes.len().to_string().into_response(),
                    Err(refused) => StatusCode::from_u16(refused.reason.status()).unwrap().into_response(),
                }
            }),
        )
        .route(
            "/mirror",
            get(
                |method: Method, uri: Uri, ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap| async move {
                    format!("{method} {} {} {}", uri.path(), peer.ip(), headers["host"].to_str().unwrap())
                },
            ),
        )
        .route(
            "/page",
            get(|| async { ([("content-security-policy", "default-src 'self'"), ("cache-control", "public")], "") }),
        )
        .route("/shown", get(shown))
        .route("/panic/{secret}", get(panics))
        .route("/long", get(|| async { vec![b'a'; LONG] }))
        .route("/slow", get(|| async { sleep(Duration::from_millis(400)).await }))
        .route("/env/{id}/token", get(|| async { "tenant" }))
        .route_layer(axum::middleware::from_fn(mark_route))
}

/// The certificate that the request has, and what is left of the fields that may say one.
async fn shown(request: Request) -> String {
    let sent = request.extensions().get::<Sent>().cloned().unwrap_or_default();
    let certificate = match sent {
        Sent::None => "none".to_owned(),
        Sent::One(certificate) => certificate.thumbprint().to_owned(),
        Sent::Unreadable(why) => why.to_owned(),
    };
    let left = request.headers().keys().filter(|name| name.as_str().starts_with("client-cert")).count();
    format!("{certificate} {left}")
}

async fn panics(uri: Uri) {
    std::panic::resume_unwind(Box::new(format!("secret {uri}")));
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: Shutdown,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) ended: tokio::task::JoinHandle<Result<(), ServeError>>,
}

pub(crate) fn ids() -> NewId {
    let last = AtomicU64::new(0);
    Arc::new(move || {
        uuid::Builder::from_random_bytes(u128::from(last.fetch_add(1, Ordering::Relaxed)).to_be_bytes()).into_uuid()
    })
}

pub(crate) fn start_with(limits: Limits, tls: Option<Tls>, https: bool) -> Running {
    start_behind(Proxies::default(), limits, tls, https)
}

/// One that answers for these hosts alone.
pub(crate) fn start_for(hosts: Hosts) -> Running {
    started(quick(), None, move |metrics| Edge::new(false, ids(), metrics).for_hosts(hosts))
}

pub(crate) fn start_behind(proxies: Proxies, limits: Limits, tls: Option<Tls>, https: bool) -> Running {
    started(limits, tls, move |metrics| {
        Edge::new(https, ids(), metrics).with_time(Duration::from_secs(3)).behind(proxies)
    })
}

fn started(limits: Limits, tls: Option<Tls>, edge: impl FnOnce(Arc<Metrics>) -> Edge) -> Running {
    let (shutdown, metrics) = (Shutdown::new(), Arc::new(Metrics::new()));
    let mut listener = Listener::bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.address().unwrap();
    if let Some(tls) = tls {
        listener = listener.with_tls(tls);
    }
    let service = edge(Arc::clone(&metrics)).layer(toy());
    let ended = tokio::spawn(serve(vec![listener], service, limits, shutdown.clone(), Arc::clone(&metrics)));
    Running { address, shutdown, metrics, ended }
}

pub(crate) fn quick() -> Limits {
    Limits {
        head_time: Duration::from_millis(500),
        idle_time: Duration::from_secs(2),
        drain_time: Duration::from_secs(2),
        ..Limits::default()
    }
}

pub(crate) fn start() -> Running {
    start_with(quick(), None, false)
}

/// Sends the bytes and reads until the server closes.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A refusal may come before everything is sent.
    let _ = stream.write_all(bytes).await;
    rest(&mut stream).await
}

pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("the server closes").ok();
    String::from_utf8(answer).unwrap()
}

pub(crate) fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("none")
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
