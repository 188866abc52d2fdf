//! Migrations: their state, applying and reverting them.
//!
//! The database is shared with an application. Migrations are therefore recorded in a table of their own. The library
//! refuses to use names that are taken, and to drop tables that the application depends on.

use std::collections::HashSet;

use diesel::connection::SimpleConnection as _;
use diesel::query_dsl::methods::LoadQuery;
use diesel::sql_types::{BigInt, Text};

use super::connection::on_engine;
use super::sql::{ByText, Sql, Typed, sql};
use super::{Connection, DatabaseUrl};
use crate::error::{Error, Result};

/// Table of applied migrations. `finished_at` is NULL while one runs. DDL commits implicitly on MySQL, so an
/// interrupted migration is run again.
const TABLE: &str = "ecomdb_migrations";
const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS ecomdb_migrations (
    version     VARCHAR(50) NOT NULL PRIMARY KEY,
    started_at  TIMESTAMP   NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at TIMESTAMP   NULL
)";

/// Diesel's table of migrations, used by applications, and by the library before its first release.
const TABLE_OF_DIESEL: &str = "__diesel_schema_migrations";

/// Tables of every shop since before the first release. Another application may have some of these names, but hardly all.
#[rustfmt::skip]
const OLDEST: [&str; 10] = [
    "users", "categories", "products", "price_changes", "inventory", "inventory_movements", "orders", "order_items",
    "payments", "refunds",
];

/// A migration.
#[derive(Debug)]
pub(super) struct Step {
    /// Its folder, such as `0001_users`.
    name: &'static str,
    /// The number that its folder begins with.
    version: &'static str,
    /// Names of the tables and views it creates, and of its indexes where they share the tables' namespace.
    makes: &'static [&'static str],
    /// Statements to apply and to revert it, in batches.
    up: &'static [&'static str],
    down: &'static [&'static str],
}

/// Migration settings of an engine.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) steps: &'static [Step],
    /// Query for all names in use in the database.
    pub(super) names: &'static str,
    /// Query for dependencies on tables: name of the dependent object, its constraint or view, and the table.
    pub(super) references: &'static str,
    /// Statements to run before and after dropping tables.
    pub(super) dropping: Option<(&'static str, &'static str)>,
}

/// Migrations of each engine, generated from `migrations/` by the build script.
pub(super) mod steps {
    use super::Step;

    include!(concat!(env!("OUT_DIR"), "/steps.rs"));
}

/// The exclusive right to migrate the database.
#[derive(Debug, Default)]
struct Alone {
    #[cfg(feature = "mysql")]
    lease: Option<super::mysql::Lease>,
}

impl Alone {
    /// Fails if the right was lost.
    fn verify(&self, conn: &mut Connection) -> Result<()> {
        #[cfg(feature = "mysql")]
        if let Some(lease) = &self.lease {
            return lease.verify(conn);
        }
        let _ = conn;
        Ok(())
    }

    /// Writes rows, unless the right was lost. The body may be retried.
    fn write(&self, conn: &mut Connection, body: impl Fn(&mut Connection) -> Result<()>) -> Result<()> {
        #[cfg(feature = "mysql")]
        if let Some(lease) = &self.lease {
            return lease.write(conn, body);
        }
        body(conn)
    }

    fn write_one(&self, conn: &mut Connection, statement: &Sql) -> Result<()> {
        self.write(conn, |conn| Ok(statement.run(conn).map(drop)?))
    }

