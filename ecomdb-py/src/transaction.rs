//! `with db.transaction() as tx`

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pyo3::prelude::*;

use crate::analytics::Analytics;
use crate::categories::Categories;
use crate::errors::plain;
use crate::handle::{Handle, lock};
use crate::inventory::Stock;
use crate::orders::Orders;
use crate::payments::Payments;
use crate::product_groups::ProductGroups;
use crate::products::Products;
use crate::scope::Scope;
use crate::session::Session;
use crate::shop::ShopSettings;
use crate::users::Users;
use crate::vouchers::Vouchers;

/// Several operations that are committed together or not at all: ``with db.transaction() as tx``.
///
/// In the block, ``tx`` has the same parts as the database: ``tx.orders.place(...)``. The block commits when it ends, and
/// rolls back when it raises. An operation that the shop refuses (invalid, not found, conflict) undoes only itself:
/// catch its exception, and the transaction goes on. After any other error it is over.
///
/// It belongs to the thread that began it, and can be entered once. The block is not retried after a conflict with another
/// transaction: it raises :class:`ContentionError`. :meth:`Database.transact` retries.
///
/// On SQLite the block excludes all other writers, so keep it short. After ``idle_timeout``
/// seconds without an operation it is rolled back.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Transaction {
    handle: Arc<Handle>,
    idle: Duration,
    session: Mutex<Option<Arc<Session>>>,
}

impl Transaction {
    pub(crate) fn new(handle: Arc<Handle>, idle: Duration) -> Self {
        Self { handle, idle, session: Mutex::new(None) }
    }

    fn session(&self, py: Python<'_>) -> PyResult<Arc<Session>> {
        let session = lock(&self.session).clone();
        session.ok_or_else(|| plain(py, "TransactionError", "the transaction has not begun: use it in a with block"))
    }

    fn scope(&self, py: Python<'_>) -> PyResult<Scope> {
        self.session(py).map(Scope::Transaction)
    }

    /// Begins the transaction. Raises `TransactionError` the second time.
    pub(crate) fn enter(&self, py: Python<'_>) -> PyResult<()> {
        if lock(&self.session).is_some() {
            let message = "a transaction can be entered once: begin another one with db.transaction()";
            return Err(plain(py, "TransactionError", message));
        }
        let session = Session::begin(py, &self.handle, self.idle)?;
        *lock(&self.session) = Some(session);
        Ok(())
    }

    /// Ends the transaction: rolls back if its block raised.
    pub(crate) fn exit(&self, py: Python<'_>, raised: bool) -> PyResult<()> {
        let session = self.session(py)?;
        if raised { session.roll_back(py) } else { session.commit(py) }
    }
}

#[pymethods]
impl Transaction {
    /// ShopSettings: name, currency and time zone of the shop.
    #[getter]
    fn shop(&self, py: Python<'_>) -> PyResult<ShopSettings> {
        Ok(ShopSettings { scope: self.scope(py)? })
    }

    /// Users: users.
    #[getter]
    fn users(&self, py: Python<'_>) -> PyResult<Users> {
        Ok(Users { scope: self.scope(py)? })
    }

    /// Categories: product categories.
    #[getter]
    fn categories(&self, py: Python<'_>) -> PyResult<Categories> {
        Ok(Categories { scope: self.scope(py)? })
    }

    /// Products: products and their prices.
    #[getter]
    fn products(&self, py: Python<'_>) -> PyResult<Products> {
        Ok(Products { scope: self.scope(py)? })
    }

    /// ProductGroups: groups of products.
    #[getter]
    fn groups(&self, py: Python<'_>) -> PyResult<ProductGroups> {
        Ok(ProductGroups { scope: self.scope(py)? })
    }

    /// Inventory: stock levels and movements.
    #[getter]
    fn inventory(&self, py: Python<'_>) -> PyResult<Stock> {
        Ok(Stock { scope: self.scope(py)? })
    }

    /// Orders: orders.
    #[getter]
    fn orders(&self, py: Python<'_>) -> PyResult<Orders> {
        Ok(Orders { scope: self.scope(py)? })
    }

    /// Payments: payments and refunds.
    #[getter]
    fn payments(&self, py: Python<'_>) -> PyResult<Payments> {
        Ok(Payments { scope: self.scope(py)? })
    }

    /// Vouchers: vouchers.
    #[getter]
    fn vouchers(&self, py: Python<'_>) -> PyResult<Vouchers> {
        Ok(Vouchers { scope: self.scope(py)? })
    }

    /// Analytics: sales reports, including the changes of this transaction.
    #[getter]
    fn analytics(&self, py: Python<'_>) -> PyResult<Analytics> {
        Ok(Analytics { scope: self.scope(py)? })
    }

    /// bool: whether it has begun and not ended.
    #[getter]
    fn is_open(&self) -> bool {
        lock(&self.session).as_ref().is_some_and(|session| session.is_open())
    }

    /// Rolls back and ends the transaction; the block can then be left without an exception.
    ///
    /// Raises:
    ///     TransactionError: it has not begun, or belongs to another thread.
    fn rollback(&self, py: Python<'_>) -> PyResult<()> {
        self.session(py)?.roll_back(py)
    }

    fn __enter__(this: Py<Self>, py: Python<'_>) -> PyResult<Py<Self>> {
        this.get().enter(py)?;
        Ok(this)
    }

    #[pyo3(signature = (exception_type, _exception, _traceback, /))]
    fn __exit__(
        &self,
        py: Python<'_>,
        exception_type: &Bound<'_, PyAny>,
        _exception: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        self.exit(py, !exception_type.is_none())
    }

    fn __repr__(&self) -> String {
        let state = if self.is_open() { "open" } else { "not open" };
        format!("<ecomdb.Transaction, {state}>")
    }
}
