//! Unreachable and hanging servers: waits are bounded, and a recovered server is found.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use ecomdb::{Database, Error, Unavailable, UserFilter};

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

/// Waits until the server is reachable again.
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
    // Only the probe connects, every two seconds.
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
        // The only connection hangs: this reader waits for it and finds that the server does not answer.
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

/// A restart of the server closes every idle connection.
fn a_whole_pool_of_closed_connections_is_replaced_without_a_failure(shop: &Shop) {
    let network = Network::to(&shop.url);
    let db = Database::builder(&network.url).connections(8).open().unwrap();
    for _ in 0..3 {
        let together = Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    db.read(|conn| {
                        conn.batch_execute("SELECT 1")?;
                        together.wait();
                        Ok::<_, Error>(())
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

/// Opens two connections and leaves them idle.
fn open_two(db: &Database) {
    let together = Barrier::new(2);
    let use_one = || {
        db.read(|_| {
            together.wait();
            Ok::<_, Error>(())
        })
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(use_one);
        use_one().unwrap();
        other.join().unwrap().unwrap();
    });
}

/// Idle connections may hang.
fn idle_connections_to_a_server_that_is_known_to_be_gone_are_not_used(shop: &Shop) {
    let network = Network::to(&shop.url);
    let db = Database::builder(&network.url).connections(2).open().unwrap();
    open_two(&db);
    network.accept_no_more();
    // It uses a connection of its own.
    assert!(is_unreachable(&db.ready()));
    let outcomes = [read(&db).map(|_| ()), db.write(|_| Ok(()))];
    assert!(outcomes.iter().all(is_unreachable), "{outcomes:?}");
    network.come_back();
    until_ready(&db);
    read(&db).unwrap();
}

fn those_who_ask_at_once_whether_a_dead_server_is_ready_wait_for_one_of_them(shop: &Shop) {
    const CALLERS: usize = 12;
    let network = Network::to(&shop.url);
    let db = Database::builder(&network.url).connections(2).open().unwrap();
    network.go_dead();
    let (asked, together) = (network.asked(), Barrier::new(CALLERS));
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                together.wait();
                assert!(is_unreachable(&db.ready()));
            });
        }
    });
    // One caller connects, then only the probe.
    let asked = network.asked() - asked;
    assert!(asked < CALLERS / 2, "{asked} connections for {CALLERS} callers");
    network.come_back();
    until_ready(&db);
}

fn what_a_snapshot_has_read_is_told_although_its_connection_breaks_at_the_end(shop: &Shop) {
    let network = Network::to(&shop.url);
    let db = Database::builder(&network.url).connections(2).open().unwrap();
    let runs = AtomicU32::new(0);
    let users = db.snapshot(|conn| {
        runs.fetch_add(1, Ordering::SeqCst);
        let users = conn.users().list(&UserFilter::default())?.items.len();
        network.cut();
        Ok::<_, ecomdb::Error>(users)
    });
    assert_eq!(users.unwrap(), 0);
    assert_eq!(runs.into_inner(), 1);
    // That connection is not reused.
    db.snapshot(|conn| conn.users().list(&UserFilter::default())).unwrap();
}

/// A server that stays read-only is still read, over old and new connections.
fn connections_in_use_count_after_a_write_was_refused_since_the_server_can_only_be_read(shop: &Shop) {
    let db = Database::builder(&shop.url).connections(4).open().unwrap();
    open_two(&db);
    db.read(|_| {
        let refused = db.write(|_| Err::<(), _>(Error::Unavailable(Unavailable::ReadOnly("on purpose".to_owned()))));
        assert!(matches!(refused, Err(Error::Unavailable(Unavailable::ReadOnly(_)))), "{refused:?}");
        read(&db)?;
        let statistics = db.statistics()?;
        assert_eq!((statistics.connections, statistics.idle_connections), (2, 1), "{statistics:?}");
        Ok::<_, Error>(())
    })
    .unwrap();
    // The old connection is closed when it is returned.
    let statistics = db.statistics().unwrap();
    assert_eq!((statistics.connections, statistics.idle_connections), (1, 1), "{statistics:?}");
}

/// The address of a server that refuses every login.
fn refusing_host(is_postgres: bool) -> String {
    let said: &[u8] =
        if is_postgres { b"SFATAL\0C28P01\0Mwrong password\0\0" } else { b"\xff\x15\x04#28000wrong password" };
    let length = u8::try_from(said.len()).unwrap();
    let header = if is_postgres { [b'E', 0, 0, 0, length + 4].to_vec() } else { vec![length, 0, 0, 0] };
    let answer = [&header, said].concat();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map(Result::unwrap) {
            if is_postgres {
                assert!(client.read(&mut [0; 1_024]).unwrap() > 0);
            }
            client.write_all(&answer).unwrap();
        }
    });
    address
}

fn a_host_that_refuses_the_login_is_left_out(shop: &Shop) {
    let is_postgres = shop.url.starts_with("postgres");
    let parameters = if is_postgres { "?sslmode=disable" } else { "" };
    let refusing = refusing_host(is_postgres);
    let network = Network::to(&shop.url);
    let url = network.url.replacen("@127.0.0.1:", &format!("@{refusing},127.0.0.1:"), 1) + parameters;
    let db = Database::builder(&url).wait(Duration::from_secs(1)).open().unwrap();
    write(&db).unwrap();
    network.go_dead();
    network.cut();
    assert!(is_unreachable(&read(&db)));
    network.come_back();
    until_ready(&db);
    write(&db).unwrap();
    let (user, place) = shop.url.rsplit_once('@').unwrap();
    let name = place.rsplit('/').next().unwrap();
    let error = Database::open(&format!("{user}@{refusing},{}/{name}{parameters}", refusing_host(is_postgres)))
        .unwrap_err()
        .to_string();
    assert!(error.contains("wrong password"), "{error}");
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
    idle_connections_to_a_server_that_is_known_to_be_gone_are_not_used
    those_who_ask_at_once_whether_a_dead_server_is_ready_wait_for_one_of_them
    what_a_snapshot_has_read_is_told_although_its_connection_breaks_at_the_end
    connections_in_use_count_after_a_write_was_refused_since_the_server_can_only_be_read
    a_host_that_refuses_the_login_is_left_out
}
