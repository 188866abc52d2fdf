use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::scope;

use diesel::connection::SimpleConnection as _;
use tempfile::TempDir;

use crate::engine::{Cell, Cells, DatabaseUrl, Snapshot};
use crate::tables::{self, Csv, Table};
use crate::{Database, Error};

/// More rows than several chunks, with text that other formats must escape.
const SHOP: &str = "
    INSERT INTO users (email, first_name, last_name, created_at, updated_at) VALUES
        ('ada@example.com', 'Ada', '', 1769903999000001, 1769903999000000),
        ('zoe@example.com', 'Zoë \"Zo\"', 'O''Ærø, \u{1F6D2}', 1769903940000000, 1769903999500000),
        ('bob@example.com', '\r\n', ' ', -1, 253402300799999999);
    INSERT INTO categories (name, description, created_at) VALUES ('Lamps', '', 1767225600000000);
    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 500)
    INSERT INTO products (category_id, sku, name, description, price, created_at, updated_at)
        SELECT 1, n, 'Lamp', '', n, 1767225600000000, 1767225600000000 FROM n;
    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 40000)
    INSERT INTO orders (id, user_id, total, item_count, placed_at, completed_at)
        SELECT n, 1 + n % 3, 7 * n, 1, 1767225600000000, iif(n % 5, NULL, 1772280000000000)
        FROM n;
    INSERT INTO order_items SELECT o.id, p.id, 1, o.id, NULL, NULL
        FROM orders o JOIN products p ON p.id <= iif(o.id % 1000, 1 + o.id % 3, 500);
    WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100000)
    INSERT INTO inventory_movements (id, product_id, delta, reason, note, created_at)
        SELECT n, 1 + n % 500, -n, 'adjustment',
            CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'é' || n ELSE '\"' END,
            (1700000000 + n) * 1000000
        FROM n;
    DELETE FROM inventory_movements WHERE id BETWEEN 20001 AND 70000;
    UPDATE inventory_movements SET id = -9223372036854775807 WHERE id = 1;
    UPDATE inventory_movements SET id = -5 WHERE id = 2;
    UPDATE inventory_movements SET id = 9223372036854775807 WHERE id = 100000;
    UPDATE inventory_movements SET id = 5000000000 WHERE id = 99999;
    INSERT INTO payments (order_id, method, status, amount, paid_at, created_at)
        SELECT id, 'card', 'paid', total, placed_at, placed_at FROM orders WHERE id <= 2;
    INSERT INTO refunds (payment_id, order_id, amount, reason, restocked, created_at)
        SELECT id, order_id, 1, '', id % 2, 1767225600000000 FROM payments;";

fn shop() -> (Database, DatabaseUrl, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("shop.db").display());
    (Database::open(&url).unwrap(), DatabaseUrl::parse(&url).unwrap(), folder)
}

fn write(db: &Database, statements: &'static str) {
    db.write(|conn| Ok::<_, Error>(conn.batch_execute(statements)?)).unwrap();
}

fn csv(snapshot: &mut Snapshot<'_>, table: Table) -> (u64, usize, String) {
    let (mut text, mut chunks) = (Vec::new(), 0);
    let take = |chunk: Csv| {
        text.extend(chunk.text);
        chunks += 1;
        Ok(())
    };
    let rows = tables::chunks(snapshot, table, Csv::default, take).unwrap();
    (rows, chunks, String::from_utf8(text).unwrap())
}

fn readers(url: &DatabaseUrl) -> Snapshot<'static> {
    Snapshot::of_readers(url, false).unwrap().unwrap()
}

#[test]
fn readers_hand_over_what_a_snapshot_does() {
    let (db, url, _folder) = shop();
    write(&db, SHOP);
    let mut snapshot = readers(&url);
    for table in Table::ALL {
        let (rows, chunks, text) = csv(&mut snapshot, *table);
        let (expected, _, plain) =
            db.snapshot(|conn| Ok::<_, Error>(csv(&mut Snapshot::Connection(conn), *table))).unwrap();
        assert_eq!(rows, expected, "{table}");
        assert!(text == plain, "{table}: not the same, or not in the same order");
        match table {
            Table::Orders => assert_eq!((rows, chunks > 2), (40_000, true)),
            Table::OrderItems => assert_eq!((rows, chunks > 2), (99_920, true)),
            Table::InventoryMovements => assert_eq!((rows, chunks > 2), (50_000, true)),
            Table::UserRevisions
            | Table::ProductRevisions
            | Table::ProductGroups
            | Table::ProductImages
            | Table::ProductExternalIds
            | Table::PriceChanges
            | Table::Inventory
            | Table::Vouchers
            | Table::OrderAdjustments
            | Table::OrderAddresses
            | Table::VoucherUses => {
                assert_eq!((rows, chunks), (0, 0), "{table}")
            }
            _ => assert_eq!(chunks, 1, "{table}"),
        }
    }
}

