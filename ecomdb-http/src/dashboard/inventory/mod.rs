//! `/inventory`: stock and how long it lasts, and the ledger of a product with the form to book movements.

mod badge;
mod ledger;

pub(super) use self::badge::StockBadge;
pub(super) use self::ledger::{Ledger, LedgerQuery, Movements};
