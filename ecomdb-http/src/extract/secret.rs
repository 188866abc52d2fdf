//! Secrets in bodies: never repeated in an error or in a log.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A password in a body. It has no `Debug`, and the error for a value of the wrong type does not show it.
pub(crate) struct Secret(pub(crate) String);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("must be a string")),
        }
    }
}
