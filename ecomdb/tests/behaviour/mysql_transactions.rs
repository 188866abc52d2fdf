//! Transactions on MariaDB and MySQL that fail half way, and their session settings.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::connection::{Connection as _, SimpleConnection as _};
use diesel::dsl::sql;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Text};
use ecomdb::{Connection, Database, Error, MysqlConnection, NewOrder, NewPayment, OrderStatus, PaymentMethod};

use crate::shop::{Shop, Site, card};

fn own(conn: &mut Connection) -> &mut MysqlConnection {
    match conn {
        Connection::Mysql(own) => own,
        #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
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
    let error = error.to_string();
    assert!(error.contains("ended the transaction") || error.contains("committed the transaction"), "{error}");
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
        Ok::<_, Error>(add(conn, 2)?)
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
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!((attempts.load(Ordering::Relaxed), count(&mut other)), (2, 1));
}

/// A proxy that answers the first packet that starts with this text with an error.
fn url_that_refuses(text: &'static str, url: &str) -> String {
    let (user, place) = url.rsplit_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = format!("{user}@{}/{name}?ssl_mode=disabled", listener.local_addr().unwrap());
    let (server, refused) = (server.to_owned(), Arc::new(AtomicUsize::new(0)));
    std::thread::spawn(move || {
        for client in listener.incoming().map(Result::unwrap) {
            let server = TcpStream::connect(&server).unwrap();
            let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            let refused = Arc::clone(&refused);
            std::thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
            std::thread::spawn(move || pass_on(client, server, text, &refused));
        }
    });
    own
}

fn pass_on(mut client: TcpStream, mut server: TcpStream, text: &str, refused: &AtomicUsize) -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return server.shutdown(std::net::Shutdown::Both);
        }
        let (header, length) = (4, usize::from(buffer[0]) + (usize::from(buffer[1]) << 8));
        let packet = (header + length).min(count);
        let is_it = String::from_utf8_lossy(&buffer[..packet]).contains(text);
        if is_it && refused.fetch_add(1, Ordering::Relaxed) == 0 {
            let error = b"\xff\x51\x04#HY000not now";
            client.write_all(&[error.len() as u8, 0, 0, 1])?;
            client.write_all(error)?;
            server.write_all(&buffer[packet..count])?;
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
    let db = Database::builder(url_that_refuses("CONSISTENT SNAPSHOT", &site.url)).connections(1).open().unwrap();
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
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(count(&mut other), 1);
}

