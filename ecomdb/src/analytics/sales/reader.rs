//! Reading the rollups, or computing them from the orders.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::{Deref, DerefMut};

use super::rollup::{ROLLUPS, Rollup};
use crate::engine::{Connection, Sql, sql};

/// The connection of a report, and whether the rollups are up to date.
///
/// If queued events cannot be folded because the database is not writable, the report reads the definitions of the
/// rollups. These give the same rows, computed from all orders each time.
#[derive(Debug)]
#[allow(unreachable_pub, reason = "in the signature of a public trait that is sealed")]
pub struct SalesReader<'a> {
    conn: &'a mut Connection,
    folded: bool,
}

/// All completed orders. [`sales_folded`](super::rollup) has a row for each of them, and a row that subtracts each
/// queued event. For a completed order, only the first kind has `orders = 1`. In `funnel_folded`, only the first kind has
/// `placed = 1`.
const COMPLETED: &str = "sales_completed AS (SELECT f.* FROM sales_folded f JOIN orders o ON o.id = f.order_id \
                         WHERE o.status = 'completed' AND f.orders = 1), \
                         funnel_now AS (SELECT * FROM funnel_folded WHERE placed = 1), \
                         sales_pair_events AS (SELECT id AS order_id, 0 AS sign FROM sales_folds WHERE id < 0)";

impl<'a> SalesReader<'a> {
    /// Reads the rollups; all events must be folded.
    pub(crate) fn folded(conn: &'a mut Connection) -> Self {
        Self { conn, folded: true }
    }

    /// Computes the rollups from the orders.
    pub(crate) fn unfolded(conn: &'a mut Connection) -> Self {
        Self { conn, folded: false }
    }

    /// Whether the rollups are read, so that their indexes can be used.
    pub(in crate::analytics) fn is_folded(&self) -> bool {
        self.folded
    }

    /// A query that can name rollups.
    pub(in crate::analytics) fn sql(&self, query: impl Into<Cow<'static, str>>) -> Sql {
        let query = query.into();
        if self.folded {
            return sql(query);
        }
        // On every engine, a name defined by WITH hides the table of that name.
        let mut text = format!("WITH {COMPLETED}");
        for rollup in ROLLUPS.iter().filter(|rollup| query.contains(rollup.table)) {
            rollup.define(&mut text, self.conn.int_type());
        }
        text.push(' ');
        text.push_str(&query);
        sql(text)
    }
}

impl Rollup {
    /// Appends a WITH definition of the rollup, computed from the completed orders.
    fn define(&self, text: &mut String, int: &str) {
        let (table, columns) = (self.table, self.columns());
        // MariaDB, MySQL and PostgreSQL return sums of integers as decimals.
        let integers: Vec<String> = columns.split(", ").map(|column| format!("CAST({column} AS {int})")).collect();
        let definition = self.query().replace("sales_folded", "sales_completed").replace("funnel_folded", "funnel_now");
        let integers = integers.join(", ");
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            ", defined_{table} ({columns}) AS ({definition}), \
             {table} ({columns}) AS (SELECT {integers} FROM defined_{table})"
        );
    }
}

impl Deref for SalesReader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.conn
    }
}

impl DerefMut for SalesReader<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.conn
    }
}
