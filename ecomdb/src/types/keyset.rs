//! Keyset pagination over a sort column and the id, which makes the order total.

use chrono::{DateTime, Datelike, Utc};

use super::Money;

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

impl SortKey for i64 {
    fn to_text(&self) -> String {
        self.to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl SortKey for DateTime<Utc> {
    fn to_text(&self) -> String {
        self.timestamp_micros().to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        let time = Self::from_timestamp_micros(text.parse().ok()?)?;
        // The range that every engine can compare with.
        (1970..=9999).contains(&time.year()).then_some(time)
    }
}

/// Orders, filters and limits a boxed query for a page, by id, or by a column and then the id in the same direction.
/// Rows before a position are fetched in reverse. Returns the query, and the direction of the list for
/// [`Page::sorted`](super::Page::sorted). The separate condition on the column lets every engine use its index.
macro_rules! sorted {
    ($query:expr, $page:expr, $list:expr, ascending $id:expr) => {
        $crate::types::keyset::sorted!(@id $query, $page, $list, $id, Ascending, asc gt, desc lt)
    };
    ($query:expr, $page:expr, $list:expr, descending $id:expr) => {
        $crate::types::keyset::sorted!(@id $query, $page, $list, $id, Descending, desc lt, asc gt)
    };
    ($query:expr, $page:expr, $list:expr, ascending $column:expr => $key:ty, $id:expr) => {
        $crate::types::keyset::sorted!(
            @key $query, $page, $list, $column, $key, std::convert::identity, $id, Ascending, asc ge gt, desc le lt
        )
    };
    ($query:expr, $page:expr, $list:expr, ascending $column:expr => $key:ty as $value:expr, $id:expr) => {
        $crate::types::keyset::sorted!(@key $query, $page, $list, $column, $key, $value, $id, Ascending, asc ge gt, desc le lt)
    };
    ($query:expr, $page:expr, $list:expr, descending $column:expr => $key:ty, $id:expr) => {
        $crate::types::keyset::sorted!(
            @key $query, $page, $list, $column, $key, std::convert::identity, $id, Descending, desc le lt, asc ge gt
        )
    };
    ($query:expr, $page:expr, $list:expr, descending $column:expr => $key:ty as $value:expr, $id:expr) => {
        $crate::types::keyset::sorted!(@key $query, $page, $list, $column, $key, $value, $id, Descending, desc le lt, asc ge gt)
    };
    (@id $query:expr, $page:expr, $list:expr, $id:expr, $direction:ident,
     $order:ident $beyond:ident, $reverse:ident $short:ident) => {{
        let query = $query.limit($page.limit.get() + 1);
        let query = match $page.edge($list)? {
            $crate::types::Edge::First => query.order($id.$order()),
            $crate::types::Edge::After(id) => query.order($id.$order()).filter($id.$beyond(id)),
            $crate::types::Edge::Before(id) => query.order($id.$reverse()).filter($id.$short(id)),
        };
        (query, $crate::types::Direction::$direction)
    }};
    (@key $query:expr, $page:expr, $list:expr, $column:expr, $key:ty, $value:expr, $id:expr, $direction:ident,
     $order:ident $from:ident $beyond:ident, $reverse:ident $to:ident $short:ident) => {{
        let query = $query.limit($page.limit.get() + 1);
        let query = match $page.edge_by::<$key>($list)? {
            $crate::types::Edge::First => query.order(($column.$order(), $id.$order())),
            $crate::types::Edge::After((key, id)) => query
                .order(($column.$order(), $id.$order()))
                .filter($column.$from($value(key.clone())))
                .filter($column.$beyond($value(key)).or($id.$beyond(id))),
            $crate::types::Edge::Before((key, id)) => query
                .order(($column.$reverse(), $id.$reverse()))
                .filter($column.$to($value(key.clone())))
                .filter($column.$short($value(key)).or($id.$short(id))),
        };
        (query, $crate::types::Direction::$direction)
    }};
}

pub(crate) use sorted;
