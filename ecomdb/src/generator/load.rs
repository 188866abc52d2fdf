//! Loading a dataset within an open transaction.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;

use diesel::connection::SimpleConnection as _;

use super::Dataset;
use super::assembly::{Assembly, Derived};
use super::placement::Placement;
use super::progress::{Clock, Progress, Step};
use crate::analytics::sales;
use crate::engine::{Bulk, Connection, Load as _, on_engine};
use crate::error::{Error, Result};
use crate::tables::{Summary, on_relation, targets};

/// Orders or users in one portion.
pub(crate) const PORTION: u64 = 2_048;

/// One thread makes the rows while another writes them.
pub(crate) const USUAL: Assembly = Assembly { workers: 1, portion: PORTION };

/// Reports progress to the calling thread, and checks whether it asked to stop.
pub(crate) struct Observer<'a> {
    pub(crate) reports: SyncSender<Option<Progress>>,
    pub(crate) stop: &'a AtomicBool,
    pub(crate) clock: Clock,
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

/// Loads the dataset after the existing rows. With `only_if_empty`, does nothing if there are any.
pub(crate) fn load_into(
    conn: &mut Connection,
    dataset: &Dataset,
    assembly: Assembly,
    only_if_empty: bool,
    observer: &Observer<'_>,
) -> Result<Option<Summary>> {
    let place = Placement::behind(conn, dataset)?;
    if only_if_empty && place != Placement::default() {
        return Ok(None);
    }
    load(conn, dataset, &place, assembly, observer).map(Some)
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
    let indexes = if pays { conn.take_indexes_away(&targets())? } else { Vec::new() };
    on_engine!(conn, own => fill(own, dataset, place, assembly, &mut summary, observer))?;
    conn.gather_statistics(&targets())?;
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
    conn.continue_ids(&targets())?;
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
    let mut loader = conn.loader(&targets())?;
    let of = dataset.scenario().orders;
    let derived = Derived { terms: true, rollups: place.orders == 0 };
    assembly.run::<C::Buffer>(dataset, place, derived, |chunk| {
        for (relation, portion) in chunk.portions() {
            on_relation!(relation, R => loader.insert::<R>(portion.checksum.rows, &portion.buffer))?;
            if let Some(table) = relation.table() {
                summary.add(table, portion.checksum);
            }
        }
        observer.report(Step::Rows, summary, of)
    })?;
    loader.finish(|share| observer.report_loading(summary, of, share))
}
