//! The library's own MySQL driver, as an application can use it too.

use std::cell::RefCell;

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{
    BigInt, Binary, Bool, Date, Double, Float, Integer, Nullable, SmallInt, Text, Time, Timestamp,
};
use ecomdb::MysqlConnection;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::shop::Site;

diesel::table! {
    numbers (id) {
        id -> BigInt,
        square -> BigInt,
    }
}

fn connect(site: &Site) -> MysqlConnection {
    MysqlConnection::establish(&site.url).unwrap()
}

fn text(conn: &mut MysqlConnection, expression: &str) -> String {
    diesel::select(sql::<Text>(&format!("CAST(({expression}) AS CHAR)"))).get_result(conn).unwrap()
}

#[test]
fn values_come_back_as_they_were_sent() {
    let site = Site::mysql();
    let conn = RefCell::new(connect(&site));
    let micros = 0_i64..4_000_000_000_000_000;
    let values = (any::<i16>(), any::<i32>(), any::<i64>(), -1e30_f32..1e30, -1e300_f64..1e300, any::<bool>());
    let others = ("[^\0]{0,300}", any::<Vec<u8>>(), any::<Option<i64>>(), micros);
    let mut runner = TestRunner::new(Config::with_cases(64));
    let outcome =
        runner.run(&(values, others), |((small, int, big, float, double, flag), (text, bytes, maybe, micros))| {
            let conn = &mut *conn.borrow_mut();
            let time = chrono::DateTime::from_timestamp_micros(micros).unwrap().naive_utc();
            let numbers = diesel::select((
                small.into_sql::<SmallInt>(),
                int.into_sql::<Integer>(),
                big.into_sql::<BigInt>(),
                double.into_sql::<Double>(),
                flag.into_sql::<Bool>(),
                maybe.into_sql::<Nullable<BigInt>>(),
            ));
            let back = numbers.get_result::<(i16, i32, i64, f64, bool, Option<i64>)>(conn).unwrap();
            prop_assert_eq!(back, (small, int, big, double, flag, maybe));
            let single = diesel::select(float.into_sql::<Float>()).get_result::<f32>(conn).unwrap();
            prop_assert_eq!(single, float);
            let others = diesel::select((
                text.as_str().into_sql::<Text>(),
                bytes.as_slice().into_sql::<Binary>(),
                time.into_sql::<Timestamp>(),
                time.date().into_sql::<Date>(),
                time.time().into_sql::<Time>(),
            ));
            let back = others.get_result::<(String, Vec<u8>, chrono::NaiveDateTime, _, _)>(conn).unwrap();
            prop_assert_eq!(back, (text, bytes, time, time.date(), time.time()));
            Ok(())
        });
    outcome.unwrap();
}

/// Values larger than the connection's read buffer.
#[test]
fn large_values_and_many_rows_come_back_whole() {
    let site = Site::mysql();
    let mut conn = connect(&site);
    let long = "äb".repeat(2_000_000);
    assert_eq!(diesel::select(long.as_str().into_sql::<Text>()).get_result::<String>(&mut conn).unwrap(), long);
    conn.batch_execute("CREATE TABLE numbers (id BIGINT PRIMARY KEY, square BIGINT NOT NULL)").unwrap();
    let rows: Vec<_> = (0..20_000_i64).map(|n| (numbers::id.eq(n), numbers::square.eq(n * n))).collect();
    assert_eq!(diesel::insert_into(numbers::table).values(&rows).execute(&mut conn).unwrap(), rows.len());
    let back: Vec<(i64, i64)> = numbers::table.order(numbers::id).load(&mut conn).unwrap();
    assert_eq!(back, (0..20_000).map(|n| (n, n * n)).collect::<Vec<_>>());
}

#[test]
fn an_update_counts_the_rows_that_it_finds() {
    let site = Site::mysql();
    let mut conn = connect(&site);
    conn.batch_execute(
        "CREATE TABLE numbers (id BIGINT PRIMARY KEY, square BIGINT NOT NULL); INSERT INTO numbers VALUES (2, 4)",
    )
    .unwrap();
    for (id, found) in [(2, 1), (3, 0)] {
        let update = diesel::update(numbers::table.find(id)).set(numbers::square.eq(4));
        assert_eq!(update.execute(&mut conn).unwrap(), found);
    }
}

