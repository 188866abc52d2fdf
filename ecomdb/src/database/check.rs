//! The proof that a shop adds up.

use std::cell::RefCell;

use super::Database;
use crate::check::{CheckReport, CheckResult, prove};
use crate::error::Result;

impl Database {
    /// Proves that the shop adds up: stock equals its ledger, totals equal their items, payments and refunds stay
    /// within their bounds, states agree with the money; and what reports read equals what the orders say.
    ///
    /// # Errors
    /// As [`Database::read`]. What is wrong with the data is no error but a finding of the report.
    pub fn check(&self) -> Result<CheckReport> {
        self.check_with(|_| Ok(()))
    }

    /// Like [`Database::check`], and calls `proved` with each rule as soon as it was checked: on a large shop, all of them
    /// take minutes. All rules see the same moment.
    ///
    /// # Errors
    /// The first error of `proved`, which ends the check; those of [`Database::check`].
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
        self.snapshot(|conn| {
            let mut checks = Vec::new();
            prove(conn, |check| {
                let (count, proved) = &mut *told.borrow_mut();
                // Begun anew because the server closed the connection, it does not tell twice.
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
