//! `/api/orders/{id}/shipping-address` and `/api/orders/{id}/billing-address`

use axum::extract::State;
use ecomdb::{Address, AddressBuilder, AddressKind, Order, OrderId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Id, Json, NoQuery};
use crate::openapi::fields;
use crate::respond::{Answer, ok};
use crate::state::Shared;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAddress)]
pub(crate) struct AddressBody {
    #[schema(schema_with = fields::recipient)]
    recipient: String,
    #[schema(schema_with = fields::street)]
    street: String,
    #[schema(schema_with = fields::city)]
    city: String,
    #[schema(schema_with = fields::region_or_null)]
    region: Option<String>,
    #[schema(schema_with = fields::postcode_or_null)]
    postcode: Option<String>,
    #[schema(schema_with = fields::country)]
    country: String,
    #[schema(schema_with = fields::phone_or_null)]
    phone: Option<String>,
}

impl From<AddressBody> for AddressBuilder {
    fn from(body: AddressBody) -> Self {
        let mut address = Address::builder(body.recipient, body.street, body.city, body.country);
        if let Some(region) = body.region {
            address = address.region(region);
        }
        if let Some(postcode) = body.postcode {
            address = address.postcode(postcode);
        }
        match body.phone {
            Some(phone) => address.phone(phone),
            None => address,
        }
    }
}

async fn set(app: &Shared, id: OrderId, kind: AddressKind, address: Option<Address>) -> Answer {
    ok(app.run(move |db| db.orders().set_address(id, kind, address)).await?)
}

/// Set the shipping address
///
/// Of a pending order, before the end of its hold. Once the order is completed or cancelled, its addresses are fixed.
#[utoipa::path(
    put, path = "", tag = "orders", request_body = AddressBody,
    responses((status = 200, description = "The order.", body = Order))
)]
pub(crate) async fn set_shipping_address(
    State(app): State<Shared>,
    Id(id): Id<OrderId>,
    Json(body): Json<AddressBody>,
) -> Answer {
    set(&app, id, AddressKind::Shipping, Some(AddressBuilder::from(body).build()?)).await
}

/// Remove the shipping address
///
/// Of a pending order, before the end of its hold. An order without one stays as it is.
#[utoipa::path(
    delete, path = "", tag = "orders",
    responses((status = 200, description = "The order.", body = Order))
)]
pub(crate) async fn remove_shipping_address(State(app): State<Shared>, Id(id): Id<OrderId>, _: NoQuery) -> Answer {
    set(&app, id, AddressKind::Shipping, None).await
}

/// Set the billing address
///
/// Of a pending order, before the end of its hold. Once the order is completed or cancelled, its addresses are fixed.
#[utoipa::path(
    put, path = "", tag = "orders", request_body = AddressBody,
    responses((status = 200, description = "The order.", body = Order))
)]
pub(crate) async fn set_billing_address(
    State(app): State<Shared>,
    Id(id): Id<OrderId>,
    Json(body): Json<AddressBody>,
) -> Answer {
    set(&app, id, AddressKind::Billing, Some(AddressBuilder::from(body).build()?)).await
}

/// Remove the billing address
///
/// Of a pending order, before the end of its hold. An order without one stays as it is.
#[utoipa::path(
    delete, path = "", tag = "orders",
    responses((status = 200, description = "The order.", body = Order))
)]
pub(crate) async fn remove_billing_address(State(app): State<Shared>, Id(id): Id<OrderId>, _: NoQuery) -> Answer {
    set(&app, id, AddressKind::Billing, None).await
}
