//! The database that `ecomdb.connect` opens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::accounts::Accounts;
use crate::analytics::Analytics;
use crate::categories::Categories;
use crate::errors::exception;
use crate::handle::Handle;
use crate::inventory::Stock;
use crate::orders::Orders;
use crate::payments::Payments;
use crate::product_groups::ProductGroups;
use crate::products::Products;
use crate::scope::Scope;
use crate::shop::ShopSettings;
use crate::times::seconds;
use crate::transaction::Transaction;
use crate::users::Users;
use crate::values::Value as _;
use crate::vouchers::Vouchers;
use crate::{check, generator, scenario};

/// How long `transact` tries again.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open database, made by :func:`connect`. Use it in a ``with`` block, or close it when you are done.
///
/// It can be shared between threads; while a call works, other threads run. A forked process cannot use it; the error
/// says so, and the process opens another one. It closes when the last reference to it is gone.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Database {
    pub(crate) handle: Arc<Handle>,
    /// ShopSettings: name, currency and time zone of the shop.
    #[pyo3(get)]
    shop: Py<ShopSettings>,
    /// Users: users.
    #[pyo3(get)]
    users: Py<Users>,
    /// Categories: product categories.
    #[pyo3(get)]
    categories: Py<Categories>,
    /// Products: products and their prices.
    #[pyo3(get)]
    products: Py<Products>,
    /// ProductGroups: groups of products.
    #[pyo3(get)]
    groups: Py<ProductGroups>,
    /// Inventory: stock levels and movements.
    #[pyo3(get)]
    inventory: Py<Stock>,
    /// Orders: orders.
    #[pyo3(get)]
    orders: Py<Orders>,
    /// Payments: payments and refunds.
    #[pyo3(get)]
    payments: Py<Payments>,
    /// Vouchers: vouchers.
    #[pyo3(get)]
    vouchers: Py<Vouchers>,
    /// Analytics: sales reports.
    #[pyo3(get)]
    analytics: Py<Analytics>,
    /// Accounts: logins, passwords, roles and API keys.
    #[pyo3(get)]
    accounts: Py<Accounts>,
}

impl Database {
    /// Wraps an open database for :func:`connect`.
    pub(crate) fn new(py: Python<'_>, database: ecomdb::Database) -> PyResult<Self> {
        let handle = Arc::new(Handle::new(database));
        let scope = || Scope::Database(Arc::clone(&handle));
        Ok(Self {
            shop: Py::new(py, ShopSettings { scope: scope() })?,
            users: Py::new(py, Users { scope: scope() })?,
            categories: Py::new(py, Categories { scope: scope() })?,
            products: Py::new(py, Products { scope: scope() })?,
            groups: Py::new(py, ProductGroups { scope: scope() })?,
            inventory: Py::new(py, Stock { scope: scope() })?,
            orders: Py::new(py, Orders { scope: scope() })?,
            payments: Py::new(py, Payments { scope: scope() })?,
            vouchers: Py::new(py, Vouchers { scope: scope() })?,
            analytics: Py::new(py, Analytics { scope: scope() })?,
            accounts: Py::new(py, Accounts::of_program(Arc::clone(&handle)))?,
            handle,
        })
    }
}

