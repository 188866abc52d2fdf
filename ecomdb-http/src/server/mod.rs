//! Serves the application on a socket.

mod connection;
mod lines;
mod peers;
mod streams;
mod tls;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use self::connection::Connected;
use self::peers::Peers;
pub use self::tls::{Tls, TlsError};

use crate::client::{OverTls, TrustedProxy};
use crate::ending::Ending;

/// How long to pause when the system has no resources for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// A server's limits on connections, and its TLS.
///
/// ```no_run
/// use std::time::Duration;
///
/// use ecomdb_http::{App, Server, app};
///
/// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
/// let router = app(App::new(ecomdb::Database::open("sqlite://shop.db")?));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// let stop = async { drop(tokio::signal::ctrl_c().await) };
/// let finished = Server::new().grace(Duration::from_secs(10)).serve(listener, router, stop).await;
/// println!("every request was answered: {finished}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Server {
    connections: usize,
    connections_per_address: usize,
    patience: Duration,
    grace: Duration,
    proxies: Vec<TrustedProxy>,
    tls: Option<Tls>,
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl Server {
    /// At most 10,000 connections, 256 per address; 30 seconds of patience and of grace; no TLS.
    pub const fn new() -> Self {
        let half_a_minute = Duration::from_secs(30);
        Self {
            connections: 10_000,
            connections_per_address: 256,
            patience: half_a_minute,
            grace: half_a_minute,
            proxies: Vec::new(),
            tls: None,
        }
    }

    /// How many connections may be open at once. Further ones wait in the listen queue.
    pub const fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How many connections one address may have open at once; further ones are closed. IPv6 addresses count by their
    /// /64 network.
    pub const fn connections_per_address(mut self, connections: usize) -> Self {
        self.connections_per_address = connections;
        self
    }

    /// Exempts these proxies from the limit per address.
    pub fn trust_proxies(mut self, proxies: Vec<TrustedProxy>) -> Self {
        self.proxies = proxies;
        self
    }

    /// How long a client may take: to send the head of a request, counted from the end of the response before (so this
    /// also closes idle connections), and to accept a piece of a response. An HTTP/2 connection is idle while it has no
    /// open streams, whatever frames are sent.
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long requests in flight may take after `stop`.
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Serves over TLS, with HTTP/2.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Serves until `stop` is ready, and then until every request in flight is answered. Returns false if some were
    /// still unanswered after the grace time.
    pub async fn serve(self, listener: TcpListener, app: Router, stop: impl Future<Output = ()> + Send) -> bool {
        let app = if self.tls.is_some() { app.layer(Extension(OverTls)) } else { app };
        let stopping = watch::Sender::new(());
        let (begin_ending, ending) = Ending::channel();
        let peers = Peers::new(self.connections_per_address, &self.proxies);
        let places = Arc::new(Semaphore::new(self.connections));
        let mut stop = std::pin::pin!(stop);
        loop {
            let place = tokio::select! {
                // The semaphore is never closed.
                place = Arc::clone(&places).acquire_owned() => place.ok(),
                () = &mut stop => break,
            };
            let (stream, peer) = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        rest(&error).await;
                        continue;
                    }
                },
                () = &mut stop => break,
            };
            let Some(counted) = peers.count(peer.ip()) else { continue };
            prepare(&stream);
            let client = Connected { peer, ending: ending.clone() };
            let serving = connection::serve(stream, client, app.clone(), self.clone(), stopping.subscribe());
            tokio::spawn(async move {
                serving.await;
                drop((counted, place));
            });
        }
        drop(listener);
        tracing::info!("finishing the requests in flight");
        // Ends responses that would never end.
        begin_ending.send_replace(true);
        // Every connection has a receiver until it ends.
        let _ = stopping.send(());
        let finished = tokio::time::timeout(self.grace, stopping.closed()).await.is_ok();
        if !finished {
            tracing::warn!("some requests exceeded the grace time and were dropped");
        }
        finished
    }
}

/// Disables Nagle's algorithm: responses are written in one piece.
fn prepare(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
}

/// Pauses unless the error concerns only one connection: a lack of files or memory may pass.
async fn rest(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};

    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        tracing::error!(%error, "accepting a connection failed");
        tokio::time::sleep(NO_ROOM).await;
    }
}
