//! The rollups and their definitions. Folding follows a definition, rebuilding runs it, `check` compares with it.

use crate::engine::{Connection, Merge, Sql, sql};
use crate::error::Result;

/// A table of sums by key.
pub(super) struct Rollup {
    /// Name of the rule in `check`.
    pub(super) rule: &'static str,
    pub(super) table: &'static str,
    pub(super) keys: &'static [&'static str],
    pub(super) values: &'static [&'static str],
    /// Whether folding adds to the values or replaces them.
    pub(super) merge: Merge,
    pub(super) definition: Definition,
}

/// The expected rows of a rollup, in SQL over the base tables.
#[derive(Debug, Clone, Copy)]
pub(super) enum Definition {
    /// The sums of these rows by key. Their columns are the keys and the values, in order.
    Sums(&'static str),
    /// These rows, without summing.
    Rows(&'static str),
}

pub(super) const BY_MONTH: Rollup = Rollup {
    rule: "the sales by month are those of the completed orders",
    table: "sales_by_month",
    keys: &["month"],
    values: &["orders", "units", "revenue", "refunded"],
    merge: Merge::Add,
    definition: Definition::Sums("SELECT f.month, f.orders, f.units, f.revenue, f.refunded FROM sales_folded f"),
};

pub(super) const BY_DAY: Rollup = Rollup {
    rule: "the sales by day are those of the completed orders",
    table: "sales_by_day",
    keys: &["day"],
    values: &["orders", "units", "revenue", "refunded"],
    merge: Merge::Add,
    definition: Definition::Sums("SELECT f.day, f.orders, f.units, f.revenue, f.refunded FROM sales_folded f"),
};

pub(super) const BY_QUARTER_HOUR: Rollup = Rollup {
    rule: "the sales by quarter of an hour are those of the completed orders",
    table: "sales_by_quarter_hour",
    keys: &["quarter_hour"],
    values: &["orders", "units", "revenue", "refunded"],
    merge: Merge::Add,
    definition: Definition::Sums("SELECT f.quarter_hour, f.orders, f.units, f.revenue, f.refunded FROM sales_folded f"),
};

pub(super) const BY_PRODUCT: Rollup = Rollup {
    rule: "the sales by product are those of the completed orders",
    table: "sales_by_product",
    keys: &["product_id"],
    values: &["orders", "units", "revenue"],
    merge: Merge::Add,
    definition: Definition::Sums(
        "SELECT i.product_id, f.orders, f.orders * i.quantity AS units, f.orders * i.quantity * i.unit_price AS revenue \
         FROM sales_folded f JOIN order_items i ON i.order_id = f.order_id",
    ),
};

pub(super) const BY_PRODUCT_MONTH: Rollup = Rollup {
    rule: "the sales by product and month are those of the completed orders",
    table: "sales_by_product_month",
    keys: &["month", "product_id"],
    values: &["units", "revenue"],
    merge: Merge::Add,
    definition: Definition::Sums(
        "SELECT f.month, i.product_id, f.orders * i.quantity AS units, f.orders * i.quantity * i.unit_price AS revenue \
         FROM sales_folded f JOIN order_items i ON i.order_id = f.order_id",
    ),
};

pub(super) const BY_PRODUCT_DAY: Rollup = Rollup {
    rule: "the sales by product and day are those of the completed orders",
    table: "sales_by_product_day",
    keys: &["day", "product_id"],
    values: &["units", "revenue"],
    merge: Merge::Add,
    definition: Definition::Sums(
        "SELECT f.day, i.product_id, f.orders * i.quantity AS units, f.orders * i.quantity * i.unit_price AS revenue \
         FROM sales_folded f JOIN order_items i ON i.order_id = f.order_id",
    ),
};

pub(super) const BY_COUNTRY_DAY: Rollup = Rollup {
    rule: "the sales by country and day are those of the completed orders",
    table: "sales_by_country_day",
    keys: &["day", "country"],
    values: &["orders", "units", "revenue", "refunded"],
    merge: Merge::Add,
    definition: Definition::Sums(
        "SELECT f.day, f.country, f.orders, f.units, f.revenue, f.refunded FROM sales_folded f",
    ),
};

pub(super) const BY_CUSTOMER_DAY: Rollup = Rollup {
    rule: "the sales by customer and day are those of the completed orders",
    table: "sales_by_customer_day",
    keys: &["day", "user_id"],
    values: &["orders", "revenue", "refunded"],
    merge: Merge::Add,
    definition: Definition::Sums("SELECT f.day, f.user_id, f.orders, f.revenue, f.refunded FROM sales_folded f"),
};

pub(super) const BY_CUSTOMER: Rollup = Rollup {
    rule: "the sales by customer are those of the completed orders",
    table: "sales_by_customer",
    keys: &["user_id"],
    values: &["orders", "revenue", "refunded", "first_day", "last_day"],
    merge: Merge::Replace,
    definition: Definition::Rows(
        "SELECT user_id, SUM(orders), SUM(revenue), SUM(refunded), MIN(day), MAX(day) \
         FROM (SELECT user_id, day, SUM(orders) AS orders, SUM(revenue) AS revenue, SUM(refunded) AS refunded \
         FROM sales_folded GROUP BY user_id, day HAVING SUM(orders) <> 0) days GROUP BY user_id",
    ),
};

pub(super) const BY_COHORT: Rollup = Rollup {
    rule: "the sales by cohort and month are those of the completed orders",
    table: "sales_by_cohort",
    keys: &["cohort", "month"],
    values: &["customers", "orders", "revenue", "refunded"],
    merge: Merge::Add,
    definition: Definition::Rows(
        "SELECT cohort, month, COUNT(*), SUM(orders), SUM(revenue), SUM(refunded) \
         FROM (SELECT user_id, month, SUM(orders) AS orders, SUM(revenue) AS revenue, \
         SUM(refunded) AS refunded, MIN(month) OVER (PARTITION BY user_id) AS cohort \
         FROM sales_folded GROUP BY user_id, month HAVING SUM(orders) <> 0) months GROUP BY cohort, month",
    ),
};

pub(super) const FUNNEL_BY_DAY: Rollup = Rollup {
    rule: "the funnel by day is that of the orders",
    table: "funnel_by_day",
    keys: &["day"],
    values: &[
        "placed",
        "placed_amount",
        "attempted",
        "attempted_amount",
        "paid",
        "paid_amount",
        "returned",
        "returned_amount",
    ],
    merge: Merge::Add,
    definition: Definition::Sums(
        "SELECT f.day, f.placed, f.placed * f.total AS placed_amount, f.attempted, \
         f.attempted * f.total AS attempted_amount, f.paid, f.paid * f.total AS paid_amount, f.returned, \
         f.returned * f.total AS returned_amount FROM funnel_folded f",
    ),
};

pub(super) const BY_PAIR: Rollup = Rollup {
    rule: "the sales by pair of products are those of the completed orders",
    table: "sales_by_pair",
    keys: &["product_a", "product_b"],
    values: &["orders"],
    merge: Merge::Add,
    definition: Definition::Rows(
        "SELECT a.product_id AS product_a, b.product_id AS product_b, SUM(f.orders) \
         FROM (SELECT order_id, orders FROM sales_folded UNION ALL \
         SELECT order_id, -sign FROM sales_pair_events) f JOIN order_items a ON a.order_id = f.order_id \
         JOIN order_items b ON b.order_id = a.order_id AND b.product_id > a.product_id \
         WHERE (SELECT COUNT(*) FROM order_items n WHERE n.order_id = f.order_id) <= 25 \
         GROUP BY a.product_id, b.product_id HAVING SUM(f.orders) <> 0",
    ),
};

pub(super) const ROLLUPS: &[&Rollup] = &[
    &BY_MONTH,
    &BY_DAY,
    &BY_QUARTER_HOUR,
    &BY_PRODUCT,
    &BY_PRODUCT_MONTH,
    &BY_PRODUCT_DAY,
    &BY_COUNTRY_DAY,
    &BY_CUSTOMER_DAY,
    &BY_CUSTOMER,
    &BY_COHORT,
    &FUNNEL_BY_DAY,
    &BY_PAIR,
];

/// Numbers of rows of a statement. Few different numbers mean few statements to prepare.
const SIZES: [usize; 5] = [256, 64, 16, 4, 1];

/// Divides a list into slices of these sizes.
pub(in crate::analytics) fn slices<T>(mut list: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= list.len())?;
        let (slice, rest) = list.split_at(size);
        list = rest;
        Some(slice)
    })
}

