//! Decides whether HTTP/1 bytes are framed so that every recipient on the way must agree where a message ends (RFC 9112 §2.2, §5, §6).
//!
//! The parser behind it is lenient where RFC 9112 allows that (bare LF as line end, `Content-Length` beside
//! `Transfer-Encoding`, repeated equal lengths). A proxy in front may read the same bytes otherwise, and that difference is
//! request smuggling (RFC 9112 §11.2). So whatever is ambiguous is refused, and nothing is repaired.

use super::frames::Frames;

/// Follows one connection's inbound bytes. After its preface (RFC 9113 §3.4) HTTP/2 passes, as long as it brings requests.
#[derive(Debug, Default)]
pub struct Framing {
    state: State,
    /// The start of a line whose end has not come yet.
    line: Vec<u8>,
    /// Lines of the present head so far.
    lines: usize,
    /// Empty lines came before it.
    blank: bool,
    /// The first line was HTTP/2's preface.
    preface: bool,
    length: Option<u64>,
    chunked: bool,
}

impl Framing {
    /// Follows `bytes`; `Err((n, fault))`: after the first `n` of them comes what is not acceptable.
    pub fn accept(&mut self, bytes: &[u8]) -> Result<(), (usize, Fault)> {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            at += match &mut self.state {
                State::Http2(frames) => {
                    return frames.accept(rest).map_err(|sound| (at + sound, Fault::Http2Flood));
                }
                State::Head => self.head(rest).map_err(|(sound, fault)| (at + sound, fault))?,
                State::Sized(left) => {
                    let taken = consume(left, rest.len());
                    if *left == 0 {
                        self.state = State::Head;
                    }
                    taken
                }
                State::Chunked(chunk) => {
                    let (taken, ended) = chunk.accept(rest).map_err(|sound| (at + sound, Fault::MalformedBody))?;
                    if ended {
                        self.state = State::Head;
                    }
                    taken
                }
            };
        }
        Ok(())
    }

    /// A head has begun and not ended: the header deadline runs.
    pub(super) fn within_head(&self) -> bool {
        // Also of empty lines: they would hold a connection as long as they come.
        matches!(self.state, State::Head) && (self.lines > 0 || self.blank || !self.line.is_empty())
    }

    /// More may be on its way: a body has been announced and has not come whole, or the connection is one of HTTP/2.
    pub(super) fn expects_more(&self) -> bool {
        matches!(self.state, State::Sized(_) | State::Chunked(_) | State::Http2(_))
    }

    /// How many bytes belong to the head; or how many are sound, and what comes after them.
    fn head(&mut self, bytes: &[u8]) -> Result<usize, (usize, Fault)> {
        let malformed = |Malformed| (0, Fault::Malformed);
        let mut taken = 0;
        while let Some(end) = bytes[taken..].iter().position(|byte| *byte == b'\n') {
            let fresh = &bytes[taken..=taken + end];
            self.bound_request_line(fresh).map_err(|room| (taken + room, Fault::LongRequestLine))?;
            taken += end + 1;
            let ended = if self.line.is_empty() {
                self.line_ended(fresh).map_err(malformed)?
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(fresh);
                self.line_ended(&line).map_err(malformed)?
            };
            if ended {
                self.head_ended().map_err(malformed)?;
                return Ok(taken);
            }
        }
        self.bound_request_line(&bytes[taken..]).map_err(|room| (taken + room, Fault::LongRequestLine))?;
        self.line.extend_from_slice(&bytes[taken..]);
        if self.line.len() > LONGEST_LINE { Err(malformed(Malformed)) } else { Ok(bytes.len()) }
    }

    /// How many of the bytes a request line that is too long still has room for.
    fn bound_request_line(&self, fresh: &[u8]) -> Result<(), usize> {
        let room = LONGEST_REQUEST_LINE.saturating_sub(self.line.len());
        if self.lines == 0 && fresh.len() > room { Err(room) } else { Ok(()) }
    }

    /// Takes one line with its end; true when it was the empty line after the fields.
    fn line_ended(&mut self, line: &[u8]) -> Result<bool, Malformed> {
        // RFC 9112 §2.2: a lone LF may be taken as a line end; a proxy may do otherwise, so it is refused.
        let line = line.strip_suffix(b"\r\n").ok_or(Malformed)?;
        if line.is_empty() {
            // RFC 9112 §2.2: an empty line before the request line is ignored.
            self.blank |= self.lines == 0;
            return Ok(self.lines > 0);
        }
        self.lines += 1;
        if self.lines == 1 {
            self.preface = line == b"PRI * HTTP/2.0";
            return Ok(false);
        }
        self.field(line)?;
        Ok(false)
    }

    fn field(&mut self, line: &[u8]) -> Result<(), Malformed> {
        // RFC 9112 §5.2: a server must reject obs-fold or mend it; mending is guessing.
        if matches!(line[0], b' ' | b'\t') {
            return Err(Malformed);
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Malformed)?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        // RFC 9112 §5.1: no whitespace between the name and the colon.
        if name.last().is_none_or(u8::is_ascii_whitespace) {
            return Err(Malformed);
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            // RFC 9112 §6.3: one valid value. A repetition of the same one is allowed to be mended; here it is refused.
            if self.length.replace(decimal(value)?).is_some() {
                return Err(Malformed);
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            // RFC 9112 §6.1, §7: chunked once and nothing else; no other coding is spoken here.
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Malformed);
            }
            self.chunked = true;
        }
        Ok(())
    }

    fn head_ended(&mut self) -> Result<(), Malformed> {
        self.state = match (self.preface && self.lines == 1, self.length.take(), self.chunked) {
            (true, ..) => State::Http2(Frames::default()),
            // RFC 9112 §6.1: both together "ought to be handled as an error".
            (false, Some(_), true) => return Err(Malformed),
            (false, None, true) => State::Chunked(Chunk::Size { value: 0, digits: 0 }),
            (false, None | Some(0), false) => State::Head,
            (false, Some(length), false) => State::Sized(length),
        };
        (self.lines, self.blank, self.chunked, self.preface) = (0, false, false, false);
        Ok(())
    }
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    Sized(u64),
    Chunked(Chunk),
    Http2(Frames),
}

