//! `db.inventory`

use ecomdb::{ProductId, StockFilter};
use pyo3::prelude::*;

use crate::integers::{Count, Id};
use crate::listing::{Listing, Paging, listing};
use crate::rows::rows;
use crate::scope::{Scope, maybe_key, run};
use crate::values::Value as _;

rows! {
    /// The stock level of a product.
    StockLevel = ecomdb::StockLevel {
        /// int: product id.
        product_id,
        /// str: name.
        product_name,
        /// int: units in stock.
        quantity,
        /// int: the reorder level, in units.
        reorder_level,
        /// datetime: when the quantity or the reorder level last changed, in UTC.
        updated_at,
    }

    /// One entry of the stock ledger. The sum of a product's movements equals its stock.
    Movement = ecomdb::Movement {
        /// int | None: movement id; ``None`` for a movement made by an order.
        id,
        /// int: product id.
        product_id,
        /// int: units added (positive) or removed (negative).
        delta,
        /// MovementReason: reason.
        reason,
        /// int | None: order id, for movements made by an order.
        order_id,
        /// str | None: note.
        note,
        /// datetime: when, in UTC.
        created_at,
    }
}

/// The stock of a shop: ``db.inventory``, ``tx.inventory`` in a transaction, or ``shop.inventory`` on behalf of a caller.
// Not called `Inventory` in Rust: the macro of `pymethods` uses a crate of that name.
#[pyclass(frozen, module = "ecomdb", name = "Inventory")]
pub(crate) struct Stock {
    pub(crate) scope: Scope,
}

#[pymethods]
impl Stock {
    /// The stock level of a product.
    ///
    /// Args:
    ///     product_id (int): product id.
    ///
    /// Returns:
    ///     StockLevel: its stock.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    fn get(&self, py: Python<'_>, product_id: Id) -> PyResult<Py<PyAny>> {
        let id = product_id.of(py, "product_id", ProductId::new)?;
        run!(self.scope, py, |shop| shop.inventory().get(id))?.into_python(py)
    }

    /// The stock levels of all products, or of those that match, sorted by product id.
    ///
    /// Args:
    ///     search (str | None): only products with all of these words; see :meth:`Products.list`.
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[StockLevel]: the stock, fetched while you iterate.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (*, search=None, after=None, before=None, page_size=None))]
    fn list(
        &self,
        py: Python<'_>,
        search: Option<String>,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let mut filter = StockFilter::default();
        filter.search = search;
        let fetch = |py: Python<'_>, (scope, filter): &(Scope, StockFilter), page| {
            let filter = filter.clone().page(page);
            run!(scope, py, |shop| shop.inventory().list(&filter))
        };
        listing(py, Paging { after, before, page_size }, (self.scope.clone(), filter), fetch, |py, (scope, filter)| {
            let filter = filter.clone();
            run!(scope, py, |shop| shop.inventory().count(&filter))
        })
    }

    /// The ledger of a product's stock, the latest entry first.
    ///
    /// Args:
    ///     product_id (int): product id.
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[Movement]: the entries, fetched while you iterate.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id; raised when the first page is fetched.
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (product_id, *, after=None, before=None, page_size=None))]
    fn movements(
        &self,
        py: Python<'_>,
        product_id: Id,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let id = product_id.of(py, "product_id", ProductId::new)?;
        let fetch = |py: Python<'_>, (scope, id): &(Scope, ProductId), page| {
            let id = *id;
            run!(scope, py, |shop| shop.inventory().movements(id, &page))
        };
        listing(py, Paging { after, before, page_size }, (self.scope.clone(), id), fetch, |py, (scope, id)| {
            let id = *id;
            run!(scope, py, |shop| shop.inventory().count_movements(id))
        })
    }

    /// Books a delivery.
    ///
    /// Args:
    ///     product_id (int): product id.
    ///     quantity (int): units that arrived: 1 to 1,000,000.
    ///     note (str | None): at most 500 characters.
    ///     idempotency_key (str | None): a repeated call with the same key changes nothing and returns the stock level.
    ///
    /// Returns:
    ///     StockLevel: the new stock level.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    ///     ValidationError: for an argument that is not allowed.
    ///     IdempotencyKeyReusedError: the key was used for another movement.
    #[pyo3(signature = (product_id, quantity, *, note=None, idempotency_key=None))]
    fn restock(
        &self,
        py: Python<'_>,
        product_id: Id,
        quantity: Count,
        note: Option<String>,
        idempotency_key: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let id = product_id.of(py, "product_id", ProductId::new)?;
        let key = maybe_key(py, idempotency_key)?;
        let booked =
            run!(self.scope, py, |shop| shop.inventory().idempotent(key).restock(id, quantity.0, note.as_deref()));
        booked?.into_python(py)
    }

    /// Corrects the stock after a count: more (positive) or fewer (negative) units than in the ledger.
    ///
    /// Args:
    ///     product_id (int): product id.
    ///     delta (int): difference in units: -1,000,000 to 1,000,000, and not 0.
    ///     note (str | None): at most 500 characters.
    ///     idempotency_key (str | None): a repeated call with the same key changes nothing and returns the stock level.
    ///
    /// Returns:
    ///     StockLevel: the new stock level.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    ///     ValidationError: for an argument that is not allowed.
    ///     InsufficientStockError: the stock would become negative.
    ///     IdempotencyKeyReusedError: the key was used for another movement.
    #[pyo3(signature = (product_id, delta, *, note=None, idempotency_key=None))]
    fn adjust(
        &self,
        py: Python<'_>,
        product_id: Id,
        delta: Count,
        note: Option<String>,
        idempotency_key: Option<&str>,
    ) -> PyResult<Py<PyAny>> {
        let id = product_id.of(py, "product_id", ProductId::new)?;
        let key = maybe_key(py, idempotency_key)?;
        let booked = run!(self.scope, py, |shop| shop.inventory().idempotent(key).adjust(id, delta.0, note.as_deref()));
        booked?.into_python(py)
    }

    /// Sets the reorder level of a product.
    ///
    /// Args:
    ///     product_id (int): product id.
    ///     reorder_level (int): units: 0 to 1,000,000,000.
    ///
    /// Returns:
    ///     StockLevel: the new stock level.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    ///     ValidationError: for a level that is not allowed.
    fn set_reorder_level(&self, py: Python<'_>, product_id: Id, reorder_level: Count) -> PyResult<Py<PyAny>> {
        let id = product_id.of(py, "product_id", ProductId::new)?;
        run!(self.scope, py, |shop| shop.inventory().set_reorder_level(id, reorder_level.0))?.into_python(py)
    }
}
