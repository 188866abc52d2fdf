//! Lists of products.

use chrono::{DateTime, Utc};
use diesel::helper_types::{InnerJoin, IntoBoxed, LeftJoin};
use diesel::prelude::*;

use super::product::View;
use super::{ExternalId, Product, images};
use crate::context::Context;
use crate::engine::{Connection, Moment, MultiBackend, count_rows};
use crate::error::Result;
use crate::schema::{categories, inventory, product_external_ids, product_groups, products};
use crate::search::{Candidates, Index, candidates, candidates_to_count, found};
use crate::types::keyset::{SortKey, sorted};
use crate::types::setters::setters;
use crate::types::text_enum::text_enum;
use crate::types::{CategoryId, List, Money, Page, PageRequest, ProductGroupId, ProductStatus, RowCount};

text_enum! {
    /// Sort order of products. Ties are broken by id, in the same direction.
    ProductSort (default Id) {
        /// Ascending id, which is the order of creation (default).
        Id = "id",
        /// Descending id.
        IdDescending = "-id",
        /// Ascending name, by code point (A to Z before a to z).
        Name = "name",
        /// Descending name.
        NameDescending = "-name",
        /// Ascending price.
        Price = "price",
        /// Descending price.
        PriceDescending = "-price",
        /// Ascending time of creation.
        CreatedAt = "created_at",
        /// Descending time of creation.
        CreatedAtDescending = "-created_at",
    }
}

/// Filter, sort order and page of a list of products.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ProductFilter {
    /// Requested page.
    pub page: PageRequest,
    /// Sort order.
    pub sort: ProductSort,
    /// Only products in this category.
    pub category_id: Option<CategoryId>,
    /// Only products of this group.
    pub group_id: Option<ProductGroupId>,
    /// Only the product with this id in another system.
    pub external_id: Option<ExternalId>,
    /// Only products with this status.
    pub status: Option<ProductStatus>,
    /// Only products with all of these words in SKU, name, category, option values or description; see
    /// [`UserFilter`](crate::UserFilter#search).
    pub search: Option<String>,
    /// Minimum price (inclusive).
    pub min_price: Option<Money>,
    /// Maximum price (inclusive).
    pub max_price: Option<Money>,
    /// `true` for products in stock, `false` for products out of stock.
    pub in_stock: Option<bool>,
}

setters! {
    ProductFilter {
        value page: PageRequest, value sort: ProductSort, some category_id: CategoryId,
        some group_id: ProductGroupId, some external_id: ExternalId, some status: ProductStatus,
        text search: String, some min_price: Money, some max_price: Money, some in_stock: bool,
    }
}

impl ProductFilter {
    /// Identity of the list for its cursors: all filters and the sort order.
    fn identity(&self) -> List {
        let Self { page: _, sort, category_id, group_id, external_id, status, search, min_price, max_price, in_stock } =
            self;
        let filters = (category_id, group_id, external_id, status, search, min_price, max_price, in_stock);
        List::new("products", &format!("{sort} {filters:?}"))
    }
}

/// Products with their inventory, category and group. Each has a category: the left join only keeps MariaDB from beginning with the
/// categories, and from sorting all their products for a page.
type Joined = IntoBoxed<'static, LeftJoin<Stocked, product_groups::table>, MultiBackend>;
type Stocked = LeftJoin<InnerJoin<products::table, inventory::table>, categories::table>;

