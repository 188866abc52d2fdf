//! Reports that rank products and categories.

use diesel::sql_types::{BigInt, Text};

use super::calendar::{Finest, Pieces, cut};
use super::rows::{CategoryRevenue, ProductRevenue, TopProduct};
use super::sales::SalesReader;
use crate::engine::{Connection, Sql};
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
    let int = conn.int_type();
    let sold = Sold::in_period(period);
    let query = conn.sql(format!(
        "SELECT c.id, c.name, s.revenue FROM (SELECT p.category_id, CAST(SUM(s.revenue) AS {int}) AS revenue \
         FROM ({}) s JOIN products p ON p.id = s.product_id GROUP BY p.category_id HAVING SUM(s.units) > 0) s \
         JOIN categories c ON c.id = s.category_id ORDER BY s.revenue DESC, c.id LIMIT ?",
        sold.rows(conn)
    ));
    let rows: Vec<(i64, String, i64)> = sold.bind(query).int(limit.get()).rows::<(BigInt, Text, BigInt), _>(conn)?;
    let category = |(id, category_name, revenue)| CategoryRevenue {
        category_id: CategoryId::new(id),
        category_name,
        category_revenue: Money::from_minor(revenue),
    };
    Ok(rows.into_iter().map(category).collect())
}

/// The products with the highest `units` or `revenue`, as named by `column`.
fn ranked(
    conn: &mut SalesReader<'_>,
    column: &'static str,
    period: &Period,
    limit: Limit,
) -> Result<Vec<(i64, String, i64)>> {
    let int = conn.int_type();
    let sold = Sold::in_period(period);
    let first = match &sold {
        // An index provides this order.
        Sold::Ever => format!(
            "SELECT product_id, {column} AS amount FROM sales_by_product WHERE orders > 0 \
             ORDER BY {column} DESC, product_id LIMIT ?"
        ),
        Sold::Within(_) => format!(
            "SELECT product_id, CAST(SUM({column}) AS {int}) AS amount FROM ({}) s \
             GROUP BY product_id HAVING SUM(units) > 0 ORDER BY amount DESC, product_id LIMIT ?",
            sold.rows(conn)
        ),
    };
    let query = conn.sql(format!(
        "SELECT p.id, p.name, s.amount FROM ({first}) s JOIN products p ON p.id = s.product_id \
         ORDER BY s.amount DESC, p.id"
    ));
    Ok(sold.bind(query).int(limit.get()).rows::<(BigInt, Text, BigInt), _>(conn)?)
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

    /// A query with the columns `product_id`, `units` and `revenue`; a product can have several rows.
    pub(crate) fn rows(&self, conn: &Connection) -> String {
        let Self::Within(pieces) = self else {
            return "SELECT product_id, units, revenue FROM sales_by_product".to_owned();
        };
        const MONTHS: &str =
            "SELECT product_id, units, revenue FROM sales_by_product_month WHERE month >= ? AND month < ?";
        const DAYS: &str = "SELECT product_id, units, revenue FROM sales_by_product_day WHERE day >= ? AND day < ?";
        let ends = format!(
            "SELECT i.product_id, i.quantity, i.quantity * i.unit_price \
             FROM orders o JOIN order_items i ON i.order_id = o.id \
             WHERE {status} = 'completed' AND o.placed_at >= {at} AND o.placed_at < {at}",
            status = conn.unindexed("o.status"),
            at = conn.moment()
        );
        // The first part of the UNION names the columns, so it is always included.
        let mut parts = vec![MONTHS];
        parts.extend(vec![DAYS; pieces.days.len()]);
        parts.extend(vec![ends.as_str(); pieces.ends.len()]);
        parts.join(" UNION ALL ")
    }

    /// Binds the values of [`Sold::rows`], which must come first in the statement.
    pub(crate) fn bind(&self, query: Sql) -> Sql {
        let Self::Within(pieces) = self else { return query };
        let buckets = std::iter::once(pieces.months.unwrap_or_default()).chain(pieces.days.iter().copied());
        let query = buckets.fold(query, |query, (first, end)| query.int(first).int(end));
        pieces.ends.iter().fold(query, |query, (from, to)| query.moment(*from).moment(*to))
    }
}
