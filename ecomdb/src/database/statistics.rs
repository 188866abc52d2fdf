//! Statistics for monitoring.

use std::sync::atomic::Ordering;

use super::Database;
use crate::analytics::sales;
use crate::error::Result;

/// Current state of a database, and counts since this program opened it; see [`Database::statistics`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Open connections of the pool.
    pub connections: u32,
    /// Idle connections of the pool.
    pub idle_connections: u32,
    /// Maximum number of connections in the pool.
    pub max_connections: u32,
    /// Transactions committed by this program.
    pub writes: u64,
    /// Commits of these transactions. On SQLite, queued transactions share a commit; on MariaDB and MySQL, queued
    /// orders do.
    pub commits: u64,
    /// Transactions queued for the writer on SQLite, or orders queued for a batch on MariaDB and MySQL; 0 on
    /// PostgreSQL.
    pub waiting_writes: u64,
    /// Sales events that are queued for folding.
    pub waiting_sales: u64,
}

impl Database {
    /// Current statistics of the database.
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
        let waiting_sales = self.run_read(sales::count_waiting)?;
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
        if let Some(writer) = &inner.writer {
            return Ok(Statistics { commits: writer.commits(), waiting_writes: writer.waiting(), ..statistics });
        }
        Ok(statistics)
    }
}
