//! `/api`: the page about the API. It is at `/`, too, on a server without the dashboard.

use axum::http::header::{CONTENT_SECURITY_POLICY, HOST, VARY};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse};
use ecomdb::Report;

use super::analytics::path;
use crate::client::Client;

pub(crate) async fn show_page(client: Client, uri: Uri, headers: HeaderMap) -> impl IntoResponse {
    let page = PAGE.replace("{reports}", &reports()).replace("{origin}", &escaped(&origin(client, &uri, &headers)));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    ([(CONTENT_SECURITY_POLICY, policy), (VARY, "Host")], Html(page))
}

const PAGE: &str = include_str!("welcome.html");

/// A line for each report, with a link.
fn reports() -> String {
    let line = |report: &Report| {
        let query = match report.requires() {
            Some(parameter) => format!("?{parameter}=1"),
            None if report.takes().contains(&"limit") => "?limit=10".to_owned(),
            None => String::new(),
        };
        format!("  <li><a href=\"{}{query}\">{report}</a>: {}</li>", path(*report), escaped(report.about()))
    };
    Report::ALL.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The URL at which the client reached this server, for the example on the page.
fn origin(client: Client, uri: &Uri, headers: &HeaderMap) -> String {
    let named = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    let authority = named.or_else(|| uri.authority().cloned());
    let host = authority.as_ref().map_or("localhost", Authority::host);
    let port = authority.as_ref().and_then(Authority::port_u16).map(|port| format!(":{port}")).unwrap_or_default();
    // In HTTP/1.1 the request target usually has no scheme.
    let scheme = uri.scheme_str().unwrap_or(client.scheme());
    format!("{scheme}://{host}{port}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
