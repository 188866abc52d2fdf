//! Errors as RFC 9457 problem documents.

pub(crate) mod kinds;

use std::fmt::Display;
use std::sync::Arc;

use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use ecomdb::{FieldError, excerpt};
use serde::Serialize;
use serde_json::{Map, Value};

pub(crate) use self::kinds::Kind;

use crate::current::request_id;

/// Default Retry-After, in seconds.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// The longest `detail`, in characters; `errors` is never shortened.
const DETAIL: usize = 1000;

/// An error as sent to the client: a kind for programs, a detail for people.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(flatten)]
    kind: &'static Kind,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Extension members of the problem (RFC 9457, section 3.2).
    #[serde(flatten)]
    members: Box<Map<String, Value>>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(crate) fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        let detail = excerpt(&detail.into(), DETAIL).into_owned();
        Self { kind, detail, errors: Vec::new(), members: Box::default(), headers: Vec::new() }
    }

    /// An error in one field; an empty name means the request as a whole.
    pub(crate) fn field(kind: &'static Kind, field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        if field.is_empty() {
            Self::new(kind, message)
        } else {
            Self::fields(kind, vec![FieldError::new(field, message)])
        }
    }

    pub(crate) fn fields(kind: &'static Kind, errors: Vec<FieldError>) -> Self {
        let all: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
        Self { errors, ..Self::new(kind, all.join("; ")) }
    }

    /// An error of the server. The cause goes to the log, and its request id to the client.
    pub(crate) fn internal(cause: impl Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(&kinds::INTERNAL, "internal error; the server's log has the cause under this request_id")
            .with("request_id", request_id())
    }

    /// A missing or invalid token.
    pub(crate) fn unauthenticated(detail: impl Into<String>, has_token: bool) -> Self {
        const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"ecomdb\"");
        const INVALID: HeaderValue = HeaderValue::from_static("Bearer realm=\"ecomdb\", error=\"invalid_token\"");
        let challenge = if has_token { INVALID } else { CHALLENGE };
        Self::new(&kinds::UNAUTHENTICATED, detail).with_header(WWW_AUTHENTICATE, challenge)
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) const fn kind(&self) -> &'static Kind {
        self.kind
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The wrong fields.
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// An extension member.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    pub(crate) fn is(&self, kind: &Kind) -> bool {
        self.kind.slug() == kind.slug()
    }

    /// The headers of its response, besides that of the media type.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self.kind.is_transient() {
            headers.insert(RETRY_AFTER, RETRY_SECONDS);
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        headers
    }

    /// Sets Retry-After, in seconds.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Adds an extension member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn with_field(mut self, field: &str, message: impl Into<String>) -> Self {
        self.errors.push(FieldError::new(field, message.into()));
        self
    }

    /// For requests without a body: an invalid parameter is a malformed request (400), not an invalid one (422).
    pub(crate) fn of_query(mut self) -> Self {
        if self.kind.slug() == kinds::INVALID.slug() {
            self.kind = &kinds::MALFORMED;
        }
        self
    }
}

/// The response is JSON. It carries the problem itself, so that the dashboard can show it as a page instead.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Serializing a map with string keys cannot fail.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response();
        response.headers_mut().extend(self.headers());
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
