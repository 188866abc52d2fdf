//! Pages of a list.

use ecomdb::{Page, RowCount};

use super::Address;
use crate::dashboard::format::{count_up_to, counted};

/// Links to the previous and the next page, and the number of rows on all pages.
#[derive(Debug)]
pub(crate) struct Pager {
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
    /// Such as `317 products`, or `10,000+ products`.
    pub(crate) total: String,
}

impl Pager {
    /// `one` and `many` name the rows.
    pub(crate) fn new<T>(address: &Address, page: &Page<T>, total: RowCount, one: &str, many: &str) -> Self {
        let link = |name, cursor: &ecomdb::Cursor| address.with([(name, cursor.to_string().as_str())]);
        Self {
            previous: page.previous.as_ref().map(|cursor| link("before", cursor)),
            next: page.next.as_ref().map(|cursor| link("cursor", cursor)),
            total: match total {
                RowCount::Exactly(rows) => counted(rows, one, many),
                RowCount::More => format!("{} {many}", count_up_to(total.at_least(), true)),
            },
        }
    }
}
