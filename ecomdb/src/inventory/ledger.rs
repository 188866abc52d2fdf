//! The stock ledger of a product.
//!
//! The view `inventory_ledger` defines it, from four sources: movements without an order, and the sales, cancellations
//! and returns of orders. A page reads the rows of each source in chronological order, only as far as the page extends.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::{Deserialize, Serialize};

use crate::engine::{Connection, Moment, Sql, sql, sql_for_values};
use crate::error::Result;
use crate::types::keyset::SortKey;
use crate::types::time::json_time;
use crate::types::{
    Direction, Edge, List, MovementId, MovementReason, OrderId, Page, PageRequest, ProductId, RowCount,
};

/// An entry of the stock ledger.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Movement {
    /// Movement id; `None` for a movement made by an order.
    pub id: Option<MovementId>,
    /// Product id.
    pub product_id: ProductId,
    /// Units added (positive) or removed (negative).
    pub delta: i64,
    /// Reason of the movement.
    pub reason: MovementReason,
    /// Order id, for movements made by an order.
    pub order_id: Option<OrderId>,
    /// Note of the person who booked the movement.
    pub note: Option<String>,
    /// When the stock changed (UTC).
    #[serde(serialize_with = "json_time")]
    pub created_at: DateTime<Utc>,
}

/// A page of a product's ledger, latest entry first. Entries of the same time are in the order of their sources.
pub(crate) fn movements(conn: &mut Connection, product: ProductId, page: &PageRequest) -> Result<Page<Movement>> {
    super::expect(conn, product)?;
    let list = List::new("movements", &product.to_string());
    let range = Range::of(page.edge_by(list)?);
    let entries = Reader { conn, product, limit: page.limit.get() + 1 }.entries(range)?;
    let place = |entry: &Entry| (Some((entry.place.at, entry.place.source).to_text()), entry.place.id);
    Ok(Page::sorted(entries, page, list, Direction::Descending, place).map(|entry| entry.movement))
}

/// The number of entries of a product's ledger.
pub(crate) fn count_movements(conn: &mut Connection, product: ProductId) -> Result<RowCount> {
    super::expect(conn, product)?;
    let mut reader = Reader { conn, product, limit: RowCount::MAX + 1 };
    let lines = reader.lines(RowCount::MAX + 1)?;
    let mut entries = lines + reader.count("inventory_movements WHERE product_id = ?".to_owned(), RowCount::MAX + 1)?;
    for source in [&CANCELLATIONS, &RETURNS] {
        if lines > 0 && entries <= RowCount::MAX {
            let rows = source.of_lines(reader.conn);
            entries += reader.count(rows, RowCount::MAX + 1)?;
        }
    }
    Ok(RowCount::of(entries))
}

/// Position of an entry in the ledger. Its id is that of the movement or of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: DateTime<Utc>,
    /// Number of the source.
    source: u8,
    id: i64,
}

struct Entry {
    place: Place,
    movement: Movement,
}

const BOOKINGS: u8 = 0;

/// A source of entries: rows of a table that each explain one movement of every line of an order.
struct Source {
    /// Position of the source among entries of the same time.
    number: u8,
    /// The table, named `e` in the queries.
    table: &'static str,
    at: &'static str,
    order: &'static str,
    /// Condition that selects rows of the table; `{at}` is the time column.
    only: &'static str,
    reason: MovementReason,
    /// Change of the stock for each ordered unit.
    delta: i64,
}

const SALES: Source = Source {
    number: 1,
    table: "orders",
    at: "e.placed_at",
    order: "e.id",
    only: "",
    reason: MovementReason::Sale,
    delta: -1,
};
const CANCELLATIONS: Source = Source {
    number: 2,
    table: "orders",
    at: "e.cancelled_at",
    order: "e.id",
    only: " AND {at} IS NOT NULL",
    reason: MovementReason::Cancel,
    delta: 1,
};
const RETURNS: Source = Source {
    number: 3,
    table: "refunds",
    at: "e.created_at",
    order: "e.order_id",
    only: " AND e.restocked = 1",
    reason: MovementReason::Return,
    delta: 1,
};

