//! Orders with their payment attempts: placing, reading and cancelling them.
//!
//! Status: pending -> completed (paid in full, see `payments`) -> refunded (in full); pending -> cancelled (asked, or when
//! its hold ended). An order of 0.00 is completed when placed, and can be cancelled.

mod address;
mod addressing;
mod adjustment;
pub(crate) mod attempts;
mod cancel;
mod columns;
mod detail;
mod draft;
mod hold;
mod listing;
mod mysql;
mod new_order;
mod new_payment;
mod order;
mod payment;
mod place;
mod postgres;
mod query;
mod quote;
pub(crate) mod sales;
mod sqlite;
mod stock;
mod together;

pub use self::address::{Address, AddressBuilder};
pub(crate) use self::addressing::set_address;
pub use self::adjustment::OrderAdjustment;
pub(crate) use self::cancel::cancel;
pub(crate) use self::detail::{detail, lock};
pub(crate) use self::hold::{Due, expire, extend};
pub use self::listing::{OrderFilter, OrderNeighbours, OrderSort};
pub(crate) use self::listing::{count, list, neighbours};
pub use self::new_order::{NewOrder, OrderBuilder};
pub use self::new_payment::{NewPayment, PaymentBuilder};
pub(crate) use self::order::OrderRecord;
pub use self::order::{Order, OrderItem, OrderSummary};
pub use self::payment::{Payment, Refund};
pub(crate) use self::place::Request;
pub use self::quote::OrderQuote;
pub(crate) use self::quote::quote;
pub(crate) use self::stock::return_stock;
pub(crate) use self::together::place_together;
