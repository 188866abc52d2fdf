//! PostgreSQL, with a driver based on the messages of the crate `postgres-protocol`. Libpq, and Diesel's connection
//! that uses it, hide SQLSTATEs, wait for responses without limit, and prepare an unlimited number of statements.

mod connection;
mod driver;
mod error;
mod options;
mod pipeline;
mod row;
mod session;
mod socket;
mod startup;
mod statements;
mod tls;
mod wire;

pub use self::connection::PgConnection;
pub(crate) use self::pipeline::Ticket;

use std::path::Path;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::deserialize::{self, FromSql};
use diesel::pg::Pg;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Text, Timestamp};

use self::options::{Options, Target};
use super::failure::of_connecting;
use super::redacted::split_scheme;
use super::times::{Compared, Moment, text_of};
use super::url::shell_line;
use super::{DatabaseUrl, IDLE_TRANSACTION, Purpose};
use crate::error::{Error, Result};

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

impl ToSql<Moment, Pg> for DateTime<Utc> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamp, Pg>::to_sql(&self.naive_utc(), &mut out.reborrow())
    }
}

impl ToSql<Compared, Pg> for DateTime<Utc> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Text, Pg>::to_sql(&text_of(*self), &mut out.reborrow())
    }
}

impl FromSql<Moment, Pg> for DateTime<Utc> {
    fn from_sql(value: <Pg as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <NaiveDateTime as FromSql<Timestamp, Pg>>::from_sql(value).map(|time| time.and_utc())
    }
}
