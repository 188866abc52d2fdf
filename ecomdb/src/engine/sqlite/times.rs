//! Times as integers: microseconds since 1970-01-01 UTC.

use chrono::{DateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::BigInt;
use diesel::sqlite::{Sqlite, SqliteType};

use crate::engine::times::{Compared, Moment};

impl ToSql<Moment, Sqlite> for DateTime<Utc> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.timestamp_micros());
        Ok(IsNull::No)
    }
}

impl ToSql<Compared, Sqlite> for DateTime<Utc> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        ToSql::<Moment, Sqlite>::to_sql(self, out)
    }
}

impl FromSql<Moment, Sqlite> for DateTime<Utc> {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        // SQLite would convert a text to its leading number, the year.
        if value.value_type() != Some(SqliteType::Long) {
            return Err("a time must be an integer, in microseconds".into());
        }
        let micros = <i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?;
        Self::from_timestamp_micros(micros).ok_or_else(|| format!("{micros} is not a time in microseconds").into())
    }
}
