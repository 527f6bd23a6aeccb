//! Decides how bytes become requests: which connections are served, how long they may take, and how they end
//! (RFC 9112, RFC 9113 §6.5 and §10.5, RFC 8446 for TLS).
//!
//! Requests that the parser itself cannot read are answered by it (400, 414, 431) without `Correlation-Id`: there is no request
//! that an id could stand for. Everything else passes [`crate::layers::Edge`].

mod crowd;
mod frames;
mod framing;
mod guard;
mod open;
mod parting;
mod runtime;
mod shutdown;

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{body::Body, extract::ConnectInfo};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use ipnet::IpNet;
use protocol::mutual_tls::Sent;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;
use tower::Service;

pub use frames::Frames;
pub use framing::{Fault, Framing};
pub use parting::Parting;
pub use runtime::runtime;
pub use shutdown::Shutdown;

use crate::{
    metrics::Metrics,
    tls::{self, Tls},
};
use crowd::{Crowd, Place};
use guard::Guard;
use open::{Next, Open, Watch};
use parting::Ends;

/// A bound socket, with TLS or without.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    tls: Option<Tls>,
}

impl Listener {
    /// Binds `address`; connections are accepted from then on, and answered once [`serve`] runs.
    pub fn bind(address: SocketAddr) -> Result<Self, ServeError> {
        let listen = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            socket.listen(BACKLOG)
        };
        let socket = listen().map_err(|error| ServeError::Bind { address, error })?;
        Ok(Self { socket, tls: None })
    }

    /// The same socket, speaking TLS only (RFC 6749 §3.2: plain HTTP is not answered on it).
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// The address that was bound, with the port that was chosen for port 0.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

/// What connections may take. The defaults suit a public listener.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open connections in all. One more is answered 503 (plain HTTP) or closed (TLS).
    pub connections: usize,
    /// Open connections from one source: an IPv4 address or an IPv6 /64.
    pub connections_per_source: usize,
    /// Reverse proxies, to which [`Self::connections_per_source`] does not apply.
    pub proxies: Vec<IpNet>,
    /// For the TLS handshake.
    pub handshake_time: Duration,
    /// From the first byte of a request head to its end, and from the connection's start to its first head.
    pub head_time: Duration,
    /// Without any request; longer than proxies keep connections, so that they close first.
    pub idle_time: Duration,
    /// For a write that makes no progress, and for the end of a connection that was told to end.
    pub stall_time: Duration,
    /// For a graceful end, after which connections are cut.
    pub drain_time: Duration,
    /// Bytes of one request head; more is 431 (RFC 6585 §5).
    pub head_bytes: usize,
    /// Fields of one request head; more is 431.
    pub head_fields: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_source: 1_000,
            proxies: Vec::new(),
            handshake_time: Duration::from_secs(10),
            head_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(75),
            stall_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(30),
            head_bytes: 32 * 1024,
            head_fields: 100,
        }
    }
}

impl Limits {
    /// The same where so many descriptors may be open: some are kept back for what is no connection (listeners, the database, calls
    /// to other servers), and no source may take so many that none is left for others.
    #[must_use]
    pub fn within(self, descriptors: u64) -> Self {
        let room = usize::try_from(descriptors.saturating_sub(KEPT_BACK)).unwrap_or(usize::MAX);
        let connections = self.connections.min(room).max(1);
        let connections_per_source = self.connections_per_source.min((connections / 4).max(1));
        Self { connections, connections_per_source, ..self }
    }
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, not ours, or not permitted.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// What the operating system said.
        #[source]
        error: io::Error,
    },
    /// No listener was given.
    #[error("no address to listen on")]
    Nothing,
}

impl ServeError {
    /// Whether this process may not listen there, now and whenever it asks again: a port below 1024, as a rule.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Bind { error, .. } if error.kind() == io::ErrorKind::PermissionDenied)
    }
}

/// Serves `service` on every listener until `shutdown` stops it and its connections have ended, or have had their time.
///
/// Requests carry `ConnectInfo<SocketAddr>`: the address of the peer on the connection. Only [`crate::layers::Edge`] may
/// replace it by one from a header, and only where a listed proxy sent that.
pub async fn serve<S>(
    listeners: Vec<Listener>,
    service: S,
    limits: Limits,
    shutdown: Shutdown,
    metrics: Arc<Metrics>,
) -> Result<(), ServeError>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    if listeners.is_empty() {
        return Err(ServeError::Nothing);
    }
    let drain_time = limits.drain_time;
    let tracker = TaskTracker::new();
    let door = Arc::new(Door {
        crowd: Crowd::new(&limits),
        builder: builder(&limits),
        service,
        limits,
        shutdown: shutdown.clone(),
        metrics,
        tracker: tracker.clone(),
    });
    for listener in listeners {
        tracker.spawn(Arc::clone(&door).listen(listener));
    }
    drop(door);
    shutdown.stopped().await;
    tracker.close();
    tokio::select! {
        () = tracker.wait() => {}
        () = tokio::time::sleep(drain_time) => {
            tracing::warn!(event = "shutdown", connections = tracker.len(), "cutting connections that did not end in time");
            shutdown.abort();
        }
        () = shutdown.aborted() => {}
    }
    Ok(())
}

/// What every connection of one server shares.
struct Door<S> {
    crowd: Arc<Crowd>,
    builder: auto::Builder<TokioExecutor>,
    service: S,
    limits: Limits,
    shutdown: Shutdown,
    metrics: Arc<Metrics>,
    tracker: TaskTracker,
}

