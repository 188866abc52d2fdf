//! The sales of one product, or to one customer, over time.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::BigInt;

use super::calendar::{Span, start_of_day};
use super::rows::{CustomerTrendStep, ProductTrendStep};
use super::running::{Sales, Sums, days_with_sales, sums_of_each};
use super::sales::SalesReader;
use super::steps::{Step, Trend, previous, steps};
use crate::engine::{Connection, sql};
use crate::error::{Error, Result};
use crate::types::{Money, Period, ProductId, UserId};

pub(crate) fn of_product(
    conn: &mut SalesReader<'_>,
    product: ProductId,
    trend: &Trend,
) -> Result<Vec<ProductTrendStep>> {
    if !exists(conn, "SELECT id FROM products WHERE id = ?", product.get())? {
        return Err(Error::not_found("product", product));
    }
    let step = |Summed { step: (date, (from, to)), sums: [units_sold, revenue, _], previous }| ProductTrendStep {
        date,
        from,
        to,
        units_sold,
        product_revenue: Money::from_minor(revenue),
        previous_units_sold: previous.map(|[units, ..]| units),
        previous_product_revenue: previous.map(|[_, revenue, _]| Money::from_minor(revenue)),
    };
    Ok(summed(conn, Sales::OfProduct(product.get()), trend)?.into_iter().map(step).collect())
}

pub(crate) fn of_customer(
    conn: &mut SalesReader<'_>,
    customer: UserId,
    trend: &Trend,
) -> Result<Vec<CustomerTrendStep>> {
    expect_user(conn, customer)?;
    let step = |Summed { step: (date, (from, to)), sums, previous }| {
        let [orders, spent, refunded] = sums;
        CustomerTrendStep {
            date,
            from,
            to,
            total_spent: Money::from_minor(spent),
            refunds: Money::from_minor(refunded),
            net_spent: Money::from_minor(spent - refunded),
            orders,
            previous_total_spent: previous.map(|[_, spent, _]| Money::from_minor(spent)),
            previous_net_spent: previous.map(|[_, spent, refunded]| Money::from_minor(spent - refunded)),
            previous_orders: previous.map(|[orders, ..]| orders),
        }
    };
    Ok(summed(conn, Sales::ToCustomer(customer.get()), trend)?.into_iter().map(step).collect())
}

/// Returns an error if there is no such user.
pub(super) fn expect_user(conn: &mut Connection, user: UserId) -> Result<()> {
    match exists(conn, "SELECT id FROM users WHERE id = ?", user.get())? {
        true => Ok(()),
        false => Err(Error::not_found("user", user)),
    }
}

fn exists(conn: &mut Connection, select: &'static str, id: i64) -> Result<bool> {
    Ok(!sql(select).int(id).rows::<BigInt, i64>(conn)?.is_empty())
}

/// A step with its sums and those of the previous step that it is compared with.
struct Summed {
    step: Step,
    sums: Sums,
    previous: Option<Sums>,
}

fn summed(conn: &mut SalesReader<'_>, sales: Sales, trend: &Trend) -> Result<Vec<Summed>> {
    let Some((first, last)) = ends(conn, sales, &trend.period)? else { return Ok(Vec::new()) };
    let mut steps = steps(trend, first, last)?;
    let spans: Vec<Span> = steps.iter().map(|(_, span)| *span).collect();
    let mut sums = sums_of_each(conn, sales, &spans)?;
    // The first and last sale are known only by day (UTC), which can begin in an earlier step than the sale, and end in
    // a later one.
    let is_empty = |sums: &Sums| *sums == Sums::default();
    if trend.period.to().is_none() {
        sums.truncate(sums.iter().rposition(|sums| !is_empty(sums)).map_or(0, |last| last + 1));
        steps.truncate(sums.len());
    }
    if trend.period.from().is_none() {
        let before = sums.iter().take_while(|sums| is_empty(sums)).count();
        sums.drain(..before);
        steps.drain(..before);
    }
    let previous = match trend.compare_previous {
        true => sums_of_each(conn, sales, &previous(trend, &steps))?,
        false => Vec::new(),
    };
    let with_previous = |(place, (step, sums))| Summed { step, sums, previous: previous.get(place).copied() };
    Ok(steps.into_iter().zip(sums).enumerate().map(with_previous).collect())
}

/// An instant in the first step, and an instant in the last step.
fn ends(conn: &mut SalesReader<'_>, sales: Sales, period: &Period) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    const MOMENT: TimeDelta = TimeDelta::microseconds(1);
    let (first, last) = match (period.from(), period.to()) {
        (Some(from), Some(to)) => (from, to - MOMENT),
        (from, to) => {
            let Some((first_day, last_day)) = days_with_sales(conn, sales)? else { return Ok(None) };
            let first = from.unwrap_or_else(|| start_of_day(first_day));
            (first, to.unwrap_or_else(|| start_of_day(last_day + 1)) - MOMENT)
        }
    };
    Ok((first <= last).then_some((first, last)))
}
