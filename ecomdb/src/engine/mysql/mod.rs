//! MariaDB and MySQL: connections, migrations and backup.

mod binds;
mod client;
mod connection;
mod driver;
mod error;
mod fields;
mod handshake;
mod loss;
mod options;
mod pipeline;
mod rows;
mod socket;
mod statements;
mod tls;
mod wire;

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::QueryResult;
use diesel::connection::SimpleConnection as _;
use diesel::deserialize::{self, FromSql};
use diesel::mysql::Mysql;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Text, Timestamp};

use self::connection::Limits;
pub use self::connection::MysqlConnection;
pub(super) use self::options::Options;
use self::options::{PORT, Place};
pub(crate) use self::pipeline::Ticket;
use super::failure::{NEXT_HOST, of_connecting};
use super::times::{Compared, Moment, text_of};
use super::url::shell_line;
use super::{DatabaseUrl, IDLE_TRANSACTION, Purpose, sql};
use crate::error::{Error, Result};

/// Connects to the first suitable host of the URL; for writes, it must be writable.
pub(super) fn connect(url: &DatabaseUrl, purpose: Purpose) -> Result<MysqlConnection> {
    let options = Options::parse(&url.target).map_err(|why| Error::Configuration(format!("the database URL {why}")))?;
    // A single host is accepted without a check.
    let must_be_writable = purpose != Purpose::Read && !url.read_only && options.places.len() > 1;
    let connect = |options: &Options, place: &Place, patience| {
        let mut conn = MysqlConnection::connect(options, place, patience)?;
        prepare_session(&mut conn, url, purpose).map_err(|error| error.to_string())?;
        if must_be_writable {
            refuse_read_only(&mut conn)?;
        }
        conn.settle(Limits { statement: url.statement, silence: url.silence() })?;
        Ok(conn)
    };
    let mut full = None;
    let connect = |options: &Options, place: &Place, patience| {
        connect(options, place, patience).inspect_err(|why: &String| {
            full = full.take().or(Some(of_connecting(why.as_str())).filter(|error| !error.is_unreachable()));
        })
    };
    first_place(&options, url.patience, connect).map_err(|why| full.unwrap_or_else(|| Error::unreachable(why)))
}

/// Tries the places of the URL in turn. Each gets an equal share of the remaining time.
fn first_place(
    options: &Options,
    patience: Duration,
    mut connect: impl FnMut(&Options, &Place, Duration) -> Result<MysqlConnection, String>,
) -> Result<MysqlConnection, String> {
    let started = Instant::now();
    let mut failures = Vec::new();
    for (place, left) in options.places.iter().zip((1..=options.places.len() as u32).rev()) {
        match connect(options, place, patience.saturating_sub(started.elapsed()) / left) {
            Ok(conn) => return Ok(conn),
            Err(why) => failures.push(format!("{place}: {why}")),
        }
    }
    Err(failures.join(NEXT_HOST))
}

/// Time after which the server closes an idle connection, on MySQL also within a transaction. The pool closes it a
/// little earlier.
pub(super) const IDLE: Duration = Duration::from_secs(310);

/// Clause of SET that limits the duration of statements; zero for no limit. MariaDB reads one variable and skips the
/// comment with the other; MySQL does the reverse.
fn statement_limit(limit: Duration) -> String {
    let (seconds, millis) = (limit.as_secs_f64(), limit.as_millis());
    format!("/*M!100300 , max_statement_time = {seconds} */ /*!50708 , max_execution_time = {millis} */")
}

/// Variables that affect statements, set regardless of the server's defaults. `sql_big_selects` follows
/// `max_join_size`, which changes it; only MariaDB reads the comment.
const VARIABLES: &str = "autocommit = 1, completion_type = 0, foreign_key_checks = 1, unique_checks = 1, \
    sql_select_limit = 18446744073709551615, max_join_size = 18446744073709551615, sql_big_selects = 1, \
    sql_safe_updates = 0, div_precision_increment = 4, default_storage_engine = InnoDB \
    /*M! , check_constraint_checks = 1, sql_auto_is_null = 0 */";

