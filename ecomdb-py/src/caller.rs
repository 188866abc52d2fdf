//! Whoever asks for something.

use std::sync::Arc;

use ecomdb::Credential;
use pyo3::prelude::*;

use crate::errors::exception;
use crate::values::Value as _;
use crate::words::word;

/// Whoever asks, with what was proved: made by :meth:`Accounts.authenticate`, for :meth:`Database.on_behalf_of`.
///
/// It says what was true then. Each operation on its behalf decides anew: once the session or key has ended, or the user is
/// disabled, it raises :class:`InvalidTokenError`. Callers are equal who came in the same way and may do the same.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Caller(pub(crate) Arc<ecomdb::Caller>);

#[pymethods]
impl Caller {
    /// int | None: which user. None for the program itself, which may do everything.
    #[getter]
    fn user_id(&self) -> Option<i64> {
        self.0.user().map(ecomdb::UserId::get)
    }

    /// Role: what the user is in the shop.
    #[getter]
    fn role(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.role().into_python(py)
    }

    /// tuple[Scope, ...]: everything that it may do: all that the role may, or what of that the API key has.
    #[getter]
    fn scopes(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.scopes().to_vec().into_python(py)
    }

    /// int | None: with which API key it came; None for somebody who logged in.
    #[getter]
    fn api_key_id(&self) -> Option<i64> {
        match self.0.credential() {
            Credential::ApiKey(id) => Some(id.get()),
            Credential::Operator | Credential::Session(_) => None,
        }
    }

    /// Refuses what the caller may not do: for what a program does beside the shop. What the shop does is refused anyway.
    ///
    /// Args:
    ///     scope (Scope | str): what is needed, such as ``"reports:read"``.
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
    /// Who it is, in words.
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
