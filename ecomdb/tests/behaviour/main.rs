//! What the library promises, once for all engines: every behaviour runs unchanged on SQLite, MariaDB and PostgreSQL.
//!
//! The servers' addresses come from `ECOMDB_TEST_MYSQL_URL` and `ECOMDB_TEST_POSTGRES_URL`, which `tests/run` sets.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

/// Makes each function a test on every engine that is compiled in: `orders::sqlite::name`, `orders::mysql::name`, ...
macro_rules! behaviours {
    ($(fn $name:ident($shop:ident) $body:block)+) => {
        $(fn $name($shop: &crate::shop::Shop) $body)+

        behaviours!(@on sqlite "sqlite" $($name)+);
        behaviours!(@on mysql "mysql" $($name)+);
        behaviours!(@on postgres "postgres" $($name)+);
    };
    (@on $engine:ident $feature:literal $($name:ident)+) => {
        #[cfg(feature = $feature)]
        mod $engine {
            $(#[test]
            fn $name() {
                super::$name(&crate::shop::Shop::$engine());
            })+
        }
    };
}

mod catalog;
mod check;
mod concurrency;
mod generator;
mod idempotency;
mod inventory;
mod opening;
mod orders;
mod pagination;
mod payments;
mod refunds;
mod shop;
mod transactions;
mod users;
