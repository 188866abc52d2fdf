//! SQLite.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use diesel::connection::SimpleConnection;
use diesel::deserialize::{self, FromSql};
use diesel::result::Error as DieselError;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Text, Timestamp};
use diesel::sqlite::Sqlite;
use diesel::{Connection as _, QueryResult, RunQueryDsl as _, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use super::{LOCK_WAIT, Purpose, migrations, sql, transaction};
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
    prepare(&mut conn, path, purpose).map_err(|error| explain(error, path))?;
    Ok(conn)
}

/// The session settings that the library relies on.
fn prepare(conn: &mut SqliteConnection, path: &str, purpose: Purpose) -> Result<()> {
    // The timeout comes first: whatever follows waits for other processes.
    wait_for_locks(conn)?;
    refuse_unsafe_version(conn)?;
    refuse_other_applications(conn, path)?;
    configure(conn)?;
    if purpose == Purpose::Read {
        conn.batch_execute("PRAGMA query_only = ON;")?;
    }
    Ok(())
}

pub(super) fn wait_for_locks(conn: &mut SqliteConnection) -> Result<()> {
    Ok(conn.batch_execute(&format!("PRAGMA busy_timeout = {};", LOCK_WAIT.as_millis()))?)
}

/// The log grows to 16 MiB before a commit moves it into the database: a page that many groups change is moved once.
/// A page cache of 64 MiB holds the inner pages of every index of a shop with millions of orders.
pub(super) fn configure(conn: &mut SqliteConnection) -> Result<()> {
    switch_to_wal(conn)?;
    Ok(conn.batch_execute(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA threads = 0;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA cache_size = -65536;",
    )?)
}

/// SQLite ignores the timeout when two connections switch a new file at once: the one that would have to wait for a
/// reader to become the writer is told at once that the file is busy.
fn switch_to_wal(conn: &mut SqliteConnection) -> Result<()> {
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match conn.batch_execute("PRAGMA journal_mode = WAL;").map_err(Error::from) {
            Err(Error::Contention { .. }) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(1)),
            outcome => return outcome,
        }
    }
}

