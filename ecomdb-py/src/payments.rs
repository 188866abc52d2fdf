//! `db.payments`

use ecomdb::{NewPayment, NewRefund, OrderId, PaymentBuilder, PaymentFilter, PaymentId};
use pyo3::prelude::*;

use crate::enums::{maybe_word, word};
use crate::errors::invalid;
use crate::integers::{Count, Id};
use crate::listing::{Listing, Paging, listing};
use crate::money::maybe_amount;
use crate::rows::rows;
use crate::scope::{Scope, maybe_key, run};
use crate::values::Value as _;

rows! {
    /// A payment attempt.
    Payment = ecomdb::Payment {
        /// int: payment id.
        id,
        /// int: order id.
        order_id,
        /// PaymentMethod: payment method.
        method,
        /// PaymentStatus: state.
        status,
        /// Decimal: amount, with two places.
        amount,
        /// datetime | None: when it was captured, in UTC.
        paid_at,
        /// str | None: reference of the payment provider.
        reference,
        /// datetime: when it was created, in UTC.
        created_at,
    }

    /// A refund.
    Refund = ecomdb::Refund {
        /// int: refund id.
        id,
        /// int: payment id.
        payment_id,
        /// int: order id.
        order_id,
        /// Decimal: amount, with two places.
        amount,
        /// str: reason.
        reason,
        /// bool: whether the items were returned to stock.
        restocked,
        /// datetime: when, in UTC.
        created_at,
    }
}

/// The payments of a shop: ``db.payments``, ``tx.payments`` in a transaction, or ``shop.payments`` on behalf of a caller.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Payments {
    pub(crate) scope: Scope,
}

