//! Rollup rows of a generated shop, made while its orders pass by in ascending time.
//!
//! Rows of a day, month or quarter of an hour are delivered when the next one begins. [`crate::analytics`] defines the
//! contents; `check` compares them.
//!
//! Memory: 56 bytes per product, 4 bytes per user, the sales of one day, and the buffer of [`Pairs`].

mod funnel;
mod pairs;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _};

use self::funnel::Funnel;
use self::pairs::Pairs;
use super::calendar::{DAY, MINUTE};
use super::chunk::Chunk;
use super::placement::Placement;
use super::{Dataset, OrderBundle};
use crate::analytics::countries::number_of;
use crate::engine::Cells;
use crate::error::Result;
use crate::tables::{
    CohortSales, CountryDaySales, CustomerDaySales, DaySales, MonthSales, PairSales, ProductDaySales,
    ProductMonthSales, ProductSales, QuarterHourSales,
};
use crate::types::OrderStatus;

/// Aggregates orders.
#[derive(Debug)]
pub(crate) struct Sales {
    first_user: i64,
    first_product: i64,
    /// Month, day and quarter of an hour of the last order; `None` before the first one.
    now: Option<[i64; 3]>,
    month: Sums,
    day: Sums,
    quarter_hour: Sums,
    products: Vec<[i64; 3]>,
    products_of_month: Shelf,
    products_of_day: Shelf,
    /// The day by country, as numbers of the rollup.
    countries_of_day: BTreeMap<i64, Sums>,
    /// User id, revenue and refunds of each order of the day.
    customers_of_day: Vec<[i64; 3]>,
    cohorts: Cohorts,
    funnel: Funnel,
    pairs: Pairs,
}

#[derive(Debug, Default)]
struct Sums {
    orders: i64,
    units: i64,
    revenue: i64,
    refunded: i64,
}

/// Units and revenue of each product, and the products that have sales.
#[derive(Debug)]
struct Shelf {
    sums: Vec<[i64; 2]>,
    sold: Vec<u32>,
}

/// Months of each customer's first and last order, where 1 is the month of the shop's first order and 0 means none.
#[derive(Debug)]
struct Cohorts {
    customers: Vec<[u16; 2]>,
    start: i64,
    sums: BTreeMap<[i64; 2], [i64; 4]>,
}

impl Sales {
    pub(crate) fn new(dataset: &Dataset, place: &Placement) -> Self {
        let (users, products) = (dataset.scenario().users as usize, dataset.scenario().products as usize);
        Self {
            first_user: place.users,
            first_product: place.products,
            now: None,
            month: Sums::default(),
            day: Sums::default(),
            quarter_hour: Sums::default(),
            products: vec![[0; 3]; products],
            products_of_month: Shelf::new(products),
            products_of_day: Shelf::new(products),
            countries_of_day: BTreeMap::new(),
            customers_of_day: Vec::new(),
            cohorts: Cohorts { customers: vec![[0; 2]; users], start: 0, sums: BTreeMap::new() },
            funnel: Funnel::default(),
            pairs: Pairs::default(),
        }
    }

    /// Adds an order, and delivers the periods that ended before it.
    pub(crate) fn observe<B: Cells + Default>(&mut self, bundle: &OrderBundle, out: &mut Chunk<B>) {
        let order = &bundle.order;
        if let Some(day) = self.funnel.add(order, !bundle.payments.is_empty()) {
            out.push(&day);
        }
        if order.status != OrderStatus::Completed {
            return;
        }
        self.go_to(order.placed_at, out);
        let country = self.countries_of_day.entry(number_of(order.country)).or_default();
        for sums in [&mut self.month, &mut self.day, &mut self.quarter_hour, country] {
            sums.orders += 1;
            sums.units += order.item_count;
            sums.revenue += order.total;
            sums.refunded += order.refunded;
        }
        for item in &bundle.items {
            let product = (item.product_id - 1) as usize;
            let revenue = item.quantity * item.unit_price;
            let [orders, units, total] = &mut self.products[product];
            (*orders, *units, *total) = (*orders + 1, *units + item.quantity, *total + revenue);
            self.products_of_month.sell(product, item.quantity, revenue);
            self.products_of_day.sell(product, item.quantity, revenue);
        }
        self.customers_of_day.push([order.user_id, order.total, order.refunded]);
        self.cohorts.add(order.user_id, self.now.map_or(0, |[month, ..]| month), order.total, order.refunded);
        self.pairs.add(&bundle.items);
    }

