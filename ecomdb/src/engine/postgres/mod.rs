//! PostgreSQL, with a driver based on the messages of the crate `postgres-protocol`. Libpq, and Diesel's connection
//! that uses it, hide SQLSTATEs, wait for responses without limit, and prepare an unlimited number of statements.

mod connection;
mod error;
mod options;
mod row;
mod session;
mod socket;
mod startup;
mod statements;
mod tls;
mod wire;

pub use self::connection::PgConnection;

use std::path::Path;

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager as _};
use diesel::deserialize::{self, FromSql};
use diesel::pg::Pg;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Timestamp;

use self::options::{Options, Target};
use super::failure::of_connecting;
use super::migrations::Catalog;
use super::redacted::split_scheme;
use super::url::shell_line;
use super::{DatabaseUrl, IDLE_TRANSACTION, Purpose, of_commit};
use crate::error::{Error, Result};
use crate::types::time::Stamp;

pub(super) static CATALOG: Catalog = Catalog {
    names: "SELECT relname::text FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace",
    references: REFERENCES,
    dropping: None,
};
/// Foreign keys and views. PostgreSQL itself refuses to drop tables with other dependencies.
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

/// Key of the advisory lock: the letters "ecomdb" as a number.
const MIGRATION_LOCK: i64 = 0x65_63_6f_6d_64_62;

/// For cached data and SSDs. With PostgreSQL's default, meant for rotating disks, an order scans a small catalog
/// instead of looking up three products.
const PAGE_COST: &str = "1.1";

/// Fails if the URL has an unsupported parameter or an invalid value.
pub(super) fn check(url: &str) -> Result<()> {
    Options::parse(url).map(|_| ()).map_err(Error::Configuration)
}

pub(super) fn connect(url: &DatabaseUrl, purpose: Purpose) -> Result<PgConnection> {
    let options = Options::parse(&url.target).map_err(Error::Configuration)?;
    let writes = purpose != Purpose::Read && !url.read_only;
    let usual = if options.places.len() > 1 && writes { Target::ReadWrite } else { Target::Any };
    let target = options.target.unwrap_or(usual);
    let shared = [
        ("timezone", "UTC".to_owned()),
        ("lock_timeout", purpose.lock_wait().as_millis().to_string()),
        ("statement_timeout", url.statement.as_millis().to_string()),
        ("idle_in_transaction_session_timeout", IDLE_TRANSACTION.as_millis().to_string()),
        ("random_page_cost", PAGE_COST.to_owned()),
    ];
    let (mut session, mut transaction) = (shared.to_vec(), shared.to_vec());
    session.push(("tcp_keepalives_idle", "30".to_owned()));
    session.push(("tcp_keepalives_interval", "10".to_owned()));
    session.push(("tcp_keepalives_count", "3".to_owned()));
    if purpose == Purpose::Read {
        session.push(("default_transaction_read_only", "on".to_owned()));
        transaction.push(("transaction_read_only", "on".to_owned()));
    }
    let connected = PgConnection::connect(&options, target, url.patience, &session, &transaction);
    let mut conn = connected.map_err(of_connecting)?;
    conn.settle(url.silence());
    Ok(conn)
}

/// Sets the isolation level explicitly, because the default depends on role, database and a pooler's other clients.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Begins a transaction together with its first statement, which saves a round trip.
pub(super) fn begin(conn: &mut PgConnection) -> QueryResult<()> {
    match AnsiTransactionManager::transaction_manager_status_mut(conn).transaction_depth()? {
        None => conn.begin_later(BEGIN),
        Some(_) => AnsiTransactionManager::begin_transaction(conn),
    }
}

/// Sends a pending BEGIN.
pub(super) fn send_begin(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute("")
}

/// Begins one transaction around all migrations, with an advisory lock until its end. Names refer to the shop's schema
/// only, not to the rest of the search path.
pub(super) fn begin_migrating(conn: &mut PgConnection) -> Result<()> {
    begin(conn)?;
    let lock = format!(
        "SELECT set_config('search_path', quote_ident(current_schema()), true); \
         SET LOCAL lock_timeout = '10min'; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
    );
    if let Err(error) = conn.batch_execute(&lock) {
        end_migrating(conn, false)?;
        return Err(error.into());
    }
    Ok(())
}

pub(super) fn end_migrating(conn: &mut PgConnection, keep: bool) -> Result<()> {
    match keep {
        true => AnsiTransactionManager::commit_transaction(conn).map_err(of_commit),
        false => AnsiTransactionManager::rollback_transaction(conn).map_err(Error::from),
    }
}

/// Command line of `pg_dump` for a consistent backup; it prompts for the password.
pub(super) fn dump_command(url: &str, file: &Path) -> Option<String> {
    let (scheme, rest) = split_scheme(url);
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (login, hosts) = authority.rsplit_once('@').map_or((None, authority), |(login, hosts)| (Some(login), hosts));
    let user = login.and_then(|login| login.split(':').next()).map(|user| format!("{user}@")).unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let public = |parameter: &&str| !parameter.split('=').next().is_some_and(|name| name.ends_with("password"));
    let parameters = query.split('&').filter(|it| !it.is_empty()).filter(public).collect::<Vec<_>>().join("&");
    let query = if parameters.is_empty() { parameters } else { format!("?{parameters}") };
    let url = format!("{scheme}{user}{hosts}{path}{query}");
    Some(shell_line(&["pg_dump", "--format=custom", &format!("--file={}", file.display()), &url]))
}

pub(super) fn begin_snapshot(conn: &mut PgConnection) -> QueryResult<()> {
    conn.begin_later("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
}

pub(super) fn allow_idleness(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")
}

/// Sequences are independent of the rows, so set them.
pub(super) fn continue_ids(conn: &mut PgConnection, tables: &[super::Target]) -> QueryResult<()> {
    let with_sequence = tables.iter().filter(|table| table.columns.contains(&"id")).map(|table| table.name);
    for table in with_sequence {
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
