//! The list of products.

use askama::Template;
use axum::extract::State;
use ecomdb::{Category, Cell, OnBehalf, Page, Product, ProductStatus, RowCount, Scope};

use super::query::ProductQuery;
use crate::dashboard::categories;
use crate::dashboard::format::{count, money};
use crate::dashboard::inventory::StockBadge;
use crate::dashboard::list::{Choice, Pager, Sheet, SortLink, csv, maybe_int, maybe_time};
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::Query;
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "products/list.html")]
struct Products {
    shell: Shell,
    tabs: Vec<Choice>,
    filters: Filters,
    columns: Columns,
    rows: Vec<Row>,
    pager: Pager,
    csv: String,
    /// The filters in words, and the address without them.
    words: Vec<String>,
    cleared: String,
    /// Whether the shop has no products yet.
    is_empty: bool,
    can_write: bool,
}

/// The form of the filters.
struct Filters {
    /// Parameters of the address that the form does not contain.
    kept: Vec<(String, String)>,
    search: String,
    min_price: String,
    max_price: String,
    categories: Vec<Choice>,
    stocks: Vec<Choice>,
}

/// Column titles that sort the list.
struct Columns {
    name: SortLink,
    price: SortLink,
    created: SortLink,
}

struct Row {
    product: Product,
    price: String,
    stock: String,
    badge: Option<StockBadge>,
}

impl Row {
    fn new(product: Product) -> Self {
        Self {
            price: money(product.price),
            stock: product.stock.map(count).unwrap_or_default(),
            badge: StockBadge::of(product.stock, product.reorder_level, product.in_stock),
            product,
        }
    }

    fn is_archived(&self) -> bool {
        self.product.status == ProductStatus::Archived
    }
}

/// The list of products.
pub(in crate::dashboard) async fn list_products(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<ProductQuery>,
) -> Answer {
    let filter = query.filter().page(query.page()?);
    let read = move |shop: OnBehalf<'_>| {
        let (page, total) = (shop.products().list(&filter)?, shop.products().count(&filter)?);
        Ok(Reading { categories: categories::all(shop)?, page, total })
    };
    let reading = app.run(move |db| db.run(read)).await.map_err(Problem::of_query)?;
    render(&Products::new(visit, &query, reading))
}

/// The data that the list shows.
struct Reading {
    categories: Vec<Category>,
    page: Page<Product>,
    total: RowCount,
}

impl Products {
    fn new(visit: Visit, query: &ProductQuery, Reading { categories, page, total }: Reading) -> Self {
        let (address, sort) = (query.address(), query.sort());
        let sorted = |label: &str, by| address.sort_link(label, by, sort.as_str());
        let price = |price: Option<ecomdb::Money>| price.map(|price| price.to_string()).unwrap_or_default();
        let words = query.words(&categories);
        Self {
            tabs: query.tabs(),
            filters: Filters {
                kept: address.kept(["search", "category", "min_price", "max_price", "in_stock"]).map(owned).collect(),
                search: query.search.clone().unwrap_or_default(),
                min_price: price(query.min_price),
                max_price: price(query.max_price),
                categories: query.categories(&categories::choices(&categories, None)),
                stocks: query.stocks(),
            },
            columns: Columns {
                name: sorted("Product", "name"),
                price: sorted(&visit.shop().amounts("Price"), "price"),
                created: sorted("Created", "created_at"),
            },
            pager: Pager::new(&address, &page, total, "product", "products"),
            csv: address.csv(),
            cleared: address.with(["search", "category", "min_price", "max_price", "in_stock"].map(|name| (name, ""))),
            is_empty: page.items.is_empty() && words.is_empty() && query.is_usual(),
            words,
            rows: page.items.into_iter().map(Row::new).collect(),
            can_write: visit.can(Scope::CatalogWrite),
            shell: visit.page("Products", Section::Products),
        }
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

const SHEET: Sheet<Product> = Sheet {
    name: "products",
    columns: &[
        ("id", |it| Cell::Int(it.id.get())),
        ("sku", |it| Cell::Text(&it.sku)),
        ("name", |it| Cell::Text(&it.name)),
        ("description", |it| Cell::Text(&it.description)),
        ("category_id", |it| Cell::Int(it.category.id.get())),
        ("category", |it| Cell::Text(&it.category.name)),
        ("price", |it| Cell::Money(it.price.minor())),
        ("status", |it| Cell::Text(it.status.as_str())),
        ("stock", |it| maybe_int(it.stock)),
        ("reorder_level", |it| maybe_int(it.reorder_level)),
        ("created_at", |it| maybe_time(Some(it.created_at))),
        ("updated_at", |it| maybe_time(Some(it.updated_at))),
    ],
};

/// All products that match the filters, as CSV.
pub(in crate::dashboard) async fn export_products(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<ProductQuery>,
) -> Answer {
    let filter = query.filter();
    csv(app, visit.today(), SHEET, move |db, page| db.products().list(&filter.clone().page(page))).await
}
