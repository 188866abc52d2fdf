//! How a database is opened.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::{DateTime, Utc};

#[cfg(feature = "mysql")]
use super::order_lane::OrderLane;
use super::pool::Pool;
#[cfg(feature = "sqlite")]
use super::writer;
use super::{Database, Inner, without_password};
use crate::auth::Gate;
#[cfg(feature = "mysql")]
use crate::backend::Engine;
use crate::backend::{Connection, DatabaseUrl, Purpose};
use crate::error::{Error, Result};
use crate::types::settings::Settings;

/// How to open a database; made by [`Database::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct DatabaseBuilder {
    url: String,
    migrate: bool,
    connections: u32,
    wait: Duration,
    password_hashers: usize,
    settings: Settings,
}

impl DatabaseBuilder {
    pub(super) fn new(url: String) -> Self {
        let password_hashers = std::thread::available_parallelism().map_or(1, usize::from);
        let settings = Settings::default();
        Self { url, migrate: true, connections: 16, wait: Duration::from_secs(10), password_hashers, settings }
    }

    /// Whether to bring the schema up to date first; it does unless told otherwise. Without it, opening a database
    /// whose schema is older fails.
    pub const fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// How many pooled connections at the most, 16 unless told otherwise. On SQLite these serve the readers: the one
    /// writer has a connection of its own. On MariaDB and MySQL a quarter of them only place orders, those that come at the
    /// same time together.
    pub const fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// How long to wait for a free connection before giving up as overloaded, and for a server to answer when it is
    /// connected to before giving up as unavailable: 10 seconds unless told otherwise.
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
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
    /// use chrono::{DateTime, Utc};
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

    /// Opens it.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a URL that names no database, an engine that is not compiled in, or a schema that
    /// is newer than this program, or a database where another application has tables with names of the shop's;
    /// [`Error::Unavailable`] for a server that cannot be reached. A mistyped URL creates nothing.
    pub fn open(self) -> Result<Database> {
        let url = DatabaseUrl::parse(&self.url)?.patient(self.wait);
        if self.connections == 0 {
            return Err(Error::Configuration("a database needs at least 1 connection, not 0".to_owned()));
        }
        let mut first = Connection::open(&url, Purpose::Write).map_err(|error| without_password(error, &url))?;
        if self.migrate {
            first.migrate()?;
        } else {
            let pending = first.pending_migrations()?;
            if pending > 0 {
                return Err(Error::Configuration(format!(
                    "the schema lacks {pending} migrations: run `ecomdb migrate`, or open it with migrations on"
                )));
            }
        }
        #[cfg(feature = "sqlite")]
        let writer = match first {
            Connection::Sqlite(_) => Some(writer::Writer::start(url.clone(), first, self.settings.clone())?),
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            _ => None,
        };
        #[cfg(feature = "mysql")]
        let order_lane = match url.engine {
            Engine::Mysql => OrderLane::new(&url, self.connections, self.wait),
            _ => None,
        };
        #[cfg(feature = "mysql")]
        let connections = self.connections - order_lane.as_ref().map_or(0, |lane| lane.pool.size());
        #[cfg(not(feature = "mysql"))]
        let connections = self.connections;
        let pool = Pool::new(url.clone(), url.engine.pool_purpose(), connections, self.wait);
        Ok(Database {
            inner: Arc::new(Inner {
                url,
                pool,
                gate: Gate::new(self.password_hashers),
                settings: self.settings,
                writes: AtomicU64::new(0),
                #[cfg(feature = "sqlite")]
                writer,
                #[cfg(feature = "mysql")]
                order_lane,
            }),
        })
    }
}
