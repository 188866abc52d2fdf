//! Options for opening a database.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Database, Inner};
#[cfg(feature = "accounts")]
use crate::accounts::Semaphore;
use crate::analytics::sales;
use crate::engine::{
    Applied, Connection, DatabaseUrl, Engine, Health, HiddenUrl, Lane, Pool, Probe, Purpose, STATEMENT, Watch, Workers,
    Writer, without_password,
};
use crate::error::{Error, Result, Unavailable};
use crate::migrations;
use crate::types::settings::Settings;

/// Maximum of the time limits: one day.
const MOST: Duration = Duration::from_secs(86_400);

/// The row locked by folds, used to probe whether the shop can be read and written.
const PROBE: Probe = Probe { read: sales::read_lock, touch: sales::touch_lock, write: sales::lock };

/// Options for opening a database. Made by [`Database::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct DatabaseBuilder {
    url: HiddenUrl,
    hosts: Vec<String>,
    migrate: bool,
    connections: u32,
    wait: Duration,
    statement: Duration,
    #[cfg(feature = "accounts")]
    password_hashers: usize,
    settings: Settings,
    read_only: bool,
    idempotency_retention: Option<Duration>,
}

impl DatabaseBuilder {
    pub(super) fn new(url: String) -> Self {
        Self {
            url: HiddenUrl(url),
            hosts: Vec::new(),
            migrate: true,
            connections: 16,
            wait: Duration::from_secs(10),
            statement: STATEMENT,
            #[cfg(feature = "accounts")]
            password_hashers: std::thread::available_parallelism().map_or(1, usize::from),
            settings: Settings::default(),
            read_only: false,
            idempotency_retention: None,
        }
    }

    /// Hosts of a server, each with its port if it is not the default: `["db1", "db2:3307", "[::1]"]`. They replace those
    /// of the URL, and are tried in order, as several hosts in the URL are. Has no meaning for SQLite, which refuses it.
    ///
    /// ```
    /// use ecomdb::Database;
    ///
    /// let refused = Database::builder(":memory:").hosts(["db1", "db2"]).open().unwrap_err();
    /// assert_eq!(refused.to_string(), "`hosts` are for a server; a SQLite database has none");
    /// ```
    pub fn hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// Whether to apply migrations; on by default. When off, opening a database with an older schema fails.
    pub const fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Whether to open the database read-only; off by default. The database must exist with the current schema. Nothing
    /// is changed: no migrations, and no byte of a SQLite file or its folder, which may be read-only. (If a killed
    /// program left a write-ahead log, SQLite reads it and creates a `-shm` file beside it.) Writes fail with
    /// [`Unavailable::ReadOnly`](crate::Unavailable::ReadOnly). Reports are exact, but slower while sales are queued.
    pub const fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Maximum number of pooled connections; 16 by default. On SQLite they serve readers, and the single writer has its
    /// own connection. On MariaDB and MySQL, a quarter of the pool is reserved for placing orders; concurrent orders
    /// share a transaction.
    pub const fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// Maximum time that an operation waits for connections, over all its attempts; 10 seconds by default, at most a
    /// day. It then fails with [`Error::Overloaded`] if none is free, or [`Error::Unavailable`] if the server accepts
    /// none. After a server has refused a connection, other operations fail at once until it is back.
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Maximum duration of a statement on a server; 10 minutes by default, from a second to a day. A longer statement
    /// is cancelled and its operation fails with [`Error::Overloaded`]; a server that does not respond is given up a
    /// little later. Bulk loads are not limited. Migrations are limited to 10 minutes per statement on PostgreSQL, and
    /// not on MariaDB and MySQL. Has no effect on SQLite.
    pub const fn statement_timeout(mut self, statement: Duration) -> Self {
        self.statement = statement;
        self
    }

    /// Maximum number of concurrent password hashes; the number of processors by default. Each uses 19 MB and a
    /// processor. Further requests wait in a bounded queue, and fail with [`Error::Overloaded`] when it is full or too
    /// slow.
    #[cfg(feature = "accounts")]
    pub const fn password_hashers(mut self, password_hashers: usize) -> Self {
        self.password_hashers = password_hashers;
        self
    }

