//! Which orders, and in which order they are listed.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::{OrderStatus, OrderSummary};
use crate::analytics::Period;
use crate::backend::{Connection, text_of_moment};
use crate::error::Result;
use crate::schema::orders;
use crate::types::keyset::{SortKey, sorted};
use crate::types::text_enum::text_enum;
use crate::types::time::Stamp;
use crate::types::{List, Page, PageRequest, UserId};

text_enum! {
    #[derive(Default)]
    /// What orders are sorted by. Those that are level in it are sorted by id, in the same direction.
    OrderSort {
        /// By id, the last one first. Orders are listed so unless told otherwise.
        #[default]
        IdDescending = "-id",
        /// By id: what was recorded first comes first.
        Id = "id",
        /// By the time they were placed, the latest first.
        PlacedAtDescending = "-placed_at",
        /// By the time they were placed, the earliest first.
        PlacedAt = "placed_at",
    }
}

/// Which orders to list, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Which page.
    pub page: PageRequest,
    /// In which order.
    pub sort: OrderSort,
    /// Only orders of this user.
    pub user_id: Option<UserId>,
    /// Only orders in this state.
    pub status: Option<OrderStatus>,
    /// Only orders placed in this period.
    pub period: Period,
}

impl OrderFilter {
    /// The list that cursors belong to: what decides about its rows and their order.
    fn identity(&self) -> List {
        let Self { page: _, sort, user_id, status, period } = self;
        List::new("orders", &format!("{sort} {:?}", (user_id, status, period)))
    }
}

pub(super) fn list(conn: &mut Connection, filter: &OrderFilter, owner: Option<UserId>) -> Result<Page<OrderSummary>> {
    let mut query = orders::table.select(OrderSummary::as_select()).into_boxed();
    if let Some(owner) = owner {
        query = query.filter(orders::user_id.eq(owner));
    }
    if let Some(user) = filter.user_id {
        crate::users::get(conn, user, owner)?;
        query = query.filter(orders::user_id.eq(user));
    }
    if let Some(status) = filter.status {
        query = query.filter(orders::status.eq(status));
    }
    for (comparison, end) in
        [("orders.placed_at >= ", filter.period.from()), ("orders.placed_at < ", filter.period.to())]
    {
        if let Some(moment) = end {
            let (before, after) = conn.moment().split_once('?').unwrap_or_default();
            let condition = sql::<Bool>(&format!("{comparison}{before}"));
            query = query.filter(condition.bind::<Text, _>(text_of_moment(moment)).sql(after));
        }
    }
    let (page, list) = (&filter.page, filter.identity());
    query = match filter.sort {
        OrderSort::Id => sorted!(query, page, list, ascending orders::id),
        OrderSort::IdDescending => sorted!(query, page, list, descending orders::id),
        OrderSort::PlacedAt => sorted!(query, page, list, ascending orders::placed_at => Stamp, orders::id),
        OrderSort::PlacedAtDescending => sorted!(query, page, list, descending orders::placed_at => Stamp, orders::id),
    };
    let rows = query.limit(page.limit.get() + 1).load(conn)?;
    Ok(Page::sorted(rows, page, list, |order| (key(filter.sort, order), order.id.get())))
}

/// What the order is sorted by.
fn key(sort: OrderSort, order: &OrderSummary) -> Option<String> {
    match sort {
        OrderSort::Id | OrderSort::IdDescending => None,
        OrderSort::PlacedAt | OrderSort::PlacedAtDescending => Some(Stamp::from(order.placed_at).to_text()),
    }
}
