use std::cell::Cell;

use ecomdb::{Connection, Engine, Error, NewOrder, NewUser, OrderFilter, UserFilter};

use crate::shop::{Shop, card};

behaviours! {
    a_transaction_does_all_or_nothing
    an_operation_that_fails_inside_a_transaction_undoes_only_itself
    a_panic_in_a_transaction_is_an_error_for_its_caller_and_undoes_it
    a_transaction_sees_its_own_writes_and_others_do_not
    a_write_is_seen_by_every_read_that_follows_it
    a_snapshot_sees_one_moment
    a_transaction_that_runs_once_does_all_or_nothing
    an_error_of_the_closure_comes_back_as_it_is
    a_read_that_lost_against_another_transaction_runs_again
    what_fails_after_it_wrote_undoes_only_itself_among_many_callers
}

fn a_transaction_does_all_or_nothing(shop: &Shop) {
    let lamp = shop.product("10.00", 10);
    let checkout = move |units: i64| {
        move |tx: &mut ecomdb::Connection| {
            let ada = tx.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
            tx.orders().place(NewOrder::builder(ada.id).item(lamp.id, units).payment(card()).build()?)
        }
    };
    assert!(shop.write(checkout(11)).unwrap_err().is_conflict());
    assert!(shop.users().list(&UserFilter::default()).unwrap().items.is_empty());
    assert_eq!(shop.write(checkout(3)).unwrap().item_count, 3);
    shop.expect_clean();
}

fn an_operation_that_fails_inside_a_transaction_undoes_only_itself(shop: &Shop) {
    let (ada, lamp, bulb) = (shop.user(), shop.product("10.00", 10), shop.product("1.00", 1));
    let placed = shop.write(move |tx| {
        let too_much = NewOrder::builder(ada.id).item(lamp.id, 2).item(bulb.id, 2).build()?;
        assert!(tx.orders().place(too_much).is_err());
        tx.orders().place(NewOrder::builder(ada.id).item(bulb.id, 1).build()?)
    });
    assert_eq!(placed.unwrap().item_count, 1);
    assert_eq!(shop.inventory().get(lamp.id).unwrap().quantity, 10);
    shop.expect_clean();
}

fn a_panic_in_a_transaction_is_an_error_for_its_caller_and_undoes_it(shop: &Shop) {
    let outcome = shop.write(|tx| -> ecomdb::Result<()> {
        tx.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
        panic!("on purpose");
    });
    assert!(matches!(&outcome, Err(Error::Panicked(words)) if words == "on purpose"), "{outcome:?}");
    assert!(shop.users().list(&UserFilter::default()).unwrap().items.is_empty());
    shop.user();
}

fn a_transaction_sees_its_own_writes_and_others_do_not(shop: &Shop) {
    let other = shop.open_again();
    let seen = shop.write(move |tx| {
        let ada = tx.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
        Ok((tx.users().get(ada.id)?.id == ada.id, other.users().list(&UserFilter::default())?.items.len()))
    });
    assert_eq!(seen.unwrap(), (true, 0));
    assert_eq!(shop.users().list(&UserFilter::default()).unwrap().items.len(), 1);
}

fn a_write_is_seen_by_every_read_that_follows_it(shop: &Shop) {
    let other = shop.open_again();
    for n in 1..=20 {
        shop.user();
        assert_eq!(other.users().list(&UserFilter::default()).unwrap().items.len(), n);
    }
}

fn a_snapshot_sees_one_moment(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let count = |tx: &mut ecomdb::Connection| Ok(tx.orders().list(&OrderFilter::default())?.items.len());
    let counts = shop.snapshot(|tx| {
        let before = count(tx)?;
        shop.pending_order(&ada, &[(lamp.id, 1)]);
        Ok((before, count(tx)?))
    });
    assert_eq!(counts.unwrap(), (0, 0));
    assert_eq!(shop.read(count).unwrap(), 1);
}

