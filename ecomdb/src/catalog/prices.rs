//! Price history of products.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::engine::Connection;
use crate::error::Result;
use crate::schema::price_changes;
use crate::types::time::Stamp;
use crate::types::{List, Money, Page, PageRequest, ProductId};

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
    #[diesel(deserialize_as = Stamp)]
    pub changed_at: DateTime<Utc>,
}

/// Records a price change, unless both prices are equal.
pub(crate) fn record(conn: &mut Connection, product: ProductId, old: Money, new: Money, at: Stamp) -> Result<()> {
    if old == new {
        return Ok(());
    }
    diesel::insert_into(price_changes::table)
        .values((
            price_changes::product_id.eq(product),
            price_changes::old_price.eq(old),
            price_changes::new_price.eq(new),
            price_changes::changed_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// A page of a product's price changes, latest first.
pub(crate) fn history(conn: &mut Connection, product: ProductId, page: &PageRequest) -> Result<Page<PriceChange>> {
    let list = List::new("prices", &product.to_string());
    let mut query = price_changes::table
        .filter(price_changes::product_id.eq(product))
        .select((price_changes::id, PriceChange::as_select()))
        .order(price_changes::id.desc())
        .into_boxed();
    if let Some(after) = page.start(list)? {
        query = query.filter(price_changes::id.lt(after));
    }
    let rows: Vec<(i64, PriceChange)> = query.limit(page.limit.get() + 1).load(conn)?;
    Ok(Page::of(rows, page, list, |(id, _)| *id).map(|(_, change)| change))
}
