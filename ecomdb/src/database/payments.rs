//! Operations on payments.

use super::access::{Access, checked};
use super::{NoKey, OperationKey, WithKey};
use crate::context::Context;
use crate::engine::Connection;
#[cfg(doc)]
use crate::error::{Conflict, Error};
use crate::ordering::{NewPayment, Order, Payment};
use crate::payments::{self, NewRefund, Notice, PaymentFilter, Settlement};
use crate::types::{IdempotencyKey, Money, OrderId, Page, PaymentId, PaymentMethod, PaymentOutcome, RowCount, Scope};

/// Payments of a shop, from [`Database::payments`](crate::Database::payments).
#[derive(Debug)]
pub struct Payments<A, K = NoKey> {
    access: A,
    key: K,
}

impl<A> Payments<A> {
    pub(super) const fn new(access: A) -> Self {
        Self { access, key: NoKey }
    }

    /// Makes the operation idempotent: repeated with the same key and request, it changes nothing and returns the payment or
    /// order in its current state. Keys are distinct for each kind of operation and each user; see [`IdempotencyKey`].
    ///
    /// Only `create`, `capture`, `fail`, `settle`, `return_late` and `refund` take a key.
    ///
    /// # Errors
    /// The operation fails with [`Conflict::IdempotencyKeyReused`] if the key was used for another request.
    ///
    /// ```
    /// # use ecomdb::{Database, IdempotencyKey, NewOrder, NewPayment, NewProduct, NewUser, PaymentMethod};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// # let order = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).build()?)?;
    /// let (key, card) = (IdempotencyKey::new("payment-1")?, NewPayment::captured(PaymentMethod::Card));
    /// let payment = db.payments().idempotent(&key).create(order.id, card.clone())?;
    /// assert_eq!(db.payments().idempotent(&key).create(order.id, card)?, payment);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Other operations do not compile with a key:
    ///
    /// ```compile_fail,E0599
    /// # use ecomdb::{Database, IdempotencyKey, PaymentId};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let key = IdempotencyKey::new("payment-1")?;
    /// db.payments().idempotent(&key).get(PaymentId::new(1))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn idempotent(self, key: impl Into<Option<IdempotencyKey>>) -> Payments<A, WithKey> {
        Payments { access: self.access, key: WithKey(key.into()) }
    }
}

impl<A: Access, K: OperationKey> Payments<A, K> {
    /// Records a payment attempt for a pending order. A captured payment of the amount due completes the order.
    ///
    /// # Errors
    /// [`Error::NotFound`] (the order). [`Conflict::OrderNotPayable`] unless the order is pending.
    /// [`Conflict::OrderExpired`]. [`Conflict::Overpayment`] above the amount due. [`Conflict::Duplicate`] (`reference`).
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
    pub fn create(self, order: OrderId, payment: NewPayment) -> A::Answer<Payment> {
        self.access.write(payment.needs(), self.key.into_key(), move |conn, context| {
            payments::create(conn, context, order, &payment)
        })
    }

    /// Captures a pending payment. A payment of the amount due completes the order.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::IllegalPaymentTransition`] unless the payment is
    /// pending. [`Conflict::OrderNotPayable`]. [`Conflict::OrderExpired`].
    /// [`Conflict::Overpayment`] if the amount due has become less.
    pub fn capture(self, id: PaymentId) -> A::Answer<Payment> {
        self.access.write(Scope::PaymentsSettle, self.key.into_key(), move |conn, context| {
            payments::capture(conn, context, id)
        })
    }

    /// Marks a pending payment as failed. The order can be paid by another attempt.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::IllegalPaymentTransition`] unless the payment is
    /// pending.
    pub fn fail(self, id: PaymentId) -> A::Answer<Payment> {
        self.access
            .write(Scope::PaymentsSettle, self.key.into_key(), move |conn, context| payments::fail(conn, context, id))
    }

