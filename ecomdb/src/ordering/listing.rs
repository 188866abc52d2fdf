//! Lists of orders.

use chrono::{DateTime, Utc};

use super::query::{Column, Condition, Query, Value};
use super::{OrderRecord, OrderSummary};
use crate::context::Context;
use crate::engine::{ColumnsOf, Connection};
use crate::error::{Error, Result};
use crate::types::keyset::SortKey as _;
use crate::types::setters::setters;
use crate::types::text_enum::text_enum;
use crate::types::{
    Cursor, Direction, Edge, Invalid, Limit, List, Money, OrderId, OrderStatus, Page, PagePosition, PageRequest,
    PaymentState, Period, RowCount, UserId,
};
use crate::users::OrderUser;

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
        /// Descending total.
        TotalDescending = "-total",
        /// Ascending total.
        Total = "total",
    }
}

impl OrderSort {
    const fn column(self) -> Column {
        match self {
            Self::Id | Self::IdDescending => Column::Id,
            Self::PlacedAt | Self::PlacedAtDescending => Column::PlacedAt,
            Self::Total | Self::TotalDescending => Column::Total,
        }
    }

    const fn direction(self) -> Direction {
        match self {
            Self::Id | Self::PlacedAt | Self::Total => Direction::Ascending,
            Self::IdDescending | Self::PlacedAtDescending | Self::TotalDescending => Direction::Descending,
        }
    }

    /// Sort value of an order; `None` if sorted by id.
    fn key(self, order: &OrderSummary) -> Option<String> {
        match self.column() {
            Column::PlacedAt => Some(order.placed_at.to_text()),
            Column::Total => Some(order.total.to_text()),
            _ => None,
        }
    }
}

/// The condition of the index on the status. SQLite uses the index only for a query that has it.
const INDEXED: &str = "{} <> 'completed'";

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
    /// Only orders with this payment state. With [`OrderStatus::Pending`], [`PaymentState::Unpaid`] and
    /// [`PaymentState::PartPaid`] select the orders that wait for a payment.
    pub payment_state: Option<PaymentState>,
    /// Minimum total (inclusive).
    pub min_total: Option<Money>,
    /// Maximum total (inclusive).
    pub max_total: Option<Money>,
    /// Only orders placed in this period.
    pub period: Period,
}

setters! {
    OrderFilter {
        value page: PageRequest, value sort: OrderSort, some user_id: UserId, some status: OrderStatus,
        some payment_state: PaymentState, some min_total: Money, some max_total: Money, value period: Period,
    }
}

impl OrderFilter {
    /// Identity of the list for its cursors: its filters and its sort order.
    fn identity(&self) -> List {
        let Self { page: _, sort, user_id, status, payment_state, min_total, max_total, period } = self;
        let filters = (user_id, status, payment_state, min_total, max_total, period);
        List::new("orders", &format!("{sort} {filters:?}"))
    }

    /// The orders that match the filter and that the caller can see; `None` if there can be none.
    fn query(&self, conn: &mut Connection, context: &Context) -> Result<Option<Query>> {
        let mut query = Query::default();
        let mut only = |column, text: &str, values: &[Value]| {
            query.add(Condition::new(column, text, values.iter().copied()));
        };
        if let Some(owner) = context.owner() {
            only(Column::User, "{} = ?", &[Value::Int(owner.get())]);
        }
        if let Some(user) = self.user_id {
            crate::users::get(conn, context, user)?;
            only(Column::User, "{} = ?", &[Value::Int(user.get())]);
        }
        // The words are part of the text, so that a server can plan with the frequency of each.
        match self.statuses() {
            None => return Ok(None),
            Some([]) => {}
            Some([OrderStatus::Completed]) => only(Column::Completed, "{} = 'completed'", &[]),
            Some([status]) => only(Column::Status, &format!("{{}} = '{status}' AND {INDEXED}"), &[]),
            Some([one, other, ..]) => only(Column::Status, &format!("{{}} IN ('{one}', '{other}') AND {INDEXED}"), &[]),
        }
        match self.payment_state {
            Some(PaymentState::Unpaid) => {
                only(Column::Paid, "{} = 0", &[]);
                only(Column::Total, "{} > 0", &[]);
            }
            Some(PaymentState::PartPaid) => only(Column::Paid, "{} > 0 AND {} < o.total", &[]),
            Some(PaymentState::Paid) => only(Column::Paid, "{} = o.total", &[]),
            None => {}
        }
        for (condition, total) in [("{} >= ?", self.min_total), ("{} <= ?", self.max_total)] {
            if let Some(total) = total {
                only(Column::Total, condition, &[Value::Int(total.minor())]);
            }
        }
        for (comparison, end) in [(">=", self.period.from()), ("<", self.period.to())] {
            if let Some(moment) = end {
                only(Column::PlacedAt, &format!("{{}} {comparison} {}", conn.moment()), &[Value::Time(moment)]);
            }
        }
        Ok(Some(query))
    }

