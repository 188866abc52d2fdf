//! The whole application: the routes, and what every request passes on its way to them.

use std::any::Any;

use axum::Router;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{Request, Response};
use axum::middleware;
use axum::response::IntoResponse;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span};

use crate::problem::Problem;
use crate::state::App;
use crate::{guard, router};

/// Headers that every answer has, unless its handler knows better.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// The application as one service. A request passes the layers from the last one named here to the first.
pub fn app(state: App) -> Router {
    let guarded = middleware::from_fn_with_state(state.clone(), guard::admit);
    let mut app = router::router(&state).with_state(state).layer(guarded).layer(CatchPanicLayer::custom(panicked));
    for (name, value) in HEADERS {
        app = app.layer(SetResponseHeaderLayer::if_not_present(name, value));
    }
    app.layer(TraceLayer::new_for_http().make_span_with(span).on_response(DefaultOnResponse::new().level(Level::INFO)))
}

/// The path without its query: what people search for is no business of the log.
fn span<B>(request: &Request<B>) -> Span {
    tracing::info_span!("request", method = %request.method(), path = request.uri().path())
}

fn panicked(panic: Box<dyn Any + Send>) -> Response<axum::body::Body> {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(words.unwrap_or("a panic without words")).into_response()
}