impl Source {
    /// The rows of a product, found by its order lines.
    fn of_lines(&self, conn: &Connection) -> String {
        let Self { table, at, order, only, .. } = self;
        let only = only.replace("{at}", &conn.unindexed(at));
        format!("order_items i CROSS JOIN {table} e WHERE i.product_id = ? AND {order} = i.order_id{only}")
    }

    /// The rows of a product, found by their time.
    fn by_time(&self) -> String {
        let Self { table, at, order, only, .. } = self;
        let only = only.replace("{at}", at);
        format!("{table} e CROSS JOIN order_items i WHERE i.product_id = ? AND i.order_id = {order}{only}")
    }
}

/// The range to read: entries after `start`, up to the entries at `end`.
#[derive(Debug, Clone, Copy)]
struct Range {
    direction: Direction,
    start: Option<Place>,
    end: Option<DateTime<Utc>>,
}

impl Range {
    fn of(edge: Edge<((DateTime<Utc>, u8), i64)>) -> Self {
        let place = |((at, source), id)| Some(Place { at, source, id });
        let (direction, start) = match edge {
            Edge::First => (Direction::Descending, None),
            Edge::After(start) => (Direction::Descending, place(start)),
            Edge::Before(start) => (Direction::Ascending, place(start)),
        };
        Self { direction, start, end: None }
    }

    /// Conditions on time and id, as SQL that begins with AND.
    fn conditions(&self, conn: &Connection, at: &str, id: &str) -> String {
        let (moment, id) = (conn.moment(), conn.unindexed(id));
        let (beyond, short) = match self.direction {
            Direction::Ascending => (">", "<"),
            Direction::Descending => ("<", ">"),
        };
        let mut text = String::new();
        if self.start.is_some() {
            text += &format!(" AND {at} {beyond}= {moment} AND ({at} {beyond} {moment} OR {id} {beyond} ?)");
        }
        if self.end.is_some() {
            text += &format!(" AND {at} {short}= {moment}");
        }
        text
    }

    fn order(&self, at: &str, id: &str) -> String {
        let word = match self.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        format!(" ORDER BY {at} {word}, {id} {word}")
    }

    /// Binds the values of the conditions, for entries of a source.
    fn bind(&self, query: Sql, source: u8) -> Sql {
        let query = match self.start {
            Some(start) => {
                // At the time of `start`, sources before and after its own are either read completely or not at all.
                let id = match source.cmp(&start.source) {
                    Ordering::Less => i64::MAX,
                    Ordering::Equal => start.id,
                    Ordering::Greater => i64::MIN,
                };
                query.moment(start.at).moment(start.at).int(id)
            }
            None => query,
        };
        self.end.into_iter().fold(query, |query, end| query.moment(end))
    }
}

/// Number of lines that can be read one by one in a few milliseconds.
const FEW: i64 = 1_000;
/// Lines are counted up to this number.
const MOST: i64 = 5_000;
/// Number of a source's rows that are searched first, for each entry of a page.
const PER_ENTRY: i64 = 20;
/// Number of a source's rows that can be searched in the time of reading and sorting one line.
const PER_LINE: i64 = 4;

/// Reads up to `limit` entries of a product.
struct Reader<'a> {
    conn: &'a mut Connection,
    product: ProductId,
    limit: i64,
}

