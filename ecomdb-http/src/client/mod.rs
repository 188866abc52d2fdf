//! The client of a request: its address, and whether it used TLS. Both come from the connection or a trusted proxy,
//! never from the client.

mod forwarded;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;

pub use self::forwarded::TrustedProxy;

/// Request extension: the request came over the server's own TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverTls;

/// The proxies in front of the server.
#[derive(Debug)]
pub(crate) struct Proxies {
    /// Whether every request came over TLS to a proxy that ends it.
    pub(crate) end_tls: bool,
    pub(crate) trusted: Vec<TrustedProxy>,
    contradiction: Once,
}

impl Proxies {
    pub(crate) const fn none() -> Self {
        Self { end_tls: false, trusted: Vec::new(), contradiction: Once::new() }
    }

    /// Warns that a proxy sends two headers that name different clients. Logged once, since clients could fill the log
    /// with it.
    fn warn_of_contradiction(&self, proxy: IpAddr) {
        self.contradiction.call_once(|| {
            tracing::warn!(
                %proxy,
                "Forwarded and X-Forwarded-For name different clients, so the proxy itself counts as the client: have \
                 it drop the header that it does not write (logged once)"
            );
        });
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Client {
    /// `None` without a socket, as in tests.
    pub(crate) address: Option<IpAddr>,
    /// Whether the request came over TLS, to this server or to the proxy in front of it.
    pub(crate) over_tls: bool,
}

impl Client {
    /// Determines the client from the connection, trusted headers and settings.
    pub(crate) fn of(request: &Request, proxies: &Proxies) -> Self {
        let peer =
            request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let address = peer.map(|peer| {
            forwarded::client(peer, request.headers(), &proxies.trusted).unwrap_or_else(|forwarded::Contradiction| {
                proxies.warn_of_contradiction(peer);
                peer
            })
        });
        let over_tls = proxies.end_tls || request.extensions().get::<OverTls>().is_some();
        Self { address, over_tls }
    }

    /// The scheme of the server's own origin.
    pub(crate) const fn scheme(self) -> &'static str {
        if self.over_tls { "https" } else { "http" }
    }
}

/// Reads the extension that the outermost middleware sets.
impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}
