//! The page of a product.

use askama::Template;
use axum::extract::State;
use ecomdb::{Limit, OnBehalf, Page, PageRequest, PriceChange, Product, ProductId, ProductStatus, Scope};

use super::prices::price_chart;
use crate::dashboard::chart::Markup;
use crate::dashboard::format::{count, money};
use crate::dashboard::inventory::{Ledger, LedgerQuery, Movements, StockBadge};
use crate::dashboard::list::Address;
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::{Id, Query};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "products/show.html")]
struct ProductPage {
    shell: Shell,
    product: Product,
    price: String,
    /// Of a caller who may see it.
    stock: Option<Stock>,
    badge: Option<StockBadge>,
    prices: Markup,
    ledger: Option<Ledger>,
    can_write: bool,
    can_book: bool,
}

struct Stock {
    units: String,
    level: String,
}

/// What the page shows of the shop.
struct Reading {
    product: Product,
    prices: Page<PriceChange>,
    movements: Option<Movements>,
}

impl Reading {
    fn of(shop: OnBehalf<'_>, id: ProductId, movements: &PageRequest, has_levels: bool) -> ecomdb::Result<Self> {
        let all = PageRequest::default().limit(Limit::new(Limit::MAX)?);
        Ok(Self {
            product: shop.products().get(id)?,
            prices: shop.products().price_history(id, &all)?,
            movements: has_levels.then(|| Movements::read(shop, id, movements)).transpose()?,
        })
    }
}

/// The page of a product.
pub(in crate::dashboard) async fn show_product(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductId>,
    Query(query): Query<LedgerQuery>,
) -> Answer {
    let (page, has_levels) = (query.page()?, visit.can(Scope::InventoryRead));
    let reading = app.run(move |db| db.run(move |shop| Reading::of(shop, id, &page, has_levels)));
    render(&ProductPage::new(visit, reading.await.map_err(Problem::of_query)?))
}

impl ProductPage {
    fn new(visit: Visit, reading: Reading) -> Self {
        let Reading { product, prices, movements } = reading;
        let address = Address::new(format!("/products/{}", product.id), []);
        let units = product.stock.zip(product.reorder_level);
        Self {
            price: money(product.price),
            stock: units.map(|(units, level)| Stock { units: count(units), level: count(level) }),
            badge: StockBadge::of(product.stock, product.reorder_level, product.in_stock),
            prices: price_chart(&product, &prices, visit.zone(), visit.now()),
            ledger: movements.map(|movements| Ledger::new(movements, &address)),
            can_write: visit.can(Scope::CatalogWrite),
            can_book: visit.can(Scope::InventoryWrite),
            shell: visit.page(product.name.as_str(), Section::Products),
            product,
        }
    }

    fn is_archived(&self) -> bool {
        self.product.status == ProductStatus::Archived
    }
}
