//! API keys: what programs log in with.

use ecomdb::{ApiKeyFilter, ApiKeyId, NewApiKey, Scope, Token, UserId};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::Accounts;
use crate::behalf::Behalf;
use crate::enums::word;
use crate::errors::invalid;
use crate::integers::{Count, Id};
use crate::listing::{Listing, Paging, listing};
use crate::rows::rows;
use crate::times::moment;
use crate::values::Value as _;

/// A key just made, with its secret.
struct Issued {
    token: Token,
    key: ecomdb::ApiKey,
}

rows! {
    /// An API key, without its secret.
    ApiKey = ecomdb::ApiKey {
        /// int: API key id.
        id,
        /// int: user id of its owner.
        user_id,
        /// str: name given by its owner.
        name,
        /// tuple[Scope, ...]: scopes, limited to those of its owner.
        scopes,
        /// datetime: when it was made, in UTC.
        created_at,
        /// datetime | None: when it expires, in UTC.
        expires_at,
        /// datetime | None: when it was revoked, in UTC.
        revoked_at,
        /// datetime | None: when it was last used, to the minute, in UTC.
        last_used_at,
    }

    /// An API key that was just made, with its secret.
    IssuedKey = Issued {
        /// Token: the secret of the key. It is shown once, and its ``repr`` hides it.
        token,
        /// ApiKey: the key without its secret.
        key,
    }
}

#[pymethods]
impl Accounts {
    /// Creates an API key with some of the scopes of its owner.
    ///
    /// Args:
    ///     user_id (int): user id of its owner, an active user.
    ///     name (str): purpose of the key, 1 to 100 characters.
    ///     scopes (Iterable[Scope | str]): scopes, such as ``["orders:read"]``: one at least, and none that the user
    ///         does not have.
    ///     expires_at (datetime | date | str | None): when it expires. Default: never.
    ///
    /// Returns:
    ///     IssuedKey: the key, and its token, which is shown this once.
    ///
    /// Raises:
    ///     ValidationError: for every argument that is not allowed, also for a user that is not active.
    ///     LimitReachedError: the user has 50 active keys.
    ///     TypeError: ``scopes`` is a single ``str``, or ``expires_at`` a datetime without a time zone.
    ///     ForbiddenError: the caller came with an API key.
    #[pyo3(signature = (user_id, name, scopes, *, expires_at=None))]
    fn create_key(
        &self,
        py: Python<'_>,
        user_id: Id,
        name: &str,
        scopes: &Bound<'_, PyAny>,
        expires_at: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let user = user_id.of(py, "user_id", UserId::new)?;
        let expires_at = expires_at.map(|time| moment("expires_at", time)).transpose()?;
        let key = NewApiKey::builder(user, name, several(scopes)?).expires_at(expires_at).build();
        let key = key.map_err(|error| invalid(py, &error))?;
        let (token, key) = self.behalf.run(py, move |shop| shop.accounts().create_key(key))?;
        Issued { token, key }.into_python(py)
    }

    /// All API keys, the latest first; those that were revoked or have expired are among them.
    ///
    /// Args:
    ///     user_id (int | None): only keys of this user.
    ///     after (str | None): begin after this cursor, which is ``next`` of a page.
    ///     before (str | None): begin with the page that ends before this cursor, which is ``previous`` of a page.
    ///     page_size (int | None): rows to fetch at a time: 1 to 1000. Default: 1000.
    ///
    /// Returns:
    ///     Listing[ApiKey]: the keys, fetched while you iterate.
    ///
    /// Raises:
    ///     NotFoundError: no user has the id; raised when the first page is fetched.
    ///     ValidationError: for an argument that is not allowed.
    ///     ForbiddenError: the caller came with an API key; raised when the first page is fetched.
    #[pyo3(signature = (*, user_id=None, after=None, before=None, page_size=None))]
    fn keys(
        &self,
        py: Python<'_>,
        user_id: Option<Id>,
        after: Option<&str>,
        before: Option<&str>,
        page_size: Option<Count>,
    ) -> PyResult<Listing> {
        let mut filter = ApiKeyFilter::default();
        filter.user_id = user_id.map(|id| id.of(py, "user_id", UserId::new)).transpose()?;
        let fetch = |py: Python<'_>, (behalf, filter): &(Behalf, ApiKeyFilter), page| {
            let filter = filter.clone().page(page);
            behalf.run(py, |shop| shop.accounts().keys(&filter))
        };
        listing(
            py,
            Paging { after, before, page_size },
            (self.behalf.clone(), filter),
            fetch,
            |py, (behalf, filter)| behalf.run(py, |shop| shop.accounts().count_keys(filter)),
        )
    }

    /// Revokes a key, with immediate effect. Revoking it again changes nothing.
    ///
    /// Args:
    ///     id (int): key id.
    ///
    /// Returns:
    ///     ApiKey: the updated key.
    ///
    /// Raises:
    ///     NotFoundError: no key has the id.
    ///     ForbiddenError: the caller came with an API key.
    fn revoke_key(&self, py: Python<'_>, id: Id) -> PyResult<Py<PyAny>> {
        let id = id.of(py, "id", ApiKeyId::new)?;
        self.behalf.run(py, move |shop| shop.accounts().revoke_key(id))?.into_python(py)
    }
}

/// Scopes as an argument. A single word would be read letter by letter.
fn several(scopes: &Bound<'_, PyAny>) -> PyResult<Vec<Scope>> {
    let wrong = || PyTypeError::new_err("scopes must be several words, such as [\"orders:read\"]");
    if scopes.is_instance_of::<PyString>() {
        return Err(wrong());
    }
    let read = |scope: Bound<'_, PyAny>| {
        let scope: String = scope.extract().map_err(|_| wrong())?;
        word(scopes.py(), "scopes", &scope)
    };
    scopes.try_iter().map_err(|_| wrong())?.map(|scope| read(scope?)).collect()
}
