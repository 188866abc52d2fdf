//! Loading a dataset into a database, in one transaction of any size.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use diesel::connection::SimpleConnection as _;

use super::assembly::Assembly;
use super::placement::Placement;
use super::progress::{Clock, Progress, Step, Summary};
use super::{Dataset, Scenario};
use crate::analytics::sales;
use crate::backend::{Bulk, Connection, Load as _, on_engine};
use crate::database::Database;
use crate::error::{Error, Result};

/// Orders or users in one portion.
pub(crate) const PORTION: u64 = 2_048;

/// One thread makes the rows while another writes them.
const USUAL: Assembly = Assembly { workers: 1, portion: PORTION };

impl Database {
    /// Fills a shop with the rows of a scenario in one transaction: all rows or none, even after a power failure.
    ///
    /// In an empty shop, ids start at 1. Otherwise ids continue after the existing ones, categories with an existing
    /// name are reused, and e-mail addresses and SKUs are marked to keep them unique.
    ///
    /// `progress` is called on this thread. When it breaks, the transaction is rolled back and [`Error::RolledBack`]
    /// returned. Memory does not grow with the number of orders. Readers of a shop with rows see its old state
    /// meanwhile; readers of an empty shop may wait. On SQLite and PostgreSQL, other writers wait.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a value of the scenario that is out of bounds. [`Error::Contention`] when other
    /// transactions write to the shop at the same time, so generate before opening it for sales. Those of
    /// [`Database::write`].
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use ecomdb::{Database, generator::Scenario};
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// let to = "2026-01-01T00:00:00Z".parse()?;
    /// let summary = db.generate(&Scenario::small(to), |_| ControlFlow::Continue(()))?;
    /// assert_eq!(summary.rows("orders"), Some(1_000));
    /// assert!(db.check()?.is_clean());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn generate(&self, scenario: &Scenario, progress: impl FnMut(Progress) -> ControlFlow<()>) -> Result<Summary> {
        let made = self.generate_in(scenario, USUAL, false, progress)?;
        Ok(made.unwrap_or_default())
    }

    /// Like [`Database::generate`], but only if there are no users, categories, products or orders. Otherwise returns
    /// `None` and changes nothing.
    ///
    /// # Errors
    /// As [`Database::generate`].
    pub fn generate_if_empty(
        &self,
        scenario: &Scenario,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Summary>> {
        self.generate_in(scenario, USUAL, true, progress)
    }

    pub(crate) fn generate_in(
        &self,
        scenario: &Scenario,
        assembly: Assembly,
        only_if_empty: bool,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Summary>> {
        let dataset = Arc::new(Dataset::new(scenario.clone())?);
        let stop = Arc::new(AtomicBool::new(false));
        // Capacity 0: the writer waits until its report is received.
        let (reports, received) = sync_channel(0);
        std::thread::scope(|scope| {
            let stopped = Arc::clone(&stop);
            let writer = scope.spawn(move || {
                self.bulk_write(move |conn| {
                    let observer = Observer { reports: reports.clone(), stop: &stopped, clock: Clock::start() };
                    let place = Placement::behind(conn, &dataset)?;
                    if only_if_empty && place != Placement::default() {
                        return Ok(None);
                    }
                    load(conn, &dataset, &place, assembly, &observer).map(Some)
                })
            });
            for report in received {
                let Some(report) = report else { continue };
                if progress(report).is_break() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            writer.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload))
        })
    }
}

/// Reports progress to the calling thread, and checks whether it asked to stop.
struct Observer<'a> {
    reports: SyncSender<Option<Progress>>,
    stop: &'a AtomicBool,
    clock: Clock,
}

impl Observer<'_> {
    fn report(&self, step: Step, summary: &Summary, of: u64) -> Result<()> {
        self.send(step, summary.rows("orders").unwrap_or(0), summary, of)
    }

    fn report_loading(&self, summary: &Summary, of: u64, share: f64) -> Result<()> {
        self.send(Step::Loading, (of as f64 * share) as u64, summary, of)
    }

    fn send(&self, step: Step, orders: u64, summary: &Summary, of: u64) -> Result<()> {
        // Ignore a missing receiver: it only shows progress.
        let _ = self.reports.send(Some(self.clock.progress(step, orders, of, summary.all_rows())));
        self.go_on()
    }

    /// Waits until the last report is handled, since a committed transaction cannot be stopped.
    fn hear_the_last_answer(&self) -> Result<()> {
        // The channel has no capacity, so this is received only after the previous report was handled.
        let _ = self.reports.send(None);
        self.go_on()
    }

    fn go_on(&self) -> Result<()> {
        // All earlier reports have been handled, so a stop they caused is visible here.
        if self.stop.load(Ordering::Relaxed) { Err(Error::RolledBack) } else { Ok(()) }
    }
}

fn load(
    conn: &mut Connection,
    dataset: &Dataset,
    place: &Placement,
    assembly: Assembly,
    observer: &Observer<'_>,
) -> Result<Summary> {
    let of = dataset.scenario().orders;
    let mut summary = Summary::default();
    // Rebuilding all indexes pays if most rows are new. Do not block readers for it.
    let nobody_reads = *place == Placement::default() || conn.can_be_read_without_indexes();
    let pays = nobody_reads && place.orders <= of as i64;
    let indexes = if pays { conn.take_indexes_away()? } else { Vec::new() };
    on_engine!(conn, own => fill(own, dataset, place, assembly, &mut summary, observer))?;
    conn.gather_statistics()?;
    observer.report(Step::Reports, &summary, of)?;
    if place.orders == 0 {
        sales::sum_up_customers(conn)?;
    } else {
        sales::rebuild(conn)?;
    }
    for statement in indexes {
        observer.report(Step::Indexes, &summary, of)?;
        conn.batch_execute(&statement)?;
    }
    conn.continue_ids()?;
    observer.report(Step::Done, &summary, of)?;
    observer.hear_the_last_answer()?;
    Ok(summary)
}

fn fill<C: Bulk>(
    conn: &mut C,
    dataset: &Dataset,
    place: &Placement,
    assembly: Assembly,
    summary: &mut Summary,
    observer: &Observer<'_>,
) -> Result<()> {
    let mut loader = conn.loader()?;
    let of = dataset.scenario().orders;
    assembly.run::<C::Buffer>(dataset, place, place.orders == 0, |chunk| {
        for (relation, portion) in chunk.portions() {
            loader.insert(relation, portion.checksum.rows, &portion.buffer)?;
            if let Some(table) = relation.table() {
                summary.add(table, portion.checksum);
            }
        }
        observer.report(Step::Rows, summary, of)
    })?;
    loader.finish(|share| observer.report_loading(summary, of, share))
}
