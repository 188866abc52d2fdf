//! The connection type used by the whole library.

/// A Diesel connection to one of the engines, on which an application can run its own queries. In
/// [`Database::write`](crate::Database::write), it is the open transaction.
#[derive(diesel::MultiConnection)]
#[allow(missing_docs, reason = "also covers the items that the derive makes")]
pub enum AnyConnection {
    /// SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite(diesel::SqliteConnection),
    /// MariaDB or MySQL.
    #[cfg(feature = "mysql")]
    Mysql(crate::engine::MysqlConnection),
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(crate::engine::PgConnection),
}

impl std::fmt::Debug for AnyConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Connection").field(&self.engine()).finish()
    }
}

/// Evaluates an expression with the engine's own connection type, without the overhead of the common one.
macro_rules! on_engine {
    ($conn:expr, $own:ident => $body:expr) => {
        match $conn {
            #[cfg(feature = "sqlite")]
            $crate::engine::Connection::Sqlite($own) => $body,
            #[cfg(feature = "mysql")]
            $crate::engine::Connection::Mysql($own) => $body,
            #[cfg(feature = "postgres")]
            $crate::engine::Connection::Postgres($own) => $body,
        }
    };
}

/// Inserts a row and returns its id: `insert_returning_id!(conn, users, values)`. MySQL has no RETURNING.
macro_rules! insert_returning_id {
    ($conn:expr, $table:ident, $values:expr) => {{
        use diesel::RunQueryDsl as _;
        let outcome: diesel::QueryResult<i64> = match $conn {
            #[cfg(feature = "sqlite")]
            $crate::engine::Connection::Sqlite(own) => {
                diesel::insert_into($table::table).values($values).returning($table::id).get_result(own)
            }
            #[cfg(feature = "postgres")]
            $crate::engine::Connection::Postgres(own) => {
                diesel::insert_into($table::table).values($values).returning($table::id).get_result(own)
            }
            #[cfg(feature = "mysql")]
            $crate::engine::Connection::Mysql(own) => {
                diesel::insert_into($table::table).values($values).execute(own).and_then(|_| {
                    $crate::engine::sql("SELECT LAST_INSERT_ID()").one_on::<diesel::sql_types::BigInt, i64, _>(own)
                })
            }
        };
        outcome
    }};
}

/// Sends a Diesel statement without waiting for its response, if the engine supports it; see
/// [`Sql::send`](super::Sql::send).
macro_rules! send {
    ($conn:expr, $statement:expr) => {
        match $conn {
            #[cfg(feature = "mysql")]
            $crate::engine::Connection::Mysql(own) => own.send_only(&$statement),
            #[cfg(feature = "postgres")]
            $crate::engine::Connection::Postgres(own) => own.send_only(&$statement),
            #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
            _ => diesel::RunQueryDsl::execute($statement, $conn).map(drop),
        }
    };
}

pub(crate) use {insert_returning_id, on_engine, send};
