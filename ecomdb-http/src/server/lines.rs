//! Rejects bare LF in HTTP/1.1 heads, where lines must end with CRLF.
//!
//! hyper accepts a bare LF as a line end, as RFC 9112 (section 2.2) allows. A proxy that does not would read another
//! request than the server: request smuggling. This stream therefore inspects the bytes of heads on their way to hyper.
//! It replaces a bare LF with NUL, which is invalid in a head, and ends the head there, so that hyper answers 400.
//! Trailers of chunked bodies are treated alike.
//!
//! The length of a body, and so the start of the next head, comes from hyper, with each request.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::HttpBody;
use axum::http::Request;
use hyper::body::Incoming;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// No request was read since the last body began.
const UNKNOWN: u64 = u64::MAX;
const CHUNKED: u64 = u64::MAX - 1;

/// The body length of the last request that hyper read.
#[derive(Debug, Clone)]
pub(super) struct BodyLength(Arc<AtomicU64>);

impl BodyLength {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(UNKNOWN)))
    }

    /// Notes the body length of a head that hyper has parsed.
    pub(super) fn note(&self, request: &Request<Incoming>) {
        self.0.store(request.body().size_hint().exact().unwrap_or(CHUNKED), Ordering::Release);
    }
}

/// A stream whose heads contain no bare LF.
#[derive(Debug)]
pub(super) struct Lines<S> {
    stream: S,
    length: BodyLength,
    position: Position,
    /// Bytes after the end of a head or body that were not handed over yet.
    held: Vec<u8>,
    handed: usize,
}

/// The part of a request to which the next byte belongs.
#[derive(Debug)]
enum Position {
    Head(Line),
    /// The head was handed over, but hyper has not reported the length of the body yet.
    AfterHead,
    Body(u64),
    ChunkSize(u64),
    ChunkExtension(u64),
    Chunk(u64),
    Trailer(Line),
    /// A bare LF was found; the head or trailer ends there.
    Refused,
    /// hyper is closing the connection: this number of bytes is handed over, and nothing after them.
    End(u64),
}

/// State within a line of a head.
#[derive(Debug, Default)]
struct Line {
    length: usize,
    ends_with_cr: bool,
    /// Empty lines may come before a head (RFC 9112, section 2.2).
    head_has_begun: bool,
}

impl<S> Lines<S> {
    pub(super) fn new(stream: S, length: BodyLength) -> Self {
        Self { stream, length, position: Position::Head(Line::default()), held: Vec::new(), handed: 0 }
    }

    /// Consumes the bytes that can be handed over now, and returns how many: at least one, unless the stream has ended.
    fn advance(&mut self, bytes: &mut [u8]) -> usize {
        loop {
            let (passed, next) = match &mut self.position {
                Position::Head(line) => line.advance(bytes),
                Position::AfterHead => match self.length.0.swap(UNKNOWN, Ordering::Acquire) {
                    // hyper reports the length before it reads again, unless it has refused the head.
                    UNKNOWN => (0, Some(Position::End(0))),
                    CHUNKED => (0, Some(Position::ChunkSize(0))),
                    0 => (0, Some(Position::Head(Line::default()))),
                    length => (0, Some(Position::Body(length))),
                },
                Position::Body(left) => {
                    let passed = skip(left, bytes);
                    (passed, (*left == 0).then(|| Position::Head(Line::default())))
                }
                Position::ChunkSize(_) | Position::ChunkExtension(_) | Position::Chunk(_) | Position::Trailer(_) => {
                    self.position.advance_chunks(bytes)
                }
                Position::End(left) => return skip(left, bytes),
                // `end_refused` produces what follows.
                Position::Refused => return 0,
            };
            if let Some(next) = next {
                self.position = next;
            }
            if passed > 0 {
                return passed;
            }
        }
    }

    /// Ends a refused head or trailer in place of its remaining bytes: hyper parses a head only when it is complete.
    fn end_refused(&mut self) {
        if matches!(self.position, Position::Refused) {
            self.held = b"\r\n\r\n".to_vec();
            self.position = Position::End(self.held.len() as u64);
            self.handed = 0;
        }
    }
}

