//! The client of a request: its address, and whether the request came over TLS. Both are what the server knows or a trusted
//! proxy says, never what a client says of itself.

mod forwarded;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;

pub use self::forwarded::TrustedProxy;

use crate::state::App;

/// Marks a request that came over TLS of the server's own: an extension of the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverTls;

/// The client of a request.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Client {
    /// `None` for a request that did not come over a socket.
    pub(crate) address: Option<IpAddr>,
    /// Whether the request came over TLS, to this server or to the proxy in front of it.
    pub(crate) over_tls: bool,
}

impl Client {
    /// The client as the connection and the server's settings tell it.
    pub(crate) fn of(request: &Request, app: &App) -> Self {
        let peer =
            request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let address = peer.map(|peer| {
            forwarded::client(peer, request.headers(), app.trusted_proxies()).unwrap_or_else(
                |forwarded::Contradiction| {
                    app.warn_of_contradiction(peer);
                    peer
                },
            )
        });
        let over_tls = app.is_behind_tls_proxy() || request.extensions().get::<OverTls>().is_some();
        Self { address, over_tls }
    }

    /// The scheme of the server's own pages.
    pub(crate) const fn scheme(self) -> &'static str {
        if self.over_tls { "https" } else { "http" }
    }
}

/// Reads what [`observe`](crate::observe::observe) has put into the request.
impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}
