//! The pipeline: rows are made and encoded in portions, optionally by several threads, and delivered in order.
//!
//! Any thread can make a portion of users or orders. The stock ledger depends on all earlier orders, so it is locked
//! and visited by the portions in turn. The rows are therefore the same for any number of threads and any portion size.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::chunk::Chunk;
use super::placement::Placement;
use super::sales::Sales;
use super::{Dataset, MovementRow, OrderBundle, Orders, StockKeeper, UserRow, VoucherUseRow};
use crate::engine::{Cells, Record};
use crate::error::{Error, Result};
use crate::search;
use crate::tables::{ProductTerm, UserTerm};
use crate::types::OrderStatus;

/// Number of threads that make rows, and the orders or users in one portion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Assembly {
    /// Worker threads besides the consuming thread; with 0, the consuming thread makes the rows.
    pub(crate) workers: usize,
    pub(crate) portion: u64,
}

/// Derived rows to make besides those of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Derived {
    pub(crate) terms: bool,
    pub(crate) rollups: bool,
}

/// Rows of the catalog and of the final stock in one chunk.
const ROWS: usize = 8_192;

impl Assembly {
    /// Makes all rows of a dataset and passes them to `deliver`, each table by ascending id.
    pub(crate) fn run<B>(
        self,
        dataset: &Dataset,
        place: &Placement,
        derived: Derived,
        mut deliver: impl FnMut(Chunk<B>) -> Result<()>,
    ) -> Result<()>
    where
        B: Cells + Default + Send,
    {
        catalog(dataset, place, derived, &mut deliver)?;
        let line = Line {
            dataset,
            place,
            derived,
            jobs: Jobs::new(dataset, self.portion.max(1)),
            next: AtomicU64::new(0),
            ledger: Mutex::new(Ledger {
                next: 0,
                keeper: dataset.stock_keeper(),
                sales: derived.rollups.then(|| Sales::new(dataset, place)),
                uses: BTreeMap::new(),
                broken: false,
            }),
            turn: Condvar::new(),
        };
        if self.workers == 0 {
            line.run_alone(&mut deliver)?
        } else {
            line.run_with(self.workers, &mut deliver)?
        }
        let ledger = line.ledger.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(sales) = ledger.sales {
            sales.finish(&mut deliver)?;
        }
        in_chunks(uses(ledger.uses).map(|row| place.voucher_use(row)), &mut deliver)?;
        stock(ledger.keeper, place, &mut deliver)
    }
}

/// State shared by the threads.
struct Line<'a> {
    dataset: &'a Dataset,
    place: &'a Placement,
    derived: Derived,
    jobs: Jobs,
    /// The next portion that no thread has taken.
    next: AtomicU64,
    ledger: Mutex<Ledger<'a>>,
    turn: Condvar,
}

struct Ledger<'a> {
    /// The portion of orders to be booked next.
    next: u64,
    keeper: StockKeeper<'a>,
    sales: Option<Sales>,
    /// Orders that are not cancelled, by voucher and user.
    uses: BTreeMap<(i64, i64), i64>,
    /// A thread panicked; the remaining portions can never be booked.
    broken: bool,
}

/// Numbers of portions: users first, then orders.
#[derive(Debug, Clone, Copy)]
struct Jobs {
    portion: u64,
    users: u64,
    orders: u64,
}

enum Job {
    Users(Range<u64>),
    /// Number of the portion among the orders, and the range of order indexes.
    Orders(u64, Range<u64>),
}

impl Jobs {
    fn new(dataset: &Dataset, portion: u64) -> Self {
        let scenario = dataset.scenario();
        Self { portion, users: scenario.users.div_ceil(portion), orders: scenario.orders.div_ceil(portion) }
    }

    fn job(self, number: u64) -> Option<Job> {
        let range = |number: u64| number * self.portion..(number + 1) * self.portion;
        if number < self.users {
            return Some(Job::Users(range(number)));
        }
        let number = number - self.users;
        (number < self.orders).then(|| Job::Orders(number, range(number)))
    }
}

/// Buffers of one thread, reused for each portion.
#[derive(Default)]
struct Desk {
    bundles: Vec<OrderBundle>,
    movements: Vec<MovementRow>,
}

