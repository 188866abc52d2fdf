//! The exclusive right to migrate a database.

use diesel::connection::SimpleConnection as _;

use crate::engine::sql::Sql;
use crate::engine::{Connection, DatabaseUrl};
use crate::error::Result;

/// The exclusive right to migrate the database.
#[derive(Debug, Default)]
pub(super) struct Alone {
    #[cfg(feature = "mysql")]
    lease: Option<crate::engine::mysql::Lease>,
}

impl Alone {
    /// Fails if the right was lost.
    pub(super) fn verify(&self, conn: &mut Connection) -> Result<()> {
        #[cfg(feature = "mysql")]
        if let Some(lease) = &self.lease {
            return lease.verify(conn);
        }
        let _ = conn;
        Ok(())
    }

    /// Writes rows, unless the right was lost. The body may be retried.
    pub(super) fn write(&self, conn: &mut Connection, body: impl Fn(&mut Connection) -> Result<()>) -> Result<()> {
        #[cfg(feature = "mysql")]
        if let Some(lease) = &self.lease {
            return lease.write(conn, body);
        }
        body(conn)
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
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(own) => crate::engine::sqlite::begin_migrating(own)?,
            #[cfg(feature = "mysql")]
            Self::Mysql(own) => crate::engine::mysql::begin_migrating(own)?,
            #[cfg(feature = "postgres")]
            Self::Postgres(own) => crate::engine::postgres::begin_migrating(own)?,
        }
        let outcome = self.with_lease(url, body);
        let ended = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(own) => crate::engine::sqlite::end_migrating(own, outcome.is_ok()),
            #[cfg(feature = "mysql")]
            Self::Mysql(own) => crate::engine::mysql::end_migrating(own),
            #[cfg(feature = "postgres")]
            Self::Postgres(own) => crate::engine::postgres::end_migrating(own, outcome.is_ok()),
        };
        let value = outcome?;
        ended?;
        Ok(value)
    }

    /// Excludes other migrators by a lease, because DDL commits implicitly on MySQL.
    fn with_lease<T>(&mut self, url: &DatabaseUrl, body: impl FnOnce(&mut Self, &Alone) -> Result<T>) -> Result<T> {
        match self {
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => {
                let alone = Alone { lease: Some(crate::engine::mysql::Lease::take(self, url)?) };
                let outcome = body(self, &alone);
                if let Some(lease) = alone.lease {
                    lease.release(self);
                }
                outcome
            }
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => {
                let _ = url;
                body(self, &Alone::default())
            }
        }
    }
}
