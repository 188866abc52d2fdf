//! SQL written by hand, for what the common query builder cannot say or says too slowly.
//!
//! Unlike Diesel's `sql_query`, the prepared statement is cached by its text, and `?` stands for a value on every
//! engine. Values are always bound.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Nullable, Text, Timestamp};

use super::Connection;
use crate::types::time::Stamp;

/// A statement: its text, with a `?` for each value, and the values.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

#[derive(Debug, Clone)]
enum Value {
    Int(Option<i64>),
    Word(&'static str),
    Text(Option<String>),
    Time(Option<Stamp>),
}

/// A statement without values so far.
pub(crate) fn sql(text: impl Into<Cow<'static, str>>) -> Sql {
    Sql { text: text.into(), values: Vec::new() }
}

/// A time as what [`Connection::moment`] gives reads it.
pub(crate) fn text_of_moment(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

impl Sql {
    pub(crate) fn int(self, value: impl Into<i64>) -> Self {
        self.maybe_int(Some(value.into()))
    }

    pub(crate) fn text(self, value: impl Into<String>) -> Self {
        self.maybe_text(Some(value.into()))
    }

    /// A text that is part of the program, such as a state.
    pub(crate) fn word(mut self, value: &'static str) -> Self {
        self.values.push(Value::Word(value));
        self
    }

    pub(crate) fn time(self, value: DateTime<Utc>) -> Self {
        self.maybe_time(Some(value))
    }

    pub(crate) fn maybe_int(mut self, value: Option<i64>) -> Self {
        self.values.push(Value::Int(value));
        self
    }

    pub(crate) fn maybe_text(mut self, value: Option<String>) -> Self {
        self.values.push(Value::Text(value));
        self
    }

    pub(crate) fn maybe_time(mut self, value: Option<DateTime<Utc>>) -> Self {
        self.values.push(Value::Time(value.map(Stamp::from)));
        self
    }

    /// A time to compare with, where the text has [`Connection::moment`]. Unlike what [`Sql::time`] gives, MariaDB
    /// compares it correctly outside of the years 1970 to 2037 too.
    pub(crate) fn moment(self, value: DateTime<Utc>) -> Self {
        self.text(text_of_moment(value))
    }

    /// The number of rows that it touched.
    pub(crate) fn run(&self, conn: &mut Connection) -> QueryResult<usize> {
        super::on_engine!(conn, own => self.execute_on(own))
    }

    pub(super) fn execute_on<C>(&self, conn: &mut C) -> QueryResult<usize>
    where
        C: diesel::Connection,
        for<'a> &'a Self: QueryFragment<C::Backend> + QueryId,
    {
        conn.execute_returning_count(&self)
    }

    /// The rows, by position: `rows::<(BigInt, Text), (i64, String)>`.
    pub(crate) fn rows<ST, R>(self, conn: &mut Connection) -> QueryResult<Vec<R>>
    where
        R: SqliteRow<ST> + MysqlRow<ST> + PostgresRow<ST>,
    {
        match conn {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(own) => <R as SqliteRow<ST>>::load(self, own),
            #[cfg(feature = "mysql")]
            Connection::Mysql(own) => <R as MysqlRow<ST>>::load(self, own),
            #[cfg(feature = "postgres")]
            Connection::Postgres(own) => <R as PostgresRow<ST>>::load(self, own),
        }
    }

    /// The rows, from an engine's own connection.
    pub(crate) fn rows_on<ST, R, C>(self, conn: &mut C) -> QueryResult<Vec<R>>
    where
        Typed<ST>: for<'q> LoadQuery<'q, C, R>,
    {
        Typed::<ST>::new(self).load(conn)
    }

    /// The one row.
    pub(crate) fn one<ST, R>(self, conn: &mut Connection) -> QueryResult<R>
    where
        R: SqliteRow<ST> + MysqlRow<ST> + PostgresRow<ST>,
    {
        self.rows::<ST, R>(conn)?.into_iter().next().ok_or(diesel::result::Error::NotFound)
    }

    /// The one row, from an engine's own connection.
    pub(crate) fn one_on<ST, R, C>(self, conn: &mut C) -> QueryResult<R>
    where
        Typed<ST>: for<'q> LoadQuery<'q, C, R>,
    {
        Typed::<ST>::new(self).get_result(conn)
    }

    /// Inserts one row into a table with an `id`, and gives that.
    pub(crate) fn insert(self, conn: &mut Connection) -> QueryResult<i64> {
        match conn {
            #[cfg(feature = "mysql")]
            Connection::Mysql(own) => {
                self.execute_on(own)?;
                sql("SELECT LAST_INSERT_ID()").one_on::<BigInt, i64, _>(own)
            }
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            conn => Self { text: self.text + " RETURNING id", ..self }.one::<BigInt, i64>(conn),
        }
    }
}

/// Rows that can be read from one engine's own connection. Where the engine is not compiled in, all can.
macro_rules! rows_from {
    ($feature:literal, $row:ident, $conn:ty) => {
        #[cfg(feature = $feature)]
        pub(crate) trait $row<ST>: Sized {
            fn load(statement: Sql, conn: &mut $conn) -> QueryResult<Vec<Self>>;
        }

        #[cfg(feature = $feature)]
        impl<ST, R> $row<ST> for R
        where
            Typed<ST>: for<'q> LoadQuery<'q, $conn, R>,
        {
            fn load(statement: Sql, conn: &mut $conn) -> QueryResult<Vec<Self>> {
                RunQueryDsl::load(Typed::<ST>::new(statement), conn)
            }
        }

        #[cfg(not(feature = $feature))]
        pub(crate) trait $row<ST> {}

        #[cfg(not(feature = $feature))]
        impl<ST, R> $row<ST> for R {}
    };
}

rows_from!("sqlite", SqliteRow, diesel::SqliteConnection);
rows_from!("mysql", MysqlRow, diesel::MysqlConnection);
rows_from!("postgres", PostgresRow, diesel::PgConnection);

/// A statement together with the types of its columns.
#[derive(Debug)]
pub(crate) struct Typed<ST> {
    statement: Sql,
    columns: std::marker::PhantomData<ST>,
}

impl<ST> Typed<ST> {
    fn new(statement: Sql) -> Self {
        Self { statement, columns: std::marker::PhantomData }
    }
}

impl QueryId for Sql {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> QueryId for Typed<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB> QueryFragment<DB> for Sql
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Timestamp>,
    Option<i64>: ToSql<Nullable<BigInt>, DB>,
    &'static str: ToSql<Text, DB>,
    Option<String>: ToSql<Nullable<Text>, DB>,
    Option<Stamp>: ToSql<Nullable<Timestamp>, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut values = self.values.iter();
        let mut pushed = 0;
        // Diesel walks each statement three times.
        for mark in memchr::memchr_iter(b'?', self.text.as_bytes()) {
            out.push_sql(&self.text[pushed..mark]);
            match values.next() {
                Some(Value::Int(value)) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
                Some(Value::Word(value)) => out.push_bind_param::<Text, _>(value)?,
                Some(Value::Text(value)) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Some(Value::Time(value)) => out.push_bind_param::<Nullable<Timestamp>, _>(value)?,
                None => return Err(diesel::result::Error::QueryBuilderError("a `?` without a value".into())),
            }
            pushed = mark + 1;
        }
        out.push_sql(&self.text[pushed..]);
        Ok(())
    }
}

impl<DB, ST> QueryFragment<DB> for Typed<ST>
where
    DB: Backend,
    Sql: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk_ast(out)
    }
}

impl<ST> Query for Typed<ST> {
    type SqlType = ST;
}

impl<ST, C> RunQueryDsl<C> for Typed<ST> {}

/// What an INSERT does to the row that already has its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merge {
    /// Adds the values to those that are there.
    Add,
    /// Replaces them.
    Replace,
}

/// As SQLite and PostgreSQL say it.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) fn on_conflict(table: &str, keys: &[&str], values: &[&str], merge: Merge) -> String {
    let set = |value: &&str| match merge {
        Merge::Add => format!("{value} = {table}.{value} + excluded.{value}"),
        Merge::Replace => format!("{value} = excluded.{value}"),
    };
    let sets: Vec<String> = values.iter().map(set).collect();
    format!("ON CONFLICT ({}) DO UPDATE SET {}", keys.join(", "), sets.join(", "))
}
