//! A database that has no room left.

use diesel::connection::SimpleConnection as _;
use ecomdb::{Error, Unavailable};

use crate::shop::Shop;

fn is_full<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Unavailable(Unavailable::DiskFull(_))))
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ecomdb::{OrderFilter, Period};

    use super::*;
    use crate::shop::card;

    /// How many pages the file may have; SQLite takes what it has for the least.
    fn limit_pages(shop: &Shop, pages: u32) {
        let limit = format!("PRAGMA max_page_count = {pages}");
        shop.write_once(move |conn| Ok(conn.batch_execute(&limit)?)).unwrap();
    }

    #[test]
    fn a_full_disk_refuses_orders_and_nothing_else_until_there_is_room() {
        let shop = Shop::sqlite();
        let (ada, lamp) = (shop.user(), shop.product("10.00", 1_000_000));
        let place = || {
            let order = ecomdb::NewOrder::builder(ada.id).item(lamp.id, 1).payment(card());
            shop.orders().place(order.build().unwrap())
        };
        place().unwrap();
        limit_pages(&shop, 1);
        let placed = AtomicUsize::new(1);
        // Several at once, so that those that fail are in groups with others.
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let refused = loop {
                        match place() {
                            Ok(_) => placed.fetch_add(1, Ordering::SeqCst),
                            refused => break refused,
                        };
                    };
                    assert!(is_full(&refused), "{refused:?}");
                });
            }
        });
        let placed = placed.into_inner();
        assert_eq!(shop.analytics().total_revenue(&Period::ALL).unwrap().orders, placed as i64);
        assert!(shop.check().unwrap().is_clean());

        limit_pages(&shop, u32::MAX);
        shop.ready().unwrap();
        place().unwrap();
        let filter =
            OrderFilter { page: ecomdb::PageRequest::first(ecomdb::Limit::new(1000).unwrap()), ..Default::default() };
        assert_eq!(shop.orders().list(&filter).unwrap().items.len(), placed + 1);
        shop.expect_clean();
    }
}

#[cfg(feature = "mysql")]
#[test]
fn a_full_table_on_mariadb_is_no_bug_of_the_shop() {
    let shop = Shop::mysql();
    let full = shop.write(|tx| {
        tx.batch_execute("SET SESSION max_heap_table_size = 16384")?;
        tx.batch_execute("CREATE TEMPORARY TABLE small (x CHAR(200)) ENGINE = MEMORY")?;
        Ok(tx.batch_execute("INSERT INTO small SELECT REPEAT('x', 200) FROM information_schema.columns")?)
    });
    assert!(is_full(&full), "{full:?}");
    let full = shop.write(|tx| {
        Ok(tx.batch_execute(
            "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1021, \
             MESSAGE_TEXT = 'Disk full (/tmp/x); waiting for someone to free some space...'",
        )?)
    });
    assert!(is_full(&full), "{full:?}");
}

#[cfg(feature = "postgres")]
#[test]
fn a_full_disk_on_postgresql_is_no_bug_of_the_shop() {
    let shop = Shop::postgres();
    let full = shop.write(|tx| {
        Ok(tx.batch_execute(
            "DO $$ BEGIN RAISE EXCEPTION 'could not extend file \"base/1/2\": No space left on device' \
             USING ERRCODE = '53100'; END $$",
        )?)
    });
    assert!(is_full(&full), "{full:?}");
}
