//! Payments and refunds of orders.
//!
//! A payment of the amount due completes an order; a refund of the remaining amount changes it to refunded. Failed
//! attempts are kept. So are late payments, which the provider captured when the order could not take them any more.

mod listing;
mod new_refund;
mod pay;
mod refund;
mod settle;

pub use self::listing::PaymentFilter;
pub(crate) use self::listing::{count, get, list};
pub use self::new_refund::{NewRefund, RefundBuilder};
pub(crate) use self::pay::{capture, create, fail};
pub(crate) use self::refund::refund;
pub use self::settle::Settlement;
pub(crate) use self::settle::{Notice, give_back, settle};
