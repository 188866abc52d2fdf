use std::ops::ControlFlow;

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use ecomdb::generator::{Dataset, Progress, Scenario, Step, Summary};
use ecomdb::schema::{Moment, orders};
use ecomdb::{
    Cell, Engine, Error, ExportFormat, Limit, NewOrder, OrderFilter, Period, ProductFilter, Question, Report, Table,
    UserFilter,
};

use crate::shop::{Shop, card, invalid_fields, question};

fn scenario() -> Scenario {
    Scenario { users: 60, products: 40, orders: 300, ..Scenario::small("2026-01-01T00:00:00Z".parse().unwrap()) }
}

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The rows of `scenario` with seed 1. They must not change: users' test data depend on them.
const GOLDEN: &str = "\
users                          60 rows, checksum 69a83c41ee558e20
user_revisions                  2 rows, checksum 868b949a100e6c00
categories                     61 rows, checksum 62f4626fb3843e45
product_groups                  5 rows, checksum d04435b3136b782c
products                       40 rows, checksum 4be6e70ad514dc12
product_revisions               1 rows, checksum f147b94db5dc9034
product_images                 80 rows, checksum f2d83a7cb56ff107
product_external_ids           33 rows, checksum d146b1ebc5a5ea4d
price_changes                 168 rows, checksum f537ae5b0613fb10
inventory                      40 rows, checksum 5a593d5155525666
vouchers                        6 rows, checksum bcf992d4ed9b9975
orders                        300 rows, checksum 518096ea334472ce
order_items                   684 rows, checksum 518355374aff527d
order_adjustments             191 rows, checksum 811623e9567f45f9
order_addresses                80 rows, checksum e5d65cabc68cc696
payments                      296 rows, checksum 12002eb40012ee74
refunds                        18 rows, checksum 4fbadd3637e55d5a
inventory_movements           106 rows, checksum d3588245f3936ea7
voucher_uses                   22 rows, checksum c1ee399712ff68e7
";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn orders(conn: &mut ecomdb::Connection) -> ecomdb::Result<i64> {
    Ok(diesel::sql_query("SELECT COUNT(*) AS count FROM orders").get_result::<Count>(conn)?.count)
}

fn count(shop: &Shop, query: &'static str) -> i64 {
    let query = format!("SELECT COUNT(*) AS count FROM {query}");
    shop.read(move |conn| Ok(diesel::sql_query(&query).get_result::<Count>(conn)?.count)).unwrap()
}

