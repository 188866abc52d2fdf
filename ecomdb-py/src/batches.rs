//! An exported table as record batches, made by a thread while they are read.

use std::sync::mpsc::{Receiver, sync_channel};

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use ecomdb::{Cell, Cells, Error, Table};

use crate::arrow::{self, Batch};

/// The rows of most chunks.
const CHUNK: usize = 32_768;
/// Maximum number of batches made ahead.
const AHEAD: usize = 2;

/// Batches made by another thread. It starts with the first request, because many clients read only the schema.
pub(crate) struct Batches {
    schema: SchemaRef,
    table: Table,
    state: State,
}

enum State {
    New(ecomdb::Database),
    Begun(Receiver<Result<RecordBatch, ArrowError>>),
    Over,
}

impl Batches {
    pub(crate) fn new(database: ecomdb::Database, table: Table) -> Self {
        let columns = table.schema().iter();
        let fields = columns.map(|column| arrow::field(column.name, column.kind, column.nullable));
        Self { schema: arrow::schema(fields.collect()), table, state: State::New(database) }
    }

    fn begin(&self, database: ecomdb::Database) -> Result<Receiver<Result<RecordBatch, ArrowError>>, ArrowError> {
        let (sender, batches) = sync_channel(AHEAD);
        let (schema, table) = (SchemaRef::clone(&self.schema), self.table);
        let thread = std::thread::Builder::new().name("ecomdb-export".to_owned());
        thread.spawn(move || {
            let make = || Rows(Batch::new(SchemaRef::clone(&schema), CHUNK));
            // When the receiver is gone, an error ends the export.
            let send = |rows: Rows| sender.send(rows.0.finish()).map_err(|_| Error::RolledBack);
            if let Err(error) = database.export_chunks(table, make, send) {
                // The receiver may be gone.
                let _ = sender.send(Err(ArrowError::ExternalError(Box::new(error))));
            }
        })?;
        Ok(batches)
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batches = match std::mem::replace(&mut self.state, State::Over) {
            State::New(database) => match self.begin(database) {
                Ok(batches) => batches,
                Err(error) => return Some(Err(error)),
            },
            State::Begun(batches) => batches,
            State::Over => return None,
        };
        let next = batches.recv().ok()?;
        self.state = State::Begun(batches);
        Some(next)
    }
}

impl RecordBatchReader for Batches {
    fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }
}

/// Takes the rows of a chunk.
struct Rows(Batch);

impl Cells for Rows {
    #[inline(always)]
    fn cell(&mut self, cell: Cell<'_>) {
        self.0.push(cell);
    }

    #[inline]
    fn end_row(&mut self) {
        self.0.end_row();
    }
}
