//! Conversion of result rows from the protocol's format to Diesel's.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use diesel::mysql::data_types::{MysqlTime, MysqlTimestampType};
use diesel::mysql::{Mysql, MysqlType, MysqlValue};
use diesel::row::{Field, PartialRow, Row, RowIndex, RowSealed};
use mysql_common::constants::{ColumnFlags, ColumnType};

use super::error::Failure;
use super::fields::Fields;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    name: String,
    wire: ColumnType,
    kind: MysqlType,
}

impl Column {
    /// Parses a column definition.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, Failure> {
        let mut fields = Fields(payload);
        // Skip catalog, schema and both names of the table.
        for _ in 0..4 {
            fields.text()?;
        }
        let name = String::from_utf8_lossy(fields.text()?).into_owned();
        let _original_name = fields.text()?;
        let _length_of_the_rest = fields.number()?;
        let _charset = fields.u16()?;
        let _display_width = fields.u32()?;
        let wire = ColumnType::try_from(fields.u8()?).map_err(|_| Failure::protocol("a column of unknown type"))?;
        let flags = ColumnFlags::from_bits_truncate(fields.u16()?);
        Ok(Self { name, wire, kind: kind_of(wire, flags) })
    }
}

fn kind_of(wire: ColumnType, flags: ColumnFlags) -> MysqlType {
    let signed = |signed, unsigned| if flags.contains(ColumnFlags::UNSIGNED_FLAG) { unsigned } else { signed };
    match wire {
        ColumnType::MYSQL_TYPE_TINY => signed(MysqlType::Tiny, MysqlType::UnsignedTiny),
        ColumnType::MYSQL_TYPE_SHORT | ColumnType::MYSQL_TYPE_YEAR => {
            signed(MysqlType::Short, MysqlType::UnsignedShort)
        }
        ColumnType::MYSQL_TYPE_LONG | ColumnType::MYSQL_TYPE_INT24 => signed(MysqlType::Long, MysqlType::UnsignedLong),
        ColumnType::MYSQL_TYPE_LONGLONG => signed(MysqlType::LongLong, MysqlType::UnsignedLongLong),
        ColumnType::MYSQL_TYPE_FLOAT => MysqlType::Float,
        ColumnType::MYSQL_TYPE_DOUBLE => MysqlType::Double,
        ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => MysqlType::Numeric,
        ColumnType::MYSQL_TYPE_TIME => MysqlType::Time,
        ColumnType::MYSQL_TYPE_DATE => MysqlType::Date,
        ColumnType::MYSQL_TYPE_DATETIME => MysqlType::DateTime,
        ColumnType::MYSQL_TYPE_TIMESTAMP => MysqlType::Timestamp,
        ColumnType::MYSQL_TYPE_BIT => MysqlType::Bit,
        ColumnType::MYSQL_TYPE_JSON => MysqlType::String,
        _ if flags.contains(ColumnFlags::ENUM_FLAG) => MysqlType::Enum,
        _ if flags.contains(ColumnFlags::SET_FLAG) => MysqlType::Set,
        _ if flags.contains(ColumnFlags::BINARY_FLAG) => MysqlType::Blob,
        _ => MysqlType::String,
    }
}

/// All rows of a result: the values in one buffer, with their positions.
#[derive(Debug)]
pub(super) struct Rows {
    columns: Arc<[Column]>,
    bytes: Vec<u8>,
    /// Positions of the values, row by row; `None` for NULL.
    values: Vec<Option<Range<usize>>>,
}

