//! Reports on customers: rankings, and the value of a single customer.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::sql_types::{BigInt, Text};

use super::calendar::{Split, day_of, split_by_day, start_of_day};
use super::customer_ranking::{By, Ranked, highest_within};
use super::rfm;
use super::rows::{CustomerValue, TopCustomer};
use super::running::Sales;
use super::sales::{SalesReader, slices};
use super::series::expect_user;
use super::totals::{Totals, totals};
use crate::engine::{Connection, Sql, marks, sql};
use crate::error::Result;
use crate::types::time::now;
use crate::types::{Limit, Money, Period, TimeZone, UserId};

pub(crate) fn top(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
    ranked(conn, By::Revenue, period, limit)
}

pub(crate) fn by_orders(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
    ranked(conn, By::Orders, period, limit)
}

/// The customers with the most orders or the highest revenue.
fn ranked(conn: &mut SalesReader<'_>, by: By, period: &Period, limit: Limit) -> Result<Vec<TopCustomer>> {
    let first = if *period == Period::ALL {
        // An index provides this order.
        let select = conn.sql(format!(
            "SELECT user_id, orders, revenue FROM sales_by_customer WHERE orders > 0 \
             ORDER BY {} DESC, user_id LIMIT ?",
            by.column()
        ));
        select.int(limit.get()).rows::<(BigInt, BigInt, BigInt), Ranked>(conn)?
    } else {
        highest_within(conn, by, period, limit)?
    };
    let mut people = people(conn, &first)?;
    let customer = |(user, orders, revenue)| {
        let (email, first_name, last_name) = people.remove(&user).unwrap_or_default();
        let total_spent = Money::from_minor(revenue);
        TopCustomer { user_id: UserId::new(user), email, first_name, last_name, total_spent, orders }
    };
    Ok(first.into_iter().map(customer).collect())
}

/// E-mail address, first and last name of each customer.
fn people(conn: &mut Connection, customers: &[Ranked]) -> Result<BTreeMap<i64, (String, String, String)>> {
    let mut people = BTreeMap::new();
    for some in slices(customers) {
        let select =
            sql(format!("SELECT id, email, first_name, last_name FROM users WHERE id IN ({})", marks(some.len())));
        let select = some.iter().map(|(user, ..)| *user).fold(select, Sql::int);
        type Row = (i64, String, String, String);
        let rows: Vec<Row> = select.rows::<(BigInt, Text, Text, Text), Row>(conn)?;
        people.extend(rows.into_iter().map(|(id, email, first, last)| (id, (email, first, last))));
    }
    Ok(people)
}

/// What a user has spent, with days in a time zone.
pub(crate) fn value(conn: &mut SalesReader<'_>, customer: UserId, zone: TimeZone) -> Result<CustomerValue> {
    expect_user(conn, customer)?;
    let select = conn.sql(
        "SELECT orders, revenue, refunded, first_day, last_day FROM sales_by_customer WHERE user_id = ? AND orders > 0",
    );
    type Row = (i64, i64, i64, i64, i64);
    let bought: Vec<Row> = select.int(customer).rows::<(BigInt, BigInt, BigInt, BigInt, BigInt), Row>(conn)?;
    let Some((orders, spent, refunded, first_day, last_day)) = bought.first().copied() else {
        return Ok(CustomerValue::without_orders(customer));
    };
    let (first, last) = first_and_last_day(conn, customer, (first_day, last_day), zone)?;
    let scored = rfm::score(conn, rfm::Values { last_day, orders, revenue: spent })?;
    let [recency, frequency, monetary] = scored.scores;
    Ok(CustomerValue {
        user_id: customer,
        orders,
        total_spent: Money::from_minor(spent),
        refunds: Money::from_minor(refunded),
        net_spent: Money::from_minor(spent - refunded),
        average_order_value: Money::from_minor(spent).divided_by(orders),
        first_order: first,
        last_order: last,
        days_since_last_order: last.map(|last| (zone.local(now()).date() - last).num_days()),
        recency_score: Some(recency),
        frequency_score: Some(frequency),
        monetary_score: Some(monetary),
        segment: Some(scored.segment),
    })
}

