//! A bulk load has no time limit, and restores the settings of its session.

use std::ops::ControlFlow;
use std::time::Duration;

use diesel::RunQueryDsl as _;
use diesel::dsl::sql;
use diesel::sql_types::Text;
use ecomdb::generator::Scenario;
use ecomdb::{Database, Error};

use crate::shop::Shop;

/// Loading 60 users takes longer than the statement timeout of one second.
#[cfg(feature = "mysql")]
const SLOW_ON_MYSQL: &str = "CREATE TRIGGER slow BEFORE INSERT ON users FOR EACH ROW SET @slept = SLEEP(0.02)";
#[cfg(feature = "postgres")]
const SLOW_ON_POSTGRES: &str = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END $$;
     CREATE TRIGGER slow BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION slow()";

/// The session and its settings.
#[cfg(feature = "mysql")]
const ON_MYSQL: &str = "CONCAT_WS(' ', CONNECTION_ID(), @@max_statement_time, @@lock_wait_timeout, @@wait_timeout, \
     @@idle_write_transaction_timeout, @@unique_checks, @@foreign_key_checks, @@autocommit)";
#[cfg(feature = "postgres")]
const ON_POSTGRES: &str = "CONCAT_WS(' ', pg_backend_pid(), current_setting('statement_timeout'), \
     current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'), \
     current_setting('maintenance_work_mem'))";

fn expect_limits_to_be_lifted_and_set_back(shop: &Shop, slow: &str, settings: &str, sleep: &'static str) {
    shop.run(slow);
    let limit = Duration::from_secs(1);
    // The settings are those of the session that loads.
    let db = Database::builder(&shop.url).connections(1).statement_timeout(limit).open().unwrap();
    let settings =
        || db.read(|conn| Ok::<_, Error>(diesel::select(sql::<Text>(settings)).get_result::<String>(conn)?)).unwrap();
    let before = settings();
    let until = "2026-01-01T00:00:00Z".parse().unwrap();
    let scenario = Scenario { users: 60, products: 10, orders: 40, ..Scenario::small(until) };
    db.generate(&scenario, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(settings(), before);
    let stopped = db.generate(&scenario, |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::RolledBack)), "{stopped:?}");
    assert_eq!(settings(), before);
    let outcome = db.read(|conn| Ok(diesel::sql_query(sleep).execute(conn).map(drop)?));
    assert!(matches!(outcome, Err(Error::Overloaded(_))), "{outcome:?}");
}

#[cfg(feature = "mysql")]
#[test]
fn a_bulk_load_on_mariadb_is_not_limited_and_sets_the_limits_back() {
    let shop = Shop::mysql();
    expect_limits_to_be_lifted_and_set_back(&shop, SLOW_ON_MYSQL, ON_MYSQL, "SELECT SLEEP(600)");
}

#[cfg(feature = "postgres")]
#[test]
fn a_bulk_load_on_postgresql_is_not_limited_and_sets_the_limits_back() {
    let shop = Shop::postgres();
    expect_limits_to_be_lifted_and_set_back(&shop, SLOW_ON_POSTGRES, ON_POSTGRES, "SELECT pg_sleep(600)");
}