#[test]
fn what_was_sent_with_a_begin_that_failed_changes_nothing() {
    let site = Site::mysql();
    if site.is_cluster() {
        // Nothing is sent to a node before the response to BEGIN.
        return;
    }
    drop(site.open());
    let mut other = notes(&site);
    let db = Database::builder(url_that_refuses("START TRANSACTION", &site.url)).connections(1).open().unwrap();
    let outcome = db.write(|tx| {
        // The body ignores errors.
        for id in 1..4 {
            add(own(tx), id).unwrap_err();
        }
        Ok(())
    });
    let Err(Error::Storage(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.to_string().contains("not now"), "{error}");
    assert_eq!(count(&mut other), 0);
    db.write(|tx| Ok::<_, Error>(add(own(tx), 1)?)).unwrap();
    assert_eq!(count(&mut other), 1);
}

/// If a preparation fails, the server would run the statement that was prepared before.
#[test]
fn a_statement_that_cannot_be_prepared_runs_no_other_one() {
    let site = Site::mysql();
    let db = site.open();
    let mut other = notes(&site);
    let insert = |conn: &mut MysqlConnection, table: &str, id: i64| {
        diesel::sql_query(format!("INSERT INTO {table} VALUES (?)")).bind::<BigInt, _>(id).execute(conn)
    };
    db.write(move |tx| {
        insert(own(tx), "notes", 1)?;
        insert(own(tx), "nowhere", 2).unwrap_err();
        insert(own(tx), "notes", 3)?;
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(count(&mut other), 2);
}

/// A number type of an application whose conversion fails.
#[derive(Debug)]
struct Short;

impl ToSql<BigInt, Mysql> for Short {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Mysql>) -> serialize::Result {
        out.write_all(&[1])?;
        Ok(IsNull::No)
    }
}

/// Otherwise the response to its preparation would be taken for that of the next statement.
#[test]
fn a_value_that_cannot_be_sent_leaves_no_response_behind() {
    let site = Site::mysql();
    let db = site.open();
    let mut other = notes(&site);
    db.write(|tx| {
        let conn = own(tx);
        add(conn, 1)?;
        let insert = diesel::sql_query("INSERT INTO notes VALUES (?)").bind::<BigInt, _>(Short);
        let outcome = insert.execute(conn);
        assert!(matches!(outcome, Err(diesel::result::Error::SerializationError(_))), "{outcome:?}");
        assert_eq!(diesel::sql_query("UPDATE notes SET id = 2 WHERE id = 1").execute(conn)?, 1);
        Ok::<_, Error>(add(conn, 3)?)
    })
    .unwrap();
    assert_eq!(count(&mut other), 2);
}

/// Waits until a statement with this beginning is running in this database. (INNODB_TRX would show what waits for a
/// lock, but is stale if it is read often.)
fn until_it_runs(statement: &str, conn: &mut MysqlConnection) {
    let running = format!(
        "(SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE '{statement}%')"
    );
    while diesel::select(sql::<BigInt>(&running)).get_result::<i64>(conn).unwrap() == 0 {
        std::thread::yield_now();
    }
}

/// The order waits for its buyer, whom another transaction has changed, and that transaction then needs the order's
/// product. The server rolls back the transaction that has written less, and runs the statements that the order had
/// already sent.
#[test]
fn an_order_that_is_undone_amid_its_statements_leaves_nothing_behind() {
    let shop = Shop::mysql();
    let (ada, lamp) = (shop.user(), shop.product("9.99", 100));
    shop.paid_order(&ada, &[(lamp.id, 1)]);
    let change = format!("UPDATE users SET revision = revision + 1 WHERE id = {}", ada.id);
    let want = format!("UPDATE inventory SET reorder_level = 7 WHERE product_id = {}", lamp.id);
    let order = NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
    let place = || shop.handle().orders().place(order).unwrap();
    let order = undone(&shop, &change, "INSERT INTO orders", &want, place);
    assert_eq!(shop.order_now(order.id).items.len(), 1);
    assert_eq!((shop.stock(&lamp), shop.orders().list(&ecomdb::OrderFilter::default()).unwrap().items.len()), (98, 2));
    shop.expect_clean();
}

/// Runs an operation whose statement `waits` for another transaction. That one has written more, made the `change`, and
/// now waits for the operation because of the row it `wants`.
fn undone<T: Send>(shop: &Shop, change: &str, waits: &str, wants: &str, operation: impl FnOnce() -> T + Send) -> T {
    let mut other = MysqlConnection::establish(&shop.url).unwrap();
    other.batch_execute("CREATE TABLE notes (id BIGINT PRIMARY KEY)").unwrap();
    other.batch_execute(&format!("BEGIN; INSERT INTO notes SELECT seq FROM seq_1_to_1000; {change}")).unwrap();
    std::thread::scope(|scope| {
        let operation = scope.spawn(operation);
        until_it_runs(waits, &mut MysqlConnection::establish(&shop.url).unwrap());
        other.batch_execute(&format!("{wants}; COMMIT")).unwrap();
        operation.join().unwrap()
    })
}

/// The cancellation waits for the stock. It has already sent the statements that return the stock, which the server
/// runs after it has rolled the cancellation back.
#[test]
fn a_cancellation_that_is_undone_amid_its_statements_returns_the_stock_once() {
    let shop = Shop::mysql();
    let (ada, lamp) = (shop.user(), shop.product("9.99", 100));
    let [first, order] = [(); 2].map(|()| shop.pending_order(&ada, &[(lamp.id, 1)]));
    // Its statements are prepared already.
    shop.handle().orders().cancel(first.id).unwrap();
    let change = format!("UPDATE inventory SET reorder_level = 7 WHERE product_id = {}", lamp.id);
    let want = format!("UPDATE orders SET revision = revision + 1 WHERE id = {}", order.id);
    let cancelled = undone(&shop, &change, "SELECT product_id FROM inventory", &want, || {
        shop.handle().orders().cancel(order.id).unwrap()
    });
    assert_eq!((cancelled.status, shop.stock(&lamp)), (ecomdb::OrderStatus::Cancelled, 100));
    shop.expect_clean();
}

/// The statement commits the preceding ones, even if it is refused itself.
#[test]
fn a_statement_that_changes_a_table_is_told_to_run_outside_of_transactions() {
    let site = Site::mysql();
    let db = site.open();
    let mut other = notes(&site);
    let outcome = db.write(|tx| {
        add(own(tx), 1)?;
        Ok(own(tx).batch_execute("CREATE TABLE others (id INT)")?)
    });
    let Err(Error::Storage(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.to_string().contains("run them outside of transactions"), "{error}");
    assert_eq!(count(&mut other), 1);
}

#[test]
fn a_lock_wait_is_not_longer_than_a_statement_may_take() {
    let site = Site::mysql();
    let db = Database::builder(&site.url).statement_timeout(Duration::from_secs(3)).open().unwrap();
    let variables = "CONCAT_WS(',', @@innodb_lock_wait_timeout, @@lock_wait_timeout, @@wait_timeout)";
    let values = db
        .write(move |tx| Ok::<_, Error>(diesel::select(sql::<Text>(variables)).get_result::<String>(own(tx))?))
        .unwrap();
    assert_eq!(values, "3,3,310");
}

#[test]
fn an_operation_whose_last_statement_fails_is_undone_and_the_transaction_goes_on() {
    let shop = Shop::mysql();
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    let order = shop.pending_order(&ada, &[(lamp.id, 1)]);
    let payment = shop.payments().create(order.id, NewPayment::pending(PaymentMethod::Card)).unwrap();
    let mut other = MysqlConnection::establish(&shop.url).unwrap();
    other.batch_execute("ALTER TABLE sales_events ADD CONSTRAINT no_sales CHECK (sign = 0)").unwrap();
    shop.write(move |tx| {
        tx.payments().capture(payment.id).unwrap_err();
        tx.inventory().restock(lamp.id, 5, None).map(drop)
    })
    .unwrap();
    other.batch_execute("ALTER TABLE sales_events DROP CONSTRAINT no_sales").unwrap();
    assert_eq!(shop.stock(&lamp), 14);
    assert_eq!(shop.order_now(order.id).status, OrderStatus::Pending);
    shop.expect_clean();
}
