//! Rankings of products and categories.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ecomdb::*;

use super::Model;

impl Model {
    /// Units and revenue by product.
    fn sold(&self, period: &Period) -> BTreeMap<i64, (i64, i64)> {
        let mut products: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for (product, quantity, price) in self.completed(period).flat_map(|order| &order.items) {
            let sums = products.entry(*product).or_default();
            *sums = (sums.0 + quantity, sums.1 + quantity * price);
        }
        products
    }

    pub(crate) fn top_products(&self, period: &Period, limit: usize) -> Vec<TopProduct> {
        let row = |(id, (units, _))| {
            row!(TopProduct {
                product_id: ProductId::new(id),
                product_name: self.products[&id].0.clone(),
                total_units_sold: units,
            })
        };
        let mut rows: Vec<TopProduct> = self.sold(period).into_iter().map(row).collect();
        rows.sort_by_key(|row| (-row.total_units_sold, row.product_id));
        rows.truncate(limit);
        rows
    }

    pub(crate) fn revenue_by_product(&self, period: &Period, limit: usize) -> Vec<ProductRevenue> {
        let row = |(id, (_, revenue))| {
            row!(ProductRevenue {
                product_id: ProductId::new(id),
                product_name: self.products[&id].0.clone(),
                product_revenue: Money::from_minor(revenue),
            })
        };
        let mut rows: Vec<ProductRevenue> = self.sold(period).into_iter().map(row).collect();
        rows.sort_by_key(|row| (Reverse(row.product_revenue), row.product_id));
        rows.truncate(limit);
        rows
    }

    pub(crate) fn revenue_by_category(&self, period: &Period, limit: usize) -> Vec<CategoryRevenue> {
        let mut categories: BTreeMap<i64, i64> = BTreeMap::new();
        for (product, (_, revenue)) in self.sold(period) {
            *categories.entry(self.products[&product].1).or_default() += revenue;
        }
        let row = |(id, revenue)| {
            row!(CategoryRevenue {
                category_id: CategoryId::new(id),
                category_name: self.categories[&id].clone(),
                category_revenue: Money::from_minor(revenue),
            })
        };
        let mut rows: Vec<CategoryRevenue> = categories.into_iter().map(row).collect();
        rows.sort_by_key(|row| (Reverse(row.category_revenue), row.category_id));
        rows.truncate(limit);
        rows
    }

    pub(crate) fn bought_together(&self, period: &Period, limit: usize) -> Vec<BoughtTogether> {
        let mut pairs: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        let mut with: BTreeMap<i64, i64> = BTreeMap::new();
        for order in self.completed(period) {
            for (a, ..) in &order.items {
                *with.entry(*a).or_default() += 1;
                for (b, ..) in order.items.iter().filter(|(b, ..)| b > a && order.items.len() <= 25) {
                    *pairs.entry((*a, *b)).or_default() += 1;
                }
            }
        }
        let all = self.completed(period).count() as f64;
        let row = |((a, b), together): ((i64, i64), i64)| {
            row!(BoughtTogether {
                product_a: ProductId::new(a),
                product_a_name: self.products[&a].0.clone(),
                product_b: ProductId::new(b),
                product_b_name: self.products[&b].0.clone(),
                orders_together: together,
                support: together as f64 / all,
                confidence_a_to_b: together as f64 / with[&a] as f64,
                confidence_b_to_a: together as f64 / with[&b] as f64,
                lift: (together as f64 * all) / (with[&a] as f64 * with[&b] as f64),
            })
        };
        let mut rows: Vec<BoughtTogether> = pairs.into_iter().map(row).collect();
        rows.sort_by_key(|row| (-row.orders_together, row.product_a, row.product_b));
        rows.truncate(limit);
        rows
    }

    /// Requires a period with both ends.
    pub(crate) fn sell_through(&self, period: &Period, limit: usize) -> Vec<SellThrough> {
        let days = (period.to().unwrap() - period.from().unwrap()).num_microseconds().unwrap() as f64 / 1e6 / 86_400.0;
        let row = |(id, (units, _)): (i64, (i64, i64))| {
            let stock = self.stock[&id];
            row!(SellThrough {
                product_id: ProductId::new(id),
                product_name: self.products[&id].0.clone(),
                units_sold: units,
                stock,
                sell_through: units as f64 / (units + stock) as f64,
                days_of_cover: stock as f64 * days / units as f64,
            })
        };
        let mut rows: Vec<SellThrough> = self.sold(period).into_iter().map(row).collect();
        let cover = |a: &SellThrough, b: &SellThrough| (a.stock * b.units_sold).cmp(&(b.stock * a.units_sold));
        rows.sort_by(|a, b| cover(a, b).then(a.product_id.cmp(&b.product_id)));
        rows.truncate(limit);
        rows
    }
}
