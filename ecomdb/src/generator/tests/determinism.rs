use std::fmt::Debug;

use super::super::assembly::Assembly;
use super::super::{OrderBundle, Scenario};
use super::{dataset, movements, to};

/// FNV-1a, 64 bits, over the debug text of the rows, a line each.
fn checksum<T: Debug>(rows: impl IntoIterator<Item = T>) -> String {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for row in rows {
        for byte in format!("{row:?}\n").bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
    format!("{hash:016x}")
}

#[test]
fn the_small_shop_of_seed_1_never_changes() {
    let dataset = dataset(Scenario::small(to()));
    let (movements, keeper) = movements(&dataset);
    let tables = [
        ("users", checksum(dataset.users())),
        ("categories", checksum(dataset.categories())),
        ("products", checksum(dataset.products())),
        ("price_changes", checksum(dataset.price_changes())),
        ("inventory", checksum(keeper.inventory())),
        ("inventory_movements", checksum(movements)),
        ("orders", checksum(dataset.orders().map(|b| b.order))),
        ("order_items", checksum(dataset.orders().flat_map(|b| b.items))),
        ("order_addresses", checksum(dataset.orders().flat_map(|b| b.addresses))),
        ("payments", checksum(dataset.orders().flat_map(|b| b.payments))),
        ("refunds", checksum(dataset.orders().flat_map(|b| b.refunds))),
    ];
    let found = tables.map(|(table, sum)| format!("{table} {sum}"));
    assert_eq!(found, GOLDEN);
}

const GOLDEN: [&str; 11] = [
    "users c2b1b2f910eb2ccd",
    "categories e7fc5399b8b4f8af",
    "products fb6710bdeaee1383",
    "price_changes d21b4d9b741cc4fa",
    "inventory 4858bfe85ea33364",
    "inventory_movements 33e938f0e68ed0bd",
    "orders 01de21d1a570a94a",
    "order_items 413b4ec5eef9d05c",
    "order_addresses 55edc83eff630f75",
    "payments 824af3f03607e2a9",
    "refunds 4c9ee3f4cd37f593",
];

#[test]
fn another_seed_is_another_shop() {
    let first = dataset(Scenario::small(to()));
    let second = dataset(Scenario { seed: 2, ..Scenario::small(to()) });
    assert_ne!(checksum(first.users()), checksum(second.users()));
    assert_ne!(checksum(first.products()), checksum(second.products()));
    assert_ne!(checksum(first.orders()), checksum(second.orders()));
}

#[test]
fn rows_are_the_same_in_whatever_chunks_they_are_made() {
    let dataset = dataset(Scenario::small(to()));
    let orders: Vec<_> = dataset.orders().collect();
    let users: Vec<_> = dataset.users().collect();
    for chunk in [1, 7, 64, 100, 999] {
        let starts = || (0..1_000).step_by(chunk as usize);
        let chunked: Vec<_> = starts().flat_map(|s| dataset.orders_range(s..s + chunk)).collect();
        assert!(chunked == orders, "orders in chunks of {chunk}");
        let chunked: Vec<_> = starts().flat_map(|s| dataset.users_range(s..s + chunk)).collect();
        assert!(chunked == users, "users in chunks of {chunk}");
    }
}

#[test]
fn rows_are_the_same_in_whatever_order_they_are_made() {
    let dataset = dataset(Scenario::small(to()));
    let mut backwards: Vec<_> = (0..1_000).rev().flat_map(|i| dataset.orders_range(i..i + 1)).collect();
    backwards.reverse();
    assert!(backwards == dataset.orders().collect::<Vec<_>>());
}

#[test]
fn rows_are_the_same_from_two_threads() {
    let dataset = dataset(Scenario::small(to()));
    let halves = std::thread::scope(|scope| {
        [0..500, 500..1_000]
            .map(|range| scope.spawn(|| dataset.orders_range(range).collect::<Vec<_>>()))
            .map(|thread| thread.join().unwrap())
    });
    assert!(halves.concat() == dataset.orders().collect::<Vec<_>>());
}

#[test]
fn a_reused_bundle_keeps_nothing_of_the_order_before() {
    let dataset = dataset(Scenario::small(to()));
    let (mut reused, mut orders) = (OrderBundle::new(), dataset.orders());
    for fresh in dataset.orders() {
        assert!(orders.fill_next(&mut reused));
        assert_eq!(reused, fresh);
    }
    assert!(!orders.fill_next(&mut reused));
}

#[test]
fn more_orders_leave_the_catalog_and_the_names_as_they_are() {
    let few = dataset(Scenario::small(to()));
    let many = dataset(Scenario { orders: 2_000, ..Scenario::small(to()) });
    assert_eq!(checksum(few.products()), checksum(many.products()));
    assert_eq!(checksum(few.price_changes()), checksum(many.price_changes()));
    let emails = |users: crate::generator::Users<'_>| checksum(users.map(|user| user.email));
    assert_eq!(emails(few.users()), emails(many.users()));
}

#[test]
fn portions_and_threads_leave_no_trace_in_what_a_sink_gets() {
    let dataset = dataset(Scenario::small(to()));
    let csv = |workers, portion| {
        let mut files = vec![Vec::new(); crate::Table::ALL.len()];
        let assembly = Assembly { workers, portion };
        let write = |table: crate::Table, text: &[u8]| {
            files[table as usize].extend_from_slice(text);
            Ok(())
        };
        let summary = dataset.csv_in(assembly, write, |_| std::ops::ControlFlow::Continue(())).unwrap();
        (summary, files)
    };
    let alone = csv(0, 1_000_000);
    assert_eq!(alone.0.rows("orders"), Some(1_000));
    for (workers, portion) in [(0, 1), (0, 64), (1, 7), (2, 1), (2, 64), (2, 100), (3, 999), (8, 10)] {
        assert!(csv(workers, portion) == alone, "{workers} threads, portions of {portion}");
    }
}

#[test]
fn portions_and_threads_leave_no_trace_in_a_database() {
    let stored = |workers, portion| {
        let db = crate::Database::open("sqlite::memory:").unwrap();
        let scenario = Scenario { seed: 5, ..Scenario::small(to()) };
        let assembly = Assembly { workers, portion };
        let made =
            db.generate_in(&scenario, assembly, false, |_| std::ops::ControlFlow::Continue(())).unwrap().unwrap();
        assert_eq!(db.checksums().unwrap(), made);
        assert!(db.check().unwrap().is_clean());
        made
    };
    let alone = stored(0, 1_000_000);
    for (workers, portion) in [(1, 7), (2, 64), (3, 333)] {
        assert_eq!(stored(workers, portion), alone, "{workers} threads, portions of {portion}");
    }
}

#[test]
fn a_sink_that_fails_stops_every_thread() {
    let dataset = dataset(Scenario { orders: 50_000, ..Scenario::small(to()) });
    let mut pieces = 0;
    let outcome = dataset.csv(4, |_, _| {
        pieces += 1;
        if pieces < 40 { Ok(()) } else { Err(std::io::Error::other("full")) }
    });
    assert!(matches!(outcome, Err(crate::Error::Output(_))), "{outcome:?}");
    assert_eq!(pieces, 40);
}
