//! Reports that rank products and categories.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Text};

use super::by_id::ById;
use super::calendar::{Finest, Pieces, cut};
use super::rows::{CategoryRevenue, ProductRevenue, TopProduct};
use super::sales::{SalesReader, slices};
use super::totals::{Totals, Values, highest, totals};
use crate::engine::{Connection, Sql, marks, sql};
use crate::error::Result;
use crate::types::{CategoryId, Limit, Money, Period, ProductId};

pub(crate) fn top(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<TopProduct>> {
    let rows = ranked(conn, "units", period, limit)?;
    let product = |(id, product_name, total_units_sold)| TopProduct {
        product_id: ProductId::new(id),
        product_name,
        total_units_sold,
    };
    Ok(rows.into_iter().map(product).collect())
}

pub(crate) fn revenue(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<ProductRevenue>> {
    let rows = ranked(conn, "revenue", period, limit)?;
    let product = |(id, product_name, revenue)| ProductRevenue {
        product_id: ProductId::new(id),
        product_name,
        product_revenue: Money::from_minor(revenue),
    };
    Ok(rows.into_iter().map(product).collect())
}

pub(crate) fn revenue_by_category(
    conn: &mut SalesReader<'_>,
    period: &Period,
    limit: Limit,
) -> Result<Vec<CategoryRevenue>> {
    let sold = Sold::in_period(period).totals(conn)?;
    let mut categories: ById<Values> = ById::default();
    let add = |(product, category): (i64, i64)| {
        if let Some([_, revenue, _]) = sold.get(product) {
            categories.entry(category).or_default()[0] += revenue;
        }
    };
    sql("SELECT id, category_id FROM products").each::<(BigInt, BigInt), _>(conn, add)?;
    let first = highest(categories.into_iter(), 0, limit);
    let names = names(conn, "categories", first.iter().map(|(category, _)| *category))?;
    let category = |(id, [revenue, ..]): (i64, Values)| CategoryRevenue {
        category_id: CategoryId::new(id),
        category_name: names.get(&id).cloned().unwrap_or_default(),
        category_revenue: Money::from_minor(revenue),
    };
    Ok(first.into_iter().map(category).collect())
}

/// The products with the highest `units` or `revenue`, as named by `column`: id, name and this value.
fn ranked(
    conn: &mut SalesReader<'_>,
    column: &'static str,
    period: &Period,
    limit: Limit,
) -> Result<Vec<(i64, String, i64)>> {
    let first = match Sold::in_period(period) {
        // An index provides this order.
        Sold::Ever => conn
            .sql(format!(
                "SELECT product_id, {column} FROM sales_by_product WHERE orders > 0 \
                 ORDER BY {column} DESC, product_id LIMIT ?"
            ))
            .int(limit.get())
            .rows::<(BigInt, BigInt), (i64, i64)>(conn)?,
        sold @ Sold::Within(_) => {
            let place = if column == "units" { 0 } else { 1 };
            let first = highest(sold.totals(conn)?.iter(), place, limit);
            first.into_iter().map(|(product, values)| (product, values[place])).collect()
        }
    };
    let names = names(conn, "products", first.iter().map(|(product, _)| *product))?;
    let named = |(product, amount)| (product, names.get(&product).cloned().unwrap_or_default(), amount);
    Ok(first.into_iter().map(named).collect())
}

/// The names of these products or categories, by id.
pub(super) fn names(
    conn: &mut Connection,
    table: &'static str,
    ids: impl Iterator<Item = i64>,
) -> Result<BTreeMap<i64, String>> {
    let mut names = BTreeMap::new();
    for some in slices(&Vec::from_iter(ids)) {
        let select = sql(format!("SELECT id, name FROM {table} WHERE id IN ({})", marks(some.len())));
        names.extend(some.iter().copied().fold(select, Sql::int).rows::<(BigInt, Text), (i64, String)>(conn)?);
    }
    Ok(names)
}

/// The source of products' sales.
pub(super) enum Sold {
    Ever,
    Within(Pieces),
}

impl Sold {
    pub(crate) fn in_period(period: &Period) -> Self {
        if *period == Period::ALL { Self::Ever } else { Self::Within(cut(period.bounds(), Finest::Day)) }
    }

    /// A query with the columns `product_id`, `units`, `revenue` and `zero`; a product can have several
    /// rows.
    pub(crate) fn rows(&self, conn: &Connection) -> String {
        let Self::Within(pieces) = self else {
            return "SELECT product_id, units, revenue, 0 AS zero FROM sales_by_product".to_owned();
        };
        const MONTHS: &str =
            "SELECT product_id, units, revenue, 0 AS zero FROM sales_by_product_month WHERE month >= ? AND month < ?";
        const DAYS: &str = "SELECT product_id, units, revenue, 0 FROM sales_by_product_day WHERE day >= ? AND day < ?";
        let ends = format!(
            "SELECT i.product_id, i.quantity, i.quantity * i.unit_price, 0 \
             FROM orders o JOIN order_items i ON i.order_id = o.id \
             WHERE o.status = 'completed' AND o.placed_at >= {at} AND o.placed_at < {at}",
            at = conn.moment()
        );
        // The first part of the UNION names the columns, so it is always included.
        let mut parts = vec![MONTHS];
        parts.extend(vec![DAYS; pieces.days.len()]);
        parts.extend(vec![ends.as_str(); pieces.ends.len()]);
        parts.join(" UNION ALL ")
    }

    /// Units and revenue of the products that were sold.
    pub(crate) fn totals(&self, conn: &mut SalesReader<'_>) -> Result<Totals> {
        let rows = self.rows(conn);
        let (products, highest) =
            sql("SELECT COUNT(*), COALESCE(MAX(id), 0) FROM products").one::<(BigInt, BigInt), (i64, i64)>(conn)?;
        let empty = Totals::for_rows(products, highest);
        let columns = ["product_id", "units", "revenue", "zero"];
        let mut totals = totals(conn, empty, &rows, columns, |query| self.bind(query))?;
        totals.retain(|[units, ..]| *units > 0);
        Ok(totals)
    }

    /// Binds the values of [`Sold::rows`], which must come first in the statement.
    pub(crate) fn bind(&self, query: Sql) -> Sql {
        let Self::Within(pieces) = self else { return query };
        let buckets = std::iter::once(pieces.months.unwrap_or_default()).chain(pieces.days.iter().copied());
        let query = buckets.fold(query, |query, (first, end)| query.int(first).int(end));
        pieces.ends.iter().fold(query, |query, (from, to)| query.moment(*from).moment(*to))
    }
}
