//! `/api/orders`

use axum::extract::State;
use axum::http::Uri;
use ecomdb::{
    AdjustmentKind, Invalid, Money, NewOrder, NewPayment, NewRefund, Order, OrderFilter, OrderId, OrderQuote,
    OrderSort, OrderStatus, OrderSummary, Payment, PaymentBuilder, PaymentMethod, PaymentState, ProductId, TimeZone,
    UserId,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Id, IfNoneMatch, Integer, Json, Key, NoQuery, Object, Query, list_query, period, text};
use crate::openapi::fields;
use crate::respond::{Answer, created, list, ok, show};
use crate::routes::addresses::AddressBody;
use crate::state::Shared;

list_query! {
    pub(crate) OrderQuery {
        /// Only orders of this user.
        #[param(value_type = fields::Id, inline, example = 1)]
        #[serde(deserialize_with = "text")]
        user_id: Option<UserId>,
        /// Only orders in this state.
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        status: Option<OrderStatus>,
        /// Only orders with this payment state.
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        payment_state: Option<PaymentState>,
        /// Only orders with at least this total.
        #[param(value_type = fields::Amount, inline)]
        #[serde(deserialize_with = "text")]
        min_total: Option<Money>,
        /// Only orders with at most this total.
        #[param(value_type = fields::Amount, inline)]
        #[serde(deserialize_with = "text")]
        max_total: Option<Money>,
        /// Only orders placed at or after this time: RFC 3339, or a date, month or year, which begins at midnight UTC.
        #[param(value_type = fields::Time, inline, example = "2026-01-01")]
        #[serde(deserialize_with = "text")]
        from: Option<String>,
        /// Only orders placed before this time, date, month or year.
        #[param(value_type = fields::Time, inline, example = "2026-03-01")]
        #[serde(deserialize_with = "text")]
        to: Option<String>,
        /// Sort column; a leading minus sign means descending.
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        sort: Option<OrderSort>,
    }
}

/// List orders
///
/// Newest first, unless `sort` is given.
#[utoipa::path(
    get, path = "", tag = "orders", params(OrderQuery),
    responses((status = 200, description = "A page of orders.", body = Vec<OrderSummary>))
)]
pub(crate) async fn list_orders(State(app): State<Shared>, uri: Uri, Query(query): Query<OrderQuery>) -> Answer {
    let (page, counts) = query.page()?;
    let OrderQuery { user_id, status, payment_state, min_total, max_total, from, to, sort, .. } = query;
    let period = period(TimeZone::UTC, from, to)?;
    let mut filter = OrderFilter::default().page(page).sort(sort.unwrap_or_default()).period(period);
    (filter.user_id, filter.status, filter.payment_state) = (user_id, status, payment_state);
    (filter.min_total, filter.max_total) = (min_total, max_total);
    list(
        &app,
        &uri,
        filter,
        counts,
        |shop, filter| shop.orders().list(filter),
        |shop, filter| shop.orders().count(filter),
    )
    .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOrder)]
pub(crate) struct OrderBody {
    #[schema(schema_with = fields::user_id)]
    user_id: UserId,
    #[schema(value_type = Vec<ItemBody>, min_items = 1, max_items = 500)]
    /// Order lines. Lines of the same product are merged.
    items: Vec<Object<ItemBody>>,
    #[schema(value_type = Vec<AdjustmentBody>, max_items = 20)]
    /// Discounts, shipping, fees and taxes, for which the caller needs `orders:adjust`. Discounts are divided over the
    /// lines in proportion to their prices, to the cent.
    #[serde(default)]
    adjustments: Vec<Object<AdjustmentBody>>,
    #[schema(value_type = Option<AddressBody>)]
    /// Where the goods go.
    shipping_address: Option<Object<AddressBody>>,
    #[schema(value_type = Option<AddressBody>)]
    /// Who gets the invoice; the shipping address by default.
    billing_address: Option<Object<AddressBody>>,
    #[schema(schema_with = fields::voucher_or_null)]
    voucher: Option<String>,
    #[schema(value_type = Option<PaymentBody>)]
    /// Payment, if it is known already.
    payment: Option<Object<PaymentBody>>,
    #[schema(schema_with = fields::hold_minutes_or_null)]
    hold_minutes: Option<Integer>,
    #[schema(schema_with = fields::replacing_or_null)]
    replacing: Option<OrderId>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOrderItem)]
