//! RFM analysis: recency, frequency and monetary value of customers.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Text};

use super::calendar::start_of_day;
use super::customers::Bought;
use super::ranking::Highest;
use super::rows::{RfmCustomer, RfmSegmentSummary};
use super::sales::SalesReader;
use super::totals::Totals;
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

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Scored {
    user: i64,
    orders: i64,
    revenue: i64,
    last_day: i64,
    scores: [i64; 3],
    segment: RfmSegment,
}

pub(crate) fn segments(conn: &mut SalesReader<'_>, period: &Period) -> Result<Vec<RfmSegmentSummary>> {
    let mut sums = [(0, 0, Money::ZERO); RfmSegment::ALL.len()];
    let customers = Customers::of(conn, period)?;
    for customer in customers.scored() {
        let (customers, orders, revenue) = &mut sums[customer.segment as usize];
        *customers += 1;
        *orders += customer.orders;
        *revenue = revenue.plus(Money::from_minor(customer.revenue))?;
    }
    let summary = |(segment, (customers, orders, revenue)): (&RfmSegment, (i64, i64, Money))| {
        let revenue_per_customer = revenue.divided_by(customers);
        RfmSegmentSummary { segment: *segment, customers, orders, revenue, revenue_per_customer }
    };
    Ok(RfmSegment::ALL.iter().zip(sums).map(summary).collect())
}

pub(crate) fn customers(
    conn: &mut SalesReader<'_>,
    period: &Period,
    segment: Option<RfmSegment>,
    limit: Limit,
) -> Result<Vec<RfmCustomer>> {
    let customers = Customers::of(conn, period)?;
    let mut highest = Highest::new(limit);
    for scored in customers.scored().filter(|scored| segment.is_none_or(|segment| segment == scored.segment)) {
        highest.offer(scored.scores.iter().sum(), scored.user, scored);
    }
    let scored: Vec<Scored> = highest.into_sorted().map(|(_, scored)| scored).collect();
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

/// The values from which the scores of one customer follow.
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

/// All customers of a period, and what their scores begin with.
struct Customers {
    /// Orders, revenue and day of the last order.
    totals: Totals,
    recency: Scores,
    frequency: Scores,
    monetary: Scores,
}

impl Customers {
    fn of(conn: &mut SalesReader<'_>, period: &Period) -> Result<Self> {
        let totals = Bought::in_period(period).totals(conn)?;
        let scores = |place: usize| scores(totals.iter().map(move |(_, values)| values[place]));
        let [frequency, monetary, recency] = [0, 1, 2].map(scores);
        Ok(Self { recency, frequency, monetary, totals })
    }

    fn scored(&self) -> impl Iterator<Item = Scored> {
        self.totals.iter().map(|(user, [orders, revenue, last_day])| {
            let scores = [self.recency.of(last_day), self.frequency.of(orders), self.monetary.of(revenue)];
            let segment = RfmSegment::of(scores[0], scores[1], scores[2]);
            Scored { user, orders, revenue, last_day, scores, segment }
        })
    }
}

/// The lowest value for each score from 2 to 5; `None` if no customer has the score.
struct Scores([Option<i64>; 4]);

impl Scores {
    fn of(&self, value: i64) -> i64 {
        1 + self.0.iter().map(|lowest| i64::from(lowest.is_some_and(|lowest| lowest <= value))).sum::<i64>()
    }
}

/// Since the score is 1 + floor(5 * b / n), score s + 2 begins at the lowest value with at least this many of n below.
const fn fewest_below(s: usize, n: usize) -> usize {
    ((s + 1) * n).div_ceil(5)
}

fn scores(values: impl Iterator<Item = i64> + Clone) -> Scores {
    let (low, high, count) = values
        .clone()
        .fold((i64::MAX, i64::MIN, 0), |(low, high, count), value| (value.min(low), value.max(high), count + 1));
    if count == 0 {
        return Scores([None; 4]);
    }
    // Days and numbers of orders are few, so they are counted.
    match usize::try_from(high.abs_diff(low)) {
        Ok(range) if range <= count => {
            let mut counts = vec![0; range + 1];
            values.for_each(|value| counts[value.abs_diff(low) as usize] += 1);
            scores_by_counting((low..).zip(counts), count)
        }
        _ => {
            let mut list = Vec::with_capacity(count);
            list.extend(values);
            scores_by_selecting(list)
        }
    }
}

/// The scores of `n` values, from the ascending values and how often there is each.
fn scores_by_counting(counts: impl Iterator<Item = (i64, usize)>, n: usize) -> Scores {
    let (mut lowest, mut below) = ([None; 4], 0);
    for (value, count) in counts.filter(|(_, count)| *count > 0) {
        for (s, lowest) in lowest.iter_mut().enumerate() {
            if lowest.is_none() && below >= fewest_below(s, n) {
                *lowest = Some(value);
            }
        }
        below += count;
    }
    Scores(lowest)
}

fn scores_by_selecting(mut values: Vec<i64>) -> Scores {
    let n = values.len();
    let place = |s| fewest_below(s, n);
    if n < 5 {
        values.sort_unstable();
    } else {
        // Each is selected from a part that does not include those selected before.
        let (_, _, above) = values.select_nth_unstable(place(1));
        let (_, _, above) = above.select_nth_unstable(place(2) - place(1) - 1);
        above.select_nth_unstable(place(3) - place(2) - 1);
        values[..place(1)].select_nth_unstable(place(0));
    }
    let lowest = |s| {
        let fewest = place(s);
        let value = *values.get(fewest)?;
        match values[..fewest].iter().all(|other| *other < value) {
            true => Some(value),
            false => values[fewest..].iter().copied().filter(|other| *other > value).min(),
        }
    };
    Scores(std::array::from_fn(lowest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score_each(values: &[i64]) -> Vec<i64> {
        let scores = scores(values.iter().copied());
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
        assert_eq!(score_each(&[1_000, 2_000_000, 3_000_000]), [1, 2, 4]);
        assert_eq!(score_each(&[]), [0; 0]);
    }

    #[test]
    fn scores_are_those_of_the_formula() {
        for n in 1..97_i64 {
            for (modulus, wide) in [(41, 1), (41, 1_000_000), (10_007, 1_000_000)] {
                let values: Vec<i64> = (0..n).map(|i| i * i * 7_919 % modulus * wide).collect();
                for (value, score) in values.iter().zip(score_each(&values)) {
                    let below = values.iter().filter(|other| *other < value).count() as i64;
                    assert_eq!(score, 1 + 5 * below / n, "{value} of {values:?}");
                }
            }
        }
    }
}
