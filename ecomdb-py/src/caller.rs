//! Callers.

use std::sync::Arc;

use ecomdb::Credential;
use pyo3::prelude::*;

use crate::enums::word;
use crate::errors::exception;
use crate::values::Value as _;

/// An authenticated user: made by :meth:`Accounts.authenticate`, for :meth:`Database.on_behalf_of`.
///
/// It holds the permissions of that time. Each operation on its behalf reads them again: once the session or key has ended, or
/// the user is disabled, it raises :class:`InvalidTokenError`. Callers are equal if credential and permissions are.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Caller(pub(crate) Arc<ecomdb::Caller>);

#[pymethods]
impl Caller {
    /// int | None: user id; None for the program itself, which may do everything.
    #[getter]
    fn user_id(&self) -> Option<i64> {
        self.0.user().map(ecomdb::UserId::get)
    }

    /// Role: role of the user.
    #[getter]
    fn role(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.role().into_python(py)
    }

    /// tuple[Scope, ...]: permissions: those of the role, limited to those of the API key.
    #[getter]
    fn scopes(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.scopes().to_vec().into_python(py)
    }

    /// int | None: id of its API key; None for a session.
    #[getter]
    fn api_key_id(&self) -> Option<i64> {
        match self.0.credential() {
            Credential::ApiKey(id) => Some(id.get()),
            Credential::Operator | Credential::Session(_) => None,
        }
    }

    /// Raises an error if the caller lacks a scope. For checks of your own: the shop checks its operations itself.
    ///
    /// Args:
    ///     scope (Scope | str): required scope, such as ``"reports:read"``.
    ///
    /// Raises:
    ///     ForbiddenError: the caller does not have it.
    ///     ValidationError: there is no such scope.
    fn demand(&self, py: Python<'_>, scope: &str) -> PyResult<()> {
        let scope = word(py, "scope", scope)?;
        self.0.demand(scope).map_err(|error| exception(py, &error))
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        (self.user_id(), self.api_key_id()).into_pyobject(py)?.hash()
    }

    fn __repr__(&self) -> String {
        format!("<ecomdb.Caller, {}>", self.name())
    }
}

impl Caller {
    /// The caller as text.
    pub(crate) fn name(&self) -> String {
        let who = match self.user_id() {
            Some(user) => format!("user {user} ({})", self.0.role()),
            None => "the program itself".to_owned(),
        };
        match self.api_key_id() {
            Some(key) => format!("{who} with API key {key}"),
            None => who,
        }
    }
}
