//! RFM analysis: recency, frequency and monetary value of customers.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Text};

use super::calendar::start_of_day;
use super::customers::Bought;
use super::rows::{RfmCustomer, RfmSegmentSummary};
use super::sales::SalesReader;
use crate::engine::{Connection, Sql, sql};
use crate::error::Result;
use crate::types::text_enum::text_enum;
use crate::types::{Limit, Money, Period, UserId};

text_enum! {
    /// A group of customers with similar scores. R is the recency score. V (value) is the mean of the frequency and the
    /// monetary score, rounded half up.
    RfmSegment {
        /// R 4 to 5, V 4 to 5: recent, frequent and high spending.
        Champions = "champions",
        /// R 3, V 4 to 5: high value, but not recent.
        Loyal = "loyal",
        /// R 4 to 5, V 2 to 3: recent, of medium value.
        PotentialLoyalists = "potential_loyalists",
        /// R 4 to 5, V 1: recent, of low value.
        Recent = "recent",
        /// R 3, V 1 to 3: neither recent nor of high value.
        NeedAttention = "need_attention",
        /// R 1 to 2, V 4 to 5: high value, but no order for long.
        AtRisk = "at_risk",
        /// R 2, V 1 to 3: no order for long.
        Hibernating = "hibernating",
        /// R 1, V 1 to 3: no order for the longest time.
        Lost = "lost",
    }
}

impl RfmSegment {
    const fn of(recency: i64, frequency: i64, monetary: i64) -> Self {
        let value = (frequency + monetary + 1) / 2;
        match (recency, value) {
            (4.., 4..) => Self::Champions,
            (4.., 2..) => Self::PotentialLoyalists,
            (4.., _) => Self::Recent,
            (3, 4..) => Self::Loyal,
            (3, _) => Self::NeedAttention,
            (_, 4..) => Self::AtRisk,
            (2, _) => Self::Hibernating,
            (_, _) => Self::Lost,
        }
    }
}

struct Scored {
    user: i64,
    orders: i64,
    revenue: i64,
    last_day: i64,
    scores: [i64; 3],
    segment: RfmSegment,
}

pub(crate) fn segments(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<RfmSegmentSummary>> {
    let mut sums: BTreeMap<RfmSegment, (i64, i64, Money)> =
        RfmSegment::ALL.iter().map(|segment| (*segment, (0, 0, Money::ZERO))).collect();
    for customer in scored(conn, period)? {
        let (customers, orders, revenue) = sums.entry(customer.segment).or_default();
        *customers += 1;
        *orders += customer.orders;
        *revenue = revenue.plus(Money::from_minor(customer.revenue))?;
    }
    let summary = |(segment, (customers, orders, revenue)): (_, (_, _, Money))| {
        let revenue_per_customer = revenue.divided_by(customers);
        RfmSegmentSummary { segment, customers, orders, revenue, revenue_per_customer }
    };
    Ok(sums.into_iter().map(summary).collect())
}

pub(crate) fn customers(
    conn: &mut SalesReader<'_>,
    period: &Period,
    segment: Option<RfmSegment>,
    limit: Limit,
) -> Result<Vec<RfmCustomer>> {
    let mut scored = scored(conn, period)?;
    scored.retain(|customer| segment.is_none_or(|segment| segment == customer.segment));
    scored.sort_unstable_by_key(|customer| (std::cmp::Reverse(customer.scores.iter().sum::<i64>()), customer.user));
    scored.truncate(limit.get() as usize);
    let emails = emails(conn, &scored)?;
    let customer =
        |Scored { user, orders, revenue, last_day, scores: [recency, frequency, monetary], segment }| RfmCustomer {
            user_id: UserId::new(user),
            email: emails.get(&user).cloned().unwrap_or_default(),
            last_order: start_of_day(last_day).date_naive(),
            orders,
            total_spent: Money::from_minor(revenue),
            recency_score: recency,
            frequency_score: frequency,
            monetary_score: monetary,
            segment,
        };
    Ok(scored.into_iter().map(customer).collect())
}

/// What the scores of one customer are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values {
    pub(super) last_day: i64,
    pub(super) orders: i64,
    pub(super) revenue: i64,
}

/// Recency, frequency and monetary score of one customer, and its segment.
pub(super) struct Score {
    pub(super) scores: [i64; 3],
    pub(super) segment: RfmSegment,
}

