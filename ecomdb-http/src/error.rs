//! Maps each library error to a problem: its status, and the part of it that the client may see.

use axum::http::header::{HeaderValue, WWW_AUTHENTICATE};
use chrono::SecondsFormat;
use ecomdb::{Conflict, Error, Forbidden, Invalid, ProductStatus, UserStatus};

use crate::audit;
use crate::problem::{Problem, kinds};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Invalid(invalid) => invalid.into(),
            Error::NotFound { entity, id } => {
                Self::new(&kinds::NOT_FOUND, detail).with("entity", entity).with("id", id)
            }
            Error::UnknownReference { method, .. } => {
                Self::new(&kinds::NOT_FOUND, detail).with("entity", "payment").with("method", method.as_str())
            }
            Error::UnknownExternalId { external_id } => {
                Self::new(&kinds::NOT_FOUND, detail).with("entity", "product").with("external_id", external_id)
            }
            Error::Conflict(conflict) => conflict.into(),
            Error::InvalidToken => {
                audit::TOKEN_REFUSED.entry().log();
                Self::unauthenticated(detail, true)
            }
            Error::WrongLogin => {
                let challenge = HeaderValue::from_static("Bearer realm=\"ecomdb\"");
                Self::new(&kinds::WRONG_LOGIN, detail).with_header(WWW_AUTHENTICATE, challenge)
            }
            Error::Forbidden(Forbidden::Scope(scope)) => {
                audit::ACCESS_DENIED.entry().detail(scope).log();
                Self::new(&kinds::FORBIDDEN, detail).with("needed", scope.as_str())
            }
            Error::Forbidden(Forbidden::Session) => {
                audit::ACCESS_DENIED.entry().detail("session").log();
                Self::new(&kinds::FORBIDDEN, detail).with("needed", "session")
            }
            Error::Forbidden(_) => {
                audit::ACCESS_DENIED.entry().log();
                Self::new(&kinds::FORBIDDEN, detail)
            }
            other => Self::of_server(&other),
        }
    }
}

impl Problem {
    /// The problem of an error that the request did not cause.
    pub(crate) fn of_server(error: &Error) -> Self {
        match error {
            Error::Overloaded(_) | Error::Contention { .. } => {
                tracing::warn!(detail = %error, "a request was refused for overload");
                Self::new(&kinds::OVERLOADED, "the database is overloaded; try again in a moment")
            }
            // The library logs the beginning and the end of an outage.
            Error::Unavailable(why) => Self::new(&kinds::UNAVAILABLE, why.advice()).with("reason", why.reason()),
            Error::UnknownOutcome => Self::new(
                &kinds::UNKNOWN_OUTCOME,
                "the database connection failed during COMMIT: repeat the request with the same Idempotency-Key, or \
                 read the resource to see whether it was changed",
            ),
            other => Self::internal(other),
        }
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::fields(&kinds::INVALID, invalid.fields().to_vec())
    }
}

impl From<Conflict> for Problem {
    fn from(conflict: Conflict) -> Self {
        let detail = conflict.to_string();
        match conflict {
            Conflict::Duplicate { entity, field, .. } => {
                Self::new(&kinds::DUPLICATE, &detail).with_field(field, detail).with("entity", entity)
            }
            Conflict::InsufficientStock { product_id, requested, available } => {
                let problem = Self::new(&kinds::INSUFFICIENT_STOCK, detail)
                    .with("product_id", product_id.get())
                    .with("requested", requested);
                match available {
                    Some(available) => problem.with("available", available),
                    None => problem,
                }
            }
            Conflict::IllegalOrderTransition { order_id, from, to, .. } => {
                Self::new(&kinds::ILLEGAL_TRANSITION, detail)
                    .with("entity", "order")
                    .with("id", order_id.get())
                    .with("from", from.as_str())
                    .with("to", to.as_str())
            }
            Conflict::IllegalPaymentTransition { payment_id, from, to, .. } => {
                Self::new(&kinds::ILLEGAL_TRANSITION, detail)
                    .with("entity", "payment")
                    .with("id", payment_id.get())
                    .with("from", from.as_str())
                    .with("to", to.as_str())
            }
            Conflict::OrderNotPayable { order_id, from, to } => Self::new(&kinds::ILLEGAL_TRANSITION, detail)
                .with("entity", "order")
                .with("id", order_id.get())
                .with("from", from.as_str())
                .with("to", to.as_str()),
            Conflict::OrderExpired { order_id, expired_at } => Self::new(&kinds::ORDER_EXPIRED, detail)
                .with("order_id", order_id.get())
                .with("expired_at", expired_at.to_rfc3339_opts(SecondsFormat::Micros, true)),
            Conflict::NoHold { order_id, from } => Self::new(&kinds::CONFLICT, detail)
                .with("entity", "order")
                .with("id", order_id.get())
                .with("from", from.as_str()),
            Conflict::AddressesFixed { order_id, from } => Self::new(&kinds::CONFLICT, detail)
                .with("entity", "order")
                .with("id", order_id.get())
                .with("from", from.as_str()),
            Conflict::LatePayment { payment_id, order_id, amount, from, expired_at } => {
                let from = if expired_at.is_some() { "expired" } else { from.as_str() };
                Self::new(&kinds::LATE_PAYMENT, detail)
                    .with("payment_id", payment_id.get())
                    .with("order_id", order_id.get())
                    .with("amount", amount.to_string())
                    .with("from", from)
            }
            Conflict::Overpayment { order_id, due, amount, from, to } => Self::new(&kinds::OVERPAYMENT, detail)
                .with("order_id", order_id.get())
                .with("due", due.to_string())
                .with("amount", amount.to_string())
                .with("from", from.as_str())
                .with("to", to.as_str()),
            Conflict::OverRefund { order_id, refundable, amount, from } => Self::new(&kinds::OVER_REFUND, detail)
                .with("order_id", order_id.get())
                .with("refundable", refundable.to_string())
                .with("amount", amount.to_string())
                .with("from", from.as_str()),
            Conflict::UserDisabled { user_id } => Self::new(&kinds::INACTIVE, detail)
                .with("entity", "user")
                .with("id", user_id.get())
                .with("from", UserStatus::Disabled.as_str()),
            Conflict::ProductArchived { product_id } => Self::new(&kinds::INACTIVE, detail)
                .with("entity", "product")
                .with("id", product_id.get())
                .with("from", ProductStatus::Archived.as_str()),
            Conflict::Changed { entity, id } => {
                Self::new(&kinds::CHANGED, detail).with("entity", entity).with("id", id)
            }
            Conflict::InUse { entity, id, by, .. } => {
                Self::new(&kinds::IN_USE, detail).with("entity", entity).with("id", id).with("by", by)
            }
            Conflict::LastAdmin { id } => Self::new(&kinds::CONFLICT, detail).with("entity", "user").with("id", id),
            Conflict::LimitReached { entity, id, of, limit, .. } => Self::new(&kinds::LIMIT_REACHED, detail)
                .with("entity", entity)
                .with("id", id)
                .with("of", of)
                .with("limit", limit),
            Conflict::IdempotencyKeyReused { .. } => Self::new(&kinds::KEY_REUSED, detail),
            _ => Self::new(&kinds::CONFLICT, detail),
        }
    }
}
