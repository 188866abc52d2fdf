//! A failing database is spared optional writes, and only a failure that began after the recovery counts as a new one.

use chrono::TimeDelta;
use ecomdb::{Database, Engine, Error, Role, Token, Unavailable};

use crate::shop::{Shop, TestClock};

/// Whether the use of the token would be recorded an hour after its last use.
fn use_is_due(db: &Database, token: &Token) -> bool {
    db.accounts().recognise(token.expose()).unwrap().1
}

/// A write that fails with a full disk.
fn fail(db: &Database) {
    let full = db.write(|_| Err::<(), _>(Error::Unavailable(Unavailable::DiskFull("on purpose".to_owned()))));
    assert!(matches!(full, Err(Error::Unavailable(_))), "{full:?}");
}

behaviours! {
    the_use_of_a_token_is_not_noted_while_the_database_is_known_to_fail
    a_write_that_lacks_a_privilege_on_a_server_does_not_make_the_shop_fail
    the_use_of_a_token_is_not_noted_in_a_database_that_is_read_only
}

fn the_use_of_a_token_is_not_noted_while_the_database_is_known_to_fail(shop: &Shop) {
    let (ada, clock) = (shop.member(Role::Customer), TestClock::at("2026-03-02T12:00:00Z"));
    let db = shop.open_with(&clock);
    let token = db.accounts().log_in(&ada.email, crate::accounts::PASSWORD).unwrap().token;
    clock.advance(TimeDelta::hours(1));
    assert!(use_is_due(&db, &token));
    fail(&db);
    assert!(!use_is_due(&db, &token));
    let caller = db.accounts().authenticate(token.expose()).unwrap();
    db.accounts().note_use(&caller);
    db.ready().unwrap();
    assert!(use_is_due(&db, &token), "it was not noted");
    db.accounts().note_use(&caller);
    assert!(!use_is_due(&db, &token), "now it was");
}

// The table may be one of the application's own.
fn a_write_that_lacks_a_privilege_on_a_server_does_not_make_the_shop_fail(shop: &Shop) {
    let (ada, clock) = (shop.member(Role::Customer), TestClock::at("2026-03-02T12:00:00Z"));
    let db = shop.open_with(&clock);
    let token = db.accounts().log_in(&ada.email, crate::accounts::PASSWORD).unwrap().token;
    clock.advance(TimeDelta::hours(1));
    let denied = || Error::Unavailable(Unavailable::NoAccess("on purpose".to_owned()));
    let outcomes = [db.write(move |_| Err::<(), _>(denied())), db.read(|_| Err(denied()))];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(Error::Unavailable(Unavailable::NoAccess(_)))), "{outcome:?}");
    }
    assert_eq!(use_is_due(&db, &token), db.engine() != Engine::Sqlite);
    db.ready().unwrap();
    assert!(use_is_due(&db, &token));
}

fn the_use_of_a_token_is_not_noted_in_a_database_that_is_read_only(shop: &Shop) {
    let (ada, clock) = (shop.member(Role::Customer), TestClock::at("2026-03-02T12:00:00Z"));
    let token = shop.open_with(&clock).accounts().log_in(&ada.email, crate::accounts::PASSWORD).unwrap().token;
    clock.advance(TimeDelta::hours(1));
    let time = clock.clone();
    let db = Database::builder(&shop.url).read_only(true).clock(move || time.now()).open().unwrap();
    assert!(!use_is_due(&db, &token));
    assert!(use_is_due(&shop.open_with(&clock), &token));
}

#[cfg(feature = "mysql")]
mod mysql_lane {
    use std::io::Write as _;
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;
    use crate::shop::card;

    /// A proxy between a shop and its server that can stop serving new connections.
    struct Between {
        url: String,
        holds: Arc<AtomicBool>,
        /// Accepted connections that are not served.
        held: Receiver<TcpStream>,
    }

    fn between(url: &str) -> Between {
        let (user, place) = url.rsplit_once('@').unwrap();
        let (server, name) = place.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{user}@{}/{name}", listener.local_addr().unwrap());
        let (server, holds, (hold, held)) = (server.to_owned(), Arc::new(AtomicBool::new(false)), channel());
        let is_holding = Arc::clone(&holds);
        std::thread::spawn(move || {
            for client in listener.incoming().map(Result::unwrap) {
                if !is_holding.load(Ordering::SeqCst) {
                    let server = TcpStream::connect(&server).unwrap();
                    relay(&client, &server);
                    relay(&server, &client);
                } else if hold.send(client).is_err() {
                    break;
                }
            }
        });
        Between { url, holds, held }
    }

    fn relay(from: &TcpStream, to: &TcpStream) {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        std::thread::spawn(move || {
            // Either end may be closed already.
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }

    /// A server that shuts down refuses new connections and serves open ones.
    fn refuse(mut client: TcpStream) {
        let words = b"\xff\x1d\x04Server shutdown in progress";
        let header = [u8::try_from(words.len()).unwrap(), 0, 0, 0];
        // The client may have disconnected.
        let _ = client.write_all(&[&header, &words[..]].concat());
    }

    #[test]
    fn an_order_that_failed_slowly_does_not_hide_that_the_database_recovered_meanwhile() {
        let (shop, clock) = (Shop::mysql(), TestClock::at("2026-03-02T12:00:00Z"));
        let (ada, lamp) = (shop.member(Role::Customer), shop.product("10.00", 10));
        let Between { url, holds, held } = between(&shop.url);
        let time = clock.clone();
        let wait = Duration::from_secs(2);
        let db = Database::builder(url).connections(4).wait(wait).clock(move || time.now()).open().unwrap();
        let token = db.accounts().log_in(&ada.email, crate::accounts::PASSWORD).unwrap().token;
        clock.advance(TimeDelta::hours(1));
        // The probe uses a connection of its own.
        db.ready().unwrap();
        holds.store(true, Ordering::SeqCst);
        let order = ecomdb::NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
        let outcome = std::thread::scope(|scope| {
            let slow = scope.spawn(|| db.orders().place(order));
            // The first attempt of a batch of orders to connect.
            let first = held.recv().unwrap();
            fail(&db);
            db.ready().unwrap();
            refuse(first);
            std::thread::spawn(move || held.into_iter().for_each(refuse));
            slow.join().unwrap()
        });
        assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
        assert!(use_is_due(&db, &token), "it is known to be well");
    }
}
