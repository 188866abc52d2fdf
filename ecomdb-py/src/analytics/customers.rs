//! `db.analytics.customers`: the list of customers with what they have bought.

use ecomdb::{CustomerFilter, UserId};
use pyo3::prelude::*;

use super::Analytics;
use crate::enums::{maybe_word, word};
use crate::integers::{Count, Id};
use crate::listing::{Listing, Paging, listing};
use crate::rows::rows;
use crate::scope::{Scope, run};
use crate::values::Value as _;

rows! {
    /// A customer, and what it has bought.
    CustomerSummary = ecomdb::CustomerSummary {
        /// int: user id.
        user_id,
        /// str: e-mail address.
        email,
        /// str: given name.
        first_name,
        /// str: family name.
        last_name,
        /// UserStatus: status of the user.
        status,
        /// datetime: when the user was created, in UTC.
        created_at,
        /// int: number of completed orders.
        orders,
        /// Decimal: sum of the totals of these orders.
        total_spent,
        /// Decimal: sum of the partial refunds of these orders.
        refunds,
        /// datetime | None: when the last of these orders was placed, in UTC.
        last_order,
    }
}

#[pymethods]
impl Analytics {
    /// Customers with what they have bought: the users with the role customer, and others with a completed order.
    ///
    /// Args:
    ///     search (str | None): only customers with all of these words, or their beginnings, in address or name, in any case
    ///         and with or without accents. At most 254 characters.
    ///     status (UserStatus | str | None): only customers of this status.
    ///     has_ordered (bool | None): only customers with a completed order, or only those without.
    ///     sort (CustomerSort | str): ``"total_spent"``, ``"orders"``, ``"last_order"`` or ``"id"``; a minus sign reverses the
    ///         order.
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[CustomerSummary]: the customers, fetched while you iterate.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (
        *, search=None, status=None, has_ordered=None, sort="-total_spent", after=None, before=None, page_size=None
    ))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn customers(
        &self,
        py: Python<'_>,
        search: Option<String>,
        status: Option<&str>,
        has_ordered: Option<bool>,
        sort: &str,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let mut filter = CustomerFilter::default().sort(word(py, "sort", sort)?);
        filter.status = maybe_word(py, "status", status)?;
        (filter.has_ordered, filter.search) = (has_ordered, search);
        let fetch = |py: Python<'_>, (scope, filter): &(Scope, CustomerFilter), page| {
            let filter = filter.clone().page(page);
            run!(scope, py, |shop| shop.analytics().customers(&filter)).map(|customers| customers.page)
        };
        listing(py, Paging { after, before, page_size }, (self.scope.clone(), filter), fetch, |py, (scope, filter)| {
            let filter = filter.clone();
            run!(scope, py, |shop| shop.analytics().customers(&filter)).map(|customers| customers.count)
        })
    }

    /// What a user has bought.
    ///
    /// Args:
    ///     user_id (int): user id.
    ///
    /// Returns:
    ///     CustomerSummary: the row of the user in :meth:`customers`.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id.
    fn customer(&self, py: Python<'_>, user_id: Id) -> PyResult<Py<PyAny>> {
        let id = user_id.of(py, "user_id", UserId::new)?;
        run!(self.scope, py, |shop| shop.analytics().customer(id))?.into_python(py)
    }
}