impl Rows {
    pub(super) fn new(columns: Arc<[Column]>) -> Self {
        Self { columns, bytes: Vec::new(), values: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len() / self.columns.len().max(1)
    }

    /// Parses a row in binary format: a zero byte, the NULL bitmap, and the other values.
    pub(super) fn push(&mut self, payload: &[u8]) -> Result<(), Failure> {
        let mut fields = Fields(payload);
        fields.u8()?;
        // The first two bits are reserved.
        let nulls = fields.bytes((self.columns.len() + 2).div_ceil(8))?;
        for (place, column) in self.columns.iter().enumerate() {
            let bit = place + 2;
            let is_null = nulls[bit / 8] & (1 << (bit % 8)) != 0 || column.wire == ColumnType::MYSQL_TYPE_NULL;
            self.values.push(if is_null { None } else { Some(push_value(&mut self.bytes, column.wire, &mut fields)?) });
        }
        Ok(())
    }
}

/// Appends a value in Diesel's format.
fn push_value(bytes: &mut Vec<u8>, wire: ColumnType, fields: &mut Fields<'_>) -> Result<Range<usize>, Failure> {
    let start = bytes.len();
    let fixed = match wire {
        ColumnType::MYSQL_TYPE_TINY => 1,
        ColumnType::MYSQL_TYPE_SHORT | ColumnType::MYSQL_TYPE_YEAR => 2,
        ColumnType::MYSQL_TYPE_LONG | ColumnType::MYSQL_TYPE_INT24 | ColumnType::MYSQL_TYPE_FLOAT => 4,
        ColumnType::MYSQL_TYPE_LONGLONG | ColumnType::MYSQL_TYPE_DOUBLE => 8,
        _ => 0,
    };
    match wire {
        _ if fixed > 0 => {
            bytes.extend_from_slice(fields.bytes(fixed)?);
            if cfg!(target_endian = "big") {
                bytes[start..].reverse();
            }
        }
        ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_DATETIME | ColumnType::MYSQL_TYPE_TIMESTAMP => {
            bytes.extend_from_slice(&date(fields)?.serialize());
        }
        ColumnType::MYSQL_TYPE_TIME => bytes.extend_from_slice(&time(fields)?.serialize()),
        _ => bytes.extend_from_slice(fields.text()?),
    }
    Ok(start..bytes.len())
}

/// Parses a date; a time of zero is omitted.
fn date(fields: &mut Fields<'_>) -> Result<MysqlTime, Failure> {
    let length = fields.u8()?;
    let mut fields = Fields(fields.bytes(length.into())?);
    let (year, month, day) = match length {
        0 => (0, 0, 0),
        _ => (fields.u16()?, fields.u8()?, fields.u8()?),
    };
    let (hour, minute, second) = match length {
        0..=4 => (0, 0, 0),
        _ => (fields.u8()?, fields.u8()?, fields.u8()?),
    };
    let micros = if length > 7 { fields.u32()? } else { 0 };
    let kind = MysqlTimestampType::MYSQL_TIMESTAMP_DATETIME;
    let [month, day, hour, minute, second] = [month, day, hour, minute, second].map(u32::from);
    Ok(MysqlTime::new(year.into(), month, day, hour, minute, second, micros.into(), false, kind, 0))
}

/// Parses a duration; its days are converted to hours.
fn time(fields: &mut Fields<'_>) -> Result<MysqlTime, Failure> {
    let length = fields.u8()?;
    let mut fields = Fields(fields.bytes(length.into())?);
    let (negative, days, hour, minute, second) = match length {
        0 => (0, 0, 0, 0, 0),
        _ => (fields.u8()?, fields.u32()?, fields.u8()?, fields.u8()?, fields.u8()?),
    };
    let micros = if length > 8 { fields.u32()? } else { 0 };
    let hours = days.saturating_mul(24).saturating_add(hour.into());
    let kind = MysqlTimestampType::MYSQL_TIMESTAMP_TIME;
    Ok(MysqlTime::new(0, 0, 0, hours, minute.into(), second.into(), micros.into(), negative != 0, kind, 0))
}

/// Iterator over the rows of a statement.
#[derive(Debug)]
pub struct MysqlCursor {
    rows: Rc<Rows>,
    next: usize,
}

impl MysqlCursor {
    pub(super) fn new(rows: Rows) -> Self {
        Self { rows: Rc::new(rows), next: 0 }
    }
}

impl Iterator for MysqlCursor {
    type Item = diesel::QueryResult<MysqlRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.next;
        if index >= self.rows.len() {
            return None;
        }
        self.next += 1;
        Some(Ok(MysqlRow { rows: Rc::clone(&self.rows), index }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rows.len() - self.next;
        (left, Some(left))
    }
}

/// A row of a result.
#[derive(Debug, Clone)]
pub struct MysqlRow {
    rows: Rc<Rows>,
    index: usize,
}

impl RowSealed for MysqlRow {}

impl RowIndex<usize> for MysqlRow {
    fn idx(&self, index: usize) -> Option<usize> {
        (index < self.rows.columns.len()).then_some(index)
    }
}

impl RowIndex<&str> for MysqlRow {
    fn idx(&self, name: &str) -> Option<usize> {
        self.rows.columns.iter().position(|column| column.name == name)
    }
}

impl<'a> Row<'a, Mysql> for MysqlRow {
    type Field<'f>
        = MysqlField<'f>
    where
        'a: 'f,
        Self: 'f;
    type InnerPartialRow = Self;

    fn field_count(&self) -> usize {
        self.rows.columns.len()
    }

    fn get<'b, I>(&'b self, index: I) -> Option<Self::Field<'b>>
    where
        'a: 'b,
        Self: RowIndex<I>,
    {
        let place = self.idx(index)?;
        let value = self.rows.values.get(self.index * self.rows.columns.len() + place)?.clone();
        Some(MysqlField { column: &self.rows.columns[place], value: value.map(|range| &self.rows.bytes[range]) })
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self::InnerPartialRow> {
        PartialRow::new(self, range)
    }
}

/// A value of a row.
#[derive(Debug)]
pub struct MysqlField<'a> {
    column: &'a Column,
    value: Option<&'a [u8]>,
}

impl<'a> Field<'a, Mysql> for MysqlField<'a> {
    fn field_name(&self) -> Option<&str> {
        Some(&self.column.name)
    }

    fn value(&self) -> Option<MysqlValue<'_>> {
        Some(MysqlValue::new(self.value?, self.column.kind))
    }
}
