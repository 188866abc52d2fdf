//! The page of a customer.

use askama::Template;
use axum::extract::State;
use chrono::NaiveDate;
use ecomdb::{
    Cursor, CustomerTrendStep, CustomerValue, OnBehalf, OrderFilter, OrderSort, Scope, TimeZone, User, UserId,
    UserStatus,
};
use serde::Deserialize;

use super::badge::{UserBadge, role};
use super::orders::{Found, Orders};
use super::value::{Figures, chart, months};
use super::{address, full_name, is_anonymous};
use crate::dashboard::chart::Markup;
use crate::dashboard::list::Address;
use crate::dashboard::shell::{Section, Shell, Visit, render};
use crate::extract::{Id, Query, page, text};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "customers/show.html")]
struct CustomerPage {
    shell: Shell,
    user: User,
    badge: UserBadge,
    role: Option<&'static str>,
    /// `None` if the caller may not see reports.
    figures: Option<Figures>,
    spending: Option<Markup>,
    /// `None` if the caller may not see orders.
    orders: Option<Orders>,
    can_order: bool,
    can_edit: bool,
    /// Whether the caller may see everything that is stored about the customer.
    can_export: bool,
    can_manage: bool,
}

/// The parameters of the page: the page of orders to show.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::dashboard) struct PageQuery {
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    before: Option<Cursor>,
}

/// The data that the page shows.
struct Reading {
    user: User,
    value: Option<(CustomerValue, Vec<CustomerTrendStep>)>,
    orders: Option<Found>,
}

/// What to read: figures, if the caller may see reports, and a page of orders, if the caller may see orders.
struct Request {
    zone: TimeZone,
    today: NaiveDate,
    has_figures: bool,
    orders: Option<OrderFilter>,
}

impl Reading {
    fn of(shop: OnBehalf<'_>, id: UserId, request: &Request) -> ecomdb::Result<Self> {
        let value = || {
            let value = shop.analytics().customer_value(id, request.zone)?;
            let months = months(request.zone, request.today, value.first_order)?;
            Ok::<_, ecomdb::Error>((value, shop.analytics().customer_trend(id, &months)?))
        };
        Ok(Self {
            user: shop.users().get(id)?,
            value: request.has_figures.then(value).transpose()?,
            orders: request.orders.as_ref().map(|filter| Found::read(shop, filter)).transpose()?,
        })
    }
}

/// The page of a customer.
pub(in crate::dashboard) async fn show_customer(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<UserId>,
    Query(query): Query<PageQuery>,
) -> Answer {
    let page = page(None, query.cursor, query.before)?;
    let orders = OrderFilter::default().user_id(id).sort(OrderSort::IdDescending).page(page);
    let request = Request {
        zone: visit.zone(),
        today: visit.today(),
        has_figures: visit.can(Scope::ReportsRead),
        orders: visit.can(Scope::OrdersRead).then_some(orders),
    };
    let reading = app.run(move |db| db.run(move |shop| Reading::of(shop, id, &request)));
    render(&CustomerPage::new(visit, reading.await.map_err(Problem::of_query)?))
}

impl CustomerPage {
    fn new(visit: Visit, Reading { user, value, orders }: Reading) -> Self {
        let address = Address::new(address(user.id), []);
        Self {
            badge: UserBadge::of(&user),
            role: role(&user),
            spending: value.as_ref().filter(|(value, _)| value.orders > 0).map(|(_, steps)| chart(steps)),
            figures: value.map(|(value, _)| Figures::of(&value)),
            orders: orders.map(|orders| Orders::new(orders, &address)),
            can_order: visit.can(Scope::OrdersWrite) && user.status == UserStatus::Active,
            can_edit: visit.can(Scope::UsersWrite) && !is_anonymous(&user),
            can_export: visit.can(Scope::OrdersRead),
            can_manage: visit.can(Scope::UsersManage) && !is_anonymous(&user),
            shell: visit.page(full_name(&user), Section::Customers),
            user,
        }
    }

    fn name(&self) -> String {
        full_name(&self.user)
    }

    fn is_disabled(&self) -> bool {
        self.user.status == UserStatus::Disabled
    }
}
