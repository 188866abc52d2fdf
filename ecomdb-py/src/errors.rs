//! Maps each error of the library to an exception of `ecomdb.errors`.

use ecomdb::{Conflict, Error, Forbidden, Invalid, ProductStatus, UserStatus};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::values::Value;

/// The exception for an error of the library.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Invalid(wrong) => invalid(py, wrong),
        Error::NotFound { entity, id } => {
            raise(py, "NotFoundError", &message, |fields| fields.with("entity", *entity)?.with("id", *id))
        }
        Error::UnknownReference { method, reference } => raise(py, "NotFoundError", &message, |fields| {
            fields.with("entity", "payment")?.with("method", *method)?.with("reference", reference.clone())
        }),
        Error::UnknownExternalId { external_id } => raise(py, "NotFoundError", &message, |fields| {
            fields.with("entity", "product")?.with("external_id", external_id.clone())
        }),
        Error::Conflict(why) => conflict(py, why),
        Error::WrongLogin => plain(py, "WrongLoginError", &message),
        Error::InvalidToken => plain(py, "InvalidTokenError", &message),
        Error::Forbidden(Forbidden::Scope(scope)) => {
            raise(py, "ForbiddenError", &message, |fields| fields.with("scope", *scope))
        }
        Error::Forbidden(_) => plain(py, "ForbiddenError", &message),
        Error::Configuration(_) => plain(py, "ConfigurationError", &message),
        Error::Overloaded(_) => plain(py, "OverloadedError", &message),
        Error::Contention { attempts, .. } => {
            raise(py, "ContentionError", &message, |fields| fields.with("attempts", i64::from(*attempts)))
        }
        Error::Unavailable(_) => plain(py, "UnavailableError", &message),
        Error::UnknownOutcome => plain(py, "UnknownOutcomeError", &message),
        Error::Output(_) => plain(py, "OutputError", &message),
        Error::NestedWrite | Error::RolledBack => plain(py, "TransactionError", &message),
        _ => plain(py, "StorageError", &message),
    }
}

/// The exception for invalid arguments.
pub(crate) fn invalid(py: Python<'_>, wrong: &Invalid) -> PyErr {
    let named = wrong.fields().iter().map(|error| (argument(&error.field), error.message.as_str()));
    let named: Vec<(&str, &str)> = named.collect();
    let message: Vec<String> = named.iter().map(|(field, message)| format!("{field}: {message}")).collect();
    raise(py, "ValidationError", &message.join("; "), |fields| {
        let class = py.import("ecomdb.errors")?.getattr("FieldError")?;
        let errors: PyResult<Vec<_>> = named.iter().map(|error| class.call1(*error)).collect();
        fields.0.set_item("errors", PyTuple::new(py, errors?)?)?;
        fields.0.set_item("field", named.first().map(|(field, _)| *field))?;
        Ok(fields)
    })
}

/// The argument for a field of a request.
fn argument(field: &str) -> &str {
    match field {
        "from" => "from_",
        "cursor" => "after",
        "Idempotency-Key" => "idempotency_key",
        "payment.amount" => "amount",
        "payment.reference" => "reference",
        other => other,
    }
}

