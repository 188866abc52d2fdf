//! The page of an order.

use std::borrow::Cow;

use askama::Template;
use axum::extract::State;
use chrono::{DateTime, Utc};
use ecomdb::{
    AddressKind, CustomerSummary, Money, Order, OrderId, OrderStatus, Payment, PaymentStatus, ProductId, Scope,
    TimeZone,
};

use super::draft::Draft;
use super::query::OrdersQuery;
use super::state::{Adjusted, Badge, Sums, adjusted, is_captured, is_expired, left, method, sentence};
use super::timeline::{Event, timeline};
use super::{address, delivery};
use crate::dashboard::format;
use crate::dashboard::print::papers_of;
use crate::dashboard::shell::{Section, Shell, Visit, render, with_query};
use crate::extract::{Id, Query};
use crate::problem::Problem;
use crate::respond::Answer;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "orders/show.html")]
struct OrderPage {
    shell: Shell,
    zone: TimeZone,
    now: DateTime<Utc>,
    badge: Badge,
    sentence: String,
    sums: Sums,
    adjustments: Vec<Adjusted>,
    addresses: Vec<AddressCard>,
    hold: Option<Hold>,
    payments: Vec<PaymentRow>,
    events: Vec<Event>,
    actions: Actions,
    links: Links,
    /// Addresses of the invoice and the packing slip.
    papers: [String; 2],
    /// The customer's purchases; `None` for a caller who may not see them.
    bought: Option<CustomerSummary>,
    order: Order,
}

/// An address of the order, or a place for one that can be set.
struct AddressCard {
    title: &'static str,
    id: &'static str,
    lines: Vec<String>,
    phone: Option<String>,
    /// Where it is changed, if that is possible.
    change: Option<String>,
}

/// The hold of an unpaid order.
struct Hold {
    end: DateTime<Utc>,
    has_ended: bool,
}

struct PaymentRow {
    payment: Payment,
    badge: Badge,
    method: Cow<'static, str>,
    refunded: String,
    /// Addresses to capture a pending payment and to mark it as failed; `None` if the caller may do neither.
    settle: Option<(String, String)>,
    /// Where it can be marked as given back, if it is late and the caller may do that.
    give_back: Option<String>,
}

/// Addresses of the actions that the caller and the state of the order allow.
struct Actions {
    pay: Option<String>,
    extend: Option<String>,
    cancel: Option<String>,
    refund: Option<String>,
    copy: Option<String>,
}

impl Actions {
    /// Where one unit of a product can be given back.
    fn refund_one(&self, product: &ProductId) -> Option<String> {
        let more = |form: &String| if form.contains('?') { '&' } else { '?' };
        self.refund.as_ref().map(|form| format!("{form}{}one_of={product}", more(form)))
    }
}

/// The page of an order.
pub(in crate::dashboard) async fn show_order(
    State(app): State<Shared>,
    visit: Visit,
    Id(id): Id<OrderId>,
    Query(query): Query<OrdersQuery>,
) -> Answer {
    let filter = query.filter(visit.zone(), visit.now())?;
    let may_read_reports = visit.can(Scope::ReportsRead);
    let read = app.run(move |db| {
        db.run(move |shop| {
            let (order, beside) = (shop.orders().get(id)?, shop.orders().neighbours(id, &filter)?);
            let bought = || shop.analytics().customer(order.user_id);
            let bought = may_read_reports.then(bought).transpose()?;
            Ok((order, beside, bought))
        })
    });
    let (order, neighbours, bought) = read.await.map_err(Problem::of_query)?;
    let beside = |id: Option<OrderId>| id.map(|id| query.href_at(&address(id)));
    let links =
        Links { list: query.href_at("/orders"), newer: beside(neighbours.before), older: beside(neighbours.after) };
    render(&OrderPage::new(visit, order, bought, links))
}

/// Links to the list that led here, and to the previous and next order in it.
struct Links {
    list: String,
    newer: Option<String>,
    older: Option<String>,
}

