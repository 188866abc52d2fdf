//! `db.inventory`

use ecomdb::ProductId;
use pyo3::prelude::*;

use crate::listing::{Listing, listing};
use crate::rows::rows;
use crate::scope::{Scope, maybe_key, run};
use crate::values::Value as _;
use crate::whole::{Count, Id};

rows! {
    /// What there is of one product.
    StockLevel = ecomdb::StockLevel {
        /// int: of which product.
        product_id,
        /// str: what it is called.
        product_name,
        /// int: units in stock.
        quantity,
        /// int: at or below this many units, it is time to reorder.
        reorder_level,
        /// datetime: when the quantity or the reorder level last changed, in UTC.
        updated_at,
    }

    /// One entry of the stock ledger. The sum of a product's movements is its stock, always.
    Movement = ecomdb::Movement {
        /// int: which entry.
        id,
        /// int: of which product.
        product_id,
        /// int: units that came (positive) or went (negative).
        delta,
        /// MovementReason: why.
        reason,
        /// int | None: for which order, if for one.
        order_id,
        /// str | None: what somebody noted.
        note,
        /// datetime: when, in UTC.
        created_at,
    }
}

/// The stock of a shop: ``db.inventory``, ``tx.inventory`` in a transaction, or ``shop.inventory`` on behalf of somebody.
// Not called `Inventory` in Rust: the macro of `pymethods` uses a crate of that name.
#[pyclass(frozen, module = "ecomdb", name = "Inventory")]
pub(crate) struct Stock {
    pub(crate) scope: Scope,
}

#[pymethods]
impl Stock {
    /// What there is of one product.
    ///
    /// Args:
    ///     product_id (int): which product.
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

    /// What there is of every product, by id.
    ///
    /// Args:
    ///     after (str | None): begin behind the page that gave this cursor.
    ///     page_size (int | None): how many rows to fetch at a time: 1 to 1000, which is the default.
    ///
    /// Returns:
    ///     Listing[StockLevel]: the stock, fetched while you iterate.
    ///
    /// Raises:
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (*, after=None, page_size=None))]
    fn list(&self, py: Python<'_>, after: Option<&str>, page_size: Option<Count>) -> PyResult<Listing> {
        let scope = self.scope.clone();
        listing(py, after, page_size, move |py, page| run!(scope, py, |shop| shop.inventory().list(&page)))
    }

    /// The ledger of a product's stock, the latest entry first.
    ///
    /// Args:
    ///     product_id (int): which product.
    ///     after (str | None): begin behind the page that gave this cursor.
    ///     page_size (int | None): how many rows to fetch at a time: 1 to 1000, which is the default.
    ///
    /// Returns:
    ///     Listing[Movement]: the entries, fetched while you iterate.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id; raised when the first page is fetched.
    ///     ValidationError: for an argument that is not allowed.
    #[pyo3(signature = (product_id, *, after=None, page_size=None))]
    fn movements(
        &self,
        py: Python<'_>,
        product_id: Id,
        after: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let scope = self.scope.clone();
        let id = product_id.of(py, "product_id", ProductId::new)?;
        listing(py, after, page_size, move |py, page| run!(scope, py, |shop| shop.inventory().movements(id, &page)))
    }

    /// Books new goods that arrived.
    ///
    /// Args:
    ///     product_id (int): of which product.
    ///     quantity (int): units that arrived: 1 to 1,000,000.
    ///     note (str | None): at most 500 characters.
    ///     idempotency_key (str | None): a repetition with the same key books nothing and gives what there is now.
    ///
    /// Returns:
    ///     StockLevel: what there is now.
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

    /// Books what a count found: more (positive) or less (negative) than the ledger says.
    ///
    /// Args:
    ///     product_id (int): of which product.
    ///     delta (int): units found, less those expected: -1,000,000 to 1,000,000, and not 0.
    ///     note (str | None): at most 500 characters.
    ///     idempotency_key (str | None): a repetition with the same key books nothing and gives what there is now.
    ///
    /// Returns:
    ///     StockLevel: what there is now.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    ///     ValidationError: for an argument that is not allowed.
    ///     InsufficientStockError: less would be left than nothing.
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

    /// Sets how many units are few enough to reorder.
    ///
    /// Args:
    ///     product_id (int): of which product.
    ///     reorder_level (int): units: 0 to 1,000,000,000.
    ///
    /// Returns:
    ///     StockLevel: what there is now.
    ///
    /// Raises:
    ///     NotFoundError: no product has the id.
    ///     ValidationError: for a level that is not allowed.
    fn set_reorder_level(&self, py: Python<'_>, product_id: Id, reorder_level: Count) -> PyResult<Py<PyAny>> {
        let id = product_id.of(py, "product_id", ProductId::new)?;
        run!(self.scope, py, |shop| shop.inventory().set_reorder_level(id, reorder_level.0))?.into_python(py)
    }
}
