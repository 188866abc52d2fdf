//! Transactions on MariaDB and MySQL that fail half way, and their session settings.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use ecomdb::{Connection, Database, Error, MysqlConnection};

use crate::shop::Site;

fn own(conn: &mut Connection) -> &mut MysqlConnection {
    match conn {
        Connection::Mysql(own) => own,
        _ => unreachable!("a MySQL shop"),
    }
}

fn notes(site: &Site) -> MysqlConnection {
    let mut conn = MysqlConnection::establish(&site.url).unwrap();
    conn.batch_execute("CREATE TABLE notes (id BIGINT PRIMARY KEY)").unwrap();
    conn
}

fn count(conn: &mut MysqlConnection) -> i64 {
    diesel::select(sql::<BigInt>("(SELECT COUNT(*) FROM notes)")).get_result(conn).unwrap()
}

fn add(conn: &mut MysqlConnection, id: i64) -> QueryResult<()> {
    conn.batch_execute(&format!("INSERT INTO notes VALUES ({id})"))
}

/// CREATE TABLE fails because the table exists, but commits the transaction first.
#[test]
fn what_follows_a_statement_that_failed_and_ended_the_transaction_does_not_commit_by_itself() {
    let site = Site::mysql();
    let db = site.open();
    let mut other = notes(&site);
    let outcome = db.write(|tx| {
        let conn = own(tx);
        conn.batch_execute("CREATE TABLE notes (id BIGINT PRIMARY KEY)").unwrap_err();
        add(conn, 1).unwrap_err();
        Ok(())
    });
    let Err(Error::Storage(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.to_string().contains("ended the transaction"), "{error}");
    let outcome = db.write(|tx| {
        own(tx).batch_execute("CREATE TABLE notes (id BIGINT PRIMARY KEY)").unwrap_err();
        Ok(())
    });
    assert!(matches!(outcome, Err(Error::Storage(_))), "{outcome:?}");
    assert_eq!(count(&mut other), 0);
}

#[test]
fn a_transaction_goes_on_after_a_statement_that_failed_alone() {
    let site = Site::mysql();
    let db = site.open();
    let mut other = notes(&site);
    db.write(|tx| {
        let conn = own(tx);
        add(conn, 1)?;
        add(conn, 1).unwrap_err();
        Ok(add(conn, 2)?)
    })
    .unwrap();
    assert_eq!(count(&mut other), 2);
}

/// The closure ignores the error.
#[test]
fn a_write_whose_connection_broke_before_its_commit_runs_again() {
    let site = Site::mysql();
    let db = site.open();
    let mut other = notes(&site);
    let (url, attempts) = (site.url.clone(), Arc::new(AtomicUsize::new(0)));
    let tries = Arc::clone(&attempts);
    db.write(move |tx| {
        let conn = own(tx);
        add(conn, 1)?;
        if tries.fetch_add(1, Ordering::Relaxed) == 0 {
            let id = diesel::select(sql::<Text>("CAST(CONNECTION_ID() AS CHAR)")).get_result::<String>(conn)?;
            MysqlConnection::establish(&url).unwrap().batch_execute(&format!("KILL {id}")).unwrap();
            for _ in 0..2 {
                conn.batch_execute("SELECT 1").unwrap_err();
            }
        }
        Ok(())
    })
    .unwrap();
    assert_eq!((attempts.load(Ordering::Relaxed), count(&mut other)), (2, 1));
}

/// A proxy that answers the first snapshot with an error.
fn url_that_refuses_a_snapshot(url: &str) -> String {
    let (user, place) = url.rsplit_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = format!("{user}@{}/{name}?ssl_mode=disabled", listener.local_addr().unwrap());
    let (server, snapshots) = (server.to_owned(), Arc::new(AtomicUsize::new(0)));
    std::thread::spawn(move || {
        for client in listener.incoming().map(Result::unwrap) {
            let server = TcpStream::connect(&server).unwrap();
            let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            let snapshots = Arc::clone(&snapshots);
            std::thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
            std::thread::spawn(move || pass_on(client, server, &snapshots));
        }
    });
    own
}

fn pass_on(mut client: TcpStream, mut server: TcpStream, snapshots: &AtomicUsize) -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return server.shutdown(std::net::Shutdown::Both);
        }
        let text = String::from_utf8_lossy(&buffer[..count]);
        if text.contains("CONSISTENT SNAPSHOT") && snapshots.fetch_add(1, Ordering::Relaxed) == 0 {
            let error = b"\xff\x51\x04#HY000not now";
            client.write_all(&[error.len() as u8, 0, 0, 1])?;
            client.write_all(error)?;
        } else {
            server.write_all(&buffer[..count])?;
        }
    }
}

#[test]
fn a_snapshot_that_could_not_begin_leaves_nothing_behind_for_the_next_write() {
    let site = Site::mysql();
    drop(site.open());
    let mut other = notes(&site);
    let db = Database::builder(url_that_refuses_a_snapshot(&site.url)).connections(1).open().unwrap();
    let connection = |conn: &mut Connection| {
        let id = diesel::select(sql::<BigInt>("CONNECTION_ID()")).get_result::<i64>(own(conn))?;
        Ok(id)
    };
    db.read(connection).unwrap();
    let outcome = db.snapshot(connection);
    assert!(matches!(outcome, Err(Error::Storage(_))), "{outcome:?}");
    let url = site.url.clone();
    db.write(move |tx| {
        let before = count(own(tx));
        add(&mut MysqlConnection::establish(&url).unwrap(), before + 1)?;
        assert_eq!(count(own(tx)), before + 1, "READ COMMITTED sees what was committed meanwhile");
        Ok(())
    })
    .unwrap();
    assert_eq!(count(&mut other), 1);
}

#[test]
fn nobody_waits_longer_for_a_lock_than_a_statement_may_take() {
    let site = Site::mysql();
    let db = Database::builder(&site.url).statement_timeout(Duration::from_secs(3)).open().unwrap();
    let variables = "CONCAT_WS(',', @@innodb_lock_wait_timeout, @@lock_wait_timeout, @@wait_timeout)";
    let values = db.write(move |tx| Ok(diesel::select(sql::<Text>(variables)).get_result::<String>(own(tx))?)).unwrap();
    assert_eq!(values, "3,3,310");
}
