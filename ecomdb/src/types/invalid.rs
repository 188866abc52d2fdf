//! Validation errors, field by field.

use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;

use super::excerpt;

/// A wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Path of the field, such as `email` or `items[2].quantity`.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl FieldError {
    /// Maximum lengths of path and message in characters. Both may quote input of any length.
    const FIELD: usize = 100;
    const MESSAGE: usize = 500;

    /// An error for one field. Long paths and messages are abbreviated.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        let field = excerpt(&field.into(), Self::FIELD).into_owned();
        Self { field, message: excerpt(&message.into(), Self::MESSAGE).into_owned() }
    }
}

/// The wrong fields of a request; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Invalid(Vec<FieldError>);

impl Invalid {
    /// An error for a single field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self(vec![FieldError::new(field, message)])
    }

    /// All wrong fields, in the order of the request.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        &self.0
    }

    /// Appends further errors, for requests that are checked in several parts.
    ///
    /// ```
    /// use ecomdb::{NewUser, Password};
    ///
    /// let user = NewUser::new("ada", "Ada", "Lovelace").unwrap_err();
    /// let wrong = user.and(Password::new("short").unwrap_err());
    /// let fields: Vec<_> = wrong.fields().iter().map(|error| error.field.as_str()).collect();
    /// assert_eq!(fields, ["email", "password"]);
    /// ```
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, FieldError { field, message }) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{field}: {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

/// The number, if it is allowed.
pub(crate) fn in_range(field: &str, number: i64, allowed: RangeInclusive<i64>) -> Result<i64, Invalid> {
    if allowed.contains(&number) {
        return Ok(number);
    }
    let (min, max) = allowed.into_inner();
    Err(Invalid::new(field, format!("must be a whole number from {min} to {max}, not {number}")))
}

/// Collects all errors of a request, to report them together.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    pub(crate) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    /// Returns the value, or records its errors and returns `None`.
    pub(crate) fn check<T>(&mut self, outcome: Result<T, Invalid>) -> Option<T> {
        outcome.map_err(|invalid| self.0.extend(invalid.0)).ok()
    }

    /// Like [`Fields::check`], for a value that may be missing.
    pub(crate) fn check_some<T>(&mut self, value: Option<T>, check: impl FnOnce(T) -> Result<T, Invalid>) -> Option<T> {
        value.and_then(|value| self.check(check(value)))
    }

    /// Returns the result of `make` if no errors were recorded.
    pub(crate) fn finish_with<T>(self, make: impl FnOnce() -> Option<T>) -> Result<T, Invalid> {
        match make() {
            Some(made) if self.0.is_empty() => Ok(made),
            _ => Err(Invalid(self.0)),
        }
    }
}