impl<'a> Line<'a> {
    fn run_alone<B: Cells + Default>(&self, deliver: &mut impl FnMut(Chunk<B>) -> Result<()>) -> Result<()> {
        let mut desk = Desk::default();
        for number in 0.. {
            let Some(job) = self.jobs.job(number) else { break };
            if let Some(chunk) = self.make(job, &mut desk) {
                deliver(chunk)?;
            }
        }
        Ok(())
    }

    fn run_with<B>(&self, workers: usize, deliver: &mut impl FnMut(Chunk<B>) -> Result<()>) -> Result<()>
    where
        B: Cells + Default + Send,
    {
        std::thread::scope(|scope| {
            let (finished, chunks) = sync_channel(workers);
            for _ in 0..workers {
                let finished = finished.clone();
                scope.spawn(move || self.work(&finished));
            }
            drop(finished);
            // Finished portions that wait for one of a lower number; at most one per worker.
            let mut early = BTreeMap::new();
            let mut next = 0;
            for (number, chunk) in chunks {
                early.insert(number, chunk);
                while let Some(chunk) = early.remove(&next) {
                    // An error drops the receiver, which stops the workers.
                    deliver(chunk)?;
                    next += 1;
                }
            }
            if self.lock().broken { Err(Error::Panicked("a thread of the generator".to_owned())) } else { Ok(()) }
        })
    }

    fn work<B: Cells + Default>(&self, finished: &SyncSender<(u64, Chunk<B>)>) {
        let _alarm = Alarm(self);
        let mut desk = Desk::default();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = self.jobs.job(number) else { break };
            let Some(chunk) = self.make(job, &mut desk) else { break };
            if finished.send((number, chunk)).is_err() {
                break;
            }
        }
    }

    /// Returns `None` when another thread panicked while booking.
    fn make<B: Cells + Default>(&self, job: Job, desk: &mut Desk) -> Option<Chunk<B>> {
        let mut chunk = Chunk::new();
        let (turn, range) = match job {
            Job::Users(range) => {
                self.dataset.users_range(range).for_each(|row| self.push_user(row, &mut chunk));
                return Some(chunk);
            }
            Job::Orders(turn, range) => (turn, range),
        };
        let Desk { bundles, movements } = desk;
        let bundles = fill(bundles, self.dataset.orders_range(range));
        for bundle in bundles {
            chunk.push(&self.place.order(bundle.order));
            bundle.items.iter().for_each(|row| chunk.push(&self.place.item(*row)));
            bundle.adjustments.iter().for_each(|row| chunk.push(&self.place.adjustment(*row)));
            bundle.addresses.iter().for_each(|row| chunk.push(&self.place.address(row.clone())));
            bundle.payments.iter().for_each(|row| chunk.push(&self.place.payment(*row)));
            bundle.refunds.iter().for_each(|row| chunk.push(&self.place.refund(*row)));
        }
        self.book(turn, bundles, movements, &mut chunk)?;
        movements.iter().for_each(|row| chunk.push(&self.place.movement(*row)));
        Some(chunk)
    }

    fn push_user<B: Cells + Default>(&self, row: UserRow, chunk: &mut Chunk<B>) {
        let former = self.dataset.user_revision(&row);
        let row = self.place.user(row);
        chunk.push(&row);
        if let Some(former) = former {
            chunk.push(&self.place.user_revision(former));
        }
        if self.derived.terms {
            let terms = search::of_user(row.first_name, row.last_name, &row.email);
            terms.into_iter().for_each(|term| chunk.push(&UserTerm { user_id: row.id, term }));
        }
    }

    /// Waits until all earlier portions are booked, then books this one.
    fn book<B: Cells + Default>(
        &self,
        turn: u64,
        bundles: &[OrderBundle],
        movements: &mut Vec<MovementRow>,
        chunk: &mut Chunk<B>,
    ) -> Option<()> {
        let waiting = self.turn.wait_while(self.lock(), |ledger| ledger.next != turn && !ledger.broken);
        let mut ledger = waiting.unwrap_or_else(PoisonError::into_inner);
        if ledger.broken {
            return None;
        }
        movements.clear();
        bundles.iter().for_each(|bundle| ledger.keeper.order(bundle, movements));
        bundles.iter().for_each(|bundle| ledger.count_uses(bundle));
        if let Some(sales) = &mut ledger.sales {
            bundles.iter().for_each(|bundle| sales.observe(bundle, chunk));
        }
        ledger.next += 1;
        self.turn.notify_all();
        Some(())
    }

    fn lock(&self) -> MutexGuard<'_, Ledger<'a>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger<'_> {
    fn count_uses(&mut self, OrderBundle { order, adjustments, .. }: &OrderBundle) {
        if order.status != OrderStatus::Cancelled {
            for voucher in adjustments.iter().filter_map(|row| row.voucher_id) {
                *self.uses.entry((voucher, order.user_id)).or_default() += 1;
            }
        }
    }
}

