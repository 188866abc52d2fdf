//! The list of customers with what they have bought.

mod places;

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::{Deserialize, Serialize};

use self::places::{Place, Walk};
use super::sales::{SalesReader, slices};
use crate::engine::{Moment, Sql, marks};
use crate::error::{Error, Result};
use crate::types::setters::setters;
use crate::types::text_enum::text_enum;
use crate::types::time::{json_time, maybe_json_time};
use crate::types::{List, Money, Page, PageRequest, RowCount, UserId, UserStatus};

text_enum! {
    /// Sort order of customers. Ties are broken by id: ascending in a descending order, and the reverse. Customers
    /// without a completed order have spent less, and ordered fewer times and earlier, than those with one.
    CustomerSort (default TotalSpentDescending) {
        /// Descending spending (default).
        TotalSpentDescending = "-total_spent",
        /// Ascending spending.
        TotalSpent = "total_spent",
        /// Descending number of completed orders.
        OrdersDescending = "-orders",
        /// Ascending number of completed orders.
        Orders = "orders",
        /// The latest last order first, by its day (UTC).
        LastOrderDescending = "-last_order",
        /// The earliest last order first, by its day (UTC).
        LastOrder = "last_order",
        /// Descending id.
        IdDescending = "-id",
        /// Ascending id, which is the order of creation.
        Id = "id",
    }
}

/// Filter, sort order and page of a list of customers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CustomerFilter {
    /// Requested page.
    pub page: PageRequest,
    /// Sort order.
    pub sort: CustomerSort,
    /// Only customers with this status.
    pub status: Option<UserStatus>,
    /// Only customers with a completed order, or only those without.
    pub has_ordered: Option<bool>,
    /// Only customers with all of these words in first name, last name or e-mail address; see
    /// [`UserFilter`](crate::UserFilter#search).
    pub search: Option<String>,
}

setters! {
    CustomerFilter {
        value page: PageRequest, value sort: CustomerSort, some status: UserStatus, some has_ordered: bool,
        text search: String,
    }
}

/// A customer, and what it has bought.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct CustomerSummary {
    /// User id.
    pub user_id: UserId,
    /// E-mail address.
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Status of the user.
    pub status: UserStatus,
    /// When the user was created (UTC).
    #[serde(serialize_with = "json_time")]
    pub created_at: DateTime<Utc>,
    /// Number of completed orders.
    pub orders: i64,
    /// Sum of the totals of these orders.
    pub total_spent: Money,
    /// Sum of the partial refunds of these orders.
    pub refunds: Money,
    /// When the last of these orders was placed (UTC). Of several on its day (UTC), this is the one with the highest id.
    #[serde(serialize_with = "maybe_json_time")]
    pub last_order: Option<DateTime<Utc>>,
}

impl CustomerSummary {
    /// Spending less refunds.
    #[must_use]
    pub fn net_spent(&self) -> Money {
        Money::from_minor(self.total_spent.minor() - self.refunds.minor())
    }

    /// Average value of the orders, rounded half up to the cent; zero without orders.
    #[must_use]
    pub fn average_order_value(&self) -> Money {
        self.total_spent.divided_by(self.orders)
    }
}

/// A page of customers, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomerList {
    /// The page.
    pub page: Page<CustomerSummary>,
    /// Number of customers that match the filter, on all pages.
    pub count: RowCount,
}

pub(crate) fn list(conn: &mut SalesReader<'_>, filter: &CustomerFilter) -> Result<CustomerList> {
    let walk = Walk::of(filter)?;
    let (places, count) = places::find(conn, filter, walk)?;
    let place = |(value, id): &Place| (Some(value.to_string()), *id);
    let page = Page::sorted(places, &filter.page, filter.identity(), walk.ids, place);
    let ids: Vec<i64> = page.items.iter().map(|(_, id)| *id).collect();
    let items = summaries(conn, &ids)?;
    Ok(CustomerList { page: Page { items, previous: page.previous, next: page.next }, count })
}

/// One user, whether or not it is a customer.
pub(crate) fn one(conn: &mut SalesReader<'_>, id: UserId) -> Result<CustomerSummary> {
    let found = summaries(conn, &[id.get()])?;
    found.into_iter().next().ok_or_else(|| Error::not_found("user", id))
}

impl CustomerFilter {
    /// Identity of the list for its cursors: its filters and its sort order.
    fn identity(&self) -> List {
        let Self { page: _, sort, status, has_ordered, search } = self;
        List::new("customers", &format!("{sort} {:?}", (status, has_ordered, search)))
    }

    /// Whether so few users may match the filter, search aside, that they are looked up first.
    const fn may_match_few(&self) -> bool {
        matches!(self.status, Some(UserStatus::Disabled)) || matches!(self.has_ordered, Some(false))
    }

    const fn is_descending(&self) -> bool {
        use CustomerSort::*;
        matches!(self.sort, TotalSpentDescending | OrdersDescending | LastOrderDescending | IdDescending)
    }

    /// The column of the rollup that the list is sorted by; `None` if it is sorted by id.
    const fn column(&self) -> Option<&'static str> {
        match self.sort {
            CustomerSort::TotalSpentDescending | CustomerSort::TotalSpent => Some("revenue"),
            CustomerSort::OrdersDescending | CustomerSort::Orders => Some("orders"),
            CustomerSort::LastOrderDescending | CustomerSort::LastOrder => Some("last_day"),
            CustomerSort::IdDescending | CustomerSort::Id => None,
        }
    }
}

/// The customers with these ids, in the same order.
fn summaries(conn: &mut SalesReader<'_>, ids: &[i64]) -> Result<Vec<CustomerSummary>> {
    type Columns = (BigInt, Text, Text, Text, Text, Moment, BigInt, BigInt, BigInt, Nullable<Moment>);
    type Row = (i64, String, String, String, UserStatus, DateTime<Utc>, i64, i64, i64, Option<DateTime<Utc>>);
    let mut found = Vec::new();
    for some in slices(ids) {
        let last_order = format!(
            "SELECT o.placed_at FROM orders o WHERE o.user_id = u.id AND o.status = 'completed' \
             AND {day} = s.last_day ORDER BY o.id DESC LIMIT 1",
            day = conn.day("o.placed_at")
        );
        let query = conn.sql(format!(
            "SELECT u.id, u.email, u.first_name, u.last_name, u.status, u.created_at, \
             COALESCE(s.orders, 0), COALESCE(s.revenue, 0), COALESCE(s.refunded, 0), ({last_order}) \
             FROM users u LEFT JOIN sales_by_customer s ON s.user_id = u.id AND s.orders > 0 WHERE u.id IN ({})",
            marks(some.len())
        ));
        found.extend(some.iter().copied().fold(query, Sql::int).rows::<Columns, Row>(conn)?);
    }
    let place = |row: &Row| ids.iter().position(|id| *id == row.0);
    found.sort_by_cached_key(place);
    let summary = |(id, email, first_name, last_name, status, created_at, orders, revenue, refunded, last): Row| {
        CustomerSummary {
            user_id: UserId::new(id),
            email,
            first_name,
            last_name,
            status,
            created_at,
            orders,
            total_spent: Money::from_minor(revenue),
            refunds: Money::from_minor(refunded),
            last_order: last,
        }
    };
    Ok(found.into_iter().map(summary).collect())
}
