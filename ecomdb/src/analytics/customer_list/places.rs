//! Finding the positions of the customers on a page.
//!
//! If few users may match the filter, they are looked up first, and their positions are sorted here. Otherwise the
//! rollup is read in the order of the list, starting at the position of the page.

use std::cmp::Reverse;

use diesel::sql_types::BigInt;

use super::CustomerFilter;
use crate::analytics::sales::SalesReader;
use crate::engine::{Connection, Sql};
use crate::error::Result;
use crate::search::{Candidates, Index, candidates, candidates_to_count};
use crate::types::{Direction, Edge, RowCount, UserStatus};

/// The sort value of a customer ([`WITHOUT_ORDERS`] without orders), and the id.
pub(super) type Place = (i64, i64);

const WITHOUT_ORDERS: i64 = -1;

/// Maximum number of customers that are read at a time in search of matches.
const LARGEST_BATCH: i64 = 8_192;

/// The users that a list may contain, with the sales `s` of each: customers, and other users who have ordered.
const USERS: &str = "users u LEFT JOIN sales_by_customer s ON s.user_id = u.id AND s.orders > 0 \
                     WHERE (u.role = 'customer' OR s.user_id IS NOT NULL)";

/// The positions of a page, plus one if there are further rows, and the total number of rows.
pub(super) fn find(conn: &mut SalesReader<'_>, filter: &CustomerFilter, walk: Walk) -> Result<(Vec<Place>, RowCount)> {
    let condition = Condition::of(conn, filter, candidates)?;
    let wanted = filter.page.limit.get() + 1;
    if !condition.may_match_few(filter) {
        let counted = Condition::of(conn, filter, candidates_to_count)?;
        let count = count(conn, filter, &counted)?;
        return Ok((follow(conn, filter, &condition, walk, wanted)?, count));
    }
    Ok(match few(conn, filter, &condition)? {
        Some(places) => {
            let count = RowCount::of(places.len() as i64);
            (walk.along(places, wanted), count)
        }
        None => (follow(conn, filter, &condition, walk, wanted)?, RowCount::More),
    })
}

/// The conditions on users, as SQL about `u` that begins with AND.
struct Condition {
    sql: String,
    candidates: Option<Candidates>,
}

impl Condition {
    fn of(
        conn: &mut Connection,
        filter: &CustomerFilter,
        candidates: impl Fn(&mut Connection, Index, &str) -> Result<Candidates>,
    ) -> Result<Self> {
        let mut sql = match filter.status {
            Some(UserStatus::Active) => " AND u.status = 'active'",
            Some(UserStatus::Disabled) => " AND u.status = 'disabled'",
            None => "",
        }
        .to_owned();
        let search = filter.search.as_ref();
        let candidates = search.map(|search| candidates(conn, Index::Users, search)).transpose()?;
        if let Some(candidates) = &candidates {
            sql.push_str(&candidates.condition(Index::Users, "u.id"));
        }
        Ok(Self { sql, candidates })
    }

    fn bind(&self, query: Sql) -> Sql {
        match &self.candidates {
            Some(candidates) => candidates.bind(query),
            None => query,
        }
    }

    /// Whether to look up all matching users first.
    const fn may_match_few(&self, filter: &CustomerFilter) -> bool {
        matches!(self.candidates, Some(Candidates::Listed(_))) || filter.may_match_few()
    }
}

/// The condition on orders, as SQL about `s` that begins with AND.
const fn about_orders(has_ordered: Option<bool>) -> &'static str {
    match has_ordered {
        Some(true) => " AND s.user_id IS NOT NULL",
        Some(false) => " AND s.user_id IS NULL",
        None => "",
    }
}

/// The direction in which the list is read from the position of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    /// Whether it leads to lower values, and to higher ids among equal values. Otherwise both are reversed.
    is_descending: bool,
    /// The position after which it begins; `None` for the end of the list.
    behind: Option<Place>,
    /// Whether ids ascend among equal values of the list, independent of the direction of reading.
    pub(super) ids: Direction,
}

