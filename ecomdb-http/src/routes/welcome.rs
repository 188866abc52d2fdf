//! `/`: what this is, for whoever opens it in a browser.

use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse};

pub(crate) async fn show_page() -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")], Html(PAGE))
}

const PAGE: &str = include_str!("welcome.html");
