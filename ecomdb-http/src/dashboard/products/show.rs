//! The page of a product.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use ecomdb::{
    BoughtTogether, ExternalId, Limit, OnBehalf, Page, PageRequest, PriceChange, Product, ProductGroup, ProductId,
    ProductStatus, ProductTrendStep, Scope, SellThrough, TimeZone,
};

use super::prices::price_chart;
use super::sales::{sales_chart, weeks};
use crate::dashboard::chart::{Markup, Unit};
use crate::dashboard::format::{count, money};
use crate::dashboard::groups::Variants;
use crate::dashboard::inventory::{Cover, Ledger, LedgerQuery, Movements, StockBadge, recent};
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
    /// `None` if the caller may not see it.
    stock: Option<Stock>,
    badge: Option<StockBadge>,
    prices: Markup,
    /// The variants of its group; `None` for a product that is in none.
    variants: Option<Variants>,
    external_ids: Vec<ExternalId>,
    ledger: Option<Ledger>,
    /// `None` if the caller may not read reports.
    sales: Option<Sales>,
    can_write: bool,
    can_book: bool,
}

struct Stock {
    units: String,
    level: String,
}

/// Figures of the product from reports.
struct Sales {
    /// `None` without sales.
    cover: Option<Cover>,
    chart: Markup,
    companions: Vec<Companion>,
}

/// A product that is often bought together with this one.
struct Companion {
    id: ProductId,
    name: String,
    orders: String,
    lift: String,
}

/// Maximum number of companions that are shown.
const COMPANIONS: i64 = 5;

/// The data that the page shows.
struct Reading {
    product: Product,
    prices: Page<PriceChange>,
    group: Option<ProductGroup>,
    external_ids: Vec<ExternalId>,
    movements: Option<Movements>,
    sales: Option<SalesReading>,
}

struct SalesReading {
    /// Sales of the measured days; empty without sales.
    recent: Vec<SellThrough>,
    weeks: Vec<ProductTrendStep>,
    pairs: Vec<BoughtTogether>,
}

/// The parts that the caller may see.
#[derive(Debug, Clone, Copy)]
struct Parts {
    has_levels: bool,
    has_sales: bool,
    now: DateTime<Utc>,
    zone: TimeZone,
}

impl Reading {
    fn of(shop: OnBehalf<'_>, id: ProductId, movements: &PageRequest, parts: Parts) -> ecomdb::Result<Self> {
        let all = PageRequest::default().limit(Limit::new(Limit::MAX)?);
        let product = shop.products().get(id)?;
        Ok(Self {
            prices: shop.products().price_history(id, &all)?,
            group: product.group_id.map(|group| shop.groups().get(group)).transpose()?,
            external_ids: shop.products().external_ids(id)?,
            movements: parts.has_levels.then(|| Movements::read(shop, id, movements)).transpose()?,
            sales: parts.has_sales.then(|| SalesReading::of(shop, &product, parts)).transpose()?,
            product,
        })
    }
}

impl SalesReading {
    fn of(shop: OnBehalf<'_>, product: &Product, parts: Parts) -> ecomdb::Result<Self> {
        let weeks = weeks(parts.zone, parts.now, product.created_at)?;
        Ok(Self {
            recent: shop.analytics().sell_through_of(&recent(parts.now), &[product.id])?,
            weeks: shop.analytics().product_trend(product.id, &weeks)?,
            pairs: shop.analytics().bought_with(product.id, Limit::new(COMPANIONS)?)?,
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
    let page = query.page()?;
    let parts = Parts {
        has_levels: visit.can(Scope::InventoryRead),
        has_sales: visit.can(Scope::ReportsRead),
        now: visit.now(),
        zone: visit.zone(),
    };
    let reading = app.run(move |db| db.run(move |shop| Reading::of(shop, id, &page, parts)));
    render(&ProductPage::new(visit, reading.await.map_err(Problem::of_query)?))
}

impl ProductPage {
    fn new(visit: Visit, reading: Reading) -> Self {
        let Reading { product, prices, group, external_ids, movements, sales } = reading;
        let address = Address::new(format!("/products/{}", product.id), []);
        let units = product.stock.zip(product.reorder_level);
        Self {
            price: money(product.price),
            stock: units.map(|(units, level)| Stock { units: count(units), level: count(level) }),
            badge: StockBadge::of(product.stock, product.reorder_level, product.in_stock),
            prices: price_chart(&product, &prices, visit.zone(), visit.now()),
            variants: group.map(Variants::of),
            external_ids,
            ledger: movements.map(|movements| Ledger::new(movements, &address)),
            sales: sales.map(|sales| Sales {
                cover: sales.recent.first().map(Cover::of),
                chart: sales_chart(&sales.weeks),
                companions: sales.pairs.into_iter().map(|pair| Companion::of(product.id, pair)).collect(),
            }),
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

impl Companion {
    fn of(product: ProductId, pair: BoughtTogether) -> Self {
        let (id, name) = if pair.product_a == product {
            (pair.product_b, pair.product_b_name)
        } else {
            (pair.product_a, pair.product_a_name)
        };
        // In hundredths, as in the chart of the report.
        let lift = Unit::TIMES.text((pair.lift * 100.0).round().min(1e15) as i64);
        Self { id, name, orders: count(pair.orders_together), lift }
    }
}
