//! Whether a pooler stands between this process and the database: then each transaction, outside of one each statement, may run
//! in another process of the server, and what was prepared or set in one is not there in the next, or is somebody else's.
//!
//! A server greets with the number of the process that answers. A pooler greets with a number of its own, because it keeps the
//! keys that cancel a query for itself; so the two numbers differ exactly where somebody is in between.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Hook, HookError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_postgres::{Error, SimpleQueryMessage};

/// Whether connections keep what is prepared on them. What one of them shows holds for all: they go to the same address.
#[derive(Clone, Debug, Default)]
pub(super) struct Pooler(Arc<AtomicBool>);

impl Pooler {
    /// Whether one is in between, or seems to be.
    pub(super) fn stands_between(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// From now on nothing is prepared under a name.
    pub(super) fn found(&self) {
        if !self.0.swap(true, Ordering::Relaxed) {
            tracing::info!("the database is behind a pooler: statements are sent whole");
        }
    }

    /// Looks at each new connection, before it is used, for as long as a handshake may take.
    pub(super) fn look(&self, handshake: Duration) -> Hook {
        let pooler = self.clone();
        Hook::async_fn(move |client, _| {
            let pooler = pooler.clone();
            Box::pin(async move {
                if pooler.stands_between() {
                    return Ok(());
                }
                let Ok(looked) = tokio::time::timeout(handshake, is_behind_one(client)).await else {
                    return Err(HookError::message("the server did not answer in time"));
                };
                if looked.map_err(HookError::Backend)? {
                    pooler.found();
                }
                Ok(())
            })
        })
    }
}

async fn is_behind_one(client: &ClientWrapper) -> Result<bool, Error> {
    // Not prepared: nobody knows yet where it would be kept.
    let answer = client.simple_query("SELECT pg_backend_pid()").await?;
    let answering = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    Ok(answering != greeted_by(client).await)
}

/// The process that the server named when it greeted. The driver tells it to nobody but the server, in a request to cancel
/// (PostgreSQL, message formats: CancelRequest); such a request goes nowhere here.
async fn greeted_by(client: &ClientWrapper) -> Option<i32> {
    let (driver, mut server) = duplex(64);
    let token = client.cancel_token();
    let asked = token.cancel_query_raw(driver, Nowhere);
    let heard = async {
        loop {
            let length = server.read_i32().await.ok()?;
            let _code = server.read_i32().await.ok()?;
            if length == CANCEL {
                return server.read_i32().await.ok();
            }
            // It asks for TLS first.
            server.write_all(b"S").await.ok()?;
        }
    };
    let (_, process) = tokio::join!(asked, heard);
    process
}

/// Length of a CancelRequest.
const CANCEL: i32 = 16;

/// TLS that is none: what is said stays in this process.
struct Nowhere;

impl TlsConnect<DuplexStream> for Nowhere {
    type Stream = Inside;
    type Error = Infallible;
    type Future = Ready<Result<Inside, Infallible>>;

    fn connect(self, stream: DuplexStream) -> Self::Future {
        ready(Ok(Inside(stream)))
    }
}

struct Inside(DuplexStream);

impl TlsStream for Inside {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Inside {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Inside {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