#[test]
fn the_first_error_of_the_receiver_of_the_rows_ends_it() {
    let (db, url, _folder) = shop();
    write(&db, SHOP);
    let mut snapshot = readers(&url);
    for wanted in [0, 1, 3] {
        let mut taken = 0;
        let take = |_| {
            if taken == wanted {
                return Err(Error::RolledBack);
            }
            taken += 1;
            Ok(())
        };
        let outcome = tables::chunks(&mut snapshot, Table::OrderItems, Csv::default, take);
        assert!(matches!(outcome, Err(Error::RolledBack)), "{outcome:?}");
        assert_eq!(taken, wanted);
    }
    assert_eq!(csv(&mut snapshot, Table::Orders).0, 40_000, "the connections can be used again");
}

/// Stops the other threads even if an assertion fails.
struct Stops<'a>(&'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Each transaction adds an order with an item; different snapshots of the two tables would have different counts.
#[test]
fn all_readers_and_tables_see_the_same_moment_while_others_commit() {
    let (db, url, _folder) = shop();
    write(&db, SHOP);
    let (stop, placed) = (AtomicBool::new(false), AtomicI64::new(0));
    scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let id = 40_001 + placed.fetch_add(1, Ordering::Relaxed);
                let statements = format!(
                    "INSERT INTO orders (id, user_id, total, item_count, placed_at) VALUES ({id}, 1, 1, 1, 1767225600000000);
                     INSERT INTO order_items VALUES ({id}, 1, 1, 1, NULL, NULL);
                     UPDATE orders SET total = total + 1 WHERE id IN (1, 20000, {id});
                     UPDATE order_items SET unit_price = unit_price + 1 WHERE product_id = 1 AND order_id IN (1, 20000, {id});"
                );
                db.write(move |conn| Ok::<_, Error>(conn.batch_execute(&statements)?)).unwrap();
            }
        });
        let _stops = Stops(&stop);
        let mut moments = Vec::new();
        for _ in 0..8 {
            let before = placed.load(Ordering::Relaxed);
            while placed.load(Ordering::Relaxed) < before + 5 {
                std::thread::yield_now();
            }
            let mut snapshot = readers(&url);
            let (orders, _, order_text) = csv(&mut snapshot, Table::Orders);
            let (items, _, item_text) = csv(&mut snapshot, Table::OrderItems);
            assert_eq!(items - orders, 99_920 - 40_000);
            // Sums added to the totals of these orders and to the prices of their first items.
            let total = |text: &str, start: &str, column: usize| {
                let line = text.lines().find(|line| line.starts_with(start)).unwrap();
                line.split(',').nth(column).unwrap().replace('.', "").parse::<i64>().unwrap()
            };
            for id in [1, 20_000] {
                let added = total(&order_text, &format!("{id},"), 3) - 7 * id;
                assert_eq!(total(&item_text, &format!("{id},1,"), 3), id + added, "order {id}");
            }
            moments.push(orders);
        }
        assert!(moments.is_sorted_by(|a, b| a < b), "{moments:?}");
    });
}

/// Checks the property that equal snapshots rely on.
#[test]
fn the_version_changes_with_commits_of_others_but_not_within_a_transaction() {
    let (db, url, _folder) = shop();
    write(&db, SHOP);
    let index = super::connect(&super::sqlite::target(&url, super::Mode::ReadOnly).unwrap()).unwrap();
    let before = super::version(&index).unwrap();
    assert_eq!(super::version(&index).unwrap(), before);
    write(&db, "DELETE FROM refunds WHERE id = 1");
    index.execute_batch("BEGIN").unwrap();
    super::touch(&index).unwrap();
    let begun = super::version(&index).unwrap();
    assert_ne!(begun, before);
    write(&db, "DELETE FROM refunds WHERE id = 2");
    assert_eq!(super::version(&index).unwrap(), begun);
    index.execute_batch("ROLLBACK").unwrap();
    assert_ne!(super::version(&index).unwrap(), begun);
}

