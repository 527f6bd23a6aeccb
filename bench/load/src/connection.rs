//! One kept-alive HTTP/1.1 connection: writes a prepared POST, reads exactly its answer (RFC 9112 §6.2, §7.1).

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) struct Connection {
    stream: TcpStream,
    head: String,
    read: Vec<u8>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Connection {
    pub(crate) async fn open(to: &str, path: &str) -> Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {to}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        );
        Ok(Self { stream, head, read: Vec::with_capacity(8192) })
    }

    pub(crate) async fn post(&mut self, body: &str) -> Result<Answer> {
        let request = format!("{}{}\r\n\r\n{body}", self.head, body.len());
        self.stream.write_all(request.as_bytes()).await?;
        self.read.clear();
        let end = self.read_head().await?;
        let head = std::str::from_utf8(&self.read[..end])?;
        let status = head.get(9..12).context("no status line")?.parse()?;
        // Both servers know the length of their answer; the generator need not understand chunks.
        let length = length_of(head)?;
        while self.read.len() < end + length {
            self.more().await?;
        }
        ensure!(self.read.len() == end + length, "the server answered more than was asked");
        Ok(Answer { status, body: String::from_utf8_lossy(&self.read[end..]).into_owned() })
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
        ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the server closed the connection");
        Ok(())
    }
}

fn length_of(head: &str) -> Result<usize> {
    for line in head.lines() {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return value.trim().parse().context("a length that is no number");
        }
    }
    bail!("an answer without Content-Length")
}
