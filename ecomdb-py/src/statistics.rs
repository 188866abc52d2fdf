//! What `db.statistics` tells.

use crate::rows::rows;

rows! {
    /// What a database is doing at the moment.
    Statistics = ecomdb::Statistics {
        /// int: pooled connections that are open.
        connections,
        /// int: those of them that nobody uses.
        idle_connections,
        /// int: how many may be open.
        max_connections,
        /// int: transactions that this process has committed.
        writes,
        /// int: commits that made them durable; on SQLite one is for all that waited, on MariaDB for all orders that did.
        commits,
        /// int: transactions that wait for the one writer of SQLite, or orders that wait for a group on MariaDB.
        waiting_writes,
        /// int: sales that wait to be folded into what reports read.
        waiting_sales,
    }
}
