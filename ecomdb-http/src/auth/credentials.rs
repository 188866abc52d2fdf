//! Tokens in headers: `Authorization: Bearer` from programs, a cookie from browsers.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderValue};
use chrono::{DateTime, Utc};
use ecomdb::Token;

use crate::client::Client;
use crate::guard;
use crate::problem::{Problem, kinds};

/// The session cookie over plain HTTP, as on the local machine.
const PLAIN: &str = "ecomdb_session";
/// The session cookie over TLS. Browsers accept a `__Host-` cookie only over TLS and only from this exact host, so that
/// neither plain HTTP nor a neighbouring host can plant one.
const HOST_ONLY: &str = "__Host-ecomdb_session";

const ATTRIBUTES: &str = "Path=/; HttpOnly; SameSite=Strict";

/// The only cookie name that is read and set for this client: over TLS the plain cookie is ignored.
const fn name(client: Client) -> &'static str {
    if client.over_tls { HOST_ONLY } else { PLAIN }
}

/// The token of a request, if any. The Authorization header takes precedence over the cookie.
pub(super) fn token(request: &Request, client: Client) -> Result<Option<String>, Problem> {
    let mut given = request.headers().get_all(AUTHORIZATION).iter();
    let Some(header) = given.next() else { return cookie(request, client) };
    let words = header.to_str().unwrap_or_default().split_once(' ');
    match words {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") && given.next().is_none() => {
            Ok(Some(token.trim().to_owned()))
        }
        _ => Err(Problem::unauthenticated("the header must be a single Authorization: Bearer TOKEN", false)),
    }
}

/// The token of the session cookie. Two cookies of that name are refused, so that an attacker who can plant a second
/// one cannot choose which counts.
fn cookie(request: &Request, client: Client) -> Result<Option<String>, Problem> {
    let name = name(client);
    let lines = request.headers().get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut tokens = pairs.filter(|(given, _)| *given == name).map(|(_, token)| token);
    let Some(token) = tokens.next() else { return Ok(None) };
    if tokens.next().is_some() {
        return Err(Problem::field(&kinds::MALFORMED, "Cookie", format!("there are several cookies named {name}")));
    }
    guard::refuse_foreign_cookie(request)?;
    Ok(Some(token.to_owned()))
}

/// The cookie that keeps a session in a browser. Scripts cannot read it, and pages of other sites cannot send it.
pub(crate) fn session_cookie(client: Client, token: &Token, expires_at: DateTime<Utc>) -> Option<HeaderValue> {
    let seconds = (expires_at - Utc::now()).num_seconds();
    cookie_line(client, token.expose(), seconds)
}

/// The Set-Cookie value that deletes the session cookie. `None` for a client that sent its token in a header: the
/// response must not end the browser's own session.
pub(crate) fn closing_cookie(client: Client, headers: &HeaderMap) -> Option<HeaderValue> {
    if headers.contains_key(AUTHORIZATION) { None } else { cookie_line(client, "", 0) }
}

fn cookie_line(client: Client, token: &str, seconds: i64) -> Option<HeaderValue> {
    let secure = if client.over_tls { "; Secure" } else { "" };
    let line = format!("{}={token}; Max-Age={seconds}; {ATTRIBUTES}{secure}", name(client));
    let mut line = HeaderValue::try_from(line).ok()?;
    line.set_sensitive(true);
    Some(line)
}
