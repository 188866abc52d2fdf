//! Reports are identical on all engines.
#![cfg(all(feature = "sqlite", feature = "mysql", feature = "postgres"))]

use std::ops::ControlFlow;

use ecomdb::generator::Scenario;
use ecomdb::*;

use crate::shop::Shop;

fn orders() -> u64 {
    std::env::var("ECOMDB_TEST_ORDERS").ok().and_then(|count| count.parse().ok()).unwrap_or(5_000)
}

/// All reports of some periods, as JSON.
fn bodies(shop: &Shop) -> Vec<String> {
    let to = "2026-01-01T00:00:00Z".parse().unwrap();
    let scenario = Scenario { orders: orders(), users: orders() / 5, ..Scenario::small(to) };
    shop.generate(&scenario, |_| ControlFlow::Continue(())).unwrap();
    shop.expect_clean();
    let reports = || shop.analytics();
    let limit = Limit::new(1_000).unwrap();
    let mut bodies = Vec::new();
    for (from, until) in [(None, Some("2026-01-01")), (Some("2025-02-03T04:05:06.070809Z"), Some("2025-08-09"))] {
        let period = &Period::parse(from, until).unwrap();
        macro_rules! body {
            ($($report:ident($($argument:expr),*)),+ $(,)?) => {
                $(bodies.push(serde_json::to_string(&reports().$report($($argument),*).unwrap()).unwrap());)+
            };
        }
        body!(
            total_revenue(period),
            monthly_revenue(period),
            average_order_value(period),
            top_customers(period, limit),
            orders_per_user(period, limit),
            top_products(period, limit),
            revenue_by_product(period, limit),
            revenue_by_category(period, limit),
            new_and_returning_customers(period),
            cohorts(period),
            rfm(period),
            rfm_customers(period, None, limit),
            bought_together(period, limit),
            sell_through(period, limit),
            low_inventory(limit),
            unpaid_orders(period, limit),
            funnel(period),
        );
        for granularity in Granularity::ALL {
            let time_zone = "America/New_York".parse().unwrap();
            let trend = Trend { period: *period, granularity: *granularity, time_zone, compare_previous: true };
            body!(revenue_trend(&trend));
        }
    }
    bodies
}

#[test]
fn every_engine_gives_the_same_reports() {
    let sqlite = bodies(&Shop::sqlite());
    assert!(sqlite.iter().all(|body| body.len() > 2 && !body.contains("NaN")), "{sqlite:?}");
    for (other, name) in [(bodies(&Shop::mysql()), "MariaDB"), (bodies(&Shop::postgres()), "PostgreSQL")] {
        for (ours, theirs) in sqlite.iter().zip(&other) {
            assert_eq!(ours, theirs, "{name}");
        }
    }
}