#[test]
fn a_table_can_be_read_while_a_transaction_is_open() {
    let (db, url, _folder) = shop();
    write(&db, SHOP);
    db.write(move |conn| {
        conn.batch_execute("DELETE FROM refunds")?;
        assert_eq!(csv(&mut readers(&url), Table::Refunds).0, 2);
        Ok::<_, Error>(())
    })
    .unwrap();
}

#[test]
fn a_database_in_memory_has_its_readers_too() {
    let db = Database::open("sqlite::memory:").unwrap();
    write(&db, SHOP);
    let (rows, chunks, text) = db
        .with_snapshot(|snapshot| {
            assert!(matches!(snapshot, Snapshot::Readers(_)));
            Ok(csv(snapshot, Table::InventoryMovements))
        })
        .unwrap();
    assert_eq!((rows, chunks > 2), (50_000, true));
    let plain =
        db.snapshot(|conn| Ok::<_, Error>(csv(&mut Snapshot::Connection(conn), Table::InventoryMovements))).unwrap().2;
    assert!(text == plain);
    write(&db, "DELETE FROM refunds");
}

/// Readers lock out the writer and the reverse, so neither may wait for the other.
#[test]
fn exports_of_a_database_in_memory_get_along_with_writers() {
    let db = Database::open("sqlite::memory:").unwrap();
    write(&db, SHOP);
    scope(|scope| {
        // Enough writes to outlast the exports, but few enough that these do not give up.
        let writer = scope.spawn(|| {
            for _ in 0..500 {
                write(&db, "UPDATE orders SET total = total + 1 WHERE id <= 100");
            }
        });
        for _ in 0..20 {
            assert_eq!(db.with_snapshot(|snapshot| Ok(csv(snapshot, Table::Refunds).0)).unwrap(), 2);
        }
        writer.join().unwrap();
    });
}

/// The shop's own tables refuse most of these values, but files written by other programs may contain them.
#[test]
fn a_value_that_does_not_belong_into_its_column_is_named() {
    for (value, expected) in [
        (
            "1, x'ff00', '', '', '', '2026-01-01 00:00', ''",
            "users.email has a blob of 2 bytes where text in UTF-8 belongs",
        ),
        (
            "1, '', CAST(x'41ff' AS TEXT), '', '', '2026-01-01 00:00', ''",
            "users.first_name has \"A\u{FFFD}\" where text",
        ),
        ("1, '', '', NULL, '', '2026-01-01 00:00', ''", "users.last_name has NULL where text in UTF-8 belongs"),
        ("1, '', '', '', '', 'yesterday', ''", "users.created_at has \"yesterday\" where a time belongs"),
        ("1, '', '', '', '', '2026-02-30 00:00:00.000000', ''", "users.created_at has \"2026-02-30 00:00:00.000000\""),
        ("1, '', '', '', '', 1.5, ''", "users.created_at has 1.5 where a time belongs"),
        ("1, 5, '', '', '', '2026-01-01 00:00', ''", "users.email has 5 where text in UTF-8 belongs"),
    ] {
        let (db, url, _folder) = shop();
        db.write(move |conn| {
            conn.batch_execute("DROP TABLE users; CREATE TABLE users (id, email, first_name, last_name, status, created_at, updated_at, name_revision)")?;
            Ok::<_, Error>(conn.batch_execute(&format!("INSERT INTO users VALUES ({value}, 0)"))?)
        })
        .unwrap();
        let mut snapshot = readers(&url);
        let error = tables::chunks(&mut snapshot, Table::Users, Csv::default, |_| Ok(())).unwrap_err();
        assert!(matches!(error, Error::Storage(_)) && error.to_string().contains(expected), "{error}");
        assert_eq!(csv(&mut snapshot, Table::Orders).0, 0, "the connections can be used again");
    }
}

/// A receiver that panics at a row.
#[derive(Default)]
struct Fragile(i64);

impl Cells for Fragile {
    fn cell(&mut self, _: Cell<'_>) {}

    fn end_row(&mut self) {
        self.0 += 1;
        assert!(self.0 < 100, "on purpose");
    }
}

#[test]
fn a_panic_of_whatever_takes_the_rows_is_an_error() {
    let (db, url, _folder) = shop();
    write(&db, SHOP);
    let outcome = tables::chunks(&mut readers(&url), Table::OrderItems, Fragile::default, |_| Ok(()));
    assert!(matches!(outcome, Err(Error::Storage(_))), "{outcome:?}");
}