#[test]
fn an_error_of_the_server_has_its_kind_number_and_sqlstate() {
    let site = Site::mysql();
    let mut conn = connect(&site);
    conn.batch_execute("CREATE TABLE numbers (id BIGINT PRIMARY KEY, square BIGINT NOT NULL, CHECK (square >= 0))")
        .unwrap();
    let mut error = |statement: &str| match conn.batch_execute(statement).unwrap_err() {
        DieselError::DatabaseError(kind, info) => (kind, info.message().to_owned()),
        other => panic!("{other:?}"),
    };
    let (kind, message) = error("INSERT INTO numbers VALUES (1, 1), (1, 1)");
    assert!(matches!(kind, DatabaseErrorKind::UniqueViolation), "{kind:?}");
    assert!(message.starts_with("ERROR 1062 (23000): Duplicate entry"), "{message}");
    let (kind, _) = error("INSERT INTO numbers VALUES (1, -1)");
    assert!(matches!(kind, DatabaseErrorKind::CheckViolation), "{kind:?}");
    let (kind, _) = error("INSERT INTO numbers VALUES (1, NULL)");
    assert!(matches!(kind, DatabaseErrorKind::NotNullViolation), "{kind:?}");
    let (kind, message) = error("SELECT no_such_column");
    assert!(matches!(kind, DatabaseErrorKind::Unknown), "{kind:?}");
    assert!(message.starts_with("ERROR 1054 (42S22): "), "{message}");
}

#[test]
fn a_connection_that_the_server_ends_is_closed() {
    let site = Site::mysql();
    let (mut conn, mut other) = (connect(&site), connect(&site));
    let id = text(&mut conn, "SELECT CONNECTION_ID()");
    other.batch_execute(&format!("KILL {id}")).unwrap();
    let closed =
        |error: &DieselError| matches!(error, DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _));
    // The first error may be that the connection was killed.
    let _ = conn.batch_execute("SELECT 1");
    for _ in 0..2 {
        let error = conn.batch_execute("SELECT 1").unwrap_err();
        assert!(closed(&error), "{error:?}");
    }
}

#[test]
fn a_connection_keeps_200_prepared_statements() {
    let site = Site::mysql();
    let mut conn = connect(&site);
    conn.batch_execute("CREATE TABLE numbers (id BIGINT PRIMARY KEY, square BIGINT NOT NULL)").unwrap();
    let count = |name: &str, conn: &mut MysqlConnection| {
        let status = "SELECT variable_value FROM information_schema.session_status WHERE variable_name = ";
        text(conn, &format!("{status}'{name}'")).parse::<i64>().unwrap()
    };
    for length in 1..=300 {
        let mut query = numbers::table.into_boxed();
        for n in 0..length {
            query = query.filter(numbers::id.ne(n));
        }
        assert_eq!(query.load::<(i64, i64)>(&mut conn).unwrap(), []);
    }
    let prepared = count("Com_stmt_prepare", &mut conn);
    let closed = count("Com_stmt_close", &mut conn);
    assert!(prepared >= 300, "{prepared}");
    // Plus the statement that reads the counters.
    assert_eq!(prepared + 1 - closed, 200 + 1, "{prepared} prepared, {closed} closed");
}

/// A server may ask its client for any file (LOAD DATA LOCAL).
#[test]
fn a_file_that_was_not_offered_is_not_sent() {
    let site = Site::mysql();
    let mut conn = connect(&site);
    let file = std::fs::canonicalize(file!().rsplit('/').next().map(|name| format!("tests/behaviour/{name}")).unwrap());
    let path = file.unwrap();
    conn.batch_execute(&format!(
        "CREATE TABLE letters (line TEXT); LOAD DATA LOCAL INFILE '{}' INTO TABLE letters",
        path.display()
    ))
    .unwrap();
    assert_eq!(text(&mut conn, "SELECT COUNT(*) FROM letters"), "0");
}