fn a_transaction_that_runs_once_does_all_or_nothing(shop: &Shop) {
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = move |units: i64| {
        let text = String::from("moved into a closure that runs once");
        move |tx: &mut ecomdb::Connection| {
            drop(text);
            tx.inventory().restock(lamp.id, 1, None)?;
            tx.orders().place(NewOrder::builder(ada.id).item(lamp.id, units).payment(card()).build()?)
        }
    };
    assert!(shop.write_once(order(12)).unwrap_err().is_conflict());
    assert_eq!(shop.inventory().get(lamp.id).unwrap().quantity, 10);
    assert_eq!(shop.write_once(order(11)).unwrap().item_count, 11);
    let panicked = shop.write_once(move |tx| -> ecomdb::Result<()> {
        tx.inventory().restock(lamp.id, 1, None)?;
        panic!("on purpose");
    });
    assert!(matches!(panicked, Err(Error::Panicked(_))), "{panicked:?}");
    assert_eq!(shop.write(move |tx| tx.inventory().get(lamp.id)).unwrap().quantity, 0);
    shop.expect_clean();
}

fn an_error_of_the_closure_comes_back_as_it_is(shop: &Shop) {
    let outcome = shop.write(|_| Err::<(), _>(Error::RolledBack));
    assert!(matches!(outcome, Err(Error::RolledBack)), "{outcome:?}");
}

fn a_read_that_lost_against_another_transaction_runs_again(shop: &Shop) {
    use diesel::connection::SimpleConnection as _;

    let lose = match shop.engine() {
        Engine::Mysql => {
            "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, \
             MESSAGE_TEXT = 'Deadlock found when trying to get lock; try restarting transaction'"
        }
        Engine::Postgres => "DO $$ BEGIN RAISE 'could not serialize access' USING ERRCODE = '40001'; END $$",
        _ => return, // No read of SQLite loses.
    };
    let runs = Cell::new(0);
    let read = |conn: &mut Connection| {
        runs.set(runs.get() + 1);
        if runs.get() % 3 != 0 {
            conn.batch_execute(lose)?;
        }
        Ok(conn.users().list(&UserFilter::default())?.items.len())
    };
    assert_eq!((shop.read(read).unwrap(), runs.get()), (0, 3));
    assert_eq!((shop.snapshot(read).unwrap(), runs.get()), (0, 6));
}

