//! `/api/shop`

use axum::extract::State;
use ecomdb::{Shop, ShopPatch};

use crate::extract::{IfMatch, IfNoneMatch, Json, NoQuery, patch_body};
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

patch_body! {
    ShopPatch as ShopPatchBody {
        name: String [schema_with = fields::shop_name],
        currency: String [schema_with = fields::currency],
        time_zone: String [schema_with = fields::time_zone],
    }
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
    let is_expected = move |now: &_| expected.expects(now);
    changed(app.run(move |db| db.shop().update_if(body.into(), is_expected)).await?)
}
