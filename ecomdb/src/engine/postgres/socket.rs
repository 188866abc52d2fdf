//! The stream to the server: TCP or a Unix socket, as it is or under TLS. Reads and writes block until a deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};
use socket2::{Domain, SockAddr, Type};

use super::options::KeepAlive;

/// How much a timeout that the socket has may differ from what is left, so that not every read needs a system call more.
const SLACK: Duration = Duration::from_secs(1);

pub(super) struct Socket {
    stream: Stream,
    deadline: Option<Instant>,
    /// The timeout that the socket has.
    timeout: Option<Duration>,
}

enum Stream {
    Plain(socket2::Socket),
    Tls(Box<StreamOwned<ClientConnection, socket2::Socket>>),
}

impl Socket {
    pub(super) fn connect_tcp(address: SocketAddr, keep_alive: &KeepAlive, deadline: Instant) -> io::Result<Self> {
        let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        let socket = connected(socket, &address.into(), deadline)?;
        socket.set_tcp_nodelay(true)?;
        keep_alive.apply(&socket)?;
        Ok(Self::plain(socket, deadline))
    }

    pub(super) fn connect_unix(path: &Path, deadline: Instant) -> io::Result<Self> {
        let socket = socket2::Socket::new(Domain::UNIX, Type::STREAM, None)?;
        Ok(Self::plain(connected(socket, &SockAddr::unix(path)?, deadline)?, deadline))
    }

    fn plain(socket: socket2::Socket, deadline: Instant) -> Self {
        Self { stream: Stream::Plain(socket), deadline: Some(deadline), timeout: None }
    }

    /// Speaks TLS from here on.
    pub(super) fn start_tls(mut self, tls: ClientConnection) -> io::Result<Self> {
        self.arm()?;
        let Stream::Plain(socket) = self.stream else { return Ok(self) };
        let mut stream = Box::new(StreamOwned::new(tls, socket));
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).map_err(timed_out)?;
        }
        Ok(Self { stream: Stream::Tls(stream), ..self })
    }

    /// What is read and written from now on takes at most so long in all; without a limit it may take for ever.
    pub(super) fn limit(&mut self, limit: Option<Duration>) {
        self.deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    }

    pub(super) fn until(&mut self, deadline: Instant) {
        self.deadline = Some(deadline);
    }

    /// Sees to it that the next read or write ends at the deadline.
    fn arm(&mut self) -> io::Result<()> {
        let left = match self.deadline {
            Some(deadline) => Some(left_until(deadline)?),
            None => None,
        };
        let close_enough = match (self.timeout, left) {
            (Some(timeout), Some(left)) => timeout + SLACK >= left && timeout <= left + left / 8,
            (timeout, left) => timeout.is_none() && left.is_none(),
        };
        if !close_enough {
            let socket = match &self.stream {
                Stream::Plain(socket) => socket,
                Stream::Tls(stream) => &stream.sock,
            };
            socket.set_read_timeout(left)?;
            socket.set_write_timeout(left)?;
            self.timeout = left;
        }
        Ok(())
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.arm()?;
            let read = match &mut self.stream {
                Stream::Plain(socket) => socket.read(buffer),
                Stream::Tls(stream) => stream.read(buffer),
            };
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read.map_err(timed_out),
            }
        }
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        // In pieces, so that a slow server cannot stretch the deadline.
        const PIECE: usize = 1 << 20;
        for piece in bytes.chunks(PIECE) {
            self.arm()?;
            let written = match &mut self.stream {
                Stream::Plain(socket) => socket.write_all(piece),
                Stream::Tls(stream) => stream.write_all(piece).and_then(|()| stream.flush()),
            };
            written.map_err(timed_out)?;
        }
        Ok(())
    }
}

fn connected(socket: socket2::Socket, address: &SockAddr, deadline: Instant) -> io::Result<socket2::Socket> {
    socket.connect_timeout(address, left_until(deadline)?)?;
    Ok(socket)
}

fn left_until(deadline: Instant) -> io::Result<Duration> {
    match deadline.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(io::Error::new(ErrorKind::TimedOut, NO_ANSWER)),
        left => Ok(left),
    }
}

const NO_ANSWER: &str = "the server did not answer in time";

/// A blocking socket whose timeout has passed says that it would block.
fn timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => io::Error::new(ErrorKind::TimedOut, NO_ANSWER),
        _ => error,
    }
}
