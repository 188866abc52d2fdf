//! Handwritten SQL, for queries that Diesel's query builder cannot express or builds too slowly.
//!
//! Unlike Diesel's `sql_query`, prepared statements are cached, by text or, with [`fixed`], by type. `?` is the
//! placeholder on every engine, and values are always bound.

mod many;
mod typed;

use std::borrow::Cow;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Nullable, Text};

pub(crate) use self::many::arrays;
pub(super) use self::typed::Typed;
use self::typed::{MysqlRow, PostgresRow, SqliteRow};
use super::times::{Compared, Moment};
use super::{Connection, Engine, Later};

/// A statement with `?` placeholders, and its values. `Key` is the key of its prepared statement in the cache.
#[derive(Debug, Clone)]
pub(crate) struct Sql<Key = ByText> {
    text: Cow<'static, str>,
    values: Vec<Value>,
    /// Whether to cache the prepared statement.
    kept: bool,
    key: PhantomData<Key>,
}

/// Cache key of a prepared statement.
pub(crate) trait StatementKey: 'static {
    /// Whether this type has a single text.
    const HAS_ONE_TEXT: bool;
}

/// Cached by text, which is hashed each time.
#[derive(Debug, Clone)]
pub(crate) struct ByText;

impl StatementKey for ByText {
    const HAS_ONE_TEXT: bool = false;
}

#[derive(Debug, Clone)]
enum Value {
    Int(Option<i64>),
    Word(&'static str),
    Text(Option<String>),
    Time(Option<DateTime<Utc>>),
    Moment(DateTime<Utc>),
}

/// A statement without values.
pub(crate) fn sql(text: impl Into<Cow<'static, str>>) -> Sql {
    Sql::of(text.into())
}

/// Like [`sql`], for a text that depends on the number of rows; see [`Sql::for_rows`].
pub(crate) fn sql_for_rows(rows: usize, text: String) -> Sql {
    sql(text).for_rows(rows)
}

/// Like [`sql`], for a query whose best plan on PostgreSQL depends on its values, so that it is planned with them.
pub(crate) fn sql_for_values(conn: &Connection, text: String) -> Sql {
    Sql { kept: conn.engine() != Engine::Postgres, ..sql(text) }
}

/// Like [`sql`], for a constant text on a hot path: the statement is cached by a type of its own, which saves some
/// tenths of a microsecond.
macro_rules! fixed {
    ($text:expr) => {{
        const TEXT: &str = $text;
        enum Key {}
        impl $crate::engine::StatementKey for Key {
            const HAS_ONE_TEXT: bool = true;
        }
        $crate::engine::Sql::<Key>::of(std::borrow::Cow::Borrowed(TEXT))
    }};
}
pub(crate) use fixed;

/// Placeholders separated by commas: `?, ?, ?`.
pub(crate) fn marks(count: usize) -> String {
    rows(count, "?")
}

/// The text repeated `count` times, separated by commas.
pub(crate) fn rows(count: usize, row: &str) -> String {
    let mut text = String::with_capacity(count * (row.len() + 2));
    for i in 0..count {
        text.push_str(if i == 0 { "" } else { ", " });
        text.push_str(row);
    }
    text
}

/// The SQL types of the columns that a row type selects, in the order of its fields.
pub(crate) type ColumnsOf<Row> = <<Row as diesel::Selectable<<Connection as diesel::Connection>::Backend>>::SelectExpression as diesel::Expression>::SqlType;

impl<Key> Sql<Key> {
    /// The text must always be the same for a `Key` with a single text; see [`sql`] and [`fixed`].
    pub(crate) fn of(text: Cow<'static, str>) -> Self {
        Self { text, values: Vec::new(), kept: true, key: PhantomData }
    }

    /// Declares how many rows the text depends on. Statements for many rows are not cached, because a server limits
    /// prepared statements over all connections (MariaDB: 16,382).
    pub(crate) fn for_rows(self, rows: usize) -> Self {
        const KEPT: usize = 32;
        Self { kept: self.kept && rows <= KEPT, ..self }
    }

    pub(crate) fn int(self, value: impl Into<i64>) -> Self {
        self.maybe_int(Some(value.into()))
    }

