//! The migrations: which of them have run, running the others, and undoing all of them.
//!
//! The library shares its database with an application. So it records its migrations in a table of its own, refuses to
//! take a name that is taken, and drops nothing that something of the application depends on.

use std::collections::HashSet;

use diesel::connection::SimpleConnection as _;
use diesel::query_dsl::methods::LoadQuery;
use diesel::sql_types::{BigInt, Text};

use super::connection::on_engine;
use super::sql::{ByText, Sql, Typed, sql};
use super::{Connection, DatabaseUrl};
use crate::error::{Error, Result};

/// Where the library records its migrations. `finished_at` is NULL while one runs: MySQL commits each change of a table by
/// itself, so a migration can stop half-way, and then runs again.
const TABLE: &str = "ecomdb_migrations";
const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS ecomdb_migrations (
    version     VARCHAR(50) NOT NULL PRIMARY KEY,
    started_at  TIMESTAMP   NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at TIMESTAMP   NULL
)";

/// Where an application that uses Diesel records its migrations. The library did so too before its first release.
const TABLE_OF_DIESEL: &str = "__diesel_schema_migrations";

/// Tables that the shop has had since its first version.
const OLDEST: [&str; 5] = ["users", "products", "orders", "order_items", "payments"];

/// One migration.
#[derive(Debug)]
pub(super) struct Step {
    version: &'static str,
    /// The names that it gives to tables, views and, where they share the tables' names, indexes.
    makes: &'static [&'static str],
    /// What makes its changes, and what undoes them: what is sent at once, in turn.
    up: &'static [&'static str],
    down: &'static [&'static str],
}

/// What an engine's file says of its migrations.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) steps: &'static [Step],
    /// The query for the names that are taken in the database.
    pub(super) names: &'static str,
    /// The query for what depends on a table, with three columns: the name of what depends, through what, and the table.
    pub(super) references: &'static str,
    /// Statements to run before and after tables are dropped.
    pub(super) dropping: Option<(&'static str, &'static str)>,
}

/// The migrations of each engine, made by the build script from `migrations/`.
pub(super) mod steps {
    use super::Step;

    include!(concat!(env!("OUT_DIR"), "/steps.rs"));
}

/// No other process migrates the database.
#[derive(Debug, Default)]
struct Alone {
    #[cfg(feature = "mysql")]
    lease: Option<super::mysql::Lease>,
}

impl Alone {
    /// Fails when that has changed.
    fn verify(&self, conn: &mut Connection) -> Result<()> {
        #[cfg(feature = "mysql")]
        if let Some(lease) = &self.lease {
            return lease.verify(conn);
        }
        let _ = conn;
        Ok(())
    }

    /// Changes rows, unless that has changed. The body may run several times.
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

    /// Runs one way of a migration. A server that ends a statement after its client has lost the right to migrate gets no
    /// other one.
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

/// Other statements commit by themselves on MySQL, or change nothing but the session.
fn changes_rows(statement: &str) -> bool {
    ["INSERT", "UPDATE", "DELETE", "REPLACE"].iter().any(|word| statement.starts_with(word))
}

/// What the database says of the migrations.
#[derive(Debug)]
pub(super) struct State {
    schema: &'static Schema,
    /// The versions that have begun, and how many of them have finished (1 or 0), oldest first.
    recorded: Vec<(String, i64)>,
    /// Whether there is something in the database, but no shop.
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

    /// A program that does not know the newest tables must not write beside them.
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

    /// What a migration that has not begun would make is not there yet, unless an earlier migration made it.
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

/// Reads what the database says of the migrations, and refuses one that the library cannot work on. Writes nothing.
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
    /// How many migrations this program knows and the database lacks.
    pub(crate) fn pending_migrations(&mut self) -> Result<usize> {
        Ok(self.look()?.pending().count())
    }

    /// Brings the schema up to date. Only one process does so at a time; the others wait and find it done.
    pub(crate) fn migrate(&mut self, url: &DatabaseUrl) -> Result<()> {
        if self.pending_migrations()? == 0 {
            return Ok(());
        }
        let migrated = self.alone(url, Self::run_pending);
        // At snapshot isolation, whoever waited does not see what another process has made meanwhile, and fails.
        if migrated.is_err() && !self.pending_migrations().is_ok_and(|pending| pending == 0) {
            return migrated;
        }
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(own) => super::sqlite::switch_to_wal(own),
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            _ => Ok(()),
        }
    }

    /// Drops the shop's tables and views, and makes them again, empty.
    pub(crate) fn reset(&mut self, url: &DatabaseUrl) -> Result<()> {
        self.alone(url, |conn, alone| {
            let state = conn.look()?;
            conn.refuse_references(&state)?;
            let mut begun = state.schema.steps.iter().rev().filter(|step| state.begun(step));
            let undo = |conn: &mut Self| begun.try_for_each(|step| conn.undo(step, alone));
            conn.dropping(undo).map_err(|error| match error {
                // SQLite drops no column while a view of the application reads a table that was dropped before.
                Error::Configuration(why) => Error::Configuration(format!(
                    "the shop cannot be reset: {why}; drop first what is named there and is not the shop's"
                )),
                other => other,
            })?;
            conn.run_pending(alone)
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

    /// Runs the body while no other process migrates this database. Where the engine can, it is one transaction.
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

    /// Where each statement that changes a table commits, no transaction keeps others out, but a lease does.
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

    /// Runs the body, which drops tables, with the settings that this needs.
    fn dropping(&mut self, body: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let Some((before, after)) = self.schema().dropping else { return body(self) };
        self.batch_execute(before)?;
        let outcome = body(self);
        let restored = self.batch_execute(after);
        outcome?;
        Ok(restored?)
    }

    fn run_pending(&mut self, alone: &Alone) -> Result<()> {
        // Others may have migrated while this one waited.
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
        Ok(())
    }

    fn undo(&mut self, step: &Step, alone: &Alone) -> Result<()> {
        let begun = sql("UPDATE ecomdb_migrations SET finished_at = NULL WHERE version = ?").word(step.version);
        alone.write_one(self, &begun)?;
        alone.run(self, step.down).map_err(not_migrated)?;
        alone.write_one(self, &sql("DELETE FROM ecomdb_migrations WHERE version = ?").word(step.version))
    }

    /// What belongs to the application and depends on a table of the shop would lose what it refers to.
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

/// A statement of a step that the database refuses has met something that is not the shop's, such as a view.
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
        let names = db.read(|conn| Ok(sql(query).rows::<Text, String>(conn)?)).unwrap();
        assert!(names.len() > 50, "{names:?}");
        // Migrations also make tables under names that they change later.
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
