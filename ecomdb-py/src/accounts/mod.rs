//! `db.accounts`: logging in and out, passwords and roles; API keys and sessions have files of their own.

pub(crate) mod keys;
pub(crate) mod sessions;

use std::sync::Arc;

use ecomdb::{Invalid, NewUser, Password, Token, UserId};
use pyo3::prelude::*;

use crate::behalf::Behalf;
use crate::caller::Caller;
use crate::errors::{invalid, plain};
use crate::handle::Handle;
use crate::rows::rows;
use crate::values::Value;
use crate::whole::Id;
use crate::words::word;

rows! {
    /// What somebody has who logged in.
    Login = ecomdb::Login {
        /// Token: the secret of the session. It cannot be had again, and the ``repr`` does not show it.
        token,
        /// datetime: when the session ends, in UTC: after 7 days, or earlier after a day in which it was not used.
        expires_at,
        /// User: who it is.
        user,
    }
}

/// A `str` that hides itself from whoever only looks.
impl Value for Token {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.import("ecomdb.secret")?.getattr("Token")?.call1((self.expose(),))?.unbind())
    }
}

/// Who may do what: logins, passwords, roles and API keys: ``db.accounts``, or ``shop.accounts`` of :class:`OnBehalf`.
///
/// On behalf of somebody, the own sessions and keys; with the scope ``users:manage``, everybody's. Accounts are managed by
/// people who logged in, so that an API key cannot make itself a stronger one. Of passwords and tokens the database has only
/// hashes: neither can be read again.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Accounts {
    pub(crate) behalf: Behalf,
}

impl Accounts {
    /// Those of the program itself, which may do everything.
    pub(crate) fn of_program(handle: Arc<Handle>) -> Self {
        Self { behalf: Behalf::new(handle, Arc::new(ecomdb::Caller::operator())) }
    }

    /// Raises `ForbiddenError` for the program itself, which has no account of its own.
    fn demand_user(&self, py: Python<'_>) -> PyResult<()> {
        if self.behalf.caller().user().is_some() {
            return Ok(());
        }
        let message = "this is about the account of a user: use db.on_behalf_of(caller).accounts";
        Err(plain(py, "ForbiddenError", message))
    }
}

#[pymethods]
impl Accounts {
    /// Creates a user who can log in.
    ///
    /// Args:
    ///     email (str): the address, of at most 254 characters; trimmed, composed and case-folded it is unique.
    ///     first_name (str): 1 to 100 characters.
    ///     last_name (str): 1 to 100 characters.
    ///     password (str): 8 to 128 characters of any kind, but none of the 10,000 most common passwords, and neither the
    ///         address nor the name of the user.
    ///     role (Role | str): ``"customer"``, ``"staff"`` or ``"admin"``.
    ///
    /// Returns:
    ///     User: the new user.
    ///
    /// Raises:
    ///     ValidationError: for every argument that is not allowed.
    ///     DuplicateError: another user has the address.
    ///     OverloadedError: too many passwords are being hashed.
    ///     ForbiddenError: the caller may not manage users.
    #[pyo3(signature = (email, first_name, last_name, *, password, role="customer"))]
    fn create(
        &self,
        py: Python<'_>,
        email: &str,
        first_name: &str,
        last_name: &str,
        password: &str,
        role: &str,
    ) -> PyResult<Py<PyAny>> {
        let role = word(py, "role", role)?;
        let user = NewUser::new(email, first_name, last_name);
        let (user, password) = both(user, Password::new(password)).map_err(|error| invalid(py, &error))?;
        self.behalf.run(py, move |shop| shop.accounts().create(user, role, &password))?.into_python(py)
    }

    /// Gives a user a password, and ends all of the user's sessions.
    ///
    /// Args:
    ///     user_id (int): which user.
    ///     password (str): 8 to 128 characters of any kind, but none of the 10,000 most common passwords, and neither the
    ///         address nor the name of the user.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id.
    ///     ValidationError: for a password that is not allowed, or is the present one.
    ///     OverloadedError: too many passwords are being hashed.
    ///     ForbiddenError: the caller may not manage users.
    fn set_password(&self, py: Python<'_>, user_id: Id, password: &str) -> PyResult<()> {
        let user = user_id.of(py, "user_id", UserId::new)?;
        let password = Password::new(password).map_err(|error| invalid(py, &error))?;
        self.behalf.run(py, move |shop| shop.accounts().set_password(user, &password))
    }