/// The days of the first and the last completed order in a time zone, found from their days in UTC.
fn first_and_last_day(
    conn: &mut SalesReader<'_>,
    customer: UserId,
    (first, last): (i64, i64),
    zone: TimeZone,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>)> {
    let mut days = vec![(start_of_day(first), start_of_day(first + 1)), (start_of_day(last), start_of_day(last + 1))];
    days.dedup();
    let sales = Sales::ToCustomer(customer.get()).within(conn, &days)?;
    let day = |(placed_at, _): &(_, _)| zone.local(*placed_at).date();
    Ok((sales.first().map(day), sales.last().map(day)))
}

impl CustomerValue {
    fn without_orders(user_id: UserId) -> Self {
        Self {
            user_id,
            orders: 0,
            total_spent: Money::ZERO,
            refunds: Money::ZERO,
            net_spent: Money::ZERO,
            average_order_value: Money::ZERO,
            first_order: None,
            last_order: None,
            days_since_last_order: None,
            recency_score: None,
            frequency_score: None,
            monetary_score: None,
            segment: None,
        }
    }
}

const HIGHEST_USER: &str = "(SELECT COALESCE(MAX(user_id), 0) FROM sales_by_customer)";

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
            // The index on orders would be followed to each row.
            let orders = conn.unindexed("orders");
            return format!(
                "SELECT user_id, orders, revenue, last_day AS day FROM sales_by_customer WHERE {orders} > 0"
            );
        };
        const DAYS: &str = "SELECT user_id, orders, revenue, day FROM sales_by_customer_day \
                            WHERE day >= ? AND day < ? AND orders <> 0";
        // MySQL needs a cast to know the type of a parameter in a select list.
        let end = format!(
            "SELECT user_id, 1, total, CAST(? AS {int}) FROM orders \
             WHERE status = 'completed' AND placed_at >= {at} AND placed_at < {at}",
            int = conn.int_type(),
            at = conn.moment()
        );
        let mut parts = vec![DAYS];
        parts.extend(vec![end.as_str(); days.parts.len()]);
        parts.join(" UNION ALL ")
    }

    /// Orders, revenue and the day of the last order, by customer.
    pub(crate) fn totals(&self, conn: &mut SalesReader<'_>) -> Result<Totals> {
        let (rows, mut all) = (self.rows(conn), self.empty_totals(conn)?);
        match self {
            Self::Ever => {
                conn.sql(rows).each::<(BigInt, BigInt, BigInt, BigInt), _>(conn, |row| all.add(row))?;
                Ok(all)
            }
            Self::Within(_) => {
                totals(conn, all, &rows, ["user_id", "orders", "revenue", "day"], |query| self.bind(query))
            }
        }
    }

    /// Totals for the customers of all time, or for the orders of the whole days and few others.
    fn empty_totals(&self, conn: &mut SalesReader<'_>) -> Result<Totals> {
        let int = conn.int_type();
        let select = match self {
            _ if !conn.is_folded() => return Ok(Totals::for_rows(0, 0)),
            Self::Within(Split { whole: None, .. }) => return Ok(Totals::for_rows(0, 0)),
            Self::Within(Split { whole: Some((first, end)), .. }) => {
                let orders =
                    format!("SELECT CAST(COALESCE(SUM(orders), 0) AS {int}), {HIGHEST_USER} FROM sales_by_day");
                conn.sql(orders + " WHERE day >= ? AND day < ?").int(*first).int(*end)
            }
            Self::Ever => conn.sql(format!("SELECT COUNT(*), {HIGHEST_USER} FROM sales_by_customer")),
        };
        let (rows, highest) = select.one::<(BigInt, BigInt), (i64, i64)>(conn)?;
        Ok(Totals::for_rows(rows, highest))
    }

    /// Binds the values of [`Bought::rows`], which must come first in the statement.
    pub(crate) fn bind(&self, query: Sql) -> Sql {
        let Self::Within(days) = self else { return query };
        let (first, end) = days.whole.unwrap_or_default();
        let part = |query: Sql, (from, to): &(_, _)| query.int(day_of(*from)).moment(*from).moment(*to);
        days.parts.iter().fold(query.int(first).int(end), part)
    }
}
