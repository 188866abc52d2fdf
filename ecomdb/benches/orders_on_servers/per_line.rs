//! The peers: one transaction per order, with one statement for each write of each line, as in most programs. They
//! write the same rows, lock products in the same order and also use Diesel, so that only the statements differ. One
//! peer sends them like Diesel's query builder: BEGIN and COMMIT through Diesel, which take three round trips each on
//! MariaDB, and every UPDATE prepared again. The other peer prepares every statement once, including BEGIN and COMMIT.

use std::marker::PhantomData;

use chrono::{NaiveDateTime, Utc};
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text, Timestamp};
use diesel::{Connection as _, QueryResult, RunQueryDsl};
use ecomdb::{Connection, MysqlConnection, PgConnection};

/// The way in which a peer sends statements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    AsDieselDoes,
    AllPrepared,
}

/// A connection with the library's settings.
pub(crate) fn connect(url: &str) -> Connection {
    if url.starts_with("mysql") {
        let mut conn = MysqlConnection::establish(url).unwrap();
        diesel::sql_query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").execute(&mut conn).unwrap();
        Connection::Mysql(conn)
    } else {
        Connection::Postgres(PgConnection::establish(url).unwrap())
    }
}

/// Places the order, with retries after conflicts.
pub(crate) fn place(conn: &mut Connection, sending: Sending, basket: (i64, [i64; 3])) {
    let lost = |error: diesel::result::Error| assert!(error.to_string().to_lowercase().contains("deadlock"), "{error}");
    if sending == Sending::AsDieselDoes {
        while let Err(error) = conn.transaction(|conn| attempt(conn, sending, basket)) {
            lost(error);
        }
        return;
    }
    let prepared = |conn: &mut Connection| {
        run(conn, line("BEGIN"))?;
        attempt(conn, sending, basket)?;
        run(conn, line("COMMIT"))
    };
    while let Err(error) = prepared(conn) {
        lost(error);
        run(conn, line("ROLLBACK")).unwrap();
    }
}

