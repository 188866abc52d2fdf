//! The client of a request: its address, and whether it used TLS. Both come from the connection or a trusted proxy,
//! never from the client.

mod forwarded;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;

pub use self::forwarded::TrustedProxy;

use crate::state::App;

/// Request extension: the request came over the server's own TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OverTls;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Client {
    /// `None` without a socket, as in tests.
    pub(crate) address: Option<IpAddr>,
    /// Whether the request came over TLS, to this server or to the proxy in front of it.
    pub(crate) over_tls: bool,
}

impl Client {
    /// Determines the client from the connection, trusted headers and settings.
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

    /// The scheme of the server's own origin.
    pub(crate) const fn scheme(self) -> &'static str {
        if self.over_tls { "https" } else { "http" }
    }
}

/// Reads the extension that [`observe`](crate::observe::observe) sets.
impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}
