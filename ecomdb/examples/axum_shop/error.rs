//! Errors as responses.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ecomdb::Error;
use serde_json::json;

/// An error of the shop, to be sent to the client.
pub(crate) struct ApiError(Error);

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(error) = self;
        let status = status(&error);
        let body = match &error {
            Error::Invalid(invalid) => json!({"error": error.to_string(), "fields": invalid.fields()}),
            _ if status.is_server_error() => {
                // The cause may name hosts and files, so only the log has it.
                eprintln!("a request failed: {error}");
                json!({"error": "the shop cannot answer at the moment"})
            }
            _ => json!({"error": error.to_string()}),
        };
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, 1.into());
        }
        response
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::WrongLogin | Error::InvalidToken => StatusCode::UNAUTHORIZED,
        // With an unknown outcome, the client repeats its request with the same key, and learns what happened.
        Error::UnknownOutcome => StatusCode::SERVICE_UNAVAILABLE,
        error if error.is_transient() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
