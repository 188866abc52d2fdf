//! Conversion of bound values from Diesel's format to that of the protocol.

use diesel::deserialize::FromSql;
use diesel::mysql::data_types::MysqlTime;
use diesel::mysql::{Mysql, MysqlType, MysqlValue};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::result::Error as DieselError;
use diesel::sql_types::Timestamp;
use mysql_common::constants::ColumnType;

use super::fields::push_number;

const UNSIGNED: u8 = 0x80;

/// Appends the values of COM_STMT_EXECUTE: NULL bitmap, types, and values that are not NULL.
pub(super) fn encode(out: &mut Vec<u8>, binds: &RawBytesBindCollector<Mysql>) -> Result<(), DieselError> {
    if binds.binds.is_empty() {
        return Ok(());
    }
    let nulls = out.len();
    out.resize(nulls + binds.binds.len().div_ceil(8), 0);
    // Flag: the types follow.
    out.push(1);
    for (place, (kind, value)) in binds.metadata.iter().zip(&binds.binds).enumerate() {
        let (kind, flag) = wire_type(*kind);
        out.extend_from_slice(&[kind as u8, flag]);
        if value.is_none() {
            out[nulls + place / 8] |= 1 << (place % 8);
        }
    }
    for (kind, value) in binds.metadata.iter().zip(&binds.binds) {
        if let Some(value) = value {
            push_value(out, *kind, value)?;
        }
    }
    Ok(())
}

fn wire_type(kind: MysqlType) -> (ColumnType, u8) {
    match kind {
        MysqlType::Tiny => (ColumnType::MYSQL_TYPE_TINY, 0),
        MysqlType::UnsignedTiny => (ColumnType::MYSQL_TYPE_TINY, UNSIGNED),
        MysqlType::Short => (ColumnType::MYSQL_TYPE_SHORT, 0),
        MysqlType::UnsignedShort => (ColumnType::MYSQL_TYPE_SHORT, UNSIGNED),
        MysqlType::Long => (ColumnType::MYSQL_TYPE_LONG, 0),
        MysqlType::UnsignedLong => (ColumnType::MYSQL_TYPE_LONG, UNSIGNED),
        MysqlType::LongLong => (ColumnType::MYSQL_TYPE_LONGLONG, 0),
        MysqlType::UnsignedLongLong => (ColumnType::MYSQL_TYPE_LONGLONG, UNSIGNED),
        MysqlType::Float => (ColumnType::MYSQL_TYPE_FLOAT, 0),
        MysqlType::Double => (ColumnType::MYSQL_TYPE_DOUBLE, 0),
        MysqlType::Numeric => (ColumnType::MYSQL_TYPE_NEWDECIMAL, 0),
        MysqlType::Time => (ColumnType::MYSQL_TYPE_TIME, 0),
        MysqlType::Date => (ColumnType::MYSQL_TYPE_DATE, 0),
        // TIMESTAMP ends in 2038. In a UTC session, DATETIME is equivalent.
        MysqlType::DateTime | MysqlType::Timestamp => (ColumnType::MYSQL_TYPE_DATETIME, 0),
        MysqlType::Blob | MysqlType::Bit => (ColumnType::MYSQL_TYPE_BLOB, 0),
        // ENUM and SET values are text.
        _ => (ColumnType::MYSQL_TYPE_VAR_STRING, 0),
    }
}

fn push_value(out: &mut Vec<u8>, kind: MysqlType, value: &[u8]) -> Result<(), DieselError> {
    match kind {
        MysqlType::Tiny | MysqlType::UnsignedTiny => push_fixed(out, value, 1)?,
        MysqlType::Short | MysqlType::UnsignedShort => push_fixed(out, value, 2)?,
        MysqlType::Long | MysqlType::UnsignedLong | MysqlType::Float => push_fixed(out, value, 4)?,
        MysqlType::LongLong | MysqlType::UnsignedLongLong | MysqlType::Double => push_fixed(out, value, 8)?,
        MysqlType::Time => push_time(out, &time_of(kind, value)?),
        MysqlType::Date | MysqlType::DateTime | MysqlType::Timestamp => push_date(out, &time_of(kind, value)?),
        _ => {
            push_number(out, value.len() as u64);
            out.extend_from_slice(value);
        }
    }
    Ok(())
}

/// Appends a number of `size` bytes. Diesel uses native byte order, and more bytes than the type for some (bool); the
/// protocol is little-endian.
fn push_fixed(out: &mut Vec<u8>, value: &[u8], size: usize) -> Result<(), DieselError> {
    if value.len() < size {
        return Err(DieselError::SerializationError(format!("a number of {size} bytes has {}", value.len()).into()));
    }
    if cfg!(target_endian = "big") {
        out.extend(value.iter().rev().take(size));
    } else {
        out.extend_from_slice(&value[..size]);
    }
    Ok(())
}

fn time_of(kind: MysqlType, value: &[u8]) -> Result<MysqlTime, DieselError> {
    FromSql::<Timestamp, Mysql>::from_sql(MysqlValue::new(value, kind)).map_err(DieselError::SerializationError)
}

fn push_date(out: &mut Vec<u8>, time: &MysqlTime) {
    let [year_low, year_high, ..] = time.year.to_le_bytes();
    let fields = [time.month, time.day, time.hour, time.minute, time.second].map(|field| field as u8);
    out.extend_from_slice(&[11, year_low, year_high]);
    out.extend_from_slice(&fields);
    out.extend_from_slice(&(time.second_part as u32).to_le_bytes());
}

fn push_time(out: &mut Vec<u8>, time: &MysqlTime) {
    let (days, hours) = (time.day + time.hour / 24, time.hour % 24);
    out.extend_from_slice(&[12, u8::from(time.neg)]);
    out.extend_from_slice(&days.to_le_bytes());
    out.extend_from_slice(&[hours as u8, time.minute as u8, time.second as u8]);
    out.extend_from_slice(&(time.second_part as u32).to_le_bytes());
}
