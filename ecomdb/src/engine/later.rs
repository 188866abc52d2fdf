//! Results of statements that are sent without waiting for their responses.

use super::Connection;
use crate::error::Result;

type Read<'a, T> = Box<dyn FnOnce(&mut Connection) -> Result<T> + 'a>;

/// A result that is read from the connection of one engine.
macro_rules! later_from {
    ($feature:literal, $name:ident, $variant:ident, $conn:ty) => {
        #[cfg(feature = $feature)]
        impl<'a, T: 'a> Later<'a, T> {
            pub(super) fn $name(read: impl FnOnce(&mut $conn) -> diesel::QueryResult<T> + 'a) -> Self {
                Self::new(|conn| match conn {
                    Connection::$variant(own) => Ok(read(own)?),
                    #[allow(unreachable_patterns, reason = "reachable when another engine is compiled in")]
                    // The statement was sent on another connection.
                    _ => Err(diesel::result::Error::BrokenTransactionManager.into()),
                })
            }
        }
    };
}

later_from!("mysql", from_mysql, Mysql, crate::engine::MysqlConnection);
later_from!("postgres", from_postgres, Postgres, crate::engine::PgConnection);

/// Result of a statement that was [sent](super::Sql::send), available after its response.
pub(crate) struct Later<'a, T>(Read<'a, T>);

impl<'a, T: 'a> Later<'a, T> {
    pub(crate) fn new(read: impl FnOnce(&mut Connection) -> Result<T> + 'a) -> Self {
        Self(Box::new(read))
    }

    pub(crate) fn known(value: T) -> Self {
        Self::new(|_| Ok(value))
    }

    pub(crate) fn map<U: 'a>(self, make: impl FnOnce(T) -> U + 'a) -> Later<'a, U> {
        Later::new(|conn| self.get(conn).map(make))
    }

    /// Waits for the response, and returns the result.
    pub(crate) fn get(self, conn: &mut Connection) -> Result<T> {
        (self.0)(conn)
    }
}