/// Any file can be opened; the first statement that reads it finds out that it is no database.
fn explain(error: Error, path: &str) -> Error {
    match &error {
        Error::Storage(DieselError::DatabaseError(_, info)) if info.message() == "file is not a database" => {
            Error::Configuration(format!(
                "the file {path} is no SQLite database: choose another file, or move this one away for a new database \
                 to be made there"
            ))
        }
        _ => error,
    }
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

/// A file that has tables, but not the one that says which migrations made them, belongs to somebody else. Asked before
/// anything is written: the switch to WAL changes the file. One transaction makes the shop's tables, so nobody sees the
/// others without that one.
fn refuse_other_applications(conn: &mut SqliteConnection, path: &str) -> Result<()> {
    let query = "SELECT COUNT(*) > 0 AND SUM(name = '__diesel_schema_migrations') = 0 FROM sqlite_schema";
    if sql(query).one_on::<diesel::sql_types::Bool, bool, _>(conn)? {
        return Err(Error::Configuration(format!(
            "the file {path} is the database of another application: choose another file for the shop"
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

/// Copies the database, as it is at this moment, into an empty file.
pub(super) fn copy(path: &str, file: &Path) -> Result<()> {
    let mut conn = connect(path, Purpose::Read)?;
    // SQLite takes the new file for a part of the database, which here is only read.
    conn.batch_execute("PRAGMA query_only = OFF;")?;
    diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(file_uri(file)).execute(&mut conn)?;
    Ok(())
}

/// A file on the disk, wherever the database itself may be.
fn file_uri(file: &Path) -> String {
    let path = percent_encode(file.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    format!("file:{path}?vfs={}", if cfg!(windows) { "win32" } else { "unix" })
}

pub(super) fn is_in_transaction(conn: &mut SqliteConnection) -> bool {
    transaction::depth(conn) > 0
}

/// A unary plus hides a column from the choice of an index.
pub(super) fn unindexed(column: &str) -> String {
    format!("+{column}")
}

pub(super) fn begin_snapshot(conn: &mut SqliteConnection) -> QueryResult<()> {
    transaction::begin(conn, "BEGIN")
}

pub(super) fn end_snapshot(conn: &mut SqliteConnection) -> QueryResult<()> {
    transaction::end(conn, "ROLLBACK")
}

/// Times are text of fixed width, so that they sort as they read.
impl ToSql<Timestamp, Sqlite> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(text_of(self.0));
        Ok(IsNull::No)
    }
}

impl FromSql<Timestamp, Sqlite> for Stamp {
    fn from_sql(mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match time_of(value.read_text().as_bytes()) {
            Some(time) => Ok(Self(time)),
            // Written by somebody else, in another of SQLite's forms.
            None => FromSql::<Timestamp, Sqlite>::from_sql(value).map(Self),
        }
    }
}

/// Where the digits of a time stand: year, month, day, hour, minute, second, microsecond.
const DIGITS: [std::ops::Range<usize>; 7] = [0..4, 5..7, 8..10, 11..13, 14..16, 17..19, 20..26];

/// `2026-01-31 23:59:59.000001`; by hand, since chrono's formatter costs more than the insert.
pub(crate) fn text_of(time: NaiveDateTime) -> String {
    let numbers = [
        time.year().clamp(0, 9999).unsigned_abs(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.nanosecond() / 1000 % 1_000_000,
    ];
    let mut text = *b"0000-00-00 00:00:00.000000";
    for (digits, mut number) in DIGITS.into_iter().zip(numbers) {
        for digit in text[digits].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
    // It is ASCII.
    String::from_utf8_lossy(&text).into_owned()
}

/// The time of a text of that form, or `None` for any other.
fn time_of(text: &[u8]) -> Option<NaiveDateTime> {
    let (date, [hour, minute, second, micro]) = date_and_time(text)?;
    date.and_hms_micro_opt(hour, minute, second, micro)
}

/// The microseconds since 1970 of a time, in any of the forms that Diesel reads.
#[inline]
pub(super) fn micros_of(text: &[u8]) -> Option<i64> {
    match date_and_time(text) {
        Some((date, [hour @ 0..24, minute @ 0..60, second @ 0..60, micro])) => {
            let days = i64::from(date.num_days_from_ce() - UNIX_EPOCH);
            let seconds = days * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
            Some(seconds * 1_000_000 + i64::from(micro))
        }
        _ => time_of_other_form(text).map(|time| time.and_utc().timestamp_micros()),
    }
}

/// 1970-01-01 in days from the common era.
const UNIX_EPOCH: i32 = 719_163;

/// A day, and hour, minute, second and microsecond as they are written.
#[inline]
fn date_and_time(text: &[u8]) -> Option<(NaiveDate, [u32; 4])> {
    const DIGIT: u64 = 0xFF;
    const PAIR: u64 = 0xFFFF;
    let text: &[u8; 26] = text.try_into().ok()?;
    let date = pairs(text[..8].first_chunk()?, PAIR | PAIR << 16 | PAIR << 40)?;
    let clock = pairs(text[8..].first_chunk()?, PAIR | PAIR << 24 | PAIR << 48)?;
    let seconds = pairs(text[16..].first_chunk()?, PAIR << 8)?;
    let micros = pairs(text[18..].first_chunk()?, DIGIT | PAIR << 16 | PAIR << 32 | PAIR << 48)?;
    let at = |pairs: u64, place: u32| (pairs >> (8 * place)) as u32 & 0xFF;
    let year = at(date, 0) * 100 + at(date, 2);
    let date = NaiveDate::from_ymd_opt(year as i32, at(date, 5), at(clock, 0))?;
    let micro = (at(micros, 2) * 100 + at(micros, 4)) * 100 + at(micros, 6);
    Some((date, [at(clock, 3), at(clock, 6), at(seconds, 1), micro]))
}

/// Reads eight characters at once, of which those in the mask are digits: in the place of each the number that it makes
/// with the one behind it. `None` if one is no digit.
#[inline]
fn pairs(text: &[u8; 8], mask: u64) -> Option<u64> {
    const ZEROS: u64 = u64::from_ne_bytes(*b"00000000");
    const SIXES: u64 = 0x0606_0606_0606_0606;
    const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;
    let digits = (u64::from_le_bytes(*text) ^ ZEROS) & mask;
    let more_than_nine = (digits | digits.wrapping_add(SIXES)) & HIGH;
    (more_than_nine == 0).then(|| digits * 10 + (digits >> 8))
}

#[cold]
fn time_of_other_form(text: &[u8]) -> Option<NaiveDateTime> {
    const FORMS: [&str; 12] = [
        "%F %T%.f",
        "%FT%T%.f",
        "%F %T%.fZ",
        "%FT%T%.fZ",
        "%F %T%.f%:z",
        "%FT%T%.f%:z",
        "%F %R",
        "%FT%R",
        "%F %RZ",
        "%FT%RZ",
        "%F %R%:z",
        "%FT%R%:z",
    ];
    let text = str::from_utf8(text).ok()?;
    FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::Database;

    #[test]
    fn times_are_written_and_read_to_the_microsecond() {
        for text in ["1970-01-01 00:00:00.000000", "2026-01-31 23:59:59.000001", "9999-12-31 09:08:07.999999"] {
            let time = time_of(text.as_bytes()).unwrap();
            assert_eq!(text_of(time), text);
            assert_eq!(micros_of(text.as_bytes()), Some(time.and_utc().timestamp_micros()));
        }
    }

    #[test]
    fn other_forms_are_left_to_diesel() {
        for text in ["2026-01-31 23:59:59", "2026-01-31T23:59:59+00:00     ", "2026-02-30 00:00:00.000000", ""] {
            assert_eq!(time_of(text.as_bytes()), None, "{text:?}");
        }
    }

    #[derive(diesel::QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        opcode: String,
    }

    #[test]
    fn no_check_makes_a_temporary_table_for_each_row() {
        let mut conn = connect("file:/plain-checks?vfs=memdb", Purpose::Write).unwrap();
        migrate(&mut conn, false).unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%CHECK%'";
        let tables: Vec<String> = sql(tables).rows_on::<Text, _, _>(&mut conn).unwrap();
        assert!(tables.len() > 5, "{tables:?}");
        for table in tables {
            let explain = format!("EXPLAIN INSERT INTO {table} DEFAULT VALUES");
            let steps: Vec<Step> = diesel::sql_query(explain).load(&mut conn).unwrap();
            assert!(steps.iter().any(|step| step.opcode == "Halt"), "{table} has a check");
            assert!(steps.iter().all(|step| step.opcode != "OpenEphemeral"), "{table}");
        }
        let whole: String = sql("SELECT * FROM pragma_integrity_check").one_on::<Text, _, _>(&mut conn).unwrap();
        assert_eq!(whole, "ok");
    }

    #[test]
    fn a_character_that_is_no_digit_is_found_wherever_it_is() {
        let time = *b"2026-01-31 23:59:59.000001";
        for place in (0..26).filter(|place| time[*place].is_ascii_digit()) {
            for other in (0..=255_u8).filter(|byte| !byte.is_ascii_digit()) {
                let mut text = time;
                text[place] = other;
                assert_eq!(time_of(&text), None, "{other} at {place}");
            }
        }
    }

    /// What Diesel reads in a query, an export reads too.
    #[test]
    fn an_export_reads_the_other_forms_as_diesel_does() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        for text in [
            "2026-01-31 23:59:59.000001",
            "2026-01-31T23:59:59.000001",
            "2026-01-31 23:59:59",
            "2026-01-31T23:59:59Z",
            "2026-01-31 23:59:59.5",
            "2026-01-31T23:59:59.123456789Z",
            "2026-01-31 23:59",
            "2026-01-31T23:59Z",
            "2026-01-31 23:59:59.123Z",
            "2026-01-31 23:59:59+02:00",
            "2026-01-31 24:00:00.000000",
            "2026-02-30 00:00",
            "",
        ] {
            let query = sql(format!("SELECT '{text}'"));
            let diesel = query.one_on::<Timestamp, Stamp, _>(&mut conn).ok();
            assert_eq!(micros_of(text.as_bytes()), diesel.map(|time| time.0.and_utc().timestamp_micros()), "{text}");
        }
    }

    #[test]
    fn all_that_open_a_new_file_at_once_get_it() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..25 {
            let url = format!("sqlite://{}", folder.path().join(format!("{round}.db")).display());
            let start = Barrier::new(4);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        start.wait();
                        Database::open(&url).unwrap();
                    });
                }
            });
        }
    }
}
