//! What is wrong with a request, field by field.

use std::fmt;

use serde::Serialize;

use crate::types::excerpt;

/// One field of a request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The path of the field: `email`, `items[2].quantity`.
    pub field: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl FieldError {
    /// The longest path and the longest message, in characters. Both may quote what was given, which may be long.
    const FIELD: usize = 100;
    const MESSAGE: usize = 500;

    /// A wrong field; what is too long of the path or the message is left out.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        let field = excerpt(&field.into(), Self::FIELD).into_owned();
        Self { field, message: excerpt(&message.into(), Self::MESSAGE).into_owned() }
    }
}

/// The fields of a request that are wrong; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(Vec<FieldError>);

impl Invalid {
    /// One wrong field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self(vec![FieldError::new(field, message)])
    }

    /// Every wrong field, in the order of the request.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        &self.0
    }

    /// The same with what else is wrong with the request, behind it: for requests that are checked in several parts.
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

/// Collects the wrong fields of one request, so that a caller hears of all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    pub(crate) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    /// The value, or its errors noted and `None`.
    pub(crate) fn check<T>(&mut self, outcome: Result<T, Invalid>) -> Option<T> {
        outcome.map_err(|invalid| self.0.extend(invalid.0)).ok()
    }

    /// What `make` makes of the checked values, if all of them are right.
    pub(crate) fn finish_with<T>(self, make: impl FnOnce() -> Option<T>) -> Result<T, Invalid> {
        match make() {
            Some(made) if self.0.is_empty() => Ok(made),
            _ => Err(Invalid(self.0)),
        }
    }
}
