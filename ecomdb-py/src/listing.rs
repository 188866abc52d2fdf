//! Lists, fetched lazily and page by page.

use std::sync::Arc;
use std::vec::IntoIter;

use ecomdb::{Cursor, Invalid, Limit, PagePosition, PageRequest};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict as _, PyTuple};

use crate::errors::invalid;
use crate::integers::Count;
use crate::values::Value;

/// The rows of a page, and the cursors beside it.
#[derive(Debug)]
struct Fetched {
    rows: Vec<Py<PyAny>>,
    previous: Option<Cursor>,
    next: Option<Cursor>,
}

/// Fetches the rows of one page.
type Fetch = dyn Fn(Python<'_>, PageRequest) -> PyResult<Fetched> + Send + Sync;

/// Counts the rows of all pages.
type Tally = dyn Fn(Python<'_>) -> PyResult<ecomdb::RowCount> + Send + Sync;

/// The rows of a list, fetched page by page on demand.
///
/// Iterate over it for every row, any number of times: each iteration starts over. Rows that are created meanwhile may or may
/// not be included; no row appears twice. ``pages()`` gives the same rows in pages, for user interfaces, and ``count()`` their
/// number.
#[pyclass(frozen, generic, module = "ecomdb")]
pub(crate) struct Listing {
    fetch: Arc<Fetch>,
    tally: Box<Tally>,
    start: PageRequest,
}

/// Arguments of every list: where to begin, and how many rows to fetch at a time.
pub(crate) struct Paging<'a> {
    pub(crate) after: Option<&'a str>,
    pub(crate) before: Option<&'a str>,
    pub(crate) page_size: Option<Count>,
}

/// A list of the rows that `of` describes, which these functions fetch and count.
pub(crate) fn listing<S: Send + Sync + 'static, T: Value + 'static>(
    py: Python<'_>,
    Paging { after, before, page_size }: Paging<'_>,
    of: S,
    fetch: fn(Python<'_>, &S, PageRequest) -> PyResult<ecomdb::Page<T>>,
    tally: fn(Python<'_>, &S) -> PyResult<ecomdb::RowCount>,
) -> PyResult<Listing> {
    let wrong = |error: Invalid| invalid(py, &error);
    let limit = Limit::new(page_size.map_or(Limit::MAX, |size| size.0)).map_err(|error| {
        let message = error.fields().iter().map(|error| error.message.as_str()).collect::<String>();
        wrong(Invalid::new("page_size", message))
    })?;
    let position = position(after, before).map_err(wrong)?;
    let of = Arc::new(of);
    let counted = Arc::clone(&of);
    let tally = move |py: Python<'_>| tally(py, &counted);
    let fetch = move |py: Python<'_>, request: PageRequest| {
        let page = fetch(py, &of, request)?;
        let rows: PyResult<Vec<_>> = page.items.into_iter().map(|row| row.into_python(py)).collect();
        Ok(Fetched { rows: rows?, previous: page.previous, next: page.next })
    };
    let start = PageRequest::default().limit(limit).position(position);
    Ok(Listing { fetch: Arc::new(fetch), tally: Box::new(tally), start })
}

fn position(after: Option<&str>, before: Option<&str>) -> Result<PagePosition, Invalid> {
    match (after, before) {
        (Some(_), Some(_)) => Err(Invalid::new("before", "must not be given together with after")),
        (Some(start), None) => Ok(PagePosition::After(start.parse()?)),
        (None, Some(end)) => {
            let end = end.parse().map_err(|invalid: Invalid| {
                let message = invalid.fields().iter().map(|error| error.message.as_str()).collect::<String>();
                Invalid::new("before", message)
            })?;
            Ok(PagePosition::Before(end))
        }
        (None, None) => Ok(PagePosition::First),
    }
}

#[pymethods]
impl Listing {
    fn __iter__(&self) -> RowIterator {
        RowIterator { rows: Vec::new().into_iter(), ahead: self.begin() }
    }

    /// The rows in pages.
    ///
    /// Returns:
    ///     Iterator[Page]: the pages, each fetched on demand.
    fn pages(&self) -> PageIterator {
        PageIterator { ahead: self.begin() }
    }

    /// The number of rows on all pages, counted up to 10,000.
    ///
    /// Returns:
    ///     RowCount: the number, or that there are more.
    fn count(&self, py: Python<'_>) -> PyResult<RowCount> {
        (self.tally)(py).map(RowCount)
    }

    /// The first rows, for notebooks.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let few = Limit::new(FIRST).unwrap_or(self.start.limit);
        let page = (self.fetch)(py, self.start.clone().limit(few))?;
        html(py, PyTuple::new(py, page.rows)?, page.next.is_some())
    }

    fn __repr__(&self) -> String {
        format!("<ecomdb.Listing in pages of {}>", self.start.limit.get())
    }
}

impl Listing {
    fn begin(&self) -> Ahead {
        Ahead { fetch: Arc::clone(&self.fetch), next: Some(self.start.clone()) }
    }
}

/// The remaining pages.
struct Ahead {
    fetch: Arc<Fetch>,
    /// `None` after the last one.
    next: Option<PageRequest>,
}

impl Ahead {
    /// The next page. An error changes nothing.
    fn advance(&mut self, py: Python<'_>) -> PyResult<Option<Fetched>> {
        let Some(request) = self.next.clone() else { return Ok(None) };
        let limit = request.limit;
        let page = (self.fetch)(py, request)?;
        self.next = page.next.clone().map(|cursor| PageRequest::default().limit(limit).after(cursor));
        Ok(Some(page))
    }
}

/// Iterator over the rows of a :class:`Listing`. It must not be shared between threads.
#[pyclass(generic, module = "ecomdb")]
pub(crate) struct RowIterator {
    rows: IntoIter<Py<PyAny>>,
    ahead: Ahead,
}

#[pymethods]
impl RowIterator {
    fn __iter__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            match self.ahead.advance(py)? {
                Some(page) => self.rows = page.rows.into_iter(),
                None => return Ok(None),
            }
        }
    }
}

