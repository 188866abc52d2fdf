//! Every report equals an independent recomputation.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::RunQueryDsl;
use ecomdb::*;

use crate::history::{Stage, live, place_at};
use crate::model::Model;
use crate::series;
use crate::shop::{Shop, card};

fn periods() -> Vec<Period> {
    let of = |from: &str, to: &str| {
        let end = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Period::parse(end(from).as_deref(), end(to).as_deref()).unwrap()
    };
    vec![
        Period::ALL,
        of("2025-03-01", "2025-04-01"),
        of("2025-01-01", ""),
        of("", "2025-06-15"),
        of("2025-02-03", "2025-02-04"),
        of("2025-02-03T10:15:00Z", "2025-02-03T10:30:00Z"),
        of("2025-02-03T10:16:17.000001Z", "2025-05-20T23:59:59.999999Z"),
        of("2025-02-27T12:00:00Z", "2025-03-01T12:00:00Z"),
        of("2025-02-28T23:50:00Z", "2025-03-01T00:10:00Z"),
        of("2024-12-31T23:59:59.999999Z", "2025-01-01T00:00:00.000001Z"),
        of("2025-01-17T13:20:00.5Z", "2025-01-29T05:06:07Z"),
        of("2025-01-31T12:00:00Z", "2025-04-01"),
        of("2025-02-01", "2025-03-31T23:59:59Z"),
        of("2025-02-10T06:07:08.9Z", "2025-03-04"),
        of("2025-06-30T22:00:00Z", ""),
        of("2030-01-01", "2031-01-01"),
        of("1970-01-01", "2100-01-01T00:00:01Z"),
    ]
}

#[track_caller]
pub(crate) fn every_report_is_exact(db: &Database) {
    let model = Model::load(db);
    series::compare_values(db, &model);
    for period in &periods() {
        for limit in [7, 1_000] {
            compare(db, &model, period, limit);
        }
    }
}

#[track_caller]
pub(crate) fn compare(db: &Database, model: &Model, period: &Period, limit: usize) {
    let rows = Limit::new(limit as i64).unwrap();
    let reports = || db.analytics();
    macro_rules! same {
        ($report:ident($($argument:expr),*), $expected:expr) => {
            assert_eq!(reports().$report($($argument),*).unwrap(), $expected, "{} {period}", stringify!($report));
        };
    }
    same!(total_revenue(period), model.total_revenue(period));
    same!(average_order_value(period), model.average_order_value(period));
    same!(monthly_revenue(period), model.monthly_revenue(period));
    same!(top_customers(period, rows), model.top_customers(period, limit));
    same!(orders_per_user(period, rows), model.orders_per_user(period, limit));
    same!(top_products(period, rows), model.top_products(period, limit));
    same!(revenue_by_product(period, rows), model.revenue_by_product(period, limit));
    same!(revenue_by_category(period, rows), model.revenue_by_category(period, limit));
    same!(sales_by_day(period), model.sales_by_day(period));
    same!(sales_by_product(period, rows), model.sales_by_product(period, limit));
    same!(sales_by_category(period, rows), model.sales_by_category(period, limit));
    same!(sales_by_country(period, rows), model.sales_by_country(period, limit));
    same!(voucher_sales(period, rows), model.voucher_sales(period, limit));
    same!(new_and_returning_customers(period), model.new_and_returning(period));
    same!(cohorts(period), model.cohorts(period));
    same!(rfm_customers(period, None, rows), model.rfm_customers(period, limit));
    same!(rfm(period), model.rfm(period));
    same!(bought_together(period, rows), model.bought_together(period, limit));
    same!(unpaid_orders(period, rows), model.unpaid_orders(period, limit));
    same!(funnel(period), model.funnel(period));
    if period.from().is_some() && period.to().is_some() {
        same!(sell_through(period, rows), model.sell_through(period, limit));
    }
    compare_with_chosen_products(db, period);
    let all = Limit::new(1_000).unwrap();
    let total = reports().total_revenue(period).unwrap().total_revenue;
    let by_day = reports().sales_by_day(period).unwrap();
    assert_eq!(by_day.iter().map(|row| row.total_revenue).sum::<Money>(), total);
    let gross = by_day.iter().map(|row| row.gross_sales).sum::<Money>();
    let net = by_day.iter().map(|row| row.net_sales).sum::<Money>();
    let by_product = reports().revenue_by_product(period, all).unwrap();
    assert_eq!(by_product.iter().map(|row| row.product_revenue).sum::<Money>(), gross);
    assert_eq!(reports().sales_by_product(period, all).unwrap().iter().map(|row| row.net_sales).sum::<Money>(), net);
    let by_category = reports().revenue_by_category(period, all).unwrap();
    assert_eq!(by_category.iter().map(|row| row.category_revenue).sum::<Money>(), gross);
    assert_eq!(reports().sales_by_category(period, all).unwrap().iter().map(|row| row.net_sales).sum::<Money>(), net);
    let by_customer = reports().top_customers(period, all).unwrap();
    assert_eq!(by_customer.iter().map(|row| row.total_spent).sum::<Option<Money>>().unwrap(), total);
    for (granularity, zone) in [
        (Granularity::Hour, "Europe/Berlin"),
        (Granularity::Hour, "Asia/Kathmandu"),
        (Granularity::Day, "UTC"),
        (Granularity::Day, "America/New_York"),
        (Granularity::Week, "Asia/Kolkata"),
        (Granularity::Month, "Europe/Berlin"),
    ] {
        compare_trend(db, model, period, granularity, zone);
        // Without a limit, one comparison suffices.
        if limit == 7 {
            series::compare(db, model, period, granularity, zone);
        }
    }
}

