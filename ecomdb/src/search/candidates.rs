//! Finding the rows that contain all words of a search.

use diesel::sql_types::BigInt;

use super::Index;
use super::query::{Range, words};
use crate::engine::{Connection, Sql, marks, sql_for_values};
use crate::error::Result;

/// Maximum number of rows that are listed by id. If more rows match, reading the list in its order and testing each row
/// finds a page faster.
const MOST: i64 = 2_000;
/// Maximum number of rows with a word that are looked up to count the matching ones. For a more frequent word, testing
/// each row reaches [`RowCount::MAX`](crate::RowCount::MAX) faster.
const MOST_GATHERED: i64 = 64_000;

/// The rows that match a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Candidates {
    /// Exactly the rows with these ids; ascending and distinct.
    Listed(Vec<i64>),
    /// Many rows: those with a term in each range.
    Tested(Vec<Range>),
    /// The same rows, found by looking up all rows with the first word.
    Gathered(Vec<Range>),
}

/// The rows that contain all words of a search; none, if the search has no word.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) (`search`), see [`words`].
pub(crate) fn candidates(conn: &mut Connection, index: Index, search: &str) -> Result<Candidates> {
    let mut ranges = words(search)?;
    match ranges.as_slice() {
        [] => return Ok(Candidates::Listed(Vec::new())),
        [_] => {}
        _ => rarest_first(conn, index, &mut ranges)?,
    }
    let mut ids = matching(conn, index, &ranges)?;
    if ids.len() as i64 > MOST {
        return Ok(Candidates::Tested(ranges));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(Candidates::Listed(ids))
}

/// Like [`candidates`], to count all rows instead of reading a page.
pub(crate) fn candidates_to_count(conn: &mut Connection, index: Index, search: &str) -> Result<Candidates> {
    Ok(match candidates(conn, index, search)? {
        Candidates::Tested(ranges) if count(conn, index, &ranges[0], MOST_GATHERED + 1)? <= MOST_GATHERED => {
            Candidates::Gathered(ranges)
        }
        others => others,
    })
}

/// The number of terms in a range, counted up to `most`.
fn count(conn: &mut Connection, index: Index, range: &Range, most: i64) -> Result<i64> {
    let table = index.table();
    let count = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} WHERE term >= ? AND term < ? LIMIT ?) counted");
    let count = sql_for_values(conn, count).text(range.from.as_str()).text(range.before.as_str());
    Ok(count.int(most).one::<BigInt, i64>(conn)?)
}

/// Sorts the words by the number of their terms, which is counted up to a limit.
fn rarest_first(conn: &mut Connection, index: Index, ranges: &mut Vec<Range>) -> Result<()> {
    let mut counted = Vec::new();
    for range in ranges.drain(..) {
        counted.push((count(conn, index, &range, MOST + 1)?, range));
    }
    counted.sort_by_key(|(count, _)| *count);
    ranges.extend(counted.into_iter().map(|(_, range)| range));
    Ok(())
}

/// Ids of the matching rows, found by the first word; more than [`MOST`] of them, if there are more. An id is repeated
/// if several terms of its row match.
fn matching(conn: &mut Connection, index: Index, ranges: &[Range]) -> Result<Vec<i64>> {
    let (table, key) = (index.table(), index.key());
    let others = index.conditions(&format!("found.{key}"), ranges.len() - 1);
    let query = sql_for_values(
        conn,
        format!("SELECT found.{key} FROM {table} found WHERE found.term >= ? AND found.term < ?{others} LIMIT ?"),
    );
    Ok(bind(query, ranges).int(MOST + 1).rows::<BigInt, i64>(conn)?)
}

/// Binds the ranges to the placeholders of a condition.
fn bind(query: Sql, ranges: &[Range]) -> Sql {
    ranges.iter().fold(query, |query, Range { from, before }| query.text(from.as_str()).text(before.as_str()))
}

impl Index {
    /// Condition that a row has a term in each range, as SQL that begins with AND. `id` is the column with the row's
    /// id.
    fn conditions(self, id: &str, ranges: usize) -> String {
        format!(" AND {}? AND t.term < ?)", self.test(id)).repeat(ranges)
    }

    /// Starts a test for a term in a range, as SQL up to the first bound, which tests a given row.
    pub(crate) fn test(self, id: &str) -> String {
        let (table, key) = (self.table(), self.key());
        format!("EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = {id} AND t.term >= ")
    }

    /// Starts a test for a term in a range, as SQL up to the first bound, which looks up all rows with such a term.
    pub(crate) fn lookup(self, id: &str) -> String {
        let (table, key) = (self.table(), self.key());
        format!("{id} IN (SELECT t.{key} FROM {table} t WHERE t.term >= ")
    }
}

impl Candidates {
    /// Condition that a row is one of the candidates, as SQL that begins with AND. `id` is the column with the row's
    /// id.
    pub(crate) fn condition(&self, index: Index, id: &str) -> String {
        match self {
            Self::Listed(ids) if ids.is_empty() => " AND 1 = 0".to_owned(),
            Self::Listed(ids) => format!(" AND {id} IN ({})", marks(ids.len())),
            Self::Tested(ranges) => index.conditions(id, ranges.len()),
            Self::Gathered(ranges) => {
                let others = index.conditions(id, ranges.len() - 1);
                format!(" AND {}? AND t.term < ?){others}", index.lookup(id))
            }
        }
    }

    /// The start of each test, as SQL up to the first bound, with its range; none for listed rows.
    pub(crate) fn tests(self, index: Index, id: &str) -> Vec<(String, Range)> {
        match self {
            Self::Listed(_) => Vec::new(),
            Self::Tested(ranges) => ranges.into_iter().map(|range| (index.test(id), range)).collect(),
            Self::Gathered(ranges) => {
                let begin = |(i, range)| (if i == 0 { index.lookup(id) } else { index.test(id) }, range);
                ranges.into_iter().enumerate().map(begin).collect()
            }
        }
    }

    /// Binds the values of [`Candidates::condition`].
    pub(crate) fn bind(&self, query: Sql) -> Sql {
        match self {
            Self::Listed(ids) => ids.iter().copied().fold(query.for_rows(ids.len()), Sql::int),
            Self::Tested(ranges) | Self::Gathered(ranges) => bind(query, ranges),
        }
    }
}

/// Limits a boxed query of Diesel to the rows that match a search. `$name` is the column `$id` in SQL.
macro_rules! found {
    ($query:expr, $candidates:expr, $index:expr, $id:expr, $name:literal) => {
        match $candidates {
            $crate::search::Candidates::Listed(ids) => $query.filter($id.eq_any(ids)),
            candidates => candidates.tests($index, $name).into_iter().fold($query, |query, (test, range)| {
                let test = diesel::dsl::sql::<diesel::sql_types::Bool>(&test);
                let test = test.bind::<diesel::sql_types::Text, _>(range.from).sql(" AND t.term < ");
                query.filter(test.bind::<diesel::sql_types::Text, _>(range.before).sql(")"))
            }),
        }
    };
}
pub(crate) use found;
