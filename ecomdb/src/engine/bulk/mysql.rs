//! Bulk loading on MariaDB and MySQL: LOAD DATA LOCAL from a temporary file where server and account allow it,
//! otherwise INSERT statements of many rows.

use std::fs::File;
use std::io::{Seek as _, Write as _};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};

use super::{Bulk, Load};
use crate::engine::cells::{Cell, Cells, Record, Target};
use crate::engine::mysql::IDLE;
use crate::engine::{Connection, IDLE_TRANSACTION, MysqlConnection, sql};
use crate::error::{Error, Result};
use crate::types::decimal::{push_integer, push_time};

/// Disables constraint checks for the session, and always enables them again.
pub(super) fn within_transaction<T>(
    conn: &mut Connection,
    body: impl FnOnce(&mut Connection) -> Result<T>,
) -> Result<T> {
    let outcome = loosen(conn).and_then(|()| body(conn));
    let ended = tighten(conn);
    if ended.is_err() {
        // Fails if the transaction was lost, for example. Discard the connection, so that no session runs without
        // checks.
        conn.mark_as_broken();
    }
    let value = outcome?;
    ended?;
    Ok(value)
}

fn loosen(conn: &mut Connection) -> Result<()> {
    set_unlimited(conn, true)?;
    // The connection is idle while rows are made, so raise the idle timeouts.
    Ok(conn.batch_execute(
        "SET SESSION unique_checks = 0, foreign_key_checks = 0, wait_timeout = 28800
         /*M!100300 , idle_write_transaction_timeout = 0 */",
    )?)
}

fn tighten(conn: &mut Connection) -> Result<()> {
    conn.batch_execute(&format!(
        "SET SESSION unique_checks = 1, foreign_key_checks = 1, wait_timeout = {idle}
         /*M!100300 , idle_write_transaction_timeout = {transaction} */",
        idle = IDLE.as_secs(),
        transaction = IDLE_TRANSACTION.as_secs(),
    ))?;
    set_unlimited(conn, false)
}

/// Raises the statement timeout, because one statement loads a whole table.
#[allow(irrefutable_let_patterns, reason = "refutable when another engine is compiled in")]
fn set_unlimited(conn: &mut Connection, is_unlimited: bool) -> Result<()> {
    if let Connection::Mysql(own) = conn {
        own.set_unlimited(is_unlimited)?;
    }
    Ok(())
}

/// Rows in the default format of LOAD DATA: tab-separated values, one row per line, `\N` for NULL, backslash as escape
/// character.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    text: Vec<u8>,
    within_row: bool,
}

impl Cells for Lines {
    #[inline]
    fn cell(&mut self, cell: Cell<'_>) {
        let out = &mut self.text;
        if self.within_row {
            out.push(b'\t');
        }
        self.within_row = true;
        match cell {
            Cell::Null => out.extend_from_slice(b"\\N"),
            Cell::Int(number) | Cell::Money(number) => push_integer(out, number),
            Cell::Flag(flag) => out.push(b'0' + u8::from(flag)),
            Cell::Time(micros) => push_time(out, micros, b' '),
            Cell::Ratio(_) | Cell::Date(_) => out.extend_from_slice(cell.to_string().as_bytes()),
            Cell::Text(text) => {
                for byte in text.bytes() {
                    match byte {
                        b'\t' => out.extend_from_slice(b"\\t"),
                        b'\n' => out.extend_from_slice(b"\\n"),
                        b'\\' => out.extend_from_slice(b"\\\\"),
                        byte => out.push(byte),
                    }
                }
            }
        }
    }

    #[inline]
    fn end_row(&mut self) {
        self.text.push(b'\n');
        self.within_row = false;
    }
}

impl Bulk for MysqlConnection {
    type Buffer = Lines;
    type Loader<'a> = Loader<'a>;

    fn loader(&mut self, tables: &[Target]) -> Result<Loader<'_>> {
        let may_load = tables.first().map_or(Ok(false), |table| may_load_files(self, *table))?;
        let files = may_load.then(|| tables.iter().map(|_| None).collect());
        Ok(Loader { conn: self, files })
    }
}

/// Buffers rows in one file per table. Loading an empty table with a single statement builds its indexes once, which is
/// three times as fast as many statements.
pub(crate) struct Loader<'a> {
    conn: &'a mut MysqlConnection,
    /// `None` if LOAD DATA LOCAL is not allowed.
    files: Option<Vec<Option<Waiting>>>,
}

struct Waiting {
    table: Target,
    file: File,
    rows: u64,
}

impl Load for Loader<'_> {
    type Buffer = Lines;

    fn insert<R: Record>(&mut self, rows: u64, buffer: &Lines) -> Result<()> {
        let table = Target::of::<R>();
        let Some(files) = &mut self.files else {
            return insert_lines(self.conn, table, &buffer.text);
        };
        let waiting = match &mut files[R::PLACE] {
            Some(waiting) => waiting,
            none => none.insert(Waiting { table, file: tempfile::tempfile().map_err(Error::Output)?, rows: 0 }),
        };
        waiting.rows += rows;
        waiting.file.write_all(&buffer.text).map_err(Error::Output)
    }

    fn finish(self, mut go_on: impl FnMut(f64) -> Result<()>) -> Result<()> {
        let Some(files) = self.files else { return verify(self.conn) };
        let all: u64 = files.iter().flatten().map(|waiting| waiting.rows).sum();
        let mut loaded = 0;
        for Waiting { table, mut file, rows } in files.into_iter().flatten() {
            go_on(loaded as f64 / all as f64)?;
            file.rewind().map_err(Error::Output)?;
            load_file(self.conn, &file, table, rows)?;
            loaded += rows;
        }
        Ok(())
    }
}

