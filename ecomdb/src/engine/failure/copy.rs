//! A copy of an error, which Diesel's own type does not offer.

use diesel::result::DatabaseErrorInformation;

/// The parts of an error that decide what it means.
#[derive(Debug)]
pub(super) struct Info {
    message: String,
    constraint: Option<String>,
}

impl Info {
    pub(super) fn of(info: &dyn DatabaseErrorInformation) -> Self {
        Self { message: info.message().to_owned(), constraint: info.constraint_name().map(str::to_owned) }
    }
}

impl DatabaseErrorInformation for Info {
    fn message(&self) -> &str {
        &self.message
    }

    fn details(&self) -> Option<&str> {
        None
    }

    fn hint(&self) -> Option<&str> {
        None
    }

    fn table_name(&self) -> Option<&str> {
        None
    }

    fn column_name(&self) -> Option<&str> {
        None
    }

    fn constraint_name(&self) -> Option<&str> {
        self.constraint.as_deref()
    }

    fn statement_position(&self) -> Option<i32> {
        None
    }
}
