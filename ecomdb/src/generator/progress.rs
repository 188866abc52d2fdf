//! Progress of the generator.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Progress of the generator.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Current step.
    pub step: Step,
    /// Orders written so far. While a server loads the tables, an estimate from the share of all rows.
    pub orders: u64,
    /// Total number of orders to write.
    pub of: u64,
    /// Rows of all tables made so far.
    pub rows: u64,
    /// Time since the start.
    pub elapsed: Duration,
    /// Time elapsed before the first order.
    before_orders: Duration,
}

/// Makes the progress reports of one run.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    before_orders: Cell<Duration>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), before_orders: Cell::default() }
    }

    pub(crate) fn progress(&self, step: Step, orders: u64, of: u64, rows: u64) -> Progress {
        let elapsed = self.started.elapsed();
        if orders == 0 {
            self.before_orders.set(elapsed);
        }
        Progress { step, orders, of, rows, elapsed, before_orders: self.before_orders.get() }
    }
}

/// Steps of the generator, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Making and writing rows.
    Rows,
    /// The server loads the files, table by table (MariaDB and MySQL only).
    Loading,
    /// Aggregating sales for the reports.
    Reports,
    /// Building indexes.
    Indexes,
    /// All rows and indexes are written; the commit remains.
    Done,
}

impl Progress {
    /// Rows per second so far.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rows as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// Estimated time for the remaining orders at the current rate; `None` before the first order.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        let left = self.of.saturating_sub(self.orders) as f64;
        let taken = self.elapsed.saturating_sub(self.before_orders).as_secs_f64();
        (self.orders > 0).then(|| Duration::from_secs_f64(taken * left / self.orders as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_the_orders_does_not_delay_them() {
        let seconds = Duration::from_secs;
        let mut progress =
            Progress { step: Step::Rows, orders: 0, of: 100, rows: 50, elapsed: seconds(8), before_orders: seconds(8) };
        assert_eq!(progress.remaining(), None);
        (progress.orders, progress.elapsed) = (25, seconds(10));
        assert_eq!(progress.remaining(), Some(seconds(6)));
    }

    #[test]
    fn the_clock_knows_when_the_orders_began() {
        let clock = Clock::start();
        let before = clock.progress(Step::Rows, 0, 100, 50);
        let then = clock.progress(Step::Rows, 10, 100, 90);
        assert_eq!((before.before_orders, then.before_orders), (before.elapsed, before.elapsed));
    }
}
