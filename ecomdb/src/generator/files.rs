//! A dataset as CSV, without a database.

use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::Path;

use super::Dataset;
use super::assembly::{Assembly, Derived};
use super::load::PORTION;
use super::placement::Placement;
use super::progress::{Clock, Progress, Step};
use crate::error::{Error, Result};
use crate::files::{IfExists, NewFile};
use crate::tables::{Csv, Summary, Table};

impl Dataset {
    /// All rows as CSV. The bytes equal those of [`Database::export`](crate::Database::export) after
    /// [`Database::generate`](crate::Database::generate) on an empty shop.
    /// `write` receives the text of each table, header first, in pieces of about 100 KB; pieces of several tables are
    /// interleaved.
    ///
    /// With one thread, this thread makes and writes the rows; with more, `threads` workers make rows and this thread
    /// writes. The result is the same for any number.
    ///
    /// # Errors
    /// [`Error::Output`] with the error that `write` returned.
    ///
    /// ```
    /// use ecomdb::{Table, generator::{Dataset, Scenario}};
    ///
    /// let dataset = Dataset::new(Scenario::small("2026-01-01T00:00:00Z".parse()?))?;
    /// let mut orders = Vec::new();
    /// let summary = dataset.csv(1, |table, text| {
    ///     if table == Table::Orders {
    ///         orders.extend_from_slice(text);
    ///     }
    ///     Ok(())
    /// })?;
    /// assert!(orders.starts_with(b"id,user_id,status,total,"));
    /// assert_eq!(summary.rows("orders"), Some(1_000));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn csv(&self, threads: usize, write: impl FnMut(Table, &[u8]) -> io::Result<()>) -> Result<Summary> {
        let workers = if threads > 1 { threads } else { 0 };
        self.csv_in(Assembly { workers, portion: PORTION }, write, |_| ControlFlow::Continue(()))
    }

    /// Writes one file per table, such as `orders.csv`, into a folder, which is created if missing. The files get their
    /// names once all are complete. Breaking from `progress` returns [`Error::RolledBack`] and leaves the folder
    /// unchanged.
    ///
    /// # Errors
    /// [`Error::Output`] when a file cannot be written, or exists and must not be replaced.
    pub fn write_csv(
        &self,
        folder: &Path,
        if_exists: IfExists,
        threads: usize,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Summary> {
        let file = |table: &Table| NewFile::create(folder, &format!("{table}.csv"), if_exists);
        let mut files = Table::ALL.iter().map(file).collect::<Result<Vec<_>>>()?;
        let workers = if threads > 1 { threads } else { 0 };
        let assembly = Assembly { workers, portion: PORTION };
        let summary = self.csv_in(assembly, |table, text| files[table as usize].write_all(text), progress)?;
        NewFile::keep(files)?;
        Ok(summary)
    }

    pub(crate) fn csv_in(
        &self,
        assembly: Assembly,
        mut write: impl FnMut(Table, &[u8]) -> io::Result<()>,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Summary> {
        for table in Table::ALL {
            let mut header = Csv::default();
            header.header(table.columns());
            write(*table, &header.text).map_err(Error::Output)?;
        }
        let clock = Clock::start();
        let of = self.scenario().orders;
        let mut summary = Summary::default();
        assembly.run::<Csv>(self, &Placement::default(), Derived { terms: false, rollups: false }, |chunk| {
            for (relation, portion) in chunk.portions() {
                if let Some(table) = relation.table() {
                    write(table, &portion.buffer.text).map_err(Error::Output)?;
                    summary.add(table, portion.checksum);
                }
            }
            let orders = summary.rows("orders").unwrap_or(0);
            if progress(clock.progress(Step::Rows, orders, of, summary.all_rows())).is_break() {
                Err(Error::RolledBack)
            } else {
                Ok(())
            }
        })?;
        Ok(summary)
    }
}
