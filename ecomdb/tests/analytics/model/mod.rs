//! The reference implementation of every report: naive, from the base tables.

/// Makes a row of a report from its fields, by way of JSON, because rows are non-exhaustive.
macro_rules! row {
    ($row:ident { $($field:ident $(: $value:expr)?),+ $(,)? }) => {
        serde_json::from_value::<$row>(serde_json::json!({
            $(stringify!($field): row!(@value $field $(, $value)?)),+
        }))
        .unwrap()
    };
    (@value $field:ident) => { $field };
    (@value $field:ident, $value:expr) => { $value };
}

mod composition;
mod customers;
mod products;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use ecomdb::*;

/// All rows from which the reports are computed.
pub(crate) struct Model {
    pub(crate) orders: Vec<Row>,
    users: BTreeMap<i64, (String, String, String)>,
    products: BTreeMap<i64, (String, i64)>,
    categories: BTreeMap<i64, String>,
    stock: BTreeMap<i64, i64>,
    attempts: BTreeMap<i64, (i64, i64)>,
    vouchers: BTreeMap<i64, String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    id: i64,
    pub(crate) user: i64,
    status: String,
    pub(crate) total: i64,
    pub(crate) refunded: i64,
    pub(crate) placed_at: DateTime<Utc>,
    /// Product, quantity and unit price of each line.
    pub(crate) items: Vec<(i64, i64, i64)>,
    /// The discount of each line.
    discounts: Vec<i64>,
    adjustments: Vec<Adjustment>,
    country: Option<String>,
}

#[derive(Debug, Clone)]
struct Adjustment {
    kind: String,
    voucher: i64,
    amount: i64,
    included: bool,
}

#[derive(QueryableByName)]
struct Cells {
    #[diesel(sql_type = BigInt)]
    a: i64,
    #[diesel(sql_type = BigInt)]
    b: i64,
    #[diesel(sql_type = BigInt)]
    c: i64,
    #[diesel(sql_type = BigInt)]
    d: i64,
    #[diesel(sql_type = Text)]
    s: String,
    #[diesel(sql_type = Text)]
    t: String,
    #[diesel(sql_type = Text)]
    u: String,
}

fn cells(db: &Database, select: &str) -> Vec<Cells> {
    db.read(|conn| Ok::<_, ecomdb::Error>(diesel::sql_query(select).load(conn)?)).unwrap()
}

impl Model {
    pub(crate) fn load(db: &Database) -> Self {
        let mut items: BTreeMap<i64, Vec<(i64, i64, i64)>> = BTreeMap::new();
        let select = "SELECT order_id AS a, product_id AS b, quantity AS c, unit_price AS d, '' AS s, '' AS t, '' AS u \
                      FROM order_items ORDER BY order_id, product_id";
        for row in cells(db, select) {
            items.entry(row.a).or_default().push((row.b, row.c, row.d));
        }
        let mut discounts: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        let select = "SELECT order_id AS a, COALESCE(discount, 0) AS b, product_id AS c, product_id AS d, \
                      '' AS s, '' AS t, '' AS u FROM order_items ORDER BY order_id, product_id";
        for row in cells(db, select) {
            discounts.entry(row.a).or_default().push(row.b);
        }
        let mut adjustments: BTreeMap<i64, Vec<Adjustment>> = BTreeMap::new();
        let int = if db.engine() == Engine::Mysql { "SIGNED" } else { "BIGINT" };
        let select = format!(
            "SELECT order_id AS a, COALESCE(voucher_id, 0) AS b, amount AS c, CAST(included AS {int}) AS d, \
             kind AS s, '' AS t, '' AS u FROM order_adjustments"
        );
        for Cells { a, b: voucher, c: amount, d, s: kind, .. } in cells(db, &select) {
            adjustments.entry(a).or_default().push(Adjustment { kind, voucher, amount, included: d == 1 });
        }
        let order = |(id, user, status, total, refunded, placed_at, country)| {
            let items = items.remove(&id).unwrap_or_default();
            let discounts = discounts.remove(&id).unwrap_or_default();
            let adjustments = adjustments.remove(&id).unwrap_or_default();
            Row { id, user, status, total, refunded, placed_at, items, discounts, adjustments, country }
        };
        type Stored = (i64, i64, String, i64, i64, DateTime<Utc>, Option<String>);
        let rows: Vec<Stored> = db
            .read(|conn| {
                use ecomdb::schema::orders::dsl::*;
                let columns = (id, user_id, status, total, refunded, placed_at, country);
                Ok::<_, ecomdb::Error>(orders.select(columns).order(id).load(conn)?)
            })
            .unwrap();
        let orders = rows.into_iter().map(order).collect();
        let users = "SELECT id AS a, id AS b, id AS c, id AS d, email AS s, first_name AS t, last_name AS u FROM users";
        let users = cells(db, users).into_iter().map(|row| (row.a, (row.s, row.t, row.u))).collect();
        let products = "SELECT id AS a, category_id AS b, id AS c, id AS d, name AS s, '' AS t, '' AS u FROM products";
        let products = cells(db, products).into_iter().map(|row| (row.a, (row.s, row.b))).collect();
        let categories = "SELECT id AS a, id AS b, id AS c, id AS d, name AS s, '' AS t, '' AS u FROM categories";
        let categories = cells(db, categories).into_iter().map(|row| (row.a, row.s)).collect();
        let stock = "SELECT product_id AS a, quantity AS b, quantity AS c, quantity AS d, '' AS s, '' AS t, '' AS u FROM inventory";
        let stock = cells(db, stock).into_iter().map(|row| (row.a, row.b)).collect();
        let vouchers = "SELECT id AS a, id AS b, id AS c, id AS d, code AS s, '' AS t, '' AS u FROM vouchers";
        let vouchers = cells(db, vouchers).into_iter().map(|row| (row.a, row.s)).collect();
        let mut attempts: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        let payments = "SELECT order_id AS a, id AS b, id AS c, id AS d, status AS s, '' AS t, '' AS u FROM payments";
        for row in cells(db, payments) {
            let (all, paid) = attempts.entry(row.a).or_default();
            *all += 1;
            *paid += i64::from(row.s == "paid");
        }
        Self { orders, users, products, categories, stock, attempts, vouchers }
    }

