//! Promises of a generated shop, checked row by row.

#![allow(clippy::unwrap_used)]

mod databases;
mod determinism;
mod invariants;
mod ledger;
mod people;
mod realism;
mod renaming;
mod scenarios;

use chrono::{DateTime, TimeDelta, Utc};

use super::streams::{Entity, Stream};
use super::{Dataset, MovementRow, OrderBundle, Scenario};

/// The end of the period in every test: 2025-06-15 15:06:40 UTC.
fn to() -> DateTime<Utc> {
    DateTime::from_timestamp(1_750_000_000, 0).unwrap()
}

fn dataset(scenario: Scenario) -> Dataset {
    Dataset::new(scenario).unwrap()
}

/// All movements of a dataset, and the keeper that made them.
fn movements(dataset: &Dataset) -> (Vec<MovementRow>, super::StockKeeper<'_>) {
    let mut keeper = dataset.stock_keeper();
    let mut movements = Vec::new();
    let mut orders = dataset.orders();
    let mut bundle = OrderBundle::new();
    while orders.fill_next(&mut bundle) {
        keeper.order(&bundle, &mut movements);
    }
    keeper.finish(&mut movements);
    (movements, keeper)
}

/// Presets, ordinary variations and extremes, each with a name.
fn scenarios() -> Vec<(&'static str, Scenario)> {
    let small = || Scenario::small(to());
    let mut scenarios = vec![
        ("small", small()),
        ("demo", Scenario { orders: 4_000, ..Scenario::demo(to()) }),
        ("large", Scenario { users: 2_000, products: 1_000, orders: 6_000, ..Scenario::large(to()) }),
        ("another seed", Scenario { seed: 0xDEAD_BEEF, ..small() }),
        ("five years", Scenario { from: to() - TimeDelta::days(5 * 365), orders: 3_000, ..small() }),
        (
            "stormy",
            Scenario {
                price_changes: 52.0,
                launches: 0.5,
                out_of_stock: 0.3,
                stock_cover_days: 1,
                restock_lead_days: 0,
                ..small()
            },
        ),
        ("slow supply", Scenario { stock_cover_days: 365, restock_lead_days: 90, ..small() }),
        ("decline", Scenario { growth: -0.9, ..small() }),
    ];
    scenarios.extend(extremes());
    scenarios.extend((0..12).map(|number| ("drawn", drawn(number))));
    scenarios
}

fn extremes() -> Vec<(&'static str, Scenario)> {
    let small = || Scenario::small(to());
    vec![
        ("no repeats", Scenario { users: 2_000, orders: 1_500, repeat_share: 0.0, buyer_share: 1.0, ..small() }),
        ("one product", Scenario { products: 1, ..small() }),
        ("two products", Scenario { products: 2, basket_lines: 10.0, ..small() }),
        ("one user", Scenario { users: 1, ..small() }),
        ("one of each", Scenario { users: 1, products: 1, orders: 1, ..small() }),
        ("a single day", Scenario { from: to() - TimeDelta::days(1), orders: 3_000, ..small() }),
        ("a single hour", Scenario { from: to() - TimeDelta::hours(1), ..small() }),
        ("no orders", Scenario { orders: 0, ..small() }),
        ("nothing at all", Scenario { users: 0, products: 0, orders: 0, ..small() }),
        (
            "as many buyers as orders",
            Scenario { users: 64, orders: 64, repeat_share: 0.0, buyer_share: 1.0, ..small() },
        ),
        ("one hit", Scenario { zipf_exponent: 5.0, ..small() }),
        ("no hits", Scenario { zipf_exponent: 0.0, ..small() }),
        ("large baskets", Scenario { basket_lines: 10.0, ..small() }),
        (
            "all cancelled",
            Scenario { unpaid: 0.0, cancelled: 1.0, expired: 0.0, refunded: 0.0, partially_refunded: 0.0, ..small() },
        ),
        (
            "all expired",
            Scenario { unpaid: 0.0, cancelled: 0.0, expired: 1.0, refunded: 0.0, partially_refunded: 0.0, ..small() },
        ),
        (
            "all refunded",
            Scenario { unpaid: 0.0, cancelled: 0.0, expired: 0.0, refunded: 1.0, partially_refunded: 0.0, ..small() },
        ),
        (
            "all in part",
            Scenario {
                unpaid: 0.0,
                cancelled: 0.0,
                expired: 0.0,
                refunded: 0.0,
                partially_refunded: 1.0,
                failed_first: 1.0,
                ..small()
            },
        ),
        ("nobody buys", Scenario { buyer_share: 0.0, repeat_share: 1.0, loyalty: 3.0, recency: 1.0, ..small() }),
    ]
}

/// A valid scenario with random values.
fn drawn(number: u64) -> Scenario {
    let mut stream = Stream::new(7, Entity::Day, number);
    let days = stream.between(1, 2_000);
    let mut share = |most: f64| stream.unit() * most;
    Scenario {
        growth: share(3.0) - 0.8,
        weekly_season: share(1.0),
        yearly_season: share(1.0),
        hours: std::array::from_fn(|_| share(5.0)),
        unpaid: share(0.2),
        failed_first: share(1.0),
        cancelled: share(0.2),
        expired: share(0.2),
        late_payments: share(1.0),
        refunded: share(0.2),
        partially_refunded: share(0.2),
        vouchers: share(1.0),
        discounts: share(1.0),
        shipping: share(1.0),
        taxed: share(1.0),
        addressed: share(1.0),
        billed_elsewhere: share(1.0),
        abroad: share(1.0),
        basket_lines: 1.0 + share(5.0),
        affinity: share(1.0),
        zipf_exponent: share(2.0),
        buyer_share: share(1.0),
        repeat_share: share(1.0),
        loyalty: share(3.0),
        recency: share(1.0),
        price_changes: share(20.0),
        launches: share(0.5),
        stock_cover_days: 1 + share(100.0) as u32,
        restock_lead_days: share(30.0) as u32,
        out_of_stock: share(0.3),
        users: 1 + share(3_000.0) as u64,
        products: 1 + share(300.0) as u64,
        orders: 1 + share(3_000.0) as u64,
        grouped: share(1.0),
        pictured: share(1.0),
        external_ids: share(1.0),
        seed: number,
        from: to() - TimeDelta::days(days),
        to: to(),
    }
}
