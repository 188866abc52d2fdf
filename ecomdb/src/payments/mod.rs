//! Payments and refunds of orders.
//!
//! A payment of the amount due completes an order; a refund of the remaining amount changes it to refunded. Failed
//! attempts are kept.

mod listing;
mod new_refund;
mod pay;
mod refund;

pub use self::listing::PaymentFilter;
pub(crate) use self::listing::{count, get, list};
pub use self::new_refund::{NewRefund, RefundBuilder};
pub(crate) use self::pay::{capture, create, fail};
pub(crate) use self::refund::refund;
