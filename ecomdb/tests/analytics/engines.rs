//! Reports are identical on all engines.
#![cfg(all(feature = "sqlite", feature = "mysql", feature = "postgres"))]

use std::ops::ControlFlow;

use ecomdb::generator::Scenario;
use ecomdb::*;

use crate::shop::{Shop, TestClock, question};

fn orders() -> u64 {
    std::env::var("ECOMDB_TEST_ORDERS").ok().and_then(|count| count.parse().ok()).unwrap_or(5_000)
}

/// All reports of some periods, as JSON.
fn bodies(shop: &Shop) -> Vec<String> {
    let to = "2026-01-01T00:00:00Z".parse().unwrap();
    let scenario = Scenario { orders: orders(), users: orders() / 5, ..Scenario::small(to) };
    shop.generate(&scenario, |_| ControlFlow::Continue(())).unwrap();
    shop.expect_clean();
    // Some figures depend on the time of the query.
    let db = shop.open_with(&TestClock::at("2026-01-02T00:00:00Z"));
    let Question { product_id, user_id, .. } = question(&db);
    let period = |from, until| Period::parse(from, until).unwrap();
    let periods = [period(None, Some("2026-01-01")), period(Some("2025-02-03T04:05:06.070809Z"), Some("2025-08-09"))];
    let mut bodies = Vec::new();
    for (period, granularity) in
        periods.iter().flat_map(|period| Granularity::ALL.iter().map(move |step| (period, step)))
    {
        let time_zone = "America/New_York".parse().unwrap();
        let trend = Trend { period: *period, granularity: *granularity, time_zone, compare_previous: true };
        let limit = Some(Limit::new(1_000).unwrap());
        let question = Question { trend, limit, segment: None, product_id, user_id };
        for report in Report::ALL {
            let body = match db.analytics().rows(*report, &question) {
                Ok(rows) => serde_json::to_string(&rows).unwrap(),
                // A trend can have too many hours.
                Err(error) => error.to_string(),
            };
            bodies.push(body);
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
