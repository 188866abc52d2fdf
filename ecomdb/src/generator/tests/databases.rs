//! Whole shops in a database: rules, references and dates.

use std::ops::ControlFlow;

use diesel::sql_types::{BigInt, Text};

use super::super::Scenario;
use super::{dataset, extremes, to};
use crate::Database;
use crate::engine::sql;
use crate::error::Error;

/// Generated rows keep foreign keys by construction, so loading skips `PRAGMA foreign_key_check`, which would read
/// everything again. This test runs it.
fn assert_sound(name: &str, db: &Database, scenario: &Scenario) {
    let report = dataset(scenario.clone()).realism_report();
    assert!(report.is_ok(), "{name}:\n{report}");
    db.generate(scenario, |_| ControlFlow::Continue(())).unwrap();
    let check = db.check().unwrap();
    assert!(check.is_clean(), "{name}: {check:#?}");
    let dangling =
        db.read(|conn| Ok::<_, Error>(sql("SELECT COUNT(*) FROM pragma_foreign_key_check").one::<BigInt, i64>(conn)?));
    assert_eq!(dangling.unwrap(), 0, "{name}");
    assert_nothing_is_dated_after(name, db, scenario);
}

fn assert_nothing_is_dated_after(name: &str, db: &Database, scenario: &Scenario) {
    let to = scenario.to.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
    // The times of migrations are not part of the shop.
    let columns = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
                   WHERE m.type = 'table' AND m.name <> 'ecomdb_schema' AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND c.name LIKE '%\\_at' ESCAPE '\\'";
    let columns = db.read(|conn| Ok::<_, Error>(sql(columns).rows::<(Text, Text), (String, String)>(conn)?)).unwrap();
    assert!(columns.len() >= 14, "{columns:?}");
    for (table, column) in columns {
        let late = format!("SELECT COUNT(*) FROM {table} WHERE {column} >= ?");
        let late =
            db.read(|conn| Ok::<_, Error>(sql(late.clone()).text(to.clone()).one::<BigInt, i64>(conn)?)).unwrap();
        assert_eq!(late, 0, "{name}: {table}.{column}");
    }
}

fn shop() -> Database {
    Database::open("sqlite::memory:").unwrap()
}

#[test]
fn presets_are_sound() {
    assert_sound("small", &shop(), &Scenario::small(to()));
    assert_sound("demo", &shop(), &Scenario::demo(to()));
    let large = Scenario { users: 4_000, products: 1_000, orders: 20_000, ..Scenario::large(to()) };
    assert_sound("large", &shop(), &large);
}

#[test]
fn extremes_are_sound() {
    for (name, scenario) in extremes() {
        assert_sound(name, &shop(), &scenario);
    }
}

#[test]
fn a_shop_stays_sound_when_more_is_generated() {
    let db = shop();
    for seed in 1..=3 {
        assert_sound("more", &db, &Scenario { seed, ..Scenario::small(to()) });
    }
}

#[test]
fn a_load_fills_the_pages_of_tables_without_a_rowid() {
    let db = shop();
    let scenario = Scenario { orders: 6_000, ..Scenario::small(to()) };
    db.generate(&scenario, |_| ControlFlow::Continue(())).unwrap();
    let count = |query: &'static str| {
        db.read(move |conn| Ok::<_, Error>(sql(query).text("order_items").one::<BigInt, i64>(conn)?)).unwrap()
    };
    let unused = count("SELECT SUM(unused) * 100 / SUM(pgsize) FROM dbstat WHERE name = ? AND pagetype = 'leaf'");
    assert!(unused < 5, "{unused} % of the pages are unused");
    let kept = db.write(|conn| {
        let select = sql("SELECT COUNT(*) FROM sqlite_temp_schema WHERE name = ?").text("order_items");
        Ok::<_, Error>(select.one::<BigInt, i64>(conn)?)
    });
    assert_eq!(kept.unwrap(), 0);
}
