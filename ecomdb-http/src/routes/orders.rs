//! `/api/orders`

use axum::extract::State;
use axum::http::Uri;
use ecomdb::{
    Cursor, Limit, Money, NewOrder, NewPayment, NewRefund, OrderFilter, OrderId, OrderStatus, PaymentMethod, ProductId,
    UserId,
};
use serde::Deserialize;

use crate::extract::{Id, Json, Key, NoQuery, Object, Query, page, text};
use crate::respond::{Answer, created, list, ok};
use crate::state::App;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OrderQuery {
    #[serde(deserialize_with = "text")]
    limit: Option<Limit>,
    #[serde(deserialize_with = "text")]
    cursor: Option<Cursor>,
    #[serde(deserialize_with = "text")]
    user_id: Option<UserId>,
    #[serde(deserialize_with = "text")]
    status: Option<OrderStatus>,
}

pub(crate) async fn list_orders(State(app): State<App>, uri: Uri, Query(query): Query<OrderQuery>) -> Answer {
    let OrderQuery { limit, cursor, user_id, status } = query;
    let filter = OrderFilter { page: page(limit, cursor), user_id, status };
    list(&app, &uri, move |db| db.orders().list(&filter)).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderBody {
    user_id: UserId,
    items: Vec<Object<ItemBody>>,
    payment: Option<Object<PaymentBody>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemBody {
    product_id: ProductId,
    quantity: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentBody {
    method: PaymentMethod,
    /// Whether the money is there already.
    #[serde(default)]
    capture: bool,
    /// What is due, unless given.
    amount: Option<Money>,
    reference: Option<String>,
}

impl From<PaymentBody> for NewPayment {
    fn from(body: PaymentBody) -> Self {
        let mut payment = if body.capture { Self::captured(body.method) } else { Self::pending(body.method) };
        if let Some(amount) = body.amount {
            payment = payment.amount(amount);
        }
        match body.reference {
            Some(reference) => payment.reference(reference),
            None => payment,
        }
    }
}

pub(crate) async fn place_order(State(app): State<App>, Key(key): Key, Json(body): Json<OrderBody>) -> Answer {
    let items = body.items.into_iter().map(|Object(item)| (item.product_id, item.quantity));
    let mut order = NewOrder::builder(body.user_id).items(items);
    if let Some(Object(payment)) = body.payment {
        order = order.payment(payment.into());
    }
    let order = order.build()?;
    let order = app.run(move |db| match key {
        Some(key) => db.orders().place_once(order, &key),
        None => db.orders().place(order),
    });
    let order = order.await?;
    created(format!("/api/orders/{}", order.id), order)
}

pub(crate) async fn show_order(State(app): State<App>, Id(id): Id<OrderId>, _: NoQuery) -> Answer {
    ok(app.look_up(move |db| db.orders().get(id)).await?)
}

/// A second cancellation is a conflict, unless it repeats the first with its key.
pub(crate) async fn cancel_order(State(app): State<App>, Id(id): Id<OrderId>, Key(key): Key) -> Answer {
    let order = app.run(move |db| match key {
        Some(key) => db.orders().cancel_once(id, &key),
        None => db.orders().cancel(id),
    });
    ok(order.await?)
}

pub(crate) async fn pay_order(
    State(app): State<App>,
    Id(id): Id<OrderId>,
    Key(key): Key,
    Json(body): Json<PaymentBody>,
) -> Answer {
    let payment = NewPayment::from(body);
    let payment = app.run(move |db| match key {
        Some(key) => db.payments().create_once(id, payment, &key),
        None => db.payments().create(id, payment),
    });
    let payment = payment.await?;
    created(format!("/api/payments/{}", payment.id), payment)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundBody {
    reason: String,
    /// What is left to give back, unless given.
    amount: Option<Money>,
    /// Whether the goods came back.
    #[serde(default)]
    restock: bool,
}

/// Answers the order, which lists its refunds: one request can give back several payments.
pub(crate) async fn refund_order(
    State(app): State<App>,
    Id(id): Id<OrderId>,
    Key(key): Key,
    Json(body): Json<RefundBody>,
) -> Answer {
    let mut refund = NewRefund::new(&body.reason)?;
    if let Some(amount) = body.amount {
        refund = refund.amount(amount);
    }
    if body.restock {
        refund = refund.restock();
    }
    let order = app.run(move |db| match key {
        Some(key) => db.payments().refund_once(id, refund, &key),
        None => db.payments().refund(id, refund),
    });
    created(format!("/api/orders/{id}"), order.await?)
}
