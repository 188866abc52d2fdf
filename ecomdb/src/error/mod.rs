//! Every way an operation can fail.
//!
//! [`Invalid`] and [`Conflict`] describe what is wrong with the request; the other variants describe failures of the
//! environment. An error means that nothing was written, except for [`Error::UnknownOutcome`].

mod conflict;
mod shortage;
mod unavailable;

pub use self::conflict::Conflict;
pub use self::unavailable::Unavailable;
pub(crate) use crate::types::Fields;
pub(crate) use crate::types::Invalid;
use crate::types::{ParseMoneyError, PaymentMethod, Scope, TooLarge, quoted};

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

    /// No product has this id in another system.
    #[error("no product has the external id {}", quoted(external_id))]
    UnknownExternalId {
        /// Source and id, as in `erp:4711`.
        external_id: String,
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
        matches!(self, Self::NotFound { .. } | Self::UnknownReference { .. } | Self::UnknownExternalId { .. })
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