impl Walk {
    pub(super) fn of(filter: &CustomerFilter) -> Result<Self> {
        let is_descending = filter.is_descending();
        let ids = if is_descending { Direction::Ascending } else { Direction::Descending };
        Ok(match filter.page.edge_by::<i64>(filter.identity())? {
            Edge::First => Self { is_descending, behind: None, ids },
            Edge::After(place) => Self { is_descending, behind: Some(place), ids },
            Edge::Before(place) => Self { is_descending: !is_descending, behind: Some(place), ids },
        })
    }

    /// The first of these positions in the direction of reading.
    fn along(self, mut places: Vec<Place>, wanted: i64) -> Vec<Place> {
        let order = |(value, id): &Place| (Reverse(*value), *id);
        places.retain(|place| {
            self.behind.is_none_or(|behind| match self.is_descending {
                true => order(place) > order(&behind),
                false => order(place) < order(&behind),
            })
        });
        places.sort_unstable_by_key(order);
        if !self.is_descending {
            places.reverse();
        }
        places.truncate(wanted as usize);
        places
    }

    /// The starting points among customers with orders and among those without; `None` for a part that is not read.
    fn parts(self, has_ordered: Option<bool>) -> [Option<Option<Place>>; 2] {
        let is_without = |(value, _): &Place| *value == WITHOUT_ORDERS;
        let (with, without) = match (self.behind, self.is_descending) {
            (None, _) => (Some(None), Some(None)),
            (Some(place), true) if is_without(&place) => (None, Some(Some(place))),
            (Some(place), true) => (Some(Some(place)), Some(None)),
            (Some(place), false) if is_without(&place) => (Some(None), Some(Some(place))),
            (Some(place), false) => (Some(Some(place)), None),
        };
        [with.filter(|_| has_ordered != Some(false)), without.filter(|_| has_ordered != Some(true))]
    }
}

/// The positions of all matching customers, if there are at most [`RowCount::MAX`].
fn few(conn: &mut SalesReader<'_>, filter: &CustomerFilter, condition: &Condition) -> Result<Option<Vec<Place>>> {
    let value = filter.column().map_or("u.id".to_owned(), |column| format!("COALESCE(s.{column}, {WITHOUT_ORDERS})"));
    let query = conn.sql(format!(
        "SELECT {value}, u.id FROM {USERS}{}{} LIMIT ?",
        about_orders(filter.has_ordered),
        condition.sql
    ));
    let query = condition.bind(query).int(RowCount::MAX + 1);
    let places = query.rows::<(BigInt, BigInt), Place>(conn)?;
    Ok((places.len() as i64 <= RowCount::MAX).then_some(places))
}

fn count(conn: &mut SalesReader<'_>, filter: &CustomerFilter, condition: &Condition) -> Result<RowCount> {
    let rows = match filter.has_ordered {
        Some(true) => "sales_by_customer s JOIN users u ON u.id = s.user_id WHERE s.orders > 0".to_owned(),
        has_ordered => format!("{USERS}{}", about_orders(has_ordered)),
    };
    let query = conn.sql(format!("SELECT COUNT(*) FROM (SELECT u.id FROM {rows}{} LIMIT ?) counted", condition.sql));
    let counted = condition.bind(query).int(RowCount::MAX + 1).one::<BigInt, i64>(conn)?;
    Ok(RowCount::of(counted))
}

/// The next positions in the direction of reading.
fn follow(
    conn: &mut SalesReader<'_>,
    filter: &CustomerFilter,
    condition: &Condition,
    walk: Walk,
    wanted: i64,
) -> Result<Vec<Place>> {
    let has_ordered = filter.has_ordered;
    let Some(column) = filter.column() else {
        let users = Users { has_ordered, is_ascending: !walk.is_descending, beyond: walk.behind.map(|(_, id)| id) };
        let ids = users.read(conn, condition, wanted)?;
        return Ok(ids.into_iter().map(|id| (id, id)).collect());
    };
    let [with, without] = walk.parts(has_ordered);
    let buyers = |conn: &mut SalesReader<'_>, wanted| match with {
        Some(behind) => with_orders(conn, column, condition, Walk { behind, ..walk }, wanted),
        None => Ok(Vec::new()),
    };
    let others = |conn: &mut SalesReader<'_>, wanted| match without {
        Some(behind) => without_orders(conn, condition, Walk { behind, ..walk }, wanted),
        None => Ok(Vec::new()),
    };
    let mut places = if walk.is_descending { buyers(conn, wanted)? } else { others(conn, wanted)? };
    let rest = wanted - places.len() as i64;
    if rest > 0 {
        places.extend(if walk.is_descending { others(conn, rest)? } else { buyers(conn, rest)? });
    }
    Ok(places)
}

