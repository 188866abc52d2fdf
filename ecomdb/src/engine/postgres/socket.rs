//! The stream to the server: TCP or a Unix socket, with or without TLS. Reads and writes block until a deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};
use socket2::{Domain, SockAddr, Type};

use super::options::KeepAlive;

/// Maximum difference between the socket's timeout and the remaining time, to save a system call per read.
const SLACK: Duration = Duration::from_secs(1);

pub(super) struct Socket {
    stream: Stream,
    deadline: Option<Instant>,
    /// Current timeout of the socket.
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

    /// Switches to TLS.
    pub(super) fn start_tls(mut self, tls: ClientConnection) -> io::Result<Self> {
        self.arm()?;
        let Stream::Plain(socket) = self.stream else { return Ok(self) };
        let mut stream = Box::new(StreamOwned::new(tls, socket));
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).map_err(timed_out)?;
        }
        Ok(Self { stream: Stream::Tls(stream), ..self })
    }

    /// Limits the total time of all following reads and writes; `None` for no limit.
    pub(super) fn limit(&mut self, limit: Option<Duration>) {
        self.deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    }

    pub(super) fn until(&mut self, deadline: Instant) {
        self.deadline = Some(deadline);
    }

    /// Sets the socket's timeout to the remaining time.
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
        // Write in pieces, so that a slow server cannot extend the deadline.
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

/// A blocking socket reports a timeout as `WouldBlock`.
fn timed_out(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => io::Error::new(ErrorKind::TimedOut, NO_ANSWER),
        _ => error,
    }
}
