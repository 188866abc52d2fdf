//! Everything that is stored about one person.

use std::io::Write;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde::{Deserialize, Serialize};

#[cfg(feature = "accounts")]
use crate::accounts::{ApiKey, Session, api_keys, sessions};
use crate::context::Context;
use crate::engine::{Connection, fixed};
use crate::error::{Error, Result};
use crate::ordering::{self, Order, OrderFilter, OrderSort};
use crate::schema::users as columns;
use crate::types::{Cursor, Limit, Page, PageRequest, Scope, UserId, VoucherId};
use crate::users::{self, Buyer, User};

/// Everything that is stored about a user, from [`Users::dossier`](crate::Users::dossier): for a person who asks for it, and for
/// moving to another shop.
///
/// Hashes of passwords and tokens are left out, and so are idempotency keys: these are random words that a program chose, which
/// are deleted after a while. Text that people typed elsewhere, such as the note of a stock movement, is not searched.
///
/// ```
/// use ecomdb::{Database, NewUser, PageRequest, UserPatch};
/// # let db = Database::open(":memory:")?;
///
/// let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Byron")?)?;
/// db.users().update(ada.id, UserPatch::default().last_name("Lovelace"))?;
/// let dossier = db.users().dossier(ada.id, &PageRequest::default())?;
/// assert_eq!((dossier.user.last_name.as_str(), dossier.former_names[0].last_name.as_str()), ("Lovelace", "Byron"));
/// assert!(dossier.orders.is_empty() && dossier.next.is_none());
/// # Ok::<(), ecomdb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Dossier {
    /// The user as it is now.
    pub user: User,
    /// Whether the user has a password.
    pub has_password: bool,
    /// Names and addresses of before, the oldest first. Each order has those of when it was placed.
    pub former_names: Vec<Buyer>,
    /// Sessions that are stored, also ended ones, the latest used first; `None` for a caller who may not see them: an API key, and
    /// anybody else but the user without [`Scope::UsersManage`].
    #[cfg(feature = "accounts")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub sessions: Option<Vec<Session>>,
    /// API keys, the latest first, with those that ended; `None` as for `sessions`.
    #[cfg(feature = "accounts")]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(nullable = false))]
    pub api_keys: Option<Vec<ApiKey>>,
    /// Vouchers that were used in orders that are not cancelled, by ascending id.
    pub voucher_uses: Vec<VoucherUse>,
    /// A page of the orders, the oldest first, with items, adjustments, payments and refunds.
    pub orders: Vec<Order>,
    /// Position of the previous page of orders; see [`Page::previous`].
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>))]
    pub previous: Option<Cursor>,
    /// Position of the next page of orders; `None` on the last one, see [`Page::next`].
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>))]
    pub next: Option<Cursor>,
}

/// Writes a dossier as one JSON object, page by page, so that memory does not grow with the number of orders. The object is that of
/// [`Dossier`] with all orders, without `previous` and `next`.
///
/// ```
/// use ecomdb::{Database, DossierJson, NewUser, PageRequest};
/// # let db = Database::open(":memory:")?;
/// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Byron")?)?;
///
/// let (mut json, mut text, mut next) = (DossierJson::default(), Vec::new(), Some(PageRequest::default()));
/// while let Some(page) = next {
///     next = json.page(db.users().dossier(ada.id, &page)?, &mut text)?;
/// }
/// assert!(text.starts_with(b"{\"user\":{\"id\":1,") && text.ends_with(b"\"orders\":[]}\n"));
/// # Ok::<(), ecomdb::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct DossierJson {
    /// Orders that were written; `None` before the first page.
    orders: Option<u64>,
}