    /// Source of the times in rows and of the expiry of sessions, API keys and idempotency keys; the system clock by
    /// default. It must return times in the years 1970 to 9999. It is called inside transactions and from several
    /// threads, so it must not use this database.
    ///
    /// Times of an order never run backwards, whatever the clock returns.
    ///
    /// ```
    /// use chrono::{DateTime, TimeDelta, Utc};
    /// use ecomdb::{Database, NewUser};
    ///
    /// let noon: DateTime<Utc> = "2026-03-02T12:00:00Z".parse()?;
    /// let db = Database::builder("sqlite::memory:").clock(move || noon).open()?;
    /// let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// assert_eq!(ada.created_at, noon);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.settings.clock = Some(Arc::new(clock));
        self
    }

    /// Retention of idempotency keys; 30 days by default, from a minute to 100 years. An older key counts as unused,
    /// and is deleted by later requests with keys, a few hundred at a time.
    pub const fn idempotency_retention(mut self, retention: Duration) -> Self {
        self.idempotency_retention = Some(retention);
        self
    }

    /// Opens the database.
    ///
    /// # Errors
    /// [`Error::Configuration`] for an invalid URL, an engine that is not compiled in, a schema newer than this
    /// program, or tables of another application with the shop's names. [`Error::Unavailable`] for an unreachable
    /// server. A mistyped URL creates nothing.
    pub fn open(mut self) -> Result<Database> {
        if let Some(retention) = self.idempotency_retention {
            self.settings.idempotency_retention = allowed(retention)?;
        }
        if self.wait > MOST {
            return Err(Error::Configuration("`wait` must be at most 1 day".to_owned()));
        }
        if !(Duration::from_secs(1)..=MOST).contains(&self.statement) {
            return Err(Error::Configuration("`statement_timeout` must be from 1 second to 1 day".to_owned()));
        }
        let url = DatabaseUrl::parse_with_hosts(&self.url.0, &self.hosts)?.connect_within(self.wait);
        if self.connections == 0 {
            return Err(Error::Configuration("a database needs at least 1 connection, not 0".to_owned()));
        }
        if self.read_only {
            return self.open_to_read(DatabaseUrl { read_only: true, ..url });
        }
        if self.migrate {
            url.create_missing_file()?;
        } else {
            url.refuse_missing_file()?;
        }
        // Record the file before opening it: a file that replaces it later is another database.
        url.note_file()?;
        let mut first = Connection::open(&url, Purpose::Write).map_err(|error| without_password(error, &url))?;
        first.refuse_unsuitable()?;
        let applied = if self.migrate {
            migrate(&mut first, &url)?
        } else {
            first.refuse_older_schema(migrations::of(url.engine))?;
            first.settle()?;
            Applied::default()
        };
        if let Err(replaced) = url.note_log() {
            // Closing the connection would delete the log of the database that replaced this one.
            std::mem::forget(first);
            return Err(replaced);
        }
        url.warn_of_readers();
        let writer = match url.engine {
            Engine::Sqlite => Some(Writer::start(url.clone(), first, self.settings.clone())?),
            Engine::Mysql | Engine::Postgres => None,
        };
        let url = url.limit_statements(self.statement);
        let watch = Watch::of(&url, PROBE);
        let order_lane = watch.as_ref().and_then(|watch| {
            Lane::new(super::orders::TOGETHER, &url, self.connections, self.wait, watch).map(Arc::new)
        });
        let reserved = order_lane.as_ref().map_or(0, |lane| lane.pool().size());
        let connections = self.connections - reserved;
        let is_server = url.engine.is_server();
        let pool = Pool::new(url.clone(), url.engine.pool_purpose(), connections, self.wait, watch);
        Ok(Database {
            inner: Arc::new(Inner {
                url,
                pool,
                #[cfg(feature = "accounts")]
                password_slots: Semaphore::new(self.password_hashers),
                settings: self.settings,
                health: Health::default(),
                applied,
                writes: AtomicU64::new(0),
                writer,
                order_lane,
                workers: workers(is_server, self.connections, reserved, self.wait),
            }),
        })
    }

    fn open_to_read(self, url: DatabaseUrl) -> Result<Database> {
        let url = url.limit_statements(self.statement);
        let is_server = url.engine.is_server();
        let pool = Pool::new(url.clone(), Purpose::Read, self.connections, self.wait, Watch::of(&url, PROBE));
        url.refuse_missing_file()?;
        url.note_file()?;
        pool.read(&|conn| {
            conn.refuse_unsuitable()?;
            conn.refuse_older_schema(migrations::of(url.engine))
        })?;
        Ok(Database {
            inner: Arc::new(Inner {
                url,
                pool,
                #[cfg(feature = "accounts")]
                password_slots: Semaphore::new(self.password_hashers),
                settings: self.settings,
                health: Health::default(),
                applied: Applied::default(),
                writes: AtomicU64::new(0),
                writer: None,
                order_lane: None,
                workers: workers(is_server, self.connections, 0, self.wait),
            }),
        })
    }
}

/// As many threads as connections. On a server, each waits for one; a read of SQLite only computes, mostly for
/// microseconds, so half of the processors suffice, and more threads would only wake each other. Connections reserved for
/// batches have their threads, too.
fn workers(is_server: bool, connections: u32, reserved: u32, wait: Duration) -> Arc<Workers> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let most = connections as usize;
    let usual = if is_server { most } else { most.min(processors.div_ceil(2)) };
    Arc::new(Workers::new(most, usual, reserved as usize, wait))
}

/// Migrates the schema. Writes nothing if it is current, so that a read-only database can be opened.
fn migrate(conn: &mut Connection, url: &DatabaseUrl) -> Result<Applied> {
    conn.migrate(url, migrations::of(url.engine)).map_err(|error| match error {
        Error::Unavailable(why @ (Unavailable::ReadOnly(_) | Unavailable::NoAccess(_))) => Error::Configuration(format!(
            "the schema lacks migrations that cannot be made here: {why}; run `ecomdb migrate` on the server that can be \
             written, as a user who may create tables"
        )),
        other => other,
    })
}

/// Validates the retention of idempotency keys.
fn allowed(retention: Duration) -> Result<TimeDelta> {
    let allowed = TimeDelta::minutes(1)..=TimeDelta::days(36_500);
    let retention = TimeDelta::from_std(retention).ok().filter(|retention| allowed.contains(retention));
    retention
        .ok_or_else(|| Error::Configuration("`idempotency_retention` must be from 1 minute to 100 years".to_owned()))
}
