//! `db.orders`

use ecomdb::{
    AddressBuilder, AddressKind, AdjustmentKind, Limit, Money, NewOrder, OrderBuilder, OrderFilter, OrderId, ProductId,
    TimeZone, UserId,
};
use pyo3::prelude::*;
use pyo3::types::PyMapping;

use crate::addresses::address;
use crate::enums::{maybe_word, word};
use crate::errors::{invalid, unlike};
use crate::integers::{Count, Id, count};
use crate::listing::{Listing, Paging, listing};
use crate::money::maybe_amount;
use crate::payments::new_payment;
use crate::scope::{Scope, maybe_key, run};
use crate::times::period;
use crate::values::Value as _;

/// The orders of a shop: ``db.orders``, ``tx.orders`` in a transaction, or ``shop.orders`` on behalf of a caller.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Orders {
    pub(crate) scope: Scope,
}

#[pymethods]
impl Orders {
    /// Places an order: takes the stock, uses the voucher and records the payment if there is one, in one transaction.
    ///
    /// An order whose payment is captured in full, and an order that costs nothing, is completed at once.
    ///
    /// Args:
    ///     user_id (int): user id of the buyer.
    ///     items (Iterable[tuple[int, int]] | Mapping[int, int]): product id and units of each line: 1 to 500 lines of
    ///         1 to 1,000,000 units. Lines of the same product are merged.
    ///     adjustments (Iterable[tuple[AdjustmentKind | str, str, Decimal | int | str] | tuple[AdjustmentKind | str, str, Decimal | int | str, bool]]):
    ///         kind, label (1 to 200 characters) and amount of at most 20 discounts (at most 0), shippings, fees and taxes
    ///         (at least 0); then True for a tax within the prices. Discounts are divided over the items in proportion to
    ///         their prices, to the cent.
    ///     shipping_address (Address | Mapping[str, str | None] | None): where the goods go. Fields: ``recipient``, ``street`` (one
    ///         to five lines), ``city`` and ``country`` (ISO 3166-1 code); optional ``region``, ``postcode`` and ``phone``.
    ///     billing_address (Address | Mapping[str, str | None] | None): who gets the invoice. Default: the shipping address counts.
    ///     voucher (str | None): code of a voucher, in any case.
    ///     payment (PaymentMethod | str | None): records a payment attempt by this method.
    ///     capture (bool): whether that payment is captured.
    ///     amount (Decimal | int | str | None): amount of the payment. Default: the total.
    ///     reference (str | None): reference of the payment provider: 1 to 200 characters.
    ///     hold_minutes (int | None): how long the order holds its units unpaid: 1 to 43,200 minutes. From ``expires_at`` on
    ///         it cannot be paid, and ``expire`` cancels it. Default: without end.
    ///     replacing (int | None): id of an order of the same user, of which nothing was paid. It is cancelled in the
    ///         same transaction; if the new order cannot be placed, it stays.
    ///     idempotency_key (str | None): a repeated call with the same key returns the first order. 1 to 255
    ///         visible ASCII characters.
    ///
    /// Returns:
    ///     Order: the order.
    ///
    /// Raises:
    ///     ValidationError: for every argument that is not allowed, also if the user or a product does not exist, or the
    ///         voucher cannot be used.
    ///     InsufficientStockError: the stock does not suffice; nothing was written.
    ///     InactiveError: the user is disabled, or a product archived.
    ///     DuplicateError: another payment by the method has the reference.
    ///     IllegalTransitionError: the order to replace is not pending, or something of it was paid.
    ///     OrderExpiredError: the hold of the order to replace has ended.
    ///     IdempotencyKeyReusedError: the key was used for another order.
    ///     TypeError: the amount is a float, which is not exact.
    #[pyo3(signature = (user_id, items, *, adjustments=None, shipping_address=None, billing_address=None, voucher=None,
                        payment=None, capture=false, amount=None, reference=None, hold_minutes=None, replacing=None,
                        idempotency_key=None))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn place(
        &self,
        py: Python<'_>,
        user_id: Id,
        items: &Bound<'_, PyAny>,
        adjustments: Option<&Bound<'_, PyAny>>,
        shipping_address: Option<&Bound<'_, PyAny>>,
        billing_address: Option<&Bound<'_, PyAny>>,
        voucher: Option<&str>,
        payment: Option<&str>,
        capture: bool,
        amount: Option<&Bound<'_, PyAny>>,
        reference: Option<&str>,
        hold_minutes: Option<Count>,
        replacing: Option<Id>,
        idempotency_key: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let mut order = basket(py, user_id, items, adjustments, voucher, replacing)?;
        if let Some(given) = shipping_address {
            order = order.shipping_address(address("shipping_address", given)?);
        }
        if let Some(given) = billing_address {
            order = order.billing_address(address("billing_address", given)?);
        }
        if let Some(method) = payment {
            order = order.payment(new_payment(py, "payment", method, capture, amount, reference)?);
        } else if capture || amount.is_some() || reference.is_some() {
            let message = "is missing: capture, amount and reference are those of a payment, such as \"card\"";
            return Err(invalid(py, &ecomdb::Invalid::new("payment", message)));
        }
        if let Some(minutes) = hold_minutes {
            order = order.hold(minutes.0);
        }
        let order = order.build().map_err(|error| invalid(py, &error))?;
        let key = maybe_key(py, idempotency_key)?;
        let placed = run!(self.scope, py, |shop| shop.orders().idempotent(key).place(order));
        placed?.into_python(py)
    }

    /// What an order would cost if it were placed now: validated and priced as ``place`` does. Writes nothing and holds
    /// nothing, so the order can still be refused when it is placed.
    ///
    /// Args:
    ///     user_id (int): user id of the buyer.
    ///     items (Iterable[tuple[int, int]] | Mapping[int, int]): product id and units of each line, as for ``place``.
    ///     adjustments (Iterable[tuple[AdjustmentKind | str, str, Decimal | int | str] | tuple[AdjustmentKind | str, str, Decimal | int | str, bool]]):
    ///         discounts, shippings, fees and taxes, as for ``place``.
    ///     voucher (str | None): code of a voucher, in any case.
    ///     replacing (int | None): id of an order of the same user, whose units and whose use of the voucher count as given
    ///         back.
    ///
    /// Returns:
    ///     OrderQuote: the items, the adjustments and the total.
    ///
    /// Raises:
    ///     ValidationError: for every argument that is not allowed, also if the user or a product does not exist, or the
    ///         voucher cannot be used.
    ///     InsufficientStockError: the stock does not suffice.
    ///     InactiveError: the user is disabled, or a product archived.
    ///     IllegalTransitionError: the order to replace is not pending, or something of it was paid.
    ///     OrderExpiredError: the hold of the order to replace has ended.
    ///     TypeError: an amount is a float, which is not exact.
    #[pyo3(signature = (user_id, items, *, adjustments=None, voucher=None, replacing=None))]
    fn quote(
        &self,
        py: Python<'_>,
        user_id: Id,
        items: &Bound<'_, PyAny>,
        adjustments: Option<&Bound<'_, PyAny>>,
        voucher: Option<&str>,
        replacing: Option<Id>,
    ) -> PyResult<Py<PyAny>> {
        let order = basket(py, user_id, items, adjustments, voucher, replacing)?;
        let order = order.build().map_err(|error| invalid(py, &error))?;
        run!(self.scope, py, |shop| shop.orders().quote(order))?.into_python(py)
    }

    /// The order with this id, in detail.
    ///
    /// Args:
    ///     id (int): order id.
    ///
    /// Returns:
    ///     Order: the order.
    ///
    /// Raises:
    ///     NotFoundError: no order has the id.
    fn get(&self, py: Python<'_>, id: Id) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", OrderId::new)?;
        run!(self.scope, py, |shop| shop.orders().get(id))?.into_python(py)
    }

    /// All orders, or those that match every filter.
    ///
    /// Args:
    ///     user_id (int | None): only orders of this user.
    ///     status (OrderStatus | str | None): only orders in this state.
    ///     payment_state (PaymentState | str | None): only orders of whose total this much was captured.
    ///     min_total (Decimal | int | str | None): only orders with this total or more.
    ///     max_total (Decimal | int | str | None): only orders with this total or less.
    ///     from_ (datetime | date | str | None): only orders placed at this time or later; a day begins in UTC.
    ///     to (datetime | date | str | None): only orders placed before this time or day.
    ///     sort (OrderSort | str): ``"-id"``, the latest first, ``"id"``, ``"placed_at"``, ``"-placed_at"``, ``"total"`` or
    ///         ``"-total"``.
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[OrderSummary]: the orders, fetched while you iterate.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id; raised when the first page is fetched.
    ///     ValidationError: for an argument that is not allowed.
    ///     TypeError: a total is a float, which is not exact.
    #[pyo3(signature = (*, user_id=None, status=None, payment_state=None, min_total=None, max_total=None, from_=None,
                        to=None, sort="-id", after=None, before=None, page_size=None))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn list(
        &self,
        py: Python<'_>,
        user_id: Option<Id>,
        status: Option<&str>,
        payment_state: Option<&str>,
        min_total: Option<&Bound<'_, PyAny>>,
        max_total: Option<&Bound<'_, PyAny>>,
        from_: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, PyAny>>,
        sort: &str,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let mut filter = OrderFilter::default().sort(word(py, "sort", sort)?);
        filter.user_id = user_id.map(|id| id.of(py, "user_id", UserId::new)).transpose()?;
        filter.status = maybe_word(py, "status", status)?;
        filter.payment_state = maybe_word(py, "payment_state", payment_state)?;
        filter.min_total = maybe_amount("min_total", min_total)?;
        filter.max_total = maybe_amount("max_total", max_total)?;
        filter.period = period(from_, to, TimeZone::UTC)?;
        let fetch = |py: Python<'_>, (scope, filter): &(Scope, OrderFilter), page| {
            let filter = filter.clone().page(page);
            run!(scope, py, |shop| shop.orders().list(&filter))
        };
        listing(py, Paging { after, before, page_size }, (self.scope.clone(), filter), fetch, |py, (scope, filter)| {
            let filter = filter.clone();
            run!(scope, py, |shop| shop.orders().count(&filter))
        })
    }

    /// Sets or removes an address of a pending order. Once the order is completed or cancelled, its addresses are fixed.
    ///
    /// Args:
    ///     id (int): order id.
    ///     kind (AddressKind | str): ``"shipping"`` or ``"billing"``.
    ///     address (Address | Mapping[str, str | None] | None): the address, with the fields as in ``place``; None removes it.
    ///
    /// Returns:
    ///     Order: the updated order.
    ///
    /// Raises:
    ///     NotFoundError: no order has the id.
    ///     ValidationError: for every field that is not allowed.
    ///     ConflictError: the order is not pending.
    ///     OrderExpiredError: the hold has ended.
    ///     InactiveError: the buyer is disabled.
    fn set_address(
        &self,
        py: Python<'_>,
        id: Id,
        kind: &str,
        address: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", OrderId::new)?;
        let kind: AddressKind = word(py, "kind", kind)?;
        let address = address.map(|given| crate::addresses::address("address", given)).transpose()?;
        let address = address.map(AddressBuilder::build).transpose().map_err(|error| invalid(py, &error))?;
        run!(self.scope, py, |shop| shop.orders().set_address(id, kind, address))?.into_python(py)
    }

    /// Extends the hold of an order to ``minutes`` from now on. A hold that lasts longer stays as it is.
    ///
    /// Args:
    ///     id (int): order id.
    ///     minutes (int): minutes from now on: 1 to 43,200.
    ///     idempotency_key (str | None): a repeated call with the same key returns the order as it is.
    ///
    /// Returns:
    ///     Order: the updated order.
    ///
    /// Raises:
    ///     NotFoundError: no order has the id.
    ///     ValidationError: for an argument that is not allowed.
    ///     OrderExpiredError: the hold has ended.
    ///     ConflictError: the order has no hold: it is not pending, was placed without one, or something was paid of it.
    ///     IdempotencyKeyReusedError: the key was used to extend another hold.
    #[pyo3(signature = (id, minutes, *, idempotency_key=None))]
    fn extend(&self, py: Python<'_>, id: Id, minutes: Count, idempotency_key: Option<&str>) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", OrderId::new)?;
        let key = maybe_key(py, idempotency_key)?;
        let extended = run!(self.scope, py, |shop| shop.orders().idempotent(key).extend(id, minutes.0));
        extended?.into_python(py)
    }

    /// Cancels orders whose hold has ended, those that ended first, in one transaction, and returns their units to stock.
    /// An order that another transaction is working on is left to the next call.
    ///
    /// Args:
    ///     limit (int): most orders to cancel: 1 to 1000.
    ///
    /// Returns:
    ///     int: the number of orders. If it is ``limit``, there may be more.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (limit=100))]
    fn expire(&self, py: Python<'_>, #[pyo3(from_py_with = count)] limit: i64) -> PyResult<usize> {
        let limit = Limit::new(limit).map_err(|error| invalid(py, &error))?;
        run!(self.scope, py, |shop| shop.orders().expire(limit))
    }

    /// Cancels a pending order, or one of 0.00: returns the stock and the use of a voucher, and refunds its payments.
    ///
    /// Args:
    ///     id (int): order id.
    ///     idempotency_key (str | None): a repeated call with the same key returns the order instead of an error.
    ///
    /// Returns:
    ///     Order: the updated order.
    ///
    /// Raises:
    ///     NotFoundError: no order has the id.
    ///     IllegalTransitionError: it is neither pending nor of 0.00. A completed order can be refunded.
    ///     IdempotencyKeyReusedError: the key was used to cancel another order.
    #[pyo3(signature = (id, *, idempotency_key=None))]
    fn cancel(&self, py: Python<'_>, id: Id, idempotency_key: Option<&str>) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", OrderId::new)?;
        let key = maybe_key(py, idempotency_key)?;
        let cancelled = run!(self.scope, py, |shop| shop.orders().idempotent(key).cancel(id));
        cancelled?.into_python(py)
    }
}