fn conflict(py: Python<'_>, why: &Conflict) -> PyErr {
    let message = why.to_string();
    let raise =
        |class, fields: &dyn for<'py> Fn(Fields<'py>) -> PyResult<Fields<'py>>| raise(py, class, &message, fields);
    match why {
        Conflict::Duplicate { entity, field, value } => raise("DuplicateError", &|fields| {
            fields.with("entity", *entity)?.with("field", *field)?.with("value", value.clone())
        }),
        Conflict::InsufficientStock { product_id, requested, available } => {
            raise("InsufficientStockError", &|fields| {
                fields.with("product_id", *product_id)?.with("requested", *requested)?.with("available", *available)
            })
        }
        Conflict::IllegalOrderTransition { order_id, from, to, .. } => raise("IllegalTransitionError", &|fields| {
            let fields = fields.with("entity", "order")?.with("id", *order_id)?;
            fields.with("state", from.as_str())?.with("wanted", to.as_str())
        }),
        Conflict::IllegalPaymentTransition { payment_id, from, to, .. } => raise("IllegalTransitionError", &|fields| {
            let fields = fields.with("entity", "payment")?.with("id", *payment_id)?;
            fields.with("state", from.as_str())?.with("wanted", to.as_str())
        }),
        Conflict::OrderNotPayable { order_id, from, .. } => {
            raise("OrderNotPayableError", &|fields| fields.with("order_id", *order_id)?.with("state", from.as_str()))
        }
        Conflict::OrderExpired { order_id, expired_at } => {
            raise("OrderExpiredError", &|fields| fields.with("order_id", *order_id)?.with("expired_at", *expired_at))
        }
        Conflict::Overpayment { order_id, due, amount, .. } => raise("OverpaymentError", &|fields| {
            fields.with("order_id", *order_id)?.with("due", *due)?.with("amount", *amount)
        }),
        Conflict::OverRefund { order_id, refundable, amount, .. } => raise("OverRefundError", &|fields| {
            fields.with("order_id", *order_id)?.with("refundable", *refundable)?.with("amount", *amount)
        }),
        Conflict::AlreadyRestocked { order_id } => {
            raise("AlreadyRestockedError", &|fields| fields.with("order_id", *order_id))
        }
        Conflict::UserDisabled { user_id } => raise("InactiveError", &|fields| {
            let fields = fields.with("entity", "user")?.with("id", *user_id)?;
            fields.with("status", UserStatus::Disabled.as_str())
        }),
        Conflict::ProductArchived { product_id } => raise("InactiveError", &|fields| {
            let fields = fields.with("entity", "product")?.with("id", *product_id)?;
            fields.with("status", ProductStatus::Archived.as_str())
        }),
        Conflict::InUse { entity, id, by, .. } => {
            raise("InUseError", &|fields| fields.with("entity", *entity)?.with("id", *id)?.with("by", *by))
        }
        Conflict::LimitReached { entity, id, of, limit, .. } => raise("LimitReachedError", &|fields| {
            let limit = i64::try_from(*limit).unwrap_or(i64::MAX);
            fields.with("entity", *entity)?.with("id", *id)?.with("of", *of)?.with("limit", limit)
        }),
        Conflict::IdempotencyKeyReused { key } => {
            raise("IdempotencyKeyReusedError", &|fields| fields.with("key", key.clone()))
        }
        _ => plain(py, "ConflictError", &message),
    }
}

/// An exception of `ecomdb.errors` without fields.
pub(crate) fn plain(py: Python<'_>, class: &str, message: &str) -> PyErr {
    raise(py, class, message, Ok)
}

/// The fields that an exception gets.
struct Fields<'py>(Bound<'py, PyDict>);

impl Fields<'_> {
    fn with(self, name: &str, value: impl Value) -> PyResult<Self> {
        let value = value.into_python(self.0.py())?;
        self.0.set_item(name, value)?;
        Ok(self)
    }
}

fn raise<'py>(
    py: Python<'py>,
    class: &str,
    message: &str,
    fill: impl FnOnce(Fields<'py>) -> PyResult<Fields<'py>>,
) -> PyErr {
    let made = fill(Fields(PyDict::new(py))).and_then(|fields| {
        let class = py.import("ecomdb.errors")?.getattr(class)?;
        class.call((message,), Some(&fields.0))
    });
    made.map_or_else(|failed| failed, PyErr::from_value)
}

/// The error for an item of the wrong type or shape; errors other than `TypeError` and `ValueError` are kept.
pub(crate) fn unlike(must_be: &str, item: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    let py = item.py();
    if !error.is_instance_of::<PyTypeError>(py) && !error.is_instance_of::<PyValueError>(py) {
        return error;
    }
    PyTypeError::new_err(format!("{must_be}, not {item:?}"))
}