fn attempt(conn: &mut Connection, sending: Sending, (user, products): (i64, [i64; 3])) -> QueryResult<()> {
    let now = Utc::now().naive_utc();
    let select = line("SELECT email, first_name, last_name, status FROM users WHERE id = ?").int(user);
    let buyer: (String, String, String, String) = ask::<(Text, Text, Text, Text), _>(conn, select)?;
    assert_eq!(buyer.3, "active");
    let mut prices = [0; 3];
    for (product, price) in products.into_iter().zip(&mut prices) {
        let select = line(
            "SELECT p.name, p.sku, p.price, p.status, i.quantity FROM inventory i JOIN products p ON p.id = i.product_id \
             WHERE i.product_id = ? FOR UPDATE",
        );
        let offer: (String, String, i64, String, i64) =
            ask::<(Text, Text, BigInt, Text, BigInt), _>(conn, select.int(product))?;
        assert!(offer.3 == "active" && offer.4 > 0);
        *price = offer.2;
    }
    let total: i64 = prices.iter().sum();
    let insert = line(
        "INSERT INTO orders (user_id, status, total, paid, refunded, item_count, placed_at, completed_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.int(user).text("completed").int(total).int(total).int(0).int(3).time(now).time(now);
    let order = inserted(conn, insert)?;
    for (product, price) in products.into_iter().zip(prices) {
        let insert = line("INSERT INTO order_items (order_id, product_id, quantity, unit_price) VALUES (?, ?, ?, ?)");
        run(conn, insert.int(order).int(product).int(1).int(price))?;
        let mut update =
            line("UPDATE inventory SET quantity = quantity - ?, updated_at = ? WHERE product_id = ? AND quantity >= ?");
        update.once = sending == Sending::AsDieselDoes;
        assert_eq!(run(conn, update.int(1).time(now).int(product).int(1))?, 1);
    }
    let insert = line("INSERT INTO sales_events (order_id, sign, refunded) VALUES (?, ?, ?)");
    run(conn, insert.int(order).int(1).int(0))?;
    let insert =
        line("INSERT INTO payments (order_id, method, status, amount, paid_at, created_at) VALUES (?, ?, ?, ?, ?, ?)");
    let insert = insert.int(order).text("card").text("paid").int(total).time(now).time(now);
    let _payment = inserted(conn, insert)?;
    Ok(())
}

/// A statement that is prepared once per connection, with `?` for values.
struct Line {
    text: &'static str,
    end: &'static str,
    /// Prepared for a single use.
    once: bool,
    values: Vec<Value>,
}

enum Value {
    Int(i64),
    Text(&'static str),
    Time(NaiveDateTime),
}

fn line(text: &'static str) -> Line {
    Line { text, end: "", once: false, values: Vec::new() }
}

impl Line {
    fn int(self, value: i64) -> Self {
        self.with(Value::Int(value))
    }

    fn text(self, value: &'static str) -> Self {
        self.with(Value::Text(value))
    }

    fn time(self, value: NaiveDateTime) -> Self {
        self.with(Value::Time(value))
    }

    fn with(mut self, value: Value) -> Self {
        self.values.push(value);
        self
    }
}

/// A statement with the types of its columns.
struct Asking<ST>(Line, PhantomData<ST>);

fn run(conn: &mut Connection, line: Line) -> QueryResult<usize> {
    match conn {
        Connection::Mysql(own) => line.execute(own),
        Connection::Postgres(own) => line.execute(own),
        _ => unreachable!("a server"),
    }
}

fn ask<ST, R>(conn: &mut Connection, line: Line) -> QueryResult<R>
where
    Asking<ST>: for<'q> diesel::query_dsl::methods::LoadQuery<'q, MysqlConnection, R>
        + for<'q> diesel::query_dsl::methods::LoadQuery<'q, PgConnection, R>,
{
    let asking = Asking(line, PhantomData);
    match conn {
        Connection::Mysql(own) => asking.get_result(own),
        Connection::Postgres(own) => asking.get_result(own),
        _ => unreachable!("a server"),
    }
}

/// Id of the new row. MariaDB's INSERT ... RETURNING cannot be read through Diesel.
fn inserted(conn: &mut Connection, mut line: Line) -> QueryResult<i64> {
    if matches!(conn, Connection::Mysql(_)) {
        run(conn, line)?;
        return ask::<BigInt, _>(conn, self::line("SELECT LAST_INSERT_ID()"));
    }
    line.end = " RETURNING id";
    ask::<BigInt, _>(conn, line)
}

impl<DB> QueryFragment<DB> for Line
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Timestamp>,
    i64: ToSql<BigInt, DB>,
    &'static str: ToSql<Text, DB>,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if self.once {
            out.unsafe_to_cache_prepared();
        }
        let mut values = self.values.iter();
        for (i, piece) in self.text.split('?').enumerate() {
            match (i, if i > 0 { values.next() } else { None }) {
                (_, Some(Value::Int(value))) => out.push_bind_param::<BigInt, _>(value)?,
                (_, Some(Value::Text(value))) => out.push_bind_param::<Text, _>(value)?,
                (_, Some(Value::Time(value))) => out.push_bind_param::<Timestamp, _>(value)?,
                (0, None) => {}
                (_, None) => panic!("a `?` without a value"),
            }
            out.push_sql(piece);
        }
        out.push_sql(self.end);
        Ok(())
    }
}

impl QueryId for Line {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> RunQueryDsl<C> for Line {}

impl<DB: Backend, ST> QueryFragment<DB> for Asking<ST>
where
    Line: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

impl<ST> QueryId for Asking<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> Query for Asking<ST> {
    type SqlType = ST;
}

impl<ST, C> RunQueryDsl<C> for Asking<ST> {}
