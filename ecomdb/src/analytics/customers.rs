//! Who buys.

use diesel::sql_types::{BigInt, Text};
use serde::Serialize;

use super::Period;
use super::calendar::{Split, day_of, split_by_day};
use super::sales::SalesReader;
use crate::backend::{Connection, Sql};
use crate::error::Result;
use crate::types::{Limit, Money, UserId};

/// A customer, and what they spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct TopCustomer {
    /// Who.
    pub user_id: UserId,
    /// The address.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The sum of the totals of their completed orders.
    pub total_spent: Money,
    /// How many completed orders.
    pub orders: i64,
}

pub(super) fn top(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
    ranked(conn, "revenue", period, limit)
}

pub(super) fn by_orders(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
    ranked(conn, "orders", period, limit)
}

/// The customers with most of one of the columns `orders` and `revenue`.
fn ranked(conn: &mut SalesReader<'_>, column: &'static str, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
    let int = conn.int_type();
    let bought = Bought::in_period(period);
    let first = match &bought {
        // An index has them in this order.
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

/// Where to read what each customer bought.
pub(super) enum Bought {
    Ever,
    Within(Split),
}

impl Bought {
    pub(super) fn in_period(period: &Period) -> Self {
        if *period == Period::ALL { Self::Ever } else { Self::Within(split_by_day(period.bounds())) }
    }

    /// A query with the columns `user_id`, `orders`, `revenue` and `day`, the last one; for a period, with one row or
    /// several for each day of a customer.
    pub(super) fn rows(&self, conn: &Connection) -> String {
        let Self::Within(days) = self else {
            return "SELECT user_id, orders, revenue, last_day AS day FROM sales_by_customer WHERE orders > 0"
                .to_owned();
        };
        const DAYS: &str = "SELECT user_id, orders, revenue, day FROM sales_by_customer_day \
                            WHERE day >= ? AND day < ? AND orders <> 0";
        // MySQL would not know what a bare `?` is.
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

    /// Adds the values of [`Bought::rows`], which must come first in the statement.
    pub(super) fn bind(&self, query: Sql) -> Sql {
        let Self::Within(days) = self else { return query };
        let (first, end) = days.whole.unwrap_or_default();
        let part = |query: Sql, (from, to): &(_, _)| query.int(day_of(*from)).moment(*from).moment(*to);
        days.parts.iter().fold(query.int(first).int(end), part)
    }
}
