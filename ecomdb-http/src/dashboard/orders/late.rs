//! Late payments, whose money must be given back.

use std::borrow::Cow;

use askama::Template;
use axum::extract::State;
use ecomdb::{Limit, PageRequest, Payment, PaymentFilter, PaymentStatus, Scope, TimeZone};

use super::state::method;
use crate::dashboard::format;
use crate::dashboard::shell::{Section, Shell, Visit, render, with_query};
use crate::extract::NoQuery;
use crate::respond::Answer;
use crate::state::Shared;

/// Maximum number of payments that are shown.
const SHOWN: i64 = 100;

#[derive(Template)]
#[template(path = "orders/late.html")]
struct LatePage {
    shell: Shell,
    zone: TimeZone,
    rows: Vec<Row>,
    has_more: bool,
}

struct Row {
    payment: Payment,
    method: Cow<'static, str>,
    /// Address to mark it as given back; `None` for callers who may not do that.
    give_back: Option<String>,
}

/// The late payments, latest first.
pub(in crate::dashboard) async fn list_late(State(app): State<Shared>, visit: Visit, _: NoQuery) -> Answer {
    let page = PageRequest::default().limit(Limit::new(SHOWN)?);
    let late = PaymentFilter::default().status(PaymentStatus::Late).page(page);
    let page = app.run(move |db| db.payments().list(&late)).await?;
    let can_settle = visit.can(Scope::PaymentsSettle);
    let has_more = page.next.is_some();
    let row = |payment: Payment| Row {
        method: method(payment.method),
        give_back: can_settle
            .then(|| with_query(&format!("/payments/{}/return", payment.id), [("return", visit.returns())])),
        payment,
    };
    let rows = page.items.into_iter().map(row).collect();
    render(&LatePage { zone: visit.zone(), rows, has_more, shell: visit.page("Late payments", Section::Orders) })
}