#[pymethods]
impl Database {
    /// tuple[str, ...]: the migrations that connecting ran, such as ``"0001_base"``; none if the schema was the newest.
    #[getter]
    fn applied_migrations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.handle.database(py)?.applied_migrations())
    }

    /// tuple[str, ...]: the views that connecting made, because they were missing or had an older text.
    #[getter]
    fn renewed_views<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.handle.database(py)?.renewed_views())
    }

    /// tuple[str, ...]: the views that connecting could not recreate, so that they have an older text.
    #[getter]
    fn stale_views<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.handle.database(py)?.stale_views())
    }

    /// str | None: why ``stale_views`` could not be recreated; ``None`` if there are none.
    #[getter]
    fn stale_views_reason(&self, py: Python<'_>) -> PyResult<Option<String>> {
        Ok(self.handle.database(py)?.stale_views_reason().map(str::to_owned))
    }

    /// Literal["SQLite", "MySQL", "PostgreSQL"]: the name of the engine.
    #[getter]
    fn engine(&self) -> &'static str {
        self.handle.engine()
    }

    /// bool: whether it was opened with ``read_only=True``.
    #[getter]
    fn is_read_only(&self) -> bool {
        self.handle.is_read_only()
    }

    /// bool: whether it was closed.
    #[getter]
    fn is_closed(&self) -> bool {
        self.handle.is_closed()
    }

    /// Several operations that are committed together or not at all.
    ///
    /// Args:
    ///     idle_timeout (float): seconds without an operation after which it is rolled back. On SQLite every other writer
    ///         waits for it.
    ///
    /// Returns:
    ///     Transaction: to be used in a ``with`` block.
    ///
    /// Raises:
    ///     ValidationError: the timeout is not more than 0.
    #[pyo3(signature = (*, idle_timeout=30.0))]
    fn transaction(&self, py: Python<'_>, idle_timeout: f64) -> PyResult<Transaction> {
        Ok(Transaction::new(Arc::clone(&self.handle), seconds(py, "idle_timeout", idle_timeout)?))
    }

    /// Calls ``function(tx, *args, **kwargs)`` in a transaction, and retries it for up to 30 seconds after a conflict
    /// with another one, so it should have no other effects. An exception rolls the transaction back, and is raised here.
    ///
    /// Args:
    ///     function (Callable): gets the :class:`Transaction`, and the other arguments.
    ///
    /// Returns:
    ///     Any: what the function returned, once it is durable.
    ///
    /// Raises:
    ///     ContentionError: every attempt failed because of a conflict.
    #[pyo3(signature = (function, /, *args, **kwargs))]
    fn transact<'py>(
        &self,
        py: Python<'py>,
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if !function.is_callable() {
            let kind = function.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "function must be a callable that takes a Transaction, not {kind}"
            )));
        }
        let started = Instant::now();
        let contention = py.import("ecomdb.errors")?.getattr("ContentionError")?;
        let mut attempt = 0;
        loop {
            match self.attempt(py, function, args, kwargs) {
                Err(error) if error.matches(py, &contention)? && started.elapsed() < PATIENCE => {}
                outcome => return outcome,
            }
            let random: f64 = py.import("random")?.call_method0("random")?.extract()?;
            py.detach(|| std::thread::sleep(Duration::from_millis(1 << attempt.min(7)).mul_f64(random)));
            py.check_signals()?;
            attempt += 1;
        }
    }

    /// Fills the shop with realistic rows, in one transaction: all of them, or none. A shop that has rows keeps them.
    ///
    /// Args:
    ///     preset (Literal["demo", "small", "large"]): the source of all values that are not given: ``"demo"`` (3,000 users,
    ///         400 products, 12,000 orders over two years), ``"small"`` (200, 100, 1,000) or ``"large"`` (200,000, 10,000,
    ///         1,000,000, three years).
    ///     only_if_empty (bool): do nothing, and return None, if there are users, categories, products or orders.
    ///     progress (bool | Callable[[Progress], object]): True shows a bar on the standard error; a callable is called
    ///         repeatedly with the progress. If it raises, or on Ctrl-C, the generator stops and undoes everything.
    ///     from_ (datetime | date | str): when the shop opens. Default: the preset's period before the end.
    ///     until (datetime | date | str): when the period ends. Default: the last midnight in UTC.
    #[doc = include_str!("settings.txt")]
    ///
    /// Returns:
    ///     Summary | None: what was generated.
    ///
    /// Raises:
    ///     ValidationError: for a value that is out of bounds.
    ///     ContentionError: another transaction writes to the shop at the same time.
    #[pyo3(signature = (preset="demo", *, only_if_empty=false, progress=None, **scenario))]
    fn generate(
        &self,
        py: Python<'_>,
        preset: &str,
        only_if_empty: bool,
        progress: Option<&Bound<'_, PyAny>>,
        scenario: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        let wanted = scenario::scenario(py, preset, scenario)?;
        let progress = generator::callback(py, progress)?;
        let database = self.handle.database(py)?;
        generator::generate(py, database, &wanted, only_if_empty, progress.as_ref())
    }

    /// Deletes everything in the shop; other tables of the database stay.
    ///
    /// Raises:
    ///     ConfigurationError: a foreign key of a table that is not the shop's, or on PostgreSQL a view, refers to one that is.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        let database = self.handle.database(py)?;
        py.detach(move || database.reset()).map_err(|error| exception(py, &error))
    }

    /// Proves that the shop adds up: stock equals its ledger, totals equal their items, payments and refunds stay within
    /// their bounds, and what reports read equals what the orders say.
    ///
    /// Args:
    ///     progress (Callable[[CheckResult], object] | None): called with each rule after it was checked. If it raises, or on
    ///         Ctrl-C, the check ends.
    ///
    /// Returns:
    ///     CheckReport: every rule, and the rows that break it. What is wrong with the data is no exception.
    #[pyo3(signature = (*, progress=None))]
    fn check(&self, py: Python<'_>, progress: Option<Py<PyAny>>) -> PyResult<Py<PyAny>> {
        check::run(py, self.handle.database(py)?, progress)
    }

    /// What the database is doing at the moment, and what this process has done with it since it connected.
    ///
    /// Returns:
    ///     Statistics: the counts.
    fn statistics(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let database = self.handle.database(py)?;
        let counted = py.detach(move || database.statistics()).map_err(|error| exception(py, &error))?;
        counted.into_python(py)
    }

    /// Recomputes the summary tables of reports from the orders, and the search terms from users and products. Needed only
    /// if :meth:`check` finds a difference.
    fn rebuild(&self, py: Python<'_>) -> PyResult<()> {
        let database = self.handle.database(py)?;
        py.detach(move || database.rebuild()).map_err(|error| exception(py, &error))
    }

    /// Closes the database, finishing what was begun. Closing twice does nothing.
    fn close(&self, py: Python<'_>) {
        self.handle.close(py);
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (exception_type, _exception, _traceback, /))]
    fn __exit__(
        &self,
        py: Python<'_>,
        exception_type: &Bound<'_, PyAny>,
        _exception: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) {
        let _ = exception_type;
        self.close(py);
    }

    fn __repr__(&self) -> String {
        let closed = if self.handle.is_closed() { ", closed" } else { "" };
        format!("<ecomdb.Database on {}{closed}>", self.handle.engine())
    }
}

impl Database {
    fn attempt<'py>(
        &self,
        py: Python<'py>,
        function: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let transaction = Bound::new(py, self.transaction(py, 30.0)?)?;
        transaction.get().enter(py)?;
        let mut all = vec![transaction.clone().into_any()];
        all.extend(args.iter());
        match function.call(PyTuple::new(py, all)?, kwargs) {
            Ok(result) => transaction.get().exit(py, false).map(|()| result),
            Err(error) => {
                transaction.get().exit(py, true)?;
                Err(error)
            }
        }
    }
}
