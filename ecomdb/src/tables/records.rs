//! Columns of each table.

use diesel::QueryResult;
use diesel::sql_types::{BigInt, Nullable, SmallInt, Text, Timestamp};

use super::{
    CategoryRow, InventoryRow, MovementRow, OrderItemRow, OrderRow, PaymentReference, PaymentRow, PriceChangeRow,
    ProductRow, RefundRow, Table, UserRow,
};
use crate::catalog::ProductStatus;
use crate::engine::{Cell, CellKind, Cells, Column, Connection, Record, Snapshot, Sql, Stored, Target, sql};
use crate::error::Result;
use crate::inventory::MovementReason;
use crate::ordering::PaymentMethod;
use crate::types::time::Stamp;
use crate::types::{OrderStatus, PaymentStatus, UserStatus};

/// A target of rows: the tables in the order of [`Table`], and the rollups loaded with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Users,
    Categories,
    Products,
    PriceChanges,
    Inventory,
    Orders,
    OrderItems,
    Payments,
    Refunds,
    InventoryMovements,
    MonthSales,
    DaySales,
    QuarterHourSales,
    ProductSales,
    ProductMonthSales,
    ProductDaySales,
    CustomerDaySales,
    CohortSales,
    PairSales,
}

impl Relation {
    pub(crate) const ALL: [Self; 19] = [
        Self::Users,
        Self::Categories,
        Self::Products,
        Self::PriceChanges,
        Self::Inventory,
        Self::Orders,
        Self::OrderItems,
        Self::Payments,
        Self::Refunds,
        Self::InventoryMovements,
        Self::MonthSales,
        Self::DaySales,
        Self::QuarterHourSales,
        Self::ProductSales,
        Self::ProductMonthSales,
        Self::ProductDaySales,
        Self::CustomerDaySales,
        Self::CohortSales,
        Self::PairSales,
    ];

    /// The table; `None` for a rollup.
    pub(crate) fn table(self) -> Option<Table> {
        Table::ALL.get(self as usize).copied()
    }
}

/// All tables and rollups for bulk loading, in order.
pub(crate) fn targets() -> Vec<Target> {
    Relation::ALL.into_iter().map(|relation| on_relation!(relation, R => Target::of::<R>())).collect()
}

/// Reads a table in chunks; see [`Snapshot::chunks`].
pub(crate) fn chunks<C: Cells + Send + 'static>(
    snapshot: &mut Snapshot<'_>,
    table: Table,
    make: impl FnMut() -> C,
    take: impl FnMut(C) -> Result<()>,
) -> Result<u64> {
    on_table!(table, R => snapshot.chunks::<R, C>(make, take))
}

/// Evaluates an expression with `R` as the record type of a table.
macro_rules! on_table {
    ($table:expr, $R:ident => $body:expr) => {
        $crate::tables::on_relation!(@match $crate::tables::Table, $table, $R => $body;
            Users UserRow, Categories CategoryRow, Products ProductRow, PriceChanges PriceChangeRow,
            Inventory InventoryRow, Orders OrderRow, OrderItems OrderItemRow, Payments PaymentRow, Refunds RefundRow,
            InventoryMovements MovementRow;)
    };
}

/// Evaluates an expression with `R` as the record type of a relation.
macro_rules! on_relation {
    ($relation:expr, $R:ident => $body:expr) => {{
        #[allow(unused_imports, reason = "the expression may name it too")]
        use $crate::engine::Record as _;
        $crate::tables::on_relation!(@match $crate::tables::Relation, $relation, $R => $body;
            Users UserRow, Categories CategoryRow, Products ProductRow, PriceChanges PriceChangeRow,
            Inventory InventoryRow, Orders OrderRow, OrderItems OrderItemRow, Payments PaymentRow, Refunds RefundRow,
            InventoryMovements MovementRow;
            MonthSales, DaySales, QuarterHourSales, ProductSales, ProductMonthSales, ProductDaySales, CustomerDaySales,
            CohortSales, PairSales)
    }};
    (@match $enum:path, $value:expr, $R:ident => $body:expr; $($table:ident $row:ident),+; $($rollup:ident),*) => {{
        use $enum as Choice;
        match $value {
            $(Choice::$table => {
                type $R = $crate::tables::$row;
                $body
            })+
            $(Choice::$rollup => {
                type $R = $crate::tables::$rollup;
                $body
            })*
        }
    }};
}
pub(crate) use {on_relation, on_table};

