//! The list of customers.

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use ecomdb::{Cell, CustomerList, CustomerSummary, Scope, UserStatus};

use super::query::CustomerQuery;
use crate::dashboard::format::{count, counted, money};
use crate::dashboard::list::{Choice, Pager, Sheet, SortLink, csv, maybe_time};
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::Query;
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "customers/list.html")]
struct Customers {
    shell: Shell,
    now: DateTime<Utc>,
    tabs: Vec<Choice>,
    /// Parameters of the address that the form of the filters does not contain.
    kept: Vec<(String, String)>,
    search: String,
    columns: Columns,
    rows: Vec<Row>,
    pager: Pager,
    csv: String,
    /// The filters in words, and the address without them.
    words: Vec<String>,
    cleared: String,
    can_create: bool,
}

/// Column titles that sort the list.
struct Columns {
    created: SortLink,
    orders: SortLink,
    last_order: SortLink,
    spent: SortLink,
}

struct Row {
    customer: CustomerSummary,
    orders: String,
    /// The number of orders in words, for narrow screens.
    counted: String,
    average: String,
    spent: String,
}

impl Row {
    fn new(customer: CustomerSummary) -> Self {
        let average = customer.total_spent.divided_by(customer.orders);
        Self {
            orders: count(customer.orders),
            counted: counted(customer.orders, "order", "orders"),
            average: if customer.orders > 0 { money(average) } else { String::new() },
            spent: money(customer.total_spent),
            customer,
        }
    }

    fn is_disabled(&self) -> bool {
        self.customer.status == UserStatus::Disabled
    }
}

/// The list of customers.
pub(in crate::dashboard) async fn list_customers(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<CustomerQuery>,
) -> Answer {
    let filter = query.filter().page(query.page()?);
    let customers = app.run(move |db| db.analytics().customers(&filter)).await.map_err(Problem::of_query)?;
    render(&Customers::new(visit, &query, customers))
}

impl Customers {
    fn new(visit: Visit, query: &CustomerQuery, customers: CustomerList) -> Self {
        let (address, sort) = (query.address(), query.sort());
        let sorted = |label: &str, by| address.sort_link(label, by, sort.as_str());
        let kept = address.kept(["search"]).map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            now: visit.now(),
            tabs: query.tabs(),
            kept: kept.collect(),
            search: query.search.clone().unwrap_or_default(),
            columns: Columns {
                created: sorted("Since", "-id"),
                orders: sorted("Orders", "-orders"),
                last_order: sorted("Last order", "-last_order"),
                spent: sorted(&visit.shop().amounts("Spent"), "-total_spent"),
            },
            pager: Pager::new(&address, &customers.page, customers.count, "customer", "customers"),
            csv: address.csv(),
            cleared: address.with([("show", ""), ("search", "")]),
            words: query.words(),
            rows: customers.page.items.into_iter().map(Row::new).collect(),
            can_create: visit.can(Scope::UsersManage),
            shell: visit.page("Customers", Section::Customers),
        }
    }

    /// Whether the shop has no customers yet.
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.words.is_empty() && self.pager.previous.is_none()
    }

    /// The sentence that explains the figures of the list; empty if the list is empty.
    fn lede(&self) -> &'static str {
        if self.is_empty() {
            return "";
        }
        "Orders, average and spending are those of completed orders of all time, before partial refunds."
    }
}

const SHEET: Sheet<CustomerSummary> = Sheet {
    name: "customers",
    columns: &[
        ("id", |it| Cell::Int(it.user_id.get())),
        ("email", |it| Cell::Text(&it.email)),
        ("first_name", |it| Cell::Text(&it.first_name)),
        ("last_name", |it| Cell::Text(&it.last_name)),
        ("status", |it| Cell::Text(it.status.as_str())),
        ("created_at", |it| maybe_time(Some(it.created_at))),
        ("orders", |it| Cell::Int(it.orders)),
        ("total_spent", |it| Cell::Money(it.total_spent.minor())),
        ("refunds", |it| Cell::Money(it.refunds.minor())),
        ("last_order", |it| maybe_time(it.last_order)),
    ],
};

/// All customers that match the filters, as CSV.
pub(in crate::dashboard) async fn export_customers(
    State(app): State<Shared>,
    visit: Visit,
    Query(query): Query<CustomerQuery>,
) -> Answer {
    let filter = query.filter();
    let fetch = move |db: &ecomdb::Asynchronous, page| {
        let filter = filter.clone().page(page);
        db.run(move |shop| shop.analytics().customers(&filter).map(|customers| customers.page))
    };
    csv(app, visit.today(), SHEET, fetch).await
}
