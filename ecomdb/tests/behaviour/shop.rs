//! An empty shop for each test on each engine, and its usual contents.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use ecomdb::{
    Category, Conflict, Database, Error, NewOrder, NewPayment, NewProduct, NewUser, Order, OrderId, PaymentMethod,
    Product, ProductId, Result, User,
};

#[cfg(feature = "postgres")]
use self::isolation::Isolation;

// With the path, because the tests of analytics include this file.
#[cfg(feature = "postgres")]
#[path = "isolation.rs"]
pub(crate) mod isolation;

/// Makes each function a test on every compiled engine: `orders::sqlite::name`, `orders::mysql::name`, ... A test gets
/// a shop, or with `in Site:` before the first function an empty database. `at every isolation level:` adds tests on a
/// PostgreSQL with a single isolation level: see [`isolation`].
macro_rules! behaviours {
    (in $place:ident: $(fn $name:ident($shop:ident) $body:block)+) => {
        $(fn $name($shop: &crate::shop::$place) $body)+

        behaviours!(@on sqlite "sqlite" $place $($name)+);
        behaviours!(@on mysql "mysql" $place $($name)+);
        behaviours!(@on postgres "postgres" $place $($name)+);
    };
    (@on $engine:ident $feature:literal $place:ident $($name:ident)+) => {
        #[cfg(feature = $feature)]
        mod $engine {
            $(#[test]
            fn $name() {
                super::$name(&crate::shop::$place::$engine());
            })+
        }
    };
    ($(fn $name:ident($shop:ident) $body:block)+) => {
        behaviours!(in Shop: $(fn $name($shop) $body)+);
    };
    (at every isolation level: $(fn $name:ident($shop:ident) $body:block)+) => {
        behaviours!(in Shop: $(fn $name($shop) $body)+);

        behaviours!(@at repeatable_read RepeatableRead $($name)+);
        behaviours!(@at serializable Serializable $($name)+);
    };
    (@at $module:ident $level:ident $($name:ident)+) => {
        #[cfg(feature = "postgres")]
        mod $module {
            $(#[test]
            fn $name() {
                super::$name(&crate::shop::Shop::postgres_at(crate::shop::isolation::Isolation::$level));
            })+
        }
    };
}

/// A database that is dropped with the test. On a cluster it has a handle per node, used in turn.
pub(crate) struct Shop {
    dbs: Vec<Database>,
    next: AtomicUsize,
    pub(crate) url: String,
    site: Site,
}

/// An empty database that is dropped with the test.
pub(crate) struct Site {
    /// The URL of the first node.
    pub(crate) url: String,
    /// The URLs of the nodes, used in turn; one unless it is a cluster.
    urls: Vec<String>,
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

static NEXT: AtomicU32 = AtomicU32::new(0);

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

impl Shop {
    #[cfg(feature = "sqlite")]
    pub(crate) fn sqlite() -> Self {
        Self::open(Site::sqlite())
    }