    /// The statuses that matching orders can have; empty if all are possible, `None` if no order can match. An order
    /// that is not paid in full is neither completed nor refunded, and a pending order is not paid in full.
    fn statuses(&self) -> Option<&[OrderStatus]> {
        const OPEN: &[OrderStatus] = &[OrderStatus::Pending, OrderStatus::Cancelled];
        let is_open = |state| matches!(state, PaymentState::Unpaid | PaymentState::PartPaid);
        match (&self.status, self.payment_state) {
            (None, Some(state)) if is_open(state) => Some(OPEN),
            (None, _) => Some(&[]),
            (Some(OrderStatus::Completed | OrderStatus::Refunded), Some(state)) if is_open(state) => None,
            (Some(OrderStatus::Pending), Some(PaymentState::Paid)) => None,
            (Some(status), _) => Some(std::slice::from_ref(status)),
        }
    }
}

/// The number of orders that match the filter.
pub(crate) fn count(conn: &mut Connection, context: &Context, filter: &OrderFilter) -> Result<RowCount> {
    match filter.query(conn, context)? {
        Some(query) => query.count(conn),
        None => Ok(RowCount::Exactly(0)),
    }
}

pub(crate) fn list(conn: &mut Connection, context: &Context, filter: &OrderFilter) -> Result<Page<OrderSummary>> {
    let (page, list, sort) = (&filter.page, filter.identity(), filter.sort);
    let edge = edge(page, list, sort.column())?;
    let orders = match filter.query(conn, context)? {
        Some(query) => rows(conn, query, sort, edge, page.limit.get() + 1)?,
        None => Vec::new(),
    };
    Ok(Page::sorted(orders, page, list, sort.direction(), |order| (sort.key(order), order.id.get())))
}

/// The neighbours of an order in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OrderNeighbours {
    /// The previous order; `None` for the first.
    pub before: Option<OrderId>,
    /// The next order; `None` for the last.
    pub after: Option<OrderId>,
}

/// The orders before and after this one in the list, which need not contain it.
pub(crate) fn neighbours(
    conn: &mut Connection,
    context: &Context,
    id: OrderId,
    filter: &OrderFilter,
) -> Result<OrderNeighbours> {
    let order = summary(conn, context, id)?;
    let at = Cursor::at(filter.identity(), filter.sort.key(&order), id.get());
    let mut beside = |position| {
        let one = filter.clone().page(PageRequest { limit: Limit::ONE, position });
        Ok::<_, Error>(list(conn, context, &one)?.items.first().map(|order| order.id))
    };
    Ok(OrderNeighbours { before: beside(PagePosition::Before(at.clone()))?, after: beside(PagePosition::After(at))? })
}

fn summary(conn: &mut Connection, context: &Context, id: OrderId) -> Result<OrderSummary> {
    let query = OrderFilter::default().query(conn, context)?.map(|mut query| {
        query.add(Condition::new(Column::Id, "{} = ?", [Value::Int(id.get())]));
        query
    });
    let orders = query.map(|query| rows(conn, query, OrderSort::Id, Edge::First, 1)).transpose()?;
    orders.into_iter().flatten().next().ok_or_else(|| Error::not_found("order", id))
}

