//! `/api/users`

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use ecomdb::{
    Dossier, Money, NewUser, OnBehalf, OrderFilter, OrderSort, OrderStatus, OrderSummary, PaymentState, Role, TimeZone,
    User, UserFilter, UserId, UserPatch, UserSort, UserStatus,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::{Id, IfMatch, IfNoneMatch, Json, NoQuery, Query, list_query, patch_body, period, text};
use crate::openapi::fields;
use crate::problem::Problem;
use crate::respond::{Answer, Part, changed, created, list, ok, paged, show};
use crate::state::Shared;
use crate::{audit, users};

list_query! {
    pub(crate) UserQuery {
        /// Only users with all of these words in first name, last name or e-mail address; see the section on search.
        #[param(value_type = fields::SearchText, inline, example = "ada")]
        #[serde(deserialize_with = "text")]
        search: Option<String>,
        /// Only users in this state.
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        status: Option<UserStatus>,
        /// Only users of this role.
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        role: Option<Role>,
        /// Sort column; a leading minus sign means descending.
        #[param(inline)]
        #[serde(deserialize_with = "text")]
        sort: Option<UserSort>,
    }
}

/// List users
///
/// Sorted by id, unless `sort` is given.
#[utoipa::path(
    get, path = "", tag = "users", params(UserQuery),
    responses((status = 200, description = "A page of users.", body = Vec<User>))
)]
pub(crate) async fn list_users(State(app): State<Shared>, uri: Uri, Query(query): Query<UserQuery>) -> Answer {
    let (page, counts) = query.page()?;
    let UserQuery { search, status, role, sort, .. } = query;
    let mut filter = UserFilter::default().page(page).sort(sort.unwrap_or_default());
    (filter.status, filter.role, filter.search) = (status, role, search);
    list(
        &app,
        &uri,
        filter,
        counts,
        |shop, filter| shop.users().list(filter),
        |shop, filter| shop.users().count(filter),
    )
    .await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser)]
pub(crate) struct UserBody {
    #[schema(schema_with = fields::email)]
    email: String,
    #[schema(schema_with = fields::first_name)]
    first_name: String,
    #[schema(schema_with = fields::last_name)]
    last_name: String,
}

/// Create a user
///
/// The e-mail address is stored trimmed, in NFC and case-folded, so that all its spellings name one user.
#[utoipa::path(
    post, path = "", tag = "users", request_body = UserBody,
    responses((status = 201, description = "The user.", body = User))
)]
pub(crate) async fn create_user(State(app): State<Shared>, Json(body): Json<UserBody>) -> Answer {
    let user = NewUser::new(&body.email, &body.first_name, &body.last_name)?;
    let user = app.run_blocking(move |db| users::create(db, user)).await?;
    created(format!("/api/users/{}", user.id), user)
}

/// Show a user
///
/// Returns its ETag.
#[utoipa::path(get, path = "", tag = "users", responses((status = 200, description = "The user.", body = User)))]
pub(crate) async fn show_user(
    State(app): State<Shared>,
    Id(id): Id<UserId>,
    unless: IfNoneMatch,
    _: NoQuery,
) -> Answer {
    show(app.run(move |db| db.users().get(id)).await?, &unless)
}

patch_body! {
    UserPatch as UserPatchBody {
        email: String [schema_with = fields::email],
        first_name: String [schema_with = fields::first_name],
        last_name: String [schema_with = fields::last_name],
        status: UserStatus [nullable = false],
    }
}

/// Change a user
///
/// Takes a merge patch: absent fields keep their values, and no field may be null. `email` and `status` require
/// `users:manage`, and a session if the user is staff or admin. The last active admin cannot be disabled.
#[utoipa::path(
    patch, path = "", tag = "users", request_body = UserPatchBody,
    responses((status = 200, description = "The user.", body = User))
)]
pub(crate) async fn update_user(
    State(app): State<Shared>,
    Id(id): Id<UserId>,
    expected: IfMatch,
    Json(body): Json<UserPatchBody>,
) -> Answer {
    let is_expected = move |now: &_| expected.expects(now);
    changed(app.run_blocking(move |db| users::change_if(db, id, body.into(), is_expected)).await?)
}

/// Delete a user
///
/// A user with orders cannot be deleted; anonymise or disable the user instead. Deleting staff or an admin requires a
/// session; the last active admin cannot be deleted.
#[utoipa::path(delete, path = "", tag = "users", responses((status = 204, description = "The user is deleted.")))]
pub(crate) async fn delete_user(
    State(app): State<Shared>,
    Id(id): Id<UserId>,
    expected: IfMatch,
) -> Result<StatusCode, Problem> {
    let done = app.run_blocking(move |db| {
        db.users().delete_if(id, move |now| expected.expects(now))?;
        audit::USER_DELETED.entry().about(id).log();
        Ok(())
    });
    done.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Anonymise a user
///
/// Replaces name and e-mail address with placeholders, also in all orders, removes the password, sessions and API keys, and disables the
/// user. Orders are kept. This cannot be undone. Anonymising staff or an admin requires a session; the last active
/// admin cannot be anonymised.
#[utoipa::path(
    post, path = "", tag = "users",
    responses((status = 200, description = "The user.", body = User))
)]
pub(crate) async fn anonymise_user(State(app): State<Shared>, Id(id): Id<UserId>) -> Answer {
    ok(app.run_blocking(move |db| users::anonymise(db, id)).await?)
}

list_query! {
    pub(crate) DossierQuery {}
}

/// Show everything that is stored about a user
///
/// The user, former names, sessions and API keys without their secrets, uses of vouchers, and orders with items, adjustments,
/// payments and refunds, the oldest first. Orders come in pages of at most 100, whatever `limit`; everything else comes with each page.
/// Requires `orders:read`, too. Sessions and API keys are left out for API keys, and for anybody else but the user without
/// `users:manage`. Hashes and idempotency keys are not included.
#[utoipa::path(
    get, path = "", tag = "users", params(DossierQuery),
    responses((status = 200, description = "The dossier, with a page of orders.", body = Dossier))
)]
pub(crate) async fn show_dossier(
    State(app): State<Shared>,
    uri: Uri,
    Id(id): Id<UserId>,
    Query(query): Query<DossierQuery>,
) -> Answer {
    let (page, counts) = query.page()?;
    let read = move |shop: OnBehalf<'_>| {
        let dossier = shop.users().dossier(id, &page)?;
        let count = counts.then(|| shop.orders().count(&OrderFilter::default().user_id(id))).transpose()?;
        let body = serde_json::to_vec(&dossier);
        Ok(Part { body, next: dossier.next, previous: dossier.previous, count })
    };
    paged(&app, &uri, read).await
}

list_query! {
    pub(crate) UserOrderQuery {
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

/// List a user's orders
///
/// Newest first, unless `sort` is given.
#[utoipa::path(
    get, path = "", tag = "orders", params(UserOrderQuery),
    responses((status = 200, description = "A page of orders.", body = Vec<OrderSummary>))
)]
pub(crate) async fn list_orders_of_user(
    State(app): State<Shared>,
    uri: Uri,
    Id(id): Id<UserId>,
    Query(query): Query<UserOrderQuery>,
) -> Answer {
    let (page, counts) = query.page()?;
    let UserOrderQuery { status, payment_state, min_total, max_total, from, to, sort, .. } = query;
    let period = period(TimeZone::UTC, from, to)?;
    let mut filter = OrderFilter::default().page(page).sort(sort.unwrap_or_default()).user_id(id).period(period);
    (filter.status, filter.payment_state) = (status, payment_state);
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
