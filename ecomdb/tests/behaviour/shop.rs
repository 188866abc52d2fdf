//! An empty shop for each test on each engine, and its usual contents.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use ecomdb::{
    Category, Conflict, Connection, Database, Error, Limit, NewOrder, NewPayment, NewProduct, NewUser, Order, OrderId,
    PaymentMethod, Period, Product, ProductFilter, ProductId, Question, Result, User, UserFilter,
};

#[cfg(feature = "postgres")]
use self::isolation::Isolation;
pub(crate) use self::site::Site;

// With the paths, because the tests of analytics include this file.
#[cfg(feature = "postgres")]
#[path = "isolation.rs"]
pub(crate) mod isolation;
#[path = "site.rs"]
mod site;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// Makes each of the named functions a test on every compiled engine: `orders::sqlite::name`, `orders::mysql::name`, ...
/// A function takes a shop, or with `in Site:` before the first name an empty database. `on servers:` leaves SQLite out. `at every isolation level:` adds
/// tests on a PostgreSQL with a single isolation level: see [`isolation`]. A function that is not named is dead code, which
/// the compiler reports.
macro_rules! behaviours {
    (in $place:ident: $($name:ident)+) => {
        behaviours!(@on sqlite "sqlite" $place $($name)+);
        behaviours!(@on mysql "mysql" $place $($name)+);
        behaviours!(@on postgres "postgres" $place $($name)+);
    };
    (on servers: $($name:ident)+) => {
        behaviours!(@on mysql "mysql" Shop $($name)+);
        behaviours!(@on postgres "postgres" Shop $($name)+);
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
    (at every isolation level: $($name:ident)+) => {
        behaviours!(in Shop: $($name)+);
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
    ($($name:ident)+) => {
        behaviours!(in Shop: $($name)+);
    };
}

/// A database that is dropped with the test. On a cluster it has a handle per node, used in turn.
pub(crate) struct Shop {
    dbs: Vec<Database>,
    next: AtomicUsize,
    pub(crate) url: String,
    site: Site,
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

    /// [`Database::write`] with an error of the library, which need not be named.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        body: impl Fn(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        Database::write(self, body)
    }

    /// [`Database::read`] with an error of the library.
    pub(crate) fn read<T>(&self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        Database::read(self, body)
    }

    /// [`Database::snapshot`] with an error of the library.
    pub(crate) fn snapshot<T>(&self, body: impl Fn(&mut Connection) -> Result<T>) -> Result<T> {
        Database::snapshot(self, body)
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

/// Parameters that suit every report: all time, and the best-selling product and customer, or the first ones.
pub(crate) fn question(db: &Database) -> Question {
    let one = || Limit::new(1).unwrap();
    let sold = db.analytics().top_products(&Period::ALL, one()).unwrap().pop().map(|row| row.product_id);
    let bought = db.analytics().top_customers(&Period::ALL, one()).unwrap().pop().map(|row| row.user_id);
    let first_product = || Some(db.products().list(&ProductFilter::default()).unwrap().items.first()?.id);
    let first_user = || Some(db.users().list(&UserFilter::default()).unwrap().items.first()?.id);
    Question { product_id: sold.or_else(first_product), user_id: bought.or_else(first_user), ..Question::default() }
}

/// A captured card payment of this amount.
pub(crate) fn card_of(amount: &str) -> NewPayment {
    NewPayment::builder(PaymentMethod::Card).captured().amount(money(amount)).build().unwrap()
}

/// A captured card payment of the whole amount due.
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
