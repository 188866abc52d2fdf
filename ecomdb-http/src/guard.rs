//! Checks of Host and Origin, against DNS rebinding and cross-site request forgery. Without authentication the local
//! machine is the boundary, and a browser on it must not carry foreign requests across. With authentication a foreign
//! page must not use the session of the browser. A rebound page has a foreign Host, a posting page a foreign Origin.

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

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The host names that the server accepts, on any port, since a forwarded port may have another number.
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

/// The origin of a request; stored as an extension of the request. Browsers send it, programs need not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// A page of this server: same scheme, host and port.
    OwnPage,
    /// No origin: programs, and the address bar of a browser.
    NoOrigin,
    /// A page of an origin in `--cors-origin`.
    Allowed,
    /// Any other page.
    Foreign,
}

impl Sender {
    /// Refuses to set a session cookie for a page that is not this server's.
    pub(crate) fn expect_own_page(self, headers: &HeaderMap) -> Result<(), Problem> {
        match self {
            Self::OwnPage | Self::NoOrigin => Ok(()),
            Self::Allowed | Self::Foreign => Err(refusal(
                headers,
                "only pages of this server may use a session cookie; leave out `cookie`, and send the token of the \
                 response as Authorization: Bearer TOKEN",
            )),
        }
    }
}

/// Refuses requests to a foreign host name and cross-site requests that write. Returns the sender.
pub(crate) fn refuse_foreign(
    request: &Request,
    client: Client,
    hosts: &Hosts,
    origins: &[Origin],
) -> Result<Sender, Problem> {
    let Some(host) = host(request)? else { return Ok(Sender::NoOrigin) };
    if !hosts.have(&host) {
        return Err(Problem::new(
            &kinds::MISDIRECTED,
            format!("this server does not answer to the name {}", quoted(&host)),
        ));
    }
    let sender = sender(request.headers(), client, &host, origins);
    if sender == Sender::Foreign && !only_reads(request.method()) {
        return Err(foreign(request.headers(), client, &host));
    }
    Ok(sender)
}

/// Refuses the session cookie of a request that no page of this server sent. A browser sends the cookie for every page
/// of the same site, so the cookie counts only if the browser names our own page as the origin. Requests that only read
/// may lack an Origin: browsers omit it for same-origin reads.
pub(crate) fn refuse_foreign_cookie(request: &Request) -> Result<(), Problem> {
    match request.extensions().get() {
        Some(Sender::OwnPage) => Ok(()),
        Some(Sender::NoOrigin) if only_reads(request.method()) => Ok(()),
        _ => Err(refusal(
            request.headers(),
            "the session cookie is accepted only from pages of this server, and for writes only with a matching Origin \
             header; other clients send Authorization: Bearer TOKEN",
        )),
    }
}

fn only_reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Refuses a query on requests that write, where a misplaced parameter would silently have no effect.
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

/// Load balancers probe these, many with HTTP/1.0 and without a Host header.
const HEALTH_CHECKS: [&str; 2] = ["/healthz", "/readyz"];

/// The host of the request, from its header or (HTTP/2, proxies) its target. Only an HTTP/1.0 health check may have
/// none.
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

/// Without this check, `localhost:abc` would pass for `localhost`. An empty port means the default one (RFC 3986).
fn has_wrong_port(host: &str) -> bool {
    let Some((_, port)) = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) else { return false };
    let is_number = port.bytes().all(|digit| digit.is_ascii_digit());
    !port.is_empty() && (!is_number || port.parse::<u16>().is_err())
}

fn sender(headers: &HeaderMap, client: Client, host: &str, allowed: &[Origin]) -> Sender {
    let is_own_site =
        headers.get_all(SEC_FETCH_SITE).iter().all(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) if is_own_site => Sender::NoOrigin,
        (Some(origin), None) if is_own_site && is_own(origin, client.scheme(), host) => Sender::OwnPage,
        (Some(origin), None) if allowed.iter().any(|allowed| allowed.is(origin)) => Sender::Allowed,
        _ => Sender::Foreign,
    }
}

/// Whether an Origin is this server's, scheme included. Browsers omit the default port in the Origin; a proxy may write
/// it into the Host.
fn is_own(origin: &HeaderValue, scheme: &str, host: &str) -> bool {
    let authority = origin.to_str().ok().and_then(|origin| origin.strip_prefix(scheme)?.strip_prefix("://"));
    let usual_port = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(usual_port).unwrap_or(host);
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

fn foreign(headers: &HeaderMap, client: Client, host: &str) -> Problem {
    let mut words = "from a browser, only pages of this server may send requests that write".to_owned();
    if !client.over_tls && headers.get(header::ORIGIN).is_some_and(|origin| is_own(origin, "https", host)) {
        words += "; this page came over https and the request over http: behind a proxy that ends TLS, the server \
                  needs --behind-tls-proxy";
    }
    refusal(headers, words)
}

fn refusal(headers: &HeaderMap, words: impl Into<String>) -> Problem {
    let origin = headers.get(header::ORIGIN).map_or("", |origin| origin.to_str().unwrap_or_default());
    audit::PAGE_REFUSED.entry().detail(origin).log();
    Problem::new(&kinds::CROSS_SITE, words)
}
