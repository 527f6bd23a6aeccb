//! `grantor healthcheck`: one GET, 0 for 200.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::args::HealthArgs;
use crate::config::shown;
use crate::exit::Exit;

pub(crate) fn run(args: &HealthArgs) -> Result<(), Exit> {
    let (status, body) = request("GET", &args.url, &[], "")?;
    if status == 200 {
        Ok(())
    } else {
        Err(Exit::Failure(format!("{} answered {status}: {}", shown(&args.url), body.trim())))
    }
}

/// One plain HTTP/1.1 request; enough for a server on this machine, and no client library in the binary.
pub(crate) fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Result<(u16, String), Exit> {
    let unavailable = |what: String| Exit::Unavailable(format!("{} does not answer: {what}", shown(url)));
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| Exit::Configuration(format!("{url} is not right: it must begin with http://")))?;
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let address = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
    let addresses = address.to_socket_addrs().map_err(|e| unavailable(e.to_string()))?;
    let stream = addresses.into_iter().find_map(|a| TcpStream::connect_timeout(&a, TIME).ok());
    let mut stream = stream.ok_or_else(|| unavailable("no connection".into()))?;
    let talk = |stream: &mut TcpStream| -> std::io::Result<Vec<u8>> {
        stream.set_read_timeout(Some(TIME))?;
        let fields: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let fields = fields.concat();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{fields}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.take(LIMIT).read_to_end(&mut answer)?;
        Ok(answer)
    };
    let answer = talk(&mut stream).map_err(|e| unavailable(e.to_string()))?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| unavailable("no HTTP answer".into()))?;
    let status =
        head.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| unavailable("no HTTP status".into()))?;
    Ok((status, body.to_owned()))
}

const TIME: Duration = Duration::from_secs(5);
const LIMIT: u64 = 4 * 1024 * 1024;
