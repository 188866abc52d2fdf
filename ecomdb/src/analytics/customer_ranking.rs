//! The customers with the most orders or the highest revenue of a period.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use diesel::sql_types::BigInt;

use super::calendar::{Buckets, Split, split_by_day};
use super::customers::Bought;
use super::ranking::{Highest, Walk};
use super::sales::{SalesReader, slices};
use super::totals::{Totals, highest};
use crate::engine::{Engine, Sql, marks};
use crate::error::Result;
use crate::types::{Limit, Period};

/// Customer, orders and revenue.
pub(super) type Ranked = (i64, i64, i64);

/// The value by which customers are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Orders,
    Revenue,
}

impl By {
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Revenue => "revenue",
        }
    }

    fn of(self, (_, orders, revenue): Ranked) -> i64 {
        match self {
            Self::Orders => orders,
            Self::Revenue => revenue,
        }
    }
}

/// The customers with the highest values, highest first. Ties are broken by id.
pub(super) fn highest_within(conn: &mut SalesReader<'_>, by: By, period: &Period, limit: Limit) -> Result<Vec<Ranked>> {
    let Split { whole, parts } = split_by_day(period.bounds());
    if let Some(days) = whole.filter(|_| conn.is_folded()) {
        let ends = Bought::Within(Split { whole: None, parts }).totals(conn)?;
        let within = Within { by, days, ends };
        let (orders, highest_user) = within.size(conn)?;
        if let Some(first) = within.highest_of_candidates(conn, Walk::new(limit, orders), limit)? {
            return Ok(first);
        }
        if conn.engine() == Engine::Sqlite
            && Totals::lie_close(orders, highest_user)
            && let Some(first) = within.highest_of_all(conn, highest_user, limit)?
        {
            return Ok(first);
        }
    }
    let place = if by == By::Orders { 0 } else { 1 };
    let first = highest(Bought::in_period(period).totals(conn)?.iter(), place, limit);
    Ok(first.into_iter().map(|(user, [orders, revenue, _])| (user, orders, revenue)).collect())
}

/// A period with whole days.
struct Within {
    by: By,
    days: Buckets,
    /// Orders and revenue before and after the whole days.
    ends: Totals,
}

impl Within {
    /// Orders of the whole days, and the highest id of a customer of all time.
    fn size(&self, conn: &mut SalesReader<'_>) -> Result<(i64, i64)> {
        let int = conn.int_type();
        let select = conn.sql(format!(
            "SELECT CAST(COALESCE(SUM(orders), 0) AS {int}), (SELECT COALESCE(MAX(user_id), 0) FROM sales_by_customer) \
             FROM sales_by_day WHERE day >= ? AND day < ?"
        ));
        Ok(select.int(self.days.0).int(self.days.1).one::<(BigInt, BigInt), (i64, i64)>(conn)?)
    }

    /// The highest, found among the customers with the highest values of all time; `None` if adding up all customers is
    /// faster. See [`ranking`](super::ranking).
    fn highest_of_candidates(
        &self,
        conn: &mut SalesReader<'_>,
        mut walk: Walk,
        limit: Limit,
    ) -> Result<Option<Vec<Ranked>>> {
        let column = self.by.column();
        let mut highest = Highest::new(limit);
        while walk.goes_on() {
            let candidates = conn.sql(format!(
                "SELECT user_id, {column} FROM sales_by_customer WHERE orders > 0 \
                 ORDER BY {column} DESC, user_id LIMIT ? OFFSET ?"
            ));
            let candidates = candidates.int(walk.slice).int(walk.offset);
            let candidates: Vec<(i64, i64)> = candidates.rows::<(BigInt, BigInt), _>(conn)?;
            let users: Vec<i64> = candidates.iter().map(|(user, _)| *user).collect();
            let (spent, rows) = self.spent(conn, &users)?;
            for ranked in spent.into_iter().filter(|(_, orders, _)| *orders > 0) {
                highest.offer(self.by.of(ranked), ranked.0, ranked);
            }
            let is_end = (candidates.len() as i64) < walk.slice;
            if is_end || candidates.last().is_some_and(|(_, ever)| highest.exceed(*ever)) {
                return Ok(Some(highest.into_sorted().map(|(_, ranked)| ranked).collect()));
            }
            walk.step(rows);
            if let Some(lowest) = highest.lowest() {
                let above = format!("SELECT COUNT(*) FROM sales_by_customer WHERE {column} >= ?");
                walk.expect(conn.sql(above).int(lowest).one::<BigInt, i64>(conn)?);
            }
        }
        Ok(None)
    }

    /// Orders and revenue of these customers, in no particular order, and the number of rows that were read.
    fn spent(&self, conn: &mut SalesReader<'_>, users: &[i64]) -> Result<(Vec<Ranked>, i64)> {
        let int = conn.int_type();
        let (mut spent, mut days) = (Vec::with_capacity(users.len()), 0);
        let mut missing: BTreeSet<i64> = users.iter().copied().collect();
        let add = |(user, orders, revenue): Ranked| {
            let [more_orders, more_revenue, _] = self.ends.get(user).unwrap_or_default();
            (user, orders + more_orders, revenue + more_revenue)
        };
        for some in slices(users) {
            let select = conn.sql(format!(
                "SELECT user_id, CAST(SUM(orders) AS {int}), CAST(SUM(revenue) AS {int}), COUNT(*) \
                 FROM sales_by_customer_day WHERE user_id IN ({}) AND day >= ? AND day < ? GROUP BY user_id",
                marks(some.len())
            ));
            let select = some.iter().copied().fold(select, Sql::int).int(self.days.0).int(self.days.1);
            type Row = (i64, i64, i64, i64);
            for (user, orders, revenue, count) in select.rows::<(BigInt, BigInt, BigInt, BigInt), Row>(conn)? {
                missing.remove(&user);
                days += count;
                spent.push(add((user, orders, revenue)));
            }
        }
        spent.extend(missing.into_iter().map(|user| add((user, 0, 0))));
        Ok((spent, days))
    }

    /// The highest of all customers, whose ids must be close together. `None` if some of them have spent nothing.
    fn highest_of_all(
        &self,
        conn: &mut SalesReader<'_>,
        highest_user: i64,
        limit: Limit,
    ) -> Result<Option<Vec<Ranked>>> {
        let place = if self.by == By::Orders { 0 } else { 1 };
        let mut sums = vec![0; usize::try_from(highest_user).unwrap_or_default() + 1];
        let mut add = |(user, value): (i64, i64)| {
            if let Some(sum) = usize::try_from(user).ok().and_then(|user| sums.get_mut(user)) {
                *sum += value;
            }
        };
        let column = self.by.column();
        let select =
            conn.sql(format!("SELECT user_id, {column} FROM sales_by_customer_day WHERE day >= ? AND day < ?"));
        select.int(self.days.0).int(self.days.1).each::<(BigInt, BigInt), _>(conn, &mut add)?;
        self.ends.iter().for_each(|(user, values)| add((user, values[place])));
        let mut highest = Highest::new(limit);
        for (user, sum) in sums.into_iter().enumerate().filter(|(_, sum)| *sum > 0) {
            highest.offer(sum, user as i64, ());
        }
        // Customers who have spent nothing may have ordered something.
        if self.by == By::Revenue && !highest.exceed(0) {
            return Ok(None);
        }
        let users: Vec<i64> = highest.into_sorted().map(|(user, ())| user).collect();
        let (mut spent, _) = self.spent(conn, &users)?;
        spent.sort_unstable_by_key(|ranked| (Reverse(self.by.of(*ranked)), ranked.0));
        Ok(Some(spent))
    }
}