    pub(crate) fn text(self, value: impl Into<String>) -> Self {
        self.maybe_text(Some(value.into()))
    }

    /// Binds a constant text, such as a status.
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
        self.values.push(Value::Time(value));
        self
    }

    /// Binds values that were collected without a text, as by [`Connection::among`].
    pub(crate) fn all(mut self, values: Sql) -> Self {
        self.values.extend(values.values);
        self.kept &= values.kept;
        self
    }

    /// Appends to the text.
    pub(crate) fn and(mut self, text: &str) -> Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Binds a time for comparison at a placeholder of [`Connection::moment`]. On MariaDB, unlike with [`Sql::time`],
    /// comparisons are also correct outside the years 1970 to 2037.
    pub(crate) fn moment(mut self, value: DateTime<Utc>) -> Self {
        self.values.push(Value::Moment(value));
        self
    }
}

impl<Key: StatementKey> Sql<Key> {
    /// Runs the statement, and returns the number of affected rows.
    pub(crate) fn run(&self, conn: &mut Connection) -> QueryResult<usize> {
        crate::engine::on_engine!(conn, own => self.execute_on(own))
    }

    /// Sends the statement without waiting for its response, if the engine supports it. An error is reported by the
    /// next statement that is waited for, at the latest by the end of the transaction.
    pub(crate) fn send(&self, conn: &mut Connection) -> QueryResult<()> {
        match conn {
            #[cfg(feature = "mysql")]
            Connection::Mysql(own) => own.send_only(&self),
            #[cfg(feature = "postgres")]
            Connection::Postgres(own) => own.send_only(&self),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            conn => self.run(conn).map(drop),
        }
    }