/// An order without payment and hold.
fn basket(
    py: Python<'_>,
    user_id: Id,
    items: &Bound<'_, PyAny>,
    adjustments: Option<&Bound<'_, PyAny>>,
    voucher: Option<&str>,
    replacing: Option<Id>,
) -> PyResult<OrderBuilder> {
    let mut order = NewOrder::builder(user_id.of(py, "user_id", UserId::new)?).items(lines(items)?);
    for (kind, label, amount, included) in adjustments.map(stated).transpose()?.unwrap_or_default() {
        order = order.adjustment(kind, label, amount, included);
    }
    if let Some(code) = voucher {
        order = order.voucher(code);
    }
    match replacing {
        Some(replaced) => Ok(order.replacing(replaced.of(py, "replacing", OrderId::new)?)),
        None => Ok(order),
    }
}

/// The product and units of each line.
fn lines(items: &Bound<'_, PyAny>) -> PyResult<Vec<(ProductId, i64)>> {
    let pairs = match items.cast::<PyMapping>() {
        Ok(mapping) => mapping.items()?.into_any(),
        Err(_) => items.clone(),
    };
    let line = |(number, item): (usize, PyResult<Bound<'_, PyAny>>)| {
        let item = item?;
        let (product, quantity): (Id, Count) = item.extract().map_err(|error| unlike(LINES, &item, error))?;
        Ok((product.of(item.py(), &format!("items[{number}].product_id"), ProductId::new)?, quantity.0))
    };
    let several = pairs.try_iter().map_err(|error| unlike(LINES, items, error))?;
    // An endless iterator ends at the first line too many.
    several.take(NewOrder::MAX_LINES + 1).enumerate().map(line).collect()
}

