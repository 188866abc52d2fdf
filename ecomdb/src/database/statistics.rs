//! What the database is doing: for whoever watches it.

use std::sync::atomic::Ordering;

use super::Database;
use crate::analytics::sales;
use crate::error::Result;

/// What a database is doing at the moment, and what this program has done with it since it opened it: see
/// [`Database::statistics`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Pooled connections that are open.
    pub connections: u32,
    /// Those of them that nobody uses at the moment.
    pub idle_connections: u32,
    /// How many may be open.
    pub max_connections: u32,
    /// Transactions that this program has committed.
    pub writes: u64,
    /// Commits that made them durable. On SQLite one commit is for all that waited, on MariaDB and MySQL for all
    /// orders that did; other transactions of a server have their own.
    pub commits: u64,
    /// Transactions that wait for the one writer of SQLite, or orders that wait for a group on MariaDB and MySQL; 0 on
    /// PostgreSQL.
    pub waiting_writes: u64,
    /// Sales that wait to be folded into what reports read.
    pub waiting_sales: u64,
}

impl Database {
    /// What the database is doing at the moment.
    ///
    /// # Errors
    /// As [`Database::read`].
    ///
    /// ```
    /// use ecomdb::{Database, NewUser};
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// let statistics = db.statistics()?;
    /// assert_eq!((statistics.writes, statistics.commits), (1, 1));
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn statistics(&self) -> Result<Statistics> {
        let waiting_sales = self.read(sales::count_waiting)?;
        let inner = &self.inner;
        let (connections, idle_connections) = inner.pool.connections();
        let writes = inner.writes.load(Ordering::Relaxed);
        let statistics = Statistics {
            connections,
            idle_connections,
            max_connections: inner.pool.size(),
            writes,
            commits: writes,
            waiting_writes: 0,
            waiting_sales,
        };
        #[cfg(feature = "mysql")]
        if let Some(lane) = &inner.order_lane {
            let (own, idle) = lane.pool().connections();
            return Ok(Statistics {
                connections: connections + own,
                idle_connections: idle_connections + idle,
                max_connections: statistics.max_connections + lane.pool().size(),
                commits: writes.saturating_sub(lane.joined()),
                waiting_writes: lane.waiting(),
                ..statistics
            });
        }
        #[cfg(feature = "sqlite")]
        if let Some(writer) = &inner.writer {
            return Ok(Statistics { commits: writer.commits(), waiting_writes: writer.waiting(), ..statistics });
        }
        Ok(statistics)
    }
}
