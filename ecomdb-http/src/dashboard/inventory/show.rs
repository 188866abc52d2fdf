//! The ledger of a product.

use askama::Template;
use axum::extract::State;
use ecomdb::{
    Cell, Movement, MovementId, OnBehalf, OrderId, PageRequest, Period, ProductId, Scope, SellThrough, StockLevel,
};

use super::book::Booking;
use super::{Cover, Ledger, LedgerQuery, Movements, StockBadge, recent};
use crate::dashboard::format::count;
use crate::dashboard::list::{Address, Sheet, csv, maybe_int, maybe_time};
use crate::dashboard::shell::{Entries, Form, Section, Shell, Visit, render};
use crate::extract::{Id, NoQuery, Query};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::{App, Shared};

#[derive(Template)]
#[template(path = "inventory/show.html")]
pub(super) struct LedgerPage {
    shell: Shell,
    product: ProductId,
    name: String,
    stock: String,
    level: String,
    badge: Option<StockBadge>,
    cover: Option<Cover>,
    has_cover: bool,
    ledger: Ledger,
    form: Form<Booking>,
    can_book: bool,
}

/// The data that the page shows.
struct Reading {
    level: StockLevel,
    sales: Option<SellThrough>,
    movements: Movements,
}

impl Reading {
    fn of(shop: OnBehalf<'_>, id: ProductId, page: &PageRequest, sold: Option<Period>) -> ecomdb::Result<Self> {
        let sales = sold.map(|sold| shop.analytics().sell_through_of(&sold, &[id])).transpose()?;
        Ok(Self {
            level: shop.inventory().get(id)?,
            sales: sales.and_then(|mut sales| sales.pop()),
            movements: Movements::read(shop, id, page)?,
        })
    }
}

/// The ledger of a product, with the form to book movements.
pub(in crate::dashboard) async fn show_ledger(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductId>,
    Query(query): Query<LedgerQuery>,
) -> Answer {
    let mut entries = Entries::default();
    entries.set("kind", "restock");
    let form = Form::new(entries, &format!("/inventory/{id}"));
    render(&LedgerPage::read(&app, visit, id, query.page()?, form).await.map_err(Problem::of_query)?)
}

impl LedgerPage {
    pub(super) async fn read(
        app: &App,
        visit: Visit,
        id: ProductId,
        page: PageRequest,
        form: Form<Booking>,
    ) -> Result<Self, Problem> {
        let has_cover = visit.can(Scope::ReportsRead);
        let sold = has_cover.then(|| recent(visit.now()));
        let reading = app.run(move |db| db.run(move |shop| Reading::of(shop, id, &page, sold))).await?;
        let Reading { level, sales, movements } = reading;
        Ok(Self {
            product: id,
            stock: count(level.quantity),
            badge: StockBadge::of(Some(level.quantity), Some(level.reorder_level), level.quantity > 0),
            level: count(level.reorder_level),
            cover: sales.as_ref().map(Cover::of),
            has_cover,
            ledger: Ledger::new(movements, &Address::new(format!("/inventory/{id}"), [])),
            form,
            can_book: visit.can(Scope::InventoryWrite),
            shell: visit.page(format!("Stock of {}", level.product_name), Section::Inventory),
            name: level.product_name,
        })
    }
}

const SHEET: Sheet<Movement> = Sheet {
    name: "ledger",
    columns: &[
        ("id", |it| maybe_int(it.id.map(MovementId::get))),
        ("product_id", |it| Cell::Int(it.product_id.get())),
        ("units", |it| Cell::Int(it.delta)),
        ("reason", |it| Cell::Text(it.reason.as_str())),
        ("order_id", |it| maybe_int(it.order_id.map(OrderId::get))),
        ("note", |it| it.note.as_deref().map_or(Cell::Null, Cell::Text)),
        ("booked_at", |it| maybe_time(Some(it.created_at))),
    ],
};

/// All movements of a product as CSV.
pub(in crate::dashboard) async fn export_ledger(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<ProductId>,
    _: NoQuery,
) -> Answer {
    csv(app, visit.today(), SHEET, move |db, page| db.inventory().movements(id, &page)).await
}