impl Rollup {
    /// A query of the expected rows: all columns in order, for keys with any orders.
    pub(super) fn query(&self) -> String {
        let rows = match self.definition {
            Definition::Rows(query) => return query.to_owned(),
            Definition::Sums(rows) => rows,
        };
        let keys = self.keys.join(", ");
        let sums: Vec<String> = self.values.iter().map(|value| format!("SUM({value})")).collect();
        let any = sums.iter().map(|sum| format!("{sum} <> 0")).collect::<Vec<_>>().join(" OR ");
        format!("SELECT {keys}, {} FROM ({rows}) r GROUP BY {keys} HAVING {any}", sums.join(", "))
    }

    /// Column names separated by commas: keys, then values.
    pub(super) fn columns(&self) -> String {
        let columns: Vec<&str> = self.keys.iter().chain(self.values).copied().collect();
        columns.join(", ")
    }

    /// Inserts rows; on equal keys, adds to or replaces the values. The table has `K` + `V` columns.
    pub(super) fn write<const K: usize, const V: usize>(
        &self,
        conn: &mut Connection,
        rows: &[([i64; K], [i64; V])],
    ) -> Result<()> {
        let row = format!("({})", vec!["?"; K + V].join(", "));
        for slice in slices(rows) {
            let values = vec![row.as_str(); slice.len()].join(", ");
            let on_conflict = conn.on_conflict(self.table, self.keys, self.values, self.merge);
            let insert = sql(format!("INSERT INTO {} ({}) VALUES {values} {on_conflict}", self.table, self.columns()));
            let insert =
                slice.iter().flat_map(|(keys, values)| keys.iter().chain(values)).copied().fold(insert, Sql::int);
            insert.run(conn)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_the_whole_list_in_order() {
        let list: Vec<usize> = (0..1_000).collect();
        let sizes: Vec<usize> = slices(&list).map(<[usize]>::len).collect();
        assert_eq!(sizes, [256, 256, 256, 64, 64, 64, 16, 16, 4, 4]);
        assert_eq!(slices(&list).flatten().copied().collect::<Vec<_>>(), list);
    }
}