/// RFC 9112 §7.1: where in a chunked body the next byte stands.
#[derive(Debug)]
enum Chunk {
    Size { value: u64, digits: u8 },
    Extension { value: u64, length: u16 },
    SizeEnd { value: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    Trailer { line: u16, cr: bool },
}

impl Chunk {
    /// How many bytes belong to the body, and whether it is over; or how many are sound, and what comes after them is not.
    fn accept(&mut self, bytes: &[u8]) -> Result<(usize, bool), usize> {
        let mut at = 0;
        while at < bytes.len() {
            if let Self::Data { left } = self {
                at += consume(left, bytes.len() - at);
                if *left == 0 {
                    *self = Self::DataCr;
                }
                continue;
            }
            let Some(next) = self.after(bytes[at]).map_err(|Malformed| at)? else { return Ok((at + 1, true)) };
            *self = next;
            at += 1;
        }
        Ok((at, false))
    }

    /// The state after one byte of framing; `None` after the last byte of the body.
    fn after(&self, byte: u8) -> Result<Option<Self>, Malformed> {
        Ok(Some(match (self, byte) {
            (Self::Size { value, digits }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') if *digits < 16 => {
                let digit = char::from(byte).to_digit(16).ok_or(Malformed)?;
                Self::Size { value: value << 4 | u64::from(digit), digits: digits + 1 }
            }
            (Self::Size { value, digits: 1.. } | Self::Extension { value, .. }, b'\r') => {
                Self::SizeEnd { value: *value }
            }
            (Self::Size { value, digits: 1.. }, b';' | b' ' | b'\t') => Self::Extension { value: *value, length: 0 },
            // RFC 9112 §7.1.1: a server ought to limit the length of extensions.
            (Self::Extension { value, length: length @ ..LONGEST_EXTENSION }, b'\t' | b' '..=b'~') => {
                Self::Extension { value: *value, length: length + 1 }
            }
            (Self::SizeEnd { value: 0 }, b'\n') => Self::Trailer { line: 0, cr: false },
            (Self::SizeEnd { value }, b'\n') => Self::Data { left: *value },
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::Size { value: 0, digits: 0 },
            (Self::Trailer { line, cr: false }, b'\r') => Self::Trailer { line: *line, cr: true },
            (Self::Trailer { line: 0, cr: true }, b'\n') => return Ok(None),
            (Self::Trailer { cr: true, .. }, b'\n') => Self::Trailer { line: 0, cr: false },
            (Self::Trailer { line: line @ ..LONGEST_EXTENSION, cr: false }, b'\t' | b' '..=b'~' | 0x80..) => {
                Self::Trailer { line: line + 1, cr: false }
            }
            _ => return Err(Malformed),
        }))
    }
}

/// Why a message goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 400.
    Malformed,
    /// The same within a body that was begun.
    MalformedBody,
    /// 414: the bytes so far belong to a request line that is longer than any that would be served (RFC 9112 §3).
    LongRequestLine,
    /// The end of the connection, after a whole frame.
    Http2Flood,
}

#[derive(Debug)]
struct Malformed;

