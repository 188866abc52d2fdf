//! What must not be repeated in an error, nor be seen in a log.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text of a body that is a password. It cannot be printed, and the error for what is no text does not show it.
pub(crate) struct Secret(pub(crate) String);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("must be a text")),
        }
    }
}
