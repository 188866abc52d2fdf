//! Results of `db.statistics`.

use crate::rows::rows;

rows! {
    /// Current activity of a database.
    Statistics = ecomdb::Statistics {
        /// int: pooled connections that are open.
        connections,
        /// int: idle connections.
        idle_connections,
        /// int: maximum number of connections.
        max_connections,
        /// int: transactions that this process has committed.
        writes,
        /// int: commits. On SQLite all waiting transactions share one, on MariaDB all waiting orders.
        commits,
        /// int: transactions waiting for the writer of SQLite, or orders waiting for a batch on MariaDB.
        waiting_writes,
        /// int: sales not yet folded into the summary tables of reports.
        waiting_sales,
    }
}
