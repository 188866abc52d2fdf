//! Where an operation runs: in its own transaction, with or without a caller, or in an open one.

use std::sync::Arc;

use ecomdb::IdempotencyKey;
use pyo3::prelude::*;

use crate::behalf::Behalf;
use crate::errors::invalid;
use crate::handle::Handle;
use crate::session::Session;

#[derive(Clone)]
pub(crate) enum Scope {
    Database(Arc<Handle>),
    OnBehalf(Behalf),
    Transaction(Arc<Session>),
}

/// Runs an operation without the GIL: `run!(self.scope, py, |shop| shop.users().get(id))`.
macro_rules! run {
    ($scope:expr, $py:expr, |$shop:ident| $body:expr) => {
        match &$scope {
            $crate::scope::Scope::Database(handle) => {
                let database = handle.database($py)?;
                let outcome = $py.detach(move || {
                    let $shop = &database;
                    $body
                });
                outcome.map_err(|error| $crate::errors::exception($py, &error))
            }
            $crate::scope::Scope::OnBehalf(behalf) => behalf.run($py, move |$shop| $body),
            $crate::scope::Scope::Transaction(session) => session.run($py, move |$shop| $body),
        }
    };
}
pub(crate) use run;

/// The idempotency key of an operation, if it carries one.
pub(crate) fn maybe_key(py: Python<'_>, key: Option<&str>) -> PyResult<Option<IdempotencyKey>> {
    key.map(|key| IdempotencyKey::new(key).map_err(|error| invalid(py, &error))).transpose()
}
