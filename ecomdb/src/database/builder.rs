//! How a database is opened.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Database, Inner};
use crate::accounts::Semaphore;
use crate::analytics::sales;
#[cfg(feature = "sqlite")]
use crate::engine::Writer;
use crate::engine::{
    Connection, DatabaseUrl, Health, HiddenUrl, Pool, Probe, Purpose, STATEMENT, Watch, without_password,
};
#[cfg(feature = "mysql")]
use crate::engine::{Engine, Lane};
use crate::error::{Error, Result, Unavailable};
use crate::types::settings::Settings;

/// The longest wait for a connection, and the longest that a statement may take.
const MOST: Duration = Duration::from_secs(86_400);

/// The row that folds of sales lock shows whether the shop can be read and written.
const PROBE: Probe = Probe { read: sales::read_lock, touch: sales::touch_lock, write: sales::lock };

/// How to open a database; made by [`Database::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct DatabaseBuilder {
    url: HiddenUrl,
    migrate: bool,
    connections: u32,
    wait: Duration,
    statement: Duration,
    password_hashers: usize,
    settings: Settings,
    read_only: bool,
    idempotency_retention: Option<Duration>,
}

impl DatabaseBuilder {
    pub(super) fn new(url: String) -> Self {
        let password_hashers = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            url: HiddenUrl(url),
            migrate: true,
            connections: 16,
            wait: Duration::from_secs(10),
            statement: STATEMENT,
            password_hashers,
            settings: Settings::default(),
            read_only: false,
            idempotency_retention: None,
        }
    }

    /// Whether to bring the schema up to date first; it does unless told otherwise. Without it, opening a database
    /// whose schema is older fails.
    pub const fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Whether the database is only read; it is not unless told otherwise. Then it has to exist, with the schema of this
    /// program, and nothing is changed: no migrations, and on SQLite not a byte in the file or its folder, which may be
    /// read-only. (A write-ahead log that a program left behind when it was killed is read, too, for which SQLite makes a
    /// `-shm` file beside it.) Writes fail with [`Unavailable::ReadOnly`](crate::Unavailable::ReadOnly); reports are right,
    /// if slower while sales wait.
    pub const fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// How many pooled connections at the most, 16 unless told otherwise. On SQLite these serve the readers: the one
    /// writer has a connection of its own. On MariaDB and MySQL a quarter of them only place orders, those that come at the
    /// same time together.
    pub const fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// How long an operation waits for a connection: 10 seconds unless told otherwise, a day at the most. It gives up as overloaded when none
    /// becomes free, and as unavailable when the server does not accept one in that time. All attempts of an operation
    /// share the time. As soon as a server has refused a connection, others give up at once until it is back.
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// How long a server may take for one statement: 10 minutes unless told otherwise, a second at least and a day at
    /// the most. It ends a statement that takes longer, and the operation gives up as overloaded; a server that says nothing
    /// any more is given up a little later. Bulk loads have no limit. The statements of migrations have 10 minutes on PostgreSQL, and no limit on
    /// MariaDB and MySQL. On SQLite it has no meaning.
    pub const fn statement_timeout(mut self, statement: Duration) -> Self {
        self.statement = statement;
        self
    }

    /// How many passwords are hashed at once at the most, each with 19 MB and a processor of its own: as many as there
    /// are processors unless told otherwise. The others wait for a while, and are then turned away as too many.
    pub const fn password_hashers(mut self, password_hashers: usize) -> Self {
        self.password_hashers = password_hashers;
        self
    }

    /// Where the time comes from that is written into rows and that sessions, API keys and idempotency keys end by: the
    /// system's clock unless told otherwise. It should show a time of the years 1970 to 9999. It is asked inside of
    /// transactions, from several threads, so it must not use this database.
    ///
    /// What happens to an order never precedes what happened to it before, whatever the clock shows.
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

    /// How long an idempotency key is kept after it was used: 30 days unless told otherwise, a minute at least and
    /// 100 years at most. A key
    /// that is older counts as not used, and requests with keys delete it, a few hundred at a time.
    pub const fn idempotency_retention(mut self, retention: Duration) -> Self {
        self.idempotency_retention = Some(retention);
        self
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a URL that names no database, an engine that is not compiled in, or a schema that
    /// is newer than this program, or a database where another application has tables with names of the shop's;
    /// [`Error::Unavailable`] for a server that cannot be reached. A mistyped URL creates nothing.
    pub fn open(mut self) -> Result<Database> {
        if let Some(retention) = self.idempotency_retention {
            self.settings.idempotency_retention = allowed(retention)?;
        }
        if self.wait > MOST {
            return Err(Error::Configuration("`wait` is 1 day at the most".to_owned()));
        }
        if !(Duration::from_secs(1)..=MOST).contains(&self.statement) {
            return Err(Error::Configuration(
                "`statement_timeout` is 1 second at least, and 1 day at the most".to_owned(),
            ));
        }
        let url = DatabaseUrl::parse(&self.url.0)?.patient(self.wait);
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
        // Before anything is opened: a file that takes its place from now on is another database.
        url.note_file()?;
        let mut first = Connection::open(&url, Purpose::Write).map_err(|error| without_password(error, &url))?;
        first.refuse_unsuitable()?;
        if self.migrate {
            migrate(&mut first, &url)?;
        } else {
            refuse_older_schema(&mut first)?;
        }
        if let Err(replaced) = url.note_log() {
            // Closing it would delete the log of the database that has taken its place.
            std::mem::forget(first);
            return Err(replaced);
        }
        url.warn_of_readers();
        #[cfg(feature = "sqlite")]
        let writer = match first {
            Connection::Sqlite(_) => Some(Writer::start(url.clone(), first, self.settings.clone())?),
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            _ => None,
        };
        let url = url.limit_statements(self.statement);
        let watch = Watch::of(&url, PROBE);
        #[cfg(feature = "mysql")]
        let order_lane = match url.engine {
            Engine::Mysql => Lane::new(super::orders::TOGETHER, &url, self.connections, self.wait, watch.as_ref()),
            _ => None,
        };
        #[cfg(feature = "mysql")]
        let connections = self.connections - order_lane.as_ref().map_or(0, |lane| lane.pool().size());
        #[cfg(not(feature = "mysql"))]
        let connections = self.connections;
        let pool = Pool::new(url.clone(), url.engine.pool_purpose(), connections, self.wait, watch);
        Ok(Database {
            inner: Arc::new(Inner {
                url,
                pool,
                password_slots: Semaphore::new(self.password_hashers),
                settings: self.settings,
                health: Health::default(),
                writes: AtomicU64::new(0),
                #[cfg(feature = "sqlite")]
                writer,
                #[cfg(feature = "mysql")]
                order_lane,
            }),
        })
    }

    fn open_to_read(self, url: DatabaseUrl) -> Result<Database> {
        let url = url.limit_statements(self.statement);
        let pool = Pool::new(url.clone(), Purpose::Read, self.connections, self.wait, Watch::of(&url, PROBE));
        url.refuse_missing_file()?;
        url.note_file()?;
        pool.read(&|conn| {
            conn.refuse_unsuitable()?;
            refuse_older_schema(conn)
        })?;
        Ok(Database {
            inner: Arc::new(Inner {
                url,
                pool,
                password_slots: Semaphore::new(self.password_hashers),
                settings: self.settings,
                health: Health::default(),
                writes: AtomicU64::new(0),
                #[cfg(feature = "sqlite")]
                writer: None,
                #[cfg(feature = "mysql")]
                order_lane: None,
            }),
        })
    }
}

