//! A database, with or without a caller.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::errors::exception;
use crate::handle::Handle;

/// An open database on behalf of a caller.
#[derive(Clone)]
pub(crate) struct Behalf {
    handle: Arc<Handle>,
    caller: Arc<ecomdb::Caller>,
}

impl Behalf {
    pub(crate) fn new(handle: Arc<Handle>, caller: Arc<ecomdb::Caller>) -> Self {
        Self { handle, caller }
    }

    pub(crate) fn caller(&self) -> &ecomdb::Caller {
        &self.caller
    }

    /// The caller, cloned.
    pub(crate) fn shared_caller(&self) -> Arc<ecomdb::Caller> {
        Arc::clone(&self.caller)
    }

    pub(crate) fn engine(&self) -> &'static str {
        self.handle.engine()
    }

    /// Runs an operation without the GIL.
    pub(crate) fn run<T: Send>(
        &self,
        py: Python<'_>,
        operation: impl FnOnce(ecomdb::OnBehalf<'_>) -> ecomdb::Result<T> + Send,
    ) -> PyResult<T> {
        let database = self.handle.database(py)?;
        let caller = &*self.caller;
        let outcome = py.detach(move || operation(database.on_behalf_of(caller)));
        outcome.map_err(|error| exception(py, &error))
    }
}
