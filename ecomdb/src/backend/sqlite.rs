//! SQLite.

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Text, Timestamp};
use diesel::sqlite::Sqlite;
use diesel::{Connection as _, QueryResult, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use super::{LOCK_WAIT, Purpose, migrations, sql};
use crate::error::{Error, Result};
use crate::types::time::Stamp;

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
pub(super) const INT: &str = "INTEGER";
pub(super) const MOMENT: &str = "?";

/// Older ones can corrupt a database in WAL mode.
const OLDEST_SAFE_VERSION: (u32, u32, u32) = (3, 51, 3);

pub(super) fn connect(path: &str, purpose: Purpose) -> Result<SqliteConnection> {
    let mut conn = SqliteConnection::establish(path)
        .map_err(|error| Error::Configuration(format!("the SQLite file {path} cannot be opened: {error}")))?;
    let conn_ref = &mut conn;
    // The timeout comes first: even the switch to WAL waits for other processes. A page cache of 64 MiB holds the
    // inner pages of every index of a shop with millions of orders.
    conn_ref.batch_execute(&format!("PRAGMA busy_timeout = {};", LOCK_WAIT.as_millis()))?;
    refuse_unsafe_version(conn_ref)?;
    conn_ref.batch_execute(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536;",
    )?;
    if purpose == Purpose::Read {
        conn_ref.batch_execute("PRAGMA query_only = ON;")?;
    }
    Ok(conn)
}

fn refuse_unsafe_version(conn: &mut SqliteConnection) -> Result<()> {
    let version: String = sql("SELECT sqlite_version()").one_on::<Text, String, _>(conn)?;
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let (oldest_major, oldest_minor, oldest_patch) = OLDEST_SAFE_VERSION;
    if (next(), next(), next()) < OLDEST_SAFE_VERSION {
        return Err(Error::Configuration(format!(
            "SQLite {version} can corrupt a database in WAL mode: link {oldest_major}.{oldest_minor}.{oldest_patch} \
             or newer (the bundled one is)"
        )));
    }
    Ok(())
}

/// One IMMEDIATE transaction around all steps: who comes second waits for it, then finds nothing left to do.
pub(super) fn migrate(conn: &mut SqliteConnection, revert: bool) -> Result<usize> {
    // Dropping a table deletes its rows one by one while foreign keys are on. They can only be switched outside of a
    // transaction.
    conn.batch_execute("PRAGMA foreign_keys = OFF;")?;
    let outcome = conn.immediate_transaction(|conn| migrations::run(conn, || MIGRATIONS, revert));
    conn.batch_execute("PRAGMA foreign_keys = ON;")?;
    outcome
}

/// A unary plus hides a column from the choice of an index.
pub(super) fn unindexed(column: &str) -> String {
    format!("+{column}")
}

pub(super) fn begin_snapshot(conn: &mut SqliteConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN")
}

/// Times are text of fixed width, so that they sort as they read.
impl ToSql<Timestamp, Sqlite> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(text_of(self.0));
        Ok(IsNull::No)
    }
}

impl FromSql<Timestamp, Sqlite> for Stamp {
    fn from_sql(value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Timestamp, Sqlite>::from_sql(value).map(Self)
    }
}

/// `2026-01-31 23:59:59.000001`; by hand, since chrono's formatter costs more than the insert.
pub(crate) fn text_of(time: chrono::NaiveDateTime) -> String {
    use chrono::{Datelike, Timelike};

    let mut text = *b"0000-00-00 00:00:00.000000";
    let mut put = |at: std::ops::Range<usize>, mut number: u32| {
        for digit in text[at].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    put(0..4, time.year().clamp(0, 9999).unsigned_abs());
    put(5..7, time.month());
    put(8..10, time.day());
    put(11..13, time.hour());
    put(14..16, time.minute());
    put(17..19, time.second());
    put(20..26, time.nanosecond() / 1000 % 1_000_000);
    text.iter().map(|byte| char::from(*byte)).collect()
}
