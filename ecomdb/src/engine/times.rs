//! Times in columns, in comparisons and in rows. Each engine's folder defines how they are stored.

use chrono::{DateTime, Utc};
use diesel::deserialize::{self, FromSql};
use diesel::internal::derives::as_expression::Bound;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, SqlOrd, SqlType};

use super::MultiBackend;

/// SQL type of a column with a time. It is read as `DateTime<Utc>`, and compared and written with [`Moment::of`], to the
/// microsecond.
///
/// MariaDB and MySQL store it as `DATETIME(6)`, PostgreSQL as `TIMESTAMP`, both in UTC. SQLite stores microseconds since
/// 1970-01-01 as an integer. It has its own type because Diesel's `Timestamp` is text on SQLite: a comparison of a column
/// of the shop with a `Timestamp` does not compile. A column of an application that holds such times is declared as
/// `Moment`, too.
///
/// A column that may be NULL is read as `Option<DateTime<Utc>>`, and compared and written with one.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use ecomdb::diesel::{self, prelude::*};
/// use ecomdb::schema::{Moment, orders};
/// use ecomdb::{Database, Error};
///
/// diesel::table! {
///     use ecomdb::diesel::sql_types::*;
///     use ecomdb::schema::Moment;
///
///     campaigns (id) {
///         id -> BigInt,
///         begins_at -> Moment,
///     }
/// }
/// ecomdb::allow_tables_to_appear_in_same_query!(campaigns, orders);
///
/// # fn main() -> Result<(), Error> {
/// let db = Database::open(":memory:")?;
/// let begin: DateTime<Utc> = "2026-03-02T12:00:00Z".parse().unwrap_or_default();
/// let (first, in_campaigns): (Option<DateTime<Utc>>, i64) = db.write(move |tx| {
///     diesel::sql_query("CREATE TABLE campaigns (id INTEGER PRIMARY KEY, begins_at INTEGER NOT NULL)").execute(tx)?;
///     diesel::insert_into(campaigns::table).values(campaigns::begins_at.eq(Moment::of(begin))).execute(tx)?;
///     let first = campaigns::table.select(diesel::dsl::min(campaigns::begins_at)).get_result(tx)?;
///     let both = campaigns::table.inner_join(orders::table.on(orders::placed_at.ge(campaigns::begins_at)));
///     Ok::<_, Error>((first, both.count().get_result(tx)?))
/// })?;
/// assert_eq!((first, in_campaigns), (Some(begin), 0));
/// # Ok(())
/// # }
/// ```
///
/// With `Timestamp` in place of `Moment`, the same comparison is refused:
///
/// ```compile_fail,E0277
/// use ecomdb::diesel::{self, prelude::*};
/// use ecomdb::schema::orders;
///
/// diesel::table! {
///     campaigns (id) {
///         id -> BigInt,
///         begins_at -> Timestamp,
///     }
/// }
/// ecomdb::allow_tables_to_appear_in_same_query!(campaigns, orders);
///
/// # fn main() {
/// let both = campaigns::table.inner_join(orders::table.on(orders::placed_at.ge(campaigns::begins_at)));
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Long"), mysql_type(name = "Timestamp"), postgres_type(oid = 1114, array_oid = 1115))]
pub struct Moment;

impl SqlOrd for Moment {}

impl Moment {
    /// The time as a value to compare a column with, or to write into it.
    #[must_use]
    pub fn of(time: DateTime<Utc>) -> Bound<Self, DateTime<Utc>> {
        Bound::new(time)
    }
}

/// SQL type of a time at the placeholder of [`Connection::moment`](super::Connection::moment): text for servers, which
/// convert it, and a [`Moment`] for SQLite.
#[derive(Debug, Clone, Copy, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Long"), mysql_type(name = "String"), postgres_type(oid = 25, array_oid = 1009))]
pub(crate) struct Compared;

/// Text of a time for a server.
pub(super) fn text_of(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

impl HasSqlType<Moment> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Moment>(lookup)
    }
}

impl ToSql<Moment, MultiBackend> for DateTime<Utc> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Moment, self));
        Ok(IsNull::No)
    }
}

impl FromSql<Moment, MultiBackend> for DateTime<Utc> {
    fn from_sql(bytes: <MultiBackend as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        bytes.from_sql::<Self, Moment>()
    }
}