    /// Delivers the remaining rows.
    pub(crate) fn finish<B: Cells + Default>(mut self, deliver: &mut impl FnMut(Chunk<B>) -> Result<()>) -> Result<()> {
        let mut out = Chunk::new();
        if let Some([month, day, quarter_hour]) = self.now {
            self.end_quarter_hour(quarter_hour, &mut out);
            self.end_day(day, &mut out);
            self.end_month(month, &mut out);
        }
        if let Some(day) = self.funnel.day() {
            out.push(&day);
        }
        for (&[orders, units, revenue], id) in self.products.iter().zip(self.first_product + 1..) {
            if orders > 0 {
                out.push(&ProductSales { product_id: id, orders, units, revenue });
            }
        }
        for (&[cohort, month], &[customers, orders, revenue, refunded]) in &self.cohorts.sums {
            out.push(&CohortSales { cohort, month, customers, orders, revenue, refunded });
        }
        deliver(out)?;
        let first = self.first_product;
        self.pairs.finish(|pairs| {
            let mut out = Chunk::new();
            for &(product_a, product_b, orders) in pairs {
                out.push(&PairSales { product_a: product_a + first, product_b: product_b + first, orders });
            }
            deliver(out)
        })
    }

    fn go_to<B: Cells + Default>(&mut self, time: i64, out: &mut Chunk<B>) {
        let quarter_hour = time.div_euclid(15 * MINUTE);
        let Some([month, day, last]) = self.now else {
            let month = month_of(time);
            self.cohorts.start = month;
            self.now = Some([month, time.div_euclid(DAY), quarter_hour]);
            return;
        };
        if quarter_hour == last {
            return;
        }
        self.end_quarter_hour(last, out);
        let (mut now_month, now_day) = (month, time.div_euclid(DAY));
        if now_day != day {
            self.end_day(day, out);
            now_month = month_of(time);
            if now_month != month {
                self.end_month(month, out);
            }
        }
        self.now = Some([now_month, now_day, quarter_hour]);
    }

    fn end_quarter_hour<B: Cells + Default>(&mut self, quarter_hour: i64, out: &mut Chunk<B>) {
        let Sums { orders, units, revenue, refunded } = std::mem::take(&mut self.quarter_hour);
        out.push(&QuarterHourSales { quarter_hour, orders, units, revenue, refunded });
    }

    fn end_day<B: Cells + Default>(&mut self, day: i64, out: &mut Chunk<B>) {
        let Sums { orders, units, revenue, refunded } = std::mem::take(&mut self.day);
        out.push(&DaySales { day, orders, units, revenue, refunded });
        let first = self.first_product + 1;
        self.products_of_day.clear(|product, [units, revenue]| {
            out.push(&ProductDaySales { day, product_id: product + first, units, revenue });
        });
        for (country, Sums { orders, units, revenue, refunded }) in std::mem::take(&mut self.countries_of_day) {
            out.push(&CountryDaySales { day, country, orders, units, revenue, refunded });
        }
        self.customers_of_day.sort_unstable();
        for orders in self.customers_of_day.chunk_by(|left, right| left[0] == right[0]) {
            let sum = |place: usize| orders.iter().map(|order| order[place]).sum();
            let (user_id, revenue, refunded) = (orders[0][0] + self.first_user, sum(1), sum(2));
            out.push(&CustomerDaySales { day, user_id, orders: orders.len() as i64, revenue, refunded });
        }
        self.customers_of_day.clear();
    }

    fn end_month<B: Cells + Default>(&mut self, month: i64, out: &mut Chunk<B>) {
        let Sums { orders, units, revenue, refunded } = std::mem::take(&mut self.month);
        out.push(&MonthSales { month, orders, units, revenue, refunded });
        let first = self.first_product + 1;
        self.products_of_month.clear(|product, [units, revenue]| {
            out.push(&ProductMonthSales { month, product_id: product + first, units, revenue });
        });
    }
}

impl Shelf {
    fn new(products: usize) -> Self {
        Self { sums: vec![[0; 2]; products], sold: Vec::new() }
    }

    fn sell(&mut self, product: usize, quantity: i64, revenue: i64) {
        let [units, total] = &mut self.sums[product];
        if *units == 0 {
            self.sold.push(product as u32);
        }
        (*units, *total) = (*units + quantity, *total + revenue);
    }

    fn clear(&mut self, mut row: impl FnMut(i64, [i64; 2])) {
        self.sold.sort_unstable();
        for product in self.sold.drain(..) {
            row(i64::from(product), std::mem::take(&mut self.sums[product as usize]));
        }
    }
}

impl Cohorts {
    fn add(&mut self, user_id: i64, month: i64, revenue: i64, refunded: i64) {
        let [first, last] = &mut self.customers[(user_id - 1) as usize];
        // A period has at most 50 years, so the number of months fits.
        let number = (month - self.start + 1) as u16;
        if *first == 0 {
            *first = number;
        }
        let cohort = self.start + i64::from(*first) - 1;
        let sums = self.sums.entry([cohort, month]).or_default();
        sums[0] += i64::from(*last != number);
        *last = number;
        (sums[1], sums[2], sums[3]) = (sums[1] + 1, sums[2] + revenue, sums[3] + refunded);
    }
}

/// Months since year 0.
fn month_of(time: i64) -> i64 {
    DateTime::from_timestamp_micros(time).map_or(0, |time| i64::from(time.year()) * 12 + i64::from(time.month0()))
}
