//! Consistency checks of a shop.

use std::cell::RefCell;

use super::Database;
use crate::check::{CheckReport, CheckResult, prove};
use crate::error::Result;

impl Database {
    /// Checks the consistency of the shop: stock equals its ledger, totals equal their items, payments and refunds are
    /// within their limits, statuses match the payments, and rollups equal the orders.
    ///
    /// # Errors
    /// As [`Database::read`]. Inconsistent data is not an error, but a finding in the report.
    pub fn check(&self) -> Result<CheckReport> {
        self.check_with(|_| Ok(()))
    }

    /// Like [`Database::check`], but calls `proved` after each rule, because checking a large shop takes minutes. All
    /// rules are checked on one snapshot.
    ///
    /// # Errors
    /// The first error of `proved`, which ends the check. Those of [`Database::check`].
    ///
    /// ```
    /// use ecomdb::Database;
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// let mut rules = 0;
    /// let report = db.check_with(|check| {
    ///     rules += 1;
    ///     assert!(check.findings.is_empty(), "{}", check.rule);
    ///     Ok(())
    /// })?;
    /// assert_eq!(rules, report.checks.len());
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn check_with(&self, proved: impl FnMut(&CheckResult) -> Result<()>) -> Result<CheckReport> {
        let told = RefCell::new((0, proved));
        self.run_snapshot(|conn| {
            let mut checks = Vec::new();
            prove(conn, |check| {
                let (count, proved) = &mut *told.borrow_mut();
                // When the check restarts after a lost connection, do not report rules again.
                if checks.len() == *count {
                    proved(&check)?;
                    *count += 1;
                }
                checks.push(check);
                Ok(())
            })?;
            Ok(CheckReport { checks })
        })
    }
}