    /// Gives the caller another password, and ends all of the caller's sessions, this one too. Only on behalf of somebody
    /// who logged in.
    ///
    /// Args:
    ///     current (str): the present one.
    ///     password (str): the new one: 8 to 128 characters of any kind, but none of the 10,000 most common passwords, and
    ///         neither the address, the name nor the present password of the user.
    ///
    /// Raises:
    ///     WrongLoginError: ``current`` is not the present one.
    ///     ValidationError: for a new one that is not allowed.
    ///     OverloadedError: too many passwords are being hashed.
    ///     ForbiddenError: nobody has logged in.
    fn change_password(&self, py: Python<'_>, current: &str, password: &str) -> PyResult<()> {
        self.demand_user(py)?;
        let password = Password::new(password).map_err(|error| invalid(py, &error))?;
        self.behalf.run(py, |shop| shop.accounts().change_password(current, &password))
    }

    /// Makes a user something else in the shop, at once.
    ///
    /// Args:
    ///     user_id (int): which user.
    ///     role (Role | str): ``"customer"``, ``"staff"`` or ``"admin"``.
    ///
    /// Returns:
    ///     User: the user as it is now.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id.
    ///     ValidationError: there is no such role.
    ///     ForbiddenError: the caller may not manage users.
    ///     ConflictError: the last active admin would be none, unless the program itself asks.
    fn set_role(&self, py: Python<'_>, user_id: Id, role: &str) -> PyResult<Py<PyAny>> {
        let (user, role) = (user_id.of(py, "user_id", UserId::new)?, word(py, "role", role)?);
        self.behalf.run(py, move |shop| shop.accounts().set_role(user, role))?.into_python(py)
    }

    /// Begins a session. Whether there is such a user, whether it is disabled and whether it has a password cannot be told
    /// from the error, nor from the time that it takes.
    ///
    /// Args:
    ///     email (str): the address of the user, in whatever spelling.
    ///     password (str): the password of the user.
    ///
    /// Returns:
    ///     Login: the token of the session, and who it is.
    ///
    /// Raises:
    ///     WrongLoginError: the address or the password is wrong, or the user may not log in.
    ///     OverloadedError: too many passwords are being checked.
    fn log_in(&self, py: Python<'_>, email: &str, password: &str) -> PyResult<Py<PyAny>> {
        self.behalf.run(py, |shop| shop.accounts().log_in(email, password))?.into_python(py)
    }

    /// Ends the session of the caller. Only on behalf of somebody who logged in.
    ///
    /// Raises:
    ///     ForbiddenError: nobody has logged in.
    fn log_out(&self, py: Python<'_>) -> PyResult<()> {
        self.demand_user(py)?;
        self.behalf.run(py, |shop| shop.accounts().log_out())
    }

    /// The one whose session or API key it is. Notes that it was used, to the minute.
    ///
    /// Args:
    ///     token (Token | str): the secret of the session or the key.
    ///
    /// Returns:
    ///     Caller: who it is, and what it may do.
    ///
    /// Raises:
    ///     InvalidTokenError: there is no such session or key, it has ended, or its user is disabled.
    fn authenticate(&self, py: Python<'_>, token: &str) -> PyResult<Caller> {
        let caller = self.behalf.run(py, |shop| shop.accounts().authenticate(token))?;
        Ok(Caller(Arc::new(caller)))
    }

    /// The user who asks. Only on behalf of somebody.
    ///
    /// Returns:
    ///     User: the caller.
    ///
    /// Raises:
    ///     ForbiddenError: the program itself is no user.
    fn me(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.demand_user(py)?;
        self.behalf.run(py, |shop| shop.accounts().me())?.into_python(py)
    }

    /// Whether anybody could log in: whether there is a user who has a password.
    ///
    /// Returns:
    ///     bool: whether there is one.
    fn anybody_has_a_password(&self, py: Python<'_>) -> PyResult<bool> {
        self.behalf.run(py, |shop| shop.accounts().anybody_has_a_password())
    }
}

/// Two parts of a request, or all that is wrong with either.
fn both<A, B>(one: Result<A, Invalid>, other: Result<B, Invalid>) -> Result<(A, B), Invalid> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(one), Err(other)) => Err(one.and(other)),
        (Err(wrong), _) | (_, Err(wrong)) => Err(wrong),
    }
}