impl Line {
    /// How many bytes belong to this head, and the next position if it ends there.
    fn advance(&mut self, bytes: &mut [u8]) -> (usize, Option<Position>) {
        let mut start = 0;
        while let Some(length) = memchr::memchr(b'\n', &bytes[start..]) {
            let end = start + length;
            let ends_with_cr = if length > 0 { bytes[end - 1] == b'\r' } else { self.ends_with_cr };
            if !ends_with_cr {
                bytes[end] = 0;
                return (end + 1, Some(Position::Refused));
            }
            let is_empty = self.length + length == 1;
            start = end + 1;
            if is_empty && self.head_has_begun {
                return (start, Some(Position::AfterHead));
            }
            *self = Self { head_has_begun: !is_empty, ..Self::default() };
        }
        if let Some(last) = bytes[start..].last() {
            self.length += bytes.len() - start;
            self.ends_with_cr = *last == b'\r';
        }
        (bytes.len(), None)
    }
}

impl Position {
    /// Consumes chunks. hyper refuses malformed ones.
    fn advance_chunks(&mut self, bytes: &mut [u8]) -> (usize, Option<Self>) {
        let mut passed = 0;
        while let Some(&byte) = bytes.get(passed) {
            let next = match self {
                Self::ChunkSize(size) => match char::from(byte).to_digit(16) {
                    Some(digit) => Self::ChunkSize(size.wrapping_mul(16).wrapping_add(digit.into())),
                    None => Self::ChunkExtension(*size),
                },
                Self::ChunkExtension(size) if byte != b'\n' => Self::ChunkExtension(*size),
                Self::ChunkExtension(0) => Self::Trailer(Line::default()),
                // The line end of a chunk counts as part of it.
                Self::ChunkExtension(size) => Self::Chunk(size.saturating_add(2)),
                Self::Chunk(left) => {
                    passed += skip(left, &bytes[passed..]);
                    if *left == 0 {
                        *self = Self::ChunkSize(0);
                    }
                    continue;
                }
                Self::Trailer(line) if byte != b'\n' => {
                    line.length += 1;
                    line.ends_with_cr = byte == b'\r';
                    passed += 1;
                    continue;
                }
                // hyper would read a trailer where others see the end of the body.
                Self::Trailer(Line { ends_with_cr: false, .. }) => {
                    bytes[passed] = 0;
                    return (passed + 1, Some(Self::Refused));
                }
                Self::Trailer(Line { length: 1, .. }) => return (passed + 1, Some(Self::Head(Line::default()))),
                _ => Self::Trailer(Line::default()),
            };
            *self = next;
            passed += 1;
        }
        (passed, None)
    }
}

/// Consumes what is left of a body, and returns how many of the bytes that is.
fn skip(left: &mut u64, bytes: &[u8]) -> usize {
    let skipped = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
    *left -= skipped as u64;
    skipped
}

impl<S: AsyncRead + Unpin> AsyncRead for Lines<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        if this.handed < this.held.len() {
            let room = buf.remaining().min(this.held.len() - this.handed);
            let mut held = std::mem::take(&mut this.held);
            let passed = this.advance(&mut held[this.handed..this.handed + room]);
            buf.put_slice(&held[this.handed..this.handed + passed]);
            this.handed += passed;
            // Free the buffer, so that an idle connection holds none.
            this.held = if this.handed < held.len() { held } else { Vec::new() };
            this.end_refused();
            return Poll::Ready(Ok(()));
        }
        ready!(Pin::new(&mut this.stream).poll_read(context, buf))?;
        let read = &mut buf.filled_mut()[before..];
        if !read.is_empty() {
            let passed = this.advance(read);
            this.held.clear();
            this.held.extend_from_slice(&read[passed..]);
            this.handed = 0;
            buf.set_filled(before + passed);
            this.end_refused();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Lines<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    #[tokio::test]
    async fn after_a_head_of_unknown_length_nothing_is_handed_over() {
        let sent = [HEAD, b"GET /second HTTP/1.1\nHost: x\n\n"].concat();
        let (mut lines, mut read) = (Lines::new(&*sent, BodyLength::new()), Vec::new());
        lines.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, HEAD);
    }

    #[tokio::test]
    async fn behind_a_head_that_was_refused_nothing_is_handed_over() {
        let sent = b"GET / HTTP/1.1\nHost: x\r\n\r\nGET /second HTTP/1.1\r\n\r\n";
        let (mut lines, mut read) = (Lines::new(&sent[..], BodyLength::new()), Vec::new());
        lines.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"GET / HTTP/1.1\0\r\n\r\n");
    }
}