    /// Records what the provider says became of the payment with this reference: `reference` is that of the payment,
    /// `amount` its amount. A message may come again, also at the same time, and needs no key: it changes nothing and
    /// returns the same payment.
    ///
    /// A payment that the provider captured, though its order is cancelled, has expired or was paid otherwise, becomes
    /// [`PaymentStatus::Late`](crate::PaymentStatus::Late), and [`Settlement::late`] says what the order is. Give the
    /// money back at the provider, and call [`Payments::return_late`].
    ///
    /// A provider may also say that a payment is paid after it said that it had failed.
    ///
    /// # Errors
    /// [`Error::UnknownReference`]. [`Error::Invalid`] (`reference`; `amount` if it is not that of the payment).
    /// [`Conflict::IllegalPaymentTransition`] if a captured payment is said to have failed.
    ///
    /// ```
    /// # use ecomdb::{Database, NewOrder, NewPayment, NewProduct, NewUser, PaymentMethod, PaymentOutcome, PaymentStatus};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// # let lamps = db.categories().create("Lamps")?;
    /// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
    /// # let lamp = db.products().create(lamp)?;
    /// let started = NewPayment::builder(PaymentMethod::Card).reference("ch_1042");
    /// let order = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).payment(started).build()?)?;
    ///
    /// let webhook = || db.payments().settle(PaymentMethod::Card, "ch_1042", PaymentOutcome::Paid, order.total);
    /// assert_eq!(webhook()?.on_time()?.status, PaymentStatus::Paid);
    /// assert_eq!(webhook()?, webhook()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settle(
        self,
        method: PaymentMethod,
        reference: &str,
        outcome: PaymentOutcome,
        amount: Money,
    ) -> A::Answer<Settlement> {
        let notice = checked!(A, Notice::new(method, reference, outcome, amount));
        self.access.write(Scope::PaymentsSettle, self.key.into_key(), move |conn, context| {
            payments::settle(conn, context, &notice)
        })
    }

    /// Marks a late payment as given back. Give the money back at the provider first.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Conflict::IllegalPaymentTransition`] unless the payment is late.
    pub fn return_late(self, id: PaymentId) -> A::Answer<Payment> {
        self.access.write(Scope::PaymentsSettle, self.key.into_key(), move |conn, context| {
            payments::give_back(conn, context, id)
        })
    }

    /// Refunds a completed order in full or in part, and returns the order. A full refund changes its status to
    /// refunded. The buyer is left out for callers without [`Scope::OrdersRead`].
    ///
    /// # Errors
    /// [`Error::NotFound`] (the order).
    /// [`Conflict::IllegalOrderTransition`] unless the order is completed.
    /// [`Conflict::OverRefund`] above the refundable amount.
    /// [`Conflict::AlreadyRestocked`].
    pub fn refund(self, order: OrderId, refund: NewRefund) -> A::Answer<Order> {
        let refund = move |conn: &mut Connection, context: &Context| payments::refund(conn, context, order, &refund);
        self.access.write(Scope::PaymentsSettle, self.key.into_key(), refund)
    }
}

impl<A: Access> Payments<A> {
    /// The payment with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(self, id: PaymentId) -> A::Answer<Payment> {
        self.access.read(Scope::PaymentsRead, move |conn, context| payments::get(conn, context, id))
    }

    /// A page of payments, latest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`cursor`, `before`) for a cursor of another list, or of this one with another filter.
    pub fn list(self, filter: &PaymentFilter) -> A::Answer<Page<Payment>> {
        let filter = filter.clone();
        self.access.read(Scope::PaymentsRead, move |conn, context| payments::list(conn, context, &filter))
    }

    /// Number of payments that match the filter, on all pages.
    ///
    /// # Errors
    /// As [`Database::read`](crate::Database::read).
    pub fn count(self, filter: &PaymentFilter) -> A::Answer<RowCount> {
        let filter = filter.clone();
        self.access.read(Scope::PaymentsRead, move |conn, context| payments::count(conn, context, &filter))
    }
}
