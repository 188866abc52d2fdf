//! The list of stocks.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use ecomdb::{
    Cell, Cursor, Limit, OnBehalf, Period, ProductId, RowCount, Scope, SellThrough, StockFilter, StockLevel, quoted,
};
use serde::Deserialize;

use super::{Cover, StockBadge, recent};
use crate::dashboard::format::{count, counted};
use crate::dashboard::list::{Address, Choice, Pager, Sheet, csv, maybe_time};
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::{FromText, Query, entered, page, text};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

/// Maximum number of rows on a tab that is a ranking.
const MOST: i64 = 100;

/// A tab of the list.
#[derive(Debug, PartialEq, Eq)]
struct Tab {
    word: &'static str,
    label: &'static str,
    /// The report with all rows of a ranking.
    report: &'static str,
}

static ALL: Tab = Tab { word: "all", label: "All", report: "" };
static LOW: Tab = Tab { word: "low", label: "Low", report: "/reports/low-inventory" };
static SOON: Tab = Tab { word: "soon", label: "Runs out first", report: "/reports/sell-through" };

impl FromText for &'static Tab {
    fn from_text(text: &str) -> Result<Self, String> {
        let found = [&ALL, &LOW, &SOON].into_iter().find(|tab| tab.word == text);
        found.ok_or_else(|| format!("must be one of all, low, soon, not {}", quoted(text)))
    }
}

/// The parameters of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct InventoryQuery {
    #[serde(deserialize_with = "text")]
    show: Option<&'static Tab>,
    /// Words to search for, on the tab with all products.
    #[serde(deserialize_with = "entered")]
    search: Option<String>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    before: Option<Cursor>,
}

#[derive(Template)]
#[template(path = "inventory/list.html")]
struct Inventory {
    shell: Shell,
    tabs: Vec<Choice>,
    /// The searched words; `None` on a tab that is a ranking.
    search: Option<String>,
    rows: Vec<Row>,
    has_levels: bool,
    has_cover: bool,
    /// On the tab with all products.
    pager: Option<Pager>,
    /// On a tab that is a ranking which may have more rows.
    report: Option<&'static str>,
    is_empty: bool,
    can_book: bool,
}

struct Row {
    id: ProductId,
    name: String,
    stock: String,
    level: String,
    badge: Option<StockBadge>,
    /// `None` without sales, or if the caller may not read reports.
    cover: Option<Cover>,
}

/// Stock of a product, from a list or a report.
struct Stocked {
    id: ProductId,
    name: String,
    stock: i64,
    /// `None` if the report does not have it.
    level: Option<i64>,
}

impl From<StockLevel> for Stocked {
    fn from(level: StockLevel) -> Self {
        let StockLevel { product_id, product_name, quantity, reorder_level, .. } = level;
        Self { id: product_id, name: product_name, stock: quantity, level: Some(reorder_level) }
    }
}

/// The data that the list shows.
struct Reading {
    stocks: Vec<Stocked>,
    sales: Vec<SellThrough>,
    pager: Option<Pager>,
}

impl Reading {
    fn all(shop: OnBehalf<'_>, filter: &StockFilter, sold: Option<&Period>) -> ecomdb::Result<Self> {
        let (page, total): (_, RowCount) = (shop.inventory().list(filter)?, shop.inventory().count(filter)?);
        let address = Address::new("/inventory", [("search", filter.search.clone())]);
        let pager = Some(Pager::new(&address, &page, total, "product", "products"));
        let stocks: Vec<Stocked> = page.items.into_iter().map(Into::into).collect();
        Ok(Self { sales: sales(shop, &stocks, sold)?, stocks, pager })
    }

    fn low(shop: OnBehalf<'_>, sold: &Period) -> ecomdb::Result<Self> {
        let low = shop.analytics().low_inventory(Limit::new(MOST)?)?.into_iter();
        let stocked = |low: ecomdb::LowInventory| Stocked {
            id: low.product_id,
            name: low.product_name,
            stock: low.stock,
            level: Some(low.reorder_level),
        };
        let stocks: Vec<Stocked> = low.map(stocked).collect();
        Ok(Self { sales: sales(shop, &stocks, Some(sold))?, stocks, pager: None })
    }

