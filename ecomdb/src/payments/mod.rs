//! Payments and refunds.
//!
//! An order is completed by the payment that pays the rest of its total, and refunded by the refund that gives back
//! the rest of it. Attempts that failed are kept.

mod ledger;
mod pay;
mod payment;
mod refund;

pub(crate) use self::ledger::of_order;
pub use self::ledger::{PaymentFilter, Payments};
pub(crate) use self::pay::{captured_with_order, close_all, insert, prepare, times};
pub use self::payment::{NewPayment, NewRefund, Payment, PaymentMethod, PaymentStatus, Refund};
pub(crate) use self::refund::refunds_of_order;
