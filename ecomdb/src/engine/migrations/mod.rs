//! Migrations and views: their state, applying and reverting them.
//!
//! The database is shared with an application. Migrations are therefore recorded in a table of their own. The library
//! refuses to use names that are taken, and to drop tables that the application depends on.

mod alone;
mod lease;
mod run;
mod views;

use std::collections::{HashMap, HashSet};

use diesel::prelude::Queryable;
use diesel::sql_types::{BigInt, Text};

#[cfg(feature = "mysql")]
pub(super) use self::lease::WAIT;
pub(crate) use self::run::Applied;
pub(crate) use self::views::View;

use super::sql::sql;
use super::{Connection, Engine};
use crate::error::{Error, Result};
use crate::types::digest::sha256;

/// Table of applied migrations, with a digest of their statements. `finished_at` is NULL while one runs. DDL commits
/// implicitly on MySQL, so an interrupted migration is run again.
const TABLE: &str = "ecomdb_schema";
const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS ecomdb_schema (
    version     VARCHAR(50) NOT NULL PRIMARY KEY,
    digest      VARCHAR(64) NOT NULL,
    started_at  TIMESTAMP   NOT NULL DEFAULT CURRENT_TIMESTAMP,
    finished_at TIMESTAMP   NULL
)";
/// Table of applied migrations in drafts from before the first release.
const TABLE_OF_DRAFTS: &str = "ecomdb_migrations";

/// The schema of the program that uses the engine.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) steps: &'static [Step],
    pub(crate) views: &'static [View],
}

/// A migration.
#[derive(Debug)]
pub(crate) struct Step {
    /// Its folder, such as `0001_base`, and its version.
    pub(crate) name: &'static str,
    /// Names of the tables it creates, and of its indexes where they share the tables' namespace.
    pub(crate) makes: &'static [&'static str],
    /// Statements to apply and to revert it, in batches.
    pub(crate) up: &'static [&'static str],
    pub(crate) down: &'static [&'static str],
}

impl Step {
    /// Digest of the statements that apply it. Comments and indentation do not count.
    fn digest(&self) -> String {
        let lines = self.up.iter().flat_map(|batch| batch.lines());
        let code = lines.map(|line| line.split("--").next().unwrap_or_default().trim()).filter(|line| !line.is_empty());
        sha256(&code.collect::<Vec<_>>().join("\n"))
    }
}

/// How an engine lists and changes what a database contains.
#[derive(Debug)]
pub(super) struct Catalog {
    /// Query for all names in use in the database.
    pub(super) names: &'static str,
    /// Query for dependencies on tables and views: name of the dependent object, its constraint or view, and the name.
    pub(super) references: &'static str,
    /// Statements to run before and after dropping tables.
    pub(super) dropping: Option<(&'static str, &'static str)>,
}

/// Recorded state of the migrations and views.
#[derive(Debug)]
struct State {
    engine: Engine,
    schema: &'static Schema,
    /// Names in use in the database.
    names: HashSet<String>,
    /// Migrations that have begun, oldest first.
    recorded: Vec<Recorded>,
    /// Recorded views with their digests.
    views: HashMap<String, String>,
}

/// Record of a migration that has begun.
#[derive(Debug, Queryable)]
struct Recorded {
    version: String,
    digest: String,
    /// 1 if it has finished, and 0 otherwise.
    finished: i64,
}

impl State {
    fn finished(&self, step: &Step) -> bool {
        self.recorded.iter().any(|record| record.version == step.name && record.finished > 0)
    }

    fn begun(&self, step: &Step) -> bool {
        self.recorded.iter().any(|record| record.version == step.name)
    }

