//! Export of tables and reports as CSV or newline-delimited JSON, from any engine. Table exports use constant memory.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::str::FromStr;

use crate::analytics::{Column, Question, Report, ReportRows, Value};
use crate::backend::Moment;
use crate::database::Database;
use crate::error::{Error, Invalid, Result};
use crate::files::NewFile;
use crate::generator::Summary;
use crate::tables::{Cell as TableCell, Cells, Checksum, Csv, Ndjson, Table};
use crate::types::quoted;

/// File format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportFormat {
    /// Exact CSV with a header, as in RFC 4180. NULL is an empty field; empty text is `""`.
    Csv,
    /// CSV for spreadsheets. Like `Csv`, but with a `'` before text that a spreadsheet would run as a formula, such as
    /// `=HYPERLINK(...)` or `@SUM(...)`. Numbers are unchanged. Made by [`ExportFormat::for_spreadsheet`].
    SpreadsheetCsv,
    /// One JSON object per line, exact.
    Ndjson,
}

impl ExportFormat {
    /// The variant of this format that is safe against formula injection in spreadsheets.
    ///
    /// # Errors
    /// [`Invalid`] for JSON, which spreadsheets do not treat as formulas.
    ///
    /// ```
    /// use ecomdb::ExportFormat;
    ///
    /// assert_eq!(ExportFormat::Csv.for_spreadsheet()?, ExportFormat::SpreadsheetCsv);
    /// assert!(ExportFormat::Ndjson.for_spreadsheet().is_err());
    /// # Ok::<(), ecomdb::Invalid>(())
    /// ```
    pub fn for_spreadsheet(self) -> Result<Self, Invalid> {
        match self {
            Self::Csv | Self::SpreadsheetCsv => Ok(Self::SpreadsheetCsv),
            Self::Ndjson => Err(Invalid::new("for_spreadsheet", "is for csv, not for ndjson")),
        }
    }

    /// File name extension.
    const fn extension(self) -> &'static str {
        match self {
            Self::Csv | Self::SpreadsheetCsv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

impl FromStr for ExportFormat {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "csv" => Ok(Self::Csv),
            "ndjson" => Ok(Self::Ndjson),
            _ => Err(format!("must be one of csv, ndjson, not {}", quoted(word))),
        }
    }
}

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
    /// assert!(csv.starts_with(b"id,email,first_name,last_name,status,created_at,updated_at\n1,ada@example.com,Ada,"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn export(&self, table: Table, format: ExportFormat, out: &mut dyn Write) -> Result<u64> {
        self.at_one_moment(|moment| export(moment, table, format, out, &mut || ControlFlow::Continue(())))
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
        self.at_one_moment(|moment| moment.chunks(table, make, take))
    }

    /// Writes one file per table, such as `orders.csv`, into a folder, which is created if missing. All tables come
    /// from one snapshot. Existing files of these names are replaced once all files are complete.
    ///
    /// # Errors
    /// As [`Database::export`].
    pub fn export_all(&self, format: ExportFormat, folder: &Path) -> Result<Vec<(Table, u64)>> {
        self.export_all_while(format, folder, || ControlFlow::Continue(()))
    }

    /// Like [`Database::export_all`], but asks every few thousand rows whether to continue. Breaking returns
    /// [`Error::RolledBack`] and leaves the folder unchanged.
    ///
    /// # Errors
    /// As [`Database::export`].
    pub fn export_all_while(
        &self,
        format: ExportFormat,
        folder: &Path,
        mut go_on: impl FnMut() -> ControlFlow<()>,
    ) -> Result<Vec<(Table, u64)>> {
        let mut files = Vec::new();
        let written = self.at_one_moment(|moment| {
            let write = |table: &Table| {
                let mut file = NewFile::create(folder, &format!("{table}.{}", format.extension()))?;
                let rows = export(moment, *table, format, &mut file, &mut go_on)?;
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
        self.at_one_moment(|moment| {
            let mut summary = Summary::default();
            for table in Table::ALL {
                let add = |checksum| {
                    summary.add(*table, checksum);
                    Ok(())
                };
                moment.chunks(*table, Checksum::default, add)?;
            }
            Ok(summary)
        })
    }
}

fn export(
    moment: &mut Moment<'_>,
    table: Table,
    format: ExportFormat,
    out: &mut dyn Write,
    go_on: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<u64> {
    let mut send = |text: &[u8]| match go_on() {
        ControlFlow::Continue(()) => out.write_all(text).map_err(Error::Output),
        ControlFlow::Break(()) => Err(Error::RolledBack),
    };
    let rows = match format {
        ExportFormat::Csv | ExportFormat::SpreadsheetCsv => {
            let make = csv_maker(format);
            let mut csv = make();
            csv.header(table.columns());
            send(&csv.text)?;
            moment.chunks(table, make, |csv| send(&csv.text))?
        }
        ExportFormat::Ndjson => moment.chunks(table, || Ndjson::new(table.columns()), |lines| send(&lines.text))?,
    };
    out.flush().map_err(Error::Output)?;
    Ok(rows)
}

fn csv_maker(format: ExportFormat) -> fn() -> Csv {
    if format == ExportFormat::SpreadsheetCsv { Csv::for_spreadsheet } else { Csv::default }
}

impl ReportRows {
    /// Writes the remaining rows and returns their number.
    ///
    /// # Errors
    /// Errors of `out`.
    pub fn write(self, format: ExportFormat, out: &mut dyn Write) -> io::Result<u64> {
        let (columns, mut rows) = (self.columns(), 0);
        match format {
            ExportFormat::Csv | ExportFormat::SpreadsheetCsv => {
                let mut csv = csv_maker(format)();
                csv.header(&columns.iter().map(|column| column.name).collect::<Vec<_>>());
                for row in self {
                    row.iter().for_each(|value| csv_value(&mut csv, value));
                    csv.end_row();
                    out.write_all(&csv.text)?;
                    csv.text.clear();
                    rows += 1;
                }
                // Without rows, the header is still unwritten.
                out.write_all(&csv.text)?;
            }
            ExportFormat::Ndjson => {
                for row in self {
                    serde_json::to_writer(&mut *out, &Column::object(columns, &row))?;
                    out.write_all(b"\n")?;
                    rows += 1;
                }
            }
        }
        out.flush()?;
        Ok(rows)
    }
}

fn csv_value(csv: &mut Csv, value: &Value) {
    match value {
        Value::Null => csv.cell(TableCell::Null),
        Value::Int(number) => csv.cell(TableCell::Int(*number)),
        Value::Money(amount) => csv.cell(TableCell::Money(amount.minor())),
        // The shortest decimal that parses to the same number.
        Value::Ratio(ratio) => csv.literal(&format!("{ratio:?}")),
        Value::Text(text) => csv.cell(TableCell::Text(text)),
        Value::Time(moment) => csv.cell(TableCell::Time(moment.timestamp_micros())),
        Value::Date(day) => csv.literal(&day.to_string()),
    }
}