/// Sort value, unless sorted by id, and id to fetch from.
fn edge(page: &PageRequest, list: List, sort: Column) -> Result<Edge<(Option<Value>, i64)>, Invalid> {
    let by_id = |id| (None, id);
    let by_time = |(time, id): (DateTime<Utc>, i64)| (Some(Value::Time(time)), id);
    let by_total = |(total, id): (Money, i64)| (Some(Value::Int(total.minor())), id);
    match sort {
        Column::PlacedAt => page.edge_by(list).map(|edge| edge.map(by_time)),
        Column::Total => page.edge_by(list).map(|edge| edge.map(by_total)),
        _ => page.edge(list).map(|edge| edge.map(by_id)),
    }
}

/// The columns of [`OrderRecord`] and [`OrderUser`]. The rows of a page are read after their ids were found, which often
/// takes only an index.
const ROWS: &str = "SELECT o.id, o.user_id, o.status, o.total, o.paid, o.refunded, o.item_count, o.adjustments, o.placed_at, \
     o.completed_at, o.cancelled_at, o.expires_at, o.cancel_reason, o.country, u.id, u.email, u.first_name, u.last_name \
     FROM ({page}) page JOIN orders o ON o.id = page.id JOIN users u ON u.id = o.user_id";

fn rows(
    conn: &mut Connection,
    query: Query,
    sort: OrderSort,
    edge: Edge<(Option<Value>, i64)>,
    limit: i64,
) -> Result<Vec<OrderSummary>> {
    type Columns = (ColumnsOf<OrderRecord>, ColumnsOf<OrderUser>);
    let query = query.page(conn, ROWS, (sort.column(), sort.direction()), edge, limit)?;
    let rows = query.rows::<Columns, (OrderRecord, OrderUser)>(conn)?;
    Ok(rows.into_iter().map(|(order, user)| OrderSummary::new(order, user)).collect())
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::{BigInt, Text};

    use super::*;
    use crate::Database;

    /// How SQLite finds the ids of a page, as its query plan.
    fn plan(filter: &OrderFilter) -> String {
        type Step = (i64, i64, i64, String);
        let db = Database::open("sqlite::memory:").unwrap();
        let steps = db.read(|conn| {
            let query = filter.query(conn, &Context::OPERATOR)?.unwrap();
            let order = (filter.sort.column(), filter.sort.direction());
            let explain = "EXPLAIN QUERY PLAN SELECT o.id FROM ({page}) page JOIN orders o ON o.id = page.id";
            let explain = query.page(conn, explain, order, Edge::First, 20)?;
            Ok::<_, Error>(explain.rows::<(BigInt, BigInt, BigInt, Text), Step>(conn)?)
        });
        let ids = steps.unwrap().into_iter().map(|step| step.3).find(|step| step.contains(" o"));
        ids.unwrap()
    }

    #[test]
    fn the_few_orders_that_are_not_completed_are_found_by_their_index_alone() {
        let all = OrderFilter::default;
        for sort in OrderSort::ALL {
            for few in [
                all().status(OrderStatus::Pending),
                all().status(OrderStatus::Cancelled).payment_state(PaymentState::PartPaid),
                all().payment_state(PaymentState::Unpaid).min_total(Money::from_minor(1)),
                all().status(OrderStatus::Refunded).period(Period::parse(Some("2026-01"), None).unwrap()),
            ] {
                let plan = plan(&few.clone().sort(*sort));
                assert_eq!(plan, "SEARCH o USING COVERING INDEX orders_status_idx (status=?)", "{few:?} {sort}");
            }
        }
    }

    #[test]
    fn completed_orders_are_read_in_their_sort_order() {
        let sorted = |sort| plan(&OrderFilter::default().status(OrderStatus::Completed).sort(sort));
        assert_eq!(sorted(OrderSort::IdDescending), "SCAN o");
        assert_eq!(sorted(OrderSort::PlacedAt), "SCAN o USING INDEX orders_placed_at_idx");
        assert_eq!(sorted(OrderSort::TotalDescending), "SCAN o USING INDEX orders_total_idx");
    }
}