    /// Runs one direction of a migration. The right is checked before each batch.
    fn run(&self, conn: &mut Connection, batches: &[&str]) -> Result<()> {
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

/// Recorded state of the migrations.
#[derive(Debug)]
pub(super) struct State {
    schema: &'static Schema,
    /// Versions that have begun, oldest first, with 1 if they have finished and 0 otherwise.
    recorded: Vec<(String, i64)>,
    /// Whether the database contains other tables, but no shop.
    #[cfg(feature = "sqlite")]
    pub(super) is_of_others: bool,
}

impl State {
    fn finished(&self, step: &Step) -> bool {
        self.recorded.iter().any(|(version, finished)| version == step.version && *finished > 0)
    }

    fn begun(&self, step: &Step) -> bool {
        self.recorded.iter().any(|(version, _)| version == step.version)
    }

    fn pending(&self) -> impl Iterator<Item = &'static Step> {
        self.schema.steps.iter().filter(|step| !self.finished(step))
    }

    /// A program must not write to a schema that is newer than itself.
    fn refuse_newer(&self) -> Result<()> {
        let is_known = |version: &str| self.schema.steps.iter().any(|step| step.version == version);
        match self.recorded.iter().find(|(version, _)| !is_known(version)) {
            Some((version, _)) => Err(Error::Configuration(format!(
                "the database has the migration {version}, which this version of ecomdb does not know: \
                 use the newer ecomdb, or another database"
            ))),
            None => Ok(()),
        }
    }

    /// Refuses names that pending migrations would create, unless an earlier migration created them.
    fn refuse_taken(&self, names: &HashSet<String>) -> Result<()> {
        let (begun, new): (Vec<_>, Vec<_>) = self.schema.steps.iter().partition(|step| self.begun(step));
        let own: HashSet<&str> = begun.iter().flat_map(|step| step.makes).copied().collect();
        let wanted = new.iter().flat_map(|step| step.makes).copied();
        let taken: Vec<&str> = wanted.filter(|name| names.contains(*name) && !own.contains(name)).collect();
        if taken.is_empty() {
            return Ok(());
        }
        let is_old_shop = names.contains(TABLE_OF_DIESEL)
            && !names.contains(TABLE)
            && OLDEST.iter().all(|table| taken.contains(table));
        Err(Error::Configuration(if is_old_shop {
            format!(
                "the database has a shop made by an unreleased version of ecomdb, which recorded its migrations in \
                 {TABLE_OF_DIESEL}: export it with that version (`ecomdb export --into FOLDER`), and name another \
                 database for the new shop"
            )
        } else {
            format!(
                "the database has tables of another application with names that the shop needs ({}): rename them, or \
                 create another database for the shop",
                taken.join(", ")
            )
        }))
    }
}

/// Reads the state of the migrations, and refuses a database that the library cannot use. Writes nothing.
pub(super) fn look<C>(conn: &mut C, schema: &'static Schema) -> Result<State>
where
    Typed<Text, ByText>: for<'q> LoadQuery<'q, C, String>,
    Typed<(Text, BigInt), ByText>: for<'q> LoadQuery<'q, C, (String, i64)>,
{
    let names: HashSet<String> = sql(schema.names).rows_on::<Text, String, _>(conn)?.into_iter().collect();
    let recorded = if names.contains(TABLE) {
        let query = "SELECT version, COUNT(finished_at) FROM ecomdb_migrations GROUP BY version ORDER BY version";
        sql(query).rows_on::<(Text, BigInt), _, _>(conn)?
    } else {
        Vec::new()
    };
    let state = State {
        #[cfg(feature = "sqlite")]
        is_of_others: recorded.is_empty() && !names.is_empty(),
        schema,
        recorded,
    };
    state.refuse_newer()?;
    state.refuse_taken(&names)?;
    Ok(state)
}

impl Connection {
    /// Number of migrations that have not been applied.
    pub(crate) fn pending_migrations(&mut self) -> Result<usize> {
        Ok(self.look()?.pending().count())
    }

    /// Applies pending migrations and returns their names. One process at a time does so; others wait and then find nothing to
    /// do.
    pub(crate) fn migrate(&mut self, url: &DatabaseUrl) -> Result<Vec<&'static str>> {
        if self.pending_migrations()? == 0 {
            return Ok(Vec::new());
        }
        let migrated = self.alone(url, Self::run_pending);
        // At snapshot isolation, a process that waited does not see the other's changes and fails.
        if migrated.is_err() && !self.pending_migrations().is_ok_and(|pending| pending == 0) {
            return migrated;
        }
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(own) => super::sqlite::switch_to_wal(own)?,
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            _ => {}
        }
        Ok(migrated.unwrap_or_default())
    }

    /// Drops and recreates all tables and views.
    pub(crate) fn reset(&mut self, url: &DatabaseUrl) -> Result<()> {
        self.alone(url, |conn, alone| {
            let state = conn.look()?;
            conn.refuse_references(&state)?;
            let mut begun = state.schema.steps.iter().rev().filter(|step| state.begun(step));
            let undo = |conn: &mut Self| begun.try_for_each(|step| conn.undo(step, alone));
            conn.dropping(undo).map_err(|error| match error {
                // SQLite cannot drop a column while an application's view reads a table that was dropped before.
                Error::Configuration(why) => Error::Configuration(format!(
                    "the shop cannot be reset: {why}; drop first what is named there and is not the shop's"
                )),
                other => other,
            })?;
            conn.run_pending(alone).map(drop)
        })
    }

