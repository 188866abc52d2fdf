//! The variable part of a path.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use ecomdb::quoted;

use crate::problem::{Problem, kinds};

/// The `{id}` of a path. Only the canonical spelling is accepted (no plus sign, no leading zeros), so that a resource
/// has one URL.
#[derive(Debug)]
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr + ToString> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = parameter(parts, state).await?;
        let id = text.parse::<T>().ok().filter(|id| id.to_string() == text);
        id.map(Self).ok_or_else(|| {
            Problem::field(
                &kinds::MALFORMED,
                "id",
                format!("must be a whole number up to {}, not {}", i64::MAX, quoted(&text)),
            )
        })
    }
}

/// The variable part of a path, unparsed.
#[derive(Debug)]
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        parameter(parts, state).await.map(Self)
    }
}

/// The variable part of a path that follows its `{id}`, unparsed.
#[derive(Debug)]
pub(crate) struct Second(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Second {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        at(1, parts, state).await.map(Self)
    }
}

/// The first path parameter.
async fn parameter<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<String, Problem> {
    at(0, parts, state).await
}

/// The path parameter at a place, decoded. Invalid UTF-8 is an invalid id.
async fn at<S: Send + Sync>(place: usize, parts: &mut Parts, state: &S) -> Result<String, Problem> {
    let parameters = RawPathParams::from_request_parts(parts, state).await;
    let value = parameters.ok().and_then(|all| all.iter().nth(place).map(|(_, value)| value.to_owned()));
    value.ok_or_else(|| Problem::field(&kinds::MALFORMED, "id", "must be a whole number"))
}