impl OrderPage {
    fn new(visit: Visit, order: Order, bought: Option<CustomerSummary>, links: Links) -> Self {
        let sums = Sums::of(&order);
        Self {
            zone: visit.zone(),
            now: visit.now(),
            badge: Badge::of_order(order.status, sums.captured, order.cancel_reason),
            hold: order.expires_at.map(|end| Hold { end, has_ended: is_expired(&order, visit.now()) }),
            sentence: sentence(&order),
            sums,
            adjustments: adjusted(&order.adjustments),
            addresses: address_cards(&visit, &order),
            payments: order.payments.iter().map(|payment| PaymentRow::new(&visit, &order, payment)).collect(),
            events: timeline(&order),
            actions: Actions::new(&visit, &order),
            links,
            papers: papers_of(&[order.id]),
            bought,
            shell: visit.page(format!("Order {}", order.id), Section::Orders),
            order,
        }
    }
}

/// The addresses that the order has or can get.
fn address_cards(visit: &Visit, order: &Order) -> Vec<AddressCard> {
    let is_open = order.status == OrderStatus::Pending && !is_expired(order, visit.now());
    let can_change = is_open && visit.can(Scope::OrdersWrite);
    let card = |(kind, title, id): (AddressKind, &'static str, &'static str)| {
        let given = delivery::of(order, kind);
        (given.is_some() || can_change).then(|| AddressCard {
            title,
            id,
            lines: given.map(delivery::envelope).unwrap_or_default(),
            phone: given.and_then(|it| it.phone()).map(str::to_owned),
            change: can_change.then(|| returning(&delivery::path(order.id, kind), visit)),
        })
    };
    let kinds = [
        (AddressKind::Shipping, "Shipping address", "shipping-title"),
        (AddressKind::Billing, "Billing address", "billing-title"),
    ];
    kinds.into_iter().filter_map(card).collect()
}

impl PaymentRow {
    fn new(visit: &Visit, order: &Order, payment: &Payment) -> Self {
        let refunded = payment.amount.checked_sub(left(order, payment)).unwrap_or_default();
        let waits = payment.status == PaymentStatus::Pending
            && order.status == OrderStatus::Pending
            && !is_expired(order, visit.now());
        let is_late = payment.status == PaymentStatus::Late && visit.can(Scope::PaymentsSettle);
        Self {
            badge: Badge::of_payment(payment.status),
            method: method(payment.method),
            refunded: if is_captured(payment) { format::money(refunded) } else { String::new() },
            settle: (waits && visit.can(Scope::PaymentsSettle)).then(|| {
                let to = |verb: &str| returning(&format!("/payments/{}/{verb}", payment.id), visit);
                (to("capture"), to("fail"))
            }),
            give_back: is_late.then(|| returning(&format!("/payments/{}/return", payment.id), visit)),
            payment: payment.clone(),
        }
    }
}

impl Actions {
    fn new(visit: &Visit, order: &Order) -> Self {
        let settles = visit.can(Scope::PaymentsSettle);
        let sums = Sums::of(order);
        let is_open = order.status == OrderStatus::Pending
            || (order.status == OrderStatus::Completed && order.total == Money::ZERO);
        let gives_back = sums.captured > Money::ZERO;
        let has_expired = is_expired(order, visit.now());
        let can_extend = order.expires_at.is_some() && !has_expired && visit.can(Scope::OrdersWrite);
        let can_pay =
            order.status == OrderStatus::Pending && !has_expired && (settles || visit.can(Scope::PaymentsWrite));
        let can_cancel = is_open && visit.can(Scope::OrdersWrite) && (settles || !gives_back);
        let can_refund = order.status == OrderStatus::Completed && settles && sums.refundable() > Money::ZERO;
        let to = |verb: &str| returning(&format!("/orders/{}/{verb}", order.id), visit);
        Self {
            pay: can_pay.then(|| to("pay")),
            extend: can_extend.then(|| to("extend")),
            cancel: can_cancel.then(|| to("cancel")),
            refund: can_refund.then(|| to("refund")),
            copy: visit.can(Scope::OrdersWrite).then(|| Draft::of(order).address()),
        }
    }
}

/// The address of a form that returns to this page.
fn returning(path: &str, visit: &Visit) -> String {
    with_query(path, [("return", visit.returns())])
}
