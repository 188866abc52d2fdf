//! Views. They are not versioned: each is recreated when its text has changed.
//!
//! A digest of each view's text is recorded, which also identifies the shop's views. The digest is empty while the view
//! is being created, so an interrupted creation is repeated.

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::result::Error as DieselError;

use super::alone::Alone;
use super::run::not_migrated;
use super::{Schema, State};
use crate::engine::failure::{Code, split};
use crate::engine::sql::sql;
use crate::engine::{Connection, Engine};
use crate::error::{Error, Result};
use crate::types::digest::sha256;

/// Table of the created views.
pub(super) const TABLE: &str = "ecomdb_views";
const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS ecomdb_views (
    name   VARCHAR(64) NOT NULL PRIMARY KEY,
    digest VARCHAR(64) NOT NULL
)";

/// A view. It reads tables only, so views are made in any order.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    /// Description of its content.
    pub(crate) comment: &'static str,
    pub(crate) query: &'static str,
}

impl View {
    /// The statements that create or replace it.
    fn statements(&self, engine: Engine) -> Vec<String> {
        let Self { name, comment, query } = self;
        match engine {
            Engine::Sqlite => vec![format!("DROP VIEW IF EXISTS {name}"), format!("CREATE VIEW {name} AS\n{query}")],
            Engine::Mysql => vec![format!("CREATE OR REPLACE VIEW {name} AS\n{query}")],
            Engine::Postgres => vec![
                format!("CREATE OR REPLACE VIEW {name} AS\n{query}"),
                format!("COMMENT ON VIEW {name} IS '{}'", comment.replace('\'', "''")),
            ],
        }
    }

    fn digest(&self, engine: Engine) -> String {
        sha256(&self.statements(engine).join(";\n"))
    }
}

impl State {
    /// Views that are missing, or whose text has changed.
    pub(super) fn stale_views(&self) -> impl Iterator<Item = &'static View> {
        self.schema.views.iter().filter(|view| {
            let made = self.views.get(view.name).filter(|_| self.names.contains(view.name));
            made.is_none_or(|digest| *digest != view.digest(self.engine))
        })
    }
}

impl Connection {
    /// Recreates the views whose text has changed, and returns their names.
    pub(super) fn make_views(&mut self, schema: &'static Schema, alone: &Alone) -> Result<Vec<&'static str>> {
        // A migration may have dropped some views.
        let state = self.look(schema)?;
        if !state.names.contains(TABLE) {
            self.batch_execute(CREATE_TABLE)?;
        }
        let stale: Vec<&View> = state.stale_views().collect();
        alone.write(self, |conn| {
            stale.iter().try_for_each(|view| {
                let begun = match state.views.contains_key(view.name) {
                    true => "UPDATE ecomdb_views SET digest = '' WHERE name = ?",
                    false => "INSERT INTO ecomdb_views (name, digest) VALUES (?, '')",
                };
                Ok(sql(begun).word(view.name).run(conn).map(drop)?)
            })
        })?;
        for view in &stale {
            alone.verify(self)?;
            self.make_view(view, &state).map_err(not_migrated)?;
        }
        alone.write(self, |conn| {
            stale.iter().try_for_each(|view| {
                let made = sql("UPDATE ecomdb_views SET digest = ? WHERE name = ?");
                Ok(made.text(view.digest(state.engine)).word(view.name).run(conn).map(drop)?)
            })
        })?;
        Ok(stale.iter().map(|view| view.name).collect())
    }

    fn make_view(&mut self, view: &View, state: &State) -> Result<()> {
        let make = |conn: &mut Self| -> Result<()> {
            view.statements(state.engine).iter().try_for_each(|statement| Ok(conn.batch_execute(statement)?))
        };
        if state.engine != Engine::Postgres {
            return make(self);
        }
        // PostgreSQL replaces a view only if its columns stay the same, or more are added at the end.
        match self.transaction(make) {
            Err(Error::Storage(error)) if has_other_columns(&error) => {
                self.refuse_readers(view, state)?;
                self.batch_execute(&format!("DROP VIEW {}", view.name))?;
                make(self)
            }
            outcome => outcome,
        }
    }

    /// Refuses to drop a view that a view of the application reads.
    fn refuse_readers(&mut self, view: &View, state: &State) -> Result<()> {
        match self.foreign_dependent(state, |name| name == view.name)? {
            Some((name, ..)) => Err(Error::Configuration(format!(
                "the columns of the view {} change, and {name}, which is not the shop's, \
                 reads it: drop that, migrate, and create it again",
                view.name
            ))),
            None => Ok(()),
        }
    }

    /// Drops all views of the shop.
    pub(super) fn drop_views(&mut self, state: &State, alone: &Alone) -> Result<()> {
        let is_recorded = state.names.contains(TABLE);
        if is_recorded {
            alone.write_one(self, &sql("UPDATE ecomdb_views SET digest = ''"))?;
        }
        let is_plain = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        for name in state.own_views().into_iter().filter(is_plain) {
            alone.verify(self)?;
            self.batch_execute(&format!("DROP VIEW IF EXISTS {name}"))?;
        }
        if is_recorded {
            alone.write_one(self, &sql("DELETE FROM ecomdb_views"))?;
        }
        Ok(())
    }
}

/// PostgreSQL's `invalid_table_definition`.
fn has_other_columns(error: &DieselError) -> bool {
    let DieselError::DatabaseError(_, info) = error else { return false };
    matches!(split(info.message()).0, Some(Code::Postgres { state: "42P16" }))
}
