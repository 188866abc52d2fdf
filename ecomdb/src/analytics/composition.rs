//! The composition of sales: gross sales, discounts, shipping, fees and taxes. Totals are read from rollups;
//! adjustments are read from the orders of the period that have any.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, SmallInt, Text};

use super::by_id::ById;
use super::calendar::{day_of, split_by_day, start_of_day};
use super::products::{Sold, names};
use super::rows::{SalesOfCategory, SalesOfDay, SalesOfProduct, VoucherSales};
use super::sales::SalesReader;
use super::sums::sums_of_each;
use super::totals::{Values, highest};
use crate::engine::{Connection, Sql, sql};
use crate::error::Result;
use crate::types::{AdjustmentKind, CategoryId, Limit, Money, Period, ProductId, VoucherId};

/// Sums of a day, in minor units.
#[derive(Debug, Default)]
struct Day {
    orders: i64,
    total: i64,
    discounts: i64,
    shipping: i64,
    fees: i64,
    taxes: i64,
    included_taxes: i64,
}

pub(crate) fn by_day(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<SalesOfDay>> {
    let mut days: BTreeMap<i64, Day> = BTreeMap::new();
    let mut add = |day: i64, orders: i64, total: i64| {
        let sums = days.entry(day).or_default();
        (sums.orders, sums.total) = (sums.orders + orders, sums.total + total);
    };
    let split = split_by_day(period.bounds());
    if let Some((first, end)) = split.whole {
        let select =
            conn.sql("SELECT day, orders, revenue FROM sales_by_day WHERE day >= ? AND day < ?").int(first).int(end);
        for (day, orders, total) in select.rows::<(BigInt, BigInt, BigInt), (i64, i64, i64)>(conn)? {
            add(day, orders, total);
        }
    }
    let parts = sums_of_each(conn, &split.parts)?;
    for ((from, _), sums) in split.parts.iter().zip(parts) {
        add(day_of(*from), sums.orders, sums.revenue.minor());
    }
    days.retain(|_, sums| sums.orders != 0);
    for (day, kind, included, amount) in adjustments_by_day(conn, period)? {
        let Some(sums) = days.get_mut(&day) else { continue };
        match (kind, included) {
            (AdjustmentKind::Discount, _) => sums.discounts -= amount,
            (AdjustmentKind::Shipping, _) => sums.shipping += amount,
            (AdjustmentKind::Fee, _) => sums.fees += amount,
            (AdjustmentKind::Tax, 0) => sums.taxes += amount,
            (AdjustmentKind::Tax, _) => sums.included_taxes += amount,
        }
    }
    Ok(days.into_iter().map(|(day, sums)| sums.into_row(day)).collect())
}

impl Day {
    fn into_row(self, day: i64) -> SalesOfDay {
        let net = self.total - self.shipping - self.fees - self.taxes;
        SalesOfDay {
            day: start_of_day(day).date_naive(),
            orders: self.orders,
            gross_sales: Money::from_minor(net + self.discounts),
            discounts: Money::from_minor(self.discounts),
            net_sales: Money::from_minor(net),
            shipping: Money::from_minor(self.shipping),
            fees: Money::from_minor(self.fees),
            taxes: Money::from_minor(self.taxes),
            total_revenue: Money::from_minor(self.total),
            included_taxes: Money::from_minor(self.included_taxes),
        }
    }
}

/// Day, kind, whether it is included in the prices, and sum of the adjustments of completed orders.
fn adjustments_by_day(conn: &mut Connection, period: &Period) -> Result<Vec<(i64, AdjustmentKind, i16, i64)>> {
    let (int, day) = (conn.int_type(), conn.day("o.placed_at"));
    let (within, bounds) = within(conn, period);
    let select = sql(format!(
        "SELECT CAST(s.day AS {int}), s.kind, s.included, CAST(SUM(s.amount) AS {int}) FROM (\
         SELECT {day} AS day, a.kind, a.included, a.amount FROM orders o \
         JOIN order_adjustments a ON a.order_id = o.id WHERE o.adjustments IS NOT NULL AND {within}) s \
         GROUP BY s.day, s.kind, s.included"
    ));
    Ok(select.all(bounds).rows::<(BigInt, Text, SmallInt, BigInt), _>(conn)?)
}

/// The condition for completed orders `o` of the period, and the values to bind to it.
fn within(conn: &Connection, period: &Period) -> (String, Sql) {
    let at = conn.moment();
    let (mut text, mut bounds) = ("o.status = 'completed'".to_owned(), sql(""));
    if let Some(from) = period.from() {
        text += &format!(" AND o.placed_at >= {at}");
        bounds = bounds.moment(from);
    }
    if let Some(to) = period.to() {
        text += &format!(" AND o.placed_at < {at}");
        bounds = bounds.moment(to);
    }
    (text, bounds)
}

/// Net sales, units and discounts by product.
fn sold(conn: &mut SalesReader<'_>, period: &Period) -> Result<ById<Values>> {
    let sold = Sold::in_period(period).totals(conn)?;
    let mut totals: ById<Values> = ById::default();
    for (product, [units, gross, _]) in sold.iter() {
        totals.entry(product).or_insert([gross, units, 0]);
    }
    let int = conn.int_type();
    let (within, bounds) = within(conn, period);
    let select = sql(format!(
        "SELECT i.product_id, CAST(SUM(i.discount) AS {int}) FROM orders o JOIN order_items i ON i.order_id = o.id \
         WHERE o.adjustments IS NOT NULL AND i.discount IS NOT NULL AND {within} GROUP BY i.product_id"
    ));
    for (product, discount) in select.all(bounds).rows::<(BigInt, BigInt), (i64, i64)>(conn)? {
        let values: &mut Values = totals.entry(product).or_insert([0, 0, 0]);
        *values = [values[0] - discount, values[1], values[2] + discount];
    }
    Ok(totals)
}

pub(crate) fn by_product(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<SalesOfProduct>> {
    let first = highest(sold(conn, period)?.into_iter(), 0, limit);
    let names = names(conn, "products", first.iter().map(|(product, _)| *product))?;
    let product = |(id, [net, units, discounts]): (i64, Values)| SalesOfProduct {
        product_id: ProductId::new(id),
        product_name: names.get(&id).cloned().unwrap_or_default(),
        units_sold: units,
        gross_sales: Money::from_minor(net + discounts),
        discounts: Money::from_minor(discounts),
        net_sales: Money::from_minor(net),
    };
    Ok(first.into_iter().map(product).collect())
}

pub(crate) fn by_category(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<SalesOfCategory>> {
    let sold = sold(conn, period)?;
    let mut categories: ById<Values> = ById::default();
    let add = |(product, category): (i64, i64)| {
        if let Some([net, units, discounts]) = sold.get(&product) {
            let values: &mut Values = categories.entry(category).or_insert([0, 0, 0]);
            *values = [values[0] + net, values[1] + units, values[2] + discounts];
        }
    };
    sql("SELECT id, category_id FROM products").each::<(BigInt, BigInt), _>(conn, add)?;
    let first = highest(categories.into_iter(), 0, limit);
    let names = names(conn, "categories", first.iter().map(|(category, _)| *category))?;
    let category = |(id, [net, units, discounts]): (i64, Values)| SalesOfCategory {
        category_id: CategoryId::new(id),
        category_name: names.get(&id).cloned().unwrap_or_default(),
        units_sold: units,
        gross_sales: Money::from_minor(net + discounts),
        discounts: Money::from_minor(discounts),
        net_sales: Money::from_minor(net),
    };
    Ok(first.into_iter().map(category).collect())
}

/// Revenue and cost of each voucher, highest revenue first.
pub(crate) fn vouchers(conn: &mut SalesReader<'_>, period: &Period, limit: Limit) -> Result<Vec<VoucherSales>> {
    let (within, bounds) = within(conn, period);
    of_vouchers(conn, &within, bounds, limit)
}

/// Revenue and cost of one voucher; `None` if no completed order has it.
pub(crate) fn of_voucher(conn: &mut SalesReader<'_>, voucher: VoucherId) -> Result<Option<VoucherSales>> {
    Ok(of_vouchers(conn, "o.status = 'completed' AND v.id = ?", sql("").int(voucher), Limit::ALL)?.pop())
}

fn of_vouchers(conn: &mut Connection, condition: &str, values: Sql, limit: Limit) -> Result<Vec<VoucherSales>> {
    let int = conn.int_type();
    let select = sql(format!(
        "SELECT v.id, v.code, COUNT(*), CAST(SUM(o.total) AS {int}) AS revenue, CAST(SUM(-a.amount) AS {int}) \
         FROM order_adjustments a JOIN orders o ON o.id = a.order_id JOIN vouchers v ON v.id = a.voucher_id \
         WHERE a.voucher_id IS NOT NULL AND {condition} GROUP BY v.id, v.code ORDER BY revenue DESC, v.id LIMIT ?"
    ));
    type Row = (i64, String, i64, i64, i64);
    let rows = select.all(values).int(limit.get()).rows::<(BigInt, Text, BigInt, BigInt, BigInt), Row>(conn)?;
    let voucher = |(id, code, orders, revenue, discounts): Row| VoucherSales {
        voucher_id: VoucherId::new(id),
        code,
        orders,
        total_revenue: Money::from_minor(revenue),
        discounts: Money::from_minor(discounts),
    };
    Ok(rows.into_iter().map(voucher).collect())
}
