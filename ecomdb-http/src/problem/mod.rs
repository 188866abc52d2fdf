//! Errors as RFC 9457 problem documents.

pub(crate) mod kinds;

use std::fmt::Display;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use ecomdb::{FieldError, excerpt};
use serde::Serialize;
use serde_json::{Map, Value};

pub(crate) use self::kinds::Kind;

use crate::observe::request_id;

/// Seconds after which it makes sense to try again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// The longest `detail`, in characters: `errors` has all of a long list.
const DETAIL: usize = 1000;

/// An error as the client sees it: a kind that programs can tell from others, and words for people.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(flatten)]
    kind: &'static Kind,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Further members, for programs.
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

    /// One field of the request, and what is wrong with it; without a name, it is the request as a whole.
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

    /// A failure that is ours. Its cause goes into the log, and only the id to find it there to the client.
    pub(crate) fn internal(cause: impl Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(&kinds::INTERNAL, "something went wrong here; the log has it under this request_id")
            .with("request_id", request_id())
    }

    /// It is not known who asks: no token, or one that is not valid.
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

    pub(crate) fn is(&self, kind: &Kind) -> bool {
        self.kind.slug() == kind.slug()
    }

    /// In how many seconds the client may come back.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// A further member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn with_field(mut self, field: &str, message: impl Into<String>) -> Self {
        self.errors.push(FieldError::new(field, message.into()));
        self
    }

    /// What is invalid in a query makes the request malformed: the two differ for bodies only.
    pub(crate) fn of_query(mut self) -> Self {
        if self.kind.slug() == kinds::INVALID.slug() {
            self.kind = &kinds::MALFORMED;
        }
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A map with strings as keys can always be written.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response();
        if self.kind.is_transient() {
            response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
        }
        response.headers_mut().extend(self.headers);
        response
    }
}
