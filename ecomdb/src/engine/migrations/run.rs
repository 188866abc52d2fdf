//! Applying and reverting migrations.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;

use super::alone::Alone;
use super::{CREATE_TABLE, Schema, State, Step, TABLE};
use crate::engine::driver::Driver as _;
use crate::engine::sql::sql;
use crate::engine::{Connection, DatabaseUrl, Purpose, on_engine};
use crate::error::{Error, Result, Unavailable};

/// The changes made by migrating.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// The migrations that were applied, in their order.
    pub(crate) migrations: Vec<&'static str>,
    /// The views that were created or recreated.
    pub(crate) views: Vec<&'static str>,
    /// The views that could not be recreated.
    pub(crate) stale: Option<Stale>,
}

/// Views that still have an older text because they could not be recreated.
#[derive(Debug)]
pub(crate) struct Stale {
    pub(crate) views: Vec<&'static str>,
    pub(crate) reason: String,
}

impl Connection {
    /// Applies pending migrations, and recreates views whose text has changed. One process does so at a time; others
    /// wait and then find nothing to do. Writes nothing if there is nothing to do.
    pub(crate) fn migrate(&mut self, url: &DatabaseUrl, schema: &'static Schema) -> Result<Applied> {
        let state = self.look(schema)?;
        if state.is_current() {
            self.settle()?;
            return Ok(Applied::default());
        }
        let migrated = self.alone(url, |conn, alone| conn.run_pending(schema, alone));
        let migrated = match migrated {
            // At snapshot isolation, a process that waited does not see the other's changes and fails.
            Err(_) if self.look(schema).is_ok_and(|state| state.is_current()) => Applied::default(),
            Err(error) if state.lacks().is_none() && prevents_only_writing(&error) => {
                tracing::warn!(%error, "the views are older than this program and cannot be recreated here");
                // If the transaction ended by itself, as on a full disk, the connection is unusable.
                *self = Self::open(url, Purpose::Write)?;
                let views = state.stale_views().map(|view| view.name).collect();
                return Ok(Applied { stale: Some(Stale { views, reason: error.to_string() }), ..Applied::default() });
            }
            outcome => outcome?,
        };
        self.settle()?;
        Ok(migrated)
    }

    /// Applies the settings of a database whose schema was accepted.
    pub(crate) fn settle(&mut self) -> Result<()> {
        on_engine!(self, own => own.settle_schema())
    }

    /// Drops and recreates all tables and views.
    pub(crate) fn reset(&mut self, url: &DatabaseUrl, schema: &'static Schema) -> Result<()> {
        self.alone(url, |conn, alone| {
            let state = conn.look(schema)?;
            conn.refuse_references(&state)?;
            conn.drop_views(&state, alone)?;
            let mut begun = schema.steps.iter().rev().filter(|step| state.begun(step));
            let undo = |conn: &mut Self| begun.try_for_each(|step| conn.undo(step, alone));
            conn.dropping(undo).map_err(|error| match error {
                // SQLite cannot drop a column while an application's view reads a table that was dropped before.
                Error::Configuration(why) => Error::Configuration(format!(
                    "the shop cannot be reset: {why}; drop first what is named there and is not the shop's"
                )),
                other => other,
            })?;
            conn.run_pending(schema, alone).map(drop)
        })
    }

    /// Runs the body, which drops tables, with the necessary settings.
    fn dropping(&mut self, body: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let Some((before, after)) = self.catalog().dropping else { return body(self) };
        self.batch_execute(before)?;
        let outcome = body(self);
        let restored = self.batch_execute(after);
        outcome?;
        Ok(restored?)
    }

    fn run_pending(&mut self, schema: &'static Schema, alone: &Alone) -> Result<Applied> {
        // Another process may have migrated while this one waited.
        let state = self.look(schema)?;
        if !state.names.contains(TABLE) {
            self.batch_execute(CREATE_TABLE)?;
        }
        for step in state.pending() {
            if !state.begun(step) {
                let begun = sql("INSERT INTO ecomdb_schema (version, digest) VALUES (?, ?)");
                let begun = begun.word(step.name).text(step.digest());
                alone.write_one(self, &begun)?;
            }
            alone.run(self, step.up).map_err(not_migrated)?;
            let finished = "UPDATE ecomdb_schema SET finished_at = CURRENT_TIMESTAMP WHERE version = ?";
            alone.write_one(self, &sql(finished).word(step.name))?;
        }
        let migrations = state.pending().map(|step| step.name).collect();
        Ok(Applied { migrations, views: self.make_views(schema, alone)?, stale: None })
    }

    fn undo(&mut self, step: &Step, alone: &Alone) -> Result<()> {
        let begun = sql("UPDATE ecomdb_schema SET finished_at = NULL WHERE version = ?").word(step.name);
        alone.write_one(self, &begun)?;
        alone.run(self, step.down).map_err(not_migrated)?;
        alone.write_one(self, &sql("DELETE FROM ecomdb_schema WHERE version = ?").word(step.name))
    }

    /// Refuses to drop tables while objects of the application depend on them.
    fn refuse_references(&mut self, state: &State) -> Result<()> {
        let own = state.own_names();
        match self.foreign_dependent(state, |name| own.contains(name))? {
            Some((name, through, table)) => Err(Error::Configuration(format!(
                "the shop cannot be reset, and nothing was changed: {name}, which is not the shop's, depends on the table \
                 {table} ({through}); drop that first"
            ))),
            None => Ok(()),
        }
    }

    /// An object of the application that depends on one of these tables or views: its name, the constraint or view, and
    /// the table or view.
    pub(super) fn foreign_dependent(
        &mut self,
        state: &State,
        on: impl Fn(&str) -> bool,
    ) -> Result<Option<(String, String, String)>> {
        let own = state.own_names();
        let references = sql(self.catalog().references).rows::<(Text, Text, Text), (String, String, String)>(self)?;
        Ok(references.into_iter().find(|(name, _, referenced)| {
            on(referenced.to_lowercase().as_str()) && !own.contains(name.to_lowercase().as_str())
        }))
    }
}

/// Whether a database with older views can be used despite this error.
const fn prevents_only_writing(error: &Error) -> bool {
    use Unavailable::{Disk, DiskFull, NoAccess, ReadOnly};
    matches!(error, Error::Contention { .. } | Error::Unavailable(ReadOnly(_) | NoAccess(_) | DiskFull(_) | Disk(_)))
}

/// Error for a migration statement that failed because of an object outside the shop, such as a view.
pub(super) fn not_migrated(error: Error) -> Error {
    match error {
        Error::Storage(source) => Error::Configuration(format!("the schema could not be migrated: {source}")),
        other => other,
    }
}
