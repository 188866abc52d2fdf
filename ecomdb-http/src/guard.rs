//! Which requests get in. Browsers must not carry others across the boundary that the local machine is without
//! authentication, nor use the session of whoever sits before them: a page whose name was rebound to this address has a
//! foreign Host, and a page that posts here a foreign Origin.

use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{Method, Version};
use ecomdb::quoted;

use crate::audit;
use crate::client::Client;
use crate::cors::Origin;
use crate::problem::{Problem, kinds};
use crate::state::App;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The names that the server answers to, on any port: what forwards a port here may listen on another.
#[derive(Debug, Clone)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    pub(crate) fn local() -> Self {
        Self(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec())
    }

    pub(crate) fn and(mut self, address: SocketAddr) -> Self {
        self.0.push(match address {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        });
        self
    }

    pub(crate) fn called(mut self, names: &[String]) -> Self {
        self.0.extend_from_slice(names);
        self
    }

    fn have(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        let is_plain = !authority.as_str().contains('@');
        is_plain && self.0.iter().any(|host| host.eq_ignore_ascii_case(authority.host()))
    }
}

/// Where a request says that it comes from: an extension of the request. Browsers say it; programs need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// A page of this server: scheme, host and port are its own.
    OwnPage,
    /// Nobody says, as programs and the address bar of a browser do.
    Unnamed,
    /// A page of an origin that `--cors-origin` names.
    Friend,
    /// Any other page.
    Stranger,
}

impl Sender {
    /// Refuses to put a session into the browser of a page that is not this server's.
    pub(crate) fn expect_own_page(self, headers: &HeaderMap) -> Result<(), Problem> {
        match self {
            Self::OwnPage | Self::Unnamed => Ok(()),
            Self::Friend | Self::Stranger => Err(refusal(
                headers,
                "only pages of this server keep their session in a cookie; leave out `cookie`, and send the token that is \
                 answered as Authorization: Bearer TOKEN",
            )),
        }
    }
}

/// Refuses what was sent to another name, and what a page of a foreign site sent to change the shop. Returns where the
/// request comes from.
pub(crate) fn refuse_foreign(request: &Request, client: Client, app: &App) -> Result<Sender, Problem> {
    let Some(host) = host(request)? else { return Ok(Sender::Unnamed) };
    if !app.hosts().have(&host) {
        return Err(Problem::new(
            &kinds::MISDIRECTED,
            format!("this server does not answer to the name {}", quoted(&host)),
        ));
    }
    let sender = sender(request.headers(), client, &host, app.origins());
    if sender == Sender::Stranger && !only_reads(request.method()) {
        return Err(foreign(request.headers(), client, &host));
    }
    Ok(sender)
}

/// Refuses the session cookie of a request that did not come from a page of this server. A browser sends the cookie
/// along whichever page of the same site asks, so that it counts only where the browser says that the page is our own.
/// A request that only reads may come without an Origin: browsers leave it out where a page reads from its own server.
pub(crate) fn refuse_foreign_cookie(request: &Request) -> Result<(), Problem> {
    match request.extensions().get() {
        Some(Sender::OwnPage) => Ok(()),
        Some(Sender::Unnamed) if only_reads(request.method()) => Ok(()),
        _ => Err(refusal(
            request.headers(),
            "the session cookie counts only for pages of this server, and to change something the header Origin has to \
             name them; others send Authorization: Bearer TOKEN",
        )),
    }
}

fn only_reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Only requests that read have parameters in their query: one that is misplaced would otherwise have no effect.
pub(crate) fn refuse_query(request: &Request) -> Result<(), Problem> {
    let query = request.uri().query().filter(|query| !query.is_empty());
    match query {
        Some(query) if !matches!(*request.method(), Method::GET | Method::HEAD) => {
            let name = form_urlencoded::parse(query.as_bytes()).next().map(|(name, _)| name.into_owned());
            let message = "only GET requests have query parameters";
            Err(Problem::field(&kinds::MALFORMED, name.unwrap_or_default(), message))
        }
        _ => Ok(()),
    }
}

/// Where load balancers ask, which speak HTTP/1.0 without a Host unless they are told to do otherwise.
const HEALTH_CHECKS: [&str; 2] = ["/healthz", "/readyz"];

/// The one host that the request names, be it in its header or (HTTP/2, proxies) in its target. Only a health check of
/// HTTP/1.0 may name none.
fn host(request: &Request) -> Result<Option<String>, Problem> {
    let mut named = request.headers().get_all(header::HOST).iter().map(|value| value.to_str().unwrap_or_default());
    let target = request.uri().authority().map(Authority::as_str);
    let host = match (named.next(), named.next(), target) {
        (Some(host), None, None) | (None, None, Some(host)) => host,
        (Some(host), None, Some(target)) if host.eq_ignore_ascii_case(target) => host,
        (None, _, None) if is_health_check(request) => return Ok(None),
        (None, _, None) => return Err(Problem::field(&kinds::MALFORMED, "Host", "the header is missing")),
        _ => return Err(Problem::field(&kinds::MALFORMED, "Host", "the request names several hosts")),
    };
    if has_wrong_port(host) {
        let message = format!("the port must be a whole number up to {}, not as in {}", u16::MAX, quoted(host));
        return Err(Problem::field(&kinds::MALFORMED, "Host", message));
    }
    Ok(Some(host.to_owned()))
}

fn is_health_check(request: &Request) -> bool {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    request.version() == Version::HTTP_10 && is_read && HEALTH_CHECKS.contains(&request.uri().path())
}

/// `localhost:abc` would otherwise pass for `localhost`. No port behind the colon means the usual one (RFC 3986).
fn has_wrong_port(host: &str) -> bool {
    let Some((_, port)) = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) else { return false };
    let is_number = port.bytes().all(|digit| digit.is_ascii_digit());
    !port.is_empty() && (!is_number || port.parse::<u16>().is_err())
}

fn sender(headers: &HeaderMap, client: Client, host: &str, friends: &[Origin]) -> Sender {
    let is_own_site =
        headers.get_all(SEC_FETCH_SITE).iter().all(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) if is_own_site => Sender::Unnamed,
        (Some(origin), None) if is_own_site && is_own(origin, client.scheme(), host) => Sender::OwnPage,
        (Some(origin), None) if friends.iter().any(|friend| friend.is(origin)) => Sender::Friend,
        _ => Sender::Stranger,
    }
}

/// Whether an origin is the one of this server's pages, scheme included. Browsers leave the usual port out of the origin;
/// a proxy may write it into the Host.
fn is_own(origin: &HeaderValue, scheme: &str, host: &str) -> bool {
    let authority = origin.to_str().ok().and_then(|origin| origin.strip_prefix(scheme)?.strip_prefix("://"));
    let usual_port = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(usual_port).unwrap_or(host);
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

fn foreign(headers: &HeaderMap, client: Client, host: &str) -> Problem {
    let mut words = "only pages of this server can change the shop from a browser".to_owned();
    if !client.over_tls && headers.get(header::ORIGIN).is_some_and(|origin| is_own(origin, "https", host)) {
        words += "; this page came over https and the request over http: behind a proxy that ends TLS, the server needs \
                  --behind-tls-proxy";
    }
    refusal(headers, words)
}

fn refusal(headers: &HeaderMap, words: impl Into<String>) -> Problem {
    let origin = headers.get(header::ORIGIN).map_or("", |origin| origin.to_str().unwrap_or_default());
    audit::PAGE_REFUSED.entry().detail(origin).log();
    Problem::new(&kinds::CROSS_SITE, words)
}
