//! Tables and rollups by name, with the types of their rows.

use super::Table;
use crate::engine::{Cells, Snapshot, Target};
use crate::error::Result;

/// A target of rows: the tables in the order of [`Table`], and the search terms and rollups loaded with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Users,
    UserRevisions,
    Categories,
    ProductGroups,
    Products,
    ProductRevisions,
    ProductImages,
    ProductExternalIds,
    PriceChanges,
    Inventory,
    Vouchers,
    Orders,
    OrderItems,
    OrderAdjustments,
    OrderAddresses,
    Payments,
    Refunds,
    InventoryMovements,
    VoucherUses,
    UserTerm,
    ProductTerm,
    MonthSales,
    DaySales,
    QuarterHourSales,
    ProductSales,
    ProductMonthSales,
    ProductDaySales,
    CountryDaySales,
    CustomerDaySales,
    CohortSales,
    FunnelDays,
    PairSales,
}

impl Relation {
    pub(crate) const ALL: [Self; 32] = [
        Self::Users,
        Self::UserRevisions,
        Self::Categories,
        Self::ProductGroups,
        Self::Products,
        Self::ProductRevisions,
        Self::ProductImages,
        Self::ProductExternalIds,
        Self::PriceChanges,
        Self::Inventory,
        Self::Vouchers,
        Self::Orders,
        Self::OrderItems,
        Self::OrderAdjustments,
        Self::OrderAddresses,
        Self::Payments,
        Self::Refunds,
        Self::InventoryMovements,
        Self::VoucherUses,
        Self::UserTerm,
        Self::ProductTerm,
        Self::MonthSales,
        Self::DaySales,
        Self::QuarterHourSales,
        Self::ProductSales,
        Self::ProductMonthSales,
        Self::ProductDaySales,
        Self::CountryDaySales,
        Self::CustomerDaySales,
        Self::CohortSales,
        Self::FunnelDays,
        Self::PairSales,
    ];

    /// The table; `None` for derived data.
    pub(crate) fn table(self) -> Option<Table> {
        Table::ALL.get(self as usize).copied()
    }
}

/// All relations for bulk loading, in order.
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
            Users UserRow, UserRevisions UserRevisionRow, Categories CategoryRow, ProductGroups ProductGroupRow,
            Products ProductRow, ProductRevisions ProductRevisionRow, ProductImages ProductImageRow,
            ProductExternalIds ProductExternalIdRow, PriceChanges PriceChangeRow, Inventory InventoryRow,
            Vouchers VoucherRow, Orders OrderRow, OrderItems OrderItemRow, OrderAdjustments AdjustmentRow,
            OrderAddresses AddressRow, Payments PaymentRow, Refunds RefundRow, InventoryMovements MovementRow,
            VoucherUses VoucherUseRow;)
    };
}

/// Evaluates an expression with `R` as the record type of a relation.
macro_rules! on_relation {
    ($relation:expr, $R:ident => $body:expr) => {{
        #[allow(unused_imports, reason = "the expression may name it too")]
        use $crate::engine::Record as _;
        $crate::tables::on_relation!(@match $crate::tables::Relation, $relation, $R => $body;
            Users UserRow, UserRevisions UserRevisionRow, Categories CategoryRow, ProductGroups ProductGroupRow,
            Products ProductRow, ProductRevisions ProductRevisionRow, ProductImages ProductImageRow,
            ProductExternalIds ProductExternalIdRow, PriceChanges PriceChangeRow, Inventory InventoryRow,
            Vouchers VoucherRow, Orders OrderRow, OrderItems OrderItemRow, OrderAdjustments AdjustmentRow,
            OrderAddresses AddressRow, Payments PaymentRow, Refunds RefundRow, InventoryMovements MovementRow,
            VoucherUses VoucherUseRow;
            UserTerm, ProductTerm, MonthSales, DaySales, QuarterHourSales, ProductSales, ProductMonthSales,
            ProductDaySales, CountryDaySales, CustomerDaySales, CohortSales, FunnelDays, PairSales)
    }};
    (@match $enum:path, $value:expr, $R:ident => $body:expr; $($table:ident $row:ident),+; $($derived:ident),*) => {{
        use $enum as Choice;
        match $value {
            $(Choice::$table => {
                type $R = $crate::tables::$row;
                $body
            })+
            $(Choice::$derived => {
                type $R = $crate::tables::$derived;
                $body
            })*
        }
    }};
}
pub(crate) use {on_relation, on_table};
