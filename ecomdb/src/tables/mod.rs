//! Cell-wise access to the rows of a shop, shared by bulk loading, export and checksums.
//!
//! A [`Record`] passes its values to any [`Cells`](crate::Cells): an engine's bulk format, CSV, a checksum. Each format
//! is thus written once for all tables, and each table described once for all formats.

mod checksum;
mod csv;
mod ndjson;
mod payment_reference;
mod record;
mod relations;
mod rollups;
mod rows;
mod summary;
mod terms;

pub(crate) use self::checksum::Checksum;
pub use self::csv::Csv;
pub(crate) use self::ndjson::Ndjson;
pub use self::payment_reference::PaymentReference;
pub(crate) use self::relations::{Relation, chunks, on_relation, on_table, targets};
pub(crate) use self::rollups::{
    CohortSales, CountryDaySales, CustomerDaySales, DaySales, FunnelDays, MonthSales, PairSales, ProductDaySales,
    ProductMonthSales, ProductSales, QuarterHourSales,
};
pub use self::rows::{
    AddressRow, AdjustmentRow, CategoryRow, InventoryRow, MovementRow, OrderBundle, OrderItemRow, OrderRow, PaymentRow,
    PriceChangeRow, ProductExternalIdRow, ProductGroupRow, ProductImageRow, ProductRevisionRow, ProductRow, RefundRow,
    UserRevisionRow, UserRow, VoucherRow, VoucherUseRow,
};

pub use self::summary::{Summary, TableSummary};
pub(crate) use self::terms::{ProductTerm, UserTerm};

use crate::engine::{Column, Record, Stored};
use crate::types::text_enum::text_enum;

text_enum! {
    /// A table of the shop; each comes before those that reference it. Internal tables (queues, rollups, keys) are not
    /// included.
    Table {
        /// Customers, staff and admins.
        Users = "users",
        /// Former names and addresses of users; see [`Table::Orders`].
        UserRevisions = "user_revisions",
        /// Product categories.
        Categories = "categories",
        /// Groups of products.
        ProductGroups = "product_groups",
        /// Products.
        Products = "products",
        /// Former names and SKUs of products; see [`Table::OrderItems`].
        ProductRevisions = "product_revisions",
        /// Images of products.
        ProductImages = "product_images",
        /// Ids of products in other systems.
        ProductExternalIds = "product_external_ids",
        /// History of product prices.
        PriceChanges = "price_changes",
        /// Stock levels by product.
        Inventory = "inventory",
        /// Vouchers.
        Vouchers = "vouchers",
        /// Orders. The buyer of an order with `user_revision` r, which is 0 if it is NULL, has the name and address of the
        /// row (`user_id`, r) of `user_revisions`, or if there is none, those of `users`.
        Orders = "orders",
        /// Order lines. The product of a line with `product_revision` r, which is 0 if it is NULL, has the name and SKU of
        /// the row (`product_id`, r) of `product_revisions`, or if there is none, those of `products`.
        OrderItems = "order_items",
        /// Discounts, shipping, fees and taxes of orders.
        OrderAdjustments = "order_adjustments",
        /// Shipping and billing addresses of orders.
        OrderAddresses = "order_addresses",
        /// Payment attempts.
        Payments = "payments",
        /// Refunds of payments.
        Refunds = "refunds",
        /// Changes of stock other than by orders: initial stock, restocks, adjustments.
        InventoryMovements = "inventory_movements",
        /// How often each user has used each voucher.
        VoucherUses = "voucher_uses",
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
    pub fn schema(self) -> &'static [Column] {
        on_table!(self, R => <R as Stored>::SCHEMA)
    }
}
