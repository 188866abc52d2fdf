//! Reading the rollups, or what they should hold.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::{Deref, DerefMut};

use super::rollup::{ROLLUPS, Rollup};
use crate::backend::{Connection, Sql, sql};

/// The connection that a report reads from, and whether the rollups have every sale.
///
/// Where the sales that wait cannot be folded, because nothing can be written, a report reads the definitions of the
/// rollups instead: the same rows, computed from all orders each time.
#[derive(Debug)]
#[allow(unreachable_pub, reason = "in the signature of a public trait that is sealed")]
pub struct SalesReader<'a> {
    conn: &'a mut Connection,
    folded: bool,
}

/// The completed orders, of which [`sales_folded`](super::rollup) lacks what waits. Its other rows are what the waiting
/// events will change: for a completed order, none of those has `orders = 1`.
const COMPLETED: &str = "sales_completed AS (SELECT f.* FROM sales_folded f JOIN orders o ON o.id = f.order_id \
                         WHERE o.status = 'completed' AND f.orders = 1), \
                         sales_pair_events AS (SELECT id AS order_id, 0 AS sign FROM sales_folds WHERE id < 0)";

impl<'a> SalesReader<'a> {
    /// Reads the rollups, which have every sale.
    pub(crate) fn folded(conn: &'a mut Connection) -> Self {
        Self { conn, folded: true }
    }

    /// Reads the orders.
    pub(crate) fn unfolded(conn: &'a mut Connection) -> Self {
        Self { conn, folded: false }
    }

    /// A query that may name rollups.
    pub(in crate::analytics) fn sql(&self, query: impl Into<Cow<'static, str>>) -> Sql {
        let query = query.into();
        if self.folded {
            return sql(query);
        }
        // A name that WITH defines takes the place of the table, on every engine.
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
    /// Adds the rollup, as the completed orders say it, to the names that WITH defines.
    fn define(&self, text: &mut String, int: &str) {
        let Self { table, definition, .. } = self;
        let columns = self.columns();
        // The sum of integers is a decimal on the servers.
        let integers: Vec<String> = columns.split(", ").map(|column| format!("CAST({column} AS {int})")).collect();
        let (definition, integers) = (definition.replace("sales_folded", "sales_completed"), integers.join(", "));
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
