//! Integers in bodies.

use serde::Deserialize;

/// An integer in any spelling: to JSON Schema, 2, 2.0 and 2e0 are the same integer.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Integer(#[serde(deserialize_with = "ecomdb::whole_number")] pub(crate) i64);

impl From<Integer> for i64 {
    fn from(Integer(integer): Integer) -> Self {
        integer
    }
}
