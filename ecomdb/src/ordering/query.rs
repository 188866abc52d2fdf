//! Queries over orders, and the index that each is read by.
//!
//! A server has statistics and chooses the index. SQLite has none and would read a million completed orders to find the
//! latest; here the rows of each condition are counted, up to a limit, and the fewest are read.

use chrono::{DateTime, Utc};
use diesel::sql_types::BigInt;

use crate::engine::{Connection, Engine, Sql, sql_for_values};
use crate::error::Result;
use crate::types::{Direction, Edge, RowCount};

/// A column of `orders` in conditions and sort orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    User,
    /// The status of orders that are not completed; the index contains no others.
    Status,
    /// The status of completed orders.
    Completed,
    PlacedAt,
    Total,
    Paid,
}

impl Column {
    const fn name(self) -> &'static str {
        match self {
            Self::Id => "o.id",
            Self::User => "o.user_id",
            Self::Status | Self::Completed => "o.status",
            Self::PlacedAt => "o.placed_at",
            Self::Total => "o.total",
            Self::Paid => "o.paid",
        }
    }

    /// The columns of the index on this column. Each index ends with the id.
    const fn index(self) -> &'static [Self] {
        match self {
            Self::Status => &[Self::Status, Self::Id, Self::PlacedAt, Self::Total, Self::Paid],
            Self::User => &[Self::User, Self::Id],
            Self::PlacedAt => &[Self::PlacedAt, Self::Id],
            Self::Total => &[Self::Total, Self::Id],
            Self::Id | Self::Completed | Self::Paid => &[],
        }
    }
}

/// A value of a condition.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value {
    Int(i64),
    Time(DateTime<Utc>),
}

/// A condition on a column. In its text, `{}` stands for the column, and `?` for a value.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    column: Column,
    text: String,
    values: Vec<Value>,
}

impl Condition {
    pub(super) fn new(column: Column, text: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { column, text: text.into(), values: values.into_iter().collect() }
    }
}

/// Number of rows that can be read one by one and sorted in about 20 ms.
const FEW: i64 = 20_000;
/// Number of rows that can be read in an index alone in the same time.
const FEW_OF_INDEX: i64 = 200_000;

/// The orders that meet all conditions.
#[derive(Debug, Default)]
pub(super) struct Query {
    conditions: Vec<Condition>,
}

/// The column whose index is used for a query. The other columns are hidden from the engine's choice.
#[derive(Debug, Clone, Copy)]
struct Path {
    column: Option<Column>,
    /// A column in whose order the index is read, too.
    order: Option<Column>,
}

impl Path {
    /// The engine chooses the index.
    const ANY: Self = Self { column: None, order: None };

    fn is_in_order_of(self, column: Column) -> bool {
        self.column.is_none_or(|read| read == column) || self.order == Some(column)
    }

    fn expression(self, conn: &Connection, column: Column) -> String {
        if self.is_in_order_of(column) { column.name().to_owned() } else { conn.unindexed(column.name()) }
    }
}

impl Query {
    pub(super) fn add(&mut self, condition: Condition) {
        self.conditions.push(condition);
    }

    /// Number of orders.
    pub(super) fn count(&self, conn: &mut Connection) -> Result<RowCount> {
        let path = self.path(conn, None)?;
        let orders = self.conditions.iter().collect::<Vec<_>>();
        counted(conn, path, &orders, RowCount::MAX + 1).map(RowCount::of)
    }

    /// Statement for a page in the order of `sort` and the id. `select` reads from `page (id)` and `orders o`. `edge`
    /// contains sort values, unless the orders are sorted by id.
    pub(super) fn page(
        mut self,
        conn: &mut Connection,
        select: &str,
        (sort, direction): (Column, Direction),
        edge: Edge<(Option<Value>, i64)>,
        limit: i64,
    ) -> Result<Sql> {
        let path = self.path(conn, Some(sort))?;
        let (direction, place) = match edge {
            Edge::First => (direction, None),
            Edge::After(place) => (direction, Some(place)),
            Edge::Before(place) => (direction.reversed(), Some(place)),
        };
        let (words, comparison) = match direction {
            Direction::Ascending => ("ASC", ">"),
            Direction::Descending => ("DESC", "<"),
        };
        if let Some((key, id)) = place {
            self.conditions.extend(beyond(conn, sort, comparison, key, id));
        }
        let order = |name: &dyn Fn(Column) -> String| match sort {
            Column::Id => format!("{} {words}", name(Column::Id)),
            sort => format!("{} {words}, {} {words}", name(sort), name(Column::Id)),
        };
        let conditions = self.conditions.iter().collect::<Vec<_>>();
        let within = order(&|column| match column {
            // The id follows the sort column in each index.
            Column::Id if path.is_in_order_of(sort) => Column::Id.name().to_owned(),
            column => path.expression(conn, column),
        });
        let ids = format!("SELECT o.id FROM orders o{} ORDER BY {within} LIMIT ?", filtered(conn, path, &conditions));
        let text = select.replace("{page}", &ids) + " ORDER BY " + &order(&|column| column.name().to_owned());
        Ok(bind(sql_for_values(conn, text), &conditions).int(limit))
    }

