//! Keeping the terms equal to what they are derived from.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Nullable, Text};

use super::terms::Term;
use super::{Index, of_product, of_user};
use crate::engine::{Connection, Sql, marks, rows, sql, sql_for_rows};
use crate::error::Result;

/// Rows that are compared at a time.
const BATCH: i64 = 500;
/// Terms in one INSERT.
const INSERTED: usize = 500;
/// Differences that are reported.
const REPORTED: usize = 10;

/// Writes the terms of a new row.
pub(crate) fn write(conn: &mut Connection, index: Index, id: i64, terms: &[Term]) -> Result<()> {
    let pairs: Vec<(i64, &str)> = terms.iter().map(|term| (id, term.as_str())).collect();
    insert(conn, index, &pairs)
}

/// Replaces the terms of a row that is locked.
pub(crate) fn rewrite(conn: &mut Connection, index: Index, id: i64, terms: &[Term]) -> Result<()> {
    let (table, key) = (index.table(), index.key());
    sql(format!("DELETE FROM {table} WHERE {key} = ?")).int(id).send(conn)?;
    write(conn, index, id, terms)
}

/// Adds a term to rows.
pub(crate) fn add_to(conn: &mut Connection, index: Index, term: &str, ids: &[i64]) -> Result<()> {
    // If somebody wrote it already, the result is the same.
    remove_from(conn, index, term, ids)?;
    insert(conn, index, &ids.iter().map(|id| (*id, term)).collect::<Vec<_>>())
}

/// Removes a term from rows.
pub(crate) fn remove_from(conn: &mut Connection, index: Index, term: &str, ids: &[i64]) -> Result<()> {
    let (table, key) = (index.table(), index.key());
    let delete = format!("DELETE FROM {table} WHERE term = ? AND {key} IN ({})", marks(ids.len()));
    let delete = sql_for_rows(ids.len(), delete).text(term);
    ids.iter().copied().fold(delete, Sql::int).send(conn)?;
    Ok(())
}

fn insert(conn: &mut Connection, index: Index, pairs: &[(i64, &str)]) -> Result<()> {
    let (table, key) = (index.table(), index.key());
    for some in pairs.chunks(INSERTED) {
        let values = rows(some.len(), "(?, ?)");
        let insert = sql_for_rows(some.len(), format!("INSERT INTO {table} ({key}, term) VALUES {values}"));
        some.iter().fold(insert, |insert, (id, term)| insert.int(*id).text(*term)).send(conn)?;
    }
    Ok(())
}

/// Terms by the id of their row.
type ById = BTreeMap<i64, Vec<String>>;

/// A batch of rows: the terms that they should have, and those that they have.
struct Batch {
    rows: i64,
    /// Id of its last row; `None` for the last batch.
    last: Option<i64>,
    should: ById,
    is: ById,
}

impl Batch {
    /// Reads the rows after an id. `lock` is the suffix of a SELECT that locks them, or empty.
    fn read(conn: &mut Connection, index: Index, after: i64, lock: &str) -> Result<Self> {
        let should = should(conn, index, after, lock)?;
        let rows = should.len() as i64;
        let last = if rows < BATCH { None } else { should.keys().next_back().copied() };
        let (table, key) = (index.table(), index.key());
        let stored = format!("SELECT {key}, term FROM {table} WHERE {key} > ? AND {key} <= ? ORDER BY {key}, term");
        let stored = sql(stored).int(after).int(last.unwrap_or(i64::MAX));
        let mut is = ById::new();
        for (id, term) in stored.rows::<(BigInt, Text), (i64, String)>(conn)? {
            is.entry(id).or_default().push(term);
        }
        Ok(Self { rows, last, should, is })
    }

