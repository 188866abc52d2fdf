//! Errors of an application in the closures of transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::SimpleConnection as _;
use ecomdb::{Connection, Database, Engine, Error, NewUser, User, UserFilter};

use crate::shop::Shop;

/// An application's error that does not expose its source.
#[derive(Debug, PartialEq)]
enum Own {
    NotInvited(u32),
    Database(String),
}

impl From<Error> for Own {
    fn from(error: Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<diesel::result::Error> for Own {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.to_string())
    }
}

fn ada(conn: &mut Connection) -> Result<User, Own> {
    let ada = NewUser::new("ada@example.com", "Ada", "Lovelace").map_err(Error::from)?;
    Ok(conn.users().create(ada)?)
}

fn users(db: &Database) -> usize {
    db.users().list(&UserFilter::default()).unwrap().items.len()
}

/// A statement that fails like one that lost a conflict; `None` on SQLite, where there are none.
fn losing(shop: &Shop) -> Option<&'static str> {
    match shop.engine() {
        Engine::Mysql => Some(
            "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1205, \
             MESSAGE_TEXT = 'Lock wait timeout exceeded; try restarting transaction'",
        ),
        Engine::Postgres => Some("DO $$ BEGIN RAISE 'could not serialize access' USING ERRCODE = '40001'; END $$"),
        _ => None,
    }
}

/// A statement that ends its own connection.
fn leaving(shop: &Shop) -> Option<&'static str> {
    match shop.engine() {
        Engine::Mysql => Some("KILL CONNECTION_ID()"),
        Engine::Postgres => Some("SELECT pg_terminate_backend(pg_backend_pid())"),
        _ => None,
    }
}

/// A statement that fails because of the server's environment; `None` on SQLite.
fn failing(shop: &Shop) -> Option<&'static str> {
    match shop.engine() {
        Engine::Mysql => Some("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1021, MESSAGE_TEXT = 'Disk full (/tmp)'"),
        Engine::Postgres => Some("DO $$ BEGIN RAISE 'could not extend file' USING ERRCODE = '53100'; END $$"),
        _ => None,
    }
}

/// A closure that fails in its first two runs with the application's error, and the number of its runs.
fn failing_twice(
    statement: &'static str,
    fail: fn(&mut Connection, &'static str) -> Result<(), Own>,
) -> (Arc<AtomicUsize>, impl Fn(&mut Connection) -> Result<usize, Own> + Clone + Send + 'static) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let body = move |conn: &mut Connection| {
        let run = counted.fetch_add(1, Ordering::Relaxed) + 1;
        if !run.is_multiple_of(3) {
            fail(conn, statement)?;
        }
        Ok(run)
    };
    (runs, body)
}

/// Ways in which an error of the database becomes an error of the application.
type Way = fn(&mut Connection, &'static str) -> Result<(), Own>;

const WAYS: [Way; 3] = [
    |conn, statement| Ok(conn.batch_execute(statement)?),
    |conn, statement| Ok(conn.batch_execute(statement).map_err(Error::from)?),
    |conn, statement| conn.batch_execute(statement).map_err(|_| Own::NotInvited(1)),
];

behaviours! {
    an_own_error_undoes_the_transaction_and_comes_back_as_it_is
    an_own_error_of_a_read_comes_back_as_it_is
    an_error_of_the_database_becomes_an_own_one
    an_own_error_after_a_failed_step_comes_back_as_it_is
    a_conflict_within_an_own_error_is_retried
    a_lost_connection_within_an_own_error_is_replaced
    an_own_error_because_the_database_is_unavailable_comes_back_as_it_is
}

fn an_own_error_undoes_the_transaction_and_comes_back_as_it_is(shop: &Shop) {
    let body = |tx: &mut Connection| {
        ada(tx)?;
        Err::<(), _>(Own::NotInvited(7))
    };
    let db = shop.handle();
    assert_eq!(db.write(body), Err(Own::NotInvited(7)));
    assert_eq!(db.write_once(body), Err(Own::NotInvited(7)));
    assert_eq!(users(db), 0);
    assert!(db.write(ada).is_ok());
    assert_eq!(users(db), 1);
}

fn an_own_error_of_a_read_comes_back_as_it_is(shop: &Shop) {
    let body = |conn: &mut Connection| {
        let users = conn.users().list(&UserFilter::default())?.items.len();
        Err::<(), _>(Own::NotInvited(users as u32))
    };
    assert_eq!(shop.handle().read(body), Err(Own::NotInvited(0)));
    assert_eq!(shop.handle().snapshot(body), Err(Own::NotInvited(0)));
}

fn an_error_of_the_database_becomes_an_own_one(shop: &Shop) {
    let db = shop.handle();
    db.write(ada).unwrap();
    let Err(Own::Database(words)) = db.write(ada) else { panic!("the address is taken") };
    assert!(words.contains("email"), "{words}");
    let panicked = db.write(|_| -> Result<(), Own> { panic!("on purpose") });
    let expected = Error::Panicked("on purpose".to_owned()).to_string();
    assert_eq!(panicked, Err(Own::Database(expected)));
}

fn an_own_error_after_a_failed_step_comes_back_as_it_is(shop: &Shop) {
    let db = shop.handle();
    db.write(ada).unwrap();
    let outcome = db.write(|tx| {
        assert!(ada(tx).is_err());
        Err::<(), _>(Own::NotInvited(7))
    });
    assert_eq!(outcome, Err(Own::NotInvited(7)));
}

fn a_conflict_within_an_own_error_is_retried(shop: &Shop) {
    let Some(losing) = losing(shop) else { return };
    let db = shop.handle();
    for way in WAYS {
        let (runs, body) = failing_twice(losing, way);
        assert_eq!(db.write(body.clone()), Ok(3));
        assert_eq!(db.read(body.clone()), Ok(6));
        assert_eq!(db.snapshot(body.clone()), Ok(9));
        let Err(Own::Database(words)) = db.write_once(body) else { panic!("it runs once") };
        assert!(words.contains("gave up after 1 attempts"), "{words}");
        assert_eq!(runs.load(Ordering::Relaxed), 10);
    }
}

fn a_lost_connection_within_an_own_error_is_replaced(shop: &Shop) {
    let Some(leaving) = leaving(shop) else { return };
    for way in WAYS {
        let (runs, body) = failing_twice(leaving, way);
        assert_eq!(shop.handle().write(body), Ok(3));
        assert_eq!(runs.load(Ordering::Relaxed), 3);
    }
}

fn an_own_error_because_the_database_is_unavailable_comes_back_as_it_is(shop: &Shop) {
    let Some(failing) = failing(shop) else { return };
    let body = move |conn: &mut Connection| conn.batch_execute(failing).map_err(|_| Own::NotInvited(7));
    assert_eq!(shop.handle().write(body), Err(Own::NotInvited(7)));
    assert_eq!(shop.handle().write_once(body), Err(Own::NotInvited(7)));
    assert_eq!(shop.handle().read(body), Err(Own::NotInvited(7)));
}