struct ItemBody {
    #[schema(schema_with = fields::product_id)]
    product_id: ProductId,
    #[schema(schema_with = fields::quantity)]
    quantity: Integer,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAdjustment)]
struct AdjustmentBody {
    /// Kind of adjustment.
    kind: AdjustmentKind,
    #[schema(schema_with = fields::adjustment_label)]
    label: String,
    #[schema(schema_with = fields::adjustment_amount)]
    amount: Money,
    /// Whether it is a tax within the prices, which does not change the total.
    #[serde(default)]
    included: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPayment)]
pub(crate) struct PaymentBody {
    /// Payment method.
    method: PaymentMethod,
    /// Whether the payment is captured at once.
    #[serde(default)]
    capture: bool,
    #[schema(schema_with = fields::amount_or_null)]
    amount: Option<Money>,
    #[schema(schema_with = fields::reference_or_null)]
    reference: Option<String>,
}

impl From<PaymentBody> for PaymentBuilder {
    fn from(body: PaymentBody) -> Self {
        let mut payment = NewPayment::builder(body.method);
        if body.capture {
            payment = payment.captured();
        }
        if let Some(amount) = body.amount {
            payment = payment.amount(amount);
        }
        match body.reference {
            Some(reference) => payment.reference(reference),
            None => payment,
        }
    }
}

impl OrderBody {
    fn order(self) -> Result<NewOrder, Invalid> {
        let items = self.items.into_iter().map(|Object(item)| (item.product_id, item.quantity.0));
        let mut order = NewOrder::builder(self.user_id).items(items);
        for Object(AdjustmentBody { kind, label, amount, included }) in self.adjustments {
            order = order.adjustment(kind, label, amount, included);
        }
        if let Some(Object(address)) = self.shipping_address {
            order = order.shipping_address(address);
        }
        if let Some(Object(address)) = self.billing_address {
            order = order.billing_address(address);
        }
        if let Some(code) = self.voucher {
            order = order.voucher(code);
        }
        if let Some(Object(payment)) = self.payment {
            order = order.payment(payment);
        }
        if let Some(Integer(minutes)) = self.hold_minutes {
            order = order.hold(minutes);
        }
        if let Some(replaced) = self.replacing {
            order = order.replacing(replaced);
        }
        order.build()
    }
}

/// Place an order
///
/// In one transaction: takes the stock, copies the prices, uses the voucher and records the payment, if given. The total is
/// the sum of the lines and of the adjustments that are not included in their prices. An order whose payment is captured in
/// full, or with a total of 0.00, is completed at once. A code that cannot be used is refused in the same words whether or
/// not it exists, unless the caller has `vouchers:read`.
///
/// With `hold_minutes`, the order holds its units for that long: from `expires_at` on it cannot be paid, and it is
/// cancelled soon. With `replacing`, an order of the same user, of which nothing was paid, is cancelled in the same
/// transaction; if the new order cannot be placed, the old one stays. The addresses can be changed while the order is
/// pending.
#[utoipa::path(
    post, path = "", tag = "orders", request_body = OrderBody,
    responses((status = 201, description = "The order.", body = Order))
)]
pub(crate) async fn place_order(State(app): State<Shared>, Key(key): Key, Json(body): Json<OrderBody>) -> Answer {
    let order = body.order()?;
    let order = app.run(move |db| db.orders().idempotent(key).place(order));
    let order = order.await?;
    created(format!("/api/orders/{}", order.id), order)
}

/// Quote an order
///
/// What the order would cost if it were placed now. It is validated and priced as when it is placed, and refused for the
/// same reasons; nothing is written, and nothing is held. Units held by orders that are due count as
/// taken.
#[utoipa::path(
    post, path = "", tag = "orders", request_body = OrderBody,
    responses((status = 200, description = "The items, the adjustments and the total.", body = OrderQuote))
)]
pub(crate) async fn quote_order(State(app): State<Shared>, Json(body): Json<OrderBody>) -> Answer {
    let order = body.order()?;
    ok(app.run(move |db| db.orders().quote(order)).await?)
}

