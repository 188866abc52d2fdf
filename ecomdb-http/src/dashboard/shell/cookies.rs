//! Cookies of the dashboard, besides the session.

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue};

use crate::current;

/// The first cookie of this name.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(given, _)| *given == name).map(|(_, value)| value)
}

/// A Set-Cookie value. `same_site` is `Strict`, or `Lax` for a cookie that links from other sites may carry.
pub(crate) fn set_cookie(name: &str, value: &str, seconds: u32, same_site: &str) -> Option<HeaderValue> {
    let secure = if current::client().over_tls { "; Secure" } else { "" };
    let line = format!("{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite={same_site}{secure}");
    HeaderValue::try_from(line).ok()
}
