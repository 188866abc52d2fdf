//! Reading whole tables.

use std::cell::Cell;

use super::Database;
use crate::backend::Moment;
use crate::error::{Error, Result};

impl Database {
    /// Runs the body with the present moment of the database. It runs once, since what an export writes cannot be taken
    /// back.
    pub(crate) fn at_one_moment<T>(&self, body: impl FnOnce(&mut Moment<'_>) -> Result<T>) -> Result<T> {
        if let Some(mut moment) = Moment::of_readers(&self.inner.url)? {
            return body(&mut moment);
        }
        let body = Cell::new(Some(body));
        self.snapshot(|conn| match body.take() {
            Some(body) => body(&mut Moment::Snapshot(conn)),
            None => Err(Error::Unavailable("the connection was closed in the middle of an export".to_owned())),
        })
    }
}
