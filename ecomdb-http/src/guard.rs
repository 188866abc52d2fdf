//! Which requests get in. Browsers must not carry others across the boundary that the local machine is without
//! authentication, nor use the session of whoever sits before them: a page whose name was rebound to this address has a
//! foreign Host, and a page that posts here a foreign Origin.

use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderName};
use axum::http::uri::Authority;
use axum::http::{Method, Version};
use ecomdb::quoted;

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

/// Refuses what was sent to another name, and what a page of a foreign site sent to change the shop.
pub(crate) fn refuse_foreign(request: &Request, app: &App) -> Result<(), Problem> {
    let Some(host) = host(request)? else { return Ok(()) };
    if !app.hosts().have(&host) {
        return Err(Problem::new(
            &kinds::MISDIRECTED,
            format!("this server does not answer to the name {}", quoted(&host)),
        ));
    }
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    refuse_cross_site(request.headers(), &host, app.origins())
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

/// Browsers say where a request comes from; what says nothing is no browser.
fn refuse_cross_site(headers: &HeaderMap, host: &str, friends: &[Origin]) -> Result<(), Problem> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if let (Some(origin), None) = (origins.next(), origins.next())
        && friends.iter().any(|friend| friend.is(origin))
    {
        return Ok(());
    }
    let site = headers.get(SEC_FETCH_SITE).map(|site| site.as_bytes());
    let is_own_site = matches!(site, None | Some(b"same-origin" | b"none"));
    let is_own_origin = headers.get_all(header::ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    });
    if is_own_site && is_own_origin {
        return Ok(());
    }
    Err(Problem::new(&kinds::CROSS_SITE, "only pages of this server can change the shop from a browser"))
}
