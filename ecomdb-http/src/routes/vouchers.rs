//! `/api/vouchers`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use chrono::{DateTime, Utc};
use ecomdb::{Money, NewVoucher, OnBehalf, Voucher, VoucherFilter, VoucherId, VoucherKind, VoucherPatch};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Id, IfMatch, IfNoneMatch, Integer, Json, Key, NoQuery, Query, list_query, present, text};
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, changed, created, list, show};
use crate::state::Shared;

list_query! {
    pub(crate) VoucherQuery {
        /// Only the voucher with this code, in any case.
        #[param(value_type = fields::VoucherCode, inline, example = "summer10")]
        #[serde(deserialize_with = "text")]
        code: Option<String>,
    }
}

/// List vouchers
///
/// Newest first, each with the number of its uses.
#[utoipa::path(
    get, path = "", tag = "vouchers", params(VoucherQuery),
    responses((status = 200, description = "A page of vouchers.", body = Vec<Voucher>))
)]
pub(crate) async fn list_vouchers(State(app): State<Shared>, uri: Uri, Query(query): Query<VoucherQuery>) -> Answer {
    let (page, counts) = query.page()?;
    let mut filter = VoucherFilter::default().page(page);
    filter.code = query.code;
    let count = |shop: OnBehalf<'_>, filter: &_| shop.vouchers().count(filter);
    list(&app, &uri, filter, counts, |shop, filter| shop.vouchers().list(filter), count).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewVoucher)]
pub(crate) struct VoucherBody {
    #[schema(schema_with = fields::voucher_code)]
    code: String,
    /// Kind of voucher.
    kind: VoucherKind,
    #[schema(schema_with = fields::voucher_value)]
    value: Money,
    #[schema(schema_with = fields::voucher_minimum_or_null)]
    minimum: Option<Money>,
    #[schema(schema_with = fields::starts_at_or_null)]
    starts_at: Option<DateTime<Utc>>,
    #[schema(schema_with = fields::ends_at_or_null)]
    ends_at: Option<DateTime<Utc>>,
    #[schema(schema_with = fields::usage_limit_or_null)]
    usage_limit: Option<Integer>,
    #[schema(schema_with = fields::per_user_limit_or_null)]
    per_user_limit: Option<Integer>,
}

/// Create a voucher
///
/// Its code is stored in upper case, and found in any case.
#[utoipa::path(
    post, path = "", tag = "vouchers", request_body = VoucherBody,
    responses((status = 201, description = "The voucher.", body = Voucher))
)]
pub(crate) async fn create_voucher(State(app): State<Shared>, Key(key): Key, Json(body): Json<VoucherBody>) -> Answer {
    let VoucherBody { code, kind, value, minimum, starts_at, ends_at, usage_limit, per_user_limit } = body;
    let voucher = NewVoucher::of(kind, code, value).minimum(minimum.unwrap_or_default());
    let voucher = voucher.starts_at(starts_at).ends_at(ends_at);
    let voucher = voucher.usage_limit(usage_limit.map(i64::from)).per_user_limit(per_user_limit.map(i64::from));
    let voucher = voucher.build()?;
    let voucher = app.run(move |db| db.vouchers().idempotent(key).create(voucher)).await?;
    created(format!("/api/vouchers/{}", voucher.id), voucher)
}

/// Show a voucher
///
/// Returns the voucher with the number of its uses, and its ETag.
#[utoipa::path(get, path = "", tag = "vouchers", responses((status = 200, description = "The voucher.", body = Voucher)))]
pub(crate) async fn show_voucher(
    State(app): State<Shared>,
    Id(id): Id<VoucherId>,
    unless: IfNoneMatch,
    _: NoQuery,
) -> Answer {
    show(app.run(move |db| db.vouchers().get(id)).await?, &unless)
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = VoucherPatch)]
pub(crate) struct VoucherPatchBody {
    #[schema(schema_with = fields::voucher_code)]
    #[serde(deserialize_with = "present")]
    code: Option<String>,
    #[schema(schema_with = fields::voucher_value)]
    #[serde(deserialize_with = "present")]
    value: Option<Money>,
    #[schema(schema_with = fields::voucher_minimum)]
    #[serde(deserialize_with = "present")]
    minimum: Option<Money>,
    #[schema(schema_with = fields::starts_at_or_null)]
    #[serde(deserialize_with = "present")]
    starts_at: Option<Option<DateTime<Utc>>>,
    #[schema(schema_with = fields::ends_at_or_null)]
    #[serde(deserialize_with = "present")]
    ends_at: Option<Option<DateTime<Utc>>>,
    #[schema(schema_with = fields::usage_limit_or_null)]
    #[serde(deserialize_with = "present")]
    usage_limit: Option<Option<Integer>>,
    #[schema(schema_with = fields::per_user_limit_or_null)]
    #[serde(deserialize_with = "present")]
    per_user_limit: Option<Option<Integer>>,
}

impl From<VoucherPatchBody> for VoucherPatch {
    fn from(body: VoucherPatchBody) -> Self {
        let limit = |limit: Option<Option<Integer>>| limit.map(|limit| limit.map(i64::from));
        let mut patch = Self::default();
        (patch.code, patch.value, patch.minimum) = (body.code, body.value, body.minimum);
        (patch.starts_at, patch.ends_at) = (body.starts_at, body.ends_at);
        (patch.usage_limit, patch.per_user_limit) = (limit(body.usage_limit), limit(body.per_user_limit));
        patch
    }
}

/// Change a voucher
///
/// Takes a merge patch: absent fields keep their values, and null removes a time or a limit. Orders that used the voucher
/// keep their discount. A limit cannot be set below the uses so far.
#[utoipa::path(
    patch, path = "", tag = "vouchers", request_body = VoucherPatchBody,
    responses((status = 200, description = "The voucher.", body = Voucher))
)]
pub(crate) async fn update_voucher(
    State(app): State<Shared>,
    Id(id): Id<VoucherId>,
    expected: IfMatch,
    Json(body): Json<VoucherPatchBody>,
) -> Answer {
    let is_expected = move |now: &_| expected.expects(now);
    changed(app.run(move |db| db.vouchers().update_if(id, body.into(), is_expected)).await?)
}

/// Delete a voucher
///
/// A voucher that was used cannot be deleted; set its end instead.
#[utoipa::path(
    delete, path = "", tag = "vouchers",
    responses((status = 204, description = "The voucher is deleted."))
)]
pub(crate) async fn delete_voucher(
    State(app): State<Shared>,
    Id(id): Id<VoucherId>,
    expected: IfMatch,
) -> Result<StatusCode, Problem> {
    app.run(move |db| db.vouchers().delete_if(id, move |now| expected.expects(now))).await?;
    Ok(StatusCode::NO_CONTENT)
}
