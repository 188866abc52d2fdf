//! `/api/payments`

use axum::extract::State;
use axum::http::Uri;
use ecomdb::{Money, OrderId, Payment, PaymentFilter, PaymentId, PaymentMethod, PaymentOutcome, PaymentStatus};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Id, IfNoneMatch, Json, Key, NoQuery, Query, list_query, text};
use crate::openapi::fields;
use crate::respond::{Answer, list, ok, show};
use crate::state::Shared;

list_query! {
    pub(crate) PaymentQuery {
        /// Only payments of this order.
        #[param(value_type = fields::Id, inline, example = 1)]
        #[serde(deserialize_with = "text")]
        order_id: Option<OrderId>,
        /// Only payments in this state.
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        status: Option<PaymentStatus>,
    }
}

/// List payments
///
/// Newest first.
#[utoipa::path(
    get, path = "", tag = "payments", params(PaymentQuery),
    responses((status = 200, description = "A page of payments.", body = Vec<Payment>))
)]
pub(crate) async fn list_payments(State(app): State<Shared>, uri: Uri, Query(query): Query<PaymentQuery>) -> Answer {
    let (page, counts) = query.page()?;
    let mut filter = PaymentFilter::default().page(page);
    (filter.order_id, filter.status) = (query.order_id, query.status);
    list(
        &app,
        &uri,
        filter,
        counts,
        |shop, filter| shop.payments().list(filter),
        |shop, filter| shop.payments().count(filter),
    )
    .await
}

/// Show a payment
///
/// Returns its ETag.
#[utoipa::path(
    get, path = "", tag = "payments",
    responses((status = 200, description = "The payment.", body = Payment))
)]
pub(crate) async fn show_payment(
    State(app): State<Shared>,
    Id(id): Id<PaymentId>,
    unless: IfNoneMatch,
    _: NoQuery,
) -> Answer {
    show(app.run(move |db| db.payments().get(id)).await?, &unless)
}

/// Capture a payment
///
/// Only a pending payment. If it covers the rest of the order's total, the order is completed.
#[utoipa::path(
    post, path = "", tag = "payments",
    responses((status = 200, description = "The payment.", body = Payment))
)]
pub(crate) async fn capture_payment(State(app): State<Shared>, Id(id): Id<PaymentId>, Key(key): Key) -> Answer {
    let payment = app.run(move |db| db.payments().idempotent(key).capture(id));
    ok(payment.await?)
}

/// Mark a payment as failed
///
/// Only a pending payment. The order stays pending, for another attempt.
#[utoipa::path(
    post, path = "", tag = "payments",
    responses((status = 200, description = "The payment.", body = Payment))
)]
pub(crate) async fn fail_payment(State(app): State<Shared>, Id(id): Id<PaymentId>, Key(key): Key) -> Answer {
    let payment = app.run(move |db| db.payments().idempotent(key).fail(id));
    ok(payment.await?)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettlePayment)]
pub(crate) struct SettleBody {
    /// Method of the payment.
    method: PaymentMethod,
    #[schema(schema_with = fields::reference)]
    reference: String,
    /// What the provider says became of the payment.
    outcome: PaymentOutcome,
    #[schema(schema_with = fields::payment_amount)]
    amount: Money,
}

/// Settle a payment
///
/// For the webhook of a payment provider. The payment is found by method and reference, and `amount` must be its amount.
/// The same message again is answered alike and changes nothing, without a key. A payment that was captured, though its
/// order cannot take it any more, is kept with the status `late` and answered with 409: give the money back.
#[utoipa::path(
    post, path = "", tag = "payments", request_body = SettleBody,
    responses((status = 200, description = "The payment.", body = Payment))
)]
pub(crate) async fn settle_payment(State(app): State<Shared>, Key(key): Key, Json(body): Json<SettleBody>) -> Answer {
    let SettleBody { method, reference, outcome, amount } = body;
    let settled = app.run(move |db| db.payments().idempotent(key).settle(method, &reference, outcome, amount));
    ok(settled.await?.on_time()?)
}

/// Mark a late payment as returned
///
/// Only a late payment, after its money was given back at the provider.
#[utoipa::path(
    post, path = "", tag = "payments",
    responses((status = 200, description = "The payment.", body = Payment))
)]
pub(crate) async fn return_payment(State(app): State<Shared>, Id(id): Id<PaymentId>, Key(key): Key) -> Answer {
    let payment = app.run(move |db| db.payments().idempotent(key).return_late(id));
    ok(payment.await?)
}