fn what_fails_after_it_wrote_undoes_only_itself_among_many_callers(shop: &Shop) {
    let outcomes: Vec<bool> = std::thread::scope(|scope| {
        let caller = |n: usize| {
            move || {
                let user = NewUser::new(&format!("u{n}@example.com"), "Ada", "Lovelace").unwrap();
                let outcome = shop.write(move |tx| {
                    tx.users().create(user.clone())?;
                    match n % 4 {
                        0 => Err(Error::RolledBack),
                        1 => panic!("on purpose"),
                        _ => Ok(()),
                    }
                });
                outcome.is_ok()
            }
        };
        let callers: Vec<_> = (0..48).map(|n| scope.spawn(caller(n))).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    let expected: Vec<bool> = (0..48).map(|n| n % 4 > 1).collect();
    assert_eq!(outcomes, expected);
    assert_eq!(shop.users().list(&UserFilter::default()).unwrap().items.len(), 24);
}

/// Another client of a pooler may have changed the session's level.
#[cfg(feature = "postgres")]
#[test]
fn a_transaction_is_read_committed_whatever_is_the_default() {
    use diesel::connection::SimpleConnection as _;
    use diesel::prelude::*;

    let shop = crate::shop::Shop::postgres();
    shop.write(|tx| {
        tx.batch_execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE")?;
        Ok(())
    })
    .unwrap();
    let level = shop.write(|tx| {
        let level = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('transaction_isolation')");
        Ok(diesel::select(level).get_result::<String>(tx)?)
    });
    let only = crate::shop::isolation::Isolation::of_all_tests().map(|level| level.to_string());
    assert_eq!(level.unwrap(), only.unwrap_or_else(|| "read committed".to_owned()));
}

/// SQLite does not count DDL as changes of rows, but undoes it too.
#[cfg(feature = "sqlite")]
#[test]
fn a_table_made_in_a_transaction_that_failed_is_gone() {
    use diesel::connection::SimpleConnection as _;

    let shop = crate::shop::Shop::sqlite();
    let outcome = shop.write(|tx| {
        tx.batch_execute("CREATE TABLE mine (id INTEGER)")?;
        Err::<(), _>(Error::RolledBack)
    });
    assert!(outcome.is_err());
    shop.write(|tx| Ok(tx.batch_execute("CREATE TABLE mine (id INTEGER)")?)).unwrap();
}

/// A nested transaction would wait for the outer one.
#[cfg(feature = "sqlite")]
#[test]
fn a_transaction_inside_a_transaction_is_refused() {
    let shop = crate::shop::Shop::sqlite();
    let other = (*shop).clone();
    let outcome = shop.write(move |_| other.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?));
    assert!(matches!(outcome, Err(Error::NestedWrite)), "{outcome:?}");
}

/// Holds a database handle and drops it on request, wherever it is dropped itself.
#[cfg(feature = "sqlite")]
struct LastHandle {
    db: Option<ecomdb::Database>,
    others_are_gone: std::sync::Mutex<std::sync::mpsc::Receiver<()>>,
    gone: std::sync::mpsc::Sender<()>,
}

#[cfg(feature = "sqlite")]
impl Drop for LastHandle {
    fn drop(&mut self) {
        self.others_are_gone.lock().unwrap().recv().unwrap();
        drop(self.db.take());
        self.gone.send(()).unwrap();
    }
}

/// Values that a transaction captured are dropped when its caller is answered, on a thread for which closing the database
/// waits.
#[cfg(feature = "sqlite")]
#[test]
fn a_transaction_may_hold_the_last_handle_of_its_database() {
    use std::sync::mpsc::channel;
    use std::thread;

    let folder = tempfile::tempdir().unwrap();
    let db = ecomdb::Database::open(&format!("sqlite://{}", folder.path().join("shop.db").display())).unwrap();
    let all_wait = |callers| {
        while db.statistics().unwrap().waiting_writes < callers {
            thread::yield_now();
        }
    };
    let ((begun, has_begun), (go_on, may_go_on)) = (channel(), channel());
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let first = {
        let db = db.clone();
        thread::spawn(move || {
            db.write(move |_| {
                begun.send(()).unwrap();
                may_go_on.lock().unwrap().recv().unwrap();
                Ok::<_, Error>(())
            })
        })
    };
    has_begun.recv().unwrap();
    // Enough waiting writes for one group, whose callers a separate thread answers in this order.
    let others = (0..6).map(|_| db.clone()).map(|db| thread::spawn(move || db.write(|_| Ok(()))));
    let mut callers: Vec<_> = std::iter::once(first).chain(others).collect();
    all_wait(6);
    let ((let_go, others_are_gone), (gone, is_gone)) = (channel(), channel());
    let last = LastHandle { db: Some(db.clone()), others_are_gone: others_are_gone.into(), gone };
    callers.push({
        let db = db.clone();
        thread::spawn(move || {
            db.write(move |_| {
                let _held = &last;
                Ok(())
            })
        })
    });
    all_wait(7);
    go_on.send(()).unwrap();
    for caller in callers {
        caller.join().unwrap().unwrap();
    }
    drop(db);
    let_go.send(()).unwrap();
    let waited = is_gone.recv_timeout(std::time::Duration::from_secs(60));
    assert!(waited.is_ok(), "the database waits for itself");
}

/// Panics when dropped.
#[cfg(feature = "sqlite")]
struct Explosive;

#[cfg(feature = "sqlite")]
impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("on purpose");
    }
}

/// It is dropped after its own caller is answered and before the others are.
#[cfg(feature = "sqlite")]
#[test]
fn a_panic_while_an_operation_is_dropped_keeps_no_caller_from_an_answer() {
    let shop = crate::shop::Shop::sqlite();
    std::thread::scope(|scope| {
        let caller = |n: usize| {
            let shop = &shop;
            move || {
                for round in 0..20 {
                    let held = (n + round).is_multiple_of(3).then(|| Explosive);
                    let outcome = shop.write(move |_| {
                        let _held = &held;
                        Ok(n)
                    });
                    assert_eq!(outcome.unwrap(), n);
                }
            }
        };
        let callers: Vec<_> = (0..16).map(|n| scope.spawn(caller(n))).collect();
        callers.into_iter().for_each(|caller| caller.join().unwrap());
    });
}

#[cfg(feature = "sqlite")]
#[test]
fn a_transaction_that_leaves_its_connection_broken_does_not_stop_other_writers() {
    use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
    use ecomdb::Connection;

    let shop = crate::shop::Shop::sqlite();
    let broken = shop.write_once(|tx| {
        if let Connection::Sqlite(own) = tx {
            AnsiTransactionManager::transaction_manager_status_mut(own).set_in_error();
        }
        Err::<(), _>(Error::RolledBack)
    });
    assert!(broken.is_err());
    shop.user();
}
