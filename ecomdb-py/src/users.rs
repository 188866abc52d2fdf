//! `db.users`

use ecomdb::{Invalid, Limit, NewUser, PageRequest, UserFilter, UserId, UserPatch};
use pyo3::prelude::*;

use crate::enums::{maybe_word, word};
use crate::errors::invalid;
use crate::integers::{Count, Id, count};
use crate::listing::{Listing, Paging, listing};
use crate::rows::rows;
use crate::scope::{Scope, run};
use crate::values::Value as _;

rows! {
    /// A user.
    User = ecomdb::User {
        /// int: user id.
        id,
        /// str: the address, composed and case-folded; no two users have the same.
        email,
        /// str: given name.
        first_name,
        /// str: family name.
        last_name,
        /// UserStatus: whether the user may order.
        status,
        /// Role: role; see :meth:`Accounts.set_role`.
        role,
        /// datetime: when the user was created, in UTC.
        created_at,
        /// datetime: when the user was last changed, in UTC.
        updated_at,
    }

    /// How often a user has used a voucher.
    VoucherUse = ecomdb::VoucherUse {
        /// int: voucher id.
        voucher_id,
        /// str: code of the voucher.
        code,
        /// int: orders with it that are not cancelled.
        used,
    }

    /// Everything that is stored about a user, with a page of orders: see :meth:`Users.dossier`.
    Dossier = ecomdb::Dossier {
        /// User: the user as it is now.
        user,
        /// bool: whether the user has a password.
        has_password,
        /// tuple[Buyer, ...]: names and addresses of before, the oldest first.
        former_names,
        /// tuple[Session, ...] | None: sessions that are stored; None for callers who may not see them.
        sessions,
        /// tuple[ApiKey, ...] | None: API keys, the latest first; None for callers who may not see them.
        api_keys,
        /// tuple[VoucherUse, ...]: vouchers that were used in orders that are not cancelled.
        voucher_uses,
        /// tuple[Order, ...]: a page of the orders, the oldest first.
        orders,
        /// str | None: cursor of the previous page of orders.
        previous,
        /// str | None: cursor of the next page of orders, for ``after``; None on the last one.
        next,
    }
}

/// The users of a shop: ``db.users``, ``tx.users`` in a transaction, or ``shop.users`` on behalf of a caller.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Users {
    pub(crate) scope: Scope,
}

#[pymethods]
impl Users {
    /// Creates a user.
    ///
    /// Args:
    ///     email (str): the address, of at most 254 characters; trimmed, composed and case-folded it is unique.
    ///     first_name (str): 1 to 100 characters.
    ///     last_name (str): 1 to 100 characters.
    ///
    /// Returns:
    ///     User: the new user, a customer who may order, but has no password to log in with: see :meth:`Accounts.create`.
    ///
    /// Raises:
    ///     ValidationError: for every argument that is not allowed.
    ///     DuplicateError: another user has the address.
    fn create(&self, py: Python<'_>, email: &str, first_name: &str, last_name: &str) -> PyResult<Py<PyAny>> {
        let user = NewUser::new(email, first_name, last_name).map_err(|error| invalid(py, &error))?;
        run!(self.scope, py, |shop| shop.users().create(user))?.into_python(py)
    }

    /// The user with this id.
    ///
    /// Args:
    ///     id (int): user id.
    ///
    /// Returns:
    ///     User: the user.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id.
    fn get(&self, py: Python<'_>, id: Id) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", UserId::new)?;
        run!(self.scope, py, |shop| shop.users().get(id))?.into_python(py)
    }

    /// The user with this e-mail address, in any spelling.
    ///
    /// Args:
    ///     email (str): e-mail address.
    ///
    /// Returns:
    ///     User | None: the user, if there is one.
    fn find(&self, py: Python<'_>, email: &str) -> PyResult<Py<PyAny>> {
        let email = email.to_owned();
        run!(self.scope, py, |shop| shop.users().find(&email))?.into_python(py)
    }