impl<S> Door<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    async fn listen(self: Arc<Self>, listener: Listener) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.socket.accept() => accepted,
                () = self.shutdown.stopped() => return,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer, listener.tls.as_ref()),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // Out of descriptors or memory: what is open goes on, and accepting starts again when something closes.
                    tracing::error!(event = "accept", %error, "cannot accept connections");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn admit(self: &Arc<Self>, stream: TcpStream, peer: SocketAddr, tls: Option<&Tls>) {
        let place = match self.crowd.admit(peer.ip()) {
            Ok(place) => place,
            Err(limit) => {
                self.metrics.connection_refused(limit);
                if tls.is_none() {
                    // The buffer of a new socket is empty; if it does not take this, the close says enough.
                    let _ = stream.try_write(CROWDED);
                }
                return;
            }
        };
        let door = Arc::clone(self);
        match tls {
            None => drop(self.tracker.spawn(door.attend(stream, peer, place))),
            Some(tls) => {
                let acceptor = TlsAcceptor::from(tls.config());
                drop(self.tracker.spawn(door.handshake(acceptor, stream, peer, place)));
            }
        }
    }

    async fn handshake(self: Arc<Self>, acceptor: TlsAcceptor, stream: TcpStream, peer: SocketAddr, place: Place) {
        // A reply waits for nothing: `Nagle` would add up to 40 ms to small ones.
        let _ = stream.set_nodelay(true);
        let outcome = tokio::select! {
            outcome = tokio::time::timeout(self.limits.handshake_time, acceptor.accept(stream)) => outcome,
            () = self.shutdown.aborted() => return,
        };
        match outcome {
            Ok(Ok(stream)) => {
                let shown = tls::shown(stream.get_ref().1);
                self.converse(stream, peer, place, shown).await;
            }
            Ok(Err(error)) => tracing::debug!(event = "tls", %error, "handshake failed"),
            Err(_) => tracing::debug!(event = "tls", "handshake took too long"),
        }
    }

    async fn attend(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, place: Place) {
        let _ = stream.set_nodelay(true);
        self.converse(stream, peer, place, Sent::None).await;
    }

    /// Serves one connection to its end: the client's, the idle limit's, or the server's.
    /// Every request on it has the certificate that the client showed for it.
    async fn converse<T>(self: Arc<Self>, stream: T, peer: SocketAddr, place: Place, shown: Sent)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let _open = self.metrics.connection();
        let (began, last) = (Instant::now(), Arc::<AtomicU64>::default());
        let open = Open::new(began);
        let ends = Ends::new(began, Arc::clone(&last), self.shutdown.clone());
        let service = hyper::service::service_fn(|request: Request<Incoming>| {
            last.store(began.elapsed().as_millis() as u64, Ordering::Relaxed);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            if shown != Sent::None {
                request.extensions_mut().insert(shown.clone());
            }
            let (version, open, ends) = (request.version(), Arc::clone(&open), Arc::clone(&ends));
            // Neither axum's router nor the edge has anything to be ready for; a clone per request is what they expect.
            let answer = self.service.clone().call(request);
            let answer = place.under_way().until(async move { ends.part(version, answer.await).await });
            async move { answer.await.map(|(version, response)| open.hold(version, response)) }
        });
        let guard = Guard::new(stream, self.limits.head_time, self.limits.stall_time);
        let mut watch = Watch::new(&self.limits, Arc::clone(&last), guard.written(), Arc::clone(&open));
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(guard), service));
        let mut idle = pin!(tokio::time::sleep(self.limits.idle_time));
        let mut aborted = pin!(self.shutdown.aborted());
        let mut given_up = pin!(place.given_up());
        let mut stopped = pin!(self.shutdown.stopped());
        loop {
            tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(event = "connection", error = %error, "ended early");
                    }
                    return;
                }
                () = aborted.as_mut() => return,
                () = given_up.as_mut() => return,
                // How long an end of the server may take, `drain_time` says.
                () = stopped.as_mut(), if !watch.ending => {
                    watch.ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = idle.as_mut() => {
                    let next = match watch.next() {
                        Next::Stays(next) => next,
                        Next::Ends(next) => {
                            connection.as_mut().graceful_shutdown();
                            next
                        }
                        Next::Cut => {
                            tracing::debug!(event = "connection", "cut: it did not end");
                            return;
                        }
                    };
                    idle.as_mut().reset((began + next).into());
                }
            }
        }
    }
}

/// HTTP/1.1 and HTTP/2, told apart by the preface (RFC 9113 §3.3, §3.4).
fn builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // The parser's timer starts when the connection is idle, so this is the idle limit; [`Guard`] times heads.
        .header_read_timeout(limits.idle_time)
        .max_buf_size(limits.head_bytes)
        .max_headers(limits.head_fields);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        // Rapid reset (CVE-2023-44487) and its server-made variant (CVE-2025-8671).
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(100)
        .max_header_list_size(limits.head_bytes as u32)
        // What a client may have in flight unread: 1 MiB for a connection.
        .initial_stream_window_size(128 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .max_send_buf_size(256 * 1024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

/// The client of the one connection went away before it was accepted: accept(2).
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

const BACKLOG: u32 = 4096;
/// Descriptors of a process that serves nobody, and as many again.
const KEPT_BACK: u64 = 64;
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const CROWDED: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