fn uses(uses: BTreeMap<(i64, i64), i64>) -> impl Iterator<Item = VoucherUseRow> {
    uses.into_iter().map(|((voucher_id, user_id), used)| VoucherUseRow { voucher_id, user_id, used })
}

/// Marks the ledger as broken when its thread panics, and wakes the others.
struct Alarm<'a, 'b>(&'a Line<'b>);

impl Drop for Alarm<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().broken = true;
            self.0.turn.notify_all();
        }
    }
}

/// Overwrites `bundles` with the orders and returns the part that was filled.
fn fill<'a>(bundles: &'a mut Vec<OrderBundle>, mut orders: Orders<'_>) -> &'a [OrderBundle] {
    let mut count = 0;
    loop {
        if count == bundles.len() {
            bundles.push(OrderBundle::new());
        }
        if !orders.fill_next(&mut bundles[count]) {
            return &bundles[..count];
        }
        count += 1;
    }
}

fn catalog<B: Cells + Default>(
    dataset: &Dataset,
    place: &Placement,
    derived: Derived,
    deliver: &mut impl FnMut(Chunk<B>) -> Result<()>,
) -> Result<()> {
    in_chunks(dataset.categories().filter_map(|row| place.category(row)), deliver)?;
    in_chunks(dataset.product_groups().map(|row| place.product_group(row)), deliver)?;
    in_chunks(dataset.products().map(|row| place.product(row)), deliver)?;
    in_chunks(dataset.product_revisions().map(|row| place.product_revision(row)), deliver)?;
    in_chunks(dataset.product_images().map(|row| place.product_image(row)), deliver)?;
    in_chunks(dataset.product_external_ids().map(|row| place.external_id(row)), deliver)?;
    in_chunks(dataset.vouchers().map(|row| place.voucher(row)), deliver)?;
    if derived.terms {
        in_chunks(product_terms(dataset, place), deliver)?;
    }
    in_chunks(dataset.price_changes().map(|row| place.price_change(row)), deliver)
}

fn product_terms(dataset: &Dataset, place: &Placement) -> impl Iterator<Item = ProductTerm> {
    let categories: BTreeMap<i64, &str> = dataset.categories().map(|row| (row.id, row.name)).collect();
    dataset.products().flat_map(move |row| {
        let category = categories.get(&row.category_id).copied().unwrap_or_default();
        let row = place.product(row);
        let terms = search::of_product(
            &row.sku,
            &row.name,
            category,
            row.option_values.as_deref().unwrap_or_default(),
            &row.description,
        );
        terms.into_iter().map(move |term| ProductTerm { product_id: row.id, term })
    })
}

/// Stock movements after the last order, and the final stock.
fn stock<B: Cells + Default>(
    mut keeper: StockKeeper<'_>,
    place: &Placement,
    deliver: &mut impl FnMut(Chunk<B>) -> Result<()>,
) -> Result<()> {
    let mut movements = Vec::new();
    keeper.finish(&mut movements);
    in_chunks(movements.into_iter().map(|row| place.movement(row)), deliver)?;
    in_chunks(keeper.inventory().map(|row| place.stock(row)), deliver)
}

fn in_chunks<B: Cells + Default, R: Record>(
    rows: impl Iterator<Item = R>,
    deliver: &mut impl FnMut(Chunk<B>) -> Result<()>,
) -> Result<()> {
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let mut chunk = Chunk::new();
        rows.by_ref().take(ROWS).for_each(|row| chunk.push(&row));
        deliver(chunk)?;
    }
    Ok(())
}