    /// All users, or those that match every filter.
    ///
    /// Args:
    ///     search (str | None): only users with all of these words, or their beginnings, in address or name, in any case
    ///         and with or without accents. At most 254 characters.
    ///     status (UserStatus | str | None): only users of this status.
    ///     role (Role | str | None): only users of this role.
    ///     sort (UserSort | str): ``"id"`` or ``"email"``; a minus sign reverses the order.
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[User]: the users, fetched while you iterate.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (*, search=None, status=None, role=None, sort="id", after=None, before=None, page_size=None))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn list(
        &self,
        py: Python<'_>,
        search: Option<String>,
        status: Option<&str>,
        role: Option<&str>,
        sort: &str,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let mut filter = UserFilter::default().sort(word(py, "sort", sort)?);
        filter.status = maybe_word(py, "status", status)?;
        filter.role = maybe_word(py, "role", role)?;
        filter.search = search;
        let fetch = |py: Python<'_>, (scope, filter): &(Scope, UserFilter), page| {
            let filter = filter.clone().page(page);
            run!(scope, py, |shop| shop.users().list(&filter))
        };
        listing(py, Paging { after, before, page_size }, (self.scope.clone(), filter), fetch, |py, (scope, filter)| {
            let filter = filter.clone();
            run!(scope, py, |shop| shop.users().count(&filter))
        })
    }

    /// Updates the given values.
    ///
    /// Args:
    ///     id (int): user id.
    ///     email (str | None): the new address.
    ///     first_name (str | None): the new given name.
    ///     last_name (str | None): the new family name.
    ///     status (UserStatus | str | None): ``"active"`` or ``"disabled"``.
    ///
    /// Returns:
    ///     User: the updated user.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id.
    ///     ValidationError: for every argument that is not allowed.
    ///     DuplicateError: another user has the address.
    ///     ConflictError: the user is the last active admin; only the program itself may disable it.
    #[pyo3(signature = (id, *, email=None, first_name=None, last_name=None, status=None))]
    fn update(
        &self,
        py: Python<'_>,
        id: Id,
        email: Option<String>,
        first_name: Option<String>,
        last_name: Option<String>,
        status: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", UserId::new)?;
        let mut patch = UserPatch::default();
        (patch.email, patch.first_name, patch.last_name) = (email, first_name, last_name);
        patch.status = maybe_word(py, "status", status)?;
        run!(self.scope, py, |shop| shop.users().update(id, patch))?.into_python(py)
    }

    /// Deletes a user who has never ordered.
    ///
    /// Args:
    ///     id (int): user id.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id.
    ///     InUseError: the user has orders. Use :meth:`anonymise`.
    ///     ConflictError: the user is the last active admin; only the program itself may do this.
    fn delete(&self, py: Python<'_>, id: Id) -> PyResult<()> {
        let id = id.of(py, "id", UserId::new)?;
        run!(self.scope, py, |shop| shop.users().delete(id))
    }

    /// Everything that is stored about a user, without hashes: former names, sessions, API keys, uses of vouchers, and orders with
    /// their payments. The orders come in pages, the oldest first; everything else comes with each page.
    ///
    /// Args:
    ///     id (int): user id.
    ///     after (str | None): begin after this cursor, which is ``next`` of the page before.
    ///     page_size (int): orders of a page: 1 to 100.
    ///
    /// Returns:
    ///     Dossier: the data. ``to_json()`` makes it a JSON object.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id.
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (id, *, after=None, page_size=100))]
    fn dossier(
        &self,
        py: Python<'_>,
        id: Id,
        after: Option<&str>,
        #[pyo3(from_py_with = count)] page_size: i64,
    ) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", UserId::new)?;
        let page = dossier_page(after, page_size).map_err(|error| invalid(py, &error))?;
        run!(self.scope, py, |shop| shop.users().dossier(id, &page))?.into_python(py)
    }

    /// Replaces a user's name and address by ones that tell nothing, also in all orders, and disables the user. The orders stay.
    ///
    /// Args:
    ///     id (int): user id.
    ///
    /// Returns:
    ///     User: the updated user.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id.
    ///     ConflictError: the user is the last active admin; only the program itself may do this.
    fn anonymise(&self, py: Python<'_>, id: Id) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", UserId::new)?;
        run!(self.scope, py, |shop| shop.users().anonymise(id))?.into_python(py)
    }
}

fn dossier_page(after: Option<&str>, page_size: i64) -> Result<PageRequest, Invalid> {
    if !(1..=100).contains(&page_size) {
        return Err(Invalid::new("page_size", format!("must be a whole number from 1 to 100, not {page_size}")));
    }
    let page = PageRequest::default().limit(Limit::new(page_size)?);
    Ok(match after {
        Some(cursor) => page.after(cursor.parse()?),
        None => page,
    })
}