fn exported(shop: &Shop, table: Table, format: ExportFormat) -> String {
    let mut text = Vec::new();
    shop.export(table, format, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

behaviours! {
    a_generated_shop_adds_up
    a_seed_is_the_same_shop_on_every_engine
    an_export_is_what_the_generator_writes_without_a_database
    an_export_in_json_has_a_row_a_line
    every_report_can_be_exported
    a_report_is_exported_with_as_many_rows_as_there_are
    what_was_made_to_be_bought_together_is_found_by_the_report
    a_shop_can_be_read_while_more_is_generated
    a_generated_shop_goes_on_like_any_other
    a_shop_keeps_what_it_has_when_more_is_generated
    what_loading_took_away_is_there_again
    a_demo_goes_only_into_an_empty_shop
    a_generation_that_is_broken_off_leaves_the_shop_as_it_was
    progress_leads_to_the_last_order
    an_impossible_scenario_is_refused_by_field
    extreme_shops_add_up
}

fn a_generated_shop_adds_up(shop: &Shop) {
    shop.generate(&scenario(), go_on).unwrap();
    shop.expect_clean();
    let checks = shop.check().unwrap().checks;
    let orders = checks.iter().find(|check| check.rule.starts_with("the total of an order")).unwrap();
    assert_eq!(orders.compared, 300);
}

fn a_seed_is_the_same_shop_on_every_engine(shop: &Shop) {
    let made = shop.generate(&scenario(), go_on).unwrap();
    assert_eq!(shop.checksums().unwrap(), made, "what is stored is what was made");
    assert_eq!(made.to_string(), GOLDEN);
}

fn an_export_is_what_the_generator_writes_without_a_database(shop: &Shop) {
    shop.generate(&scenario(), go_on).unwrap();
    let dataset = Dataset::new(scenario()).unwrap();
    for threads in [1, 3] {
        let mut files = vec![String::new(); Table::ALL.len()];
        let summary = dataset.csv(threads, |table, text| {
            files[table as usize].push_str(std::str::from_utf8(text).unwrap());
            Ok(())
        });
        assert_eq!(summary.unwrap(), shop.checksums().unwrap());
        for table in Table::ALL {
            assert_eq!(exported(shop, *table, ExportFormat::Csv), files[*table as usize], "{table}");
        }
    }
}

fn an_export_in_json_has_a_row_a_line(shop: &Shop) {
    shop.generate(&scenario(), go_on).unwrap();
    let text = exported(shop, Table::Orders, ExportFormat::Ndjson);
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 300);
    let order = shop.order_now(ecomdb::OrderId::new(7));
    assert_eq!(rows[6]["total"], order.total.to_string());
    assert_eq!(rows[6]["status"], order.status.as_str());
    let placed_at: chrono::DateTime<chrono::Utc> = rows[6]["placed_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(placed_at, order.placed_at);
}

fn every_report_can_be_exported(shop: &Shop) {
    shop.generate(&scenario(), go_on).unwrap();
    // Open periods end now, so the clock is fixed for all compared reports.
    let shop = shop.open_with(&crate::shop::TestClock::at(&chrono::Utc::now().to_rfc3339()));
    let all = question(&shop);
    for report in Report::ALL {
        let rows = shop.analytics().rows(*report, &all).unwrap();
        let write = |format| {
            let mut text = Vec::new();
            assert_eq!(shop.export_report(*report, &all, format, &mut text).unwrap(), rows.len() as u64, "{report}");
            String::from_utf8(text).unwrap()
        };
        assert!(!rows.is_empty(), "{report}");
        let csv = write(ExportFormat::Csv);
        let mut csv = csv::Reader::from_reader(csv.as_bytes());
        let names: Vec<String> = csv.headers().unwrap().iter().map(str::to_owned).collect();
        assert!(report.columns().iter().map(|column| column.name).take(names.len()).eq(names.iter()), "{report}");
        let cells: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
        let json: Vec<serde_json::Value> =
            write(ExportFormat::Ndjson).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((cells.len(), json.len()), (rows.len(), rows.len()), "{report}");
        for ((row, cells), json) in rows.iter().zip(&cells).zip(&json) {
            assert_eq!(json.as_object().unwrap().len(), row.len());
            for ((name, value), cell) in names.iter().zip(row).zip(cells) {
                assert_eq!(json[name], serde_json::to_value(value).unwrap(), "{report}: {name}");
                match value {
                    Cell::Time(micros) => {
                        let time = cell.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
                        assert_eq!(time.timestamp_micros(), micros, "{report}: {name}");
                    }
                    value => assert_eq!(cell, value.to_string(), "{report}: {name}"),
                }
            }
        }
    }
}

fn a_report_is_exported_with_as_many_rows_as_there_are(shop: &Shop) {
    let scenario = Scenario { users: 1_200, orders: 1_200, repeat_share: 0.0, buyer_share: 1.0, ..scenario() };
    shop.generate(&scenario, go_on).unwrap();
    let rows = |question: &Question| shop.analytics().rows(Report::TopCustomers, question).unwrap();
    let customers =
        count(shop, "users u WHERE EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id AND o.status = 'completed')");
    assert!(customers > Limit::MAX);
    assert_eq!(rows(&Question::default()).len() as i64, customers);
    let three = Question { limit: Some(Limit::new(3).unwrap()), ..Question::default() };
    let best = shop.analytics().top_customers(&Period::ALL, Limit::new(3).unwrap()).unwrap();
    let best: Vec<serde_json::Value> = best.iter().map(|row| serde_json::to_value(row).unwrap()).collect();
    let mut written = Vec::new();
    shop.export_report(Report::TopCustomers, &three, ExportFormat::Ndjson, &mut written).unwrap();
    let written: Vec<serde_json::Value> =
        serde_json::Deserializer::from_slice(&written).into_iter().map(Result::unwrap).collect();
    assert_eq!(written, best);
}

fn what_was_made_to_be_bought_together_is_found_by_the_report(shop: &Shop) {
    let scenario = Scenario { users: 800, products: 150, orders: 3_000, ..scenario() };
    let lifts = |affinity| {
        shop.reset().unwrap();
        shop.generate(&Scenario { affinity, ..scenario.clone() }, go_on).unwrap();
        let pairs = shop.analytics().bought_together(&Period::ALL, Limit::new(Limit::MAX).unwrap()).unwrap();
        let mut lifts: Vec<f64> =
            pairs.iter().filter(|pair| pair.orders_together >= 12).map(|pair| pair.lift).collect();
        lifts.sort_by(|a, b| b.total_cmp(a));
        lifts
    };
    let (with, without) = (lifts(0.6), lifts(0.0));
    assert!(with[..15].iter().all(|&lift| lift > 3.0), "{with:?}");
    assert!(without.iter().all(|&lift| lift < 3.0), "{without:?}");
}

fn a_shop_can_be_read_while_more_is_generated(shop: &Shop) {
    shop.generate(&scenario(), go_on).unwrap();
    let (other, mut steps) = (shop.open_again(), Vec::new());
    shop.generate(&scenario(), |progress| {
        // After the last step, the commit may happen at any time.
        for shop in [&**shop, &other].into_iter().filter(|_| progress.step != Step::Done) {
            assert_eq!(shop.orders().list(&OrderFilter::default()).unwrap().items[0].id.get(), 300);
            assert_eq!(shop.read(orders).unwrap(), 300);
        }
        steps.push(progress.step);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(steps.len() > 3 && steps.ends_with(&[Step::Done]), "{steps:?}");
    assert_eq!(other.read(orders).unwrap(), 600);
}

fn a_generated_shop_goes_on_like_any_other(shop: &Shop) {
    shop.generate(&scenario(), go_on).unwrap();
    let ada = shop.user();
    assert!(ada.id.get() > 60, "{ada:?}");
    let new = shop.product("5.00", 3);
    let page = shop.products().list(&ProductFilter::default()).unwrap();
    let product = page.items.iter().find(|product| product.in_stock && product.status.as_str() == "active").unwrap();
    let order = NewOrder::builder(ada.id).item(product.id, 1).item(new.id, 1).payment(card()).build().unwrap();
    let order = shop.orders().place(order).unwrap();
    assert_eq!(shop.orders().list(&OrderFilter::default()).unwrap().items[0].id, order.id);
    shop.expect_clean();
}

fn a_shop_keeps_what_it_has_when_more_is_generated(shop: &Shop) {
    let ada = shop.user();
    shop.categories().create("Electronics").unwrap();
    let lamp = shop.product("10.00", 10);
    let order = shop.paid_order(&ada, &[(lamp.id, 1)]);
    for round in 1..=3 {
        shop.generate(&scenario(), go_on).unwrap();
        shop.expect_clean();
        assert_eq!(shop.order_now(order.id), order);
        assert_eq!(shop.users().get(ada.id).unwrap(), ada);
        assert_eq!(count(shop, "users"), 1 + 60 * round);
        assert_eq!(count(shop, "products"), 1 + 40 * round);
        assert_eq!(count(shop, "orders"), 1 + 300 * round);
        assert_eq!(count(shop, "categories WHERE name = 'Electronics'"), 1);
    }
    assert_eq!(count(shop, "products p JOIN categories c ON c.id = p.category_id"), 121);
    assert_eq!(count(shop, "orders o JOIN users u ON u.id = o.user_id"), 901);
    let order = shop.paid_order(&ada, &[(lamp.id, 1)]);
    assert_eq!(order.id.get(), 902);
    shop.expect_clean();
}

fn what_loading_took_away_is_there_again(shop: &Shop) {
    let before = objects(shop);
    shop.generate(&scenario(), go_on).unwrap();
    assert_eq!(objects(shop), before);
    let outcome = shop.write(|tx| {
        diesel::sql_query("DELETE FROM users").execute(tx)?;
        Ok(())
    });
    assert!(outcome.is_err(), "foreign keys are on");
}

fn a_demo_goes_only_into_an_empty_shop(shop: &Shop) {
    let made = shop.generate_if_empty(&scenario(), go_on).unwrap();
    assert_eq!(made.and_then(|summary| summary.rows("orders")), Some(300));
    assert_eq!(shop.generate_if_empty(&scenario(), go_on).unwrap(), None);
    assert_eq!(shop.users().list(&UserFilter::default()).unwrap().items.len(), 50);
    shop.expect_clean();
}

fn a_generation_that_is_broken_off_leaves_the_shop_as_it_was(shop: &Shop) {
    let ada = shop.user();
    let before = objects(shop);
    let large = Scenario { orders: 5_000, ..scenario() };
    for last in [Step::Rows, Step::Reports, Step::Indexes, Step::Done] {
        if last == Step::Indexes && shop.engine() != Engine::Sqlite {
            // These engines keep their indexes.
            continue;
        }
        let outcome = shop.generate(&large, |progress| {
            if progress.step == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(outcome, Err(Error::RolledBack)), "{outcome:?}");
        assert_eq!(shop.users().list(&UserFilter::default()).unwrap().items, std::slice::from_ref(&ada));
        assert_eq!(objects(shop), before);
    }
    shop.generate(&scenario(), go_on).unwrap();
    shop.expect_clean();
}

fn progress_leads_to_the_last_order(shop: &Shop) {
    let mut reports = Vec::new();
    let summary: Summary = shop
        .generate(&scenario(), |progress| {
            reports.push(progress);
            ControlFlow::Continue(())
        })
        .unwrap();
    let last = reports.last().unwrap();
    assert_eq!((last.step, last.orders, last.of, last.rows), (Step::Done, 300, 300, summary.all_rows()));
    assert!(reports.is_sorted_by_key(|progress| progress.rows));
    assert!(last.rate() > 0.0);
}

fn an_impossible_scenario_is_refused_by_field(shop: &Shop) {
    let no_products = Scenario { products: 0, ..scenario() };
    assert_eq!(invalid_fields(shop.generate(&no_products, go_on)), ["products"]);
    assert!(shop.users().list(&UserFilter::default()).unwrap().items.is_empty());
}

fn extreme_shops_add_up(shop: &Shop) {
    let to = scenario().to;
    let extremes = [
        Scenario { users: 400, orders: 300, repeat_share: 0.0, buyer_share: 1.0, ..scenario() },
        Scenario { products: 1, ..scenario() },
        Scenario { from: to - chrono::TimeDelta::days(1), ..scenario() },
        Scenario { orders: 0, ..scenario() },
    ];
    for scenario in extremes {
        shop.reset().unwrap();
        shop.generate(&scenario, go_on).unwrap();
        shop.expect_clean();
        let late = orders::placed_at.ge(Moment::of(to)).or(orders::completed_at.ge(Some(to)));
        let late = shop.read(|conn| Ok(orders::table.filter(late).count().get_result::<i64>(conn)?));
        assert_eq!(late.unwrap(), 0);
    }
}

/// The indexes and foreign keys of the database, by name.
fn objects(shop: &Shop) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let query = match shop.engine() {
        Engine::Sqlite => "SELECT name || ' ' || sql AS name FROM sqlite_master WHERE sql IS NOT NULL ORDER BY 1",
        Engine::Mysql => {
            "SELECT CONCAT(table_name, ' ', index_name, ' ', column_name) AS name FROM information_schema.statistics \
             WHERE table_schema = DATABASE() ORDER BY 1"
        }
        _ => {
            "SELECT indexdef AS name FROM pg_indexes WHERE schemaname = 'public' UNION ALL \
             SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1"
        }
    };
    let rows = shop.read(move |conn| Ok(diesel::sql_query(query).load::<Name>(conn)?)).unwrap();
    rows.into_iter().map(|row| row.name).collect()
}
