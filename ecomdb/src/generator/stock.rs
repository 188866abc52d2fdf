//! The stock ledger, the only sequential part of the dataset.
//!
//! Stock depends on all earlier orders, so the keeper must see every order once, by ascending id. It writes the movements
//! that no order explains, in ascending time: initial stock, deliveries, adjustments. What orders take and return only
//! changes the stock. It remembers one entry per product, and 24 bytes for each line that will return to stock by
//! cancellation (within two days) or refund (within 45 days). Of ten million orders in three years, at most about
//! 10,000 such lines are pending at once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Dataset;
use super::calendar::DAY;
use super::streams::{Entity, keyed};
use crate::tables::{InventoryRow, MovementRow, OrderBundle};
use crate::types::MovementReason;

/// Minimum delivery and minimum reorder level, in units.
const LEAST_BATCH: i64 = 8;
const LEAST_REORDER_LEVEL: i64 = 3;

/// Stock ledger for the orders of a [`Dataset`]. Made by [`Dataset::stock_keeper`].
///
/// Pass it every order by ascending id, then finish:
///
/// ```
/// # use ecomdb::generator::{Dataset, OrderBundle, Scenario};
/// # let to = chrono::DateTime::from_timestamp(1_750_000_000, 0).unwrap();
/// let dataset = Dataset::new(Scenario::small(to))?;
/// let mut keeper = dataset.stock_keeper();
/// let mut orders = dataset.orders();
/// let (mut bundle, mut movements) = (OrderBundle::new(), Vec::new());
/// while orders.fill_next(&mut bundle) {
///     keeper.order(&bundle, &mut movements);
///     // ... write the movements, then
///     movements.clear();
/// }
/// keeper.finish(&mut movements);
/// let in_stock: i64 = keeper.inventory().map(|row| row.quantity).sum();
/// # assert!(in_stock > 0);
/// # Ok::<(), ecomdb::generator::ScenarioError>(())
/// ```
#[derive(Debug)]
pub struct StockKeeper<'a> {
    dataset: &'a Dataset,
    shelves: Vec<Stock>,
    due: BinaryHeap<Reverse<Due>>,
    next_id: i64,
}

#[derive(Debug, Clone)]
struct Stock {
    quantity: i64,
    reorder_level: i64,
    batch: i64,
    sold_since_delivery: i64,
    delivery_due: bool,
    deliveries: u32,
    updated_at: i64,
}

/// A future movement of a product. Ordered by time, then by the other fields, so that the order of insertion has no
/// effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    time: i64,
    event: Event,
    product: u32,
    quantity: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Listed,
    Delivery,
    Returned,
    Closed,
}

impl<'a> StockKeeper<'a> {
    pub(crate) fn new(dataset: &'a Dataset) -> Self {
        let end = dataset.calendar.to;
        let products = dataset.shelf.products.iter().zip(0..);
        let due = products
            .flat_map(|(product, index)| {
                [(product.created_at, Event::Listed), (product.until, Event::Closed)].map(|(time, event)| Due {
                    time,
                    event,
                    product: index,
                    quantity: 0,
                })
            })
            .filter(|due| due.time < end)
            .map(Reverse)
            .collect();
        Self { dataset, shelves: (0..dataset.shelf.len()).map(|index| plan(dataset, index)).collect(), due, next_id: 1 }
    }

    /// Takes the order from the stock. Appends the movements up to it, and the express deliveries that it needs.
    pub fn order(&mut self, bundle: &OrderBundle, movements: &mut Vec<MovementRow>) {
        let order = &bundle.order;
        self.settle(order.placed_at, movements);
        for item in &bundle.items {
            let product = (item.product_id - 1) as usize;
            self.sell(product, item.quantity, order.placed_at, movements);
        }
        if let Some(time) = order.cancelled_at {
            self.expect_back(bundle, time);
        }
        for refund in bundle.refunds.iter().filter(|refund| refund.restocked) {
            self.expect_back(bundle, refund.created_at);
        }
    }

    /// Appends the movements between the last order and the end of the period.
    pub fn finish(&mut self, movements: &mut Vec<MovementRow>) {
        self.settle(self.dataset.calendar.to, movements);
    }

