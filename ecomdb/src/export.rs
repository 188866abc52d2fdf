//! Export of tables and reports as CSV or newline-delimited JSON, from any engine. Table exports use constant memory.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::str::FromStr;

use crate::analytics::ReportRows;
use crate::engine::{Cells, Snapshot};
use crate::error::{Error, Invalid, Result};
use crate::tables::{Csv, Ndjson, Table, chunks};
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
    pub(crate) const fn extension(self) -> &'static str {
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

/// Writes a table, and asks every few thousand rows whether to continue.
pub(crate) fn export(
    snapshot: &mut Snapshot<'_>,
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
            chunks(snapshot, table, make, |csv| send(&csv.text))?
        }
        ExportFormat::Ndjson => chunks(snapshot, table, || Ndjson::new(table.columns()), |lines| send(&lines.text))?,
    };
    out.flush().map_err(Error::Output)?;
    Ok(rows)
}

fn csv_maker(format: ExportFormat) -> fn() -> Csv {
    if format == ExportFormat::SpreadsheetCsv { Csv::for_spreadsheet } else { Csv::default }
}

impl ReportRows {
    /// Writes the rows and returns their number.
    ///
    /// # Errors
    /// Errors of `out`.
    pub fn write(&self, format: ExportFormat, out: &mut dyn Write) -> io::Result<u64> {
        match format {
            ExportFormat::Csv | ExportFormat::SpreadsheetCsv => {
                let mut csv = csv_maker(format)();
                csv.header(&self.columns().iter().map(|column| column.name).collect::<Vec<_>>());
                for row in self {
                    row.into_iter().for_each(|cell| csv.cell(cell));
                    csv.end_row();
                    out.write_all(&csv.text)?;
                    csv.text.clear();
                }
                // Without rows, the header is still unwritten.
                out.write_all(&csv.text)?;
            }
            ExportFormat::Ndjson => {
                for object in self.objects() {
                    serde_json::to_writer(&mut *out, &object)?;
                    out.write_all(b"\n")?;
                }
            }
        }
        out.flush()?;
        Ok(self.len() as u64)
    }
}