/// The reports on some products equal the rows of these products in the reports on all.
#[track_caller]
fn compare_with_chosen_products(db: &Database, period: &Period) {
    let all = Limit::new(1_000).unwrap();
    let everything = db.analytics().sell_through(period, all).unwrap();
    let chosen: Vec<ProductId> = (0..5).map(|number| ProductId::new(number * 2)).collect();
    for products in [&chosen[..], &chosen[2..3], &[]] {
        // An open end is the current time, which is later than in the previous report.
        let key = |row: &SellThrough| (row.product_id, row.units_sold, row.stock);
        let expected = everything.iter().filter(|row| products.contains(&row.product_id)).map(key);
        let found = db.analytics().sell_through_of(period, products).unwrap();
        assert_eq!(found.iter().map(key).collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{period}");
    }
    let pairs = db.analytics().bought_together(&Period::ALL, all).unwrap();
    for product in chosen {
        let few = Limit::new(7).unwrap();
        let with = pairs.iter().filter(|pair| [pair.product_a, pair.product_b].contains(&product)).take(7);
        assert_eq!(db.analytics().bought_with(product, few).unwrap(), with.cloned().collect::<Vec<_>>());
    }
}

/// The steps cover the period without gaps, and each equals the model's.
#[track_caller]
fn compare_trend(db: &Database, model: &Model, period: &Period, granularity: Granularity, zone: &str) {
    let trend = Trend { period: *period, granularity, time_zone: zone.parse().unwrap(), ..Trend::default() };
    let steps = match db.analytics().revenue_trend(&trend) {
        Err(error) if error.is_invalid() => return, // It has too many steps.
        steps => steps.unwrap(),
    };
    let context = format!("{granularity:?} in {zone} of {period}");
    let with_orders = steps.iter().filter(|step| step.orders > 0);
    let sums = |step: &TrendStep| [step.orders, step.total_revenue.minor(), step.refunds.minor()];
    assert_eq!(
        with_orders.map(|step| ((step.date, step.from), sums(step))).collect::<BTreeMap<_, _>>(),
        model.trend(period, granularity, zone.parse().unwrap(), |order| Some([1, order.total, order.refunded])),
        "{context}"
    );
    assert!(steps.windows(2).all(|pair| pair[0].to == pair[1].from), "{context}");
    let (from, to) = (steps.first().map(|step| step.from), steps.last().map(|step| step.to));
    assert!(period.from().is_none() || from == period.from(), "{context}: {from:?}");
    assert!(period.to().is_none() || to == period.to() || steps.is_empty(), "{context}: {to:?}");
}

fn operations(shop: &Shop) -> usize {
    let asked = std::env::var("ECOMDB_TEST_OPERATIONS").ok().and_then(|count| count.parse().ok());
    asked.unwrap_or(if shop.engine() == Engine::Sqlite { 20_000 } else { 4_000 })
}

behaviours! {
    every_report_is_exact_after_a_random_history
    rollups_are_right_whenever_they_are_folded_or_rebuilt
    a_shop_can_be_rebuilt_and_checked_while_it_is_open
    an_empty_shop_has_zeros_and_empty_lists
    a_report_in_a_transaction_sees_what_the_transaction_did
    check_names_the_rollup_that_is_wrong
    low_inventory_has_what_is_at_its_reorder_level
    days_follow_the_clocks_of_a_time_zone
    a_trend_says_what_was_in_the_period_before
}

fn every_report_is_exact_after_a_random_history(shop: &Shop) {
    let stage = Stage::new(shop, 80, 40);
    live(shop, &stage, 42, operations(shop), 4);
    every_report_is_exact(shop);
    shop.expect_clean();

    shop.rebuild().unwrap();
    every_report_is_exact(shop);
    shop.expect_clean();
}

fn rollups_are_right_whenever_they_are_folded_or_rebuilt(shop: &Shop) {
    let stage = Stage::new(shop, 10, 30);
    for round in 0..6 {
        live(shop, &stage, 7 + round, 60, 2);
        // Without the queued events, the rollups match the remaining orders.
        shop.expect_clean();
        if round % 2 == 0 {
            shop.rebuild().unwrap();
            shop.expect_clean();
        }
    }
    every_report_is_exact(shop);
}

fn a_shop_can_be_rebuilt_and_checked_while_it_is_open(shop: &Shop) {
    let stage = Stage::new(shop, 10, 30);
    let db: &Database = shop;
    std::thread::scope(|scope| {
        let sales = scope.spawn(|| live(db, &stage, 3, 600, 3));
        while !sales.is_finished() {
            db.rebuild().unwrap();
            shop.expect_clean();
        }
    });
    every_report_is_exact(shop);
}

fn an_empty_shop_has_zeros_and_empty_lists(shop: &Shop) {
    let is_zero =
        |cell: Cell<'_>| matches!(cell, Cell::Int(0) | Cell::Money(0) | Cell::Text(_)) || cell == Cell::Ratio(0.0);
    // A trend of a period has a step for each day, also without orders.
    let of_all = |report: &&Report| **report != Report::RevenueTrend && report.requires().is_none();
    for report in Report::ALL.iter().filter(of_all) {
        for period in periods() {
            let question = Question { trend: Trend { period, ..Trend::default() }, ..Question::default() };
            let rows = shop.analytics().rows(*report, &question).unwrap();
            let has_rows = report.is_one_row() || [Report::Rfm, Report::Funnel].contains(report);
            assert_eq!(rows.is_empty(), !has_rows, "{report}");
            assert!(rows.iter().flatten().all(is_zero), "{report}");
        }
    }
    assert_eq!(shop.analytics().revenue_trend(&Trend::default()).unwrap(), []);
    shop.expect_clean();
}

fn a_report_in_a_transaction_sees_what_the_transaction_did(shop: &Shop) {
    let (user, product) = (shop.user(), shop.product("10.00", 10));
    let seen = shop.write(move |tx| {
        tx.orders().place(NewOrder::builder(user.id).item(product.id, 2).payment(card()).build()?)?;
        tx.analytics().total_revenue(&Period::ALL)
    });
    assert_eq!(seen.unwrap().total_revenue.to_string(), "20.00");
    assert_eq!(shop.analytics().total_revenue(&Period::ALL).unwrap().orders, 1);
}

fn check_names_the_rollup_that_is_wrong(shop: &Shop) {
    let (user, product) = (shop.user(), shop.product("10.00", 10));
    shop.paid_order(&user, &[(product.id, 2)]);
    shop.analytics().total_revenue(&Period::ALL).unwrap();
    for (change, words) in [
        ("UPDATE sales_by_product SET units = units + 1", "sales_by_product for product_id"),
        ("UPDATE sales_by_customer SET last_day = 7", "sales_by_customer for user_id"),
        ("DELETE FROM sales_by_month", "sales_by_month for month"),
        ("UPDATE sales_by_quarter_hour SET units = units - 1", "sales_by_quarter_hour for quarter_hour"),
        ("UPDATE sales_by_product_day SET revenue = revenue + 1", "sales_by_product_day for day"),
        ("UPDATE sales_by_country_day SET units = units + 1", "sales_by_country_day for day"),
        ("DELETE FROM sales_by_customer_day", "sales_by_customer_day for day"),
        ("UPDATE funnel_by_day SET attempted = attempted + 1", "funnel_by_day for day"),
        ("INSERT INTO sales_by_pair (product_a, product_b, orders) VALUES (1, 2, 3)", "product_a 1, product_b 2"),
    ] {
        shop.write(move |tx| Ok(diesel::sql_query(change).execute(tx)?)).unwrap();
        let findings: Vec<_> = shop.check().unwrap().checks.into_iter().flat_map(|check| check.findings).collect();
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert!(findings[0].message.contains(words), "{findings:#?}");
        shop.rebuild().unwrap();
        shop.expect_clean();
    }
}

fn low_inventory_has_what_is_at_its_reorder_level(shop: &Shop) {
    let (short, enough) = (shop.product("1.00", 5), shop.product("1.00", 50));
    shop.inventory().set_reorder_level(short.id, 5).unwrap();
    shop.inventory().set_reorder_level(enough.id, 49).unwrap();
    let low = shop.analytics().low_inventory(Limit::default()).unwrap();
    assert_eq!(low.iter().map(|row| row.product_id).collect::<Vec<_>>(), [short.id]);
}

fn days_follow_the_clocks_of_a_time_zone(shop: &Shop) {
    let (user, product) = (shop.user(), shop.product("1.00", 1_000));
    // Every hour from the day before to the day after both daylight saving changes in Berlin.
    for start in ["2026-03-28T00:00:00Z", "2026-10-24T00:00:00Z"] {
        let start: DateTime<Utc> = start.parse().unwrap();
        for hour in 0..72 {
            let order = NewOrder::builder(user.id).item(product.id, 1).build().unwrap();
            place_at(shop, order, start + chrono::TimeDelta::hours(hour), true).unwrap();
        }
    }
    let orders = |from: &str, to: &str, zone: &str| -> Vec<(String, i64)> {
        let period = Period::parse(Some(from), Some(to)).unwrap();
        let trend = Trend { period, time_zone: zone.parse().unwrap(), ..Trend::default() };
        let steps = shop.analytics().revenue_trend(&trend).unwrap();
        steps.into_iter().map(|step| (step.date.to_string(), step.orders)).collect()
    };
    let days = |expected: &[(&str, i64)]| -> Vec<(String, i64)> {
        expected.iter().map(|(day, orders)| ((*day).to_owned(), *orders)).collect()
    };
    assert_eq!(
        orders("2026-03-28", "2026-03-31", "Europe/Berlin"),
        days(&[("2026-03-28", 23), ("2026-03-29", 23), ("2026-03-30", 24), ("2026-03-31", 2)])
    );
    assert_eq!(
        orders("2026-10-24", "2026-10-27", "Europe/Berlin"),
        days(&[("2026-10-24", 22), ("2026-10-25", 25), ("2026-10-26", 24), ("2026-10-27", 1)])
    );
    assert_eq!(
        orders("2026-03-28", "2026-03-31", "Asia/Kolkata"),
        days(&[("2026-03-28", 19), ("2026-03-29", 24), ("2026-03-30", 24), ("2026-03-31", 5)])
    );
    assert_eq!(orders("2026-03-28", "2026-03-31", "UTC").len(), 3);
}

fn a_trend_says_what_was_in_the_period_before(shop: &Shop) {
    let (user, product) = (shop.user(), shop.product("1.00", 1_000));
    for (day, quantity) in [("2026-01-05", 1), ("2026-01-06", 2), ("2026-01-07", 4), ("2026-01-08", 8)] {
        let order = NewOrder::builder(user.id).item(product.id, quantity).build().unwrap();
        place_at(shop, order, format!("{day}T12:00:00Z").parse().unwrap(), true).unwrap();
    }
    let period = Period::parse(Some("2026-01-07"), Some("2026-01-09")).unwrap();
    let trend = Trend { period, compare_previous: true, ..Trend::default() };
    let steps = shop.analytics().revenue_trend(&trend).unwrap();
    let both: Vec<_> = steps
        .iter()
        .map(|step| (step.total_revenue.to_string(), step.previous_total_revenue.unwrap().to_string()))
        .collect();
    assert_eq!(both, [("4.00".to_owned(), "1.00".to_owned()), ("8.00".to_owned(), "2.00".to_owned())]);

    let weekly = Trend { period: Period::ALL, granularity: Granularity::Week, ..Trend::default() };
    let steps = shop.analytics().revenue_trend(&weekly).unwrap();
    assert_eq!(steps.len(), 1);
    assert_eq!((steps[0].date.to_string(), steps[0].orders), ("2026-01-05".to_owned(), 4));
}
