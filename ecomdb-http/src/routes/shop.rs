//! `/api/shop`

use axum::extract::State;
use ecomdb::{Shop, ShopPatch};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{IfMatch, IfNoneMatch, Json, NoQuery, present};
use crate::openapi::fields;
use crate::respond::{Answer, changed, show};
use crate::state::Shared;

/// Show the settings of the shop
///
/// Returns their ETag.
#[utoipa::path(
    get, path = "", tag = "shop",
    responses((status = 200, description = "Name, currency and time zone.", body = Shop))
)]
pub(crate) async fn show_shop(State(app): State<Shared>, unless: IfNoneMatch, _: NoQuery) -> Answer {
    show(app.run(move |db| db.shop().get()).await?, &unless)
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ShopPatch)]
pub(crate) struct ShopPatchBody {
    #[schema(schema_with = fields::shop_name)]
    #[serde(deserialize_with = "present")]
    name: Option<String>,
    #[schema(schema_with = fields::currency)]
    #[serde(deserialize_with = "present")]
    currency: Option<String>,
    #[schema(schema_with = fields::time_zone)]
    #[serde(deserialize_with = "present")]
    time_zone: Option<String>,
}

/// Change the settings of the shop
///
/// Takes a merge patch: absent fields keep their values, and none may be null. Another currency relabels all amounts;
/// they are not converted.
#[utoipa::path(
    patch, path = "", tag = "shop", request_body = ShopPatchBody,
    responses((status = 200, description = "Name, currency and time zone.", body = Shop))
)]
pub(crate) async fn update_shop(
    State(app): State<Shared>,
    expected: IfMatch,
    Json(body): Json<ShopPatchBody>,
) -> Answer {
    let ShopPatchBody { name, currency, time_zone } = body;
    let mut patch = ShopPatch::default();
    (patch.name, patch.currency, patch.time_zone) = (name, currency, time_zone);
    let is_expected = move |now: &_| expected.expects(now);
    changed(app.run(move |db| db.shop().update_if(patch, is_expected)).await?)
}
