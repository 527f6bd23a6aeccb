//! One HTTP/1.1 connection: writes a prepared request, reads exactly its answer (RFC 9112 §6.2, §7.1).

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::tls::Tls;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    to: String,
    /// The head of a request to the path that most go to, up to its length.
    head: String,
    read: Vec<u8>,
    /// Whether a TLS session was resumed.
    pub(crate) resumed: bool,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where it sends to.
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Connection {
    pub(crate) async fn open(to: &str, path: &str, tls: Option<&Tls>) -> Result<Self> {
        let (stream, resumed): (Box<dyn Stream>, _) = match tls {
            None => {
                let stream = TcpStream::connect(to).await?;
                stream.set_nodelay(true)?;
                (Box::new(stream), false)
            }
            Some(tls) => {
                let (stream, resumed) = tls.connect(to).await?;
                (Box::new(stream), resumed)
            }
        };
        Ok(Self { stream, to: to.to_owned(), head: head(path, to), read: Vec::with_capacity(8192), resumed })
    }

    /// Posts a form. What follows a tab in it is one more header.
    pub(crate) async fn post(&mut self, line: &str) -> Result<Answer> {
        let request = request(&self.head, line);
        self.send(&request).await
    }

    pub(crate) async fn post_to(&mut self, path: &str, line: &str) -> Result<Answer> {
        let request = request(&head(path, &self.to), line);
        self.send(&request).await
    }

    pub(crate) async fn get(&mut self, target: &str, cookie: &str) -> Result<Answer> {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", self.to);
        self.send(&request).await
    }

    async fn send(&mut self, request: &str) -> Result<Answer> {
        self.stream.write_all(request.as_bytes()).await?;
        self.stream.flush().await?;
        self.read.clear();
        let end = self.read_head().await?;
        let head = std::str::from_utf8(&self.read[..end])?;
        let status = head.get(9..12).context("no status line")?.parse()?;
        let location = field(head, "location").map(str::to_owned);
        // Both servers know the length of their answer; the generator need not understand chunks.
        let length = field(head, "content-length").context("an answer without Content-Length")?;
        let length: usize = length.parse().context("a length that is no number")?;
        while self.read.len() < end + length {
            self.more().await?;
        }
        ensure!(self.read.len() == end + length, "the server answered more than was asked");
        Ok(Answer { status, location, body: String::from_utf8_lossy(&self.read[end..]).into_owned() })
    }

    async fn read_head(&mut self) -> Result<usize> {
        loop {
            if let Some(at) = self.read.windows(4).position(|window| window == b"\r\n\r\n") {
                return Ok(at + 4);
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.read).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }

    /// Ends a connection of its own for each request, as a client would.
    pub(crate) async fn close(mut self) {
        // Whether the server still listens to that says nothing of its answer.
        let _ = self.stream.shutdown().await;
    }
}

fn head(path: &str, to: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: {to}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ")
}

fn request(head: &str, line: &str) -> String {
    match line.split_once('\t') {
        None => format!("{head}{}\r\n\r\n{line}", line.len()),
        Some((body, header)) => format!("{head}{}\r\n{header}\r\n\r\n{body}", body.len()),
    }
}

fn field<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then(|| value.trim()))
}
