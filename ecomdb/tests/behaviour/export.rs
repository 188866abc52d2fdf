use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use ecomdb::generator::Scenario;
use ecomdb::{Cell, Cells, Error, ExportFormat, IfExists, NewProduct, NewUser, Question, Report, Result, Table};

use crate::shop::Shop;

/// The values of the first two columns, which are integers.
#[derive(Default)]
struct Keys(Vec<[i64; 2]>, usize);

impl Cells for Keys {
    fn cell(&mut self, cell: Cell<'_>) {
        if self.1 == 0 {
            self.0.push([0; 2]);
        }
        if let (Some(place), Cell::Int(number)) = (self.0.last_mut().and_then(|row| row.get_mut(self.1)), cell) {
            *place = number;
        }
        self.1 += 1;
    }

    fn end_row(&mut self) {
        self.1 = 0;
    }
}

fn keys(shop: &Shop, table: Table) -> Vec<[i64; 2]> {
    let mut keys = Vec::new();
    let take = |chunk: Keys| {
        assert!(!chunk.0.is_empty(), "a chunk has rows");
        keys.extend(chunk.0);
        Ok(())
    };
    let rows = shop.export_chunks(table, Keys::default, take).unwrap();
    assert_eq!(rows, keys.len() as u64);
    keys
}

fn rows(path: &Path) -> Vec<csv::StringRecord> {
    csv::Reader::from_path(path).unwrap().records().map(std::result::Result::unwrap).collect()
}

/// An amount such as `29.99`, in minor units.
fn cents(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap()
}

behaviours! {
    an_export_that_lost_against_another_transaction_says_so_and_runs_once
    an_export_of_many_rows_has_each_once_by_ascending_key
    an_export_of_a_table_without_rows_takes_nothing
    what_people_typed_is_no_formula_in_a_spreadsheet
    an_export_replaces_files_where_that_is_allowed
    an_error_of_the_receiver_of_the_rows_ends_the_export
    all_tables_of_an_export_are_those_of_one_moment
}

fn an_export_that_lost_against_another_transaction_says_so_and_runs_once(shop: &Shop) {
    let (mut runs, user) = (0, shop.user());
    let lose = |chunk: Keys| {
        runs += 1;
        assert_eq!(chunk.0[0][0], user.id.get());
        Err(Error::Contention { attempts: 1, source: diesel::result::Error::NotFound })
    };
    let outcome = shop.export_chunks(Table::Users, Keys::default, lose);
    assert!(matches!(outcome, Err(Error::Contention { .. })), "{outcome:?}");
    assert_eq!(runs, 1);
}

