//! The whole application: the routes, and what every request passes on its way to them.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::observe::observe;
use crate::problem::{Problem, kinds};
use crate::state::{App, Shared};
use crate::{compression, cors, guard, router};

/// Headers that every answer has, unless its handler knows better.
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
    // One layer of the router, since it boxes the service behind each.
    let passed = ServiceBuilder::new()
        .layer(from_fn_with_state(Arc::clone(&app), observe))
        .layer(compression::layer())
        .option_layer(cors::layer(app.origins()))
        .layer(from_fn_with_state(Arc::clone(&app), admit))
        .layer(CatchPanicLayer::custom(panicked));
    router::router(&app).with_state(app).layer(passed)
}

/// Turns away what must not get in, ends what takes too long, and adds the headers.
async fn admit(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = match guard::refuse_foreign(&request, &app) {
        Err(problem) => problem.into_response(),
        Ok(()) => {
            let method = request.method().clone();
            // The body may take as long as the answer.
            match tokio::time::timeout(app.patience() * 2, next.run(request)).await {
                Ok(response) => response,
                Err(_) => took_too_long(&method, app.patience().as_secs()).into_response(),
            }
        }
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// What has begun in the database is finished all the same, so a change may have been made.
fn took_too_long(method: &Method, seconds: u64) -> Problem {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Problem::new(&kinds::OVERLOADED, format!("the answer took more than {seconds} seconds"));
    }
    Problem::new(
        &kinds::UNKNOWN_OUTCOME,
        format!(
            "the answer took more than {seconds} seconds: repeat the request with the same Idempotency-Key, or look \
             whether it was done"
        ),
    )
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(words.unwrap_or("a panic without words")).into_response()
}
