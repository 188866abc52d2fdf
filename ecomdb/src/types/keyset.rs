//! Sorting by a column and then by id, so that every row has its own place and a page can begin behind any of them.

use chrono::{DateTime, Datelike};

use super::Money;
use super::time::Stamp;

/// What rows can be sorted by, as cursors carry it.
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
        // What every engine can compare with.
        (1970..=9999).contains(&time.year()).then(|| time.into())
    }
}

/// The rows of a boxed query from where the page begins, sorted by id, or by a column with values of a type and then by
/// id, both in the same direction. (The condition on the column alone is one that every engine can look up in an index.)
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
