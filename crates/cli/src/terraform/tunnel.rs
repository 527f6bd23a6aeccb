//! The proxy: CONNECT (RFC 9110 §9.3.6) to one of the names, TLS with the certificate made for them, and from there on the server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::led;

pub(super) async fn serve(listener: TcpListener, config: Arc<ServerConfig>, server: SocketAddr) {
    let acceptor = TlsAcceptor::from(config);
    let places = Arc::new(Semaphore::new(MOST));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    if let Err(error) = lead(stream, &acceptor, server).await {
                        tracing::debug!(event = "tunnel", %error, "ended early");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(event = "tunnel", %error, "a connection was not accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn lead(mut stream: TcpStream, acceptor: &TlsAcceptor, server: SocketAddr) -> io::Result<()> {
    let head = timeout(PATIENCE, head(&mut stream)).await??;
    if !is_for_us(&head) {
        return stream.write_all(REFUSED).await;
    }
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let mut secure = timeout(PATIENCE, acceptor.accept(stream)).await??;
    let mut inner = TcpStream::connect(server).await?;
    inner.set_nodelay(true)?;
    tokio::io::copy_bidirectional(&mut secure, &mut inner).await?;
    Ok(())
}

/// All up to the empty line. What comes behind it waits for the answer (RFC 9110 §9.3.6), so nothing of it can be here.
async fn head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= LONGEST || stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(head)
}

fn is_for_us(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let Ok(line) = str::from_utf8(line) else { return false };
    let mut words = line.split(' ');
    let (method, target) = (words.next(), words.next().unwrap_or_default());
    let (name, port) = target.rsplit_once(':').unwrap_or_default();
    method == Some("CONNECT") && port == "443" && led().any(|of| of.eq_ignore_ascii_case(name))
}

const REFUSED: &[u8] = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\
This proxy of grantor dev leads to auth.grantor.test, api.grantor.test and auth.pingone.com alone, by CONNECT and port 443.\n";
const MOST: usize = 256;
const LONGEST: usize = 8 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);
