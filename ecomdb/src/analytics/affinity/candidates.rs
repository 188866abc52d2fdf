//! Pairs of a period, counted only for the pairs with the most orders of all time; see
//! [`ranking`](crate::analytics::ranking).
//!
//! The orders of a pair are those of the one product that are also those of the other. A popular product is in many
//! pairs, and its orders are read once.

use diesel::sql_types::BigInt;

use super::order_set::OrderSet;
use super::{Counted, FREQUENT};
use crate::analytics::by_id::ById;
use crate::analytics::calendar::Span;
use crate::analytics::ranking::Highest;
use crate::analytics::sales::{LARGEST_BASKET, SalesReader};
use crate::analytics::sums::sums;
use crate::engine::{Connection, sql};
use crate::error::Result;
use crate::types::{Limit, Period};

/// With more pairs than this, counting all pairs of the period is faster.
const MOST_PAIRS: i64 = 16_384;
/// Maximum number of bits in the set of a period's orders, for each order.
const MOST_BITS: i64 = 8;

/// The pairs with the most orders in the period. `None` if too many candidates would have to be counted.
pub(super) fn highest(conn: &mut SalesReader<'_>, span: Span, limit: Limit) -> Result<Option<Vec<Counted>>> {
    if !conn.is_folded() {
        return Ok(None);
    }
    let (now, ever) = (sums(conn, span)?.orders, sums(conn, Period::ALL.bounds())?.orders);
    let Some(depth) = Depth::of(conn, limit, now, ever)? else { return Ok(None) };
    let Some(orders) = Orders::of(conn, span, now)? else { return Ok(None) };
    Candidates { orders, products: ById::default() }.highest(conn, limit, depth)
}

/// Number of candidates to count at first.
struct Depth(i64);

impl Depth {
    /// `None` if there will probably be too many. The estimate assumes that a pair's share of the period's orders
    /// equals its share of all orders, and that the numbers of orders fall in proportion to the rank.
    fn of(conn: &mut SalesReader<'_>, limit: Limit, now: i64, ever: i64) -> Result<Option<Self>> {
        let depth = limit.get().saturating_mul(ever) / now.max(1);
        if now == 0 || depth > MOST_PAIRS / 4 {
            return Ok(None);
        }
        let last = conn.sql(format!("{FREQUENT} LIMIT 1 OFFSET ?")).int(limit.get() - 1);
        let last = last.rows::<(BigInt, BigInt, BigInt), (i64, i64, i64)>(conn)?;
        let expected = last.first().map_or(0, |(.., orders)| i128::from(*orders) * i128::from(now) / i128::from(ever));
        Ok((expected > 16).then_some(Self(depth.max(limit.get()))))
    }
}

/// The completed orders of a period.
struct Orders {
    all: OrderSet,
    /// Orders with too many products for their pairs to count.
    large: Vec<i64>,
    ids: (i64, i64),
}

impl Orders {
    /// `None` if their ids lie too far apart.
    fn of(conn: &mut Connection, span: Span, count: i64) -> Result<Option<Self>> {
        let at = "placed_at";
        let placed = placed(conn, "SELECT id FROM orders WHERE", at, span)?;
        let (Some(first), Some(last)) = (placed.iter().min().copied(), placed.iter().max().copied()) else {
            return Ok(None);
        };
        if last - first > MOST_BITS * count {
            return Ok(None);
        }
        let mut all = OrderSet::new(first, last);
        placed.into_iter().for_each(|id| all.insert(id));
        // An index contains only the few other orders, so no row of an order is read.
        let of_index = conn.unindexed(at);
        let others = self::placed(conn, "SELECT id FROM orders WHERE status <> 'completed' AND", &of_index, span)?;
        others.into_iter().for_each(|id| all.remove(id));
        let large = format!(
            "SELECT id FROM orders WHERE item_count > {LARGEST_BASKET} AND status = 'completed' \
             AND (SELECT COUNT(*) FROM order_items i WHERE i.order_id = orders.id) > {LARGEST_BASKET} AND"
        );
        let large = self::placed(conn, &large, at, span)?;
        Ok(Some(Self { all, large, ids: (first, last) }))
    }
}

/// The ids that a query returns for a span of a column.
fn placed(conn: &mut Connection, query: &str, column: &str, (from, to): Span) -> Result<Vec<i64>> {
    let at = conn.moment();
    let select = sql(format!("{query} {column} >= {at} AND {column} < {at}")).moment(from).moment(to);
    let mut ids = Vec::new();
    select.each::<BigInt, i64>(conn, |id| ids.push(id))?;
    Ok(ids)
}

struct Candidates {
    orders: Orders,
    /// The orders of the period with each product that was read, and the number of these orders.
    products: ById<(OrderSet, i64)>,
}

impl Candidates {
    fn highest(mut self, conn: &mut SalesReader<'_>, limit: Limit, depth: Depth) -> Result<Option<Vec<Counted>>> {
        let mut highest = Highest::new(limit);
        let (mut offset, mut slice) = (0, depth.0);
        while offset + slice <= MOST_PAIRS {
            let pairs = conn.sql(format!("{FREQUENT} LIMIT ? OFFSET ?")).int(slice).int(offset);
            let pairs: Vec<(i64, i64, i64)> = pairs.rows::<(BigInt, BigInt, BigInt), _>(conn)?;
            for (a, b, ever) in &pairs {
                if highest.exceed(*ever) {
                    break;
                }
                let (together, with_a, with_b) = self.count(conn, *a, *b)?;
                if together > 0 {
                    highest.offer(together, (*a, *b), (together, with_a, with_b));
                }
            }
            let is_end = (pairs.len() as i64) < slice;
            // The remaining pairs have at most this many orders. Pairs with 16 orders or fewer are no candidates.
            let rest = if is_end { 16 } else { pairs.last().map_or(16, |(.., ever)| *ever) };
            if highest.exceed(rest) {
                let counted = |((a, b), (together, with_a, with_b))| (a, b, together, with_a, with_b);
                return Ok(Some(highest.into_sorted().map(counted).collect()));
            }
            if is_end {
                return Ok(None);
            }
            (offset, slice) = (offset + slice, slice * 2);
        }
        Ok(None)
    }

    /// Orders with both products, with the first and with the second.
    fn count(&mut self, conn: &mut Connection, a: i64, b: i64) -> Result<(i64, i64, i64)> {
        self.read(conn, a)?;
        self.read(conn, b)?;
        let (Some((of_a, with_a)), Some((of_b, with_b))) = (self.products.get(&a), self.products.get(&b)) else {
            return Ok((0, 0, 0));
        };
        let large = self.orders.large.iter().filter(|id| of_a.contains(**id) && of_b.contains(**id)).count();
        Ok((of_a.in_both(of_b) - large as i64, *with_a, *with_b))
    }

    fn read(&mut self, conn: &mut Connection, product: i64) -> Result<()> {
        if self.products.contains_key(&product) {
            return Ok(());
        }
        let (all, (first, last)) = (&self.orders.all, self.orders.ids);
        let mut orders = all.empty();
        let add = |id: i64| {
            if all.contains(id) {
                orders.insert(id);
            }
        };
        let select = sql("SELECT order_id FROM order_items WHERE product_id = ? AND order_id >= ? AND order_id <= ?");
        select.int(product).int(first).int(last).each::<BigInt, _>(conn, add)?;
        let count = orders.len();
        self.products.insert(product, (orders, count));
        Ok(())
    }
}
