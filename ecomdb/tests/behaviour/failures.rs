//! How server errors are classified. The errors are real ones that the servers raise on request.

use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::SimpleConnection as _;
use ecomdb::Connection;
#[cfg(feature = "postgres")]
use ecomdb::Error;

use crate::shop::Shop;

/// Reads, writes and snapshots that lose a conflict once are retried.
fn expect_another_attempt(shop: &Shop, lose: &'static str) {
    let attempts = AtomicUsize::new(0);
    let once = |conn: &mut Connection| match attempts.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(conn.batch_execute(lose)?),
        _ => Ok(()),
    };
    shop.read(once).unwrap();
    assert_eq!(attempts.swap(0, Ordering::SeqCst), 2);
    shop.snapshot(once).unwrap();
    assert_eq!(attempts.swap(0, Ordering::SeqCst), 2);
    let attempts = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&attempts);
    shop.write(move |conn| match counted.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(conn.batch_execute(lose)?),
        _ => Ok(()),
    })
    .unwrap();
    assert_eq!(attempts.load(Ordering::SeqCst), 2);
}

#[cfg(feature = "mysql")]
mod mysql {
    use super::*;

    #[test]
    fn what_lost_against_another_transaction_runs_again_on_mariadb_also_if_it_only_reads() {
        let deadlock = "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'on purpose'";
        expect_another_attempt(&Shop::mysql(), deadlock);
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use ecomdb::Unavailable;

    use super::*;

    #[test]
    fn what_lost_against_another_transaction_runs_again_on_postgresql_also_if_it_only_reads() {
        let failure = "DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '40001'; END $$";
        expect_another_attempt(&Shop::postgres(), failure);
    }

    /// Makes COMMIT fail with the SQLSTATE that equals the name of the inserted category.
    fn fail_commits(shop: &Shop) {
        shop.write(|conn| {
            Ok(conn.batch_execute(
                "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     IF NEW.name <> 'once' THEN RAISE EXCEPTION 'on purpose' USING ERRCODE = NEW.name; END IF;
                     RETURN NULL;
                 END $$;
                 CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON categories
                 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()",
            )?)
        })
        .unwrap();
    }

    #[test]
    fn a_commit_that_failed_on_postgresql_is_run_again_only_if_it_is_known_to_be_undone() {
        let shop = Shop::postgres();
        fail_commits(&shop);
        for unknown in ["58030", "XX000", "53100", "57014", "40003"] {
            let outcome = shop.categories().create(unknown);
            assert!(matches!(outcome, Err(Error::UnknownOutcome)), "{unknown}: {outcome:?}");
        }
        let refused = shop.categories().create("25006");
        assert!(matches!(refused, Err(Error::Unavailable(Unavailable::ReadOnly(_)))), "{refused:?}");
        let attempts = std::sync::Arc::new(AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&attempts);
        let created = shop.write(move |conn| match counted.fetch_add(1, Ordering::SeqCst) {
            0 => conn.categories().create("40001"),
            1 => conn.categories().create("40P01"),
            _ => conn.categories().create("once"),
        });
        assert_eq!(created.unwrap().name, "once");
        assert_eq!(attempts.load(Ordering::SeqCst), 3);
        let broken = shop.categories().create("23514");
        assert!(matches!(broken, Err(Error::Storage(_))), "a deferred constraint undoes the transaction: {broken:?}");
        shop.expect_clean();
    }
}