/// RFC 9110 §8.6: `1*DIGIT`, no sign, no list, and within 64 bits.
fn decimal(value: &[u8]) -> Result<u64, Malformed> {
    if !(1..=19).contains(&value.len()) {
        return Err(Malformed);
    }
    value
        .iter()
        .try_fold(0_u64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')).ok_or(Malformed))
}

fn consume(left: &mut u64, available: usize) -> usize {
    let taken = usize::try_from(*left).map_or(available, |left| left.min(available));
    *left -= taken as u64;
    taken
}

/// Beyond the limit on the request's address, with room for a method and a scheme.
const LONGEST_REQUEST_LINE: usize = 17 * 1024;
/// Beyond the header block's own limit, so that the parser behind answers 431 first.
const LONGEST_LINE: usize = 64 * 1024;
const LONGEST_EXTENSION: u16 = 4096;

#[cfg(test)]
mod tests {
    use super::{Fault, Framing, LONGEST_REQUEST_LINE};

    /// The same verdict however the bytes are cut.
    fn accepted(bytes: &[u8]) -> bool {
        let whole = Framing::default().accept(bytes).is_ok();
        for cut in 1..bytes.len() {
            let mut framing = Framing::default();
            let parts = framing.accept(&bytes[..cut]).is_ok() && framing.accept(&bytes[cut..]).is_ok();
            assert_eq!(parts, whole, "cut at {cut} of {:?}", String::from_utf8_lossy(bytes));
        }
        let mut framing = Framing::default();
        assert_eq!(bytes.iter().all(|byte| framing.accept(&[*byte]).is_ok()), whole);
        whole
    }

    #[test]
    fn accepts_plain_messages_in_a_row() {
        assert!(accepted(b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert!(accepted(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\na\nb\nc" as &[u8]));
        assert!(accepted(b"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=\"1\"\r\na\nb\nc\r\n0\r\nA: b\r\n\r\nGET / HTTP/1.1\r\n\r\n"));
        assert!(accepted(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\n\n"));
    }

    #[test]
    fn refuses_what_two_recipients_could_read_differently() {
        for case in [
            "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nnothing\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000001\r\na\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        ] {
            assert!(!accepted(case.as_bytes()), "{case:?}");
        }
    }

    #[test]
    fn refuses_the_second_message_after_a_good_first() {
        let first = b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na".as_slice();
        let both = [first, b"GET / HTTP/1.1\n\n"].concat();
        assert_eq!(Framing::default().accept(&both), Err((first.len(), Fault::Malformed)));
    }

    /// F19: what of a body is sound is told to the octet, so that whoever reads it learns at once that no more comes.
    #[test]
    fn a_body_ends_where_it_is_malformed_however_it_is_cut() {
        let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (sound, rest) in
            [("3\r\na=b", "XX0\r\n\r\n"), ("", "X"), ("1", "\0"), ("1;a", "\0"), ("0\r\nA: b", "\0\r\n\r\n")]
        {
            let bytes = format!("{head}{sound}{rest}").into_bytes();
            let end = head.len() + sound.len();
            for cut in 1..=end {
                let mut framing = Framing::default();
                assert_eq!(framing.accept(&bytes[..cut]), Ok(()), "{sound:?} {cut}");
                assert_eq!(framing.accept(&bytes[cut..]), Err((end - cut, Fault::MalformedBody)), "{sound:?} {cut}");
            }
        }
    }

    /// F19: a head has begun with the first empty line before it.
    #[test]
    fn empty_lines_begin_a_head() {
        let mut framing = Framing::default();
        assert!(!framing.within_head());
        for bytes in ["\r\n", "\r\n", "GET / HTTP/1.1\r\n"] {
            assert_eq!(framing.accept(bytes.as_bytes()), Ok(()));
            assert!(framing.within_head(), "{bytes:?}");
        }
        assert_eq!(framing.accept(b"Host: a\r\n\r\n"), Ok(()));
        assert!(!framing.within_head());
    }

    #[test]
    fn a_request_line_ends_where_it_is_too_long_however_it_is_cut() {
        let long = format!("\r\nGET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(2 * LONGEST_REQUEST_LINE));
        let sound = 2 + LONGEST_REQUEST_LINE;
        for cut in [1, 2, 3, 100, sound - 1, sound] {
            let mut framing = Framing::default();
            assert_eq!(framing.accept(&long.as_bytes()[..cut]), Ok(()));
            assert_eq!(framing.accept(&long.as_bytes()[cut..]), Err((sound - cut, Fault::LongRequestLine)), "{cut}");
        }
        let fields = format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(2 * LONGEST_REQUEST_LINE));
        assert_eq!(Framing::default().accept(fields.as_bytes()), Ok(()));
    }
}
