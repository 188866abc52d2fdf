//! Rows as the tables hold them, with the columns of each table. A column stands here and in [`crate::schema`].
//!
//! Ids are counted from 1, money is in minor units, times are microseconds since 1970-01-01 UTC.

use diesel::QueryResult;

use super::record::{Flag, Int, Kind, Maybe, Money, Text, Time, column, key_of, next_rows, row};
use super::{PaymentReference, Relation, Table};
use crate::engine::{Cells, Column, Connection, Record, Stored};
use crate::types::{
    AddressKind, AdjustmentKind, CancelReason, Country, MovementReason, OrderStatus, PaymentMethod, PaymentStatus,
    ProductStatus, UserStatus, VoucherKind,
};

row! {
    /// A row of `users`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    UserRow in Users, key columns: 1 {
        /// User id, from 1 without gaps.
        id: i64 as Int,
        /// Unique, lower-case ASCII.
        email: String as Text,
        /// Given name.
        first_name: &'static str as Text,
        /// Family name.
        last_name: &'static str as Text,
        /// Status of the account; a disabled one cannot order.
        status: UserStatus as Text,
        /// When the account was opened.
        created_at: i64 as Time,
        /// When the account was opened or disabled.
        updated_at: i64 as Time,
        /// Number of changes of name and address.
        name_revision: i64 as Int,
    }
}

row! {
    /// A row of `user_revisions`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    UserRevisionRow in UserRevisions, key columns: 2 {
        /// User id.
        user_id: i64 as Int,
        /// Revision, from 0 without gaps, below that of the user.
        revision: i64 as Int,
        /// E-mail address of this revision.
        email: String as Text,
        /// Given name of this revision.
        first_name: &'static str as Text,
        /// Family name of this revision.
        last_name: &'static str as Text,
    }
}

row! {
    /// A row of `categories`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    CategoryRow in Categories, key columns: 1 {
        /// Category id, from 1 without gaps.
        id: i64 as Int,
        /// Unique name.
        name: &'static str as Text,
        /// Category id of the department; `None` for a department.
        parent_id: Option<i64> as Maybe<Int>,
        /// Description of one sentence.
        description: &'static str as Text,
        /// When the category was created.
        created_at: i64 as Time,
    }
}

row! {
    /// A row of `product_groups`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    ProductGroupRow in ProductGroups, key columns: 1 {
        /// Group id, from 1 without gaps.
        id: i64 as Int,
        /// Name.
        name: String as Text,
        /// Description of one sentence.
        description: String as Text,
        /// JSON array of the names of the options.
        options: String as Text,
        /// When the group was created.
        created_at: i64 as Time,
        /// When the group was last changed.
        updated_at: i64 as Time,
    }
}

row! {
    /// A row of `products`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    ProductRow in Products, key columns: 1 {
        /// Product id, from 1 without gaps.
        id: i64 as Int,
        /// Id of a category without children.
        category_id: i64 as Int,
        /// Unique SKU: department, kind and number.
        sku: String as Text,
        /// Brand, kind, unique model identifier and variant.
        name: String as Text,
        /// Description of two sentences.
        description: String as Text,
        /// Price at the end of the period, in minor units.
        price: i64 as Money,
        /// Whether the product is still on sale at the end of the period.
        status: ProductStatus as Text,
        /// When the product was listed.
        created_at: i64 as Time,
        /// When the product was listed or last changed.
        updated_at: i64 as Time,
        /// Number of changes of name and SKU.
        name_revision: i64 as Int,
        /// Id of the product's group; `None` for a product that is in none.
        group_id: Option<i64> as Maybe<Int>,
        /// JSON array with a value for each option of the group.
        option_values: Option<String> as Maybe<Text>,
        /// Number of images.
        image_count: i64 as Int,
    }
}

row! {
    /// A row of `product_revisions`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    ProductRevisionRow in ProductRevisions, key columns: 2 {
        /// Product id.
        product_id: i64 as Int,
        /// Revision, from 0 without gaps, below that of the product.
        revision: i64 as Int,
        /// SKU of this revision.
        sku: String as Text,
        /// Name of this revision.
        name: String as Text,
    }
}

row! {
    /// A row of `product_images`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    ProductImageRow in ProductImages, key columns: 2 {
        /// Product id.
        product_id: i64 as Int,
        /// Position within the product, from 1 without gaps.
        position: i64 as Int,
        /// Address.
        url: String as Text,
        /// Alternative text; may be empty.
        alt: String as Text,
    }
}

