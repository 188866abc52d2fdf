//! The rows of a shop, cell by cell: what bulk loading, export and checksums have in common.
//!
//! A [`Record`] hands its values to anything that takes [`Cells`]: an engine's bulk format, CSV, a checksum. So each
//! format is written once, for all tables, and each table is described once, for all formats.

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
    /// A table of the shop, each before those that refer to it. Tables that only serve the library (queues, rollups,
    /// keys) are not among them.
    Table {
        /// Who buys.
        Users = "users",
        /// What products are grouped by.
        Categories = "categories",
        /// What is sold.
        Products = "products",
        /// What it cost before.
        PriceChanges = "price_changes",
        /// What is in stock.
        Inventory = "inventory",
        /// What was ordered.
        Orders = "orders",
        /// The lines of the orders.
        OrderItems = "order_items",
        /// Attempts to pay.
        Payments = "payments",
        /// What was given back.
        Refunds = "refunds",
        /// The ledger that explains the stock.
        InventoryMovements = "inventory_movements",
    }
}

impl Table {
    /// The names of its columns, in order.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        on_table!(self, R => <R as Record>::COLUMNS)
    }

    /// Its columns, in order.
    #[must_use]
    pub fn schema(self) -> &'static [TableColumn] {
        on_table!(self, R => <R as Stored>::SCHEMA)
    }
}

/// A column of a [`Table`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableColumn {
    /// What it is called.
    pub name: &'static str,
    /// What its values are.
    pub kind: CellKind,
    /// Whether rows may have no value.
    pub nullable: bool,
}

/// What the values of a [`TableColumn`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// A whole number of 64 bits.
    Int,
    /// An amount of money.
    Money,
    /// Text.
    Text,
    /// A moment.
    Time,
    /// Yes or no.
    Flag,
}

/// One value of an exported row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// None.
    Null,
    /// A whole number.
    Int(i64),
    /// An amount in minor units (cents).
    Money(i64),
    /// Text.
    Text(&'a str),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
    /// Yes or no.
    Flag(bool),
}

/// Takes exported rows, value by value: see [`Database::export_chunks`](crate::Database::export_chunks).
pub trait Cells {
    /// The next value of a row, in the order of [`Table::schema`].
    fn cell(&mut self, cell: Cell<'_>);
    /// The row has no more values.
    fn end_row(&mut self);
}
