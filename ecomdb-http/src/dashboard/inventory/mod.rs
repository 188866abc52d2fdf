//! `/inventory`: stock and days of cover, and the ledger of each product with the form to book movements.

mod badge;
mod book;
mod count;
mod cover;
mod ledger;
mod list;
mod show;

pub(super) use self::badge::StockBadge;
pub(super) use self::book::book_movement;
pub(super) use self::count::confirm_count;
pub(super) use self::cover::{Cover, MEASURED, recent};
pub(super) use self::ledger::{Ledger, LedgerQuery, Movements};
pub(super) use self::list::{export_inventory, list_inventory};
pub(super) use self::show::{export_ledger, show_ledger};
