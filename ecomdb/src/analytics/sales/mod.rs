//! Maintenance of the rollups that reports read.
//!
//! A transaction that changes the stage or the sales of an order [`record`](crate::ordering::sales::record)s one event.
//! [`fold`] applies queued events to the rollups. It uses only the events and immutable facts (items, totals, customers
//! and times of orders). The rollups are therefore exact for the folded events, however late and in whatever order
//! these are folded.

mod changes;
mod compare;
mod counts;
mod customers;
mod fold;
mod items;
mod lock;
mod pairs;
mod reader;
mod rebuild;
mod rollup;

pub(crate) use self::compare::{Comparison, compare};
pub(super) use self::counts::Counts;
pub(crate) use self::fold::{count_waiting, fold, waiting};
pub(super) use self::items::baskets;
pub(crate) use self::lock::{lock, read_lock, touch_lock};
pub(crate) use self::pairs::{PAIRS_BATCH, fold_pairs, pairs_waiting};
#[allow(unreachable_pub, reason = "in the signature of a public trait that is sealed")]
pub use self::reader::SalesReader;
pub(crate) use self::rebuild::{rebuild, sum_up_customers};
pub(super) use self::rollup::slices;

use crate::engine::Connection;
use crate::error::Result;

/// Maximum number of events folded in one transaction, which bounds its duration.
pub(crate) const BATCH: usize = 5_000;
/// Maximum number of products in an order whose pairs are counted; pairs grow quadratically.
pub(crate) const LARGEST_BASKET: usize = 25;

/// The rollups that a report reads, which must be folded first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(unreachable_pub, reason = "in the signature of a public trait that is sealed")]
pub enum Rollups {
    /// All rollups except product pairs.
    Sums,
    /// All rollups.
    WithPairs,
}

impl Rollups {
    /// Whether events are queued for these rollups.
    pub(crate) fn wait(self, conn: &mut Connection) -> Result<bool> {
        Ok(waiting(conn)? || (self == Self::WithPairs && pairs_waiting(conn, 1)?))
    }
}
