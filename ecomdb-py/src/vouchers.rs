//! `db.vouchers`

use ecomdb::{Invalid, NewVoucher, VoucherFilter, VoucherId, VoucherPatch};
use pyo3::prelude::*;

use crate::enums::word;
use crate::errors::invalid;
use crate::integers::{Count, Id};
use crate::listing::{Listing, Paging, listing};
use crate::money::{amount, maybe_amount};
use crate::rows::rows;
use crate::scope::{Scope, maybe_key, run};
use crate::times::moment;
use crate::values::Value as _;

rows! {
    /// A voucher: a code that takes a percentage or an amount off the price of an order's items.
    Voucher = ecomdb::Voucher {
        /// int: voucher id.
        id,
        /// str: code, unique, in upper case.
        code,
        /// VoucherKind: kind.
        kind,
        /// Decimal: the amount, or the percentage.
        value,
        /// Decimal: what the items must cost at least, before any discount.
        minimum,
        /// datetime | None: when it can first be used, in UTC.
        starts_at,
        /// datetime | None: from when it cannot be used any more, in UTC.
        ends_at,
        /// int | None: maximum number of uses.
        usage_limit,
        /// int | None: maximum number of uses of one customer.
        per_user_limit,
        /// int: orders with it that are not cancelled.
        used,
        /// datetime: when it was created, in UTC.
        created_at,
        /// datetime: when it was last changed, apart from its uses, in UTC.
        updated_at,
    }
}

/// The vouchers of a shop: ``db.vouchers``, ``tx.vouchers`` in a transaction, or ``shop.vouchers`` on behalf of a caller.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Vouchers {
    pub(crate) scope: Scope,
}

