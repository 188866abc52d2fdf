//! Folding the sales queue into the rollups.

use std::sync::atomic::Ordering;

use super::Database;
use crate::analytics::sales;
use crate::error::Result;

/// Fold the sales queue every 4,096 writes, so that the next report folds at most about 15 ms of backlog. Large batches
/// cost less per order, because orders share rollup rows.
const WRITES_PER_FOLD: u64 = 4_096;

impl Database {
    /// Folds the sales queue after every [`WRITES_PER_FOLD`] writes.
    pub(super) fn count_write(&self) {
        if self.fold_is_due() {
            self.fold_or_warn();
        }
    }

    /// Counts a write. Returns true after every [`WRITES_PER_FOLD`] writes.
    pub(super) fn fold_is_due(&self) -> bool {
        self.inner.writes.fetch_add(1, Ordering::Relaxed) % WRITES_PER_FOLD == WRITES_PER_FOLD - 1
    }

    /// The caller's transaction is committed, so a failed fold is only logged; the next report folds.
    pub(super) fn fold_or_warn(&self) {
        if let Err(error) = self.fold_what_piles_up() {
            tracing::warn!(%error, "folding the sales queue failed");
        }
    }

    /// Folds all queued sales events, as every report does first. Returns their number.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub fn fold(&self) -> Result<usize> {
        let mut folded = 0;
        loop {
            let some = self.transact(sales::fold)?;
            folded += some;
            // Later events are left to the next fold.
            if some < sales::BATCH {
                return Ok(folded);
            }
        }
    }

    pub(super) fn fold_pairs(&self) -> Result<()> {
        while self.transact(sales::fold_pairs)? == sales::PAIRS_BATCH {}
        Ok(())
    }

    pub(super) fn fold_for(&self, rollups: sales::Rollups) -> Result<()> {
        self.fold()?;
        if rollups == sales::Rollups::WithPairs {
            self.fold_pairs()?;
        }
        Ok(())
    }

    pub(super) fn fold_what_piles_up(&self) -> Result<()> {
        self.fold()?;
        if self.run_read(|conn| sales::pairs_waiting(conn, sales::PAIRS_BATCH))? {
            self.fold_pairs()?;
        }
        Ok(())
    }

    /// Recomputes the rollups from the orders. Needed only if [`Database::check`] finds a difference.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub fn rebuild(&self) -> Result<()> {
        self.transact(sales::rebuild)
    }
}
