//! Tokens in headers: `Authorization: Bearer` from programs, a cookie from browsers.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, HeaderValue, ORIGIN};
use chrono::{DateTime, Utc};
use ecomdb::Token;

use crate::problem::Problem;

/// The cookie of a page that came over plain HTTP, as from this machine.
const COOKIE_NAME: &str = "ecomdb_session";
/// The cookie of a page that came over TLS: browsers take it only from this very host, and only over TLS.
const SECURE_COOKIE_NAME: &str = "__Host-ecomdb_session";

/// The token of a request, if it has one. A header goes before a cookie.
pub(super) fn token(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = given.next() else { return Ok(cookie(headers)) };
    let words = header.to_str().unwrap_or_default().split_once(' ');
    match words {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") && given.next().is_none() => {
            Ok(Some(token.trim().to_owned()))
        }
        _ => Err(Problem::unauthenticated("the header must be one Authorization: Bearer TOKEN", false)),
    }
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let cookies: Vec<_> =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')).collect();
    let named = |name| cookies.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned());
    named(SECURE_COOKIE_NAME).or_else(|| named(COOKIE_NAME))
}

/// The cookie that keeps a session in a browser: no script sees it, and no other site's page sends it along.
pub(crate) fn session_cookie(headers: &HeaderMap, token: &Token, expires_at: DateTime<Utc>) -> Option<HeaderValue> {
    let seconds = (expires_at - Utc::now()).num_seconds();
    let cookie = if came_over_tls(headers) {
        format!("{SECURE_COOKIE_NAME}={}; Max-Age={seconds}; {ATTRIBUTES}; Secure", token.expose())
    } else {
        format!("{COOKIE_NAME}={}; Max-Age={seconds}; {ATTRIBUTES}", token.expose())
    };
    let mut cookie = HeaderValue::try_from(cookie).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

/// What makes a browser forget the session.
pub(crate) fn closing_cookies() -> [HeaderValue; 2] {
    const {
        [
            HeaderValue::from_static("ecomdb_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"),
            HeaderValue::from_static("__Host-ecomdb_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure"),
        ]
    }
}

const ATTRIBUTES: &str = "Path=/; HttpOnly; SameSite=Strict";

/// Browsers name the page that sends a POST; the guard has seen that it is of this host. So it is known even behind a
/// proxy that ends TLS.
fn came_over_tls(headers: &HeaderMap) -> bool {
    headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"))
}