    fn within<'a>(&'a self, period: &Period) -> impl Iterator<Item = &'a Row> {
        let (from, to) = (period.from(), period.to());
        self.orders.iter().filter(move |order| {
            from.is_none_or(|from| order.placed_at >= from) && to.is_none_or(|to| order.placed_at < to)
        })
    }

    fn completed<'a>(&'a self, period: &Period) -> impl Iterator<Item = &'a Row> {
        self.within(period).filter(|order| order.status == "completed")
    }

    pub(crate) fn total_revenue(&self, period: &Period) -> TotalRevenue {
        let revenue: i64 = self.completed(period).map(|order| order.total).sum();
        let refunds: i64 = self.completed(period).map(|order| order.refunded).sum();
        row!(TotalRevenue {
            total_revenue: Money::from_minor(revenue),
            refunds: Money::from_minor(refunds),
            net_revenue: Money::from_minor(revenue - refunds),
            orders: self.completed(period).count() as i64,
        })
    }

    pub(crate) fn average_order_value(&self, period: &Period) -> AverageOrderValue {
        let total = self.total_revenue(period);
        row!(AverageOrderValue {
            average_order_value: total.total_revenue.divided_by(total.orders),
            total_revenue: total.total_revenue,
            orders: total.orders,
        })
    }

    pub(crate) fn monthly_revenue(&self, period: &Period) -> Vec<MonthlyRevenue> {
        let mut months: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
        for order in self.completed(period) {
            let sums = months.entry(month(order.placed_at)).or_default();
            *sums = (sums.0 + order.total, sums.1 + order.refunded, sums.2 + 1);
        }
        let row = |(month, (revenue, refunds, orders))| {
            row!(MonthlyRevenue {
                month,
                total_revenue: Money::from_minor(revenue),
                refunds: Money::from_minor(refunds),
                net_revenue: Money::from_minor(revenue - refunds),
                orders,
            })
        };
        months.into_iter().map(row).collect()
    }

    /// The sums of each step with orders, by its first day and its first instant within the period. `sums` gives the
    /// values of one completed order, if it counts.
    pub(crate) fn trend(
        &self,
        period: &Period,
        granularity: Granularity,
        zone: Tz,
        sums: impl Fn(&Row) -> Option<[i64; 3]>,
    ) -> BTreeMap<(NaiveDate, DateTime<Utc>), [i64; 3]> {
        let mut steps: BTreeMap<(NaiveDate, DateTime<Utc>), [i64; 3]> = BTreeMap::new();
        for (order, sums) in self.completed(period).filter_map(|order| Some((order, sums(order)?))) {
            let local = order.placed_at.with_timezone(&zone);
            let day = local.date_naive();
            let first_day = match granularity {
                Granularity::Week => day.week(Weekday::Mon).first_day(),
                Granularity::Month => day.with_day(1).unwrap(),
                _ => day,
            };
            let begins_at = match granularity {
                // In the time zones of the tests, clocks change by at least an hour.
                Granularity::Hour => order.placed_at - (local.time() - local.time().with_minute(0).unwrap()),
                _ => first_day.and_time(NaiveTime::MIN).and_local_timezone(zone).earliest().unwrap().to_utc(),
            };
            let begins_at = match granularity {
                Granularity::Hour => begins_at.with_second(0).unwrap().with_nanosecond(0).unwrap(),
                _ => begins_at,
            };
            let begins_at = period.from().map_or(begins_at, |from| from.max(begins_at));
            let step = steps.entry((first_day, begins_at)).or_default();
            *step = std::array::from_fn(|i| step[i] + sums[i]);
        }
        steps
    }

    /// The ids of some products.
    pub(crate) fn some_products(&self) -> Vec<i64> {
        self.products.keys().copied().take(4).collect()
    }

    /// The ids of some users.
    pub(crate) fn some_users(&self) -> Vec<i64> {
        self.users.keys().copied().take(4).collect()
    }

    fn customers(&self, period: &Period) -> BTreeMap<i64, (i64, i64, NaiveDate)> {
        let mut customers: BTreeMap<i64, (i64, i64, NaiveDate)> = BTreeMap::new();
        for order in self.completed(period) {
            let day = order.placed_at.date_naive();
            let sums = customers.entry(order.user).or_insert((0, 0, day));
            *sums = (sums.0 + 1, sums.1 + order.total, sums.2.max(day));
        }
        customers
    }

    fn ranked_customers(&self, period: &Period, limit: usize, by: fn(&TopCustomer) -> i64) -> Vec<TopCustomer> {
        let row = |(user, (orders, revenue, _)): (i64, (i64, i64, NaiveDate))| {
            let (email, first_name, last_name) = self.users[&user].clone();
            let total_spent = Money::from_minor(revenue);
            row!(TopCustomer { user_id: UserId::new(user), email, first_name, last_name, total_spent, orders })
        };
        let mut rows: Vec<TopCustomer> = self.customers(period).into_iter().map(row).collect();
        rows.sort_by_key(|row| (-by(row), row.user_id));
        rows.truncate(limit);
        rows
    }

    pub(crate) fn top_customers(&self, period: &Period, limit: usize) -> Vec<TopCustomer> {
        self.ranked_customers(period, limit, |row| row.total_spent.minor())
    }

    pub(crate) fn orders_per_user(&self, period: &Period, limit: usize) -> Vec<TopCustomer> {
        self.ranked_customers(period, limit, |row| row.orders)
    }

    pub(crate) fn unpaid_orders(&self, period: &Period, limit: usize) -> Vec<UnpaidOrder> {
        let attempts = |order: &Row| self.attempts.get(&order.id).copied().unwrap_or_default();
        let unpaid = self.within(period).filter(|order| order.status == "pending" && attempts(order).1 == 0);
        let row = |order: &Row| {
            row!(UnpaidOrder {
                order_id: OrderId::new(order.id),
                user_id: UserId::new(order.user),
                email: self.users[&order.user].0.clone(),
                total: Money::from_minor(order.total),
                placed_at: order.placed_at,
                payment_attempts: attempts(order).0,
            })
        };
        unpaid.take(limit).map(row).collect()
    }

    pub(crate) fn funnel(&self, period: &Period) -> Vec<FunnelStep> {
        let placed = self.within(period).count() as f64;
        let step = |stage, reached: &dyn Fn(&Row) -> bool| {
            let orders = self.within(period).filter(|order| reached(order)).count() as i64;
            let amount = self.within(period).filter(|order| reached(order)).map(|order| order.total).sum();
            let share_of_placed = if placed == 0.0 { 0.0 } else { orders as f64 / placed };
            row!(FunnelStep { stage, orders, amount: Money::from_minor(amount), share_of_placed })
        };
        let paid = |order: &Row| order.status == "completed" || order.status == "refunded";
        vec![
            step(FunnelStage::Placed, &|_| true),
            step(FunnelStage::PaymentAttempted, &|order| paid(order) || self.attempts.contains_key(&order.id)),
            step(FunnelStage::Paid, &paid),
            step(FunnelStage::Refunded, &|order| order.status == "refunded"),
        ]
    }
}

fn month(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m").to_string()
}

fn next_month(month: &str) -> String {
    let first: NaiveDate = format!("{month}-01").parse().unwrap();
    let next = first + chrono::Months::new(1);
    format!("{:04}-{:02}", next.year(), next.month())
}
