//! Which products, and in which order.

use diesel::prelude::*;

use super::product::View;
use super::{Product, ProductStatus};
use crate::backend::Connection;
use crate::error::Result;
use crate::schema::{categories, inventory, products};
use crate::types::keyset::{SortKey, sorted};
use crate::types::text_enum::text_enum;
use crate::types::time::Stamp;
use crate::types::{CategoryId, List, Money, Page, PageRequest, text};

text_enum! {
    #[derive(Default)]
    /// What products are sorted by. Those that are level in it are sorted by id, in the same direction.
    ProductSort {
        /// By id: what was created first comes first. Products are listed so unless told otherwise.
        #[default]
        Id = "id",
        /// By id, the last one first.
        IdDescending = "-id",
        /// By name, character by character (so A to Z comes before a to z).
        Name = "name",
        /// By name, backwards.
        NameDescending = "-name",
        /// By price, the cheapest first.
        Price = "price",
        /// By price, the dearest first.
        PriceDescending = "-price",
        /// By the time they were created, the oldest first.
        CreatedAt = "created_at",
        /// By the time they were created, the newest first.
        CreatedAtDescending = "-created_at",
    }
}

/// Which products to list, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// Which page.
    pub page: PageRequest,
    /// In which order.
    pub sort: ProductSort,
    /// Only products of this category.
    pub category_id: Option<CategoryId>,
    /// Only products of this status.
    pub status: Option<ProductStatus>,
    /// Only products whose name or SKU contains this text of at most 254 characters. Upper and lower case of the ASCII
    /// letters are the same (MariaDB takes all letters so); all else is literal, also `%` and `_`. Spaces around it do not
    /// count.
    pub text: Option<String>,
    /// Only products that cost as much or more.
    pub min_price: Option<Money>,
    /// Only products that cost as much or less.
    pub max_price: Option<Money>,
    /// Only products of which something is in stock, or only those of which nothing is.
    pub in_stock: Option<bool>,
}

impl ProductFilter {
    /// The list that cursors belong to: what decides about its rows and their order.
    fn identity(&self) -> List {
        let Self { page: _, sort, category_id, status, text, min_price, max_price, in_stock } = self;
        let filters = (category_id, status, text, min_price, max_price, in_stock);
        List::new("products", &format!("{sort} {filters:?}"))
    }
}

pub(super) fn list(conn: &mut Connection, filter: &ProductFilter, view: View) -> Result<Page<Product>> {
    let mut query = products::table
        .inner_join(categories::table)
        .inner_join(inventory::table)
        .select(Product::as_select())
        .into_boxed();
    if !view.has_archived() {
        query = query.filter(products::status.eq(ProductStatus::Active));
    }
    if let Some(category) = filter.category_id {
        query = query.filter(products::category_id.eq(category));
    }
    if let Some(status) = filter.status {
        query = query.filter(products::status.eq(status));
    }
    if let Some(text) = &filter.text {
        let pattern = text::contains(&conn.lower(&text::sought("text", text)?));
        query = query.filter(
            text::lower(products::name)
                .like(pattern.clone())
                .escape('!')
                .or(text::lower(products::sku).like(pattern).escape('!')),
        );
    }
    if let Some(price) = filter.min_price {
        query = query.filter(products::price.ge(price));
    }
    if let Some(price) = filter.max_price {
        query = query.filter(products::price.le(price));
    }
    query = match filter.in_stock {
        Some(true) => query.filter(inventory::quantity.gt(0)),
        Some(false) => query.filter(inventory::quantity.eq(0)),
        None => query,
    };
    let (page, list) = (&filter.page, filter.identity());
    query = match filter.sort {
        ProductSort::Id => sorted!(query, page, list, ascending products::id),
        ProductSort::IdDescending => sorted!(query, page, list, descending products::id),
        ProductSort::Name => sorted!(query, page, list, ascending products::name => String, products::id),
        ProductSort::NameDescending => sorted!(query, page, list, descending products::name => String, products::id),
        ProductSort::Price => sorted!(query, page, list, ascending products::price => Money, products::id),
        ProductSort::PriceDescending => sorted!(query, page, list, descending products::price => Money, products::id),
        ProductSort::CreatedAt => sorted!(query, page, list, ascending products::created_at => Stamp, products::id),
        ProductSort::CreatedAtDescending => {
            sorted!(query, page, list, descending products::created_at => Stamp, products::id)
        }
    };
    let rows: Vec<Product> = query.limit(page.limit.get() + 1).load(conn)?;
    let rows = rows.into_iter().filter_map(|product| view.of_product(product)).collect();
    Ok(Page::sorted(rows, page, list, |product| (key(filter.sort, product), product.id.get())))
}

/// What the product is sorted by.
fn key(sort: ProductSort, product: &Product) -> Option<String> {
    match sort {
        ProductSort::Id | ProductSort::IdDescending => None,
        ProductSort::Name | ProductSort::NameDescending => Some(product.name.to_text()),
        ProductSort::Price | ProductSort::PriceDescending => Some(product.price.to_text()),
        ProductSort::CreatedAt | ProductSort::CreatedAtDescending => Some(Stamp::from(product.created_at).to_text()),
    }
}
