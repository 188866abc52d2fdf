//! `/`: what this is, for whoever opens it in a browser.

use axum::http::header::{CONTENT_SECURITY_POLICY, HOST, VARY};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse};

use crate::client::Client;

pub(crate) async fn show_page(client: Client, uri: Uri, headers: HeaderMap) -> impl IntoResponse {
    let page = PAGE.replace("{origin}", &escaped(&origin(client, &uri, &headers)));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    ([(CONTENT_SECURITY_POLICY, policy), (VARY, "Host")], Html(page))
}

const PAGE: &str = include_str!("welcome.html");

/// Where the client reached this server, for its next request.
fn origin(client: Client, uri: &Uri, headers: &HeaderMap) -> String {
    let named = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    let authority = named.or_else(|| uri.authority().cloned());
    let host = authority.as_ref().map_or("localhost", Authority::host);
    let port = authority.as_ref().and_then(Authority::port_u16).map(|port| format!(":{port}")).unwrap_or_default();
    // Over HTTP/1.1, the target of a request usually has no scheme.
    let scheme = uri.scheme_str().unwrap_or(client.scheme());
    format!("{scheme}://{host}{port}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
