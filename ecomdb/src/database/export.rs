//! Export of tables and reports.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use super::Database;
use crate::analytics::{Question, Report};
use crate::engine::Cells;
use crate::error::{Error, Result};
use crate::export::{ExportFormat, export};
use crate::files::{IfExists, NewFile};
use crate::tables::{Checksum, Summary, Table, chunks};

impl Database {
    /// Writes a table by ascending key and returns the number of rows. Money is a decimal such as `29.99`; times are in
    /// RFC 3339.
    ///
    /// All rows come from one snapshot. Writers are not blocked.
    ///
    /// # Errors
    /// [`Error::Output`] if `out` fails. Those of [`Database::read`].
    ///
    /// ```
    /// use ecomdb::{Database, ExportFormat, NewUser, Table};
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// let mut csv = Vec::new();
    /// assert_eq!(db.export(Table::Users, ExportFormat::Csv, &mut csv)?, 1);
    /// assert!(csv.starts_with(b"id,email,first_name,last_name,status,created_at,updated_at,name_revision\n1,ada@example.com,Ada,"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn export(&self, table: Table, format: ExportFormat, out: &mut dyn Write) -> Result<u64> {
        self.with_snapshot(|snapshot| export(snapshot, table, format, out, &mut || ControlFlow::Continue(())))
    }

    /// Writes a report in its own order and returns the number of rows. Values are formatted as in tables.
    ///
    /// All rows are held in memory. Without a limit, there can be one for each customer, product or pair of products.
    ///
    /// # Errors
    /// [`Error::Output`] if `out` fails. Those of the report.
    ///
    /// ```
    /// use ecomdb::{Database, ExportFormat, Question, Report};
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// let mut csv = Vec::new();
    /// db.export_report(Report::TotalRevenue, &Question::default(), ExportFormat::Csv, &mut csv)?;
    /// assert_eq!(csv, b"total_revenue,refunds,net_revenue,orders\n0.00,0.00,0.00,0\n");
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn export_report(
        &self,
        report: Report,
        question: &Question,
        format: ExportFormat,
        out: &mut dyn Write,
    ) -> Result<u64> {
        let rows = self.analytics().rows(report, question)?;
        rows.write(format, out).map_err(Error::Output)
    }

    /// Exports a table in chunks of a few thousand rows, for data frames and custom formats. `make` creates a receiver
    /// for each chunk, and `take` consumes the filled receivers by ascending key. Returns the number of rows.
    ///
    /// All rows come from one snapshot. Writers are not blocked. Memory does not grow with the table. On SQLite, one
    /// thread per processor reads rows; `make` and `take` run on the calling thread.
    ///
    /// # Errors
    /// Those of `take`, the first of which stops the export, and of [`Database::read`].
    ///
    /// ```
    /// use ecomdb::{Cell, Cells, Database, NewUser, Table};
    ///
    /// #[derive(Default)]
    /// struct Emails(Vec<String>, usize);
    ///
    /// impl Cells for Emails {
    ///     fn cell(&mut self, cell: Cell<'_>) {
    ///         if let (1, Cell::Text(email)) = (self.1, cell) {
    ///             self.0.push(email.to_owned());
    ///         }
    ///         self.1 += 1;
    ///     }
    ///
    ///     fn end_row(&mut self) {
    ///         self.1 = 0;
    ///     }
    /// }
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// assert_eq!(Table::Users.schema()[1].name, "email");
    /// let mut emails = Vec::new();
    /// let rows = db.export_chunks(Table::Users, Emails::default, |chunk| {
    ///     emails.extend(chunk.0);
    ///     Ok(())
    /// })?;
    /// assert_eq!((rows, emails), (1, vec!["ada@example.com".to_owned()]));
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn export_chunks<C: Cells + Send + 'static>(
        &self,
        table: Table,
        make: impl FnMut() -> C,
        take: impl FnMut(C) -> Result<()>,
    ) -> Result<u64> {
        self.with_snapshot(|snapshot| chunks(snapshot, table, make, take))
    }

    /// Writes one file per table, such as `orders.csv`, into a folder, which is created if missing. All tables come
    /// from one snapshot. The files get their names once all are complete.
    ///
    /// # Errors
    /// As [`Database::export`]; [`Error::Output`] if a file exists and must not be replaced.
    pub fn export_all(&self, format: ExportFormat, folder: &Path, if_exists: IfExists) -> Result<Vec<(Table, u64)>> {
        self.export_all_while(format, folder, if_exists, || ControlFlow::Continue(()))
    }

    /// Like [`Database::export_all`], but asks every few thousand rows whether to continue. Breaking returns
    /// [`Error::RolledBack`] and leaves the folder unchanged.
    ///
    /// # Errors
    /// As [`Database::export_all`].
    pub fn export_all_while(
        &self,
        format: ExportFormat,
        folder: &Path,
        if_exists: IfExists,
        mut go_on: impl FnMut() -> ControlFlow<()>,
    ) -> Result<Vec<(Table, u64)>> {
        let file_name = |table: &Table| format!("{table}.{}", format.extension());
        Table::ALL.iter().try_for_each(|table| if_exists.check(&folder.join(file_name(table))))?;
        let mut files = Vec::new();
        let written = self.with_snapshot(|snapshot| {
            let write = |table: &Table| {
                let mut file = NewFile::create(folder, &file_name(table), if_exists)?;
                let rows = export(snapshot, *table, format, &mut file, &mut go_on)?;
                files.push(file);
                Ok((*table, rows))
            };
            Table::ALL.iter().map(write).collect()
        })?;
        NewFile::keep(files)?;
        Ok(written)
    }

    /// Row count and checksum of each non-empty table. Equal rows have equal checksums on every engine.
    ///
    /// # Errors
    /// Those of [`Database::read`].
    pub fn checksums(&self) -> Result<Summary> {
        self.with_snapshot(|snapshot| {
            let mut summary = Summary::default();
            for table in Table::ALL {
                let add = |checksum| {
                    summary.add(*table, checksum);
                    Ok(())
                };
                chunks(snapshot, *table, Checksum::default, add)?;
            }
            Ok(summary)
        })
    }
}