/// Tests LOAD DATA LOCAL with an empty file, since both server and account can forbid it.
fn may_load_files(conn: &mut MysqlConnection, table: Target) -> Result<bool> {
    let Ok(empty) = tempfile::tempfile() else { return Ok(false) };
    match load_file(conn, &empty, table, 0) {
        Ok(()) => Ok(true),
        Err(Error::Storage(error)) => {
            tracing::info!(%error, "using INSERT, since LOAD DATA LOCAL is not allowed");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

fn load_file(conn: &mut MysqlConnection, file: &File, target: Target, rows: u64) -> Result<()> {
    let (table, columns) = (target.name, target.columns.join(", "));
    let statement = format!("LOAD DATA LOCAL INFILE 'rows' INTO TABLE {table} CHARACTER SET utf8mb4 ({columns})");
    // LOAD DATA LOCAL reports invalid rows as warnings only, so compare the counts.
    let loaded = conn.load_data(&statement, file)?;
    if loaded == rows {
        return Ok(());
    }
    let message = format!("{loaded} of {rows} rows of {table} were inserted: another transaction wrote to the shop");
    let kind = diesel::result::DatabaseErrorKind::SerializationFailure;
    Err(diesel::result::Error::DatabaseError(kind, Box::new(message)).into())
}

/// Maximum length of a statement in bytes; servers accept at least 16 MB.
const STATEMENT: usize = 1 << 20;

/// String literals use the same backslash escapes as the file.
fn insert_lines(conn: &mut MysqlConnection, table: Target, text: &[u8]) -> Result<()> {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let into = format!("INSERT INTO {} ({}) VALUES ", table.name, table.columns.join(", "));
    let mut statement = into.clone();
    for line in text.split_terminator('\n') {
        statement.push_str(if statement.len() == into.len() { "(" } else { ",(" });
        for (place, value) in line.split('\t').enumerate() {
            if place > 0 {
                statement.push(',');
            }
            if value == "\\N" {
                statement.push_str("NULL");
            } else {
                statement.push('\'');
                statement.push_str(&value.replace('\'', "''"));
                statement.push('\'');
            }
        }
        statement.push(')');
        if statement.len() > STATEMENT {
            conn.batch_execute(&statement)?;
            statement.truncate(into.len());
        }
    }
    if statement.len() > into.len() {
        conn.batch_execute(&statement)?;
    }
    Ok(())
}

/// Verifies unique and foreign keys after INSERT with disabled checks. Not needed after LOAD DATA, which checks unique
/// keys and whose rows are counted.
fn verify(conn: &mut MysqlConnection) -> Result<()> {
    let uniques = sql("SELECT table_name, GROUP_CONCAT(CONCAT('`', column_name, '`') ORDER BY seq_in_index) \
         FROM information_schema.statistics WHERE table_schema = DATABASE() AND non_unique = 0 \
         GROUP BY table_name, index_name");
    for (table, columns) in uniques.rows_on::<(Text, Text), (String, String), _>(conn)? {
        // A NULL equals no other one.
        let are_known =
            columns.split(',').map(|column| format!("{column} IS NOT NULL")).collect::<Vec<_>>().join(" AND ");
        let twice = sql(format!(
            "SELECT COUNT(*) FROM \
             (SELECT 1 FROM {table} WHERE {are_known} GROUP BY {columns} HAVING COUNT(*) > 1) d"
        ));
        let twice = twice.one_on::<BigInt, i64, _>(conn)?;
        refuse(twice, || format!("{twice} values of {columns} are in {table} more than once"))?;
    }
    let references = sql("SELECT table_name, column_name, referenced_table_name, referenced_column_name \
         FROM information_schema.key_column_usage \
         WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL");
    type Reference = (String, String, String, String);
    for (table, column, to, key) in references.rows_on::<(Text, Text, Text, Text), Reference, _>(conn)? {
        let lost = sql(format!(
            "SELECT COUNT(*) FROM {table} c LEFT JOIN {to} p ON p.{key} = c.{column} \
             WHERE c.{column} IS NOT NULL AND p.{key} IS NULL"
        ));
        let lost = lost.one_on::<BigInt, i64, _>(conn)?;
        refuse(lost, || format!("{lost} rows of {table} have a {column} that is not in {to}"))?;
    }
    Ok(())
}

fn refuse(broken: i64, message: impl FnOnce() -> String) -> Result<()> {
    if broken == 0 {
        return Ok(());
    }
    let kind = diesel::result::DatabaseErrorKind::Unknown;
    Err(diesel::result::Error::DatabaseError(kind, Box::new(message())).into())
}