    fn schema(&self) -> &'static Schema {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => &super::sqlite::SCHEMA,
            #[cfg(feature = "mysql")]
            Self::Mysql(_) => &super::mysql::SCHEMA,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => &super::postgres::SCHEMA,
        }
    }

    fn look(&mut self) -> Result<State> {
        let schema = self.schema();
        on_engine!(self, own => look(own, schema))
    }

    /// Runs the body with the exclusive right to migrate; in a single transaction if the engine allows it.
    fn alone<T>(&mut self, url: &DatabaseUrl, body: impl FnOnce(&mut Self, &Alone) -> Result<T>) -> Result<T> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(own) => super::sqlite::begin_migrating(own)?,
            #[cfg(feature = "mysql")]
            Self::Mysql(own) => super::mysql::begin_migrating(own)?,
            #[cfg(feature = "postgres")]
            Self::Postgres(own) => super::postgres::begin_migrating(own)?,
        }
        let outcome = self.with_lease(url, body);
        let ended = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(own) => super::sqlite::end_migrating(own, outcome.is_ok()),
            #[cfg(feature = "mysql")]
            Self::Mysql(own) => super::mysql::end_migrating(own),
            #[cfg(feature = "postgres")]
            Self::Postgres(own) => super::postgres::end_migrating(own, outcome.is_ok()),
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
                let alone = Alone { lease: Some(super::mysql::Lease::take(self, url)?) };
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

    /// Runs the body, which drops tables, with the necessary settings.
    fn dropping(&mut self, body: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let Some((before, after)) = self.schema().dropping else { return body(self) };
        self.batch_execute(before)?;
        let outcome = body(self);
        let restored = self.batch_execute(after);
        outcome?;
        Ok(restored?)
    }

    /// Applies the pending migrations and returns their names.
    fn run_pending(&mut self, alone: &Alone) -> Result<Vec<&'static str>> {
        // Another process may have migrated while this one waited.
        let state = self.look()?;
        self.batch_execute(CREATE_TABLE)?;
        for step in state.pending() {
            if !state.begun(step) {
                let begun = sql("INSERT INTO ecomdb_migrations (version) VALUES (?)").word(step.version);
                alone.write_one(self, &begun)?;
            }
            alone.run(self, step.up).map_err(not_migrated)?;
            let finished = "UPDATE ecomdb_migrations SET finished_at = CURRENT_TIMESTAMP WHERE version = ?";
            alone.write_one(self, &sql(finished).word(step.version))?;
        }
        Ok(state.pending().map(|step| step.name).collect())
    }

    fn undo(&mut self, step: &Step, alone: &Alone) -> Result<()> {
        let begun = sql("UPDATE ecomdb_migrations SET finished_at = NULL WHERE version = ?").word(step.version);
        alone.write_one(self, &begun)?;
        alone.run(self, step.down).map_err(not_migrated)?;
        alone.write_one(self, &sql("DELETE FROM ecomdb_migrations WHERE version = ?").word(step.version))
    }

    /// Refuses to drop tables while objects of the application depend on them.
    fn refuse_references(&mut self, state: &State) -> Result<()> {
        let own: HashSet<&str> = state.schema.steps.iter().flat_map(|step| step.makes).copied().collect();
        let references = sql(state.schema.references).rows::<(Text, Text, Text), (String, String, String)>(self)?;
        let foreign = references.iter().find(|(name, _, table)| {
            own.contains(table.to_lowercase().as_str()) && !own.contains(name.to_lowercase().as_str())
        });
        match foreign {
            Some((name, through, table)) => Err(Error::Configuration(format!(
                "the shop cannot be reset, and nothing was changed: {name}, which is not the shop's, depends on the table \
                 {table} ({through}); drop that first"
            ))),
            None => Ok(()),
        }
    }
}

/// Error for a migration statement that failed because of an object outside the shop, such as a view.
fn not_migrated(error: Error) -> Error {
    match error {
        Error::Storage(source) => Error::Configuration(format!("the schema could not be migrated: {source}")),
        other => other,
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;
    use crate::Database;

    #[test]
    fn every_table_view_and_index_of_the_shop_is_known_as_its_own() {
        let db = Database::open("sqlite::memory:").unwrap();
        let query = "SELECT name FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'";
        let names = db.read(|conn| Ok::<_, Error>(sql(query).rows::<Text, String>(conn)?)).unwrap();
        assert!(names.len() > 50, "{names:?}");
        // Some migrations create tables under temporary names.
        let own: HashSet<&str> = steps::SQLITE.iter().flat_map(|step| step.makes).copied().chain([TABLE]).collect();
        let unknown: Vec<_> = names.iter().filter(|name| !own.contains(name.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[cfg(all(feature = "mysql", feature = "postgres"))]
    #[test]
    fn the_engines_have_the_same_migrations() {
        let versions = |steps: &'static [Step]| steps.iter().map(|step| step.version).collect::<Vec<_>>();
        assert_eq!(versions(steps::MYSQL), versions(steps::SQLITE));
        assert_eq!(versions(steps::POSTGRES), versions(steps::SQLITE));
    }
}