    fn pending(&self) -> impl Iterator<Item = &'static Step> {
        self.schema.steps.iter().filter(|step| !self.finished(step))
    }

    /// Whether there is nothing to migrate.
    fn is_current(&self) -> bool {
        self.pending().next().is_none() && self.stale_views().next().is_none()
    }

    fn missing_views(&self) -> impl Iterator<Item = &'static View> {
        self.schema.views.iter().filter(|view| !self.names.contains(view.name))
    }

    /// What the database lacks for use without migrating, in words.
    fn lacks(&self) -> Option<String> {
        let count = |number: usize, noun: &str| match number {
            1 => format!("1 {noun}"),
            _ => format!("{number} {noun}s"),
        };
        match (self.pending().count(), self.missing_views().count()) {
            (0, 0) => None,
            (0, views) => Some(count(views, "view")),
            (pending, _) => Some(count(pending, "migration")),
        }
    }

    /// Names of the shop's views, of this and other versions.
    fn own_views(&self) -> HashSet<&str> {
        self.schema.views.iter().map(|view| view.name).chain(self.views.keys().map(String::as_str)).collect()
    }

    /// Names of everything that the migrations create.
    fn own_names(&self) -> HashSet<&str> {
        let mut own = self.own_views();
        own.extend(self.schema.steps.iter().flat_map(|step| step.makes));
        own
    }

    /// A program must not write to a schema that is newer than itself, or that only a draft had.
    fn refuse_unknown(&self) -> Result<()> {
        let mut is_draft = self.names.contains(TABLE_OF_DRAFTS);
        for Recorded { version, digest, .. } in &self.recorded {
            let Some(step) = self.schema.steps.iter().find(|step| step.name == version) else {
                return Err(Error::Configuration(format!(
                    "the database has the migration {version}, which this version of ecomdb does not know: \
                     use the newer ecomdb, or another database"
                )));
            };
            // Migrations that were released never change.
            is_draft |= step.digest() != *digest;
        }
        if !is_draft {
            return Ok(());
        }
        Err(Error::Configuration(
            "the database has the schema of a draft of ecomdb from before its first release, which cannot be migrated: \
             export it with the program that made it (`ecomdb export --into FOLDER`), or generate the shop again, and \
             name another database for the new shop"
                .to_owned(),
        ))
    }

    /// Refuses names that pending migrations and new views would create, unless an earlier migration created them.
    fn refuse_taken(&self) -> Result<()> {
        let (begun, new): (Vec<_>, Vec<_>) = self.schema.steps.iter().partition(|step| self.begun(step));
        let own: HashSet<&str> = begun.iter().flat_map(|step| step.makes).copied().collect();
        let views = self.schema.views.iter().map(|view| view.name).filter(|name| !self.views.contains_key(*name));
        let wanted = new.iter().flat_map(|step| step.makes).copied().chain(views);
        let taken: Vec<&str> = wanted.filter(|name| self.names.contains(*name) && !own.contains(name)).collect();
        if taken.is_empty() {
            return Ok(());
        }
        Err(Error::Configuration(format!(
            "the database has tables of another application with names that the shop needs ({}): rename them, or \
             create another database for the shop",
            taken.join(", ")
        )))
    }
}

impl Connection {
    /// Refuses a database that lacks migrations or views. One whose views have an older text can be used.
    pub(crate) fn refuse_older_schema(&mut self, schema: &'static Schema) -> Result<()> {
        match self.look(schema)?.lacks() {
            None => Ok(()),
            Some(what) => Err(Error::Configuration(format!(
                "the schema lacks {what}: run `ecomdb migrate`, or open it with migrations on"
            ))),
        }
    }

    /// Reads the state of migrations and views, and refuses a database that the library cannot use. Writes nothing.
    fn look(&mut self, schema: &'static Schema) -> Result<State> {
        let names: HashSet<String> = sql(self.catalog().names).rows::<Text, String>(self)?.into_iter().collect();
        let recorded = if names.contains(TABLE) {
            let query = "SELECT version, digest, COUNT(finished_at) FROM ecomdb_schema GROUP BY version, digest
                ORDER BY version";
            sql(query).rows::<(Text, Text, BigInt), Recorded>(self)?
        } else {
            Vec::new()
        };
        let views = if names.contains(views::TABLE) {
            let query = "SELECT name, digest FROM ecomdb_views";
            sql(query).rows::<(Text, Text), (String, String)>(self)?.into_iter().collect()
        } else {
            HashMap::new()
        };
        let state = State { engine: self.engine(), schema, names, recorded, views };
        state.refuse_unknown()?;
        state.refuse_taken()?;
        Ok(state)
    }
}
