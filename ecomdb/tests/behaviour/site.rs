//! An empty database of its own for each test on each engine.

use std::sync::atomic::{AtomicUsize, Ordering};

use ecomdb::Database;

#[cfg(feature = "postgres")]
use super::isolation::Isolation;

/// An empty database that is dropped with the test.
pub(crate) struct Site {
    /// The URL of the first node.
    pub(crate) url: String,
    /// The URLs of the nodes, used in turn; one unless it is a cluster.
    pub(super) urls: Vec<String>,
    next: AtomicUsize,
    place: Place,
}

enum Place {
    #[cfg(feature = "sqlite")]
    File(tempfile::TempDir),
    #[cfg(feature = "mysql")]
    Mysql(Server),
    #[cfg(feature = "postgres")]
    Postgres(Server),
}

/// A database on a server.
#[cfg(any(feature = "mysql", feature = "postgres"))]
struct Server {
    /// The URLs of the nodes, without the database.
    urls: Vec<String>,
    name: String,
}

/// Runs an expression on the site's database, without the library.
macro_rules! on_site {
    ($site:expr, $conn:ident => $body:expr) => {
        match &$site.place {
            #[cfg(feature = "sqlite")]
            Place::File(_) => {
                use diesel::Connection as _;
                let path = $site.next_url().strip_prefix("sqlite://").unwrap();
                let $conn = &mut diesel::SqliteConnection::establish(path).unwrap();
                // Closing connections of the shop hold locks for a moment.
                diesel::connection::SimpleConnection::batch_execute($conn, "PRAGMA busy_timeout = 20000").unwrap();
                $body
            }
            #[cfg(feature = "mysql")]
            Place::Mysql(_) => {
                use diesel::Connection as _;
                let $conn = &mut ecomdb::MysqlConnection::establish($site.next_url()).unwrap();
                if $site.urls.len() > 1 {
                    let wait = "SET SESSION wsrep_sync_wait = 7";
                    diesel::connection::SimpleConnection::batch_execute($conn, wait).unwrap();
                }
                $body
            }
            #[cfg(feature = "postgres")]
            Place::Postgres(_) => {
                use diesel::Connection as _;
                let $conn = &mut ecomdb::PgConnection::establish($site.next_url()).unwrap();
                $body
            }
        }
    };
}

