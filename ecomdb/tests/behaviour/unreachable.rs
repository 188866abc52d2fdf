//! A server that is gone, or hangs: nobody waits for it longer than was said, and it is found when it is back.

use std::sync::mpsc::channel;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use ecomdb::{Database, Error, UserFilter};

use crate::network::Network;
use crate::shop::Shop;

fn is_unreachable<T>(outcome: &ecomdb::Result<T>) -> bool {
    matches!(outcome, Err(Error::Unavailable(why)) if why.reason() == "unreachable")
}

fn read(db: &Database) -> ecomdb::Result<usize> {
    db.users().list(&UserFilter::default()).map(|users| users.items.len())
}

fn write(db: &Database) -> ecomdb::Result<()> {
    db.write(|conn| Ok(conn.batch_execute("SELECT 1")?))
}

fn write_once(db: &Database) -> ecomdb::Result<()> {
    db.write_once(|conn| Ok(conn.batch_execute("SELECT 1")?))
}

/// Until the server is found again.
fn until_ready(db: &Database) {
    while db.ready().is_err() {
        std::thread::yield_now();
    }
}

fn a_server_that_refused_one_is_not_asked_by_the_others(shop: &Shop) {
    let network = Network::to(&shop.url);
    let db = Database::builder(&network.url).connections(4).wait(Duration::from_secs(1)).open().unwrap();
    network.go_dead();
    network.cut();
    assert!(is_unreachable(&read(&db)));
    let asked = network.asked();
    for _ in 0..100 {
        let outcomes = [read(&db).map(|_| ()), write(&db), write_once(&db), db.ready()];
        assert!(outcomes.iter().all(is_unreachable), "{outcomes:?}");
    }
    // Only the probe asks, every two seconds.
    assert!(network.asked() - asked < 30, "{} connections for 400 callers", network.asked() - asked);
    network.come_back();
    until_ready(&db);
    read(&db).unwrap();
    write(&db).unwrap();
}

fn connections_that_hang_are_not_waited_for_once_the_server_is_back(shop: &Shop) {
    let network = Network::to(&shop.url);
    let db = Database::builder(&network.url).connections(1).wait(Duration::from_secs(600)).open().unwrap();
    read(&db).unwrap();
    let (begun, has_begun) = channel();
    let (go_on, may_go_on) = channel::<()>();
    std::thread::scope(|scope| {
        let hangs = scope.spawn(|| {
            db.write_once({
                let clone = db.clone();
                move |conn| {
                    let _open_meanwhile = clone;
                    begun.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    Ok(conn.batch_execute("SELECT 1")?)
                }
            })
        });
        has_begun.recv().unwrap();
        network.go_dead();
        go_on.send(()).unwrap();
        // The only connection hangs: this one waits for it, and finds out that the server does not answer.
        assert!(is_unreachable(&read(&db)));
        network.come_back();
        until_ready(&db);
        read(&db).unwrap();
        assert!(!hangs.is_finished());
        network.cut();
        let outcome = hangs.join().unwrap();
        assert!(is_unreachable(&outcome), "{outcome:?}");
    });
}

/// After a restart, every idle connection is closed.
fn a_whole_pool_of_closed_connections_is_replaced_without_a_failure(shop: &Shop) {
    let network = Network::to(&shop.url);
    let db = Database::builder(&network.url).connections(8).open().unwrap();
    for _ in 0..3 {
        let together = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    db.read(|conn| {
                        conn.batch_execute("SELECT 1")?;
                        together.wait();
                        Ok(())
                    })
                    .unwrap();
                });
            }
        });
        network.cut();
        read(&db).unwrap();
        network.cut();
        write(&db).unwrap();
        network.cut();
        write_once(&db).unwrap();
        network.cut();
        db.ready().unwrap();
    }
}

macro_rules! on_servers {
    ($($name:ident)+) => {
        #[cfg(feature = "mysql")]
        mod mysql {
            $(#[test]
            fn $name() {
                super::$name(&super::Shop::mysql());
            })+
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            $(#[test]
            fn $name() {
                super::$name(&super::Shop::postgres());
            })+
        }
    };
}

on_servers! {
    a_server_that_refused_one_is_not_asked_by_the_others
    connections_that_hang_are_not_waited_for_once_the_server_is_back
    a_whole_pool_of_closed_connections_is_replaced_without_a_failure
}
