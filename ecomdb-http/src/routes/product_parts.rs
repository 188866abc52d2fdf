//! `/api/products/{id}/images` and `/api/products/{id}/external-ids`

use axum::extract::State;
use axum::http::StatusCode;
use ecomdb::{ExternalId, Product, ProductId, ProductImage};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Id, IfMatch, IfNoneMatch, Json, NoQuery, Second};
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, changed, ok, show};
use crate::state::Shared;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProductImages)]
pub(crate) struct ImagesBody {
    /// All images of the product, in order.
    #[schema(max_items = 20)]
    images: Vec<ImageBody>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProductImage)]
pub(crate) struct ImageBody {
    #[schema(schema_with = fields::image_url)]
    url: String,
    #[schema(schema_with = fields::image_alt_or_null)]
    alt: Option<String>,
}

/// Replace the images of a product
///
/// An empty list removes them. The addresses are stored, not fetched. The same request again changes nothing.
#[utoipa::path(
    put, path = "", tag = "products", request_body = ImagesBody,
    responses((status = 200, description = "The product.", body = Product))
)]
pub(crate) async fn set_product_images(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    expected: IfMatch,
    Json(body): Json<ImagesBody>,
) -> Answer {
    let image = |ImageBody { url, alt }: ImageBody| ProductImage::new(url, alt.unwrap_or_default());
    let images = body.images.into_iter().map(image).collect();
    let is_expected = move |now: &_| expected.expects(now);
    changed(app.run(move |db| db.products().set_images_if(id, images, is_expected)).await?)
}

/// List the external ids of a product
///
/// Sorted by source. A product has at most one id in each source.
#[utoipa::path(
    get, path = "", tag = "products",
    responses((status = 200, description = "The ids.", body = Vec<ExternalId>))
)]
pub(crate) async fn list_external_ids(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    unless: IfNoneMatch,
    _: NoQuery,
) -> Answer {
    show(app.run(move |db| db.products().external_ids(id)).await?, &unless)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewExternalId)]
pub(crate) struct ExternalIdBody {
    #[schema(schema_with = fields::external_id)]
    external_id: String,
}

/// Set the external id of a product in a source
///
/// It replaces the present one. The same request again changes nothing. `GET /api/products?external_id=erp:4711` finds the
/// product.
#[utoipa::path(
    put, path = "", tag = "products", request_body = ExternalIdBody,
    params(("source" = inline(fields::Source), Path, description = "Name of the other system.", example = "erp")),
    responses((status = 200, description = "The id.", body = ExternalId))
)]
pub(crate) async fn set_external_id(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    Second(source): Second,
    Json(body): Json<ExternalIdBody>,
) -> Answer {
    let external_id = ExternalId::new(&source, &body.external_id)?;
    ok(app.run(move |db| db.products().set_external_id(id, external_id)).await?)
}

/// Remove the external id of a product in a source
///
/// If there is none, nothing changes.
#[utoipa::path(
    delete, path = "", tag = "products",
    params(("source" = inline(fields::Source), Path, description = "Name of the other system.", example = "erp")),
    responses((status = 204, description = "The product has no id in the source."))
)]
pub(crate) async fn remove_external_id(
    State(app): State<Shared>,
    Id(id): Id<ProductId>,
    Second(source): Second,
    _: NoQuery,
) -> Result<StatusCode, Problem> {
    app.run(move |db| db.products().remove_external_id(id, &source)).await.map_err(Problem::of_query)?;
    Ok(StatusCode::NO_CONTENT)
}
