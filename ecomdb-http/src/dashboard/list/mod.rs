//! Shared by all lists: their address with filters, sorting and pages, and all of their rows as CSV.

mod address;
mod csv;
mod pager;

pub(crate) use self::address::{Address, Choice, SortLink};
pub(crate) use self::csv::{BYTE_ORDER_MARK, Chunks, Sheet, attachment, csv, csv_attachment, maybe_int, maybe_time};
pub(crate) use self::pager::Pager;
