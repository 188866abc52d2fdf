//! `db.accounts`: logging in and out, passwords and roles; API keys and sessions have files of their own.

pub(crate) mod keys;
pub(crate) mod sessions;

use std::sync::Arc;

use ecomdb::{Invalid, NewUser, Password, Token, UserId};
use pyo3::prelude::*;

use crate::behalf::Behalf;
use crate::caller::Caller;
use crate::enums::word;
use crate::errors::{invalid, plain};
use crate::handle::Handle;
use crate::integers::Id;
use crate::rows::rows;
use crate::values::Value;

rows! {
    /// A login.
    Login = ecomdb::Login {
        /// Token: the secret of the session. It is shown once, and its ``repr`` hides it.
        token,
        /// datetime: when the session ends, in UTC: after 7 days, or earlier after a day in which it was not used.
        expires_at,
        /// User: the user.
        user,
    }
}

/// A `str` whose `repr` hides it.
impl Value for Token {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.import("ecomdb.secret")?.getattr("Token")?.call1((self.expose(),))?.unbind())
    }
}

/// Logins, passwords, roles and API keys: ``db.accounts``, or ``shop.accounts`` of :class:`OnBehalf`.
///
/// On behalf of a caller, its own sessions and keys; with the scope ``users:manage``, those of all users. Changes require a
/// session, so that an API key cannot create a stronger one. The database stores only hashes of passwords and tokens, so
/// neither can be read again.
#[pyclass(frozen, module = "ecomdb")]
pub(crate) struct Accounts {
    pub(crate) behalf: Behalf,
}

impl Accounts {
    /// The accounts as the program itself, which may do everything, sees them.
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

    /// Sets a user's password and ends the user's sessions.
    ///
    /// Args:
    ///     user_id (int): user id.
    ///     password (str): 8 to 128 characters of any kind, but none of the 10,000 most common passwords, and neither the
    ///         address nor the name of the user.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id.
    ///     ValidationError: the password is not allowed, or is the current one.
    ///     OverloadedError: too many passwords are being hashed.
    ///     ForbiddenError: the caller may not manage users.
    fn set_password(&self, py: Python<'_>, user_id: Id, password: &str) -> PyResult<()> {
        let user = user_id.of(py, "user_id", UserId::new)?;
        let password = Password::new(password).map_err(|error| invalid(py, &error))?;
        self.behalf.run(py, move |shop| shop.accounts().set_password(user, &password))
    }

    /// Changes the caller's password and ends all of the caller's sessions, including this one. Requires a session.
    ///
    /// Args:
    ///     current (str): the current password.
    ///     password (str): the new password: 8 to 128 characters of any kind, but none of the 10,000 most common passwords, and
    ///         neither the address, the name nor the present password of the user.
    ///
    /// Raises:
    ///     WrongLoginError: ``current`` is wrong.
    ///     ValidationError: the new password is not allowed.
    ///     OverloadedError: too many passwords are being hashed.
    ///     ForbiddenError: the caller has no session.
    fn change_password(&self, py: Python<'_>, current: &str, password: &str) -> PyResult<()> {
        self.demand_user(py)?;
        let password = Password::new(password).map_err(|error| invalid(py, &error))?;
        self.behalf.run(py, |shop| shop.accounts().change_password(current, &password))
    }

    /// Sets a user's role, with immediate effect.
    ///
    /// Args:
    ///     user_id (int): user id.
    ///     role (Role | str): ``"customer"``, ``"staff"`` or ``"admin"``.
    ///
    /// Returns:
    ///     User: the updated user.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id.
    ///     ValidationError: there is no such role.
    ///     ForbiddenError: the caller may not manage users.
    ///     ConflictError: the user is the last active admin; only the program itself may demote it.
    fn set_role(&self, py: Python<'_>, user_id: Id, role: &str) -> PyResult<Py<PyAny>> {
        let (user, role) = (user_id.of(py, "user_id", UserId::new)?, word(py, "role", role)?);
        self.behalf.run(py, move |shop| shop.accounts().set_role(user, role))?.into_python(py)
    }

    /// Starts a session. Neither the error nor the response time reveals whether the user exists, is disabled or has a
    /// password.
    ///
    /// Args:
    ///     email (str): e-mail address of the user, in any spelling.
    ///     password (str): the password of the user.
    ///
    /// Returns:
    ///     Login: the token of the session, and the user.
    ///
    /// Raises:
    ///     WrongLoginError: the address or the password is wrong, or the user may not log in.
    ///     OverloadedError: too many passwords are being checked.
    fn log_in(&self, py: Python<'_>, email: &str, password: &str) -> PyResult<Py<PyAny>> {
        self.behalf.run(py, |shop| shop.accounts().log_in(email, password))?.into_python(py)
    }

    /// Ends the session of the caller. Requires a session.
    ///
    /// Raises:
    ///     ForbiddenError: the caller has no session.
    fn log_out(&self, py: Python<'_>) -> PyResult<()> {
        self.demand_user(py)?;
        self.behalf.run(py, |shop| shop.accounts().log_out())
    }

    /// The caller with this session or API key. Records its use, to the minute.
    ///
    /// Args:
    ///     token (Token | str): the secret of the session or the key.
    ///
    /// Returns:
    ///     Caller: the user and its permissions.
    ///
    /// Raises:
    ///     InvalidTokenError: there is no such session or key, it has ended, or its user is disabled.
    fn authenticate(&self, py: Python<'_>, token: &str) -> PyResult<Caller> {
        let caller = self.behalf.run(py, |shop| shop.accounts().authenticate(token))?;
        Ok(Caller(Arc::new(caller)))
    }

    /// The user of the caller. Only on behalf of a caller.
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

    /// Whether any user has a password, and could log in.
    ///
    /// Returns:
    ///     bool: whether one has.
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
