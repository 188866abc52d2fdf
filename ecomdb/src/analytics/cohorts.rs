//! Customers by the month in which they first bought.

use std::collections::BTreeMap;

use diesel::sql_types::BigInt;
use serde::Serialize;

use super::Period;
use super::calendar::{Span, day_of, month_of, month_text, split_by_month, start_of_month};
use super::customers::Bought;
use super::sales::SalesReader;
use crate::error::Result;
use crate::types::Money;

/// Who bought in a month: for the first time, or again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NewAndReturning {
    /// The month, such as `"2026-01"`, in UTC.
    #[cfg_attr(feature = "utoipa", schema(example = "2026-01"))]
    pub month: String,
    /// Customers whose first completed order ever was placed in this month.
    pub new_customers: i64,
    /// Customers whose first completed order was placed in an earlier month.
    pub returning_customers: i64,
    /// What the new ones spent.
    pub new_revenue: Money,
    /// What the returning ones spent.
    pub returning_revenue: Money,
}

/// A cohort, the customers whose first completed order was placed in a month, in that month or a later one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct CohortMonth {
    /// The month in which they first bought, in UTC.
    #[cfg_attr(feature = "utoipa", schema(example = "2026-01"))]
    pub cohort: String,
    /// How many they are.
    pub cohort_customers: i64,
    /// The month that this is about.
    #[cfg_attr(feature = "utoipa", schema(example = "2026-03"))]
    pub month: String,
    /// How many months that is after the first one.
    pub months_since: i64,
    /// How many of them have a completed order in it.
    pub active_customers: i64,
    /// `active_customers` divided by `cohort_customers`: 0.0 to 1.0.
    pub retention: f64,
    /// Their completed orders in it.
    pub orders: i64,
    /// What those came to.
    pub revenue: Money,
    /// What all of them spent until the end of it, divided by `cohort_customers`, rounded half up to the cent.
    pub lifetime_value: Money,
}

/// What a cohort did in a month: customers, orders, revenue.
type Activity = (i64, i64, i64);

/// By cohort and month.
fn activity(conn: &mut SalesReader<'_>, first: i64, end: i64) -> Result<BTreeMap<(i64, i64), Activity>> {
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

/// The cohorts of the months that begin in the period, with every month of theirs that does.
pub(super) fn cohorts(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<CohortMonth>> {
    let (from, to) = period.bounds();
    let begins_after = |moment| month_of(moment) + i64::from(start_of_month(month_of(moment)) < moment);
    let activity = activity(conn, begins_after(from), begins_after(to))?;
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

/// Each month that has customers in the period: whole months from the cohorts, the parts at the ends from the days.
pub(super) fn new_and_returning(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<NewAndReturning>> {
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

/// Whether new, how many, what they spent: of the customers in a part of a month.
fn new_and_returning_in(conn: &mut SalesReader<'_>, part: Span) -> Result<Vec<(bool, i64, i64)>> {
    let int = conn.int_type();
    let bought = Bought::Within(super::calendar::split_by_day(part));
    let query = conn.sql(format!(
        "SELECT CAST(s.is_new AS {int}), COUNT(*), CAST(SUM(s.revenue) AS {int}) FROM (\
         SELECT s.user_id, CASE WHEN c.first_day >= ? THEN 1 ELSE 0 END AS is_new, s.revenue \
         FROM (SELECT user_id, SUM(revenue) AS revenue FROM ({}) s GROUP BY user_id) s \
         JOIN sales_by_customer c ON c.user_id = s.user_id) s GROUP BY s.is_new",
        bought.rows(conn)
    ));
    let query = query.int(day_of(start_of_month(month_of(part.0))));
    let rows: Vec<(i64, i64, i64)> = bought.bind(query).rows::<(BigInt, BigInt, BigInt), _>(conn)?;
    Ok(rows.into_iter().map(|(new, customers, revenue)| (new != 0, customers, revenue)).collect())
}
