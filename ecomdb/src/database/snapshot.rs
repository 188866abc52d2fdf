//! Snapshots for reading whole tables.

use std::cell::Cell;

use super::Database;
use crate::engine::Snapshot;
use crate::error::{Error, Result};

impl Database {
    /// Runs the body with a snapshot of the database. It is not retried, because written output cannot be taken back.
    pub(crate) fn with_snapshot<T>(&self, body: impl FnOnce(&mut Snapshot<'_>) -> Result<T>) -> Result<T> {
        let url = &self.inner.url;
        let at_rest = url.at_rest();
        if let Some(mut snapshot) = Snapshot::of_readers(url, at_rest.is_some())? {
            let outcome = body(&mut snapshot)?;
            url.verify_at_rest(at_rest)?;
            return Ok(outcome);
        }
        let (body, lost) = (Cell::new(Some(body)), Cell::new(None));
        let outcome = self.run_snapshot(|conn| {
            // The consumer of the rows may be slow, so raise the idle timeout.
            conn.allow_idleness()?;
            match body.take() {
                Some(body) => match body(&mut Snapshot::Connection(conn)) {
                    // Converted to an error that is not retried.
                    Err(error @ Error::Contention { .. }) => {
                        lost.set(Some(error));
                        Err(Error::RolledBack)
                    }
                    outcome => outcome,
                },
                None => Err(Error::unreachable("the connection was closed in the middle of an export")),
            }
        });
        lost.take().map_or(outcome, Err)
    }
}
