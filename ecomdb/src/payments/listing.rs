//! Lists of payments.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::context::Context;
use crate::engine::{Connection, MultiBackend, count_rows};
use crate::error::{Error, Result};
use crate::ordering::Payment;
use crate::schema::{orders, payments};
use crate::types::keyset::sorted;
use crate::types::setters::setters;
use crate::types::{List, OrderId, Page, PageRequest, PaymentId, PaymentStatus, RowCount, UserId};

/// Filter and page of a list of payments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PaymentFilter {
    /// Requested page.
    pub page: PageRequest,
    /// Only payments of this order.
    pub order_id: Option<OrderId>,
    /// Only payments with this status.
    pub status: Option<PaymentStatus>,
}

setters! {
    PaymentFilter { value page: PageRequest, some order_id: OrderId, some status: PaymentStatus }
}

impl PaymentFilter {
    /// Identity of the list for its cursors: all filters.
    fn identity(&self) -> List {
        let Self { page: _, order_id, status } = self;
        List::new("payments", &format!("{:?}", (order_id, status)))
    }
}

/// The payment. An owner can read only payments of its own orders.
pub(crate) fn get(conn: &mut Connection, context: &Context, id: PaymentId) -> Result<Payment> {
    let payment = payments::table.find(id).select(Payment::as_select());
    let payment = match context.owner() {
        Some(owner) => payment.filter(payments::order_id.eq_any(orders_of(owner))).get_result(conn),
        None => payment.get_result(conn),
    };
    payment.optional()?.ok_or_else(|| Error::not_found("payment", id))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn orders_of(user: UserId) -> _ {
    let of_user: diesel::dsl::Eq<orders::user_id, UserId> = orders::user_id.eq(user);
    orders::table.filter(of_user).select(orders::id)
}

/// The condition for a status. The words are part of the text: the index contains all payments except paid ones, and
/// SQLite uses it only for a query that repeats the condition of the index.
fn has_status(status: PaymentStatus) -> SqlLiteral<Bool> {
    let condition_of_index = if status == PaymentStatus::Paid { "" } else { " AND payments.status <> 'paid'" };
    sql(&format!("(payments.status = '{status}'{condition_of_index})"))
}

/// The payments that match the filter and that the caller can see.
fn matching(context: &Context, filter: &PaymentFilter) -> payments::BoxedQuery<'static, MultiBackend> {
    let mut query = payments::table.into_boxed();
    if let Some(owner) = context.owner() {
        query = query.filter(payments::order_id.eq_any(orders_of(owner)));
    }
    if let Some(order) = filter.order_id {
        query = query.filter(payments::order_id.eq(order));
    }
    if let Some(status) = filter.status {
        query = query.filter(has_status(status));
    }
    query
}

/// The number of payments that match the filter.
pub(crate) fn count(conn: &mut Connection, context: &Context, filter: &PaymentFilter) -> Result<RowCount> {
    Ok(count_rows(conn, matching(context, filter).select(payments::id))?)
}

pub(crate) fn list(conn: &mut Connection, context: &Context, filter: &PaymentFilter) -> Result<Page<Payment>> {
    let (page, list) = (&filter.page, filter.identity());
    let payments = matching(context, filter).select(Payment::as_select());
    let (query, direction) = sorted!(payments, page, list, descending payments::id);
    let rows = query.load(conn)?;
    Ok(Page::of(rows, page, list, direction, |payment: &Payment| payment.id.get()))
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::{BigInt, Text};

    use super::*;
    use crate::Database;

    #[test]
    fn the_few_payments_that_are_not_paid_are_found_by_their_index() {
        type Step = (i64, i64, i64, String);
        let db = Database::open("sqlite::memory:").unwrap();
        for status in PaymentStatus::ALL {
            let of_status = payments::table.filter(has_status(*status)).order(payments::id.desc()).select(payments::id);
            let query = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&of_status).to_string();
            let explain = format!("EXPLAIN QUERY PLAN {}", query.split(" -- ").next().unwrap_or_default());
            let plan = db.read(|conn| {
                let explain = crate::engine::sql(explain.clone());
                Ok::<_, Error>(explain.rows::<(BigInt, BigInt, BigInt, Text), Step>(conn)?)
            });
            let expected = match status {
                PaymentStatus::Paid => "SCAN payments",
                _ => "SEARCH payments USING COVERING INDEX payments_status_idx (status=?)",
            };
            assert_eq!(plan.unwrap().iter().map(|step| &*step.3).collect::<Vec<_>>(), [expected], "{status}");
        }
    }
}
