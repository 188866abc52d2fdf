//! PostgreSQL.

use std::path::Path;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager as _};
use diesel::deserialize::{self, FromSql};
use diesel::pg::Pg;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Timestamp;
use diesel::{Connection as _, PgConnection, QueryResult};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use super::failure::of_connecting;
use super::migrations::{Schema, steps};
use super::url::shell_line;
use super::{DatabaseUrl, IDLE_TRANSACTION, LOCK_WAIT, Purpose, of_commit};
use crate::error::{Error, Result};
use crate::types::time::Stamp;

pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");
pub(super) static SCHEMA: Schema = Schema {
    steps: steps::POSTGRES,
    names: "SELECT relname::text FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace",
    references: REFERENCES,
    dropping: None,
};
/// Foreign keys and views. What else depends on a table keeps PostgreSQL from dropping it.
const REFERENCES: &str = "
    WITH dependent AS (
        SELECT conrelid AS oid, 'constraint ' || conname AS through, confrelid AS own
        FROM pg_constraint WHERE contype = 'f'
        UNION
        SELECT r.ev_class, 'view', d.refobjid
        FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
    )
    SELECT CASE WHEN c.relnamespace = own.relnamespace THEN c.relname::text ELSE c.oid::regclass::text END,
        through, own.relname::text
    FROM dependent
    JOIN pg_class c ON c.oid = dependent.oid
    JOIN pg_class own ON own.oid = dependent.own AND own.relnamespace = quote_ident(current_schema())::regnamespace";
pub(super) const INT: &str = "BIGINT";
pub(super) const MOMENT: &str = "CAST(? AS TIMESTAMP)";

/// The key of the advisory lock: the letters "ecomdb" as a number.
const MIGRATION_LOCK: i64 = 0x65_63_6f_6d_64_62;

/// What is read often is in memory, and what is not is on an SSD: with PostgreSQL's own estimate, which is that of a
/// turning disk, an order reads all of a small catalog rather than three products by their ids.
pub(super) fn connect(url: &DatabaseUrl, purpose: Purpose) -> Result<PgConnection> {
    let mut conn = PgConnection::establish(&with_limits(&url.target, url.patience))
        .map_err(|error| of_connecting(error.to_string()))?;
    conn.batch_execute(&format!(
        "SET timezone = 'UTC'; SET lock_timeout = {};
         SET statement_timeout = {}; SET client_min_messages = warning;
         SET random_page_cost = 1.1; SET idle_in_transaction_session_timeout = {};
         SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3",
        purpose.lock_wait().as_millis(),
        url.statement.as_millis(),
        IDLE_TRANSACTION.as_millis()
    ))?;
    if purpose == Purpose::Read {
        conn.batch_execute("SET default_transaction_read_only = on")?;
    }
    Ok(conn)
}

/// The URL, with libpq's limits of what it waits for unless it has its own: the whole connecting; a server that is gone
/// without a word, be it before it takes a statement or before it answers.
fn with_limits(url: &str, patience: Duration) -> String {
    let seconds = patience.as_secs().max(1).to_string();
    let limits = [
        ("connect_timeout", seconds.as_str()),
        ("tcp_user_timeout", "30000"),
        ("keepalives_idle", "30"),
        ("keepalives_interval", "10"),
        ("keepalives_count", "3"),
    ];
    limits.iter().fold(url.to_owned(), |url, (name, value)| {
        let sign = if url.contains('?') { '&' } else { '?' };
        if url.contains(&format!("{name}=")) { url } else { format!("{url}{sign}{name}={value}") }
    })
}

/// Begins one transaction around all migrations, under an advisory lock that ends with it.
pub(super) fn begin_migrating(conn: &mut PgConnection) -> Result<()> {
    conn.batch_execute("SET lock_timeout = '10min'")?;
    begin(conn)?;
    if let Err(error) = conn.batch_execute(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")) {
        end_migrating(conn, false)?;
        return Err(error.into());
    }
    Ok(())
}

pub(super) fn end_migrating(conn: &mut PgConnection, keep: bool) -> Result<()> {
    let ended = match keep {
        true => AnsiTransactionManager::commit_transaction(conn).map_err(of_commit),
        false => AnsiTransactionManager::rollback_transaction(conn).map_err(Error::from),
    };
    ended?;
    Ok(conn.batch_execute(&format!("SET lock_timeout = {}", LOCK_WAIT.as_millis()))?)
}

/// How `pg_dump` backs up the database in one moment; it asks for the password.
pub(super) fn dump_command(url: &str, file: &Path) -> Option<String> {
    let mut url = url::Url::parse(url).ok()?;
    // Without a host there is no password to take away.
    let _ = url.set_password(None);
    let public = |parameter: &&str| !parameter.split('=').next().is_some_and(|name| name.ends_with("password"));
    let parameters = url.query().map(|query| query.split('&').filter(public).collect::<Vec<_>>().join("&"));
    url.set_query(parameters.as_deref().filter(|query| !query.is_empty()));
    Some(shell_line(&["pg_dump", "--format=custom", &format!("--file={}", file.display()), url.as_str()]))
}

/// Names the isolation level: the default is up to the role, the database, and whoever used the session of a pooler before.
pub(super) fn begin(conn: &mut PgConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN ISOLATION LEVEL READ COMMITTED")
}

pub(super) fn begin_snapshot(conn: &mut PgConnection) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
}

pub(super) fn allow_idleness(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")
}

/// PostgreSQL counts ids apart from the rows.
pub(super) fn continue_ids(conn: &mut PgConnection) -> QueryResult<()> {
    const TABLES: [&str; 8] =
        ["users", "categories", "products", "price_changes", "orders", "inventory_movements", "payments", "refunds"];
    for table in TABLES {
        conn.batch_execute(&format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), GREATEST(MAX(id), 1), MAX(id) IS NOT NULL) \
             FROM {table}"
        ))?;
    }
    Ok(())
}

impl ToSql<Timestamp, Pg> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamp, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<Timestamp, Pg> for Stamp {
    fn from_sql(value: <Pg as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Timestamp, Pg>::from_sql(value).map(Self)
    }
}