impl Reader<'_> {
    fn entries(mut self, mut range: Range) -> Result<Vec<Entry>> {
        let mut entries = self.bookings(range)?;
        let lines = self.lines(MOST)?;
        let sources: &[Source] = if lines > 0 { &[SALES, CANCELLATIONS, RETURNS] } else { &[] };
        for source in sources {
            // Drop entries beyond a full page.
            let full = usize::try_from(self.limit).is_ok_and(|limit| entries.len() == limit);
            range.end = entries.last().filter(|_| full).map(|entry| entry.place.at);
            entries.extend(self.of_orders(source, range, lines)?);
            entries.sort_unstable_by_key(|entry| entry.place);
            if range.direction == Direction::Descending {
                entries.reverse();
            }
            entries.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        }
        Ok(entries)
    }

    fn bookings(&mut self, range: Range) -> Result<Vec<Entry>> {
        type Row = (DateTime<Utc>, i64, i64, MovementReason, Option<String>);
        let text = format!(
            "SELECT created_at, id, delta, reason, note FROM inventory_movements WHERE product_id = ?{}{} LIMIT ?",
            range.conditions(self.conn, "created_at", "id"),
            range.order("created_at", "id"),
        );
        let query = range.bind(sql(text).int(self.product), BOOKINGS).int(self.limit);
        let rows = query.rows::<(Moment, BigInt, BigInt, Text, Nullable<Text>), Row>(self.conn)?;
        let entry = |(at, id, delta, reason, note): Row| Entry {
            place: Place { at, source: BOOKINGS, id },
            movement: Movement {
                id: Some(MovementId::new(id)),
                product_id: self.product,
                delta,
                reason,
                order_id: None,
                note,
                created_at: at,
            },
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    /// The entries of a source. For a product with few lines, the lines are read. For others, the latest rows of the
    /// source are searched first, which suffices for a product that is sold often, and then more rows, for as long as
    /// reading all lines would take.
    fn of_orders(&mut self, source: &Source, range: Range, lines: i64) -> Result<Vec<Entry>> {
        if lines > FEW {
            let latest = self.limit * PER_ENTRY;
            for rows in [latest, lines * PER_LINE].into_iter().filter(|rows| *rows >= latest) {
                let horizon = self.horizon(source, range, rows)?;
                let near = Range { end: horizon.or(range.end), ..range };
                let entries = self.load(source, source.by_time(), source.at, near)?;
                if horizon.is_none() || entries.len() as i64 == self.limit {
                    return Ok(entries);
                }
            }
        }
        self.load(source, source.of_lines(self.conn), &self.conn.unindexed(source.at), range)
    }

    /// The time of the row that is `rows` rows after the start of the range; `None` if there are fewer.
    fn horizon(&mut self, source: &Source, range: Range, rows: i64) -> Result<Option<DateTime<Utc>>> {
        let Source { table, at, order, only, .. } = source;
        let conditions = only.replace("{at}", at) + &range.conditions(self.conn, at, order);
        let conditions = conditions.strip_prefix(" AND").map(|rest| format!(" WHERE{rest}")).unwrap_or_default();
        let text = format!("SELECT {at} FROM {table} e{conditions}{} LIMIT 1 OFFSET ?", range.order(at, order));
        let query = range.bind(sql_for_values(self.conn, text), source.number).int(rows);
        Ok(query.rows::<Moment, DateTime<Utc>>(self.conn)?.pop())
    }

    fn load(&mut self, source: &Source, rows: String, at: &str, range: Range) -> Result<Vec<Entry>> {
        type Row = (DateTime<Utc>, i64, i64);
        let order = source.order;
        let text = format!(
            "SELECT {}, {order}, i.quantity FROM {rows}{}{} LIMIT ?",
            source.at,
            range.conditions(self.conn, at, order),
            range.order(at, order),
        );
        let query = sql_for_values(self.conn, text).int(self.product);
        let query = range.bind(query, source.number).int(self.limit);
        let rows = query.rows::<(Moment, BigInt, BigInt), Row>(self.conn)?;
        let entry = |(at, order, units): Row| Entry {
            place: Place { at, source: source.number, id: order },
            movement: Movement {
                id: None,
                product_id: self.product,
                delta: source.delta * units,
                reason: source.reason,
                order_id: Some(OrderId::new(order)),
                note: None,
                created_at: at,
            },
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    /// Number of order lines of the product, counted up to a limit.
    fn lines(&mut self, limit: i64) -> Result<i64> {
        self.count("order_items WHERE product_id = ?".to_owned(), limit)
    }

    /// Number of rows of the product, counted up to a limit.
    fn count(&mut self, rows: String, limit: i64) -> Result<i64> {
        let text = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {rows} LIMIT ?) counted");
        Ok(sql_for_values(self.conn, text).int(self.product).int(limit).one::<BigInt, i64>(self.conn)?)
    }
}

/// Time, and number of the source.
impl SortKey for (DateTime<Utc>, u8) {
    fn to_text(&self) -> String {
        format!("{} {}", self.0.to_text(), self.1)
    }

    fn from_text(text: &str) -> Option<Self> {
        let (at, source) = text.split_once(' ')?;
        Some((DateTime::from_text(at)?, source.parse().ok()?))
    }
}
