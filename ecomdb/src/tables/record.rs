//! The declaration of a row: its type, and the columns of its table.

use chrono::{DateTime, Utc};
use diesel::sql_types::{self, BigInt, Nullable, SmallInt, SqlType, is_nullable};

use super::PaymentReference;
use crate::engine::{Cell, CellKind, Column, Moment, Sql, Stored, sql};
use crate::types::{
    AddressKind, AdjustmentKind, CancelReason, Country, MovementReason, OrderStatus, PaymentMethod, PaymentStatus,
    ProductStatus, UserStatus, VoucherKind,
};

/// Declares a row type and the columns of its table, for bulk loading, export and checksums. Each column has the type of
/// its generated value and its [`Kind`].
macro_rules! row {
    (
        $(#[$meta:meta])+
        $row:ident in $table:ident, key columns: $keys:literal {
            $($(#[$doc:meta])+ $column:ident: $type:ty as $kind:ty),+ $(,)?
        }
    ) => {
        $(#[$meta])+
        pub struct $row {
            $($(#[$doc])+ pub $column: $type,)+
        }

        impl Record for $row {
            const PLACE: usize = Relation::$table as usize;
            const NAME: &'static str = Table::$table.as_str();
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];

            #[inline]
            fn cells(&self, out: &mut impl Cells) {
                $(out.cell(<$kind>::cell(&self.$column));)+
                out.end_row();
            }
        }

        impl Stored for $row {
            const SCHEMA: &'static [Column] = &[$(column::<$kind>(stringify!($column))),+];
            const KEYS: usize = $keys;
            type Row = ($(<$kind as Kind>::Stored,)+);

            fn read(conn: &mut Connection, after: [i64; 2], limit: i64) -> QueryResult<Vec<Self::Row>> {
                next_rows::<Self>(after, limit).rows::<($(<$kind as Kind>::Sql,)+), Self::Row>(conn)
            }

            fn stored_cells(row: &Self::Row, out: &mut impl Cells) -> [i64; 2] {
                let ($($column,)+) = row;
                let cells = [$(<$kind>::cell($column)),+];
                for cell in cells {
                    out.cell(cell);
                }
                out.end_row();
                let key = |place: usize| if place < Self::KEYS { key_of(cells[place]) } else { 0 };
                [key(0), key(1)]
            }
        }
    };
}
pub(super) use row;

/// A kind of column: its cells, and its types in the database and when read.
pub(crate) trait Kind {
    const CELL: CellKind;
    const IS_NULLABLE: bool = false;
    type Sql;
    type Stored;

    fn cell_of_number(number: i64) -> Cell<'static>;

    #[inline]
    fn cell<'a>(value: &'a impl Value) -> Cell<'a> {
        match value.raw() {
            Raw::Null => Cell::Null,
            Raw::Number(number) => Self::cell_of_number(number),
            Raw::Text(text) => Cell::Text(text),
        }
    }
}

/// The column with this name and kind.
pub(super) const fn column<K: Kind>(name: &'static str) -> Column {
    Column { name, kind: K::CELL, nullable: K::IS_NULLABLE }
}

/// A whole number.
pub(crate) enum Int {}
/// An amount in minor units.
pub(crate) enum Money {}
/// A time in microseconds since 1970.
pub(crate) enum Time {}
/// A text or word.
pub(crate) enum Text {}
/// A flag.
pub(crate) enum Flag {}
/// A column that may be NULL.
pub(crate) struct Maybe<K>(std::marker::PhantomData<K>);

impl Kind for Int {
    const CELL: CellKind = CellKind::Int;
    type Sql = BigInt;
    type Stored = i64;

    #[inline]
    fn cell_of_number(number: i64) -> Cell<'static> {
        Cell::Int(number)
    }
}

impl Kind for Money {
    const CELL: CellKind = CellKind::Money;
    type Sql = BigInt;
    type Stored = i64;

    #[inline]
    fn cell_of_number(number: i64) -> Cell<'static> {
        Cell::Money(number)
    }
}

impl Kind for Time {
    const CELL: CellKind = CellKind::Time;
    type Sql = Moment;
    type Stored = DateTime<Utc>;

    #[inline]
    fn cell_of_number(number: i64) -> Cell<'static> {
        Cell::Time(number)
    }
}

impl Kind for Text {
    const CELL: CellKind = CellKind::Text;
    type Sql = sql_types::Text;
    type Stored = String;

