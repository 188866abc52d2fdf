//! Every way an operation can fail.
//!
//! The narrow types ([`Invalid`], [`Conflict`]) say what is wrong with the request; the rest says what is wrong with
//! the world around it. Nothing was written whenever an error is returned, with the one exception that its name
//! admits: [`Error::UnknownOutcome`].

use crate::auth::Scope;
pub(crate) use crate::invalid::Fields;
pub use crate::invalid::{FieldError, Invalid};
use crate::shortage;
use crate::types::{Money, OrderId, ProductId, quoted};
pub use crate::unavailable::Unavailable;

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation failed. Nothing was written, unless it is [`Error::UnknownOutcome`].
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
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request itself is wrong: each field that is, and what is allowed.
    #[error(transparent)]
    Invalid(#[from] Invalid),

    /// Nothing has this id.
    #[error("no {entity} has the id {id}")]
    NotFound {
        /// What was looked for: `"product"`, `"order"`, ...
        entity: &'static str,
        /// The id that nothing has.
        id: i64,
    },

    /// The e-mail address or the password is wrong, or the user may not log in: which of them is not told.
    #[error("the e-mail address or the password is wrong")]
    WrongLogin,

    /// The session or API key does not exist, has expired or was revoked, or its user is disabled.
    #[error("the session or API key is not valid, or not any more: log in, or use another key")]
    InvalidToken,

    /// Whoever asks may not do this.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),

    /// The request is well formed, but the present state of the shop forbids it.
    #[error(transparent)]
    Conflict(#[from] Conflict),

    /// The database cannot be opened, or used, as asked: a mistyped URL, an engine that is not compiled in, a schema that
    /// is newer than this program, a backup that is the business of another tool.
    #[error("{0}")]
    Configuration(String),

    /// The database is up but has more to do than it takes on; try again in a moment.
    #[error("the database is overloaded: {0}; try again in a moment")]
    Overloaded(&'static str),

    /// Others kept changing the same rows until the deadline was over; try again.
    #[error("gave up after {attempts} attempts because other transactions hold the same rows; try again")]
    Contention {
        /// How often the transaction was tried.
        attempts: u32,
        /// What the engine said the last time.
        #[source]
        source: diesel::result::Error,
    },

    /// Something around the database keeps it from being used: a server that is down, a full disk, files that were moved.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),

    /// COMMIT got no answer, or one that does not say whether the transaction was undone: it may or may not have happened.
    /// Repeat the request with the same idempotency key, or read what is there.
    #[error("COMMIT got no clear answer, so the outcome is unknown: look before you repeat the request")]
    UnknownOutcome,

    /// The closure that was given to a transaction panicked; it was rolled back.
    #[error("the transaction panicked and was rolled back: {0}")]
    Panicked(String),

    /// The engine refused a statement for a reason that neither the caller nor the operator can help: a bug.
    #[error("the storage engine failed: {0}")]
    Storage(#[source] diesel::result::Error),

    /// What an export or the generator writes to failed.
    #[error("the output cannot be written: {0}")]
    Output(#[source] std::io::Error),

    /// A closure that runs inside a transaction began another one on the same database, which would wait for itself.
    #[error("a transaction was begun inside a transaction: use the connection that the closure was given")]
    NestedWrite,

    /// A transaction undid itself on request: what `write` returns for a closure that ends with this.
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

    /// Whether the connection is gone, or there never was one.
    pub(crate) const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unavailable(why) if why.is_unreachable())
    }

    /// The request is wrong in itself; repeating it changes nothing.
    #[must_use]
    pub const fn is_invalid(&self) -> bool {
        matches!(self, Self::Invalid(_))
    }

    /// The thing asked for does not exist.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// The present state of the shop forbids the request.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    /// Who asks is not known: the login or the token is wrong.
    #[must_use]
    pub const fn is_unauthenticated(&self) -> bool {
        matches!(self, Self::WrongLogin | Self::InvalidToken)
    }

    /// Who asks is known, and may not do this.
    #[must_use]
    pub const fn is_forbidden(&self) -> bool {
        matches!(self, Self::Forbidden(_))
    }

    /// The same request may well succeed in a moment.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Overloaded(_) | Self::Contention { .. } | Self::Unavailable(_))
    }
}

/// Why a caller may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Forbidden {
    /// The role, or the API key, does not include this.
    #[error("this needs the scope {0}, which you do not have")]
    Scope(Scope),

    /// Accounts and API keys are managed by people who logged in.
    #[error("this needs a session: log in with a password, an API key is not enough")]
    Session,

    /// The role was changed while this was asked for, and allows to see and change less than before.
    #[error("your role has changed since you asked for this: ask again")]
    Demoted,
}