    /// The index to use. `sort` is the order of the rows, if it matters.
    fn path(&self, conn: &mut Connection, sort: Option<Column>) -> Result<Path> {
        if conn.engine() != Engine::Sqlite || self.conditions.is_empty() {
            return Ok(Path::ANY);
        }
        let has = |column: &Column| self.conditions.iter().any(|condition| condition.column == *column);
        if let Some(column) = [Column::Id, Column::User].into_iter().find(has) {
            return Ok(Path { column: Some(column), order: Some(Column::Id) });
        }
        let of_one_status = self.is_of_one_status();
        let by = |column| {
            let order = (column == Column::Status && of_one_status).then_some(Column::Id);
            Path { column: Some(column), order }
        };
        let read: Vec<Column> = [Column::Status, Column::PlacedAt, Column::Total].into_iter().filter(has).collect();
        let usual = match sort {
            Some(Column::Id) if of_one_status => Column::Status,
            Some(sort) => sort,
            None => read.first().copied().unwrap_or(Column::Id),
        };
        if read.iter().all(|column| *column == usual) {
            return Ok(by(usual));
        }
        let mut fewest = (i64::MAX, usual);
        for column in read {
            let limit = if sort.is_some() && self.is_covered_by(column, sort) { FEW_OF_INDEX } else { FEW };
            let conditions: Vec<_> = self.conditions.iter().filter(|condition| condition.column == column).collect();
            let rows = counted(conn, Path::ANY, &conditions, limit)?;
            if rows < limit.min(fewest.0) {
                fewest = (rows, column);
            }
        }
        Ok(by(fewest.1))
    }

    /// Whether the index on a column contains everything that the query needs.
    fn is_covered_by(&self, column: Column, sort: Option<Column>) -> bool {
        let mut columns = self.conditions.iter().map(|condition| condition.column).chain(sort);
        columns.all(|needed| column.index().contains(&needed))
    }

    fn is_of_one_status(&self) -> bool {
        self.conditions.iter().any(|it| it.column == Column::Status && it.text.starts_with("{} = "))
    }
}

/// Conditions for the orders after a position. The separate condition on the column lets every engine use its index.
fn beyond(conn: &Connection, sort: Column, comparison: &str, key: Option<Value>, id: i64) -> Vec<Condition> {
    let Some(key) = key else {
        return vec![Condition::new(Column::Id, format!("{{}} {comparison} ?"), [Value::Int(id)])];
    };
    let mark = match key {
        Value::Int(_) => "?",
        Value::Time(_) => conn.moment(),
    };
    let then = conn.unindexed(Column::Id.name());
    vec![
        Condition::new(sort, format!("{{}} {comparison}= {mark}"), [key]),
        Condition::new(sort, format!("({{}} {comparison} {mark} OR {then} {comparison} ?)"), [key, Value::Int(id)]),
    ]
}

/// Number of orders that meet the conditions, counted up to a limit.
fn counted(conn: &mut Connection, path: Path, conditions: &[&Condition], limit: i64) -> Result<i64> {
    let orders = format!("SELECT 1 FROM orders o{} LIMIT ?", filtered(conn, path, conditions));
    let count = sql_for_values(conn, format!("SELECT COUNT(*) FROM ({orders}) counted"));
    Ok(bind(count, conditions).int(limit).one::<BigInt, i64>(conn)?)
}

/// The WHERE clause.
fn filtered(conn: &Connection, path: Path, conditions: &[&Condition]) -> String {
    let text = |condition: &&Condition| condition.text.replace("{}", &path.expression(conn, condition.column));
    let conditions: Vec<String> = conditions.iter().map(text).collect();
    if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) }
}

fn bind(statement: Sql, conditions: &[&Condition]) -> Sql {
    conditions.iter().flat_map(|condition| &condition.values).fold(statement, |statement, value| match value {
        Value::Int(number) => statement.int(*number),
        Value::Time(time) => statement.moment(*time),
    })
}