fn an_export_of_many_rows_has_each_once_by_ascending_key(shop: &Shop) {
    let orders = 3_000;
    let small = Scenario::small("2026-01-01T00:00:00Z".parse().unwrap());
    let scenario = Scenario { users: 60, products: 40, orders, addressed: 1.0, billed_elsewhere: 0.7, ..small };
    let made = shop.generate(&scenario, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(shop.checksums().unwrap(), made);
    let addresses = keys(shop, Table::OrderAddresses);
    assert_eq!(Some(addresses.len() as u64), made.rows("order_addresses"));
    assert!(addresses.len() > 5_000 && addresses.is_sorted(), "both addresses of an order stand together");
    let items = keys(shop, Table::OrderItems);
    assert_eq!(Some(items.len() as u64), made.rows("order_items"));
    assert!(items.len() > 5_000 && items.is_sorted_by(|a, b| a < b));
    let ids: Vec<i64> = keys(shop, Table::Orders).iter().map(|row| row[0]).collect();
    assert_eq!(ids, (1..=orders as i64).collect::<Vec<_>>());
    assert_eq!(keys(shop, Table::Refunds).len() as u64, made.rows("refunds").unwrap());
}

fn an_export_of_a_table_without_rows_takes_nothing(shop: &Shop) {
    let take = |_: Keys| -> Result<()> { panic!("there is no chunk") };
    assert_eq!(shop.export_chunks(Table::Payments, Keys::default, take).unwrap(), 0);
    let mut csv = Vec::new();
    assert_eq!(shop.export(Table::Inventory, ExportFormat::Csv, &mut csv).unwrap(), 0);
    assert_eq!(csv, b"product_id,quantity,reorder_level,updated_at\n");
}

fn what_people_typed_is_no_formula_in_a_spreadsheet(shop: &Shop) {
    let ada = shop.users().create(NewUser::new("ada@example.com", "=1+1", "@SUM(A1)").unwrap()).unwrap();
    let product = NewProduct::builder("-5", shop.category().id, "10.00".parse().unwrap()).initial_stock(1);
    let product = shop.products().create(product.build().unwrap()).unwrap();
    shop.paid_order(&ada, &[(product.id, 1)]);
    shop.inventory().restock(product.id, 1, None).unwrap();
    shop.inventory().adjust(product.id, -1, None).unwrap();
    let table = |table, format| {
        let mut csv = Vec::new();
        shop.export(table, format, &mut csv).unwrap();
        String::from_utf8(csv).unwrap()
    };
    let report = |format| {
        let mut csv = Vec::new();
        shop.export_report(Report::TopProducts, &Question::default(), format, &mut csv).unwrap();
        String::from_utf8(csv).unwrap()
    };
    let (exact, safe) = (ExportFormat::Csv, ExportFormat::Csv.for_spreadsheet().unwrap());
    assert!(table(Table::Users, exact).contains(",ada@example.com,=1+1,@SUM(A1),active,"));
    assert!(table(Table::Users, safe).contains(",ada@example.com,'=1+1,'@SUM(A1),active,"));
    assert!(report(exact).contains(",-5,") && report(safe).contains(",'-5,"), "{}", report(safe));
    let movements = table(Table::InventoryMovements, safe);
    assert_eq!(movements, table(Table::InventoryMovements, exact), "numbers stay numbers");
    assert!(movements.contains(",-1,"), "{movements}");
    let folder = tempfile::tempdir().unwrap();
    shop.export_all(safe, folder.path(), IfExists::Refuse).unwrap();
    let users = std::fs::read_to_string(folder.path().join("users.csv")).unwrap();
    assert_eq!(users, table(Table::Users, safe));
}

fn an_export_replaces_files_where_that_is_allowed(shop: &Shop) {
    shop.user();
    let folder = tempfile::tempdir().unwrap();
    let refunds = folder.path().join("refunds.csv");
    std::fs::write(&refunds, "a shopping list").unwrap();
    let refused = shop.export_all(ExportFormat::Csv, folder.path(), IfExists::Refuse).unwrap_err();
    assert!(refused.to_string().ends_with("refunds.csv: it exists already"), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was written");
    assert_eq!(std::fs::read_to_string(&refunds).unwrap(), "a shopping list");
    shop.export_all(ExportFormat::Csv, folder.path(), IfExists::Replace).unwrap();
    assert!(std::fs::read_to_string(&refunds).unwrap().starts_with("id,payment_id,"));
}

fn an_error_of_the_receiver_of_the_rows_ends_the_export(shop: &Shop) {
    shop.user();
    let outcome = shop.export_chunks(Table::Users, Keys::default, |_| Err(Error::RolledBack));
    assert!(matches!(outcome, Err(Error::RolledBack)), "{outcome:?}");
    assert_eq!(keys(shop, Table::Users).len(), 1);
}

fn all_tables_of_an_export_are_those_of_one_moment(shop: &Shop) {
    let (ada, lamp, chair) = (shop.user(), shop.product("10.00", 1_000_000), shop.product("0.07", 1_000_000));
    let stop = AtomicBool::new(false);
    let folder = tempfile::tempdir().unwrap();
    shop.paid_order(&ada, &[(lamp.id, 1)]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // Bounded, so that a failed assertion does not hang the test.
                for _ in 0..5_000 {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    shop.paid_order(&ada, &[(lamp.id, 2), (chair.id, 3)]);
                }
            });
        }
        for _ in 0..5 {
            let written = shop.export_all(ExportFormat::Csv, folder.path(), IfExists::Replace).unwrap();
            let read = |table: &str| rows(&folder.path().join(format!("{table}.csv")));
            let orders = read("orders");
            let total: i64 = orders.iter().map(|order| cents(&order[3])).sum();
            let items = read("order_items");
            let units: i64 = items.iter().map(|item| item[2].parse::<i64>().unwrap()).sum();
            let items: i64 = items.iter().map(|item| item[2].parse::<i64>().unwrap() * cents(&item[3])).sum();
            let paid: i64 = read("payments").iter().map(|payment| cents(&payment[4])).sum();
            assert_eq!((items, paid), (total, total));
            let booked: i64 =
                read("inventory_movements").iter().map(|movement| movement[2].parse::<i64>().unwrap()).sum();
            let stock: i64 = read("inventory").iter().map(|level| level[1].parse::<i64>().unwrap()).sum();
            assert_eq!(booked - units, stock);
            assert!(written.contains(&(Table::Orders, orders.len() as u64)));
        }
        stop.store(true, Ordering::Relaxed);
    });
}