    /// Never called, because texts are no numbers.
    #[inline]
    fn cell_of_number(_: i64) -> Cell<'static> {
        Cell::Null
    }
}

impl Kind for Flag {
    const CELL: CellKind = CellKind::Flag;
    type Sql = SmallInt;
    type Stored = i16;

    #[inline]
    fn cell_of_number(number: i64) -> Cell<'static> {
        Cell::Flag(number != 0)
    }
}

impl<K: Kind> Kind for Maybe<K>
where
    K::Sql: SqlType<IsNull = is_nullable::NotNull>,
{
    const CELL: CellKind = K::CELL;
    const IS_NULLABLE: bool = true;
    type Sql = Nullable<K::Sql>;
    type Stored = Option<K::Stored>;

    #[inline]
    fn cell_of_number(number: i64) -> Cell<'static> {
        K::cell_of_number(number)
    }
}

/// Query for rows after a key. The condition on the first key column lets every engine use its index, which a row
/// comparison does not.
pub(super) fn next_rows<R: Stored>(after: [i64; 2], limit: i64) -> Sql {
    let (table, columns) = (R::NAME, R::COLUMNS.join(", "));
    let [first, second] = [R::COLUMNS[0], R::COLUMNS[1]];
    if R::KEYS == 1 {
        let text = format!("SELECT {columns} FROM {table} WHERE {first} > ? ORDER BY {first} LIMIT ?");
        return sql(text).int(after[0]).int(limit);
    }
    let text = format!(
        "SELECT {columns} FROM {table} WHERE {first} >= ? AND ({first} > ? OR {second} > ?) \
         ORDER BY {first}, {second} LIMIT ?"
    );
    let select = sql(text).int(after[0]).int(after[0]);
    match R::SCHEMA[1].kind {
        CellKind::Text => select.word(word_of(after[1])),
        _ => select.int(after[1]),
    }
    .int(limit)
}

/// Words in keys, in the order of their columns.
const KEY_WORDS: [&str; 2] = [AddressKind::Billing.as_str(), AddressKind::Shipping.as_str()];

/// A value of a key as a number.
pub(super) fn key_of(cell: Cell<'_>) -> i64 {
    match cell {
        Cell::Int(key) => key,
        Cell::Text(word) => KEY_WORDS.iter().position(|known| *known == word).map_or(0, |place| place as i64),
        _ => 0,
    }
}

/// The word of a key; an empty text comes before all words.
fn word_of(key: i64) -> &'static str {
    usize::try_from(key).ok().and_then(|place| KEY_WORDS.get(place)).copied().unwrap_or_default()
}

/// A generated or stored value of a column.
pub(crate) trait Value {
    fn raw(&self) -> Raw<'_>;
}

pub(crate) enum Raw<'a> {
    Null,
    Number(i64),
    Text(&'a str),
}

impl Value for i64 {
    #[inline]
    fn raw(&self) -> Raw<'_> {
        Raw::Number(*self)
    }
}

impl Value for i16 {
    #[inline]
    fn raw(&self) -> Raw<'_> {
        Raw::Number(i64::from(*self))
    }
}

impl Value for bool {
    #[inline]
    fn raw(&self) -> Raw<'_> {
        Raw::Number(i64::from(*self))
    }
}

impl Value for DateTime<Utc> {
    #[inline]
    fn raw(&self) -> Raw<'_> {
        Raw::Number(self.timestamp_micros())
    }
}

impl Value for String {
    #[inline]
    fn raw(&self) -> Raw<'_> {
        Raw::Text(self)
    }
}

impl Value for &'static str {
    #[inline]
    fn raw(&self) -> Raw<'_> {
        Raw::Text(self)
    }
}

impl<T: Value> Value for Option<T> {
    #[inline]
    fn raw(&self) -> Raw<'_> {
        self.as_ref().map_or(Raw::Null, T::raw)
    }
}

macro_rules! as_str_is_text {
    ($($name:ident)+) => {
        $(impl Value for $name {
            #[inline]
            fn raw(&self) -> Raw<'_> {
                Raw::Text(self.as_str())
            }
        })+
    };
}

as_str_is_text!(
    UserStatus ProductStatus MovementReason OrderStatus CancelReason PaymentMethod PaymentStatus PaymentReference
);
as_str_is_text!(AddressKind AdjustmentKind VoucherKind);

impl Value for Country {
    #[inline]
    fn raw(&self) -> Raw<'_> {
        Raw::Text(self.code())
    }
}