    #[cfg(feature = "mysql")]
    pub(crate) fn mysql() -> Self {
        Self::open(Site::mysql())
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn postgres() -> Self {
        Self::open(Site::postgres())
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn postgres_at(level: Isolation) -> Self {
        Self::open(Site::postgres_at(level))
    }

    fn open(site: Site) -> Self {
        let dbs = site.urls.iter().map(|url| Database::open(url).unwrap()).collect();
        Self { dbs, next: AtomicUsize::new(0), url: site.url.clone(), site }
    }

    /// A second handle, like that of another process.
    pub(crate) fn open_again(&self) -> Database {
        self.site.open()
    }

    /// Whether several nodes answer.
    #[cfg(feature = "mysql")]
    pub(crate) fn is_cluster(&self) -> bool {
        self.site.is_cluster()
    }

    /// Runs statements outside the library's transactions.
    pub(crate) fn run(&self, statements: &str) {
        self.site.run(statements);
    }

    /// The handle of one node, for counters and caches of a single handle.
    pub(crate) fn handle(&self) -> &Database {
        &self.dbs[0]
    }

    /// A second handle that uses this clock.
    pub(crate) fn open_with(&self, clock: &TestClock) -> Database {
        let clock = clock.clone();
        Database::builder(self.site.next_url()).clock(move || clock.now()).open().unwrap()
    }

    pub(crate) fn user(&self) -> User {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        self.users().create(NewUser::new(&format!("user{n}@example.com"), "Ada", "Lovelace").unwrap()).unwrap()
    }

    pub(crate) fn category(&self) -> Category {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        self.categories().create(format!("Category {n}").as_str()).unwrap()
    }

    /// A product at a price such as `"29.99"`, in a category of its own.
    pub(crate) fn product(&self, price: &str, stock: i64) -> Product {
        let category = self.category();
        let product = NewProduct::builder("Desk lamp", category.id, price.parse().unwrap()).initial_stock(stock);
        self.products().create(product.build().unwrap()).unwrap()
    }

    pub(crate) fn try_order(&self, user: &User, items: &[(ProductId, i64)]) -> Result<Order> {
        self.orders().place(NewOrder::builder(user.id).items(items.iter().copied()).build()?)
    }

    /// An unpaid order.
    pub(crate) fn pending_order(&self, user: &User, items: &[(ProductId, i64)]) -> Order {
        self.try_order(user, items).unwrap()
    }

    /// An order with a captured payment.
    pub(crate) fn paid_order(&self, user: &User, items: &[(ProductId, i64)]) -> Order {
        let order = NewOrder::builder(user.id).items(items.iter().copied()).payment(card()).build().unwrap();
        self.orders().place(order).unwrap()
    }

    pub(crate) fn stock(&self, product: &Product) -> i64 {
        self.inventory().get(product.id).unwrap().quantity
    }

    pub(crate) fn order_now(&self, id: OrderId) -> Order {
        self.orders().get(id).unwrap()
    }

    /// Fails if `check` has findings.
    pub(crate) fn expect_clean(&self) {
        let findings: Vec<_> = self.check().unwrap().checks.into_iter().flat_map(|check| check.findings).collect();
        assert!(findings.is_empty(), "{findings:#?}");
    }
}

impl Deref for Shop {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.dbs[self.next.fetch_add(1, Ordering::Relaxed) % self.dbs.len()]
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // Close the connections before the database is dropped.
        self.dbs.clear();
    }
}

#[cfg(any(feature = "mysql", feature = "postgres"))]
impl Server {
    fn create(variable: &str, run: fn(&str, &str)) -> Self {
        let url = std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} is not set: run tests/run, or python3 tests/servers.py mysql postgres -- cargo test ...")
        });
        let name = format!("shop_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
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

/// A clock set by the test.
#[derive(Debug, Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn at(time: &str) -> Self {
        Self(Arc::new(AtomicI64::new(moment(time).timestamp_micros())))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::Relaxed)).unwrap()
    }

    pub(crate) fn set(&self, time: &str) {
        self.0.store(moment(time).timestamp_micros(), Ordering::Relaxed);
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_microseconds().unwrap(), Ordering::Relaxed);
    }
}

/// Parses a time such as `"2026-03-02T12:00:00Z"`.
pub(crate) fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A captured card payment of the whole amount.
pub(crate) fn card() -> NewPayment {
    NewPayment::captured(PaymentMethod::Card)
}

pub(crate) fn money(amount: &str) -> ecomdb::Money {
    amount.parse().unwrap()
}

/// The conflict that an operation failed with.
#[track_caller]
pub(crate) fn conflict<T: std::fmt::Debug>(outcome: Result<T>) -> Conflict {
    match outcome {
        Err(Error::Conflict(conflict)) => conflict,
        other => panic!("a conflict was expected, not {other:?}"),
    }
}

/// The invalid fields that an operation failed with.
#[track_caller]
pub(crate) fn invalid_fields<T: std::fmt::Debug>(outcome: Result<T>) -> Vec<String> {
    match outcome {
        Err(Error::Invalid(invalid)) => invalid.fields().iter().map(|error| error.field.clone()).collect(),
        other => panic!("an invalid request was expected, not {other:?}"),
    }
}
