//! Operations on payments.

use super::Access;
use crate::engine::Connection;
use crate::error::Result;
#[cfg(doc)]
use crate::error::{Conflict, Error};
use crate::idempotency::{self, IdempotencyKey};
use crate::ordering::{self, NewPayment, Order, Payment};
use crate::payments::{self, NewRefund, PaymentFilter};
use crate::types::{OrderId, Page, PaymentId, Scope, UserId};

/// Payments of a shop, from [`Database::payments`](crate::Database::payments).
#[derive(Debug)]
pub struct Payments<A>(pub(crate) A);

impl<A: Access> Payments<A> {
    /// Records a payment attempt for a pending order. A captured payment of the amount due completes the order.
    ///
    /// # Errors
    /// [`Error::NotFound`] (the order). [`Error::Invalid`] (`amount`, `reference`).
    /// [`Conflict::OrderNotPayable`] unless the order is pending.
    /// [`Conflict::Overpayment`] above the amount due.
    /// [`Conflict::LimitReached`] after [`Payment::MAX_ATTEMPTS`] attempts.
    ///
    /// ```
    /// # use ecomdb::{Database, NewOrder, NewPayment, NewProduct, NewUser, OrderStatus, PaymentMethod};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// let order = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).build()?)?;
    /// assert_eq!(order.status, OrderStatus::Pending);
    /// db.payments().create(order.id, NewPayment::captured(PaymentMethod::Card))?;
    /// assert_eq!(db.orders().get(order.id)?.status, OrderStatus::Completed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create(self, order: OrderId, payment: NewPayment) -> Result<Payment> {
        self.create_with_key(order, payment, None)
    }

    /// Like [`Payments::create`], but idempotent: a repeated key records nothing and returns the first payment.
    ///
    /// # Errors
    /// As [`Payments::create`]. [`Conflict::IdempotencyKeyReused`].
    pub fn create_once(self, order: OrderId, payment: NewPayment, key: &IdempotencyKey) -> Result<Payment> {
        self.create_with_key(order, payment, Some(key.clone()))
    }

    fn create_with_key(self, order: OrderId, payment: NewPayment, key: Option<IdempotencyKey>) -> Result<Payment> {
        let payment = payment.checked("")?;
        let request = format!("order {order}; {}", payment.fingerprint());
        let (owner, asking) = (self.0.owner(), self.0.asking());
        self.0.needing(payment.needs()).write(move |conn| {
            let find = |conn: &mut Connection, id| payments::get(conn, PaymentId::new(id), owner);
            let make = |conn: &mut Connection| {
                payments::create(conn, order, &payment, owner).map(|made| (made.id.get(), made))
            };
            idempotency::once(conn, "payments.create", asking, key.as_ref(), &request, find, make)
        })
    }

    /// Captures a pending payment. A payment of the amount due completes the order.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::IllegalTransition`] unless the payment is
    /// pending. [`Conflict::OrderNotPayable`].
    /// [`Conflict::Overpayment`] if the amount due has become less.
    pub fn capture(self, id: PaymentId) -> Result<Payment> {
        self.close_with_key(id, None, "payments.capture", payments::capture)
    }

    /// Like [`Payments::capture`], but idempotent: a repeated key returns the payment in its current state.
    ///
    /// # Errors
    /// As [`Payments::capture`]. [`Conflict::IdempotencyKeyReused`] if the key
    /// was used to capture another payment.
    pub fn capture_once(self, id: PaymentId, key: &IdempotencyKey) -> Result<Payment> {
        self.close_with_key(id, Some(key.clone()), "payments.capture", payments::capture)
    }

    /// Marks a pending payment as failed. The order can be paid by another attempt.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::IllegalTransition`] unless the payment is
    /// pending.
    pub fn fail(self, id: PaymentId) -> Result<Payment> {
        self.close_with_key(id, None, "payments.fail", payments::fail)
    }

    /// Like [`Payments::fail`], but idempotent: a repeated key returns the payment in its current state.
    ///
    /// # Errors
    /// As [`Payments::fail`]. [`Conflict::IdempotencyKeyReused`] if the key was
    /// used for another payment.
    pub fn fail_once(self, id: PaymentId, key: &IdempotencyKey) -> Result<Payment> {
        self.close_with_key(id, Some(key.clone()), "payments.fail", payments::fail)
    }

    /// Captures or fails a pending payment.
    fn close_with_key(
        self,
        id: PaymentId,
        key: Option<IdempotencyKey>,
        scope: &'static str,
        close: fn(&mut Connection, PaymentId, Option<UserId>) -> Result<Payment>,
    ) -> Result<Payment> {
        let request = format!("payment {id}");
        let (owner, asking) = (self.0.owner(), self.0.asking());
        self.0.needing(Scope::PaymentsSettle).write(move |conn| {
            let find = |conn: &mut Connection, id| payments::get(conn, PaymentId::new(id), owner);
            let make = |conn: &mut Connection| close(conn, id, owner).map(|payment| (id.get(), payment));
            idempotency::once(conn, scope, asking, key.as_ref(), &request, find, make)
        })
    }

    /// Refunds a completed order in full or in part, and returns the order. A full refund changes its status to
    /// refunded. The buyer is left out for callers without [`Scope::OrdersRead`].
    ///
    /// # Errors
    /// [`Error::NotFound`] (the order). [`Error::Invalid`] (`amount`).
    /// [`Conflict::IllegalTransition`] unless the order is completed.
    /// [`Conflict::OverRefund`] above the refundable amount.
    /// [`Conflict::AlreadyRestocked`].
    pub fn refund(self, order: OrderId, refund: NewRefund) -> Result<Order> {
        self.refund_with_key(order, refund, None)
    }

    /// Like [`Payments::refund`], but idempotent: a repeated key refunds nothing and returns the order.
    ///
    /// # Errors
    /// As [`Payments::refund`]. [`Conflict::IdempotencyKeyReused`].
    pub fn refund_once(self, order: OrderId, refund: NewRefund, key: &IdempotencyKey) -> Result<Order> {
        self.refund_with_key(order, refund, Some(key.clone()))
    }

    fn refund_with_key(self, order: OrderId, refund: NewRefund, key: Option<IdempotencyKey>) -> Result<Order> {
        let request = format!("order {order}; {}", refund.fingerprint());
        let (owner, asking, reads_orders) = (self.0.owner(), self.0.asking(), self.0.has(Scope::OrdersRead));
        let refunded = self.0.needing(Scope::PaymentsSettle).write(move |conn| {
            let find = |conn: &mut Connection, id| ordering::detail(conn, OrderId::new(id), owner);
            let make =
                |conn: &mut Connection| payments::refund(conn, order, &refund, owner).map(|made| (order.get(), made));
            idempotency::once(conn, "payments.refund", asking, key.as_ref(), &request, find, make)
        });
        Ok(refunded?.shown(reads_orders))
    }

    /// The payment with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: PaymentId) -> Result<Payment> {
        let owner = self.0.owner();
        self.0.read(|conn| payments::get(conn, id, owner))
    }

    /// A page of payments, latest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`) for a cursor of another list, or of this one with another filter.
    pub fn list(self, filter: &PaymentFilter) -> Result<Page<Payment>> {
        let owner = self.0.owner();
        self.0.read(|conn| payments::list(conn, filter, owner))
    }
}