/// Iterator over the pages of a :class:`Listing`. It must not be shared between threads.
#[pyclass(generic, module = "ecomdb")]
pub(crate) struct PageIterator {
    ahead: Ahead,
}

#[pymethods]
impl PageIterator {
    fn __iter__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__(&mut self, py: Python<'_>) -> PyResult<Option<Page>> {
        let Some(Fetched { rows, previous, next }) = self.ahead.advance(py)? else { return Ok(None) };
        let items = PyTuple::new(py, rows)?.unbind();
        let text = |cursor: Cursor| cursor.to_string();
        Ok(Some(Page { items, next: next.map(text), previous: previous.map(text) }))
    }
}

/// A page of a list.
#[pyclass(frozen, generic, module = "ecomdb")]
pub(crate) struct Page {
    /// tuple: the rows, in the order of the list.
    #[pyo3(get)]
    items: Py<PyTuple>,
    /// str | None: cursor of the next page, for ``after`` of the same list; None on the last page.
    #[pyo3(get)]
    next: Option<String>,
    /// str | None: cursor of the previous page, for ``before`` of the same list; None on the first page.
    #[pyo3(get)]
    previous: Option<String>,
}

#[pymethods]
impl Page {
    fn __len__(&self, py: Python<'_>) -> usize {
        self.items.bind(py).len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.items.bind(py).try_iter()?.into_any())
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        html(py, self.items.bind(py).clone(), false)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let next = self.next.as_ref().map_or_else(|| "None".to_owned(), |cursor| format!("'{cursor}'"));
        format!("<ecomdb.Page of {} rows, next={next}>", self.items.bind(py).len())
    }
}

/// The number of rows of a list, counted up to 10,000. ``str()`` gives ``"317"``, or ``"10000+"`` if there are more.
#[pyclass(frozen, eq, hash, module = "ecomdb")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct RowCount(ecomdb::RowCount);

#[pymethods]
impl RowCount {
    /// int: the number of rows, or 10,000 if there are more.
    #[getter]
    fn value(&self) -> i64 {
        self.0.at_least()
    }

    /// bool: whether ``value`` is the number of all rows.
    #[getter]
    fn is_exact(&self) -> bool {
        self.0.is_exact()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<ecomdb.RowCount {}>", self.0)
    }
}

/// Number of rows of a list that a notebook shows.
const FIRST: i64 = 10;

/// The table that notebooks show.
fn html(py: Python<'_>, rows: Bound<'_, PyTuple>, more: bool) -> PyResult<Py<PyAny>> {
    let options = [("more", more)].into_py_dict(py)?;
    Ok(py.import("ecomdb.tables")?.getattr("list_html")?.call((rows,), Some(&options))?.unbind())
}
