//! Points in time as the engines store them: UTC, to the microsecond.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow, FromStaticSqlRow, Queryable};
use diesel::expression::AsExpression;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Nullable, Timestamp};

use crate::backend::MultiBackend;

/// The present moment, cut to the microsecond, so that what was written equals what is read.
pub(crate) fn now() -> DateTime<Utc> {
    let now = Utc::now();
    DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}

/// A column of type `Timestamp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Timestamp)]
pub struct Stamp(pub(crate) NaiveDateTime);

impl From<DateTime<Utc>> for Stamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.naive_utc())
    }
}

impl From<Stamp> for DateTime<Utc> {
    fn from(stamp: Stamp) -> Self {
        stamp.0.and_utc()
    }
}

/// An optional time, for `deserialize_as` on nullable columns.
#[derive(Debug, Clone, Copy)]
pub struct MaybeStamp(Option<Stamp>);

impl<DB> Queryable<Nullable<Timestamp>, DB> for MaybeStamp
where
    DB: Backend,
    Option<Stamp>: FromStaticSqlRow<Nullable<Timestamp>, DB>,
{
    type Row = Option<Stamp>;

    fn build(stamp: Option<Stamp>) -> deserialize::Result<Self> {
        Ok(Self(stamp))
    }
}

impl From<MaybeStamp> for Option<DateTime<Utc>> {
    fn from(stamp: MaybeStamp) -> Self {
        stamp.0.map(Into::into)
    }
}

impl ToSql<Timestamp, MultiBackend> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Timestamp, self));
        Ok(IsNull::No)
    }
}

impl FromSql<Timestamp, MultiBackend> for Stamp {
    fn from_sql(bytes: <MultiBackend as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        bytes.from_sql::<Self, Timestamp>()
    }
}
