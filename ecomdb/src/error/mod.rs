//! Every way an operation can fail.
//!
//! [`Invalid`] and [`Conflict`] describe what is wrong with the request; the other variants describe failures of the
//! environment. An error means that nothing was written, except for [`Error::UnknownOutcome`].

use chrono::{DateTime, SecondsFormat, Utc};

mod shortage;
mod unavailable;

pub use self::unavailable::Unavailable;
pub(crate) use crate::types::Fields;
pub(crate) use crate::types::Invalid;
use crate::types::{
    Money, OrderId, OrderStatus, ParseMoneyError, PaymentId, PaymentMethod, PaymentStatus, ProductId, Scope, TooLarge,
    UserId, quoted,
};

/// Result of the fallible functions of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Reason why an operation failed. Nothing was written, unless it is [`Error::UnknownOutcome`].
///
/// ```
/// use ecomdb::{Database, ProductId};
///
/// let db = Database::open("sqlite::memory:")?;
/// let error = db.products().get(ProductId::new(7)).unwrap_err();
/// assert!(error.is_not_found());
/// assert_eq!(error.to_string(), "no product has the id 7");
/// # Ok::<(), ecomdb::Error>(())
/// ```
///
/// The errors of builders and amounts become this one by `?`:
///
/// ```
/// use ecomdb::{Database, NewOrder, NewPayment, Order, PaymentMethod, ProductId, UserId};
///
/// fn sell(db: &Database, user: UserId, product: ProductId) -> ecomdb::Result<Order> {
///     let deposit = NewPayment::builder(PaymentMethod::Card).amount("5.00".parse()?).build()?;
///     db.orders().place(NewOrder::builder(user).item(product, 2).payment(deposit).build()?)
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request is invalid; lists each wrong field and what is allowed.
    #[error(transparent)]
    Invalid(#[from] Invalid),

    /// No row has this id.
    #[error("no {entity} has the id {id}")]
    NotFound {
        /// Kind of row: `"product"`, `"order"`, ...
        entity: &'static str,
        /// Id that does not exist.
        id: i64,
    },

    /// No payment of this method has this reference at its provider.
    #[error("no payment by {method} has the reference {}", quoted(reference))]
    UnknownReference {
        /// Method of payment.
        method: PaymentMethod,
        /// Reference that no payment has.
        reference: String,
    },

    /// Wrong e-mail address or password, or a user who cannot log in; deliberately not distinguished.
    #[error("the e-mail address or the password is wrong")]
    WrongLogin,

    /// The session or API key does not exist, has expired or was revoked, or its user is disabled.
    #[error("the session or API key is not valid, or not any more: log in, or use another key")]
    InvalidToken,

    /// The caller lacks a permission.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),

    /// The request is valid, but conflicts with the current state of the shop.
    #[error(transparent)]
    Conflict(#[from] Conflict),

    /// The database cannot be used as configured. Examples: a mistyped URL, an engine that was not compiled in, a
    /// schema newer than this program, or a backup that the database server's own tools must make.
    #[error("{0}")]
    Configuration(String),

    /// The database is overloaded; retry later.
    #[error("the database is overloaded: {0}; try again in a moment")]
    Overloaded(&'static str),

    /// The transaction kept conflicting with others until its deadline; retry.
    #[error("gave up after {attempts} attempts because other transactions hold the same rows; try again")]
    Contention {
        /// Number of attempts.
        attempts: u32,
        /// The engine's last error.
        #[source]
        source: diesel::result::Error,
    },

    /// The database is unavailable because of its environment: server down, disk full, files moved.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),

    /// COMMIT got no answer or an ambiguous one, so the transaction may or may not have committed. Repeat the request
    /// with the same idempotency key, or read the current state.
    #[error("COMMIT got no clear answer, so the outcome is unknown: check before you repeat the request")]
    UnknownOutcome,

    /// The closure passed to a transaction panicked; the transaction was rolled back.
    #[error("the transaction panicked and was rolled back: {0}")]
    Panicked(String),

    /// The engine rejected a statement for a reason that neither caller nor operator can fix: a bug.
    #[error("the storage engine failed: {0}")]
    Storage(#[source] diesel::result::Error),

    /// Writing the output of an export or the generator failed.
    #[error("the output cannot be written: {0}")]
    Output(#[source] std::io::Error),

    /// A closure inside a transaction started another transaction on the same database, which would deadlock.
    #[error("a transaction was begun inside a transaction: use the connection that the closure was given")]
    NestedWrite,

    /// The closure requested a rollback by returning this error.
    #[error("rolled back on request")]
    RolledBack,
}

impl Error {
    pub(crate) fn not_found(entity: &'static str, id: impl Into<i64>) -> Self {
        Self::NotFound { entity, id: id.into() }
    }

    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(Invalid::new(field, message))
    }

    pub(crate) fn unreachable(why: impl Into<String>) -> Self {
        Self::Unavailable(Unavailable::Unreachable(why.into()))
    }

    /// Whether the connection was lost, or could not be made.
    pub(crate) const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unavailable(why) if why.is_unreachable())
    }

    /// The request is invalid; repeating it gives the same error.
    #[must_use]
    pub const fn is_invalid(&self) -> bool {
        matches!(self, Self::Invalid(_))
    }

    /// The requested row does not exist.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::UnknownReference { .. })
    }

    /// The current state of the shop conflicts with the request.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    /// The caller could not be authenticated: wrong login or token.
    #[must_use]
    pub const fn is_unauthenticated(&self) -> bool {
        matches!(self, Self::WrongLogin | Self::InvalidToken)
    }

    /// The caller is authenticated, but lacks a permission.
    #[must_use]
    pub const fn is_forbidden(&self) -> bool {
        matches!(self, Self::Forbidden(_))
    }

    /// The same request may succeed if it is retried.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Overloaded(_) | Self::Contention { .. } | Self::Unavailable(_))
    }
}

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl From<ParseMoneyError> for Error {
    /// The text is not known to be of a field, so it is called `amount`.
    fn from(error: ParseMoneyError) -> Self {
        Self::invalid("amount", error.to_string())
    }
}

impl From<TooLarge> for Error {
    fn from(too_large: TooLarge) -> Self {
        Self::Storage(diesel::result::Error::DeserializationError(too_large.into()))
    }
}

/// Reason why a caller lacks a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Forbidden {
    /// The role or API key lacks this scope.
    #[error("this needs the scope {0}, which you do not have")]
    Scope(Scope),

    /// Managing accounts and API keys requires a login session, not an API key.
    #[error("this needs a session: log in with a password, an API key is not enough")]
    Session,

    /// The caller's role was reduced while the request was running.
    #[error("your role changed during this request: send it again")]
    Demoted,
}

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
        /// [`Scope::InventoryRead`].
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

    /// The order has no hold that could be extended: it was placed without one, or something was paid of it.
    #[error("order {order_id} has no hold to extend: it was placed without one, or something was paid of it")]
    NoHold {
        /// Order id.
        order_id: OrderId,
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
