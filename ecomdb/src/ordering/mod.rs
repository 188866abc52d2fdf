//! Orders: placing, reading and cancelling them.
//!
//! Status: pending -> completed (paid in full, see `payments`) -> refunded (in full); pending -> cancelled. An order of
//! 0.00 is completed when placed, and can be cancelled.

mod cancel;
mod draft;
mod listing;
#[cfg(feature = "mysql")]
mod mysql;
mod new_order;
mod order;
mod orders;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stock;
#[cfg(feature = "mysql")]
mod together;

pub use self::listing::{OrderFilter, OrderSort};
pub use self::new_order::{NewOrder, OrderBuilder};
pub use self::order::{Order, OrderItem, OrderStatus, OrderSummary, OrderUser};
pub use self::orders::Orders;
pub(crate) use self::orders::{detail, lock};
pub(crate) use self::place::Request;
pub(crate) use self::stock::return_stock;
#[cfg(feature = "mysql")]
pub(crate) use self::together::place_together;
