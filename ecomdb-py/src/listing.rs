//! Lists, fetched lazily and page by page.

use std::sync::Arc;
use std::vec::IntoIter;

use ecomdb::{Cursor, Invalid, Limit, PageRequest};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict as _, PyTuple};

use crate::errors::invalid;
use crate::integers::Count;
use crate::values::Value;

/// The rows of a page, and the cursor of the next one.
type Fetched = (Vec<Py<PyAny>>, Option<Cursor>);

/// Fetches the rows of one page.
type Fetch = dyn Fn(Python<'_>, PageRequest) -> PyResult<Fetched> + Send + Sync;

/// The rows of a list, fetched page by page on demand.
///
/// Iterate over it for every row, any number of times: each iteration starts over. Rows that are created meanwhile may or may
/// not be included; no row appears twice. ``pages()`` gives the same rows in pages, for user interfaces.
#[pyclass(frozen, generic, module = "ecomdb")]
pub(crate) struct Listing {
    fetch: Arc<Fetch>,
    start: PageRequest,
}

/// Arguments of every list: where to begin, and how many rows to fetch at a time.
pub(crate) fn listing<T: Value>(
    py: Python<'_>,
    after: Option<&str>,
    page_size: Option<Count>,
    fetch: impl Fn(Python<'_>, PageRequest) -> PyResult<ecomdb::Page<T>> + Send + Sync + 'static,
) -> PyResult<Listing> {
    let wrong = |error: Invalid| invalid(py, &error);
    let limit = Limit::new(page_size.map_or(Limit::MAX, |size| size.0)).map_err(|error| {
        let message = error.fields().iter().map(|error| error.message.as_str()).collect::<String>();
        wrong(Invalid::new("page_size", message))
    })?;
    let after = after.map(str::parse).transpose().map_err(wrong)?;
    let fetch = move |py: Python<'_>, request: PageRequest| {
        let page = fetch(py, request)?;
        let rows: PyResult<Vec<_>> = page.items.into_iter().map(|row| row.into_python(py)).collect();
        Ok((rows?, page.next))
    };
    let mut start = PageRequest::default().limit(limit);
    start.after = after;
    Ok(Listing { fetch: Arc::new(fetch), start })
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

    /// The first rows, for notebooks.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let few = Limit::new(FIRST).unwrap_or(self.start.limit);
        let (rows, next) = (self.fetch)(py, self.start.clone().limit(few))?;
        html(py, PyTuple::new(py, rows)?, next.is_some())
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
    /// The next page, and the cursor of the one after it. An error changes nothing.
    fn advance(&mut self, py: Python<'_>) -> PyResult<Option<Fetched>> {
        let Some(request) = self.next.clone() else { return Ok(None) };
        let limit = request.limit;
        let (rows, next) = (self.fetch)(py, request)?;
        self.next = next.clone().map(|cursor| PageRequest::default().limit(limit).after(cursor));
        Ok(Some((rows, next)))
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
                Some((rows, _)) => self.rows = rows.into_iter(),
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
        let Some((rows, next)) = self.ahead.advance(py)? else { return Ok(None) };
        let items = PyTuple::new(py, rows)?.unbind();
        Ok(Some(Page { items, next: next.map(|cursor| cursor.to_string()) }))
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

/// Number of rows of a list that a notebook shows.
const FIRST: i64 = 10;

/// The table that notebooks show.
fn html(py: Python<'_>, rows: Bound<'_, PyTuple>, more: bool) -> PyResult<Py<PyAny>> {
    let options = [("more", more)].into_py_dict(py)?;
    Ok(py.import("ecomdb.tables")?.getattr("list_html")?.call((rows,), Some(&options))?.unbind())
}
