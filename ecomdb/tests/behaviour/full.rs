//! Databases without free space.

use diesel::connection::SimpleConnection as _;
use ecomdb::{Error, Unavailable};

use crate::shop::Shop;

fn is_full<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Unavailable(Unavailable::DiskFull(_))))
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ecomdb::{Connection, NewUser, OrderFilter, Period};

    use super::*;
    use crate::shop::card;

    /// Limits the file's pages. SQLite uses the current number as the minimum.
    fn limit_pages(shop: &Shop, pages: u32) {
        let limit = format!("PRAGMA max_page_count = {pages}");
        shop.write_once(move |conn| Ok::<_, Error>(conn.batch_execute(&limit)?)).unwrap();
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
        // Concurrent writes, so that failing ones share a group commit with others.
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
            OrderFilter::default().page(ecomdb::PageRequest::default().limit(ecomdb::Limit::new(1000).unwrap()));
        assert_eq!(shop.orders().list(&filter).unwrap().items.len(), placed + 1);
        shop.expect_clean();
    }

    fn users(shop: &Shop) -> usize {
        shop.users().list(&ecomdb::UserFilter::default()).unwrap().items.len()
    }

    fn create(tx: &mut Connection, name: &str) -> Result<(), Error> {
        tx.users().create(NewUser::new(&format!("{name}@example.com"), name, "Lovelace")?).map(|_| ())
    }

    /// Simulates a full disk for users of this name; it aborts the whole transaction.
    fn refuse_users(shop: &Shop) {
        shop.write_once(|tx| {
            Ok::<_, Error>(tx.batch_execute(
                "CREATE TRIGGER full BEFORE INSERT ON users WHEN NEW.first_name = 'Full'
                 BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END",
            )?)
        })
        .unwrap();
    }

    #[test]
    fn a_step_that_finds_the_disk_full_says_so_and_nothing_of_its_transaction_stays() {
        let shop = Shop::sqlite();
        refuse_users(&shop);
        let body = |tx: &mut Connection| create(tx, "Ada").and_then(|()| create(tx, "Full"));
        for full in [shop.write(body), shop.write_once(body)] {
            assert!(is_full(&full), "{full:?}");
        }
        assert_eq!(users(&shop), 0);
    }

    #[test]
    fn nothing_stays_of_a_transaction_that_goes_on_after_it_met_a_full_disk() {
        let shop = Shop::sqlite();
        refuse_users(&shop);
        let outcome = shop.write(|tx| {
            let _ = create(tx, "Full");
            let _ = create(tx, "Ada");
            Ok(())
        });
        assert!(outcome.is_err());
        assert_eq!(users(&shop), 0);
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
