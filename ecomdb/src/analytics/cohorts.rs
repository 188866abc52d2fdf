//! Cohorts: customers grouped by the month of their first order.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::sql_types::BigInt;

use super::calendar::{
    Buckets, Span, day_of, month_of, month_of_day, month_text, split_by_day, split_by_month, start_of_day,
    start_of_month,
};
use super::customers::Bought;
use super::rows::{CohortMonth, NewAndReturning};
use super::sales::SalesReader;
use super::totals::{Totals, totals};
use crate::engine::{Connection, Sql};
use crate::error::Result;
use crate::types::{Money, Period};

/// Customers, orders and revenue of a cohort in a month.
type Activity = (i64, i64, i64);
/// Activity by cohort and month.
type Activities = BTreeMap<(i64, i64), Activity>;

/// Activity of the cohorts and months in `first..end`.
fn activity(conn: &mut SalesReader<'_>, first: i64, end: i64) -> Result<Activities> {
    let rows: Vec<(i64, i64, i64, i64, i64)> = conn
        .sql(
            "SELECT cohort, month, customers, orders, revenue FROM sales_by_cohort \
             WHERE cohort >= ? AND month < ? AND customers > 0",
        )
        .int(first)
        .int(end)
        .rows::<(BigInt, BigInt, BigInt, BigInt, BigInt), _>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(cohort, month, customers, orders, revenue)| ((cohort, month), (customers, orders, revenue)))
        .collect())
}

