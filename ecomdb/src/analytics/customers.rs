//! Reports that rank customers.

use diesel::sql_types::{BigInt, Text};

use super::calendar::{Split, day_of, split_by_day};
use super::rows::TopCustomer;
use super::sales::SalesReader;
use crate::engine::{Connection, Sql};
use crate::error::Result;
use crate::types::{Limit, Money, Period, UserId};

pub(crate) fn top(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
    ranked(conn, "revenue", period, limit)
}

pub(crate) fn by_orders(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
    ranked(conn, "orders", period, limit)
}

/// The customers with the highest `orders` or `revenue`, as named by `column`.
fn ranked(conn: &mut SalesReader<'_>, column: &'static str, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
    let int = conn.int_type();
    let bought = Bought::in_period(period);
    let first = match &bought {
        // An index provides this order.
        Bought::Ever => format!(
            "SELECT user_id, orders, revenue FROM sales_by_customer WHERE orders > 0 \
             ORDER BY {column} DESC, user_id LIMIT ?"
        ),
        Bought::Within(_) => format!(
            "SELECT user_id, orders, revenue FROM (SELECT user_id, CAST(SUM(orders) AS {int}) AS orders, \
             CAST(SUM(revenue) AS {int}) AS revenue FROM ({}) s GROUP BY user_id) s \
             ORDER BY {column} DESC, user_id LIMIT ?",
            bought.rows(conn)
        ),
    };
    let query = conn.sql(format!(
        "SELECT u.id, u.email, u.first_name, u.last_name, s.revenue, s.orders FROM ({first}) s \
         JOIN users u ON u.id = s.user_id ORDER BY s.{column} DESC, u.id"
    ));
    let rows = bought
        .bind(query)
        .int(limit.get())
        .rows::<(BigInt, Text, Text, Text, BigInt, BigInt), (i64, String, String, String, i64, i64)>(conn)?;
    let customer = |(id, email, first_name, last_name, spent, orders)| TopCustomer {
        user_id: UserId::new(id),
        email,
        first_name,
        last_name,
        total_spent: Money::from_minor(spent),
        orders,
    };
    Ok(rows.into_iter().map(customer).collect())
}

/// The source of customers' sales.
pub(super) enum Bought {
    Ever,
    Within(Split),
}

impl Bought {
    pub(crate) fn in_period(period: &Period) -> Self {
        if *period == Period::ALL { Self::Ever } else { Self::Within(split_by_day(period.bounds())) }
    }

    /// A query with the columns `user_id`, `orders`, `revenue` and `day` (of the last order). For a period, a customer
    /// can have several rows per day.
    pub(crate) fn rows(&self, conn: &Connection) -> String {
        let Self::Within(days) = self else {
            return "SELECT user_id, orders, revenue, last_day AS day FROM sales_by_customer WHERE orders > 0"
                .to_owned();
        };
        const DAYS: &str = "SELECT user_id, orders, revenue, day FROM sales_by_customer_day \
                            WHERE day >= ? AND day < ? AND orders <> 0";
        // MySQL needs a cast to know the type of a parameter in a select list.
        let end = format!(
            "SELECT user_id, 1, total, CAST(? AS {int}) FROM orders \
             WHERE {status} = 'completed' AND placed_at >= {at} AND placed_at < {at}",
            int = conn.int_type(),
            status = conn.unindexed("status"),
            at = conn.moment()
        );
        let mut parts = vec![DAYS];
        parts.extend(vec![end.as_str(); days.parts.len()]);
        parts.join(" UNION ALL ")
    }

    /// Binds the values of [`Bought::rows`], which must come first in the statement.
    pub(crate) fn bind(&self, query: Sql) -> Sql {
        let Self::Within(days) = self else { return query };
        let (first, end) = days.whole.unwrap_or_default();
        let part = |query: Sql, (from, to): &(_, _)| query.int(day_of(*from)).moment(*from).moment(*to);
        days.parts.iter().fold(query.int(first).int(end), part)
    }
}