/// The scores of one customer among all, from the numbers of customers with lower values. Each is counted in an index of
/// its own, or in one scan; a condition on `orders` beside another would have SQLite look up the row of each entry.
pub(super) fn score(conn: &mut SalesReader<'_>, values: Values) -> Result<Score> {
    let (orders, revenue) = (conn.unindexed("orders"), conn.unindexed("revenue"));
    let int = conn.int_type();
    // Rows of users without orders stay, with a revenue of zero.
    let select = conn.sql(format!(
        "SELECT (SELECT COUNT(*) FROM sales_by_customer WHERE orders > 0), \
         (SELECT COUNT(*) FROM sales_by_customer WHERE {orders} > 0 AND last_day < ?), \
         (SELECT COUNT(*) FROM sales_by_customer WHERE orders > 0 AND orders < ?), \
         CAST((SELECT COUNT(*) FROM sales_by_customer WHERE revenue < ?) \
         - (SELECT COUNT(*) FROM sales_by_customer WHERE orders <= 0 AND {revenue} < ?) AS {int})"
    ));
    type Row = (i64, i64, i64, i64);
    let Values { last_day, orders, revenue } = values;
    let select = select.int(last_day).int(orders).int(revenue).int(revenue);
    let (customers, by_day, by_orders, by_revenue) = select.one::<(BigInt, BigInt, BigInt, BigInt), Row>(conn)?;
    let scores = [by_day, by_orders, by_revenue].map(|lower| 1 + 5 * lower / customers.max(1));
    Ok(Score { scores, segment: RfmSegment::of(scores[0], scores[1], scores[2]) })
}

fn emails(conn: &mut Connection, customers: &[Scored]) -> Result<BTreeMap<i64, String>> {
    let mut emails = BTreeMap::new();
    for some in super::sales::slices(customers) {
        let marks = vec!["?"; some.len()].join(", ");
        let select = sql(format!("SELECT id, email FROM users WHERE id IN ({marks})"));
        let select = some.iter().map(|customer| customer.user).fold(select, Sql::int);
        emails.extend(select.rows::<(BigInt, Text), (i64, String)>(conn)?);
    }
    Ok(emails)
}

/// Scores of all customers of the period.
fn scored(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<Scored>> {
    type Row = (i64, i64, i64, i64);
    let rows: Vec<Row> = match Bought::in_period(period) {
        bought @ Bought::Ever => {
            let query = bought.rows(conn);
            conn.sql(query).rows::<(BigInt, BigInt, BigInt, BigInt), Row>(conn)?
        }
        bought @ Bought::Within(_) => {
            let totals = bought.totals(conn)?;
            totals.into_iter().map(|(user, [orders, revenue, last_day])| (user, orders, revenue, last_day)).collect()
        }
    };
    let recency = scores(rows.iter().map(|(_, _, _, last_day)| *last_day).collect());
    let frequency = scores(rows.iter().map(|(_, orders, _, _)| *orders).collect());
    let monetary = scores(rows.iter().map(|(_, _, revenue, _)| *revenue).collect());
    let score = |(user, orders, revenue, last_day): Row| {
        let scores = [recency.of(last_day), frequency.of(orders), monetary.of(revenue)];
        let segment = RfmSegment::of(scores[0], scores[1], scores[2]);
        Scored { user, orders, revenue, last_day, scores, segment }
    };
    Ok(rows.into_iter().map(score).collect())
}

/// The lowest value with each score from 2 to 5; `None` if nobody has it.
struct Scores([Option<i64>; 4]);

impl Scores {
    fn of(&self, value: i64) -> i64 {
        1 + self.0.iter().flatten().filter(|lowest| **lowest <= value).count() as i64
    }
}

fn scores(mut values: Vec<i64>) -> Scores {
    let n = values.len();
    let mut lowest = [None; 4];
    for (s, lowest) in lowest.iter_mut().enumerate() {
        // Since the score is 1 + floor(5 * b / n), score s + 2 begins at the lowest value with at least this many below.
        let fewest = ((s + 1) * n).div_ceil(5);
        if fewest >= n {
            break;
        }
        let (below, value, above) = values.select_nth_unstable(fewest);
        let value = *value;
        *lowest = match below.iter().all(|other| *other < value) {
            true => Some(value),
            false => above.iter().copied().filter(|other| *other > value).min(),
        };
    }
    Scores(lowest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score_each(values: &[i64]) -> Vec<i64> {
        let scores = scores(values.to_vec());
        values.iter().map(|value| scores.of(*value)).collect()
    }

    #[test]
    fn fifths_of_the_customers_get_each_score() {
        assert_eq!(score_each(&[10, 20, 30, 40, 50, 60, 70, 80, 90, 100]), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    }

    #[test]
    fn equal_customers_have_equal_scores_and_an_empty_list_has_none() {
        assert_eq!(score_each(&[7, 7, 7]), [1, 1, 1]);
        assert_eq!(score_each(&[1, 1, 1, 1, 2]), [1, 1, 1, 1, 5]);
        assert_eq!(score_each(&[1, 2, 2, 2, 2]), [1, 2, 2, 2, 2]);
        assert_eq!(score_each(&[]), [0; 0]);
    }

    #[test]
    fn scores_are_those_of_the_formula() {
        let values: Vec<i64> = (0..97_i64).map(|i| i * i % 41).collect();
        let n = values.len();
        for (value, score) in values.iter().zip(score_each(&values)) {
            let below = values.iter().filter(|other| *other < value).count();
            assert_eq!(score, 1 + (5 * below / n) as i64);
        }
    }
}
