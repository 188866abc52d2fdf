//! MariaDB and MySQL.

use std::path::Path;

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::deserialize::{self, FromSql};
use diesel::mysql::Mysql;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Nullable, Timestamp};
use diesel::{Connection as _, MysqlConnection, QueryResult};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use super::url::shell_line;
use super::{LOCK_WAIT, Merge, migrations, sql};
use crate::error::{Error, Result};
use crate::types::time::Stamp;

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/mysql");
pub(super) const INT: &str = "SIGNED";
/// How many tables have a name.
pub(super) const TABLES: &str =
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?";
pub(super) const MOMENT: &str = "CAST(? AS DATETIME(6))";

pub(super) fn connect(url: &str) -> Result<MysqlConnection> {
    let mut conn = MysqlConnection::establish(url).map_err(|error| Error::Unavailable(error.to_string()))?;
    conn.batch_execute(&format!(
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
                                 NO_ENGINE_SUBSTITUTION',
             time_zone = '+00:00', innodb_lock_wait_timeout = {}",
        LOCK_WAIT.as_secs()
    ))?;
    conn.batch_execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")?;
    Ok(conn)
}

/// A named lock keeps a second process out, since MySQL's DDL commits step by step.
pub(super) fn migrate(conn: &mut MysqlConnection, revert: bool) -> Result<usize> {
    const WAIT_SECONDS: i64 = 600;
    let locked = sql("SELECT CAST(GET_LOCK(CONCAT('ecomdb.migrate.', LEFT(DATABASE(), 40)), ?) AS SIGNED)")
        .int(WAIT_SECONDS)
        .one_on::<Nullable<BigInt>, Option<i64>, _>(conn)?;
    if locked != Some(1) {
        return Err(Error::Overloaded("another process is still migrating this database"));
    }
    // DROP TABLE in the order of the down files is fine; this spares InnoDB the check of every row.
    let outcome = conn
        .batch_execute("SET SESSION foreign_key_checks = 0")
        .map_err(Error::from)
        .and_then(|()| migrations::run(conn, || MIGRATIONS, revert));
    conn.batch_execute("SET SESSION foreign_key_checks = 1")?;
    conn.batch_execute("DO RELEASE_LOCK(CONCAT('ecomdb.migrate.', LEFT(DATABASE(), 40)))")?;
    outcome
}

/// How an INSERT ends that adds to the row with the same keys, or replaces its values.
pub(super) fn on_duplicate_key(values: &[&str], merge: Merge) -> String {
    let set = |value: &&str| match merge {
        Merge::Add => format!("{value} = {value} + VALUES({value})"),
        Merge::Replace => format!("{value} = VALUES({value})"),
    };
    let sets: Vec<String> = values.iter().map(set).collect();
    format!("ON DUPLICATE KEY UPDATE {}", sets.join(", "))
}

/// How `mariadb-dump` backs up the database in one moment, asking for the password.
pub(super) fn dump_command(url: &str, file: &Path) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut words = vec!["mariadb-dump".to_owned(), "--single-transaction".to_owned()];
    if let Some((_, socket)) = url.query_pairs().find(|(name, _)| name == "unix_socket") {
        words.push(format!("--socket={socket}"));
    } else {
        words.push(format!("--host={}", url.host_str()?.trim_matches(['[', ']'])));
        words.extend(url.port().map(|port| format!("--port={port}")));
    }
    if !url.username().is_empty() {
        words.push(format!("--user={}", decoded(url.username())));
    }
    words.push("--password".to_owned());
    words.push(format!("--result-file={}", file.display()));
    words.push(url.path().trim_start_matches('/').to_owned());
    Some(shell_line(&words))
}

pub(super) fn begin_snapshot(conn: &mut MysqlConnection) -> QueryResult<()> {
    conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
    AnsiTransactionManager::begin_transaction_sql(conn, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
}

impl ToSql<Timestamp, Mysql> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        ToSql::<Timestamp, Mysql>::to_sql(&self.0, out)
    }
}

impl FromSql<Timestamp, Mysql> for Stamp {
    fn from_sql(value: <Mysql as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Timestamp, Mysql>::from_sql(value).map(Self)
    }
}
