//! Every table as CSV or as JSON, one row a line, from any engine, in constant memory.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::backend::Connection;
use crate::database::Database;
use crate::error::{Error, Result};
use crate::generator::Summary;
use crate::tables::{Cells, Checksum, Csv, Ndjson, Stored as _, Table, on_table};
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

    /// Writes a file for each table, such as `orders.csv`, into a folder, which is made if it is missing. All tables are
    /// those of one moment.
    ///
    /// # Errors
    /// As [`Database::export`].
    pub fn export_all(&self, format: ExportFormat, folder: &Path) -> Result<Vec<(Table, u64)>> {
        std::fs::create_dir_all(folder).map_err(Error::Output)?;
        self.in_one_moment(|conn| {
            let write = |table: &Table| {
                let file = File::create(folder.join(format!("{table}.{format}"))).map_err(Error::Output)?;
                let rows = export(conn, *table, format, &mut BufWriter::new(file))?;
                Ok((*table, rows))
            };
            Table::ALL.iter().map(write).collect()
        })
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
