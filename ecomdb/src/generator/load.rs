//! Loading a dataset into a database: one transaction, rows in statements of many, progress on the way.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};

use chrono::{DateTime, Utc};
use diesel::sql_types::BigInt;

use super::{Dataset, MovementRow, OrderBundle, Scenario};
use crate::analytics::sales;
use crate::backend::{Connection, Sql, sql};
use crate::database::Database;
use crate::error::{Conflict, Error, Result};

/// How far the generator has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Orders written so far.
    pub orders: u64,
    /// Orders there will be.
    pub of: u64,
}

/// How many orders are written between two reports of progress.
const STEP: usize = 1_000;

impl Database {
    /// Fills an empty shop with the rows of a scenario, in one transaction: all of it, or none.
    ///
    /// `progress` is called on this thread as rows are written; when it breaks, everything is undone and
    /// [`Error::RolledBack`] returned.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a value of the scenario that is out of bounds; [`Conflict::NotEmpty`] when the shop has
    /// users, categories or orders already.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use ecomdb::{Database, generator::Scenario};
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// let to = "2026-01-01T00:00:00Z".parse()?;
    /// db.generate(&Scenario::small(to), |_| ControlFlow::Continue(()))?;
    /// assert!(db.check()?.is_clean());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn generate(&self, scenario: &Scenario, mut progress: impl FnMut(Progress) -> ControlFlow<()>) -> Result<()> {
        let dataset = Dataset::new(scenario.clone()).map_err(|error| {
            Error::invalid(error.field(), format!("is {}, must be {}", error.value(), error.allowed()))
        })?;
        let cancelled = Arc::new(AtomicBool::new(false));
        let (reports, received) = channel();
        std::thread::scope(|scope| {
            let stop = Arc::clone(&cancelled);
            let writer = scope.spawn(move || {
                let reports = reports;
                self.write(move |conn| load(conn, &dataset, &reports, &stop))
            });
            for report in received {
                if progress(report).is_break() {
                    cancelled.store(true, Ordering::Relaxed);
                }
            }
            writer.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload))
        })
    }
}

fn load(conn: &mut Connection, dataset: &Dataset, reports: &Sender<Progress>, stop: &AtomicBool) -> Result<()> {
    refuse_unless_empty(conn)?;
    load_catalog(conn, dataset)?;
    load_users(conn, dataset)?;
    load_orders(conn, dataset, reports, stop)?;
    sales::rebuild(conn)?;
    conn.continue_ids()?;
    Ok(())
}

fn refuse_unless_empty(conn: &mut Connection) -> Result<()> {
    for table in ["users", "categories", "products", "orders"] {
        let rows = sql(format!("SELECT id FROM {table} LIMIT 1")).rows::<BigInt, i64>(conn)?;
        if !rows.is_empty() {
            return Err(Conflict::NotEmpty { table }.into());
        }
    }
    Ok(())
}

fn load_catalog(conn: &mut Connection, dataset: &Dataset) -> Result<()> {
    let mut categories = Batch::new("categories", &["id", "name", "parent_id", "description", "created_at"]);
    for row in dataset.categories() {
        let values = values().int(row.id).text(row.name).maybe_int(row.parent_id);
        categories.add(conn, values.text(row.description).time(time(row.created_at)))?;
    }
    categories.flush(conn)?;

    let columns = ["id", "category_id", "sku", "name", "description", "price", "status", "created_at", "updated_at"];
    let mut products = Batch::new("products", &columns);
    for row in dataset.products() {
        let values = values().int(row.id).int(row.category_id).text(row.sku).text(row.name).text(row.description);
        let values = values.int(row.price).word(row.status.as_str()).time(time(row.created_at));
        products.add(conn, values.time(time(row.updated_at)))?;
    }
    products.flush(conn)?;

    let columns = ["id", "product_id", "old_price", "new_price", "changed_at"];
    let mut price_changes = Batch::new("price_changes", &columns);
    for row in dataset.price_changes() {
        let values = values().int(row.id).int(row.product_id).int(row.old_price).int(row.new_price);
        price_changes.add(conn, values.time(time(row.changed_at)))?;
    }
    price_changes.flush(conn)
}

fn load_users(conn: &mut Connection, dataset: &Dataset) -> Result<()> {
    let columns = ["id", "email", "first_name", "last_name", "status", "created_at", "updated_at"];
    let mut users = Batch::new("users", &columns);
    for row in dataset.users() {
        let values = values().int(row.id).text(row.email).text(row.first_name).text(row.last_name);
        let values = values.word(row.status.as_str()).time(time(row.created_at));
        users.add(conn, values.time(time(row.updated_at)))?;
    }
    users.flush(conn)
}

/// Orders with all that hangs on them, the stock ledger that they make, and at the end what is left in stock.
fn load_orders(conn: &mut Connection, dataset: &Dataset, reports: &Sender<Progress>, stop: &AtomicBool) -> Result<()> {
    let mut tables = OrderTables::new();
    let mut keeper = dataset.stock_keeper();
    let mut movements = Vec::new();
    let of = dataset.scenario().orders;
    for (count, bundle) in dataset.orders().enumerate() {
        if count % STEP == 0 {
            if stop.load(Ordering::Relaxed) {
                return Err(Error::RolledBack);
            }
            // Nobody has to listen.
            let _ = reports.send(Progress { orders: count as u64, of });
        }
        keeper.order(&bundle, &mut movements);
        tables.add(conn, &bundle, &mut movements)?;
    }
    keeper.finish(&mut movements);
    tables.finish(conn, &mut movements)?;

    let mut inventory = Batch::new("inventory", &["product_id", "quantity", "reorder_level", "updated_at"]);
    for row in keeper.inventory() {
        let values = values().int(row.product_id).int(row.quantity).int(row.reorder_level);
        inventory.add(conn, values.time(time(row.updated_at)))?;
    }
    inventory.flush(conn)?;
    let _ = reports.send(Progress { orders: of, of });
    Ok(())
}

