//! A PostgreSQL with a single isolation level, as some compatible databases have. The level is the default of the
//! database, and a proxy replaces any other level that a transaction requests.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::thread;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    RepeatableRead,
    Serializable,
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RepeatableRead => "repeatable read",
            Self::Serializable => "serializable",
        })
    }
}

impl Isolation {
    /// The level for all tests, from `ECOMDB_TEST_ISOLATION`.
    pub(crate) fn of_all_tests() -> Option<Self> {
        let level = std::env::var("ECOMDB_TEST_ISOLATION").ok()?;
        let found = [Self::RepeatableRead, Self::Serializable].into_iter().find(|known| known.to_string() == level);
        Some(found.unwrap_or_else(|| panic!("ECOMDB_TEST_ISOLATION is repeatable read or serializable, not {level}")))
    }

    /// The URL of the proxy, which lives as long as this process.
    pub(crate) fn proxied(self, url: &str) -> String {
        static PROXIES: [OnceLock<SocketAddr>; 2] = [const { OnceLock::new() }; 2];

        let (account, server) = url.rsplit_once('@').unwrap();
        let proxy = PROXIES[self as usize].get_or_init(|| self.listen(server.parse().unwrap()));
        format!("{account}@{proxy}")
    }

    fn listen(self, server: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(server).unwrap());
                let (mut answers, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                // An error ends the connection on both sides.
                thread::spawn(move || {
                    let _ = io::copy(&mut answers, &mut to_client);
                    let _ = to_client.shutdown(std::net::Shutdown::Both);
                });
                thread::spawn(move || {
                    let _ = self.forward(&client, &server);
                    let _ = server.shutdown(std::net::Shutdown::Both);
                });
            }
        });
        address
    }

    /// Forwards what the client sends: untyped packets until the session begins, then messages.
    fn forward(self, mut client: &TcpStream, mut server: &TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        loop {
            let packet = body(client)?;
            server.write_all(&framed(None, &packet))?;
            // Protocol version 3 begins the session; other packets request encryption or cancel a query.
            if packet.starts_with(&[0, 3]) {
                break;
            }
        }
        let mut kind = [0];
        loop {
            client.read_exact(&mut kind)?;
            let mut message = body(client)?;
            if matches!(kind, [b'Q' | b'P']) {
                message = self.rewritten(message);
            }
            server.write_all(&framed(Some(kind[0]), &message))?;
        }
    }

    /// Replaces the isolation level in a statement.
    fn rewritten(self, message: Vec<u8>) -> Vec<u8> {
        match String::from_utf8(message) {
            Ok(statement) => {
                let level = format!("ISOLATION LEVEL {self}");
                let statement = statement.replace("ISOLATION LEVEL READ COMMITTED", &level);
                statement.replace("ISOLATION LEVEL REPEATABLE READ", &level).into_bytes()
            }
            Err(error) => error.into_bytes(),
        }
    }
}

/// Reads a body by its length, which includes itself.
fn body(mut from: &TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut body = vec![0; (u32::from_be_bytes(length) as usize).saturating_sub(4)];
    from.read_exact(&mut body)?;
    Ok(body)
}

/// One buffer, so that it is sent as one packet.
fn framed(kind: Option<u8>, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    kind.into_iter().chain(length.to_be_bytes()).chain(body.iter().copied()).collect()
}
