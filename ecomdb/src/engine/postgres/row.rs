//! Rows in the format that Diesel reads.

use std::io::{self, ErrorKind};
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use diesel::pg::{Pg, PgValue, TypeOidLookup};
use diesel::row::{Field, PartialRow, Row, RowIndex, RowSealed};
use fallible_iterator::FallibleIterator as _;
use postgres_protocol::message::backend::{self, DataRowBody};

#[derive(Debug)]
pub(super) struct Column {
    name: String,
    /// OID of the type.
    oid: NonZeroU32,
}

impl Column {
    pub(super) fn new(field: &backend::Field<'_>) -> io::Result<Self> {
        let oid = NonZeroU32::new(field.type_oid());
        let oid =
            oid.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "the server sent a column without a type"))?;
        Ok(Self { name: field.name().to_owned(), oid })
    }
}

/// A row of a response.
#[derive(Debug)]
pub struct PgRow {
    columns: Arc<[Column]>,
    body: DataRowBody,
    /// Positions of the values; `None` for NULL.
    values: Vec<Option<Range<usize>>>,
}

impl PgRow {
    pub(super) fn new(columns: Arc<[Column]>, body: DataRowBody) -> io::Result<Self> {
        let values: Vec<_> = body.ranges().collect()?;
        if values.len() != columns.len() {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                "the server sent a row with other columns than it named",
            ));
        }
        Ok(Self { columns, body, values })
    }
}

impl RowSealed for PgRow {}

impl<'a> Row<'a, Pg> for PgRow {
    type Field<'f>
        = PgField<'f>
    where
        'a: 'f,
        Self: 'f;
    type InnerPartialRow = Self;

    fn field_count(&self) -> usize {
        self.columns.len()
    }

    fn get<'b, I>(&'b self, index: I) -> Option<PgField<'b>>
    where
        'a: 'b,
        Self: RowIndex<I>,
    {
        let index = self.idx(index)?;
        let value = self.values[index].clone().map(|range| &self.body.buffer()[range]);
        Some(PgField { column: &self.columns[index], value })
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self> {
        PartialRow::new(self, range)
    }
}

impl RowIndex<usize> for PgRow {
    fn idx(&self, index: usize) -> Option<usize> {
        (index < self.columns.len()).then_some(index)
    }
}

impl<'a> RowIndex<&'a str> for PgRow {
    fn idx(&self, name: &'a str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// A value of a row.
#[derive(Debug)]
pub struct PgField<'a> {
    column: &'a Column,
    value: Option<&'a [u8]>,
}

impl<'a> Field<'a, Pg> for PgField<'a> {
    fn field_name(&self) -> Option<&str> {
        Some(&self.column.name)
    }

    fn value(&self) -> Option<PgValue<'_>> {
        Some(PgValue::new(self.value?, self))
    }
}

impl TypeOidLookup for PgField<'_> {
    fn lookup(&self) -> NonZeroU32 {
        self.column.oid
    }
}