impl Site {
    #[cfg(feature = "sqlite")]
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("shop.db").display());
        Self::new(vec![url], Place::File(folder))
    }

    #[cfg(feature = "mysql")]
    pub(crate) fn mysql() -> Self {
        let server = Server::create("ECOMDB_TEST_MYSQL_URL", run_mysql);
        Self::new(server.urls(), Place::Mysql(server))
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn postgres() -> Self {
        match Isolation::of_all_tests() {
            Some(level) => Self::postgres_at(level),
            None => {
                let server = Server::create("ECOMDB_TEST_POSTGRES_URL", run_postgres);
                Self::new(server.urls(), Place::Postgres(server))
            }
        }
    }

    /// On a PostgreSQL with only this isolation level.
    #[cfg(feature = "postgres")]
    pub(crate) fn postgres_at(level: Isolation) -> Self {
        let server = Server::create("ECOMDB_TEST_POSTGRES_URL", run_postgres);
        let default = format!("ALTER DATABASE {} SET default_transaction_isolation = '{level}'", server.name);
        run_postgres(&server.urls[0], &default);
        let url = format!("{}/{}", level.proxied(&server.urls[0]), server.name);
        Self::new(vec![url], Place::Postgres(server))
    }

    fn new(urls: Vec<String>, place: Place) -> Self {
        Self { url: urls[0].clone(), urls, next: AtomicUsize::new(0), place }
    }

    pub(crate) fn open(&self) -> Database {
        Database::open(self.next_url()).unwrap()
    }

    /// The URL of the next node in turn.
    pub(crate) fn next_url(&self) -> &str {
        &self.urls[self.next.fetch_add(1, Ordering::Relaxed) % self.urls.len()]
    }

    /// Whether there are several nodes.
    #[cfg(feature = "mysql")]
    pub(crate) fn is_cluster(&self) -> bool {
        self.urls.len() > 1
    }

    pub(crate) fn run(&self, statements: &str) {
        use diesel::connection::SimpleConnection as _;

        on_site!(self, conn => conn.batch_execute(statements).unwrap());
    }

    /// The number of rows of a table, or of any FROM clause.
    pub(crate) fn count(&self, from: &str) -> i64 {
        use diesel::RunQueryDsl as _;
        use diesel::dsl::sql;
        use diesel::sql_types::BigInt;

        let count = format!("(SELECT COUNT(*) FROM {from})");
        on_site!(self, conn => diesel::select(sql::<BigInt>(&count)).get_result(conn).unwrap())
    }

    /// Runs the body while another connection holds the lock that migrators need.
    pub(crate) fn while_locked(&self, body: impl FnOnce()) {
        use diesel::connection::SimpleConnection as _;

        let lock = match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(_) => "BEGIN IMMEDIATE",
            #[cfg(feature = "mysql")]
            Place::Mysql(_) => "BEGIN; SELECT * FROM ecomdb_migrating FOR UPDATE",
            #[cfg(feature = "postgres")]
            Place::Postgres(_) => {
                "BEGIN; LOCK TABLE ecomdb_schema, ecomdb_views IN ROW EXCLUSIVE MODE; \
                SELECT pg_advisory_xact_lock(x'65636f6d6462'::bigint)"
            }
        };
        on_site!(self, conn => {
            conn.batch_execute(lock).unwrap();
            body();
            conn.batch_execute("ROLLBACK").unwrap();
        });
    }

    /// The number of tables, views and indexes.
    pub(crate) fn names(&self) -> i64 {
        self.count(match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(_) => "sqlite_schema",
            #[cfg(feature = "mysql")]
            Place::Mysql(_) => "information_schema.tables WHERE table_schema = DATABASE()",
            #[cfg(feature = "postgres")]
            Place::Postgres(_) => "pg_class WHERE relnamespace = current_schema()::regnamespace",
        })
    }

    /// The files of the database's folder, with their contents.
    pub(crate) fn files(&self) -> Vec<(std::ffi::OsString, Vec<u8>)> {
        match &self.place {
            #[cfg(feature = "sqlite")]
            Place::File(folder) => {
                let files = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
                files.map(|file| (file.file_name(), std::fs::read(file.path()).unwrap())).collect()
            }
            #[allow(unreachable_patterns, reason = "reachable when a server engine is compiled in")]
            _ => Vec::new(),
        }
    }
}

#[cfg(any(feature = "mysql", feature = "postgres"))]
impl Server {
    fn create(variable: &str, run: fn(&str, &str)) -> Self {
        let url = std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} is not set: run tests/run, or python3 tests/servers.py mysql postgres -- cargo test ...")
        });
        let name = format!("shop_{}_{}", std::process::id(), super::NEXT.fetch_add(1, Ordering::Relaxed));
        let urls = url.split_whitespace().map(|url| url.trim_end_matches('/').to_owned()).collect();
        let server = Self { urls, name };
        run(&server.urls[0], &format!("CREATE DATABASE {}", server.name));
        for other in &server.urls[1..] {
            run(other, "SET SESSION wsrep_sync_wait = 7; SELECT 1");
        }
        server
    }

    fn urls(&self) -> Vec<String> {
        self.urls.iter().map(|url| format!("{url}/{}", self.name)).collect()
    }
}

#[cfg(feature = "mysql")]
fn run_mysql(url: &str, statement: &str) {
    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;

    ecomdb::MysqlConnection::establish(url).unwrap().batch_execute(statement).unwrap();
}

#[cfg(feature = "postgres")]
fn run_postgres(url: &str, statement: &str) {
    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;

    ecomdb::PgConnection::establish(&format!("{url}/postgres")).unwrap().batch_execute(statement).unwrap();
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::File(_) => {}
            #[cfg(feature = "mysql")]
            Self::Mysql(server) => run_mysql(&server.urls[0], &format!("DROP DATABASE {}", server.name)),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => {
                run_postgres(&server.urls[0], &format!("DROP DATABASE {} WITH (FORCE)", server.name));
            }
        }
    }
}