impl DossierJson {
    /// Writes a page. Returns the request for the next one, and `None` after the last.
    ///
    /// # Errors
    /// [`Error::Output`] of `out`.
    pub fn page(&mut self, mut dossier: Dossier, out: &mut dyn Write) -> Result<Option<PageRequest>> {
        let orders = std::mem::take(&mut dossier.orders);
        let next = dossier.next.take();
        dossier.previous = None;
        if self.orders.is_none() {
            let text = serde_json::to_string(&dossier).map_err(output)?;
            // The last fields of the struct.
            let head = text.strip_suffix("],\"previous\":null,\"next\":null}").unwrap_or(&text);
            out.write_all(head.as_bytes()).map_err(Error::Output)?;
        }
        let written = self.orders.get_or_insert_default();
        for order in &orders {
            out.write_all(if *written == 0 { b"\n" } else { b",\n" }).map_err(Error::Output)?;
            serde_json::to_writer(&mut *out, order).map_err(output)?;
            *written += 1;
        }
        match next {
            Some(next) => Ok(Some(PageRequest::default().limit(Limit::DETAILED).after(next))),
            None => out.write_all(b"]}\n").map_err(Error::Output).map(|()| None),
        }
    }
}

fn output(error: serde_json::Error) -> Error {
    Error::Output(error.into())
}

/// How often a user has used a voucher.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct VoucherUse {
    /// Voucher id.
    pub voucher_id: VoucherId,
    /// Code of the voucher.
    pub code: String,
    /// Orders with it that are not cancelled.
    pub used: i64,
}

/// Scopes that a dossier needs.
const NEEDED: [Scope; 2] = [Scope::UsersRead, Scope::OrdersRead];

/// The dossier of a user, with a page of at most [`Limit::DETAILED`] orders. An owner can read only its own.
pub(crate) fn read(conn: &mut Connection, context: &Context, id: UserId, page: PageRequest) -> Result<Dossier> {
    context.verify(conn, &NEEDED)?;
    let user = users::get(conn, context, id)?;
    let password: Option<String> = columns::table.find(id).select(columns::password_hash).get_result(conn)?;
    #[cfg(feature = "accounts")]
    let account = has_account(context, id);
    let Page { items: orders, previous, next } = orders(conn, context, id, page)?;
    Ok(Dossier {
        user,
        has_password: password.is_some(),
        former_names: users::former_names(conn, id)?,
        #[cfg(feature = "accounts")]
        sessions: account.then(|| sessions::stored(conn, id, context.caller().credential())).transpose()?,
        #[cfg(feature = "accounts")]
        api_keys: account.then(|| api_keys::stored(conn, id)).transpose()?,
        voucher_uses: voucher_uses(conn, id)?,
        orders,
        previous,
        next,
    })
}

/// Whether the caller may see sessions and keys of the user, which need a session as all that is about accounts.
#[cfg(feature = "accounts")]
fn has_account(context: &Context, id: UserId) -> bool {
    let caller = context.caller();
    caller.demand_session().is_ok() && caller.account_owner().is_none_or(|owner| owner == id)
}

fn voucher_uses(conn: &mut Connection, user: UserId) -> Result<Vec<VoucherUse>> {
    let uses = fixed!(
        "SELECT u.voucher_id, v.code, u.used FROM voucher_uses u JOIN vouchers v ON v.id = u.voucher_id \
         WHERE u.user_id = ? AND u.used > 0 ORDER BY u.voucher_id"
    );
    let uses = uses.int(user).rows::<(BigInt, Text, BigInt), (i64, String, i64)>(conn)?;
    let of_row = |(id, code, used)| VoucherUse { voucher_id: VoucherId::new(id), code, used };
    Ok(uses.into_iter().map(of_row).collect())
}

fn orders(conn: &mut Connection, context: &Context, user: UserId, page: PageRequest) -> Result<Page<Order>> {
    let page = PageRequest { limit: page.limit.min(Limit::DETAILED), ..page };
    let filter = OrderFilter::default().user_id(user).sort(OrderSort::Id).page(page);
    let Page { items, previous, next } = ordering::list(conn, context, &filter)?;
    let items = items.iter().map(|order| ordering::detail(conn, context, order.id)).collect::<Result<_>>()?;
    Ok(Page { items, previous, next })
}
