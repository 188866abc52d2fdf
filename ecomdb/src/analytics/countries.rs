//! Sales by country.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Nullable, Text};

use super::calendar::{Span, split_by_day};
use super::rows::SalesOfCountry;
use super::sales::SalesReader;
use super::sums::{Columns, Sums, summed};
use crate::engine::{Connection, sql};
use crate::error::Result;
use crate::types::{Country, Limit, Period};

/// The key of a country in the rollups: 256 times the first letter of its code plus the second. 0 means none.
pub(crate) fn number_of(country: Option<Country>) -> i64 {
    country.map_or(0, |country| country.code().bytes().fold(0, |number, letter| number * 256 + i64::from(letter)))
}

/// The countries with the highest revenue. Ties are broken by code; orders without addresses come last.
pub(crate) fn sales(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<SalesOfCountry>> {
    let split = split_by_day(period.bounds());
    let mut countries: BTreeMap<i64, Sums> = BTreeMap::new();
    if let Some((first, end)) = split.whole {
        let columns = summed(conn);
        let select = conn.sql(format!(
            "SELECT s.country, {columns} FROM sales_by_country_day s WHERE s.day >= ? AND s.day < ? GROUP BY s.country"
        ));
        type Row = (i64, (i64, i64, i64, i64));
        for (country, sums) in select.int(first).int(end).rows::<(BigInt, Columns), Row>(conn)? {
            countries.entry(country).or_default().add(sums.into())?;
        }
    }
    for part in split.parts {
        for (country, sums) in of_orders(conn, part)? {
            countries.entry(number_of(country)).or_default().add(sums)?;
        }
    }
    countries.retain(|_, sums| sums.orders != 0);
    let known: BTreeMap<i64, Country> = Country::all().map(|country| (number_of(Some(country)), country)).collect();
    let row = |(number, sums): (i64, Sums)| -> Result<SalesOfCountry> {
        Ok(SalesOfCountry {
            country: known.get(&number).copied(),
            orders: sums.orders,
            units_sold: sums.units,
            total_revenue: sums.revenue,
            refunds: sums.refunds,
            net_revenue: sums.net()?,
        })
    };
    let mut rows: Vec<SalesOfCountry> = countries.into_iter().map(row).collect::<Result<_>>()?;
    rows.sort_by_key(|row| (Reverse(row.total_revenue), row.country.is_none(), row.country));
    rows.truncate(usize::try_from(limit.get()).unwrap_or(usize::MAX));
    Ok(rows)
}

/// The sums of a part of a day, by country.
fn of_orders(conn: &mut Connection, (from, to): Span) -> Result<Vec<(Option<Country>, Sums)>> {
    let (int, at) = (conn.int_type(), conn.moment());
    let select = sql(format!(
        "SELECT country, COUNT(*), CAST(SUM(item_count) AS {int}), CAST(SUM(total) AS {int}), \
         CAST(SUM(refunded) AS {int}) \
         FROM orders WHERE status = 'completed' AND placed_at >= {at} AND placed_at < {at} GROUP BY country"
    ));
    type Row = (Option<Country>, (i64, i64, i64, i64));
    let rows = select.moment(from).moment(to).rows::<(Nullable<Text>, Columns), Row>(conn)?;
    Ok(rows.into_iter().map(|(country, sums)| (country, sums.into())).collect())
}
