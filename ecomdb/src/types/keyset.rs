//! Keyset pagination over a sort column and the id, which makes the order total.

use chrono::{DateTime, Datelike};

use super::Money;
use super::time::Stamp;

/// A type of sort column that cursors can carry.
pub(crate) trait SortKey: Sized {
    fn to_text(&self) -> String;
    fn from_text(text: &str) -> Option<Self>;
}

impl SortKey for String {
    fn to_text(&self) -> String {
        self.clone()
    }

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl SortKey for Money {
    fn to_text(&self) -> String {
        self.minor().to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().map(Self::from_minor)
    }
}

impl SortKey for Stamp {
    fn to_text(&self) -> String {
        self.0.and_utc().timestamp_micros().to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        let time = DateTime::from_timestamp_micros(text.parse().ok()?)?;
        // The range that every engine can compare with.
        (1970..=9999).contains(&time.year()).then(|| time.into())
    }
}

/// Orders and filters a boxed query for a page, by id, or by a column and then the id in the same direction. The
/// separate condition on the column lets every engine use its index.
macro_rules! sorted {
    ($query:expr, $page:expr, $list:expr, ascending $id:expr) => {
        $crate::types::keyset::sorted!(@id $query, $page, $list, $id, asc, gt)
    };
    ($query:expr, $page:expr, $list:expr, descending $id:expr) => {
        $crate::types::keyset::sorted!(@id $query, $page, $list, $id, desc, lt)
    };
    ($query:expr, $page:expr, $list:expr, ascending $column:expr => $key:ty, $id:expr) => {
        $crate::types::keyset::sorted!(@key $query, $page, $list, $column, $key, $id, asc, ge, gt)
    };
    ($query:expr, $page:expr, $list:expr, descending $column:expr => $key:ty, $id:expr) => {
        $crate::types::keyset::sorted!(@key $query, $page, $list, $column, $key, $id, desc, le, lt)
    };
    (@id $query:expr, $page:expr, $list:expr, $id:expr, $order:ident, $beyond:ident) => {{
        let query = $query.order($id.$order());
        match $page.start($list)? {
            Some(id) => query.filter($id.$beyond(id)),
            None => query,
        }
    }};
    (@key $query:expr, $page:expr, $list:expr, $column:expr, $key:ty, $id:expr, $order:ident, $from:ident, $beyond:ident) => {{
        let query = $query.order(($column.$order(), $id.$order()));
        match $page.start_by::<$key>($list)? {
            Some((key, id)) => {
                query.filter($column.$from(key.clone())).filter($column.$beyond(key).or($id.$beyond(id)))
            }
            None => query,
        }
    }};
}

pub(crate) use sorted;
