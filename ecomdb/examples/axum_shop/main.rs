//! A shop on axum: a checkout that clients can repeat, errors as HTTP statuses, and no thread for a request that waits.
//!
//! `cargo run -p ecomdb --example axum_shop -- sqlite://shop.db`, then:
//!
//! ```text
//! curl localhost:3000/products
//! curl localhost:3000/checkout -H 'content-type: application/json' -H 'idempotency-key: basket-7' \
//!     -d '{"user_id": 1, "items": [{"product_id": 1, "quantity": 2}]}'
//! curl localhost:3000/orders/1
//! ```

mod error;
#[cfg(test)]
mod tests;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use ecomdb::{
    Database, IdempotencyKey, Invalid, NewOrder, NewPayment, Order, OrderId, PaymentMethod, Product, ProductFilter,
    ProductId, UserId,
};
use serde::Deserialize;

use self::error::ApiError;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "sqlite://shop.db".to_owned());
    let db = Database::open(&url)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router(db)).await?;
    Ok(())
}

fn router(db: Database) -> Router {
    Router::new()
        .route("/products", get(list_products))
        .route("/checkout", post(check_out))
        .route("/orders/{id}", get(show_order))
        .with_state(db)
}

/// A basket to be paid by card at once.
#[derive(Deserialize)]
struct Checkout {
    user_id: UserId,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    product_id: ProductId,
    quantity: i64,
}

/// Places an order. A request that is repeated with its `Idempotency-Key` gets the first order again.
async fn check_out(
    State(db): State<Database>,
    headers: HeaderMap,
    Json(checkout): Json<Checkout>,
) -> Result<(StatusCode, Json<Order>), ApiError> {
    let items = checkout.items.iter().map(|item| (item.product_id, item.quantity));
    let order = NewOrder::builder(checkout.user_id).items(items).payment(NewPayment::captured(PaymentMethod::Card));
    let placing = db.asynchronous().orders().idempotent(key(&headers)?).place(order.build()?);
    Ok((StatusCode::CREATED, Json(placing.await?)))
}

fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Invalid> {
    let key = headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    key.map(IdempotencyKey::new).transpose()
}

async fn show_order(State(db): State<Database>, Path(id): Path<i64>) -> Result<Json<Order>, ApiError> {
    Ok(Json(db.asynchronous().orders().get(OrderId::new(id)).await?))
}

async fn list_products(State(db): State<Database>) -> Result<Json<Vec<Product>>, ApiError> {
    Ok(Json(db.asynchronous().products().list(&ProductFilter::default()).await?.items))
}
