//! The exclusive right to migrate a database.

use diesel::connection::SimpleConnection as _;

use super::lease::Lease;
use crate::engine::driver::Driver as _;
use crate::engine::sql::Sql;
use crate::engine::{Connection, DatabaseUrl, Engine, on_engine};
use crate::error::Result;

/// The exclusive right to migrate the database.
#[derive(Debug, Default)]
pub(super) struct Alone {
    lease: Option<Lease>,
}

impl Alone {
    /// Fails if the right was lost.
    pub(super) fn verify(&self, conn: &mut Connection) -> Result<()> {
        self.lease.as_ref().map_or(Ok(()), |lease| lease.verify(conn))
    }

    /// Writes rows, unless the right was lost. The body may be retried.
    pub(super) fn write(&self, conn: &mut Connection, body: impl Fn(&mut Connection) -> Result<()>) -> Result<()> {
        match &self.lease {
            Some(lease) => lease.write(conn, body),
            None => body(conn),
        }
    }

    pub(super) fn write_one(&self, conn: &mut Connection, statement: &Sql) -> Result<()> {
        self.write(conn, |conn| Ok(statement.run(conn).map(drop)?))
    }

    /// Runs one direction of a migration. The right is checked before each batch.
    pub(super) fn run(&self, conn: &mut Connection, batches: &[&str]) -> Result<()> {
        for group in batches.chunk_by(|one, next| changes_rows(one) && changes_rows(next)) {
            let run = |conn: &mut Connection| group.iter().try_for_each(|batch| Ok(conn.batch_execute(batch)?));
            if group.iter().any(|batch| changes_rows(batch)) {
                self.write(conn, run)?;
            } else {
                self.verify(conn)?;
                run(conn)?;
            }
        }
        Ok(())
    }
}

/// Other statements commit implicitly on MySQL, or change only the session.
fn changes_rows(statement: &str) -> bool {
    ["INSERT", "UPDATE", "DELETE", "REPLACE"].iter().any(|word| statement.starts_with(word))
}

impl Connection {
    /// Runs the body with the exclusive right to migrate; in a single transaction if the engine allows it.
    pub(super) fn alone<T>(
        &mut self,
        url: &DatabaseUrl,
        body: impl FnOnce(&mut Self, &Alone) -> Result<T>,
    ) -> Result<T> {
        on_engine!(self, own => own.begin_migrating())?;
        let outcome = self.with_lease(url, body);
        let ended = on_engine!(self, own => own.end_migrating(outcome.is_ok()));
        let value = outcome?;
        ended?;
        Ok(value)
    }

    /// Excludes other migrators by a lease where DDL commits implicitly.
    fn with_lease<T>(&mut self, url: &DatabaseUrl, body: impl FnOnce(&mut Self, &Alone) -> Result<T>) -> Result<T> {
        if self.engine() != Engine::Mysql {
            return body(self, &Alone::default());
        }
        let alone = Alone { lease: Some(Lease::take(self, url)?) };
        let outcome = body(self, &alone);
        if let Some(lease) = alone.lease {
            lease.release(self);
        }
        outcome
    }
}