    /// Current stock of every product; after [`finish`](Self::finish), the stock at the end of the period.
    pub fn inventory(&self) -> impl Iterator<Item = InventoryRow> + '_ {
        self.shelves.iter().zip(1..).map(|(stock, product_id)| InventoryRow {
            product_id,
            quantity: stock.quantity,
            reorder_level: stock.reorder_level,
            updated_at: stock.updated_at,
        })
    }

    /// Number of pending returns and deliveries, which determines memory use.
    #[must_use]
    pub fn expected(&self) -> usize {
        self.due.len()
    }

    fn settle(&mut self, now: i64, movements: &mut Vec<MovementRow>) {
        while let Some(&Reverse(due)) = self.due.peek()
            && due.time <= now
        {
            self.due.pop();
            self.happen(due, movements);
        }
    }

    fn happen(&mut self, due: Due, movements: &mut Vec<MovementRow>) {
        let index = due.product as usize;
        let stock = &mut self.shelves[index];
        let (delta, reason, note) = match due.event {
            Event::Returned => return stock.change(due.quantity, due.time),
            Event::Listed => (stock.batch, MovementReason::Initial, None),
            Event::Delivery => {
                stock.delivery_due = false;
                (stock.next_batch(), MovementReason::Restock, None)
            }
            Event::Closed => {
                let note = Some("Taken off the shelf");
                (-stock.quantity, MovementReason::Adjustment, note)
            }
        };
        self.book(index, delta, reason, note, due.time, movements);
    }

    fn sell(&mut self, product: usize, quantity: i64, time: i64, movements: &mut Vec<MovementRow>) {
        let closing = self.is_closing(product, time);
        let stock = &mut self.shelves[product];
        let missing = quantity - stock.quantity;
        if missing > 0 {
            // Sold faster than planned: an express delivery. A product about to run out gets no more than needed.
            let delivered = if closing { missing } else { stock.next_batch().max(missing) };
            let note = Some("Express delivery");
            self.book(product, delivered, MovementReason::Restock, note, time, movements);
        }
        let stock = &mut self.shelves[product];
        stock.change(-quantity, time);
        stock.sold_since_delivery += quantity;
        if stock.quantity <= stock.reorder_level && !stock.delivery_due && !closing {
            stock.delivery_due = true;
            stock.deliveries += 1;
            let number = u64::from(stock.deliveries) << 32 | product as u64;
            self.expect_delivery(product, time, number);
        }
    }

    fn expect_delivery(&mut self, product: usize, time: i64, number: u64) {
        let scenario = &self.dataset.scenario;
        let lead = i64::from(scenario.restock_lead_days) * DAY;
        let delay = keyed(scenario.seed, Entity::Stock, number) % DAY as u64;
        let delivery = time + lead + delay as i64 + 1;
        if delivery < self.dataset.calendar.to {
            self.due.push(Reverse(Due {
                time: delivery,
                event: Event::Delivery,
                product: product as u32,
                quantity: 0,
            }));
        }
    }

    fn expect_back(&mut self, bundle: &OrderBundle, time: i64) {
        self.due.extend(bundle.items.iter().map(|item| {
            let product = (item.product_id - 1) as u32;
            Reverse(Due { time, event: Event::Returned, product, quantity: item.quantity })
        }));
    }

    /// Whether the product is about to sell out as planned, so that a delivery ordered now would be wasted.
    fn is_closing(&self, product: usize, time: i64) -> bool {
        let until = self.dataset.shelf.products[product].until;
        let scenario = &self.dataset.scenario;
        let days = scenario.restock_lead_days + scenario.stock_cover_days;
        until != i64::MAX && time >= until - i64::from(days + 1) * DAY
    }

    fn book(
        &mut self,
        product: usize,
        delta: i64,
        reason: MovementReason,
        note: Option<&'static str>,
        created_at: i64,
        movements: &mut Vec<MovementRow>,
    ) {
        if delta == 0 {
            return;
        }
        self.shelves[product].change(delta, created_at);
        movements.push(MovementRow {
            id: self.next_id,
            product_id: product as i64 + 1,
            delta,
            reason,
            note,
            created_at,
        });
        self.next_id += 1;
    }
}

impl Stock {
    fn change(&mut self, delta: i64, time: i64) {
        self.quantity += delta;
        self.updated_at = time;
    }

    /// Size of the next delivery: the plan, or more if the product sold faster than planned.
    fn next_batch(&mut self) -> i64 {
        let sold = std::mem::take(&mut self.sold_since_delivery);
        self.batch.max(sold + sold / 4)
    }
}

/// Plans the stock of a product from its expected share of all units.
fn plan(dataset: &Dataset, product: usize) -> Stock {
    let scenario = &dataset.scenario;
    let days = ((dataset.calendar.to - dataset.calendar.from) / DAY).max(1) as u128;
    // In thousandths of a unit over the whole period, at 1.3 units per line.
    let lines = (dataset.basket_sizes.mean * 1_300.0) as u128;
    let share = u128::from(dataset.shelf.share(product));
    let units = (u128::from(scenario.orders) * lines * share) >> 32;
    let over = |days_covered: u32| (units * u128::from(days_covered) / days / 1_000) as i64;
    let batch = over(scenario.stock_cover_days).max(LEAST_BATCH);
    let jitter = keyed(scenario.seed, Entity::Stock, product as u64) % (batch as u64 / 2 + 1);
    Stock {
        quantity: 0,
        reorder_level: over(scenario.restock_lead_days + 3).max(LEAST_REORDER_LEVEL),
        batch: batch + jitter as i64,
        sold_since_delivery: 0,
        delivery_due: false,
        deliveries: 0,
        updated_at: dataset.shelf.products[product].created_at,
    }
}