/// Kind, label, amount of each adjustment, and whether it is included.
fn stated(adjustments: &Bound<'_, PyAny>) -> PyResult<Vec<(AdjustmentKind, String, Money, bool)>> {
    let py = adjustments.py();
    let read = |(number, item): (usize, PyResult<Bound<'_, PyAny>>)| {
        let item = item?;
        let not_one = |error| unlike(ADJUSTMENTS, &item, error);
        let (kind, label, amount, included): (String, String, Bound<'_, PyAny>, bool) = match item.len().unwrap_or(0) {
            4 => item.extract().map_err(not_one)?,
            _ => {
                let (kind, label, amount) = item.extract().map_err(not_one)?;
                (kind, label, amount, false)
            }
        };
        let field = |name| format!("adjustments[{number}].{name}");
        let kind = word(py, &field("kind"), &kind)?;
        Ok((kind, label, crate::money::amount(&field("amount"), &amount)?, included))
    };
    let several = adjustments.try_iter().map_err(|error| unlike(ADJUSTMENTS, adjustments, error))?;
    // An endless iterator ends at the first adjustment too many.
    several.take(ecomdb::OrderAdjustment::MAX + 1).enumerate().map(read).collect()
}

const LINES: &str = "items must be pairs of a product's id and a number of units";
const ADJUSTMENTS: &str = "adjustments must be tuples of a kind, a label and an amount";
