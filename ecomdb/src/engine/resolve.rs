//! Resolution of host names.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

/// Number of look-ups in progress, including those whose callers have timed out.
static LOOK_UPS: AtomicUsize = AtomicUsize::new(0);

/// A permit for one look-up.
struct Room<'a>(&'a AtomicUsize);

impl<'a> Room<'a> {
    const MOST: usize = 64;

    fn take(taken: &'a AtomicUsize) -> io::Result<Self> {
        let more = |taken| Some(taken + 1).filter(|taken| *taken <= Self::MOST);
        let outcome = taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        outcome.map(|_| Self(taken)).map_err(|_| io::Error::other("too many DNS lookups are pending"))
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Resolves a host name or address; returns at least one address. The system call has no timeout, so a separate thread
/// makes it.
pub(super) fn addresses(host: &str, port: u16, end: Instant) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![(address, port).into()]);
    }
    let room = Room::take(&LOOK_UPS)?;
    let (answer, found) = mpsc::channel();
    let name = (host.to_owned(), port);
    let look_up = move || {
        let _room = room;
        let found = name.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // The caller may have timed out.
        let _ = answer.send(found);
    };
    std::thread::Builder::new().name("ecomdb-resolve".to_owned()).spawn(look_up)?;
    let left = end.saturating_duration_since(Instant::now());
    let late = |_| Err(io::Error::new(ErrorKind::TimedOut, "the DNS lookup timed out"));
    match found.recv_timeout(left).unwrap_or_else(late)? {
        found if found.is_empty() => Err(io::Error::new(ErrorKind::AddrNotAvailable, "its name has no address")),
        found => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_no_time() {
        assert_eq!(addresses("::1", 3306, Instant::now()).unwrap(), ["[::1]:3306".parse().unwrap()]);
    }

    #[test]
    fn a_name_is_given_up_when_the_time_is_over() {
        let error = addresses("does-not-exist.invalid", 3306, Instant::now()).unwrap_err();
        assert_eq!(error.to_string(), "the DNS lookup timed out");
    }

    #[test]
    fn only_so_many_names_are_looked_up_at_once() {
        let taken = AtomicUsize::new(0);
        let mut rooms: Vec<_> = (0..Room::MOST).map(|_| Room::take(&taken).unwrap()).collect();
        assert!(Room::take(&taken).is_err());
        rooms.pop();
        assert!(Room::take(&taken).is_ok());
    }
}