row! {
    /// A row of `product_external_ids`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    ProductExternalIdRow in ProductExternalIds, key columns: 1 {
        /// Row id, from 1 without gaps.
        id: i64 as Int,
        /// Name of the other system.
        source: &'static str as Text,
        /// Id of the product there, unique within the source.
        external_id: String as Text,
        /// Product id.
        product_id: i64 as Int,
    }
}

row! {
    /// A row of `price_changes`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    PriceChangeRow in PriceChanges, key columns: 1 {
        /// Price change id, from 1 without gaps, ascending with time.
        id: i64 as Int,
        /// Product id.
        product_id: i64 as Int,
        /// Price before the change, in minor units.
        old_price: i64 as Money,
        /// Price after the change, in minor units; differs from the old one.
        new_price: i64 as Money,
        /// Start of validity of the new price.
        changed_at: i64 as Time,
    }
}

row! {
    /// A row of `inventory`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    InventoryRow in Inventory, key columns: 1 {
        /// Product id.
        product_id: i64 as Int,
        /// Units in stock.
        quantity: i64 as Int,
        /// Reorder level, in units.
        reorder_level: i64 as Int,
        /// Time of the last movement.
        updated_at: i64 as Time,
    }
}

row! {
    /// A row of `inventory_movements`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    MovementRow in InventoryMovements, key columns: 1 {
        /// Movement id, from 1 without gaps, ascending with time.
        id: i64 as Int,
        /// Product id.
        product_id: i64 as Int,
        /// Units added, or removed if negative; never 0.
        delta: i64 as Int,
        /// Reason of the movement.
        reason: MovementReason as Text,
        /// Note.
        note: Option<&'static str> as Maybe<Text>,
        /// When the stock changed.
        created_at: i64 as Time,
    }
}

row! {
    /// A row of `orders`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    OrderRow in Orders, key columns: 1 {
        /// Order id, from 1 without gaps, ascending with time.
        id: i64 as Int,
        /// User id of the customer.
        user_id: i64 as Int,
        /// Status at the end of the period.
        status: OrderStatus as Text,
        /// Sum of the order's items and adjustments, in minor units.
        total: i64 as Money,
        /// Captured part of the total, in minor units.
        paid: i64 as Money,
        /// Refunded part of the total, in minor units.
        refunded: i64 as Money,
        /// Number of units over all lines.
        item_count: i64 as Int,
        /// Sum of the adjustments that change the total, in minor units; `None` without adjustments.
        adjustments: Option<i64> as Maybe<Money>,
        /// When the order was placed.
        placed_at: i64 as Time,
        /// When the order was paid in full.
        completed_at: Option<i64> as Maybe<Time>,
        /// When the order was cancelled.
        cancelled_at: Option<i64> as Maybe<Time>,
        /// When the hold ends; only of pending orders of which nothing was paid.
        expires_at: Option<i64> as Maybe<Time>,
        /// Why the order was cancelled.
        cancel_reason: Option<CancelReason> as Maybe<Text>,
        /// Revision of the customer's name and address when the order was placed; `None` for 0.
        user_revision: Option<i64> as Maybe<Int>,
        /// Country of its shipping address, or of its billing address; `None` without addresses.
        country: Option<Country> as Maybe<Text>,
    }
}

row! {
    /// A row of `order_items`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    OrderItemRow in OrderItems, key columns: 2 {
        /// Order id.
        order_id: i64 as Int,
        /// Product id; unique within the order.
        product_id: i64 as Int,
        /// Units ordered.
        quantity: i64 as Int,
        /// Price per unit when the order was placed, in minor units.
        unit_price: i64 as Money,
        /// The line's part of the order's discounts, in minor units above 0; `None` without one.
        discount: Option<i64> as Maybe<Money>,
        /// Revision of the product's name and SKU when the order was placed; `None` for 0.
        product_revision: Option<i64> as Maybe<Int>,
    }
}

row! {
    /// A row of `order_adjustments`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    AdjustmentRow in OrderAdjustments, key columns: 2 {
        /// Order id.
        order_id: i64 as Int,
        /// Position within the order, from 1 without gaps.
        position: i64 as Int,
        /// Kind of adjustment.
        kind: AdjustmentKind as Text,
        /// Voucher that gave the discount.
        voucher_id: Option<i64> as Maybe<Int>,
        /// Description.
        label: &'static str as Text,
        /// Amount in minor units; at most 0 for a discount, at least 0 for the rest.
        amount: i64 as Money,
        /// Whether it is a tax within the prices, which does not change the total.
        included: bool as Flag,
    }
}

