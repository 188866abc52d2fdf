//! Payments and refunds.
//!
//! A payment of the amount due completes an order; a refund of the remaining amount changes it to refunded. Failed
//! attempts are kept.

mod ledger;
mod pay;
mod payment;
mod refund;

pub(crate) use self::ledger::of_order;
pub use self::ledger::{PaymentFilter, Payments};
pub(crate) use self::pay::{captured_with_order, close_all, insert, prepare, times};
pub use self::payment::{NewPayment, NewRefund, Payment, PaymentMethod, PaymentStatus, Refund};
pub(crate) use self::refund::refunds_of_order;