/// Show an order
///
/// Returns the order with its user, items, addresses, payments and refunds.
#[utoipa::path(get, path = "", tag = "orders", responses((status = 200, description = "The order.", body = Order)))]
pub(crate) async fn show_order(
    State(app): State<Shared>,
    Id(id): Id<OrderId>,
    unless: IfNoneMatch,
    _: NoQuery,
) -> Answer {
    show(app.run(move |db| db.orders().get(id)).await?, &unless)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExtendOrder)]
pub(crate) struct ExtendBody {
    #[schema(schema_with = fields::minutes)]
    minutes: Integer,
}

/// Extend a hold
///
/// The hold then ends after `minutes` from now on, unless it lasts longer already. The order must be pending, nothing of
/// it paid, and its hold not ended.
#[utoipa::path(
    post, path = "", tag = "orders", request_body = ExtendBody,
    responses((status = 200, description = "The order.", body = Order))
)]
pub(crate) async fn extend_order(
    State(app): State<Shared>,
    Id(id): Id<OrderId>,
    Key(key): Key,
    Json(body): Json<ExtendBody>,
) -> Answer {
    let order = app.run(move |db| db.orders().idempotent(key).extend(id, body.minutes.0));
    ok(order.await?)
}

/// Cancel an order
///
/// Only a pending order, or one of 0.00. Returns the stock and the use of a voucher, and refunds captured payments, for
/// which the caller needs `payments:settle`. Cancelling again is a conflict, unless the request repeats the first one with
/// its idempotency key.
#[utoipa::path(
    post, path = "", tag = "orders",
    responses((status = 200, description = "The order.", body = Order))
)]
pub(crate) async fn cancel_order(State(app): State<Shared>, Id(id): Id<OrderId>, Key(key): Key) -> Answer {
    let order = app.run(move |db| db.orders().idempotent(key).cancel(id));
    ok(order.await?)
}

/// Pay an order
///
/// Records a payment attempt; an order takes at most 20. A captured payment that covers the rest of the total completes
/// the order.
#[utoipa::path(
    post, path = "", tag = "payments", request_body = PaymentBody,
    responses((status = 201, description = "The payment.", body = Payment))
)]
pub(crate) async fn pay_order(
    State(app): State<Shared>,
    Id(id): Id<OrderId>,
    Key(key): Key,
    Json(body): Json<PaymentBody>,
) -> Answer {
    let payment = PaymentBuilder::from(body).build()?;
    let payment = app.run(move |db| db.payments().idempotent(key).create(id, payment));
    let payment = payment.await?;
    created(format!("/api/payments/{}", payment.id), payment)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRefund)]
pub(crate) struct RefundBody {
    #[schema(schema_with = fields::reason)]
    reason: String,
    #[schema(schema_with = fields::amount_or_null)]
    amount: Option<Money>,
    /// Whether the goods return to stock.
    #[serde(default)]
    restock: bool,
}

/// Refund an order
///
/// Returns the order with its refunds, since one request can refund several payments. `user` is present for callers
/// with `orders:read`.
#[utoipa::path(
    post, path = "", tag = "payments", request_body = RefundBody,
    responses((status = 201, description = "The order.", body = Order))
)]
pub(crate) async fn refund_order(
    State(app): State<Shared>,
    Id(id): Id<OrderId>,
    Key(key): Key,
    Json(body): Json<RefundBody>,
) -> Answer {
    let mut refund = NewRefund::builder(body.reason);
    if let Some(amount) = body.amount {
        refund = refund.amount(amount);
    }
    if body.restock {
        refund = refund.restock();
    }
    let refund = refund.build()?;
    let order = app.run(move |db| db.payments().idempotent(key).refund(id, refund));
    created(format!("/api/orders/{id}"), order.await?)
}
