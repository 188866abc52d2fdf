//! All waits are bounded: for servers, connections, the writer's queue, and statements.

#[cfg(feature = "sqlite")]
use std::sync::mpsc::channel;
use std::time::Duration;

use ecomdb::{Database, Error, UserFilter};

use crate::shop::Shop;

behaviours! {
    when_every_connection_is_in_use_the_next_reader_gets_an_error
    those_who_wait_for_a_connection_that_breaks_get_another_one
}

fn when_every_connection_is_in_use_the_next_reader_gets_an_error(shop: &Shop) {
    let small = Database::builder(&shop.url).connections(1).wait(Duration::from_millis(50)).open().unwrap();
    let inner = small.read(|_| Ok::<_, Error>(small.users().list(&UserFilter::default()))).unwrap();
    assert!(matches!(inner, Err(Error::Overloaded("every connection is in use"))), "{inner:?}");
    small.users().list(&UserFilter::default()).unwrap();
}

fn those_who_wait_for_a_connection_that_breaks_get_another_one(shop: &Shop) {
    const CALLERS: usize = 12;
    let small = Database::builder(&shop.url).connections(1).open().unwrap();
    let start = std::sync::Barrier::new(CALLERS);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                start.wait();
                let outcome = small.write(|_| -> ecomdb::Result<()> { panic!("on purpose") });
                assert!(matches!(outcome, Err(Error::Panicked(_))), "{outcome:?}");
            });
        }
    });
}

/// The writer is busy with the first transaction and 4,096 are queued; none is lost.
#[cfg(feature = "sqlite")]
#[test]
fn when_the_queue_of_the_writer_is_full_the_next_transaction_hears_so() {
    const PLACES: usize = 4096;
    type Body = Box<dyn Fn(&mut ecomdb::Connection) -> ecomdb::Result<()> + Send>;

    let shop = crate::shop::Shop::sqlite();
    let (begun, has_begun) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let may_go_on = std::sync::Mutex::new(may_go_on);
    let (done, outcomes) = channel();
    let call = |body: Body| {
        let (db, done) = ((*shop).clone(), done.clone());
        let small = std::thread::Builder::new().stack_size(256 << 10);
        small.spawn(move || done.send(db.write(move |tx| body(tx))).unwrap()).unwrap();
    };
    call(Box::new(move |_| {
        begun.send(()).unwrap();
        may_go_on.lock().unwrap().recv().unwrap();
        Ok(())
    }));
    has_begun.recv().unwrap();
    for _ in 0..PLACES + 3 {
        call(Box::new(|_| Ok(())));
    }
    for _ in 0..3 {
        let outcome = outcomes.recv().unwrap();
        assert!(matches!(outcome, Err(Error::Overloaded(_))), "{outcome:?}");
    }
    go_on.send(()).unwrap();
    for _ in 0..=PLACES {
        outcomes.recv().unwrap().unwrap();
    }
}

/// The operating system accepts the connection, but nobody serves it.
#[cfg(any(feature = "mysql", feature = "postgres"))]
#[test]
fn a_server_that_accepts_and_never_answers_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for scheme in ["mysql", "postgres"] {
        let url = format!("{scheme}://user:s3cr%40t@127.0.0.1:{port}/shop");
        let (done, outcome) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(Database::builder(url).wait(Duration::from_secs(2)).open()));
        match outcome.recv_timeout(Duration::from_secs(100)).expect("it waits for ever").unwrap_err() {
            Error::Unavailable(why) => assert!(!why.to_string().contains("s3cr"), "{why}"),
            Error::Configuration(words) => assert!(words.contains("built without"), "{words}"),
            other => panic!("{other:?}"),
        }
    }
}

/// A statement that exceeds its limit fails; the next one on that shop does not.
#[cfg(any(feature = "mysql", feature = "postgres"))]
fn expect_a_limit(
    shop: &crate::shop::Shop,
    limit: &str,
    of_ten_minutes: &str,
    shorten: &'static str,
    wait: &'static str,
) {
    use diesel::RunQueryDsl as _;
    use diesel::connection::SimpleConnection as _;
    use diesel::dsl::sql;
    use diesel::sql_types::Text;

    let set = shop.read(|conn| Ok(diesel::select(sql::<Text>(limit)).get_result::<String>(conn)?)).unwrap();
    assert_eq!(set, of_ten_minutes);
    let too_long = move |conn: &mut ecomdb::Connection| {
        conn.batch_execute(shorten)?;
        Ok(diesel::sql_query(wait).execute(conn)?)
    };
    for outcome in [shop.read(too_long), shop.write(too_long), shop.snapshot(too_long)] {
        assert!(matches!(outcome, Err(Error::Overloaded(_))), "{outcome:?}");
        assert_eq!(shop.read(|conn| Ok(diesel::select(sql::<Text>(limit)).get_result::<String>(conn)?)).unwrap(), set);
    }
}

#[cfg(feature = "mysql")]
#[test]
fn a_statement_that_takes_too_long_is_ended_on_mariadb() {
    let (limit, shorten) = ("CAST(@@max_statement_time AS CHAR)", "SET SESSION max_statement_time = 0.05");
    expect_a_limit(&crate::shop::Shop::mysql(), limit, "600.000000", shorten, "SELECT SLEEP(1000)");
}

#[cfg(feature = "postgres")]
#[test]
fn a_statement_that_takes_too_long_is_ended_on_postgresql() {
    let (limit, shorten) = ("current_setting('statement_timeout')", "SET statement_timeout = 50");
    expect_a_limit(&crate::shop::Shop::postgres(), limit, "10min", shorten, "SELECT pg_sleep(1000)");
}
