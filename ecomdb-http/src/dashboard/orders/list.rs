//! The list of orders.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use ecomdb::{Cell, Money, OrderSummary, Page, RowCount, Scope, TimeZone};

use super::address as address_of;
use super::query::OrdersQuery;
use super::state::Badge;
use super::views::{View, views};
use crate::dashboard::format;
use crate::dashboard::list::{Choice, Pager, Sheet, SortLink, csv, maybe_time};
use crate::dashboard::period::Chooser;
use crate::dashboard::print::papers_of;
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::Query;
use crate::problem::{Problem, kinds};
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "orders/list.html")]
struct Orders {
    shell: Shell,
    zone: TimeZone,
    tabs: Vec<Choice>,
    period: Chooser,
    filters: Filters,
    placed: SortLink,
    total: SortLink,
    rows: Vec<Row>,
    pager: Pager,
    csv: String,
    /// Addresses of the invoices and packing slips of this page; `None` without orders.
    papers: Option<[String; 2]>,
    /// The filters in words, and the address without them.
    words: Vec<String>,
    cleared: String,
    /// Whether the shop has no orders yet.
    is_empty: bool,
    can_write: bool,
    views: Vec<View>,
    /// The address of the first page, which can be saved as a view.
    address: String,
}

/// The form of the filters.
struct Filters {
    /// Parameters of the address that the form does not contain.
    kept: Vec<(String, String)>,
    customer: String,
    min_total: String,
    max_total: String,
}

struct Row {
    order: OrderSummary,
    badge: Badge,
    href: String,
}

/// The list of orders.
pub(in crate::dashboard) async fn list_orders(
    State(app): State<Shared>,
    visit: Visit,
    headers: HeaderMap,
    Query(query): Query<OrdersQuery>,
) -> Answer {
    let filter = query.filter(visit.zone(), visit.now())?.page(query.page()?);
    let read = app.run(move |db| db.run(move |shop| Ok((shop.orders().list(&filter)?, shop.orders().count(&filter)?))));
    let (page, total) = match read.await {
        // The customer does not exist.
        Err(problem) if problem.is(&kinds::NOT_FOUND) => (Page::default(), RowCount::Exactly(0)),
        read => read.map_err(Problem::of_query)?,
    };
    let listed = Listed { page, total, views: views(&headers) };
    render(&Orders::new(visit, &query, listed)?)
}

/// A page of the list, the number of orders on all pages, and the saved views of the browser.
struct Listed {
    page: Page<OrderSummary>,
    total: RowCount,
    views: Vec<View>,
}

impl Orders {
    fn new(visit: Visit, query: &OrdersQuery, listed: Listed) -> Result<Self, Problem> {
        let Listed { page, total, views } = listed;
        let entry = |total: Option<Money>| total.map(|total| total.to_string()).unwrap_or_default();
        let (address, days) = (query.address(), query.days(visit.zone(), visit.now())?);
        let words = query.words(&days);
        let row = |order: OrderSummary| Row {
            badge: Badge::of_order(order.status, order.paid, order.cancel_reason),
            href: query.href_at(&address_of(order.id)),
            order,
        };
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let others: Vec<_> = address.kept(["period", "from", "to"]).collect();
        let ids: Vec<_> = page.items.iter().map(|order| order.id).collect();
        Ok(Self {
            zone: visit.zone(),
            tabs: query.tabs(),
            period: Chooser { comparisons: Vec::new(), ..days.chooser("/orders", &others) },
            filters: Filters {
                kept: address.kept(["customer", "min_total", "max_total"]).map(owned).collect(),
                customer: query.customer.map(|id| id.to_string()).unwrap_or_default(),
                min_total: entry(query.min_total),
                max_total: entry(query.max_total),
            },
            placed: address.sort_link("Placed", "placed_at", query.sort().as_str()),
            total: address.sort_link(visit.shop().amounts("Total"), "-total", query.sort().as_str()),
            pager: Pager::new(&address, &page, total, "order", "orders"),
            csv: address.csv(),
            papers: (!ids.is_empty()).then(|| papers_of(&ids)),
            cleared: address
                .with(["customer", "period", "from", "to", "min_total", "max_total"].map(|name| (name, ""))),
            is_empty: page.items.is_empty() && words.is_empty() && query.is_usual(),
            words,
            rows: page.items.into_iter().map(row).collect(),
            can_write: visit.can(Scope::OrdersWrite),
            views,
            address: address.href(),
            shell: visit.page("Orders", Section::Orders),
        })
    }
}

const SHEET: Sheet<OrderSummary> = Sheet {
    name: "orders",
    columns: &[
        ("id", |it| Cell::Int(it.id.get())),
        ("user_id", |it| Cell::Int(it.user_id.get())),
        ("first_name", |it| Cell::Text(&it.user.first_name)),
        ("last_name", |it| Cell::Text(&it.user.last_name)),
        ("email", |it| Cell::Text(&it.user.email)),
        ("status", |it| Cell::Text(it.status.as_str())),
        ("payment_state", |it| Cell::Text(it.payment_state.as_str())),
        ("total", |it| Cell::Money(it.total.minor())),
        ("paid", |it| Cell::Money(it.paid.minor())),
        ("refunded", |it| Cell::Money(it.refunded.minor())),
        ("item_count", |it| Cell::Int(it.item_count)),
        ("placed_at", |it| maybe_time(Some(it.placed_at))),
        ("completed_at", |it| maybe_time(it.completed_at)),
        ("cancelled_at", |it| maybe_time(it.cancelled_at)),
        ("expires_at", |it| maybe_time(it.expires_at)),
        ("cancel_reason", |it| it.cancel_reason.map_or(Cell::Null, |reason| Cell::Text(reason.as_str()))),
    ],
};

/// All orders that match the filters, as CSV.
pub(in crate::dashboard) async fn export_orders(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<OrdersQuery>,
) -> Answer {
    let filter = query.filter(visit.zone(), visit.now())?;
    csv(app, visit.today(), SHEET, move |db, page| db.orders().list(&filter.clone().page(page))).await
}