    fn soon(shop: OnBehalf<'_>, sold: &Period) -> ecomdb::Result<Self> {
        let sales = shop.analytics().sell_through(sold, Limit::new(MOST)?)?;
        let stocked = |sales: &SellThrough| Stocked {
            id: sales.product_id,
            name: sales.product_name.clone(),
            stock: sales.stock,
            level: None,
        };
        Ok(Self { stocks: sales.iter().map(stocked).collect(), sales, pager: None })
    }
}

fn sales(shop: OnBehalf<'_>, stocks: &[Stocked], sold: Option<&Period>) -> ecomdb::Result<Vec<SellThrough>> {
    let Some(sold) = sold else { return Ok(Vec::new()) };
    let products: Vec<ProductId> = stocks.iter().map(|stocked| stocked.id).collect();
    shop.analytics().sell_through_of(sold, &products)
}

/// The list of stocks: of all products, of those with low stock, or of those that run out first.
pub(in crate::dashboard) async fn list_inventory(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<InventoryQuery>,
) -> Answer {
    let tab = query.show.unwrap_or(&ALL);
    let sold = recent(visit.now());
    let mut filter = StockFilter::default().page(page(None, query.cursor, query.before)?);
    filter.search = query.search.clone();
    let measured = visit.can(Scope::ReportsRead).then_some(sold);
    let read = move |shop: OnBehalf<'_>| match tab.word {
        "low" => Reading::low(shop, &sold),
        "soon" => Reading::soon(shop, &sold),
        _ => Reading::all(shop, &filter, measured.as_ref()),
    };
    let reading = app.run(move |db| db.run(read)).await.map_err(Problem::of_query)?;
    render(&Inventory::new(visit, tab, query.search, reading))
}

impl Inventory {
    fn new(visit: Visit, tab: &'static Tab, search: Option<String>, reading: Reading) -> Self {
        let has_cover = visit.can(Scope::ReportsRead);
        let known = if has_cover { vec![&ALL, &LOW, &SOON] } else { vec![&ALL] };
        let choice = |known: &'static Tab| Choice {
            label: known.label.to_owned(),
            value: Address::new("/inventory", [("show", Some(known.word.to_owned()).filter(|_| known != &ALL))]).href(),
            is_current: known == tab,
        };
        let sales: BTreeMap<ProductId, SellThrough> =
            reading.sales.into_iter().map(|sales| (sales.product_id, sales)).collect();
        let is_full = reading.stocks.len() as i64 >= MOST;
        let row = |Stocked { id, name, stock, level }| Row {
            stock: count(stock),
            level: level.map(count).unwrap_or_default(),
            badge: StockBadge::of(Some(stock), level, stock > 0),
            cover: sales.get(&id).map(Cover::of),
            id,
            name,
        };
        Self {
            tabs: known.into_iter().map(choice).collect(),
            has_levels: tab != &SOON,
            has_cover,
            is_empty: tab == &ALL && search.is_none() && reading.stocks.is_empty(),
            search: (tab == &ALL).then(|| search.unwrap_or_default()),
            rows: reading.stocks.into_iter().map(row).collect(),
            report: (reading.pager.is_none() && is_full).then_some(tab.report),
            pager: reading.pager,
            can_book: visit.can(Scope::InventoryWrite),
            shell: visit.page("Inventory", Section::Inventory),
        }
    }

    fn has_search(&self) -> bool {
        self.search.as_ref().is_some_and(|search| !search.is_empty())
    }

    /// Title of the list in words.
    fn caption(&self) -> String {
        counted(self.rows.len(), "product", "products")
    }
}

const SHEET: Sheet<StockLevel> = Sheet {
    name: "inventory",
    columns: &[
        ("product_id", |it| Cell::Int(it.product_id.get())),
        ("product", |it| Cell::Text(&it.product_name)),
        ("stock", |it| Cell::Int(it.quantity)),
        ("reorder_level", |it| Cell::Int(it.reorder_level)),
        ("changed_at", |it| maybe_time(Some(it.updated_at))),
    ],
};

/// The stock of all products as CSV.
pub(in crate::dashboard) async fn export_inventory(
    State(app): State<Shared>,
    visit: Visit,
    _: crate::extract::NoQuery,
) -> Answer {
    csv(app, visit.today(), SHEET, |db, page| db.inventory().list(&StockFilter::default().page(page))).await
}
