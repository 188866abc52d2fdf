//! The socket to a server: TCP or Unix, with or without TLS.

use std::io::{self, Read, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use socket2::{SockRef, TcpKeepalive};

use super::error::Failure;
use crate::engine::resolve;

/// Time after which a silent server counts as gone: with nothing to send (probes after 30 s, three of them), and with
/// unacknowledged data.
const IDLE: Duration = Duration::from_secs(30);
const PROBE_INTERVAL: Duration = Duration::from_secs(10);
const PROBES: u32 = 3;
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

enum Link {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// A socket with one deadline for the connection phase, and later a time limit per read and write.
pub(super) struct Socket {
    link: Link,
    deadline: Option<Instant>,
}

impl Socket {
    fn set_timeouts(&self, limit: Option<Duration>) -> io::Result<()> {
        match &self.link {
            Link::Tcp(tcp) => {
                tcp.set_read_timeout(limit)?;
                tcp.set_write_timeout(limit)
            }
            #[cfg(unix)]
            Link::Unix(unix) => {
                unix.set_read_timeout(limit)?;
                unix.set_write_timeout(limit)
            }
        }
    }

    fn heed_deadline(&self) -> io::Result<()> {
        match self.deadline {
            Some(deadline) => self.set_timeouts(Some(time_left(deadline)?)),
            None => Ok(()),
        }
    }
}

fn time_left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.heed_deadline()?;
        match &mut self.link {
            Link::Tcp(tcp) => tcp.read(buffer),
            #[cfg(unix)]
            Link::Unix(unix) => unix.read(buffer),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.heed_deadline()?;
        match &mut self.link {
            Link::Tcp(tcp) => tcp.write(bytes),
            #[cfg(unix)]
            Link::Unix(unix) => unix.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A socket, with or without TLS.
pub(super) enum Stream {
    Plain(Socket),
    Tls(Box<StreamOwned<ClientConnection, Socket>>),
    /// During the switch to TLS.
    Closed,
}

impl Stream {
    /// Connects to the first address of the host that accepts, until the deadline.
    pub(super) fn tcp(host: &str, port: u16, deadline: Instant) -> Result<Self, Failure> {
        let unreachable = |why: io::Error| Failure::Lost(format!("cannot connect: {why}"));
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        let addresses = resolve::addresses(host, port, deadline).map_err(unreachable)?;
        for (address, left) in addresses.iter().zip((1..=addresses.len() as u32).rev()) {
            // Each address gets an equal share of the remaining time.
            match TcpStream::connect_timeout(address, time_left(deadline)? / left) {
                Ok(tcp) => {
                    tcp.set_nodelay(true)?;
                    let socket = SockRef::from(&tcp);
                    let keepalive = TcpKeepalive::new().with_time(IDLE).with_interval(PROBE_INTERVAL);
                    socket.set_tcp_keepalive(&keepalive.with_retries(PROBES))?;
                    #[cfg(target_os = "linux")]
                    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
                    return Ok(Self::plain(Link::Tcp(tcp), deadline));
                }
                Err(error) => last = error,
            }
        }
        Err(unreachable(last))
    }

    #[cfg(unix)]
    pub(super) fn unix(path: &Path, deadline: Instant) -> Result<Self, Failure> {
        match UnixStream::connect(path) {
            Ok(unix) => Ok(Self::plain(Link::Unix(unix), deadline)),
            Err(error) => Err(Failure::Lost(format!("cannot connect: {error}"))),
        }
    }

    #[cfg(not(unix))]
    pub(super) fn unix(_path: &Path, _deadline: Instant) -> Result<Self, Failure> {
        Err(Failure::Lost("this system has no such sockets".to_owned()))
    }

    fn plain(link: Link, deadline: Instant) -> Self {
        Self::Plain(Socket { link, deadline: Some(deadline) })
    }

    #[cfg(test)]
    pub(super) fn accepted(tcp: TcpStream) -> Self {
        Self::Plain(Socket { link: Link::Tcp(tcp), deadline: None })
    }

    /// Switches to TLS.
    pub(super) fn encrypt(&mut self, config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<(), Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::Lost(format!("the TLS handshake with the server failed (see ssl_mode): {error}"))
        };
        let Self::Plain(mut socket) = std::mem::replace(self, Self::Closed) else {
            return Err(Failure::protocol("TLS twice"));
        };
        let mut tls = ClientConnection::new(config, name).map_err(|error| failed(&error))?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket).map_err(|error| failed(&error))?;
        }
        *self = Self::Tls(Box::new(StreamOwned::new(tls, socket)));
        Ok(())
    }

    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Replaces the deadline by a time limit per read and write; `None` for no limit.
    pub(super) fn settle(&mut self, limit: Option<Duration>) -> io::Result<()> {
        let socket = self.socket()?;
        socket.deadline = None;
        socket.set_timeouts(limit)
    }

    fn socket(&mut self) -> io::Result<&mut Socket> {
        match self {
            Self::Plain(socket) => Ok(socket),
            Self::Tls(tls) => Ok(&mut tls.sock),
            Self::Closed => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
            Self::Closed => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.write_all(bytes),
            Self::Tls(tls) => {
                tls.write_all(bytes)?;
                tls.flush()
            }
            Self::Closed => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}
