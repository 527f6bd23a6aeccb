//! Connecting: each address of each host of the URL for a moment, the one that was good last first.
//!
//! The driver bounds the TCP connection alone, so that a server which is frozen, and whose kernel goes on greeting, would keep
//! everybody from trying the next.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

use deadpool_postgres::Connect;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::{Host, LoadBalanceHosts};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Error, NoTls, Socket};

/// The servers of a URL.
pub(super) struct Hosts<T> {
    tls: T,
    /// For a whole handshake: TCP, TLS, authentication, and whether the server takes writes.
    handshake: Duration,
    good: Good,
    turn: AtomicUsize,
}

/// Where it was good last. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Good(Arc<Mutex<Option<To>>>);

impl Good {
    fn get(&self) -> Option<To> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, to: To) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(to);
    }
}

/// One address: the number of its host in the URL. No address of its own where it is a socket in the file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct To {
    host: usize,
    address: Option<IpAddr>,
}

type Connected = Result<(Client, JoinHandle<()>), Error>;

impl<T> Hosts<T> {
    pub(super) fn new(tls: T, handshake: Duration, good: &Good) -> Self {
        Self { tls, handshake, good: good.clone(), turn: AtomicUsize::new(0) }
    }

    /// The hosts in the order in which they are tried.
    fn order(&self, config: &Config) -> Vec<usize> {
        let hosts = count(config);
        let first = match config.get_load_balance_hosts() {
            LoadBalanceHosts::Random => self.turn.fetch_add(1, Ordering::Relaxed) % hosts.max(1),
            _ => self.good.get().map_or(0, |good| good.host),
        };
        let mut order: Vec<_> = (0..hosts).collect();
        if first < hosts {
            order[..=first].rotate_right(1);
        }
        order
    }
}

impl<T> Connect for Hosts<T>
where
    T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
    T::Stream: Sync + Send,
    T::TlsConnect: Sync + Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let config = config.clone();
        Box::pin(async move {
            let mut last = None;
            for host in self.order(&config) {
                match self.host(&config, host).await {
                    Ok(connected) => return Ok(connected),
                    Err(error) => last = Some(error),
                }
            }
            match last {
                Some(error) => Err(error),
                None => Err(unanswered().await),
            }
        })
    }
}

impl<T> Hosts<T>
where
    T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
    T::Stream: Sync + Send,
    T::TlsConnect: Sync + Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    async fn host(&self, config: &Config, host: usize) -> Connected {
        let Ok(mut addresses) = timeout(self.handshake, addresses(config, host)).await else {
            return Err(unanswered().await);
        };
        if let Some(good) = self.good.get().filter(|good| good.host == host) {
            addresses.sort_by_key(|address| *address != good.address);
        }
        let mut last = None;
        for address in addresses {
            let one = alone(config, host, address);
            match timeout(self.handshake, one.connect(self.tls.clone())).await {
                Ok(Ok((client, connection))) => {
                    self.good.set(To { host, address });
                    let running = tokio::spawn(async move {
                        if let Err(error) = connection.await {
                            tracing::warn!(error = %super::failure::described(&error), "a connection to the database broke");
                        }
                    });
                    return Ok((client, running));
                }
                Ok(Err(error)) => last = Some(error),
                Err(_) => last = Some(unanswered().await),
            }
        }
        match last {
            Some(error) => Err(error),
            None => Err(unanswered().await),
        }
    }
}

/// How many hosts a URL names.
pub(super) fn count(config: &Config) -> usize {
    config.get_hosts().len().max(config.get_hostaddrs().len())
}

/// Where a host is: all that its name resolves to. A name that resolves to nothing is left to the driver, which says so.
async fn addresses(config: &Config, host: usize) -> Vec<Option<IpAddr>> {
    if let Some(address) = config.get_hostaddrs().get(host) {
        return vec![Some(*address)];
    }
    let Some(Host::Tcp(name)) = config.get_hosts().get(host) else { return vec![None] };
    let Ok(found) = tokio::net::lookup_host((name.as_str(), 0)).await else { return vec![None] };
    let found: Vec<_> = found.map(|address| Some(address.ip())).collect();
    if found.is_empty() { vec![None] } else { found }
}

/// The same configuration for one address.
fn alone(all: &Config, host: usize, address: Option<IpAddr>) -> Config {
    let mut one = Config::new();
    match all.get_hosts().get(host) {
        Some(Host::Tcp(name)) => drop(one.host(name)),
        #[cfg(unix)]
        Some(Host::Unix(path)) => drop(one.host_path(path)),
        None => {}
    }
    address.map(|address| one.hostaddr(address));
    all.get_ports().get(host).or(all.get_ports().first()).map(|port| one.port(*port));
    all.get_user().map(|user| one.user(user));
    all.get_password().map(|password| one.password(password));
    all.get_dbname().map(|name| one.dbname(name));
    all.get_options().map(|options| one.options(options));
    all.get_application_name().map(|name| one.application_name(name));
    all.get_connect_timeout().map(|time| one.connect_timeout(*time));
    all.get_tcp_user_timeout().map(|time| one.tcp_user_timeout(*time));
    all.get_keepalives_interval().map(|time| one.keepalives_interval(time));
    all.get_keepalives_retries().map(|times| one.keepalives_retries(times));
    one.keepalives(all.get_keepalives())
        .keepalives_idle(all.get_keepalives_idle())
        .ssl_mode(all.get_ssl_mode())
        .ssl_negotiation(all.get_ssl_negotiation())
        .target_session_attrs(all.get_target_session_attrs())
        .channel_binding(all.get_channel_binding());
    one
}

/// The driver's error for a server that does not answer: it makes its errors only of what it does itself.
async fn unanswered() -> Error {
    match Config::new().user("none").connect_raw(Unanswered, NoTls).await {
        Err(error) => error,
        Ok(_) => unreachable!("nothing is answered"),
    }
}

struct Unanswered;

impl Unanswered {
    fn error() -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, "the server did not answer in time")
    }
}

impl AsyncRead for Unanswered {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(Self::error()))
    }
}

impl AsyncWrite for Unanswered {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(Self::error()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(Self::error()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl<T> fmt::Debug for Hosts<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hosts").field("handshake", &self.handshake).finish_non_exhaustive()
    }
}
