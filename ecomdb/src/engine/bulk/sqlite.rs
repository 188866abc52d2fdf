//! Bulk loading on SQLite: prepared multi-row inserts, indexes built at the end, and no write-ahead log for an empty
//! shop, because it would hold all rows a second time.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use diesel::connection::{AnsiTransactionManager as Transactions, SimpleConnection, TransactionManager};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{Connection as _, QueryResult, SqliteConnection};

use super::{Bulk, Load};
use crate::engine::cells::{Cell, Cells, Record, Target};
use crate::engine::{Connection, sql};
use crate::error::{Error, Result};

/// Rows in one statement.
const ROWS: usize = 100;

/// Loads an empty shop with a rollback journal instead of the write-ahead log. The journal saves changed pages only,
/// not new ones. Each page is thus written once and synced once. After a crash, the next open rolls the file back.
/// Readers are locked out.
///
/// A shop with rows keeps the write-ahead log, so that it can be read meanwhile. So does a database that another
/// process has open.
pub(super) fn transaction<T>(
    conn: &mut Connection,
    tables: &[Target],
    body: impl FnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    let own = own(conn)?;
    if are_empty(own, tables)? {
        own.batch_execute("PRAGMA busy_timeout = 200")?;
        if let Err(error) = own.batch_execute("PRAGMA journal_mode = DELETE") {
            tracing::info!(%error, "another process uses the database, so the write-ahead log stays");
        }
        crate::engine::sqlite::wait_for_locks(own)?;
    }
    // Sorting an index uses memory up to the cache size, per thread: with the cache, three times that.
    own.batch_execute(
        "PRAGMA foreign_keys = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -16384; PRAGMA threads = 1;",
    )?;
    let outcome = Transactions::begin_transaction_sql(own, "BEGIN IMMEDIATE").map_err(Error::from);
    let outcome = outcome.and_then(|()| {
        let outcome = catch_unwind(AssertUnwindSafe(|| body(conn)));
        let own = self::own(conn)?;
        match outcome {
            Ok(Ok(value)) => Ok(Transactions::commit_transaction(own).map(|()| value)?),
            Ok(Err(error)) => {
                Transactions::rollback_transaction(own)?;
                Err(error)
            }
            Err(panic) => {
                let _ = restore(own);
                resume_unwind(panic)
            }
        }
    });
    // An error here does not undo the committed load, so it is only logged.
    if let Err(error) = restore(self::own(conn)?) {
        tracing::warn!(%error, "the usual settings could not be restored after a bulk load");
    }
    outcome
}

/// Restores the settings of a connection. Ends an open transaction first, since foreign keys cannot be enabled inside
/// one. On a full disk, the switch to WAL fails, but the other settings are restored.
fn restore(own: &mut SqliteConnection) -> Result<()> {
    crate::engine::transaction::abandon(own);
    let switched = crate::engine::sqlite::switch_to_wal(own);
    crate::engine::sqlite::configure(own)?;
    switched
}

fn are_empty(conn: &mut SqliteConnection, tables: &[Target]) -> Result<bool> {
    let rows: Vec<String> = tables.iter().map(|table| format!("EXISTS (SELECT 1 FROM {})", table.name)).collect();
    let rows = sql(format!("SELECT 0 + {}", rows.join(" + ")));
    Ok(rows.one_on::<BigInt, i64, _>(conn)? == 0)
}

fn own(conn: &mut Connection) -> Result<&mut SqliteConnection> {
    match conn {
        Connection::Sqlite(own) => Ok(own),
        #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
        _ => Err(Error::Configuration("not a SQLite connection".to_owned())),
    }
}

/// Drops every index that has its own CREATE statement, and returns these statements from the schema.
pub(super) fn take_indexes_away(conn: &mut SqliteConnection) -> Result<Vec<String>> {
    let indexes = sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid");
    let indexes: Vec<(String, String)> = indexes.rows_on::<(Text, Text), _, _>(conn)?;
    for (name, _) in &indexes {
        conn.batch_execute(&format!("DROP INDEX \"{name}\""))?;
    }
    Ok(indexes.into_iter().map(|(_, statement)| statement).collect())
}

/// Values in sequence, with their text in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Values {
    values: Vec<Value>,
    text: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Null,
    Int(i64),
    Text { start: u32, end: u32 },
}

impl Values {
    #[inline]
    fn text(&mut self, push: impl FnOnce(&mut Vec<u8>)) -> Value {
        let start = self.text.len() as u32;
        push(&mut self.text);
        Value::Text { start, end: self.text.len() as u32 }
    }
}

impl Cells for Values {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) {
        let value = match cell {
            Cell::Null => Value::Null,
            Cell::Int(number) | Cell::Money(number) | Cell::Time(number) => Value::Int(number),
            Cell::Flag(flag) => Value::Int(i64::from(flag)),
            Cell::Text(text) => self.text(|out| out.extend_from_slice(text.as_bytes())),
            Cell::Ratio(_) | Cell::Date(_) => self.text(|out| out.extend_from_slice(cell.to_string().as_bytes())),
        };
        self.values.push(value);
    }

    #[inline]
    fn end_row(&mut self) {}
}

