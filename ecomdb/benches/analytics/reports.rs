//! Each report at two sizes, compared with its plain view.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use ecomdb::{Database, Granularity, Limit, Period, Trend};

use crate::shops;

struct Measured {
    name: &'static str,
    run: fn(&Database) -> usize,
    /// A query for the same rows from the plain view.
    view: Option<&'static str>,
}

fn ten() -> Limit {
    Limit::new(10).unwrap()
}

fn month() -> Period {
    Period::parse(Some("2025-11-01"), Some("2025-12-01")).unwrap()
}

fn year() -> Period {
    Period::parse(Some("2025-01-01"), Some("2026-01-01")).unwrap()
}

fn odd() -> Period {
    Period::parse(Some("2025-10-10T10:10:10.101010Z"), Some("2025-11-11T11:11:11.111111Z")).unwrap()
}

fn odd_year() -> Period {
    Period::parse(Some("2024-05-17T10:20:30Z"), Some("2025-05-17T10:20:30Z")).unwrap()
}

fn day() -> Period {
    Period::parse(Some("2025-11-17"), Some("2025-11-18")).unwrap()
}

/// Reports on any period.
type OnPeriod = (&'static str, fn(&Database, &Period) -> usize);

const ON_PERIOD: &[OnPeriod] = &[
    ("total revenue", |db, period| usize::from(db.analytics().total_revenue(period).is_ok())),
    ("monthly revenue", |db, period| db.analytics().monthly_revenue(period).unwrap().len()),
    ("top customers", |db, period| db.analytics().top_customers(period, ten()).unwrap().len()),
    ("orders per user", |db, period| db.analytics().orders_per_user(period, ten()).unwrap().len()),
    ("top products", |db, period| db.analytics().top_products(period, ten()).unwrap().len()),
    ("revenue by category", |db, period| db.analytics().revenue_by_category(period, ten()).unwrap().len()),
    ("new and returning", |db, period| db.analytics().new_and_returning_customers(period).unwrap().len()),
    ("cohorts", |db, period| db.analytics().cohorts(period).unwrap().len()),
    ("RFM segments", |db, period| db.analytics().rfm(period).unwrap().len()),
    ("RFM customers", |db, period| db.analytics().rfm_customers(period, None, ten()).unwrap().len()),
    ("bought together", |db, period| db.analytics().bought_together(period, ten()).unwrap().len()),
    ("sell-through", |db, period| db.analytics().sell_through(period, ten()).unwrap().len()),
    ("funnel", |db, period| db.analytics().funnel(period).unwrap().len()),
    ("trend by month", |db, period| {
        let trend = Trend { period: *period, granularity: Granularity::Month, ..Trend::default() };
        db.analytics().revenue_trend(&trend).unwrap().len()
    }),
];

macro_rules! measured {
    ($($name:literal, $view:expr, |$db:ident| $run:expr;)+) => {
        &[$(Measured { name: $name, view: $view, run: |$db| $run.unwrap().len() }),+]
    };
}

const MEASURED: &[Measured] = measured! {
    "total revenue", Some("analytics_total_revenue"), |db| db.analytics().total_revenue(&Period::ALL).map(|row| vec![row]);
    "monthly revenue", Some("analytics_monthly_revenue"), |db| db.analytics().monthly_revenue(&Period::ALL);
    "top customers", Some("analytics_top_customers ORDER BY total_spent DESC, user_id LIMIT 10"), |db| db.analytics().top_customers(&Period::ALL, ten());
    "top products", Some("analytics_top_products ORDER BY total_units_sold DESC, product_id LIMIT 10"), |db| db.analytics().top_products(&Period::ALL, ten());
    "revenue by product", Some("analytics_revenue_by_product ORDER BY product_revenue DESC, product_id LIMIT 10"), |db| db.analytics().revenue_by_product(&Period::ALL, ten());
    "average order value", Some("analytics_average_order_value"), |db| db.analytics().average_order_value(&Period::ALL).map(|row| vec![row]);
    "orders per user", Some("analytics_orders_per_user ORDER BY orders DESC, user_id LIMIT 10"), |db| db.analytics().orders_per_user(&Period::ALL, ten());
    "revenue by category", Some("analytics_revenue_by_category ORDER BY category_revenue DESC LIMIT 10"), |db| db.analytics().revenue_by_category(&Period::ALL, ten());
    "new and returning", Some("analytics_new_and_returning_customers"), |db| db.analytics().new_and_returning_customers(&Period::ALL);
    "cohorts", Some("analytics_cohorts"), |db| db.analytics().cohorts(&Period::ALL);
    "RFM segments", Some("analytics_rfm"), |db| db.analytics().rfm(&Period::ALL);
    "bought together", Some("analytics_bought_together ORDER BY orders_together DESC LIMIT 10"), |db| db.analytics().bought_together(&Period::ALL, ten());
    "sell-through", Some("analytics_sell_through ORDER BY days_of_cover LIMIT 10"), |db| db.analytics().sell_through(&Period::ALL, ten());
    "low inventory", Some("analytics_low_inventory ORDER BY stock - reorder_level LIMIT 10"), |db| db.analytics().low_inventory(ten());
    "unpaid orders", Some("analytics_unpaid_orders ORDER BY order_id LIMIT 10"), |db| db.analytics().unpaid_orders(&Period::ALL, ten());
    "funnel", Some("analytics_funnel"), |db| db.analytics().funnel(&Period::ALL);
    "trend: days, all time", Some("analytics_daily_revenue"), |db| db.analytics().revenue_trend(&Trend::default());
    "trend: days of Berlin, all time", None, |db| db.analytics().revenue_trend(&Trend { time_zone: "Europe/Berlin".parse().unwrap(), ..Trend::default() });
    "trend: days of Berlin, a month, compared", None, |db| db.analytics().revenue_trend(&Trend { period: month(), compare_previous: true, time_zone: "Europe/Berlin".parse().unwrap(), ..Trend::default() });
    "trend: months of Kolkata, all time", None, |db| db.analytics().revenue_trend(&Trend { granularity: Granularity::Month, time_zone: "Asia/Kolkata".parse().unwrap(), ..Trend::default() });
    "total revenue, to the microsecond", None, |db| db.analytics().total_revenue(&odd()).map(|row| vec![row]);
    "monthly revenue, to the microsecond", None, |db| db.analytics().monthly_revenue(&odd());
    "top customers, a month", None, |db| db.analytics().top_customers(&month(), ten());
    "top products, a month", None, |db| db.analytics().top_products(&month(), ten());
    "revenue by product, to the microsecond", None, |db| db.analytics().revenue_by_product(&odd(), ten());
    "bought together, a month", None, |db| db.analytics().bought_together(&month(), ten());
    "RFM segments, a month", None, |db| db.analytics().rfm(&month());
    "top customers, a year", None, |db| db.analytics().top_customers(&year(), ten());
    "top products, a year", None, |db| db.analytics().top_products(&year(), ten());
    "bought together, a year", None, |db| db.analytics().bought_together(&year(), ten());
    "RFM segments, a year", None, |db| db.analytics().rfm(&year());
};

pub(crate) fn run() {
    let small = shops::open(&shops::path(100_000));
    let large = shops::open(&shops::path(1_000_000));
    println!(
        "{:<42} {:>6} {:>12} {:>12} {:>8} {:>12} {:>9}",
        "report", "rows", "100k orders", "1M orders", "1M/100k", "plain, 1M", "faster"
    );
    for measured in MEASURED {
        let (few, many) = (time(&small, measured.run), time(&large, measured.run));
        let rows = (measured.run)(&large);
        let plain = measured.view.map(|view| time_view(&large, view));
        println!(
            "{:<42} {rows:>6} {:>12} {:>12} {:>8.2} {:>12} {:>9}",
            measured.name,
            text(few),
            text(many),
            many.as_secs_f64() / few.as_secs_f64(),
            plain.map(text).unwrap_or_default(),
            plain.map(|plain| format!("{:.0}x", plain.as_secs_f64() / many.as_secs_f64())).unwrap_or_default(),
        );
    }
    println!("rows: {}", sizes(&large));
}

/// Reports on all of time, a calendar year, a year that cuts its first and last day, and a day; and the check.
pub(crate) fn on_periods(sizes: &[u64]) {
    for orders in sizes {
        let shop = shops::open(&shops::path(*orders));
        println!(
            "{:<20} {:>12} {:>12} {:>12} {:>12}",
            format!("{orders} orders"),
            "all time",
            "a year",
            "an odd year",
            "a day"
        );
        for (name, run) in ON_PERIOD {
            let on = |period: Period| text(time(&shop, |db| run(db, &period)));
            let [all, year, odd, day] = [Period::ALL, year(), odd_year(), day()].map(on);
            println!("{name:<20} {all:>12} {year:>12} {odd:>12} {day:>12}");
        }
        let started = Instant::now();
        let mut last = Instant::now();
        let checked = shop.check_with(|check| {
            println!("check: {:>12} {}", text(last.elapsed()), check.rule);
            last = Instant::now();
            Ok(())
        });
        assert!(checked.unwrap().is_clean());
        println!("check: {:>12} in all", text(started.elapsed()));
    }
}

/// Median of many runs, after runs that fill the page cache.
fn time(db: &Database, run: impl Fn(&Database) -> usize) -> Duration {
    let once = || {
        let started = Instant::now();
        std::hint::black_box(run(db));
        started.elapsed()
    };
    once();
    let runs = (1.0 / once().as_secs_f64()).clamp(5.0, 201.0) as usize;
    let mut times: Vec<Duration> = (0..runs).map(|_| once()).collect();
    times.sort();
    times[runs / 2]
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The faster of two runs.
fn time_view(db: &Database, view: &str) -> Duration {
    let query = format!("SELECT COUNT(*) AS count FROM (SELECT * FROM {view}) v");
    let once = || {
        let started = Instant::now();
        let rows: Vec<Count> = db.read(|conn| Ok::<_, ecomdb::Error>(diesel::sql_query(&query).load(conn)?)).unwrap();
        assert!(rows[0].count > 0);
        started.elapsed()
    };
    once().min(once())
}

fn text(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}

/// Numbers of rows in the rollups.
fn sizes(db: &Database) -> String {
    let count = |table: &str| -> String {
        let query = format!("SELECT COUNT(*) AS count FROM {table}");
        let rows: Vec<Count> = db.read(|conn| Ok::<_, ecomdb::Error>(diesel::sql_query(&query).load(conn)?)).unwrap();
        format!("{table} {}", rows[0].count)
    };
    let tables = [
        "orders",
        "order_items",
        "sales_by_quarter_hour",
        "sales_by_product_month",
        "sales_by_product_day",
        "sales_by_customer",
        "sales_by_customer_day",
        "sales_by_cohort",
        "sales_by_pair",
    ];
    tables.map(count).join(", ")
}
