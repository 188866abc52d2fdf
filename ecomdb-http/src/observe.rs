//! Request ids, and the log line and metrics of each request.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::http::header::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use ecomdb::excerpt;
use rand::RngExt as _;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::client::Client;
use crate::current::{CurrentRequest, text};
use crate::headers::X_REQUEST_ID;
use crate::state::Shared;

/// The longest request id that is accepted, and the longest method that is logged, in characters.
const LONGEST: usize = 64;

/// The longest path that is logged, in characters.
const LONGEST_PATH: usize = 200;

/// The outermost middleware.
pub(crate) async fn observe(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = given(&request).unwrap_or_else(random);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    let client = Client::of(&request, app.proxies());
    request.extensions_mut().insert(client);
    // Without the query, because search terms can be personal data.
    let path = excerpt(request.uri().path(), LONGEST_PATH);
    let verb = excerpt(method.as_str(), LONGEST);
    let address = client.address.map(tracing::field::display);
    let span = tracing::info_span!(
        "request",
        method = %verb,
        path = &*path,
        id = text(&id),
        client = address,
        user = Empty
    );
    let in_flight = app.metrics().begin();
    let only_reads = matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
    let answering = CurrentRequest { id: id.clone(), client, only_reads }.scope(next.run(request));
    let mut response = answering.instrument(span.clone()).await;
    drop(in_flight);
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    tracing::info!(parent: &span, status, ms = elapsed.as_micros() as f64 / 1000.0, "answered");
    app.metrics().count(&method, route.as_ref().map(MatchedPath::as_str), status, elapsed);
    response.headers_mut().insert(X_REQUEST_ID, id);
    response
}

/// Adds the user to the log line of the request.
pub(crate) fn note_user(user: i64) {
    Span::current().record("user", user);
}

/// The request id sent by the client, if it is safe to log.
fn given(request: &Request) -> Option<HeaderValue> {
    let id = request.headers().get(X_REQUEST_ID)?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
    let is_id = !id.is_empty() && id.len() <= LONGEST && id.as_bytes().iter().all(is_plain);
    is_id.then(|| id.clone())
}

fn random() -> HeaderValue {
    let mut digits = [0; 16];
    let mut random: u64 = rand::rng().random();
    for digit in &mut digits {
        *digit = b"0123456789abcdef"[(random & 15) as usize];
        random >>= 4;
    }
    HeaderValue::from_bytes(&digits).unwrap_or(HeaderValue::from_static("0"))
}
