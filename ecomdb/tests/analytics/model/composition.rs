//! What sales are composed of.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use ecomdb::*;

use super::{Model, Row};

/// Units, gross sales and discounts.
type Sales = (i64, i64, i64);

impl Model {
    pub(crate) fn sales_by_day(&self, period: &Period) -> Vec<SalesOfDay> {
        let mut days: BTreeMap<NaiveDate, Vec<&Row>> = BTreeMap::new();
        for order in self.completed(period) {
            days.entry(order.placed_at.date_naive()).or_default().push(order);
        }
        let row = |(day, orders): (NaiveDate, Vec<&Row>)| {
            let lines: i64 = orders.iter().flat_map(|order| &order.items).map(|(_, units, price)| units * price).sum();
            let sum = |kind: &str, included: bool| -> Money {
                let all = orders.iter().flat_map(|order| &order.adjustments);
                let some = all.filter(|it| it.kind == kind && it.included == included);
                Money::from_minor(some.map(|it| it.amount).sum())
            };
            let (gross_sales, discounts) = (Money::from_minor(lines), -sum("discount", false));
            row!(SalesOfDay {
                day,
                orders: orders.len(),
                gross_sales,
                discounts,
                net_sales: gross_sales - discounts,
                shipping: sum("shipping", false),
                fees: sum("fee", false),
                taxes: sum("tax", false),
                total_revenue: Money::from_minor(orders.iter().map(|order| order.total).sum()),
                included_taxes: sum("tax", true),
            })
        };
        days.into_iter().map(row).collect()
    }

    fn discounted(&self, period: &Period, key: impl Fn(i64) -> i64) -> Vec<(i64, Sales)> {
        let mut sums: BTreeMap<i64, Sales> = BTreeMap::new();
        for order in self.completed(period) {
            for ((product, units, price), discount) in order.items.iter().zip(&order.discounts) {
                let sum = sums.entry(key(*product)).or_default();
                *sum = (sum.0 + units, sum.1 + units * price, sum.2 + discount);
            }
        }
        let mut rows: Vec<_> = sums.into_iter().collect();
        rows.sort_by_key(|(id, (_, gross, discounts))| (Reverse(gross - discounts), *id));
        rows
    }

    pub(crate) fn sales_by_product(&self, period: &Period, limit: usize) -> Vec<SalesOfProduct> {
        let row = |(id, (units, gross, discounts)): (i64, Sales)| {
            row!(SalesOfProduct {
                product_id: ProductId::new(id),
                product_name: self.products[&id].0.clone(),
                units_sold: units,
                gross_sales: Money::from_minor(gross),
                discounts: Money::from_minor(discounts),
                net_sales: Money::from_minor(gross - discounts),
            })
        };
        self.discounted(period, |product| product).into_iter().take(limit).map(row).collect()
    }

    pub(crate) fn sales_by_category(&self, period: &Period, limit: usize) -> Vec<SalesOfCategory> {
        let row = |(id, (units, gross, discounts)): (i64, Sales)| {
            row!(SalesOfCategory {
                category_id: CategoryId::new(id),
                category_name: self.categories[&id].clone(),
                units_sold: units,
                gross_sales: Money::from_minor(gross),
                discounts: Money::from_minor(discounts),
                net_sales: Money::from_minor(gross - discounts),
            })
        };
        self.discounted(period, |product| self.products[&product].1).into_iter().take(limit).map(row).collect()
    }

    pub(crate) fn sales_by_country(&self, period: &Period, limit: usize) -> Vec<SalesOfCountry> {
        let mut countries: BTreeMap<Option<&str>, Vec<&Row>> = BTreeMap::new();
        for order in self.completed(period) {
            countries.entry(order.country.as_deref()).or_default().push(order);
        }
        let row = |(country, orders): (Option<&str>, Vec<&Row>)| {
            let sum = |of: fn(&Row) -> i64| orders.iter().map(|order| of(order)).sum::<i64>();
            let (total, refunds) = (Money::from_minor(sum(|it| it.total)), Money::from_minor(sum(|it| it.refunded)));
            row!(SalesOfCountry {
                country,
                orders: orders.len(),
                units_sold: sum(|it| it.items.iter().map(|(_, units, _)| units).sum()),
                total_revenue: total,
                refunds,
                net_revenue: total - refunds,
            })
        };
        let mut rows: Vec<_> = countries.into_iter().map(row).collect();
        rows.sort_by_key(|row| (Reverse(row.total_revenue), row.country.is_none(), row.country));
        rows.truncate(limit);
        rows
    }

    pub(crate) fn voucher_sales(&self, period: &Period, limit: usize) -> Vec<VoucherSales> {
        let mut sums: BTreeMap<i64, Sales> = BTreeMap::new();
        for order in self.completed(period) {
            for used in order.adjustments.iter().filter(|it| it.voucher != 0) {
                let sum = sums.entry(used.voucher).or_default();
                *sum = (sum.0 + 1, sum.1 + order.total, sum.2 - used.amount);
            }
        }
        let mut rows: Vec<_> = sums.into_iter().collect();
        rows.sort_by_key(|(id, (_, total, _))| (Reverse(*total), *id));
        let row = |(id, (orders, total, discounts)): (i64, Sales)| {
            row!(VoucherSales {
                voucher_id: VoucherId::new(id),
                code: self.vouchers[&id].clone(),
                orders,
                total_revenue: Money::from_minor(total),
                discounts: Money::from_minor(discounts),
            })
        };
        rows.into_iter().take(limit).map(row).collect()
    }
}
