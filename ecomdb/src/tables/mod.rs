//! Cell-wise access to the rows of a shop, shared by bulk loading, export and checksums.
//!
//! A [`Record`] passes its values to any [`Cells`]: an engine's bulk format, CSV, a checksum. Each format is thus
//! written once for all tables, and each table described once for all formats.

mod checksum;
mod csv;
mod decimal;
mod ndjson;
mod records;
mod rollups;

pub(crate) use self::checksum::Checksum;
pub(crate) use self::csv::Csv;
#[cfg(feature = "mysql")]
pub(crate) use self::decimal::push_integer;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use self::decimal::push_time;
pub(crate) use self::ndjson::Ndjson;
pub(crate) use self::records::{Record, Relation, Stored, on_relation, on_table};
pub(crate) use self::rollups::{
    CohortSales, CustomerDaySales, DaySales, MonthSales, PairSales, ProductDaySales, ProductMonthSales, ProductSales,
    QuarterHourSales,
};

use crate::types::text_enum::text_enum;

text_enum! {
    /// A table of the shop; each comes before those that reference it. Internal tables (queues, rollups, keys) are not
    /// included.
    Table {
        /// Customers, staff and admins.
        Users = "users",
        /// Product categories.
        Categories = "categories",
        /// Products.
        Products = "products",
        /// History of product prices.
        PriceChanges = "price_changes",
        /// Stock levels by product.
        Inventory = "inventory",
        /// Orders.
        Orders = "orders",
        /// Order lines.
        OrderItems = "order_items",
        /// Payment attempts.
        Payments = "payments",
        /// Refunds of payments.
        Refunds = "refunds",
        /// Ledger of stock movements.
        InventoryMovements = "inventory_movements",
    }
}

impl Table {
    /// Column names, in order.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        on_table!(self, R => <R as Record>::COLUMNS)
    }

    /// Columns, in order.
    #[must_use]
    pub fn schema(self) -> &'static [TableColumn] {
        on_table!(self, R => <R as Stored>::SCHEMA)
    }
}

/// A column of a [`Table`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableColumn {
    /// Name of the column.
    pub name: &'static str,
    /// Type of the values.
    pub kind: CellKind,
    /// Whether values may be NULL.
    pub nullable: bool,
}

/// Type of the values of a [`TableColumn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// 64-bit integer.
    Int,
    /// Amount of money.
    Money,
    /// Text.
    Text,
    /// Point in time.
    Time,
    /// Boolean.
    Flag,
}

/// A value of an exported row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// 64-bit integer.
    Int(i64),
    /// Amount in minor units (cents).
    Money(i64),
    /// Text.
    Text(&'a str),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
    /// Boolean.
    Flag(bool),
}

/// Receiver of exported rows, value by value; see [`Database::export_chunks`](crate::Database::export_chunks).
pub trait Cells {
    /// Receives the next value of a row, in the order of [`Table::schema`].
    fn cell(&mut self, cell: Cell<'_>);
    /// Ends the row.
    fn end_row(&mut self);
}