/// Customers with orders. The rollup is read alone, in growing batches, because it has an index by revenue, and because
/// joining each user before sorting costs more than looking up the users of a batch.
fn with_orders(
    conn: &mut SalesReader<'_>,
    column: &str,
    condition: &Condition,
    mut walk: Walk,
    wanted: i64,
) -> Result<Vec<Place>> {
    let (mut places, mut batch) = (Vec::new(), wanted);
    // The last day has no index of its own; that of the orders would have SQLite look up every row.
    let orders = if column == "last_day" { conn.unindexed("orders") } else { "orders".to_owned() };
    loop {
        let (compare, further, order) = match walk.is_descending {
            true => ("<", ">", format!("{column} DESC, user_id")),
            false => (">", "<", format!("{column}, user_id DESC")),
        };
        let behind = match walk.behind {
            Some(_) => format!(" AND {column} {compare}= ? AND ({column} {compare} ? OR user_id {further} ?)"),
            None => String::new(),
        };
        let query = conn.sql(format!(
            "SELECT b.place, b.user_id, COALESCE(u.id, 0) FROM (SELECT user_id, {column} AS place \
             FROM sales_by_customer WHERE {orders} > 0{behind} ORDER BY {order} LIMIT ?) b \
             LEFT JOIN users u ON u.id = b.user_id{}",
            condition.sql
        ));
        let query = walk.behind.iter().fold(query, |query, (value, id)| query.int(*value).int(*value).int(*id));
        let rows = condition.bind(query.int(batch)).rows::<(BigInt, BigInt, BigInt), (i64, i64, i64)>(conn)?;
        let found = rows.iter().filter(|(_, _, user)| *user != 0).map(|(value, id, _)| (*value, *id)).collect();
        places.extend(walk.along(found, wanted - places.len() as i64));
        if (rows.len() as i64) < batch || places.len() as i64 == wanted {
            return Ok(places);
        }
        walk.behind = walk.along(rows.into_iter().map(|(value, id, _)| (value, id)).collect(), batch).pop();
        batch = (batch * 8).min(LARGEST_BATCH);
    }
}

/// Customers without orders.
fn without_orders(conn: &mut SalesReader<'_>, condition: &Condition, walk: Walk, wanted: i64) -> Result<Vec<Place>> {
    let beyond = walk.behind.map(|(_, id)| id);
    let users = Users { has_ordered: Some(false), is_ascending: walk.is_descending, beyond };
    Ok(users.read(conn, condition, wanted)?.into_iter().map(|id| (WITHOUT_ORDERS, id)).collect())
}

/// Customers by id.
struct Users {
    has_ordered: Option<bool>,
    is_ascending: bool,
    /// The id after which they begin.
    beyond: Option<i64>,
}

impl Users {
    fn read(&self, conn: &mut SalesReader<'_>, condition: &Condition, wanted: i64) -> Result<Vec<i64>> {
        let (beyond, order) = if self.is_ascending { (">", "") } else { ("<", " DESC") };
        let beyond = self.beyond.map_or(String::new(), |_| format!(" AND u.id {beyond} ?"));
        let query = conn.sql(format!(
            "SELECT u.id FROM {USERS}{}{}{beyond} ORDER BY u.id{order} LIMIT ?",
            about_orders(self.has_ordered),
            condition.sql
        ));
        let query = self.beyond.into_iter().fold(condition.bind(query), Sql::int);
        Ok(query.int(wanted).rows::<BigInt, i64>(conn)?)
    }
}