#[pymethods]
impl Payments {
    /// Records a payment attempt for a pending order. A captured payment of the rest completes the order.
    ///
    /// Args:
    ///     order_id (int): order id.
    ///     method (PaymentMethod | str): payment method.
    ///     capture (bool): whether it is captured.
    ///     amount (Decimal | int | str | None): amount. Default: all that is due.
    ///     reference (str | None): reference of the payment provider: 1 to 200 characters.
    ///     idempotency_key (str | None): a repeated call with the same key returns the first payment.
    ///
    /// Returns:
    ///     Payment: the payment.
    ///
    /// Raises:
    ///     NotFoundError: no order has the id.
    ///     ValidationError: for an argument that is not allowed.
    ///     OrderNotPayableError: the order is not pending.
    ///     OrderExpiredError: the hold of the order has ended.
    ///     OverpaymentError: the amount is more than what is due.
    ///     DuplicateError: another payment by the method has the reference.
    ///     LimitReachedError: the order has 20 payment attempts.
    ///     IdempotencyKeyReusedError: the key was used for another payment.
    ///     TypeError: the amount is a float, which is not exact.
    #[pyo3(signature = (order_id, method, *, capture=false, amount=None, reference=None, idempotency_key=None))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn create(
        &self,
        py: Python<'_>,
        order_id: Id,
        method: &str,
        capture: bool,
        amount: Option<&Bound<'_, PyAny>>,
        reference: Option<&str>,
        idempotency_key: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let order = order_id.of(py, "order_id", OrderId::new)?;
        let payment = new_payment(py, "method", method, capture, amount, reference)?;
        let payment = payment.build().map_err(|error| invalid(py, &error))?;
        let key = maybe_key(py, idempotency_key)?;
        let made = run!(self.scope, py, |shop| shop.payments().idempotent(key).create(order, payment));
        made?.into_python(py)
    }

    /// Captures a pending payment. A payment of the rest completes the order.
    ///
    /// Args:
    ///     id (int): payment id.
    ///     idempotency_key (str | None): a repeated call with the same key returns the payment instead of an error.
    ///
    /// Returns:
    ///     Payment: the updated payment.
    ///
    /// Raises:
    ///     NotFoundError: no payment has the id.
    ///     IllegalTransitionError: the payment is not pending.
    ///     OrderNotPayableError: the order is not pending.
    ///     OrderExpiredError: the hold of the order has ended.
    ///     OverpaymentError: the amount is more than what is due by now.
    ///     IdempotencyKeyReusedError: the key was used to capture another payment.
    #[pyo3(signature = (id, *, idempotency_key=None))]
    fn capture(&self, py: Python<'_>, id: Id, idempotency_key: Option<&str>) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", PaymentId::new)?;
        let key = maybe_key(py, idempotency_key)?;
        let captured = run!(self.scope, py, |shop| shop.payments().idempotent(key).capture(id));
        captured?.into_python(py)
    }

    /// Marks a pending payment as failed. The order stays as it is, for another attempt.
    ///
    /// Args:
    ///     id (int): payment id.
    ///     idempotency_key (str | None): a repeated call with the same key returns the payment instead of an error.
    ///
    /// Returns:
    ///     Payment: the updated payment.
    ///
    /// Raises:
    ///     NotFoundError: no payment has the id.
    ///     IllegalTransitionError: the payment is not pending.
    ///     IdempotencyKeyReusedError: the key was used for the failure of another payment.
    #[pyo3(signature = (id, *, idempotency_key=None))]
    fn fail(&self, py: Python<'_>, id: Id, idempotency_key: Option<&str>) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", PaymentId::new)?;
        let key = maybe_key(py, idempotency_key)?;
        let failed = run!(self.scope, py, |shop| shop.payments().idempotent(key).fail(id));
        failed?.into_python(py)
    }

    /// Records what a payment provider says became of a payment. The same message may come again, also at the same time: it
    /// changes nothing and returns the same payment.
    ///
    /// If the order cannot take a captured payment any more, because it is cancelled, has expired or was paid otherwise, the
    /// returned payment has the status ``"late"``: give its money back, then call ``return_late``.
    ///
    /// Args:
    ///     method (PaymentMethod | str): payment method.
    ///     reference (str): reference of the payment provider: 1 to 200 characters.
    ///     outcome (PaymentOutcome | str): ``"paid"`` or ``"failed"``.
    ///     amount (Decimal | int | str): amount of the payment.
    ///     idempotency_key (str | None): not needed, because a repeated call changes nothing.
    ///
    /// Returns:
    ///     Payment: the updated payment.
    ///
    /// Raises:
    ///     NotFoundError: no payment of the method has the reference.
    ///     ValidationError: for an argument that is not allowed, such as an amount that is not that of the payment.
    ///     IllegalTransitionError: a captured payment is said to have failed.
    ///     IdempotencyKeyReusedError: the key was used for another message.
    ///     TypeError: the amount is a float, which is not exact.
    #[pyo3(signature = (method, reference, outcome, amount, *, idempotency_key=None))]
    fn settle(
        &self,
        py: Python<'_>,
        method: &str,
        reference: &str,
        outcome: &str,
        amount: &Bound<'_, PyAny>,
        idempotency_key: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let (method, outcome) = (word(py, "method", method)?, word(py, "outcome", outcome)?);
        let amount = crate::money::amount("amount", amount)?;
        let key = maybe_key(py, idempotency_key)?;
        let reference = reference.to_owned();
        let settled =
            run!(self.scope, py, |shop| shop.payments().idempotent(key).settle(method, &reference, outcome, amount));
        settled?.payment.into_python(py)
    }

    /// Marks a late payment as given back. Give the money back at the provider first.
    ///
    /// Args:
    ///     id (int): payment id.
    ///     idempotency_key (str | None): a repeated call with the same key returns the payment instead of an error.
    ///
    /// Returns:
    ///     Payment: the updated payment.
    ///
    /// Raises:
    ///     NotFoundError: no payment has the id.
    ///     IllegalTransitionError: the payment is not late.
    ///     IdempotencyKeyReusedError: the key was used for another payment.
    #[pyo3(signature = (id, *, idempotency_key=None))]
    fn return_late(&self, py: Python<'_>, id: Id, idempotency_key: Option<&str>) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", PaymentId::new)?;
        let key = maybe_key(py, idempotency_key)?;
        let returned = run!(self.scope, py, |shop| shop.payments().idempotent(key).return_late(id));
        returned?.into_python(py)
    }

    /// Refunds a completed order in full or in part.
    ///
    /// Args:
    ///     order_id (int): order id.
    ///     reason (str): reason, 1 to 500 characters.
    ///     amount (Decimal | int | str | None): amount. Default: all that is left.
    ///     restock (bool): return all items of the order to stock; possible once.
    ///     idempotency_key (str | None): a repeated call with the same key refunds nothing.
    ///
    /// Returns:
    ///     Order: the updated order.
    ///
    /// Raises:
    ///     NotFoundError: no order has the id.
    ///     ValidationError: for an argument that is not allowed.
    ///     IllegalTransitionError: the order is not completed.
    ///     OverRefundError: the amount is more than what is left.
    ///     AlreadyRestockedError: the items have already been returned to stock.
    ///     IdempotencyKeyReusedError: the key was used for another refund.
    ///     TypeError: the amount is a float, which is not exact.
    #[pyo3(signature = (order_id, reason, *, amount=None, restock=false, idempotency_key=None))]
    #[allow(clippy::too_many_arguments, reason = "Python's are named")]
    fn refund(
        &self,
        py: Python<'_>,
        order_id: Id,
        reason: &str,
        amount: Option<&Bound<'_, PyAny>>,
        restock: bool,
        idempotency_key: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let order = order_id.of(py, "order_id", OrderId::new)?;
        let mut refund = NewRefund::builder(reason);
        if let Some(amount) = maybe_amount("amount", amount)? {
            refund = refund.amount(amount);
        }
        if restock {
            refund = refund.restock();
        }
        let refund = refund.build().map_err(|error| invalid(py, &error))?;
        let key = maybe_key(py, idempotency_key)?;
        let refunded = run!(self.scope, py, |shop| shop.payments().idempotent(key).refund(order, refund));
        refunded?.into_python(py)
    }

    /// The payment with this id.
    ///
    /// Args:
    ///     id (int): payment id.
    ///
    /// Returns:
    ///     Payment: the payment.
    ///
    /// Raises:
    ///     NotFoundError: no payment has the id.
    fn get(&self, py: Python<'_>, id: Id) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", PaymentId::new)?;
        run!(self.scope, py, |shop| shop.payments().get(id))?.into_python(py)
    }

    /// All payments, the latest first.
    ///
    /// Args:
    ///     order_id (int | None): only payments of this order.
    ///     status (PaymentStatus | str | None): only payments in this state.
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[Payment]: the payments, fetched while you iterate.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (*, order_id=None, status=None, after=None, before=None, page_size=None))]
    fn list(
        &self,
        py: Python<'_>,
        order_id: Option<Id>,
        status: Option<&str>,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let mut filter = PaymentFilter::default();
        filter.order_id = order_id.map(|id| id.of(py, "order_id", OrderId::new)).transpose()?;
        filter.status = maybe_word(py, "status", status)?;
        let fetch = |py: Python<'_>, (scope, filter): &(Scope, PaymentFilter), page| {
            let filter = filter.clone().page(page);
            run!(scope, py, |shop| shop.payments().list(&filter))
        };
        listing(py, Paging { after, before, page_size }, (self.scope.clone(), filter), fetch, |py, (scope, filter)| {
            let filter = filter.clone();
            run!(scope, py, |shop| shop.payments().count(&filter))
        })
    }
}

/// A payment as arguments describe it; `method` is called `field` there.
pub(crate) fn new_payment(
    py: Python<'_>,
    field: &'static str,
    method: &str,
    capture: bool,
    amount: Option<&Bound<'_, PyAny>>,
    reference: Option<&str>,
) -> PyResult<PaymentBuilder> {
    let method = word(py, field, method)?;
    let mut payment = NewPayment::builder(method);
    if capture {
        payment = payment.captured();
    }
    if let Some(amount) = maybe_amount("amount", amount)? {
        payment = payment.amount(amount);
    }
    if let Some(reference) = reference {
        payment = payment.reference(reference);
    }
    Ok(payment)
}