#[pymethods]
impl Vouchers {
    /// Creates a voucher.
    ///
    /// Args:
    ///     code (str): 1 to 40 letters, digits, ``-`` and ``_``, in any case; unique.
    ///     kind (VoucherKind | str): ``"percent"`` or ``"amount"``.
    ///     value (Decimal | int | str): the percentage, 0.01 to 100, or the amount, 0.01 to 999,999,999.99.
    ///     minimum (Decimal | int | str | None): what the items must cost at least, before any discount.
    ///     starts_at (datetime | date | str | None): when it can first be used. Default: at once.
    ///     ends_at (datetime | date | str | None): from when it cannot be used any more. Default: never.
    ///     usage_limit (int | None): maximum number of uses. Default: any number.
    ///     per_user_limit (int | None): maximum number of uses of one customer. Default: any number.
    ///     idempotency_key (str | None): a repeated call with the same key returns the first voucher.
    ///
    /// Returns:
    ///     Voucher: the new voucher.
    ///
    /// Raises:
    ///     ValidationError: for every argument that is not allowed.
    ///     DuplicateError: another voucher has the code.
    ///     IdempotencyKeyReusedError: the key was used for another voucher.
    ///     TypeError: an amount is a float, which is not exact.
    #[pyo3(signature = (code, kind, value, *, minimum=None, starts_at=None, ends_at=None, usage_limit=None,
                        per_user_limit=None, idempotency_key=None))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn create(
        &self,
        py: Python<'_>,
        code: &str,
        kind: &str,
        value: &Bound<'_, PyAny>,
        minimum: Option<&Bound<'_, PyAny>>,
        starts_at: Option<&Bound<'_, PyAny>>,
        ends_at: Option<&Bound<'_, PyAny>>,
        usage_limit: Option<Count>,
        per_user_limit: Option<Count>,
        idempotency_key: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let voucher = NewVoucher::of(word(py, "kind", kind)?, code, amount("value", value)?);
        let voucher = voucher.minimum(maybe_amount("minimum", minimum)?.unwrap_or_default());
        let voucher = voucher.starts_at(starts_at.map(|at| moment("starts_at", at)).transpose()?);
        let voucher = voucher.ends_at(ends_at.map(|at| moment("ends_at", at)).transpose()?);
        let voucher = voucher.usage_limit(usage_limit.map(|limit| limit.0));
        let voucher = voucher.per_user_limit(per_user_limit.map(|limit| limit.0));
        let voucher = voucher.build().map_err(|error| invalid(py, &error))?;
        let key = maybe_key(py, idempotency_key)?;
        run!(self.scope, py, |shop| shop.vouchers().idempotent(key).create(voucher))?.into_python(py)
    }

    /// The voucher with this id.
    ///
    /// Args:
    ///     id (int): voucher id.
    ///
    /// Returns:
    ///     Voucher: the voucher.
    ///
    /// Raises:
    ///     NotFoundError: no voucher has the id.
    fn get(&self, py: Python<'_>, id: Id) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", VoucherId::new)?;
        run!(self.scope, py, |shop| shop.vouchers().get(id))?.into_python(py)
    }

    /// All vouchers, the latest first, or the one with this code.
    ///
    /// Args:
    ///     code (str | None): only the voucher with this code, in any case.
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[Voucher]: the vouchers, fetched while you iterate.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (*, code=None, after=None, before=None, page_size=None))]
    fn list(
        &self,
        py: Python<'_>,
        code: Option<String>,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let mut filter = VoucherFilter::default();
        filter.code = code;
        let fetch = |py: Python<'_>, (scope, filter): &(Scope, VoucherFilter), page| {
            let filter = filter.clone().page(page);
            run!(scope, py, |shop| shop.vouchers().list(&filter))
        };
        listing(py, Paging { after, before, page_size }, (self.scope.clone(), filter), fetch, |py, (scope, filter)| {
            let filter = filter.clone();
            run!(scope, py, |shop| shop.vouchers().count(&filter))
        })
    }

    /// Updates the given values. Orders that used the voucher keep their discount.
    ///
    /// Args:
    ///     id (int): voucher id.
    ///     code (str | None): the new code.
    ///     value (Decimal | int | str | None): the new percentage or amount.
    ///     minimum (Decimal | int | str | None): what the items must cost at least.
    ///     starts_at (datetime | date | str | None): when it can first be used.
    ///     ends_at (datetime | date | str | None): from when it cannot be used any more.
    ///     usage_limit (int | None): maximum number of uses, not below the present number.
    ///     per_user_limit (int | None): maximum number of uses of one customer, not below the highest present number.
    ///     remove (Sequence[str] | None): names of values to remove: ``"starts_at"``, ``"ends_at"``, ``"usage_limit"`` and
    ///         ``"per_user_limit"``.
    ///
    /// Returns:
    ///     Voucher: the updated voucher.
    ///
    /// Raises:
    ///     NotFoundError: no voucher has the id.
    ///     ValidationError: for every argument that is not allowed.
    ///     DuplicateError: another voucher has the code.
    ///     TypeError: an amount is a float, which is not exact.
    #[pyo3(signature = (id, *, code=None, value=None, minimum=None, starts_at=None, ends_at=None, usage_limit=None,
                        per_user_limit=None, remove=None))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn update(
        &self,
        py: Python<'_>,
        id: Id,
        code: Option<String>,
        value: Option<&Bound<'_, PyAny>>,
        minimum: Option<&Bound<'_, PyAny>>,
        starts_at: Option<&Bound<'_, PyAny>>,
        ends_at: Option<&Bound<'_, PyAny>>,
        usage_limit: Option<Count>,
        per_user_limit: Option<Count>,
        remove: Option<Vec<String>>,
    ) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", VoucherId::new)?;
        let mut patch = VoucherPatch::default();
        (patch.code, patch.value) = (code, maybe_amount("value", value)?);
        patch.minimum = maybe_amount("minimum", minimum)?;
        patch.starts_at = starts_at.map(|at| moment("starts_at", at)).transpose()?.map(Some);
        patch.ends_at = ends_at.map(|at| moment("ends_at", at)).transpose()?.map(Some);
        patch.usage_limit = usage_limit.map(|limit| Some(limit.0));
        patch.per_user_limit = per_user_limit.map(|limit| Some(limit.0));
        for name in remove.unwrap_or_default() {
            let is_new = match name.as_str() {
                "starts_at" => patch.starts_at.replace(None).is_none(),
                "ends_at" => patch.ends_at.replace(None).is_none(),
                "usage_limit" => patch.usage_limit.replace(None).is_none(),
                "per_user_limit" => patch.per_user_limit.replace(None).is_none(),
                _ => false,
            };
            if !is_new {
                let allowed =
                    "must name starts_at, ends_at, usage_limit or per_user_limit, once and without a new value";
                return Err(invalid(py, &Invalid::new("remove", format!("{allowed}, not {}", ecomdb::quoted(&name)))));
            }
        }
        run!(self.scope, py, |shop| shop.vouchers().update(id, patch))?.into_python(py)
    }

    /// Deletes a voucher that no order has used.
    ///
    /// Args:
    ///     id (int): voucher id.
    ///
    /// Raises:
    ///     NotFoundError: no voucher has the id.
    ///     InUseError: an order has used it, be it cancelled.
    fn delete(&self, py: Python<'_>, id: Id) -> PyResult<()> {
        let id = id.of(py, "id", VoucherId::new)?;
        run!(self.scope, py, |shop| shop.vouchers().delete(id))
    }
}