/// Writes nothing where nothing is to be migrated, so a database that can only be read can be opened.
fn migrate(conn: &mut Connection, url: &DatabaseUrl) -> Result<()> {
    conn.migrate(url).map_err(|error| match error {
        Error::Unavailable(why @ (Unavailable::ReadOnly(_) | Unavailable::NoAccess(_))) => Error::Configuration(format!(
            "the schema lacks migrations that cannot be made here: {why}; run `ecomdb migrate` on the server that can be \
             written, as a user who may create tables"
        )),
        other => other,
    })
}

fn refuse_older_schema(conn: &mut Connection) -> Result<()> {
    match conn.pending_migrations()? {
        0 => Ok(()),
        pending => Err(Error::Configuration(format!(
            "the schema lacks {pending} migrations: run `ecomdb migrate`, or open it with migrations on"
        ))),
    }
}

/// How long idempotency keys are kept, if they can be.
fn allowed(retention: Duration) -> Result<TimeDelta> {
    let allowed = TimeDelta::minutes(1)..=TimeDelta::days(36_500);
    let retention = TimeDelta::from_std(retention).ok().filter(|retention| allowed.contains(retention));
    retention.ok_or_else(|| {
        Error::Configuration("idempotency keys are kept for a minute at least, and 100 years at most".to_owned())
    })
}
