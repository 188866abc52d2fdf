//! States of the shop that conflict with a request.

use chrono::{DateTime, SecondsFormat, Utc};

use super::shortage;
use crate::types::{Money, OrderId, OrderStatus, PaymentId, PaymentStatus, ProductId, UserId, quoted};

/// A state of the shop that conflicts with a request.
///
/// ```
/// use ecomdb::{Conflict, Database, Error, NewOrder, NewProduct, NewUser, OrderStatus};
///
/// # let db = Database::open(":memory:")?;
/// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
/// # let lamps = db.categories().create("Lamps")?;
/// # let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse()?).initial_stock(3).build()?;
/// # let lamp = db.products().create(lamp)?;
/// # let order = db.orders().place(NewOrder::builder(ada.id).item(lamp.id, 1).build()?)?;
/// db.orders().cancel(order.id)?;
/// match db.orders().cancel(order.id) {
///     Err(Error::Conflict(Conflict::IllegalOrderTransition { from, to, .. })) => {
///         assert_eq!((from, to), (OrderStatus::Cancelled, OrderStatus::Cancelled));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// Another row already has this unique value.
    #[error("{field}: another {entity} already has {value}")]
    Duplicate {
        /// Kind of row.
        entity: &'static str,
        /// Field that must be unique.
        field: &'static str,
        /// The duplicate value, quoted, or a description if the engine does not report it.
        value: String,
    },

    /// Less is in stock than was requested.
    #[error("{}", shortage::words(*product_id, *requested, *available))]
    InsufficientStock {
        /// Product id.
        product_id: ProductId,
        /// Units requested, over all lines of the order.
        requested: i64,
        /// Units in stock. `None` if there are more than [`Conflict::FEW`] and the caller lacks
        /// [`Scope::InventoryRead`](crate::Scope::InventoryRead).
        available: Option<i64>,
    },

    /// The status of the order does not allow this transition.
    #[error("order {order_id} is {from}, so it cannot become {to}: {why}")]
    IllegalOrderTransition {
        /// Order id.
        order_id: OrderId,
        /// Current status.
        from: OrderStatus,
        /// Requested status.
        to: OrderStatus,
        /// The rule that forbids the transition.
        why: &'static str,
    },

    /// The status of the payment does not allow this transition.
    #[error("payment {payment_id} is {from}, so it cannot become {to}: {why}")]
    IllegalPaymentTransition {
        /// Payment id.
        payment_id: PaymentId,
        /// Current status.
        from: PaymentStatus,
        /// Requested status.
        to: PaymentStatus,
        /// The rule that forbids the transition.
        why: &'static str,
    },

    /// The order does not accept payments in its status.
    #[error("order {order_id} is {from}, so no payment of it can become {to}: only a pending order can be paid")]
    OrderNotPayable {
        /// Order id.
        order_id: OrderId,
        /// Status of the order.
        from: OrderStatus,
        /// Requested status of the payment.
        to: PaymentStatus,
    },

    /// The hold of the order has ended, so the order cannot be paid or changed any more.
    #[error("order {order_id} has expired: its hold ended at {}; place it again", expired_at.to_rfc3339_opts(SecondsFormat::Secs, true))]
    OrderExpired {
        /// Order id.
        order_id: OrderId,
        /// End of the hold (UTC).
        expired_at: DateTime<Utc>,
    },

    /// The addresses of the order cannot be changed any more: it is not pending.
    #[error("order {order_id} is {from}, so its addresses are fixed: only those of a pending order can be changed")]
    AddressesFixed {
        /// Order id.
        order_id: OrderId,
        /// Status of the order.
        from: OrderStatus,
    },

    /// The order has no hold that could be extended: it is not pending, was placed without one, or something was paid of
    /// it.
    #[error("order {order_id} is {from} and has no hold to extend: only a pending order with a hold can be extended")]
    NoHold {
        /// Order id.
        order_id: OrderId,
        /// Status of the order.
        from: OrderStatus,
    },

    /// The provider captured a payment when its order could not take it any more. The payment is kept as
    /// [`PaymentStatus::Late`](crate::PaymentStatus::Late): its money must be given back.
    #[error("order {order_id} {}, so it cannot take the {amount} of payment {payment_id}: give the money back", late(*from, *expired_at))]
    LatePayment {
        /// Payment id.
        payment_id: PaymentId,
        /// Order id.
        order_id: OrderId,
        /// Amount of the payment.
        amount: Money,
        /// Status of the order.
        from: OrderStatus,
        /// End of the order's hold (UTC), if the order has expired and was not cancelled yet.
        expired_at: Option<DateTime<Utc>>,
    },

    /// The payment exceeds the amount due.
    #[error("order {order_id} is {from} and has {due} left to pay, so {amount} cannot be {to}")]
    Overpayment {
        /// Order id.
        order_id: OrderId,
        /// Amount still due.
        due: Money,
        /// Amount of the payment.
        amount: Money,
        /// Status of the order.
        from: OrderStatus,
        /// Requested status of the payment.
        to: PaymentStatus,
    },

    /// The refund exceeds the refundable amount.
    #[error("order {order_id} is {from} and has {refundable} left to give back, so {amount} cannot be refunded")]
    OverRefund {
        /// Order id.
        order_id: OrderId,
        /// Amount still refundable.
        refundable: Money,
        /// Amount requested.
        amount: Money,
        /// Status of the order.
        from: OrderStatus,
    },

    /// The items of this order were already returned to stock.
    #[error("the goods of order {order_id} have already been put back in stock")]
    AlreadyRestocked {
        /// Order id.
        order_id: OrderId,
    },

    /// The user is disabled.
    #[error("user {user_id} is disabled; only an active one can be used")]
    UserDisabled {
        /// User id.
        user_id: UserId,
    },

    /// The product is archived.
    #[error("product {product_id} is archived; only an active one can be used")]
    ProductArchived {
        /// Product id.
        product_id: ProductId,
    },

    /// The row was changed since the caller read it.
    #[error("{entity} {id} was changed after it was read: read it again and retry")]
    Changed {
        /// Kind of row.
        entity: &'static str,
        /// Id of the row.
        id: i64,
    },

    /// Other rows reference this one, so it cannot be deleted.
    #[error("{entity} {id} cannot be deleted because it has {by}; {instead}")]
    InUse {
        /// Kind of the row to delete.
        entity: &'static str,
        /// Id of the row to delete.
        id: i64,
        /// Kind of the referencing rows, in the plural.
        by: &'static str,
        /// What the caller can do instead.
        instead: &'static str,
    },

    /// The change would leave the shop without an active admin.
    #[error("user {id} is the last active admin: make another user an admin first")]
    LastAdmin {
        /// Id of the last admin.
        id: i64,
    },

    /// The maximum number of these rows is reached.
    #[error("{entity} {id} has {limit} {of}, the most that is allowed: {instead}")]
    LimitReached {
        /// Kind of the owning row: `"order"` or `"user"`.
        entity: &'static str,
        /// Id of the owning row.
        id: i64,
        /// Kind of the owned rows, in the plural: `"payment attempts"`, `"active API keys"`.
        of: &'static str,
        /// Maximum number.
        limit: usize,
        /// What the caller can do instead.
        instead: &'static str,
    },

    /// The idempotency key was already used for a different request.
    #[error("the idempotency key {} was already used for a different request", quoted(key))]
    IdempotencyKeyReused {
        /// Idempotency key.
        key: String,
    },
}

/// Why an order takes no late payment.
fn late(from: OrderStatus, expired_at: Option<DateTime<Utc>>) -> String {
    match from {
        OrderStatus::Pending if expired_at.is_some() => "has expired".to_owned(),
        OrderStatus::Pending => "has less left to pay".to_owned(),
        status => format!("is {status}"),
    }
}