row! {
    /// A row of `order_addresses`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    AddressRow in OrderAddresses, key columns: 2 {
        /// Order id.
        order_id: i64 as Int,
        /// Kind of address.
        kind: AddressKind as Text,
        /// Name of the person or company.
        recipient: String as Text,
        /// Street and house number, on one to five lines.
        street: String as Text,
        /// Town or city.
        city: &'static str as Text,
        /// State, province or region.
        region: Option<&'static str> as Maybe<Text>,
        /// Postal code.
        postcode: Option<String> as Maybe<Text>,
        /// ISO 3166-1 code.
        country: Country as Text,
        /// Telephone number.
        phone: Option<String> as Maybe<Text>,
    }
}

row! {
    /// A row of `vouchers`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    VoucherRow in Vouchers, key columns: 1 {
        /// Voucher id, from 1 without gaps.
        id: i64 as Int,
        /// Unique code, in upper case.
        code: String as Text,
        /// Kind of voucher.
        kind: VoucherKind as Text,
        /// Amount in minor units, or hundredths of a percent.
        value: i64 as Money,
        /// Minimum of the order's items, in minor units.
        minimum: i64 as Money,
        /// Start of validity.
        starts_at: Option<i64> as Maybe<Time>,
        /// End of validity.
        ends_at: Option<i64> as Maybe<Time>,
        /// Maximum number of uses.
        usage_limit: Option<i64> as Maybe<Int>,
        /// Maximum number of uses of one user.
        per_user_limit: Option<i64> as Maybe<Int>,
        /// Number of uses at the end of the period; 0 without a usage limit.
        used: i64 as Int,
        /// When the voucher was created.
        created_at: i64 as Time,
        /// When the voucher was last changed.
        updated_at: i64 as Time,
    }
}

row! {
    /// A row of `voucher_uses`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    VoucherUseRow in VoucherUses, key columns: 2 {
        /// Voucher id.
        voucher_id: i64 as Int,
        /// User id.
        user_id: i64 as Int,
        /// Orders of the user with the voucher that are not cancelled.
        used: i64 as Int,
    }
}

row! {
    /// A row of `payments`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    PaymentRow in Payments, key columns: 1 {
        /// Payment id, unique and ascending with gaps.
        id: i64 as Int,
        /// Order id.
        order_id: i64 as Int,
        /// Payment method.
        method: PaymentMethod as Text,
        /// Status at the end of the period.
        status: PaymentStatus as Text,
        /// Amount in minor units, above 0.
        amount: i64 as Money,
        /// When the payment was captured.
        paid_at: Option<i64> as Maybe<Time>,
        /// Reference at the payment provider.
        reference: Option<PaymentReference> as Maybe<Text>,
        /// When the attempt was made.
        created_at: i64 as Time,
    }
}

row! {
    /// A row of `refunds`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    RefundRow in Refunds, key columns: 1 {
        /// Refund id, unique and ascending with gaps.
        id: i64 as Int,
        /// Payment id.
        payment_id: i64 as Int,
        /// Order id.
        order_id: i64 as Int,
        /// Amount in minor units, above 0.
        amount: i64 as Money,
        /// Reason given by the customer.
        reason: &'static str as Text,
        /// Whether the units were returned to stock.
        restocked: bool as Flag,
        /// When the refund was made.
        created_at: i64 as Time,
    }
}

/// An order with its items, payments and refunds. Reuse one to avoid allocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBundle {
    /// The order.
    pub order: OrderRow,
    /// Items, by ascending product id.
    pub items: Vec<OrderItemRow>,
    /// Adjustments, by position.
    pub adjustments: Vec<AdjustmentRow>,
    /// Billing and shipping address, as far as there are any, in this order.
    pub addresses: Vec<AddressRow>,
    /// Payment attempts, by ascending time.
    pub payments: Vec<PaymentRow>,
    /// Refunds, by ascending time.
    pub refunds: Vec<RefundRow>,
}

impl OrderBundle {
    /// Returns an empty bundle, to be filled.
    #[must_use]
    pub fn new() -> Self {
        Self {
            order: OrderRow {
                id: 0,
                user_id: 0,
                status: OrderStatus::Pending,
                total: 0,
                paid: 0,
                refunded: 0,
                item_count: 0,
                adjustments: None,
                placed_at: 0,
                completed_at: None,
                cancelled_at: None,
                expires_at: None,
                cancel_reason: None,
                user_revision: None,
                country: None,
            },
            items: Vec::with_capacity(20),
            adjustments: Vec::with_capacity(4),
            addresses: Vec::with_capacity(2),
            payments: Vec::with_capacity(4),
            refunds: Vec::with_capacity(2),
        }
    }
}

impl Default for OrderBundle {
    fn default() -> Self {
        Self::new()
    }
}
