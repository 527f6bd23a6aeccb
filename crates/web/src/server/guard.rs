//! Decides what of a connection's bytes reaches the parser: strictly framed heads, in time (RFC 9112 §2.2, §6; slow header attacks).

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep, sleep_until},
};

use super::framing::{Fault, Framing};

/// A connection whose inbound bytes are followed by [`Framing`].
///
/// A malformed message is replaced by bytes that the parser answers with 400 and a close, an endless request line by one that
/// is answered with 414 and a close, a flood of HTTP/2 frames by one that is answered with GOAWAY; a head that does not come
/// whole in time ends the connection.
#[derive(Debug)]
pub(super) struct Guard<T> {
    inner: T,
    framing: Framing,
    head_time: Duration,
    /// Runs from the first byte of a head to its end, and from the start of the connection to its first head.
    deadline: Option<Pin<Box<Sleep>>>,
    /// What is still to be delivered in place of a message that is not acceptable.
    poison: Option<&'static [u8]>,
    /// What comes of a body after what was sound of it: an error, which ends it for whoever reads it in whatever part it is.
    broken: bool,
    /// Runs while a write makes no progress.
    stalled: Option<Pin<Box<Sleep>>>,
    stall_time: Duration,
    /// Bytes that were taken by the other side, or at least by the machine between.
    written: Arc<AtomicU64>,
    /// Bytes still read and thrown away after the last response, and until when.
    lingering: Option<(usize, Pin<Box<Sleep>>)>,
}

impl<T> Guard<T> {
    pub(super) fn new(inner: T, head_time: Duration, stall_time: Duration) -> Self {
        Self {
            inner,
            framing: Framing::default(),
            head_time,
            deadline: Some(Box::pin(sleep(head_time))),
            poison: None,
            broken: false,
            stalled: None,
            stall_time,
            written: Arc::default(),
            lingering: None,
        }
    }

    /// How many bytes were written, however often it is asked and for as long as the connection is open.
    pub(super) fn written(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.written)
    }

    /// A client that does not read must not hold what was made for it: without progress for a while the connection ends.
    fn progress(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Pending => {
                let time = self.stall_time;
                let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(time)));
                ready!(stalled.as_mut().poll(cx));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Ready(result) => {
                self.stalled = None;
                if let Ok(bytes) = &result {
                    self.written.fetch_add(*bytes as u64, Ordering::Relaxed);
                }
                Poll::Ready(result)
            }
        }
    }

    fn follow(&mut self, buf: &mut ReadBuf<'_>, before: usize) {
        match self.framing.accept(&buf.filled()[before..]) {
            Ok(()) if self.framing.within_head() => {
                let head_time = self.head_time;
                self.deadline.get_or_insert_with(|| Box::pin(sleep(head_time)));
            }
            Ok(()) => self.deadline = None,
            Err((sound, Fault::MalformedBody)) => {
                buf.set_filled(before + sound);
                self.deadline = None;
                self.broken = true;
            }
            Err((sound, fault)) => {
                buf.set_filled(before + sound);
                self.deadline = None;
                self.poison = Some(match fault {
                    Fault::Malformed | Fault::MalformedBody => POISON,
                    Fault::LongRequestLine => END_OF_LONG_LINE,
                    Fault::Http2Flood => PING_ON_A_STREAM,
                });
                self.deliver_poison(buf);
            }
        }
    }

    fn deliver_poison(&mut self, buf: &mut ReadBuf<'_>) {
        if let Some(poison) = &mut self.poison {
            let (now, later) = poison.split_at(poison.len().min(buf.remaining()));
            buf.put_slice(now);
            *poison = later;
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Guard<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(left) = this.poison {
            this.deliver_poison(buf);
            // Nothing more ever comes. An end would be taken for the client's, and its 414 would be lost.
            return if left.is_empty() { Poll::Pending } else { Poll::Ready(Ok(())) };
        }
        if this.broken {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        let before = buf.filled().len();
        match Pin::new(&mut this.inner).poll_read(cx, buf) {
            Poll::Ready(Ok(())) if buf.filled().len() > before => {
                this.follow(buf, before);
                if this.broken && buf.filled().len() == before {
                    return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
                }
            }
            Poll::Ready(result) => return Poll::Ready(result),
            Poll::Pending => {
                if let Some(deadline) = &mut this.deadline {
                    ready!(deadline.as_mut().poll(cx));
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
                return Poll::Pending;
            }
        }
        // A trickle that never lets the connection pend must not outlive the deadline either.
        if this.deadline.as_ref().is_some_and(|deadline| deadline.is_elapsed() || deadline.deadline() <= Instant::now())
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guard<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.progress(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.progress(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // TLS writes here what it encrypted before.
        let polled = Pin::new(&mut self.inner).poll_flush(cx).map_ok(|()| 0);
        self.progress(cx, polled).map_ok(drop)
    }

    /// RFC 9112 §9.6: closing with unread bytes resets the connection, and the client may lose the response (a 413 above
    /// all, or a GOAWAY). So the write side is closed first and a little of what still comes is read and thrown away.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingering.is_none() {
            let polled = Pin::new(&mut this.inner).poll_shutdown(cx).map_ok(|()| 0);
            ready!(this.progress(cx, polled))?;
            if this.poison.is_none() && !this.broken && !this.framing.expects_more() {
                return Poll::Ready(Ok(()));
            }
        }
        let (left, until) = this
            .lingering
            .get_or_insert_with(|| (LINGERING_BYTES, Box::pin(sleep_until(Instant::now() + LINGERING_TIME))));
        let mut scratch = [0; 8192];
        loop {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut this.inner).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() && *left > 0 => {
                    *left = left.saturating_sub(buf.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    ready!(until.as_mut().poll(cx));
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

/// NUL is valid nowhere in an HTTP/1 head or in a chunk's framing (RFC 9112 §3, §5, §7.1); the empty line ends the waiting.
const POISON: &[u8] = b"\0\r\n\r\n";
/// Makes a whole request of a request line that was cut, for the admission's limit on addresses to answer.
const END_OF_LONG_LINE: &[u8] = b" HTTP/1.1\r\nConnection: close\r\n\r\n";
/// RFC 9113 §6.7: a connection error, wherever it comes.
const PING_ON_A_STREAM: &[u8] = b"\0\0\x08\x06\0\0\0\0\x01\0\0\0\0\0\0\0\0";
const LINGERING_BYTES: usize = 1024 * 1024;
const LINGERING_TIME: Duration = Duration::from_secs(1);
