//! Filling a shop with generated rows, in one transaction of any size.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

use super::Database;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::generator::{Assembly, Clock, Dataset, Observer, Progress, Scenario, USUAL, load_into};
use crate::tables::Summary;

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
                    load_into(conn, &dataset, assembly, only_if_empty, &observer)
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