/// The products that match the filter and that the caller can see; `searched` are those that match the search.
fn matching(view: View, filter: &ProductFilter, searched: Option<Candidates>) -> Joined {
    let query = products::table.inner_join(inventory::table).left_join(categories::table);
    let mut query = query.left_join(product_groups::table).into_boxed();
    if !view.has_archived() {
        query = query.filter(products::status.eq(ProductStatus::Active));
    }
    if let Some(category) = filter.category_id {
        query = query.filter(products::category_id.eq(category));
    }
    if let Some(group) = filter.group_id {
        query = query.filter(products::group_id.eq(group));
    }
    if let Some(id) = &filter.external_id {
        let owner = product_external_ids::table
            .filter(product_external_ids::source.eq(id.source().to_owned()))
            .filter(product_external_ids::external_id.eq(id.external_id().to_owned()))
            .select(product_external_ids::product_id);
        query = query.filter(products::id.eq_any(owner));
    }
    if let Some(status) = filter.status {
        query = query.filter(products::status.eq(status));
    }
    if let Some(searched) = searched {
        query = found!(query, searched, Index::Products, products::id, "products.id");
    }
    if let Some(price) = filter.min_price {
        query = query.filter(products::price.ge(price));
    }
    if let Some(price) = filter.max_price {
        query = query.filter(products::price.le(price));
    }
    match filter.in_stock {
        Some(true) => query.filter(inventory::quantity.gt(0)),
        Some(false) => query.filter(inventory::quantity.eq(0)),
        None => query,
    }
}

/// The number of products that match the filter.
pub(crate) fn count(conn: &mut Connection, context: &Context, filter: &ProductFilter) -> Result<RowCount> {
    let search = filter.search.as_ref();
    let searched = search.map(|search| candidates_to_count(conn, Index::Products, search)).transpose()?;
    let query = matching(View::of(context), filter, searched);
    Ok(count_rows(conn, query.select(products::id))?)
}

pub(crate) fn list(conn: &mut Connection, context: &Context, filter: &ProductFilter) -> Result<Page<Product>> {
    let view = View::of(context);
    let searched = filter.search.as_ref().map(|search| candidates(conn, Index::Products, search)).transpose()?;
    let query = matching(view, filter, searched).select(Product::as_select());
    let (page, list) = (&filter.page, filter.identity());
    let (query, direction) = match filter.sort {
        ProductSort::Id => sorted!(query, page, list, ascending products::id),
        ProductSort::IdDescending => sorted!(query, page, list, descending products::id),
        ProductSort::Name => sorted!(query, page, list, ascending products::name => String, products::id),
        ProductSort::NameDescending => sorted!(query, page, list, descending products::name => String, products::id),
        ProductSort::Price => sorted!(query, page, list, ascending products::price => Money, products::id),
        ProductSort::PriceDescending => sorted!(query, page, list, descending products::price => Money, products::id),
        ProductSort::CreatedAt => {
            sorted!(query, page, list, ascending products::created_at => DateTime<Utc> as Moment::of, products::id)
        }
        ProductSort::CreatedAtDescending => {
            sorted!(query, page, list, descending products::created_at => DateTime<Utc> as Moment::of, products::id)
        }
    };
    let mut rows: Vec<Product> = query.load(conn)?;
    rows.retain_mut(|product| view.restrict(product));
    let mut page = Page::sorted(rows, page, list, direction, |product| (key(filter.sort, product), product.id.get()));
    images::read(conn, &mut page.items)?;
    Ok(page)
}

/// All products of a group that the caller can see, by ascending id.
pub(super) fn of_group(conn: &mut Connection, view: View, group: ProductGroupId) -> Result<Vec<Product>> {
    let query = matching(view, &ProductFilter::default().group_id(group), None).select(Product::as_select());
    let mut products: Vec<Product> = query.order(products::id).load(conn)?;
    products.retain_mut(|product| view.restrict(product));
    images::read(conn, &mut products)?;
    Ok(products)
}

/// Sort value of a product; `None` if sorted by id.
fn key(sort: ProductSort, product: &Product) -> Option<String> {
    match sort {
        ProductSort::Id | ProductSort::IdDescending => None,
        ProductSort::Name | ProductSort::NameDescending => Some(product.name.to_text()),
        ProductSort::Price | ProductSort::PriceDescending => Some(product.price.to_text()),
        ProductSort::CreatedAt | ProductSort::CreatedAtDescending => Some(product.created_at.to_text()),
    }
}
