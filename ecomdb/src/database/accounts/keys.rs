//! API keys of a shop's users.

use super::Accounts;
use crate::accounts::{ApiKey, ApiKeyFilter, NewApiKey, api_keys};
use crate::context::{Token, TokenKind};
use crate::error::Result;
use crate::types::{ApiKeyId, Change, Page, RowCount};

impl Accounts<'_> {
    /// Creates an API key and its secret, which cannot be shown again. Of the user's expired and revoked keys, the
    /// latest 50 are kept.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) (`user_id` if it is not an active user, or not the caller; `scopes`
    /// that the user lacks; `expires_at` in the past). [`Conflict::LimitReached`](crate::Conflict::LimitReached) for a user with 50 active
    /// keys. [`Error::Forbidden`](crate::Error::Forbidden) for a caller with an API key.
    ///
    /// ```
    /// # use ecomdb::{Database, NewApiKey, NewUser, Scope};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// let (token, key) = db.accounts().create_key(NewApiKey::builder(ada.id, "my orders", [Scope::OrdersRead]).build()?)?;
    /// let caller = db.accounts().authenticate(token.expose())?;
    /// assert_eq!(caller.scopes(), [Scope::OrdersRead]);
    /// db.accounts().revoke_key(key.id)?;
    /// assert!(db.accounts().authenticate(token.expose()).is_err());
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn create_key(self, key: NewApiKey) -> Result<(Token, ApiKey)> {
        self.caller.demand_session()?;
        let token = Token::random(TokenKind::ApiKey);
        let (of_key, caller) = (token.hash(), self.caller);
        let key = self.db.run_write(move |conn| {
            let owner = caller.renewed(conn)?.account_owner();
            api_keys::create(conn, &key, &of_key, owner)
        })?;
        Ok((token, key))
    }

    /// Revokes a key with immediate effect. An already revoked key is not changed.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Forbidden`](crate::Error::Forbidden).
    pub fn revoke_key(self, id: ApiKeyId) -> Result<ApiKey> {
        Ok(self.end_key(id)?.after)
    }

    /// Like [`Accounts::revoke_key`], but also returns the key as it was before.
    ///
    /// # Errors
    /// As [`Accounts::revoke_key`].
    pub fn end_key(self, id: ApiKeyId) -> Result<Change<ApiKey>> {
        self.caller.demand_session()?;
        let caller = self.caller;
        self.db.run_write(move |conn| {
            let owner = caller.renewed(conn)?.account_owner();
            api_keys::revoke(conn, id, owner)
        })
    }

    /// A page of API keys, latest first, including expired and revoked ones.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) (the user of the filter).
    /// [`Error::Invalid`](crate::Error::Invalid) (`cursor`, `before`). [`Error::Forbidden`](crate::Error::Forbidden).
    pub fn keys(self, filter: &ApiKeyFilter) -> Result<Page<ApiKey>> {
        self.caller.demand_session()?;
        self.db.run_snapshot(|conn| {
            let owner = self.caller.renewed(conn)?.account_owner();
            api_keys::list(conn, filter, owner)
        })
    }

    /// Number of API keys that match the filter, on all pages.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) (the user of the filter).
    /// [`Error::Forbidden`](crate::Error::Forbidden).
    pub fn count_keys(self, filter: &ApiKeyFilter) -> Result<RowCount> {
        self.caller.demand_session()?;
        self.db.run_snapshot(|conn| {
            let owner = self.caller.renewed(conn)?.account_owner();
            api_keys::count(conn, filter, owner)
        })
    }
}