/// Cohorts of the customers whose first completed order was placed in the period. Whole months are read from the cohort
/// rollup, partial months from the daily rollup.
pub(crate) fn cohorts(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<CohortMonth>> {
    let (from, to) = period.bounds();
    let split = split_by_month((from, to));
    let mut activity = match split.whole {
        Some((first, end)) => activity(conn, first, end)?,
        None => Activities::new(),
    };
    for part in split.parts {
        // In a month that begins before the period, only a part of the cohort counts.
        if let Some((first, end)) = split.whole.filter(|(first, _)| month_of(part.0) < *first) {
            activity.extend(newcomers_in_whole_months(conn, part, (first, end))?);
        }
        activity.extend(activity_in_part(conn, from, part)?);
    }
    let Some(last) = activity.keys().map(|(_, month)| *month).max() else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    let firsts = activity.iter().filter(|((cohort, month), _)| cohort == month);
    for ((cohort, _), (cohort_customers, ..)) in firsts {
        let mut spent = Money::ZERO;
        for month in *cohort..=last {
            let (active_customers, orders, revenue) = activity.get(&(*cohort, month)).copied().unwrap_or_default();
            spent = spent.plus(Money::from_minor(revenue))?;
            rows.push(CohortMonth {
                cohort: month_text(*cohort),
                cohort_customers: *cohort_customers,
                month: month_text(month),
                months_since: month - cohort,
                active_customers,
                retention: active_customers as f64 / *cohort_customers as f64,
                orders,
                revenue: Money::from_minor(revenue),
                lifetime_value: spent.divided_by(*cohort_customers),
            });
        }
    }
    Ok(rows)
}

/// A condition on `c` (`sales_by_customer`) for customers whose first order is in the period. Those who first ordered
/// earlier on the period's first day are excluded. [`bind_newcomers`] binds the values.
fn newcomers(conn: &Connection) -> String {
    let at = conn.moment();
    format!(
        "c.first_day >= ? AND NOT (c.first_day = ? AND EXISTS (SELECT 1 FROM orders o WHERE o.user_id = c.user_id \
         AND o.status = 'completed' AND o.placed_at >= {at} AND o.placed_at < {at}))"
    )
}

/// Binds the values of [`newcomers`]; `from` is the start of the period.
fn bind_newcomers(query: Sql, from: DateTime<Utc>) -> Sql {
    let day = day_of(from);
    query.int(day).int(day).moment(start_of_day(day)).moment(from)
}

/// Activity in a part of a month of the customers whose first order is in the period, which starts at `from`.
fn activity_in_part(conn: &mut SalesReader<'_>, from: DateTime<Utc>, part: Span) -> Result<Activities> {
    let bought = Bought::Within(split_by_day(part));
    let condition = newcomers(conn);
    let customers = with_first_day(conn, &bought, &condition, |query| bind_newcomers(bought.bind(query), from))?;
    let mut activities = Activities::new();
    for (_, [orders, revenue, first_day]) in customers.iter() {
        let activity = activities.entry((month_of_day(first_day), month_of(part.0))).or_default();
        *activity = (activity.0 + 1, activity.1 + orders, activity.2 + revenue);
    }
    Ok(activities)
}

/// Orders, revenue and first day of the customers `c` (`sales_by_customer`) for whom the condition holds.
fn with_first_day(
    conn: &mut SalesReader<'_>,
    bought: &Bought,
    condition: &str,
    bind: impl FnOnce(Sql) -> Sql,
) -> Result<Totals> {
    let rows = format!(
        "SELECT b.user_id, b.orders, b.revenue, c.first_day FROM ({}) b \
         JOIN sales_by_customer c ON c.user_id = b.user_id WHERE {condition}",
        bought.rows(conn)
    );
    totals(conn, Totals::for_rows(0, 0), &rows, ["user_id", "orders", "revenue", "first_day"], bind)
}

/// Activity in the whole months `first..end` of the customers whose first order is in the partial month before. Each of
/// them has one row for the day of the first order.
fn newcomers_in_whole_months(conn: &mut SalesReader<'_>, part: Span, (first, end): Buckets) -> Result<Activities> {
    let (from, to) = part;
    // SQLite joins in the written order with CROSS JOIN, and would otherwise begin with all days.
    let query = conn.sql(format!(
        "SELECT d.user_id, d.day, d.orders, d.revenue FROM sales_by_customer_day n \
         CROSS JOIN sales_by_customer c CROSS JOIN sales_by_customer_day d \
         WHERE c.user_id = n.user_id AND c.first_day = n.day AND d.user_id = n.user_id AND n.day >= ? AND n.day < ? AND n.orders > 0 AND d.day >= ? AND d.day < ? AND d.orders > 0 AND {}",
        newcomers(conn)
    ));
    let days = [day_of(from), day_of(to), day_of(start_of_month(first)), day_of(start_of_month(end))];
    let query = bind_newcomers(days.into_iter().fold(query, Sql::int), from);
    let rows = query.rows::<(BigInt, BigInt, BigInt, BigInt), (i64, i64, i64, i64)>(conn)?;
    let mut months: BTreeMap<i64, (BTreeSet<i64>, i64, i64)> = BTreeMap::new();
    for (user, day, orders, revenue) in rows {
        let month = months.entry(month_of_day(day)).or_default();
        month.0.insert(user);
        (month.1, month.2) = (month.1 + orders, month.2 + revenue);
    }
    let activity = |(month, (users, orders, revenue)): (i64, (BTreeSet<i64>, i64, i64))| {
        ((month_of(from), month), (users.len() as i64, orders, revenue))
    };
    Ok(months.into_iter().map(activity).collect())
}

/// Every month of the period with customers. Whole months are read from the cohort rollup, partial months from the
/// daily rollup.
pub(crate) fn new_and_returning(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<NewAndReturning>> {
    let split = split_by_month(period.bounds());
    let mut months: BTreeMap<i64, NewAndReturning> = BTreeMap::new();
    let mut add = |month: i64, is_new: bool, customers: i64, revenue: i64| -> Result<()> {
        let row = months.entry(month).or_insert_with(|| NewAndReturning {
            month: month_text(month),
            new_customers: 0,
            returning_customers: 0,
            new_revenue: Money::ZERO,
            returning_revenue: Money::ZERO,
        });
        let (count, sum) = if is_new {
            (&mut row.new_customers, &mut row.new_revenue)
        } else {
            (&mut row.returning_customers, &mut row.returning_revenue)
        };
        *count += customers;
        *sum = sum.plus(Money::from_minor(revenue))?;
        Ok(())
    };
    if let Some((first, end)) = split.whole {
        for ((cohort, month), (customers, _, revenue)) in activity(conn, 0, end)? {
            if month >= first {
                add(month, cohort == month, customers, revenue)?;
            }
        }
    }
    for part in split.parts {
        for (is_new, customers, revenue) in new_and_returning_in(conn, part)? {
            add(month_of(part.0), is_new, customers, revenue)?;
        }
    }
    Ok(months.into_values().collect())
}

/// Whether they are new, customers and revenue, for a part of a month.
fn new_and_returning_in(conn: &mut SalesReader<'_>, part: Span) -> Result<Vec<(bool, i64, i64)>> {
    let bought = Bought::Within(split_by_day(part));
    let customers = with_first_day(conn, &bought, "c.orders > 0", |query| bought.bind(query))?;
    let month = day_of(start_of_month(month_of(part.0)));
    let mut sums = [(true, 0, 0), (false, 0, 0)];
    for (_, [_, spent, first_day]) in customers.iter() {
        let (_, customers, revenue) = &mut sums[usize::from(first_day < month)];
        (*customers, *revenue) = (*customers + 1, *revenue + spent);
    }
    Ok(sums.into_iter().filter(|(_, customers, _)| *customers > 0).collect())
}