/// The tables that grow with the orders. A table is written before those that refer to it.
struct OrderTables {
    orders: Batch,
    items: Batch,
    payments: Batch,
    refunds: Batch,
    movements: Batch,
}

impl OrderTables {
    fn new() -> Self {
        let orders =
            ["id", "user_id", "status", "total", "refunded", "item_count", "placed_at", "completed_at", "cancelled_at"];
        let payments = ["id", "order_id", "method", "status", "amount", "paid_at", "reference", "created_at"];
        let refunds = ["id", "payment_id", "order_id", "amount", "reason", "restocked", "created_at"];
        let movements = ["id", "product_id", "delta", "reason", "order_id", "note", "created_at"];
        Self {
            orders: Batch::new("orders", &orders),
            items: Batch::new("order_items", &["order_id", "product_id", "quantity", "unit_price"]),
            payments: Batch::new("payments", &payments),
            refunds: Batch::new("refunds", &refunds),
            movements: Batch::new("inventory_movements", &movements),
        }
    }

    fn add(&mut self, conn: &mut Connection, bundle: &OrderBundle, movements: &mut Vec<MovementRow>) -> Result<()> {
        self.orders.push(order_values(bundle));
        for row in &bundle.items {
            let values = values().int(row.order_id).int(row.product_id).int(row.quantity).int(row.unit_price);
            self.items.push(values);
        }
        for row in &bundle.payments {
            let values = values().int(row.id).int(row.order_id).word(row.method.as_str()).word(row.status.as_str());
            let reference = row.reference.map(|reference| reference.as_str().to_owned());
            let values = values.int(row.amount).maybe_time(row.paid_at.map(time)).maybe_text(reference);
            self.payments.push(values.time(time(row.created_at)));
        }
        for row in &bundle.refunds {
            let values = values().int(row.id).int(row.payment_id).int(row.order_id).int(row.amount).text(row.reason);
            self.refunds.push(values.int(i64::from(row.restocked)).time(time(row.created_at)));
        }
        for row in movements.drain(..) {
            self.movements.push(movement_values(&row));
        }
        if self.movements.is_full() || self.orders.is_full() {
            self.flush(conn)?;
        }
        Ok(())
    }

    fn finish(&mut self, conn: &mut Connection, movements: &mut Vec<MovementRow>) -> Result<()> {
        for row in movements.drain(..) {
            self.movements.push(movement_values(&row));
        }
        self.flush(conn)
    }

    fn flush(&mut self, conn: &mut Connection) -> Result<()> {
        self.orders.flush(conn)?;
        self.items.flush(conn)?;
        self.payments.flush(conn)?;
        self.refunds.flush(conn)?;
        self.movements.flush(conn)
    }
}

fn order_values(bundle: &OrderBundle) -> Sql {
    let row = &bundle.order;
    let values = values().int(row.id).int(row.user_id).word(row.status.as_str()).int(row.total).int(row.refunded);
    let values = values.int(row.item_count).time(time(row.placed_at));
    values.maybe_time(row.completed_at.map(time)).maybe_time(row.cancelled_at.map(time))
}

fn movement_values(row: &MovementRow) -> Sql {
    let values = values().int(row.id).int(row.product_id).int(row.delta).word(row.reason.as_str());
    let values = values.maybe_int(row.order_id).maybe_text(row.note.map(str::to_owned));
    values.time(time(row.created_at))
}

/// The values of a row, to be filled in.
fn values() -> Sql {
    sql("")
}

fn time(micros: i64) -> DateTime<Utc> {
    // The generator's times lie between the bounds of its scenario, which are such times themselves.
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// Rows of one table on their way into it.
struct Batch {
    table: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Sql>,
}

impl Batch {
    /// Values that one statement binds at the most; SQLite allows 32,766.
    const VALUES: usize = 4_000;

    fn new(table: &'static str, columns: &[&'static str]) -> Self {
        Self { table, columns: columns.to_vec(), rows: Vec::new() }
    }

    fn push(&mut self, values: Sql) {
        self.rows.push(values);
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= self.rows_per_statement()
    }

    fn rows_per_statement(&self) -> usize {
        Self::VALUES / self.columns.len()
    }

    fn add(&mut self, conn: &mut Connection, values: Sql) -> Result<()> {
        self.push(values);
        if self.is_full() { self.flush(conn) } else { Ok(()) }
    }

    fn flush(&mut self, conn: &mut Connection) -> Result<()> {
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        for rows in self.rows.chunks(self.rows_per_statement()) {
            let into = format!("INSERT INTO {} ({}) VALUES ", self.table, self.columns.join(", "));
            let insert = sql(into + &vec![row.as_str(); rows.len()].join(", "));
            rows.iter().fold(insert, |insert, row| insert.values_of(row)).run(conn)?;
        }
        self.rows.clear();
        Ok(())
    }
}