/// Applies the session settings that the library relies on. On a Galera cluster, reads and writes wait for the earlier
/// commits of all nodes, so that no node gives stale results.
///
/// The limits are set by a separate statement. If the server's default limit cancels a statement in a batch, MariaDB
/// drops the following ones without a response.
fn prepare_session(conn: &mut MysqlConnection, url: &DatabaseUrl, purpose: Purpose) -> QueryResult<()> {
    let reads = if purpose == Purpose::Read { "SET SESSION TRANSACTION READ ONLY; " } else { "" };
    // MySQL's limit covers reads only; other statements can wait for locks this long.
    let lock = purpose.lock_wait().min(url.statement).as_secs().max(1);
    conn.batch_execute(&format!(
        "SET NAMES utf8mb4, sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
                                        NO_ENGINE_SUBSTITUTION', {VARIABLES},
             time_zone = '+00:00', innodb_lock_wait_timeout = {lock}, lock_wait_timeout = {lock},
             wait_timeout = {idle} /*!80000 , information_schema_stats_expiry = 0 */
             /*M!100300 , idle_write_transaction_timeout = {} */ {limit}",
        IDLE_TRANSACTION.as_secs(),
        limit = statement_limit(url.statement),
        idle = IDLE.as_secs(),
    ))?;
    let is_node = conn.rows_of_last(&format!(
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; {reads}\
         SHOW VARIABLES WHERE Variable_name = 'wsrep_on' AND Value = 'ON'"
    ))?;
    if is_node == 1 {
        // A node can abort a transaction without an error, so wait for each response; see [`loss`].
        conn.batch_execute("SET SESSION wsrep_sync_wait = 7")
    } else if purpose.writes_in_transactions_alone() {
        conn.guard(true)
    } else {
        Ok(())
    }
}

/// Refuses a server that does not accept writes, such as a replica or an isolated cluster node, with the error codes
/// that it would answer writes with.
fn refuse_read_only(conn: &mut MysqlConnection) -> Result<(), String> {
    let failed = |error: diesel::result::Error| error.to_string();
    // A number or a word, depending on the version.
    let read_only = sql("SELECT CAST(@@global.read_only AS CHAR)").one_on::<Text, String, _>(conn).map_err(failed)?;
    if !matches!(read_only.as_str(), "0" | "OFF") {
        return Err("ERROR 1290 (HY000): it is read-only".to_owned());
    }
    let mut is_on = |query: &'static str| {
        let rows = sql(query).rows_on::<(Text, Text), (String, String), _>(conn).map_err(failed)?;
        Ok::<_, String>(rows.iter().any(|(_, value)| value == "ON"))
    };
    // Outside a cluster, a server also reports that it is not ready.
    if is_on("SHOW GLOBAL VARIABLES LIKE 'wsrep_on'")? && !is_on("SHOW GLOBAL STATUS LIKE 'wsrep_ready'")? {
        return Err("ERROR 1047 (08S01): it is not ready in its cluster".to_owned());
    }
    Ok(())
}

/// Command line of `mariadb-dump` for a consistent backup; it prompts for the password.
pub(super) fn dump_command(url: &str, file: &Path) -> Option<String> {
    let options = Options::parse(url).ok()?;
    let mut words = vec!["mariadb-dump".to_owned(), "--single-transaction".to_owned()];
    match options.places.first()? {
        Place::Socket(path) => words.push(format!("--socket={}", path.display())),
        Place::Host { name, port } => {
            words.push(format!("--host={name}"));
            words.extend((*port != PORT).then(|| format!("--port={port}")));
        }
    }
    if !options.user.is_empty() {
        words.push(format!("--user={}", options.user));
    }
    words.push("--password".to_owned());
    words.push(format!("--result-file={}", file.display()));
    words.push(options.database?);
    Some(shell_line(&words))
}

impl ToSql<Moment, Mysql> for DateTime<Utc> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        ToSql::<Timestamp, Mysql>::to_sql(&self.naive_utc(), &mut out.reborrow())
    }
}

impl ToSql<Compared, Mysql> for DateTime<Utc> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        ToSql::<Text, Mysql>::to_sql(&text_of(*self), &mut out.reborrow())
    }
}

impl FromSql<Moment, Mysql> for DateTime<Utc> {
    fn from_sql(value: <Mysql as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <NaiveDateTime as FromSql<Timestamp, Mysql>>::from_sql(value).map(|time| time.and_utc())
    }
}
