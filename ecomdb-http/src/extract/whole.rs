//! Whole numbers in bodies.

use serde::Deserialize;

/// A whole number, however it is written: to JSON Schema, 2, 2.0 and 2e0 are the same integer.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Whole(#[serde(deserialize_with = "ecomdb::whole_number")] pub(crate) i64);
