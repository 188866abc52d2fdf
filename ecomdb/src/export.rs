//! Every table and report as CSV or as JSON, one row a line, from any engine; tables in constant memory.

use std::cell::Cell;
use std::io::{self, Write};
use std::path::Path;

use crate::analytics::{Column, Question, Report, ReportRows, Value};
use crate::backend::Connection;
use crate::database::Database;
use crate::error::{Error, Result};
use crate::files::NewFile;
use crate::generator::Summary;
use crate::tables::{Cell as TableCell, Cells, Checksum, Csv, Ndjson, Stored as _, Table, on_table};
use crate::types::text_enum::text_enum;

text_enum! {
    /// How rows are written.
    ExportFormat {
        /// CSV with a header, as in RFC 4180. NULL is an empty field, and empty text is `""`.
        Csv = "csv",
        /// A JSON object on each line.
        Ndjson = "ndjson",
    }
}

/// Rows that are read at a time.
const ROWS: i64 = 4_096;

impl Database {
    /// Writes a table, by ascending key: money as decimals such as `29.99`, times in RFC 3339. Gives the number of rows.
    ///
    /// All rows are those of one moment; the shop stays open meanwhile.
    ///
    /// # Errors
    /// [`Error::Output`] when `out` fails; those of [`Database::read`].
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
        self.in_one_moment(|conn| export(conn, table, format, out))
    }

    /// Writes a report, in its order: money, times and ratios as in tables. Gives the number of rows.
    ///
    /// The rows are in memory while they are written: as many as the question asks for, which without a limit can be
    /// one for each customer, product or pair of products.
    ///
    /// # Errors
    /// [`Error::Output`] when `out` fails; those of the report.
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

    /// Hands over every value of a table, by ascending key, to whatever makes something of them: columns for a data frame,
    /// another format. `done` is called every few thousand rows, and at the end; its error ends the export. Gives the
    /// number of rows.
    ///
    /// All rows are those of one moment; the shop stays open meanwhile. Memory does not grow with the table.
    ///
    /// # Errors
    /// Those of `done`, and of [`Database::read`].
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
    /// let mut emails = Emails::default();
    /// assert_eq!(db.export_cells(Table::Users, &mut emails, |_| Ok(()))?, 1);
    /// assert_eq!(emails.0, ["ada@example.com"]);
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn export_cells<C: Cells>(
        &self,
        table: Table,
        cells: &mut C,
        done: impl FnMut(&mut C) -> Result<()>,
    ) -> Result<u64> {
        self.in_one_moment(|conn| each_chunk(conn, table, cells, done))
    }

    /// Writes a file for each table, such as `orders.csv`, into a folder, which is made if it is missing. All tables are
    /// those of one moment. Files of these names are replaced once all are complete.
    ///
    /// # Errors
    /// As [`Database::export`].
    pub fn export_all(&self, format: ExportFormat, folder: &Path) -> Result<Vec<(Table, u64)>> {
        let mut files = Vec::new();
        let written = self.in_one_moment(|conn| {
            let write = |table: &Table| {
                let mut file = NewFile::create(folder, &format!("{table}.{format}"))?;
                let rows = export(conn, *table, format, &mut file)?;
                files.push(file);
                Ok((*table, rows))
            };
            Table::ALL.iter().map(write).collect()
        })?;
        NewFile::keep(files)?;
        Ok(written)
    }

    /// For each table with rows their number, and a checksum that equal rows have on every engine.
    ///
    /// # Errors
    /// Those of [`Database::read`].
    pub fn checksums(&self) -> Result<Summary> {
        self.in_one_moment(|conn| {
            let mut summary = Summary::default();
            for table in Table::ALL {
                let mut checksum = Checksum::default();
                each_chunk(conn, *table, &mut checksum, |_| Ok(()))?;
                if checksum.rows > 0 {
                    summary.add(*table, checksum);
                }
            }
            Ok(summary)
        })
    }

    /// A snapshot whose closure runs once, since what it writes cannot be taken back.
    fn in_one_moment<T>(&self, body: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let body = Cell::new(Some(body));
        self.snapshot(|conn| match body.take() {
            Some(body) => body(conn),
            None => Err(Error::Unavailable("the connection was closed in the middle of an export".to_owned())),
        })
    }
}

fn export(conn: &mut Connection, table: Table, format: ExportFormat, out: &mut dyn Write) -> Result<u64> {
    let mut send = |text: &mut Vec<u8>| {
        let sent = out.write_all(text);
        text.clear();
        sent.map_err(Error::Output)
    };
    let rows = match format {
        ExportFormat::Csv => {
            let mut csv = Csv::default();
            csv.header(table.columns());
            send(&mut csv.text)?;
            each_chunk(conn, table, &mut csv, |csv| send(&mut csv.text))?
        }
        ExportFormat::Ndjson => {
            let mut lines = Ndjson::new(table.columns());
            each_chunk(conn, table, &mut lines, |lines| send(&mut lines.text))?
        }
    };
    out.flush().map_err(Error::Output)?;
    Ok(rows)
}

/// Reads a table by its key, and lets `done` have what came of each chunk.
fn each_chunk<C: Cells>(
    conn: &mut Connection,
    table: Table,
    cells: &mut C,
    mut done: impl FnMut(&mut C) -> Result<()>,
) -> Result<u64> {
    let mut rows = 0;
    on_table!(table, R => {
        let mut after = [i64::MIN; 2];
        loop {
            let chunk = R::read(conn, after, ROWS)?;
            for row in &chunk {
                after = R::stored_cells(row, cells);
            }
            rows += chunk.len() as u64;
            done(cells)?;
            if (chunk.len() as i64) < ROWS {
                break;
            }
        }
    });
    Ok(rows)
}

impl ReportRows {
    /// Writes the rows that are left, and gives their number.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(self, format: ExportFormat, out: &mut dyn Write) -> io::Result<u64> {
        let (columns, mut rows) = (self.columns(), 0);
        match format {
            ExportFormat::Csv => {
                let mut csv = Csv::default();
                csv.header(&columns.iter().map(|column| column.name).collect::<Vec<_>>());
                for row in self {
                    row.iter().for_each(|value| csv_value(&mut csv, value));
                    csv.end_row();
                    out.write_all(&csv.text)?;
                    csv.text.clear();
                    rows += 1;
                }
                // What is left is the header of no rows.
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
        // The shortest decimal that is read back as the same number.
        Value::Ratio(ratio) => csv.cell(TableCell::Text(&format!("{ratio:?}"))),
        Value::Text(text) => csv.cell(TableCell::Text(text)),
        Value::Time(moment) => csv.cell(TableCell::Time(moment.timestamp_micros())),
        Value::Date(day) => csv.cell(TableCell::Text(&day.to_string())),
    }
}
