//! Folding the sales queue into the rollups.

use std::sync::atomic::Ordering;

use super::Database;
use crate::analytics::sales;
use crate::engine::Engine;
use crate::error::Result;
use crate::search::{self, Index};

/// Writes after which the sales queue is folded, so that the next report has little backlog to fold: about 15 ms on
/// SQLite, 40 ms on a server, where an order takes longer. Large batches cost less per order, because orders share rollup
/// rows.
const fn writes_per_fold(engine: Engine) -> u64 {
    match engine {
        Engine::Sqlite => 4_096,
        Engine::Mysql | Engine::Postgres => 1_024,
    }
}

/// Orders in the queue of pairs after which it is folded.
const fn orders_per_fold_of_pairs(engine: Engine) -> usize {
    match engine {
        Engine::Sqlite => sales::PAIRS_BATCH,
        Engine::Mysql | Engine::Postgres => 2_048,
    }
}

impl Database {
    /// Counts a write, and folds the sales queue if that is due.
    pub(super) fn count_write(&self) {
        if self.fold_is_due() {
            self.fold_or_warn();
        }
    }

    /// Counts a write. Returns true after every [`writes_per_fold`] writes.
    pub(super) fn fold_is_due(&self) -> bool {
        let each = writes_per_fold(self.engine());
        self.inner.writes.fetch_add(1, Ordering::Relaxed) % each == each - 1
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
        let most = orders_per_fold_of_pairs(self.engine());
        if self.run_read(|conn| sales::pairs_waiting(conn, most))? {
            self.fold_pairs()?;
        }
        Ok(())
    }

    /// Recomputes what is derived: the rollups from the orders, in one transaction, and the search terms from users and
    /// products, in many short ones. Needed only if [`Database::check`] finds a difference, or after rows were written
    /// with SQL, such as an import.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub fn rebuild(&self) -> Result<()> {
        self.transact(sales::rebuild)?;
        for index in Index::ALL {
            let mut after = Some(0);
            while let Some(id) = after {
                after = self.transact(move |conn| search::rebuild_some(conn, index, id))?;
            }
        }
        Ok(())
    }
}
