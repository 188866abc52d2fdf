//! Who buys.

use diesel::sql_types::{BigInt, Text};
use serde::Serialize;

use super::Period;
use crate::backend::{Connection, sql};
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

pub(super) fn top(conn: &mut Connection, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
    let int = conn.int_type();
    let (from, to) = period.bounds();
    let rows = sql(format!(
        "SELECT u.id, u.email, u.first_name, u.last_name, s.spent, s.orders FROM (\
         SELECT user_id, CAST(SUM(total) AS {int}) AS spent, COUNT(*) AS orders FROM orders \
         WHERE status = 'completed' AND placed_at >= ? AND placed_at < ? GROUP BY user_id) s \
         JOIN users u ON u.id = s.user_id ORDER BY s.spent DESC, u.id LIMIT ?"
    ))
    .time(from)
    .time(to)
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
