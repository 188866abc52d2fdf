//! Price history of products.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::engine::{Connection, Moment, count_rows};
use crate::error::Result;
use crate::schema::price_changes;
use crate::types::keyset::sorted;
use crate::types::time::json_time;
use crate::types::{List, Money, Page, PageRequest, ProductId, RowCount};

/// A change of a product's price.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Queryable, Selectable)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[diesel(table_name = price_changes)]
#[non_exhaustive]
pub struct PriceChange {
    /// Product id.
    pub product_id: ProductId,
    /// Price before the change.
    pub old_price: Money,
    /// Price after the change.
    pub new_price: Money,
    /// When the price changed (UTC).
    #[serde(serialize_with = "json_time")]
    pub changed_at: DateTime<Utc>,
}

/// Records a price change, unless both prices are equal.
pub(crate) fn record(
    conn: &mut Connection,
    product: ProductId,
    old: Money,
    new: Money,
    at: DateTime<Utc>,
) -> Result<()> {
    if old == new {
        return Ok(());
    }
    diesel::insert_into(price_changes::table)
        .values((
            price_changes::product_id.eq(product),
            price_changes::old_price.eq(old),
            price_changes::new_price.eq(new),
            price_changes::changed_at.eq(Moment::of(at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// A page of a product's price changes, latest first.
pub(crate) fn history(conn: &mut Connection, product: ProductId, page: &PageRequest) -> Result<Page<PriceChange>> {
    let list = List::new("prices", &product.to_string());
    let changes = price_changes::table
        .filter(price_changes::product_id.eq(product))
        .select((price_changes::id, PriceChange::as_select()))
        .into_boxed();
    let (query, direction) = sorted!(changes, page, list, descending price_changes::id);
    let rows: Vec<(i64, PriceChange)> = query.load(conn)?;
    Ok(Page::of(rows, page, list, direction, |(id, _)| *id).map(|(_, change)| change))
}

/// The number of changes of a product's price.
pub(crate) fn count(conn: &mut Connection, product: ProductId) -> Result<RowCount> {
    let changes = price_changes::table.filter(price_changes::product_id.eq(product));
    Ok(count_rows(conn, changes.select(price_changes::id))?)
}
