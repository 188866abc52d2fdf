//! Ids and marks for generated rows in a shop that already has rows.

use std::collections::HashMap;

use diesel::sql_types::{BigInt, Text};

use super::Dataset;
use super::fate;
use super::{
    AddressRow, AdjustmentRow, CategoryRow, InventoryRow, MovementRow, OrderItemRow, OrderRow, PaymentRow,
    PriceChangeRow, ProductExternalIdRow, ProductGroupRow, ProductImageRow, ProductRevisionRow, ProductRow, RefundRow,
    UserRevisionRow, UserRow, VoucherRow, VoucherUseRow,
};
use crate::engine::{Connection, Sql, sql};
use crate::error::{Error, Result};

/// The highest ids in use, which are added to generated ids (from 1). All 0 in an empty shop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Placement {
    pub(crate) users: i64,
    pub(crate) products: i64,
    pub(crate) product_groups: i64,
    pub(crate) external_ids: i64,
    pub(crate) price_changes: i64,
    pub(crate) movements: i64,
    pub(crate) orders: i64,
    pub(crate) payments: i64,
    pub(crate) refunds: i64,
    pub(crate) vouchers: i64,
    /// Id of each generated category, and whether it must be inserted. If empty, generated ids are kept.
    pub(crate) categories: Vec<(i64, bool)>,
    /// Suffix that keeps generated e-mail addresses, SKUs, external ids and codes of vouchers unique.
    pub(crate) mark: Option<String>,
}

impl Placement {
    /// Places the rows after all existing ones.
    pub(crate) fn behind(conn: &mut Connection, dataset: &Dataset) -> Result<Self> {
        let mut last = |table: &str| sql(format!("SELECT COALESCE(MAX(id), 0) FROM {table}")).one::<BigInt, i64>(conn);
        let mut place = Self {
            users: last("users")?,
            products: last("products")?,
            product_groups: last("product_groups")?,
            external_ids: last("product_external_ids")?,
            price_changes: last("price_changes")?,
            movements: last("inventory_movements")?,
            orders: last("orders")?,
            payments: last("payments")?,
            refunds: last("refunds")?,
            vouchers: last("vouchers")?,
            categories: Vec::new(),
            mark: None,
        };
        let last_category = last("categories")?;
        if last_category > 0 {
            place.categories = categories_among(conn, dataset, last_category)?;
        }
        let last = place.users.max(place.products).max(place.vouchers);
        if last > 0 {
            place.mark = Some(mark(conn, last)?);
        }
        Ok(place)
    }

    pub(crate) fn user(&self, mut row: UserRow) -> UserRow {
        row.id += self.users;
        self.mark_email(&mut row.email);
        row
    }

    pub(crate) fn user_revision(&self, mut row: UserRevisionRow) -> UserRevisionRow {
        row.user_id += self.users;
        self.mark_email(&mut row.email);
        row
    }

    fn mark_email(&self, email: &mut String) {
        if let Some(mark) = &self.mark
            && let Some(at) = email.find('@')
        {
            email.insert_str(at, mark);
            email.insert(at, '+');
        }
    }

    /// Returns `None` for a category that already exists.
    pub(crate) fn category(&self, mut row: CategoryRow) -> Option<CategoryRow> {
        let (id, is_new) = self.category_id(row.id);
        row.id = id;
        row.parent_id = row.parent_id.map(|parent| self.category_id(parent).0);
        is_new.then_some(row)
    }

    pub(crate) fn product(&self, mut row: ProductRow) -> ProductRow {
        row.id += self.products;
        row.category_id = self.category_id(row.category_id).0;
        row.group_id = row.group_id.map(|group| group + self.product_groups);
        self.mark_sku(&mut row.sku);
        row
    }

    pub(crate) fn product_revision(&self, mut row: ProductRevisionRow) -> ProductRevisionRow {
        row.product_id += self.products;
        self.mark_sku(&mut row.sku);
        row
    }

    fn mark_sku(&self, sku: &mut String) {
        if let Some(mark) = &self.mark {
            sku.push('-');
            sku.push_str(mark);
        }
    }

    pub(crate) fn product_group(&self, mut row: ProductGroupRow) -> ProductGroupRow {
        row.id += self.product_groups;
        row
    }

    pub(crate) fn product_image(&self, mut row: ProductImageRow) -> ProductImageRow {
        row.product_id += self.products;
        row
    }

