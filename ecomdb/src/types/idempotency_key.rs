//! Keys of requests that must have one effect.

use super::Invalid;

/// A key chosen by the client for one request: 1 to 255 visible ASCII characters.
///
/// Repeating a request with its key returns the first result in its current state. A different request with the same
/// key fails with [`Conflict::IdempotencyKeyReused`](crate::Conflict::IdempotencyKeyReused). Keys are scoped to the
/// operation, and to the user on whose behalf it runs. The retention time is 30 days by default; see
/// [`DatabaseBuilder::idempotency_retention`](crate::DatabaseBuilder::idempotency_retention).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Validates a key.
    ///
    /// # Errors
    /// [`Invalid`] (`Idempotency-Key`) if it is empty, too long or contains other characters.
    ///
    /// ```
    /// use ecomdb::IdempotencyKey;
    ///
    /// assert!(IdempotencyKey::new("9f1c2b7e-checkout").is_ok());
    /// assert!(IdempotencyKey::new("").is_err());
    /// ```
    pub fn new(key: impl Into<String>) -> Result<Self, Invalid> {
        let key = key.into();
        if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(key))
        } else {
            Err(Invalid::new("Idempotency-Key", "must have 1 to 255 visible ASCII characters"))
        }
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&IdempotencyKey> for Option<IdempotencyKey> {
    fn from(key: &IdempotencyKey) -> Self {
        Some(key.clone())
    }
}
