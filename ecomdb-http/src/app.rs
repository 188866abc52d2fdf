//! The application: the routes and the middleware in front of them.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::client::Client;
use crate::observe::observe;
use crate::problem::Problem;
use crate::state::{App, Shared};
use crate::{compression, cors, dashboard, guard, router};

/// Headers of every response, unless its handler sets another value.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// The application as one service.
pub fn app(app: App) -> Router {
    let app = Arc::new(app);
    // A single layer, because axum boxes the service behind each layer of a router.
    let passed = ServiceBuilder::new()
        .layer(from_fn_with_state(Arc::clone(&app), observe))
        .layer(compression::layer())
        .option_layer(cors::layer(app.origins()))
        .option_layer(app.has_dashboard().then(|| from_fn_with_state(Arc::clone(&app), dashboard::explain)))
        .layer(from_fn_with_state(Arc::clone(&app), admit))
        .layer(CatchPanicLayer::custom(panicked));
    router::router(&app).with_state(app).layer(passed)
}

/// Applies the rate limit and the guard, and sets the common headers.
async fn admit(State(app): State<Shared>, client: Client, mut request: Request, next: Next) -> Response {
    let admitted = limit(&app, client, &request)
        .and_then(|()| guard::refuse_foreign(&request, client, app.hosts(), app.origins()));
    let mut response = match admitted {
        Err(problem) => problem.into_response(),
        Ok(sender) => {
            request.extensions_mut().insert(sender);
            next.run(request).await
        }
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    if let Some(value) = app.hsts().filter(|_| client.over_tls) {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, value.clone());
    }
    response
}

/// Counts the request against the limit of its address. Health checks are exempt.
fn limit(app: &App, client: Client, request: &Request) -> Result<(), Problem> {
    match app.rate_limit() {
        Some(limit) if !["/healthz", "/readyz"].contains(&request.uri().path()) => {
            limit.count_address(client.address, Instant::now())
        }
        _ => Ok(()),
    }
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(words.unwrap_or("a panic without a message")).into_response()
}
