//! `db.accounts`: the own sessions.

use ecomdb::SessionId;
use pyo3::prelude::*;

use super::Accounts;
use crate::integers::Id;
use crate::rows::rows;
use crate::values::Value as _;

rows! {
    /// A session, without its secret.
    Session = ecomdb::Session {
        /// int: session id.
        id,
        /// datetime: when the user logged in, in UTC.
        created_at,
        /// datetime: when it was last used, to the minute, in UTC.
        last_used_at,
        /// datetime: when it ends at the latest, in UTC; it ends earlier after a day without use.
        expires_at,
        /// bool: whether it is the session of the caller.
        current,
    }
}

#[pymethods]
impl Accounts {
    /// The caller's sessions that have not ended, the most recently used one first. Requires a session.
    ///
    /// Returns:
    ///     tuple[Session, ...]: the sessions, of which there are at most 50.
    ///
    /// Raises:
    ///     ForbiddenError: the caller has no session.
    fn sessions(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.demand_user(py)?;
        self.behalf.run(py, |shop| shop.accounts().sessions())?.into_python(py)
    }

    /// Ends one of the caller's sessions, such as that of a lost phone. Requires a session.
    ///
    /// Args:
    ///     id (int): session id.
    ///
    /// Raises:
    ///     NotFoundError: the caller has no session with the id.
    ///     ForbiddenError: the caller has no session.
    fn end_session(&self, py: Python<'_>, id: Id) -> PyResult<()> {
        self.demand_user(py)?;
        let id = id.of(py, "id", SessionId::new)?;
        self.behalf.run(py, move |shop| shop.accounts().end_session(id))
    }

    /// Ends all of the caller's sessions except the current one. Requires a session.
    ///
    /// Returns:
    ///     int: how many sessions were ended.
    ///
    /// Raises:
    ///     ForbiddenError: the caller has no session.
    fn end_other_sessions(&self, py: Python<'_>) -> PyResult<usize> {
        self.demand_user(py)?;
        self.behalf.run(py, |shop| shop.accounts().end_other_sessions())
    }
}
