//! Lists of orders.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::OrderSummary;
use crate::context::Context;
use crate::engine::{Connection, MultiBackend, count_rows, text_of_moment};
use crate::error::{Error, Result};
use crate::schema::orders;
use crate::types::keyset::{SortKey, sorted};
use crate::types::setters::setters;
use crate::types::text_enum::text_enum;
use crate::types::time::Stamp;
use crate::types::{
    Cursor, Limit, List, OrderId, OrderStatus, Page, PagePosition, PageRequest, Period, RowCount, UserId,
};

text_enum! {
    /// Sort order of orders. Ties are broken by id, in the same direction.
    OrderSort (default IdDescending) {
        /// Descending id (default).
        IdDescending = "-id",
        /// Ascending id, which is the order of insertion.
        Id = "id",
        /// Descending time of placement.
        PlacedAtDescending = "-placed_at",
        /// Ascending time of placement.
        PlacedAt = "placed_at",
    }
}

/// Filter, sort order and page of a list of orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OrderFilter {
    /// Requested page.
    pub page: PageRequest,
    /// Sort order.
    pub sort: OrderSort,
    /// Only orders of this user.
    pub user_id: Option<UserId>,
    /// Only orders with this status.
    pub status: Option<OrderStatus>,
    /// Only orders placed in this period.
    pub period: Period,
}

setters! {
    OrderFilter {
        value page: PageRequest, value sort: OrderSort, some user_id: UserId, some status: OrderStatus, value
        period: Period,
    }
}

impl OrderFilter {
    /// Identity of the list for its cursors: all filters and the sort order.
    fn identity(&self) -> List {
        let Self { page: _, sort, user_id, status, period } = self;
        List::new("orders", &format!("{sort} {:?}", (user_id, status, period)))
    }
}

/// The orders that match the filter and that the caller can see.
fn matching(
    conn: &mut Connection,
    context: &Context,
    filter: &OrderFilter,
) -> Result<orders::BoxedQuery<'static, MultiBackend>> {
    let mut query = orders::table.into_boxed();
    if let Some(owner) = context.owner() {
        query = query.filter(orders::user_id.eq(owner));
    }
    if let Some(user) = filter.user_id {
        crate::users::get(conn, context, user)?;
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
    Ok(query)
}

/// The number of orders that match the filter.
pub(crate) fn count(conn: &mut Connection, context: &Context, filter: &OrderFilter) -> Result<RowCount> {
    let query = matching(conn, context, filter)?;
    Ok(count_rows(conn, query.select(orders::id))?)
}

pub(crate) fn list(conn: &mut Connection, context: &Context, filter: &OrderFilter) -> Result<Page<OrderSummary>> {
    let query = matching(conn, context, filter)?.select(OrderSummary::as_select());
    let (page, list) = (&filter.page, filter.identity());
    let (query, direction) = match filter.sort {
        OrderSort::Id => sorted!(query, page, list, ascending orders::id),
        OrderSort::IdDescending => sorted!(query, page, list, descending orders::id),
        OrderSort::PlacedAt => sorted!(query, page, list, ascending orders::placed_at => Stamp, orders::id),
        OrderSort::PlacedAtDescending => sorted!(query, page, list, descending orders::placed_at => Stamp, orders::id),
    };
    let rows = query.load(conn)?;
    Ok(Page::sorted(rows, page, list, direction, |order| (key(filter.sort, order), order.id.get())))
}

/// The orders beside one in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OrderNeighbours {
    /// The order before it; `None` if it is the first.
    pub before: Option<OrderId>,
    /// The order after it; `None` if it is the last.
    pub after: Option<OrderId>,
}

/// The orders before and after this one in the list, which need not contain it.
pub(crate) fn neighbours(
    conn: &mut Connection,
    context: &Context,
    id: OrderId,
    filter: &OrderFilter,
) -> Result<OrderNeighbours> {
    let order = matching(conn, context, &OrderFilter::default())?.filter(orders::id.eq(id));
    let order = order.select(OrderSummary::as_select()).first(conn).optional()?;
    let order: OrderSummary = order.ok_or_else(|| Error::not_found("order", id))?;
    let at = Cursor::at(filter.identity(), key(filter.sort, &order), id.get());
    let mut beside = |position| {
        let one = filter.clone().page(PageRequest { limit: Limit::ONE, position });
        Ok::<_, Error>(list(conn, context, &one)?.items.first().map(|order| order.id))
    };
    Ok(OrderNeighbours { before: beside(PagePosition::Before(at.clone()))?, after: beside(PagePosition::After(at))? })
}

/// Sort value of an order; `None` if sorted by id.
fn key(sort: OrderSort, order: &OrderSummary) -> Option<String> {
    match sort {
        OrderSort::Id | OrderSort::IdDescending => None,
        OrderSort::PlacedAt | OrderSort::PlacedAtDescending => Some(Stamp::from(order.placed_at).to_text()),
    }
}