impl Bulk for SqliteConnection {
    type Buffer = Values;
    type Loader<'a> = Loader<'a>;

    fn loader(&mut self, tables: &[Target]) -> Result<Loader<'_>> {
        let staged = stage(self, tables)?;
        Ok(Loader { conn: self, staged })
    }
}

/// Hides each empty table without a rowid behind a temporary one of the same name, which receives the rows.
///
/// Rows that are inserted one by one, even in the order of their keys, leave an eighth of each page of such a table
/// unused. Rows that are copied from a table with the same definition fill the pages, like those of a new index.
fn stage(conn: &mut SqliteConnection, tables: &[Target]) -> Result<Vec<&'static str>> {
    const DEFINITION: &str = "SELECT substr(sql, 1 + length('CREATE TABLE ')) FROM main.sqlite_schema \
                              WHERE type = 'table' AND name = ? AND sql LIKE 'CREATE TABLE %WITHOUT ROWID'";
    let mut staged = Vec::new();
    for table in tables {
        let definition: Vec<String> = sql(DEFINITION).text(table.name).rows_on::<Text, _, _>(conn)?;
        if let [definition] = &definition[..]
            && are_empty(conn, &[*table])?
        {
            conn.batch_execute(&format!("CREATE TEMP TABLE {definition}"))?;
            staged.push(table.name);
        }
    }
    Ok(staged)
}

pub(crate) struct Loader<'a> {
    conn: &'a mut SqliteConnection,
    /// Tables whose rows are in a temporary table.
    staged: Vec<&'static str>,
}

impl Load for Loader<'_> {
    type Buffer = Values;

    fn insert<R: Record>(&mut self, _rows: u64, buffer: &Values) -> Result<()> {
        let text = std::str::from_utf8(&buffer.text).unwrap_or_default();
        self.insert_rows::<R>(&buffer.values, text)
    }

    fn finish(self, _go_on: impl FnMut(f64) -> Result<()>) -> Result<()> {
        for table in self.staged {
            self.conn.batch_execute(&format!(
                "INSERT INTO main.{table} SELECT * FROM temp.{table}; DROP TABLE temp.{table};"
            ))?;
        }
        Ok(())
    }
}

impl Loader<'_> {
    fn insert_rows<R: Record>(&mut self, values: &[Value], text: &str) -> Result<()> {
        let statements = values.chunks_exact(ROWS * R::COLUMNS.len());
        let rest = statements.remainder().chunks_exact(R::COLUMNS.len());
        for values in statements {
            self.conn.execute_returning_count(&Insert::<R, ROWS> { values, text, row: PhantomData })?;
        }
        for values in rest {
            self.conn.execute_returning_count(&Insert::<R, 1> { values, text, row: PhantomData })?;
        }
        Ok(())
    }
}

/// A prepared INSERT of `MANY` rows, found in the statement cache by its type.
struct Insert<'a, R, const MANY: usize> {
    values: &'a [Value],
    text: &'a str,
    row: PhantomData<R>,
}

impl<R: Record, const MANY: usize> QueryId for Insert<'_, R, MANY> {
    type QueryId = Insert<'static, R, MANY>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<R: Record, const MANY: usize> QueryFragment<Sqlite> for Insert<'_, R, MANY> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_sql(R::NAME);
        for (place, column) in R::COLUMNS.iter().enumerate() {
            out.push_sql(if place == 0 { " (" } else { ", " });
            out.push_sql(column);
        }
        out.push_sql(") VALUES ");
        for (row, values) in self.values.chunks_exact(R::COLUMNS.len()).enumerate() {
            out.push_sql(if row == 0 { "(" } else { ", (" });
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    out.push_sql(", ");
                }
                match value {
                    Value::Null => out.push_bind_param::<Nullable<BigInt>, _>(&None::<i64>)?,
                    Value::Int(number) => out.push_bind_param::<BigInt, _>(number)?,
                    Value::Text { start, end } => {
                        let text = self.text.get(*start as usize..*end as usize).unwrap_or_default();
                        out.push_bind_param::<Text, str>(text)?;
                    }
                }
            }
            out.push_sql(")");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Database;

    #[test]
    fn a_bulk_load_that_panics_leaves_foreign_keys_on() {
        let db = Database::open("sqlite::memory:").unwrap();
        let outcome = db.bulk_write(|_| -> Result<()> { panic!("as asked") });
        assert!(matches!(outcome, Err(Error::Panicked(_))), "{outcome:?}");
        let on = db.write(|conn| {
            Ok::<_, Error>(sql("SELECT foreign_keys FROM pragma_foreign_keys").one::<BigInt, i64>(conn)?)
        });
        assert_eq!(on.unwrap(), 1);
    }
}