/// What in the present state of the shop forbids a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// Another row already has this value.
    #[error("{field}: another {entity} already has {value}")]
    Duplicate {
        /// What kind of thing.
        entity: &'static str,
        /// The field whose values are unique.
        field: &'static str,
        /// The value that is taken, quoted, or words for it when the engine does not tell.
        value: String,
    },

    /// There is less in stock than asked for.
    #[error("{}", shortage::words(*product_id, *requested, *available))]
    InsufficientStock {
        /// Which product.
        product_id: ProductId,
        /// Units asked for, over all lines of the order.
        requested: i64,
        /// Units there are. `None` if these are more than [`Conflict::FEW`] and the caller lacks
        /// [`Scope::InventoryRead`].
        available: Option<i64>,
    },

    /// The thing is in a state from which this is not allowed.
    #[error("{entity} {id} is {from}, so it cannot become {to}: {why}")]
    IllegalTransition {
        /// `"order"` or `"payment"`.
        entity: &'static str,
        /// Which one.
        id: i64,
        /// The state that it is in.
        from: &'static str,
        /// The state that the request would bring about.
        to: &'static str,
        /// The rule in words.
        why: &'static str,
    },

    /// The order takes no payments in its state.
    #[error("order {order_id} is {from}, so no payment of it can become {to}: only a pending order can be paid")]
    OrderNotPayable {
        /// Which order.
        order_id: OrderId,
        /// The state of the order.
        from: &'static str,
        /// The state that the payment would have had.
        to: &'static str,
    },

    /// The amount is more than the order still wants.
    #[error("order {order_id} is {from} and has {due} left to pay, so {amount} cannot be {to}")]
    Overpayment {
        /// Which order.
        order_id: OrderId,
        /// What is left to pay.
        due: Money,
        /// What was offered.
        amount: Money,
        /// The state of the order.
        from: &'static str,
        /// What the payment would have become.
        to: &'static str,
    },

    /// The amount is more than can still be given back.
    #[error("order {order_id} is {from} and has {refundable} left to give back, so {amount} cannot be refunded")]
    OverRefund {
        /// Which order.
        order_id: OrderId,
        /// What can still be given back.
        refundable: Money,
        /// What was asked for.
        amount: Money,
        /// The state of the order.
        from: &'static str,
    },

    /// The goods of this order are back in stock already.
    #[error("the goods of order {order_id} have already been put back in stock")]
    AlreadyRestocked {
        /// Which order.
        order_id: OrderId,
    },

    /// The thing is disabled or archived.
    #[error("{entity} {id} is {status}; only an active one can be used")]
    Inactive {
        /// `"user"` or `"product"`.
        entity: &'static str,
        /// Which one.
        id: i64,
        /// `"disabled"` or `"archived"`.
        status: &'static str,
    },

    /// The thing is not as the caller expected it to be.
    #[error("{entity} {id} has changed since: read it again and decide anew")]
    Changed {
        /// What kind of thing.
        entity: &'static str,
        /// Which one.
        id: i64,
    },

    /// Other rows refer to the thing, so it cannot be deleted.
    #[error("{entity} {id} cannot be deleted because it has {by}; {instead}")]
    InUse {
        /// What was to be deleted.
        entity: &'static str,
        /// Which one.
        id: i64,
        /// What refers to it, in the plural.
        by: &'static str,
        /// What can be done instead.
        instead: &'static str,
    },

    /// Nobody could manage users any more.
    #[error("user {id} is the last active admin, who must stay one: make another user an admin first")]
    LastAdmin {
        /// Which user.
        id: i64,
    },

    /// There are as many of these as there may be.
    #[error("{entity} {id} has {limit} {of}, the most that is allowed: {instead}")]
    LimitReached {
        /// What has them: `"order"` or `"user"`.
        entity: &'static str,
        /// Which one.
        id: i64,
        /// What it has, in the plural: `"payment attempts"`, `"active API keys"`.
        of: &'static str,
        /// How many there may be.
        limit: usize,
        /// What can be done instead.
        instead: &'static str,
    },

    /// The idempotency key was used before, for another request.
    #[error("the idempotency key {} was already used for a different request", quoted(key))]
    IdempotencyKeyReused {
        /// The key.
        key: String,
    },
}