    pub(crate) fn external_id(&self, mut row: ProductExternalIdRow) -> ProductExternalIdRow {
        row.id += self.external_ids;
        row.product_id += self.products;
        if let Some(mark) = &self.mark {
            row.external_id.push('-');
            row.external_id.push_str(mark);
        }
        row
    }

    pub(crate) fn price_change(&self, mut row: PriceChangeRow) -> PriceChangeRow {
        row.id += self.price_changes;
        row.product_id += self.products;
        row
    }

    pub(crate) fn stock(&self, mut row: InventoryRow) -> InventoryRow {
        row.product_id += self.products;
        row
    }

    pub(crate) fn movement(&self, mut row: MovementRow) -> MovementRow {
        row.id += self.movements;
        row.product_id += self.products;
        row
    }

    pub(crate) fn order(&self, mut row: OrderRow) -> OrderRow {
        row.id += self.orders;
        row.user_id += self.users;
        row
    }

    pub(crate) fn item(&self, mut row: OrderItemRow) -> OrderItemRow {
        row.order_id += self.orders;
        row.product_id += self.products;
        row
    }

    pub(crate) fn adjustment(&self, mut row: AdjustmentRow) -> AdjustmentRow {
        row.order_id += self.orders;
        row.voucher_id = row.voucher_id.map(|voucher| voucher + self.vouchers);
        row
    }

    pub(crate) fn address(&self, mut row: AddressRow) -> AddressRow {
        row.order_id += self.orders;
        row
    }

    pub(crate) fn voucher(&self, mut row: VoucherRow) -> VoucherRow {
        row.id += self.vouchers;
        if let Some(mark) = &self.mark {
            row.code.push('-');
            row.code.push_str(mark);
        }
        row
    }

    pub(crate) fn voucher_use(&self, mut row: VoucherUseRow) -> VoucherUseRow {
        row.voucher_id += self.vouchers;
        row.user_id += self.users;
        row
    }

    pub(crate) fn payment(&self, mut row: PaymentRow) -> PaymentRow {
        if self.payments > 0 {
            row.id += self.payments;
            row.reference = row.reference.map(|it| fate::reference(it.prefix(), row.id));
        }
        row.order_id += self.orders;
        row
    }

    pub(crate) fn refund(&self, mut row: RefundRow) -> RefundRow {
        row.id += self.refunds;
        row.payment_id += self.payments;
        row.order_id += self.orders;
        row
    }

    fn category_id(&self, id: i64) -> (i64, bool) {
        let place = usize::try_from(id - 1).ok().and_then(|index| self.categories.get(index));
        place.copied().unwrap_or((id, true))
    }
}

/// Maps each category to the existing one of the same name, or to a new id after `last`.
fn categories_among(conn: &mut Connection, dataset: &Dataset, mut last: i64) -> Result<Vec<(i64, bool)>> {
    // The row lock prevents deletion of categories that new products reference. MariaDB does not check foreign keys
    // during a bulk load.
    conn.lock_by_writing("UPDATE categories SET revision = revision + 1 WHERE id > ?", 0)?;
    let known = sql("SELECT name, id FROM categories").rows::<(Text, BigInt), (String, i64)>(conn)?;
    let known: HashMap<String, i64> = known.into_iter().collect();
    let categories = dataset.categories().map(|row| match known.get(row.name) {
        Some(&id) => (id, false),
        None => {
            last += 1;
            (last, true)
        }
    });
    Ok(categories.collect())
}

/// The lowest number, starting at `from`, that no e-mail address, SKU or code is marked with.
fn mark(conn: &mut Connection, from: i64) -> Result<String> {
    for number in from.. {
        let mark = number.to_string();
        let emails = sql("SELECT COUNT(*) FROM users WHERE email LIKE ?").text(format!("%+{mark}@%"));
        let skus = sql("SELECT COUNT(*) FROM products WHERE sku LIKE ?").text(format!("%-{mark}"));
        let codes = sql("SELECT COUNT(*) FROM vouchers WHERE code LIKE ?").text(format!("%-{mark}"));
        let mut is_free = |count: Sql| Ok::<_, Error>(count.one::<BigInt, i64>(conn)? == 0);
        if is_free(emails)? && is_free(skus)? && is_free(codes)? {
            return Ok(mark);
        }
    }
    Ok(from.to_string())
}
