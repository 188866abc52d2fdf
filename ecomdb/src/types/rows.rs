//! All rows of a list, page by page.

use std::fmt;
use std::iter::FusedIterator;
use std::vec::IntoIter;

use super::{Limit, Page, PageRequest};

/// All rows of a list, which it fetches page by page as they are asked for.
///
/// It works on every list, of a database, with the permissions of a caller, and in a transaction. Rows that are created
/// or deleted meanwhile may be missing; none comes twice. After an error it ends.
///
/// ```
/// use ecomdb::{Database, Limit, PageRequest, ProductFilter, Rows};
/// # use ecomdb::NewProduct;
///
/// # let db = Database::open(":memory:")?;
/// # let lamps = db.categories().create("Lamps")?;
/// # for name in ["Desk lamp", "Floor lamp", "Table lamp"] {
/// #     db.products().create(NewProduct::builder(name, lamps.id, "29.99".parse()?).initial_stock(1).build()?)?;
/// # }
/// let in_stock = ProductFilter::default().in_stock(true);
/// let mut names = Vec::new();
/// for product in Rows::new(|page| db.products().list(&in_stock.clone().page(page))) {
///     names.push(product?.name);
/// }
/// assert_eq!(names, ["Desk lamp", "Floor lamp", "Table lamp"]);
///
/// // In a transaction, here with two rows a page.
/// let count = db.write(|tx| {
///     let two = PageRequest::default().limit(Limit::new(2)?);
///     let categories = Rows::new(|page| tx.categories().list(&page)).from(two).collect::<ecomdb::Result<Vec<_>>>()?;
///     Ok::<_, ecomdb::Error>(categories.len())
/// })?;
/// assert_eq!(count, 1);
/// # Ok::<(), ecomdb::Error>(())
/// ```
pub struct Rows<T, F> {
    fetch: F,
    /// `None` after the last page, and after an error.
    next: Option<PageRequest>,
    fetched: IntoIter<T>,
}

impl<T, E, F: FnMut(PageRequest) -> Result<Page<T>, E>> Rows<T, F> {
    /// The rows of the pages that `fetch` returns, from the first one on, with 1,000 rows each.
    pub fn new(fetch: F) -> Self {
        Self { fetch, next: Some(PageRequest::default().limit(Limit::LARGEST)), fetched: Vec::new().into_iter() }
    }

    /// Begins with this page, goes on with those after it, and fetches as many rows a time as it has at most.
    #[must_use]
    pub fn from(self, page: PageRequest) -> Self {
        Self { next: Some(page), ..self }
    }

    fn advance(&mut self) -> Option<Result<(), E>> {
        let request = self.next.take()?;
        let limit = request.limit;
        Some((self.fetch)(request).map(|page| {
            self.next = page.next.map(|cursor| PageRequest::default().limit(limit).after(cursor));
            self.fetched = page.items.into_iter();
        }))
    }
}

impl<T, E, F: FnMut(PageRequest) -> Result<Page<T>, E>> Iterator for Rows<T, F> {
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Result<T, E>> {
        loop {
            if let Some(row) = self.fetched.next() {
                return Some(Ok(row));
            }
            if let Err(error) = self.advance()? {
                return Some(Err(error));
            }
        }
    }
}

impl<T, E, F: FnMut(PageRequest) -> Result<Page<T>, E>> FusedIterator for Rows<T, F> {}

impl<T, F> fmt::Debug for Rows<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("next", &self.next).field("fetched", &self.fetched.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Direction, Edge, Invalid};

    /// A list of the numbers below `count`.
    fn numbers(count: i64) -> impl Fn(PageRequest) -> Result<Page<i64>, Invalid> {
        move |request| {
            let fetched = request.limit.get() as usize + 1;
            let rows = match request.edge("numbers")? {
                Edge::First => (0..count).take(fetched).collect(),
                Edge::After(last) => (last + 1..count).take(fetched).collect(),
                Edge::Before(first) => (0..first).rev().take(fetched).collect(),
            };
            Ok(Page::of(rows, &request, "numbers", Direction::Ascending, |number| *number))
        }
    }

    #[test]
    fn pages_are_fetched_as_their_rows_are_asked_for() {
        let two = || PageRequest::default().limit(Limit::new(2).unwrap());
        for count in 0..6 {
            let rows = Rows::new(numbers(count)).from(two()).collect::<Result<Vec<_>, _>>();
            assert_eq!(rows, Ok((0..count).collect()));
        }
        let mut fetched = 0;
        let list = numbers(5);
        let rows = Rows::new(|page| {
            fetched += 1;
            list(page)
        });
        assert_eq!(rows.from(two()).take(2).count(), 2);
        assert_eq!(fetched, 1);
    }

    #[test]
    fn rows_from_a_page_before_a_cursor_go_on_to_the_end() {
        let (two, list) = (PageRequest::default().limit(Limit::new(2).unwrap()), numbers(7));
        let first = list(two.clone()).unwrap();
        let second = list(two.clone().after(first.next.unwrap())).unwrap();
        let third = list(two.clone().after(second.next.unwrap())).unwrap();
        let rows = Rows::new(numbers(7)).from(two.before(third.previous.unwrap())).collect::<Result<Vec<_>, _>>();
        assert_eq!(rows, Ok(vec![2, 3, 4, 5, 6]));
    }

    #[test]
    fn after_an_error_there_are_no_more_rows() {
        let mut rows = Rows::new(|_| Err::<Page<i64>, _>(Invalid::new("text", "is wrong")));
        assert!(rows.next().is_some_and(|row| row.is_err()));
        assert!(rows.next().is_none());
    }
}