macro_rules! record {
    ($row:ident in $table:ident, $keys:literal keys: $($column:ident $kind:ident),+ $(,)?) => {
        impl Record for $row {
            const PLACE: usize = Relation::$table as usize;
            const NAME: &'static str = Table::$table.as_str();
            const COLUMNS: &'static [&'static str] = &[$(stringify!($column)),+];

            #[inline]
            fn cells(&self, out: &mut impl Cells) {
                $(out.cell(record!(@cell $kind, &self.$column));)+
                out.end_row();
            }
        }

        impl Stored for $row {
            const SCHEMA: &'static [Column] = &[$(record!(@column $kind, stringify!($column))),+];
            const KEYS: usize = $keys;
            type Row = ($(record!(@stored $kind),)+);

            fn read(conn: &mut Connection, after: [i64; 2], limit: i64) -> QueryResult<Vec<Self::Row>> {
                next_rows::<Self>(after, limit).rows::<($(record!(@sql $kind),)+), Self::Row>(conn)
            }

            fn stored_cells(row: &Self::Row, out: &mut impl Cells) -> [i64; 2] {
                let ($($column,)+) = row;
                let cells = [$(record!(@cell $kind, $column)),+];
                for cell in cells {
                    out.cell(cell);
                }
                out.end_row();
                let key = |place: usize| match cells[place] {
                    Cell::Int(key) if place < Self::KEYS => key,
                    _ => 0,
                };
                [key(0), key(1)]
            }
        }
    };
    (@cell int, $value:expr) => { number($value, Cell::Int) };
    (@cell money, $value:expr) => { number($value, Cell::Money) };
    (@cell time, $value:expr) => { number($value, Cell::Time) };
    (@cell maybe_int, $value:expr) => { number($value, Cell::Int) };
    (@cell maybe_time, $value:expr) => { number($value, Cell::Time) };
    (@cell text, $value:expr) => { words($value) };
    (@cell maybe_text, $value:expr) => { words($value) };
    (@cell flag, $value:expr) => { number($value, |number| Cell::Flag(number != 0)) };
    (@column maybe_int, $name:expr) => { Column { name: $name, kind: CellKind::Int, nullable: true } };
    (@column maybe_time, $name:expr) => { Column { name: $name, kind: CellKind::Time, nullable: true } };
    (@column maybe_text, $name:expr) => { Column { name: $name, kind: CellKind::Text, nullable: true } };
    (@column $kind:ident, $name:expr) => { Column { name: $name, kind: record!(@kind $kind), nullable: false } };
    (@kind int) => { CellKind::Int };
    (@kind money) => { CellKind::Money };
    (@kind time) => { CellKind::Time };
    (@kind text) => { CellKind::Text };
    (@kind flag) => { CellKind::Flag };
    (@sql int) => { BigInt };
    (@sql money) => { BigInt };
    (@sql time) => { Timestamp };
    (@sql text) => { Text };
    (@sql flag) => { SmallInt };
    (@sql maybe_int) => { Nullable<BigInt> };
    (@sql maybe_time) => { Nullable<Timestamp> };
    (@sql maybe_text) => { Nullable<Text> };
    (@stored int) => { i64 };
    (@stored money) => { i64 };
    (@stored time) => { Stamp };
    (@stored text) => { String };
    (@stored flag) => { i16 };
    (@stored maybe_int) => { Option<i64> };
    (@stored maybe_time) => { Option<Stamp> };
    (@stored maybe_text) => { Option<String> };
}

record!(UserRow in Users, 1 keys:
    id int, email text, first_name text, last_name text, status text, created_at time, updated_at time);
record!(CategoryRow in Categories, 1 keys:
    id int, name text, parent_id maybe_int, description text, created_at time);
record!(ProductRow in Products, 1 keys:
    id int, category_id int, sku text, name text, description text, price money, status text, created_at time,
    updated_at time);
record!(PriceChangeRow in PriceChanges, 1 keys:
    id int, product_id int, old_price money, new_price money, changed_at time);
record!(InventoryRow in Inventory, 1 keys:
    product_id int, quantity int, reorder_level int, updated_at time);
record!(MovementRow in InventoryMovements, 1 keys:
    id int, product_id int, delta int, reason text, order_id maybe_int, note maybe_text, created_at time);
record!(OrderRow in Orders, 1 keys:
    id int, user_id int, status text, total money, refunded money, item_count int, placed_at time,
    completed_at maybe_time, cancelled_at maybe_time);
record!(OrderItemRow in OrderItems, 2 keys:
    order_id int, product_id int, quantity int, unit_price money);
record!(PaymentRow in Payments, 1 keys:
    id int, order_id int, method text, status text, amount money, paid_at maybe_time, reference maybe_text,
    created_at time);
record!(RefundRow in Refunds, 1 keys:
    id int, payment_id int, order_id int, amount money, reason text, restocked flag, created_at time);

/// Query for rows after a key. The condition on the first key column lets every engine use its index, which a row
/// comparison does not.
fn next_rows<R: Stored>(after: [i64; 2], limit: i64) -> Sql {
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
    sql(text).int(after[0]).int(after[0]).int(after[1]).int(limit)
}

#[inline]
fn number<'a>(value: &impl Number, cell: impl Fn(i64) -> Cell<'a>) -> Cell<'a> {
    value.number().map_or(Cell::Null, cell)
}

#[inline]
fn words(value: &impl Words) -> Cell<'_> {
    value.words().map_or(Cell::Null, Cell::Text)
}

/// A number in the tables; times in microseconds.
trait Number {
    fn number(&self) -> Option<i64>;
}

impl Number for i64 {
    #[inline]
    fn number(&self) -> Option<i64> {
        Some(*self)
    }
}

impl Number for i16 {
    fn number(&self) -> Option<i64> {
        Some(i64::from(*self))
    }
}

impl Number for bool {
    #[inline]
    fn number(&self) -> Option<i64> {
        Some(i64::from(*self))
    }
}

impl Number for Stamp {
    fn number(&self) -> Option<i64> {
        Some(self.0.and_utc().timestamp_micros())
    }
}

impl<T: Number> Number for Option<T> {
    #[inline]
    fn number(&self) -> Option<i64> {
        self.as_ref().and_then(T::number)
    }
}

/// A text in the tables.
trait Words {
    fn words(&self) -> Option<&str>;
}

impl Words for String {
    #[inline]
    fn words(&self) -> Option<&str> {
        Some(self)
    }
}

impl Words for &'static str {
    #[inline]
    fn words(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T: Words> Words for Option<T> {
    #[inline]
    fn words(&self) -> Option<&str> {
        self.as_ref().and_then(T::words)
    }
}

macro_rules! as_str_is_text {
    ($($name:ident)+) => {
        $(impl Words for $name {
            #[inline]
            fn words(&self) -> Option<&str> {
                Some(self.as_str())
            }
        })+
    };
}

as_str_is_text!(UserStatus ProductStatus MovementReason OrderStatus PaymentMethod PaymentStatus PaymentReference);