    /// Ids of the rows with other terms than they should have, with both.
    fn differences(&self) -> impl Iterator<Item = (i64, &[String], &[String])> {
        let ids = self.should.keys().chain(self.is.keys().filter(|id| !self.should.contains_key(id)));
        ids.filter_map(|id| {
            let is = self.is.get(id).map_or(&[][..], Vec::as_slice);
            let should = self.should.get(id).map_or(&[][..], Vec::as_slice);
            (is != should).then_some((*id, is, should))
        })
    }
}

/// The terms that the rows after an id should have.
fn should(conn: &mut Connection, index: Index, after: i64, lock: &str) -> Result<ById> {
    let strings = |terms: Vec<Term>| terms.iter().map(|term| term.as_str().to_owned()).collect();
    Ok(match index {
        Index::Users => {
            let query =
                format!("SELECT id, first_name, last_name, email FROM users WHERE id > ? ORDER BY id LIMIT ?{lock}");
            let rows = sql(query).int(after).int(BATCH).rows::<(BigInt, Text, Text, Text), _>(conn)?;
            let terms =
                |(id, first, last, email): (i64, String, String, String)| (id, strings(of_user(&first, &last, &email)));
            rows.into_iter().map(terms).collect()
        }
        Index::Products => {
            let query = format!(
                "SELECT p.id, p.sku, p.name, c.name, p.option_values, p.description FROM products p \
                 JOIN categories c ON c.id = p.category_id WHERE p.id > ? ORDER BY p.id LIMIT ?{lock}"
            );
            type Columns = (BigInt, Text, Text, Text, Nullable<Text>, Text);
            type Row = (i64, String, String, String, Option<String>, String);
            let rows = sql(query).int(after).int(BATCH).rows::<Columns, Row>(conn)?;
            let terms = |(id, sku, name, category, options, description): Row| {
                (id, strings(of_product(&sku, &name, &category, &options.unwrap_or_default(), &description)))
            };
            rows.into_iter().map(terms).collect()
        }
    })
}

/// The terms of an index compared with the rows that they are derived from.
pub(crate) struct Comparison {
    /// Number of rows.
    pub(crate) compared: i64,
    /// Id, actual terms and expected terms of the first rows that differ. Equal terms are left out.
    pub(crate) differences: Vec<(i64, String, String)>,
}

/// Compares all terms in batches. Run it in a snapshot.
pub(crate) fn compare(conn: &mut Connection, index: Index) -> Result<Comparison> {
    let mut comparison = Comparison { compared: 0, differences: Vec::new() };
    let mut after = Some(0);
    while let Some(id) = after {
        let batch = Batch::read(conn, index, id, "")?;
        let different = batch.differences().map(|(id, is, should)| (id, except(is, should), except(should, is)));
        let room = REPORTED - comparison.differences.len();
        comparison.differences.extend(different.take(room));
        comparison.compared += batch.rows;
        after = batch.last;
    }
    Ok(comparison)
}

/// Some of the terms that are not among the others, as text.
fn except(terms: &[String], others: &[String]) -> String {
    const SHOWN: usize = 5;
    let only: Vec<&str> = terms.iter().filter(|term| !others.contains(term)).map(String::as_str).take(SHOWN).collect();
    match only.as_slice() {
        [] => "no such search terms".to_owned(),
        only => format!("the search terms {}", only.join(" ")),
    }
}

/// Makes the terms of a batch of rows anew, where they differ. Returns the id after which the next batch begins, `None`
/// after the last one.
pub(crate) fn rebuild_some(conn: &mut Connection, index: Index, after: i64) -> Result<Option<i64>> {
    let lock = conn.for_update();
    let batch = Batch::read(conn, index, after, lock)?;
    let (table, key) = (index.table(), index.key());
    for (id, is, should) in batch.differences() {
        if !is.is_empty() {
            sql(format!("DELETE FROM {table} WHERE {key} = ?")).int(id).send(conn)?;
        }
        let pairs: Vec<(i64, &str)> = should.iter().map(|term| (id, term.as_str())).collect();
        insert(conn, index, &pairs)?;
    }
    Ok(batch.last)
}
