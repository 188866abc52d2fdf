//! `/api/payments`

use axum::extract::State;
use axum::http::Uri;
use ecomdb::{Cursor, Limit, OrderId, PaymentFilter, PaymentId, PaymentStatus};
use serde::Deserialize;

use crate::extract::{Id, Key, NoQuery, Query, page, text};
use crate::respond::{Answer, list, ok};
use crate::state::App;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PaymentQuery {
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    order_id: Option<OrderId>,
    #[serde(deserialize_with = "text")]
    status: Option<PaymentStatus>,
}

pub(crate) async fn list_payments(State(app): State<App>, uri: Uri, Query(query): Query<PaymentQuery>) -> Answer {
    let PaymentQuery { limit, cursor, order_id, status } = query;
    let filter = PaymentFilter { page: page(limit, cursor), order_id, status };
    list(&app, &uri, move |db| db.payments().list(&filter)).await
}

pub(crate) async fn show_payment(State(app): State<App>, Id(id): Id<PaymentId>, _: NoQuery) -> Answer {
    ok(app.look_up(move |db| db.payments().get(id)).await?)
}

pub(crate) async fn capture_payment(State(app): State<App>, Id(id): Id<PaymentId>, Key(key): Key) -> Answer {
    let payment = app.run(move |db| match key {
        Some(key) => db.payments().capture_once(id, &key),
        None => db.payments().capture(id),
    });
    ok(payment.await?)
}

pub(crate) async fn fail_payment(State(app): State<App>, Id(id): Id<PaymentId>, Key(key): Key) -> Answer {
    let payment = app.run(move |db| match key {
        Some(key) => db.payments().fail_once(id, &key),
        None => db.payments().fail(id),
    });
    ok(payment.await?)
}
