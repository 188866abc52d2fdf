//! Revenue over time.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::BigInt;

use super::calendar::{Span, start_of_quarter_hour};
use super::rows::TrendStep;
use super::sales::SalesReader;
use super::steps::{Step, Trend, previous, steps};
use super::sums::{Sums, sums_of_each};
use crate::error::Result;
use crate::types::Period;

pub(crate) fn trend(conn: &mut SalesReader<'_>, trend: &Trend) -> Result<Vec<TrendStep>> {
    let Some((first, last)) = ends(conn, &trend.period)? else { return Ok(Vec::new()) };
    let steps = steps(trend, first, last)?;
    let mut spans: Vec<Span> = steps.iter().map(|(_, span)| *span).collect();
    if trend.compare_previous {
        spans.extend(previous(trend, &steps));
    }
    let mut sums = sums_of_each(conn, &spans)?;
    let previous = sums.split_off(steps.len());
    let step = |(i, ((date, (from, to)), sums)): (usize, (Step, Sums))| {
        Ok(TrendStep {
            date,
            from,
            to,
            total_revenue: sums.revenue,
            refunds: sums.refunds,
            net_revenue: sums.net()?,
            orders: sums.orders,
            previous_total_revenue: previous.get(i).map(|previous| previous.revenue),
            previous_net_revenue: previous.get(i).map(Sums::net).transpose()?,
            previous_orders: previous.get(i).map(|previous| previous.orders),
        })
    };
    steps.into_iter().zip(sums).enumerate().map(step).collect()
}

/// An instant in the first step, and an instant in the last step.
fn ends(conn: &mut SalesReader<'_>, period: &Period) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    let mut outermost = |text: &'static str| -> Result<Option<DateTime<Utc>>> {
        let quarter_hour = conn.sql(text).rows::<BigInt, i64>(conn)?;
        Ok(quarter_hour.first().map(|quarter_hour| start_of_quarter_hour(*quarter_hour)))
    };
    let first = match period.from() {
        Some(from) => Some(from),
        None => {
            outermost("SELECT quarter_hour FROM sales_by_quarter_hour WHERE orders > 0 ORDER BY quarter_hour LIMIT 1")?
        }
    };
    let last = match period.to() {
        Some(to) => Some(to - TimeDelta::microseconds(1)),
        None => outermost(
            "SELECT quarter_hour FROM sales_by_quarter_hour WHERE orders > 0 ORDER BY quarter_hour DESC LIMIT 1",
        )?,
    };
    Ok(first.zip(last).filter(|(first, last)| first <= last))
}
