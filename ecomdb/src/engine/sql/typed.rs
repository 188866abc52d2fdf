//! Statements with the types of their columns, which load rows from an engine's connection.

use std::marker::PhantomData;

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::connection::DefaultLoadingMode;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::result::QueryResult;

use super::{Sql, StatementKey};

/// Rows that can be read from an engine's own connection. Always implemented for an engine that is not compiled in. For
/// a server, the declaration includes the type of its tickets.
macro_rules! rows_from {
    ($feature:literal, $row:ident, $conn:ty $(, $backend:ty, $ticket:ty)?) => {
        #[cfg(feature = $feature)]
        pub(crate) trait $row<ST, Key>: Sized {
            fn load(statement: Sql<Key>, conn: &mut $conn) -> QueryResult<Vec<Self>>;
            /// Passes each row to the closure as it is read.
            fn each(statement: Sql<Key>, conn: &mut $conn, take: impl FnMut(Self)) -> QueryResult<()>
            where
                Self: 'static;
            $(
                /// The rows of a query that was sent.
                fn take(ticket: $ticket, conn: &mut $conn) -> QueryResult<Vec<Self>>;
            )?
        }

        #[cfg(feature = $feature)]
        impl<ST, Key, R> $row<ST, Key> for R
        where
            Key: StatementKey,
            Typed<ST, Key>: for<'q> LoadQuery<'q, $conn, R>,
            $(R: diesel::deserialize::FromSqlRow<ST, $backend>,)?
        {
            fn load(statement: Sql<Key>, conn: &mut $conn) -> QueryResult<Vec<Self>> {
                RunQueryDsl::load(Typed::<ST, Key>::new(statement), conn)
            }

            fn each(statement: Sql<Key>, conn: &mut $conn, mut take: impl FnMut(Self)) -> QueryResult<()>
            where
                Self: 'static,
            {
                let statement = Typed::<ST, Key>::new(statement);
                for row in RunQueryDsl::load_iter::<R, DefaultLoadingMode>(statement, conn)? {
                    take(row?);
                }
                Ok(())
            }
            $(
                fn take(ticket: $ticket, conn: &mut $conn) -> QueryResult<Vec<Self>> {
                    conn.rows::<ST, R>(ticket)
                }
            )?
        }

        #[cfg(not(feature = $feature))]
        pub(crate) trait $row<ST, Key> {}

        #[cfg(not(feature = $feature))]
        impl<ST, Key, R> $row<ST, Key> for R {}
    };
}

rows_from!("sqlite", SqliteRow, diesel::SqliteConnection);
rows_from!("mysql", MysqlRow, crate::engine::MysqlConnection, diesel::mysql::Mysql, crate::engine::mysql::Ticket);
rows_from!("postgres", PostgresRow, crate::engine::PgConnection, diesel::pg::Pg, crate::engine::postgres::Ticket);

/// A statement with the types of its columns.
#[derive(Debug)]
pub(crate) struct Typed<ST, Key> {
    statement: Sql<Key>,
    columns: PhantomData<ST>,
}

impl<ST, Key> Typed<ST, Key> {
    pub(super) fn new(statement: Sql<Key>) -> Self {
        Self { statement, columns: PhantomData }
    }
}

impl<ST, Key: StatementKey> QueryId for Typed<ST, Key> {
    type QueryId = Key;
    const HAS_STATIC_QUERY_ID: bool = Key::HAS_ONE_TEXT;
}

impl<DB, ST, Key> QueryFragment<DB> for Typed<ST, Key>
where
    DB: Backend,
    Sql<Key>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk_ast(out)
    }
}

impl<ST, Key> Query for Typed<ST, Key> {
    type SqlType = ST;
}

impl<ST, Key, C> RunQueryDsl<C> for Typed<ST, Key> {}