    /// Like [`Sql::send`], and returns the number of affected rows later.
    pub(crate) fn send_counted(&self, conn: &mut Connection) -> QueryResult<Later<'static, usize>> {
        match conn {
            #[cfg(feature = "mysql")]
            Connection::Mysql(own) => own.send(&self).map(|ticket| Later::from_mysql(move |own| own.found(ticket))),
            #[cfg(feature = "postgres")]
            Connection::Postgres(own) => {
                own.send(&self).map(|ticket| Later::from_postgres(move |own| own.found(ticket)))
            }
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            conn => self.run(conn).map(Later::known),
        }
    }

    /// Like [`Sql::send`], for a query whose rows are read later.
    pub(crate) fn send_query<ST, R>(self, conn: &mut Connection) -> QueryResult<Later<'static, Vec<R>>>
    where
        R: SqliteRow<ST, Key> + MysqlRow<ST, Key> + PostgresRow<ST, Key> + 'static,
    {
        match conn {
            #[cfg(feature = "mysql")]
            Connection::Mysql(own) => {
                own.send(&&self).map(|ticket| Later::from_mysql(move |own| <R as MysqlRow<ST, Key>>::take(ticket, own)))
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(own) => {
                let take = |ticket| Later::from_postgres(move |own| <R as PostgresRow<ST, Key>>::take(ticket, own));
                own.send(&&self).map(take)
            }
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            conn => self.rows::<ST, R>(conn).map(Later::known),
        }
    }

    pub(super) fn execute_on<C>(&self, conn: &mut C) -> QueryResult<usize>
    where
        C: diesel::Connection,
        for<'a> &'a Self: QueryFragment<C::Backend> + QueryId,
    {
        conn.execute_returning_count(&self)
    }

    /// Returns all rows, by position: `rows::<(BigInt, Text), (i64, String)>`.
    pub(crate) fn rows<ST, R>(self, conn: &mut Connection) -> QueryResult<Vec<R>>
    where
        R: SqliteRow<ST, Key> + MysqlRow<ST, Key> + PostgresRow<ST, Key>,
    {
        match conn {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(own) => <R as SqliteRow<ST, Key>>::load(self, own),
            #[cfg(feature = "mysql")]
            Connection::Mysql(own) => <R as MysqlRow<ST, Key>>::load(self, own),
            #[cfg(feature = "postgres")]
            Connection::Postgres(own) => <R as PostgresRow<ST, Key>>::load(self, own),
        }
    }

    /// Passes each row to the closure, by position. On SQLite, rows are passed as they are read, without collecting
    /// them.
    pub(crate) fn each<ST, R>(self, conn: &mut Connection, take: impl FnMut(R)) -> QueryResult<()>
    where
        R: SqliteRow<ST, Key> + MysqlRow<ST, Key> + PostgresRow<ST, Key> + 'static,
    {
        match conn {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(own) => <R as SqliteRow<ST, Key>>::each(self, own, take),
            #[cfg(feature = "mysql")]
            Connection::Mysql(own) => <R as MysqlRow<ST, Key>>::each(self, own, take),
            #[cfg(feature = "postgres")]
            Connection::Postgres(own) => <R as PostgresRow<ST, Key>>::each(self, own, take),
        }
    }

    /// Returns all rows, on an engine's own connection.
    pub(crate) fn rows_on<ST, R, C>(self, conn: &mut C) -> QueryResult<Vec<R>>
    where
        Typed<ST, Key>: for<'q> LoadQuery<'q, C, R>,
    {
        Typed::<ST, Key>::new(self).load(conn)
    }

    /// Returns the single row.
    pub(crate) fn one<ST, R>(self, conn: &mut Connection) -> QueryResult<R>
    where
        R: SqliteRow<ST, Key> + MysqlRow<ST, Key> + PostgresRow<ST, Key>,
    {
        self.rows::<ST, R>(conn)?.into_iter().next().ok_or(diesel::result::Error::NotFound)
    }

    /// Returns the single row, on an engine's own connection.
    pub(crate) fn one_on<ST, R, C>(self, conn: &mut C) -> QueryResult<R>
    where
        Typed<ST, Key>: for<'q> LoadQuery<'q, C, R>,
    {
        Typed::<ST, Key>::new(self).get_result(conn)
    }

    /// Inserts a row into a table with an `id`, and returns the id.
    pub(crate) fn insert(self, conn: &mut Connection) -> QueryResult<i64> {
        match conn {
            #[cfg(feature = "mysql")]
            Connection::Mysql(own) => {
                own.send_only(&&self)?;
                fixed!("SELECT LAST_INSERT_ID()").one_on::<BigInt, i64, _>(own)
            }
            // RETURNING would use a temporary table.
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(own) => {
                self.execute_on(own)?;
                fixed!("SELECT last_insert_rowid()").one_on::<BigInt, i64, _>(own)
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(own) => {
                Self { text: self.text + " RETURNING id", ..self }.one_on::<BigInt, i64, _>(own)
            }
        }
    }
}

impl<Key: StatementKey> QueryId for Sql<Key> {
    type QueryId = Key;
    const HAS_STATIC_QUERY_ID: bool = Key::HAS_ONE_TEXT;
}

impl<DB, Key> QueryFragment<DB> for Sql<Key>
where
    Key: StatementKey,
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Moment> + HasSqlType<Compared>,
    Option<i64>: ToSql<Nullable<BigInt>, DB>,
    &'static str: ToSql<Text, DB>,
    Option<String>: ToSql<Nullable<Text>, DB>,
    Option<DateTime<Utc>>: ToSql<Nullable<Moment>, DB>,
    DateTime<Utc>: ToSql<Compared, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if !self.kept {
            out.unsafe_to_cache_prepared();
        }
        let mut values = self.values.iter();
        let mut pushed = 0;
        // Diesel walks through each statement three times.
        for mark in memchr::memchr_iter(b'?', self.text.as_bytes()) {
            out.push_sql(&self.text[pushed..mark]);
            match values.next() {
                Some(Value::Int(value)) => out.push_bind_param::<Nullable<BigInt>, _>(value)?,
                Some(Value::Word(value)) => out.push_bind_param::<Text, _>(value)?,
                Some(Value::Text(value)) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Some(Value::Time(value)) => out.push_bind_param::<Nullable<Moment>, _>(value)?,
                Some(Value::Moment(value)) => out.push_bind_param::<Compared, _>(value)?,
                None => return Err(diesel::result::Error::QueryBuilderError("a `?` without a value".into())),
            }
            pushed = mark + 1;
        }
        out.push_sql(&self.text[pushed..]);
        Ok(())
    }
}

/// Treatment of an existing row with the same keys in an INSERT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merge {
    /// Adds to the existing values.
    Add,
    /// Replaces the existing values.
    Replace,
}
