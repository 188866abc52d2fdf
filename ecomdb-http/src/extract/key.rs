//! Idempotency keys.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use ecomdb::IdempotencyKey;

use crate::problem::{Problem, kinds};

const HEADER: &str = "Idempotency-Key";

/// The `Idempotency-Key` of a request, if it has one.
#[derive(Debug)]
pub(crate) struct Key(pub(crate) Option<IdempotencyKey>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut keys = parts.headers.get_all(HEADER).iter();
        let Some(key) = keys.next() else { return Ok(Self(None)) };
        if keys.next().is_some() {
            return Err(Problem::field(&kinds::MALFORMED, HEADER, "must be given once only"));
        }
        match IdempotencyKey::new(key.to_str().unwrap_or_default()) {
            Ok(key) => Ok(Self(Some(key))),
            Err(invalid) => Err(Problem::fields(&kinds::MALFORMED, invalid.fields().to_vec())),
        }
    }
}
