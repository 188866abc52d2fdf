//! Callers: authenticated users, or the operator.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::token::TokenHash;
use crate::error::{Forbidden, Result};
use crate::types::{ApiKeyId, Role, Scope, SessionId, UserId};

/// The identity and permissions of a request: an authenticated user, or the operator of the program.
///
/// Made by [`Accounts::authenticate`](crate::Accounts::authenticate). It holds the state at that time. Every operation
/// of [`Database::on_behalf_of`](crate::Database::on_behalf_of) verifies it again in its own transaction, and fails if
/// the session has ended or the permissions were reduced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    user: Option<UserId>,
    role: Role,
    scopes: Cow<'static, [Scope]>,
    credential: Credential,
    /// Hash of the token; `None` for the operator.
    token: Option<TokenHash>,
    /// Whether the caller is limited to its own rows.
    own_only: bool,
}

/// Credential of a [`Caller`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// None: the program that links this library is trusted.
    Operator,
    /// A login session.
    Session(SessionId),
    /// An API key.
    ApiKey(ApiKeyId),
}

/// A caller found by its token.
pub(crate) struct Recognised {
    pub(crate) caller: Caller,
    /// When the token was last used (UTC), before this request.
    pub(crate) last_used_at: Option<DateTime<Utc>>,
}

impl Caller {
    /// The operator of the program, with all permissions; for programs with their own authentication.
    #[must_use]
    pub const fn operator() -> Self {
        let scopes = Cow::Borrowed(Scope::ALL);
        Self { user: None, role: Role::Admin, scopes, credential: Credential::Operator, token: None, own_only: false }
    }

    /// A user with a session, with all scopes of the role.
    pub(crate) fn with_session(user: UserId, role: Role, session: SessionId, token: TokenHash) -> Self {
        let (scopes, credential) = (Cow::Borrowed(role.scopes()), Credential::Session(session));
        let own_only = role == Role::Customer;
        Self { user: Some(user), role, scopes, credential, token: Some(token), own_only }
    }

    /// A user with an API key, with those of its scopes that the role has.
    pub(crate) fn with_key(user: UserId, role: Role, key: ApiKeyId, scopes: &[Scope], token: TokenHash) -> Self {
        let scopes = role.scopes().iter().copied().filter(|scope| scopes.contains(scope)).collect();
        let (credential, own_only) = (Credential::ApiKey(key), role == Role::Customer);
        Self { user: Some(user), role, scopes, credential, token: Some(token), own_only }
    }

    /// Adds the limit to own rows if `limited` is true. A key made for a customer keeps the limit when the customer is
    /// promoted.
    pub(crate) fn limited_to_own(self, limited: bool) -> Self {
        Self { own_only: self.own_only || limited, ..self }
    }

    /// User id; `None` for the operator.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        self.user
    }

    /// Role of the user.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Scopes of the caller.
    #[must_use]
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// Credential of the caller.
    #[must_use]
    pub const fn credential(&self) -> Credential {
        self.credential
    }

    /// Returns an error if the caller lacks the scope.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) with the scope.
    pub fn demand(&self, needed: Scope) -> Result<()> {
        if self.scopes.contains(&needed) { Ok(()) } else { Err(Forbidden::Scope(needed).into()) }
    }

    /// Returns an error for an API key. Accounts are managed with a session only, so that a key cannot create a
    /// stronger one.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) for a caller with an API key.
    pub fn demand_session(&self) -> Result<()> {
        match self.credential {
            Credential::ApiKey(_) => Err(Forbidden::Session.into()),
            Credential::Operator | Credential::Session(_) => Ok(()),
        }
    }

    pub(crate) const fn token(&self) -> Option<&TokenHash> {
        self.token.as_ref()
    }

    /// Checks that `now`, the same caller with its current permissions, has the scopes, and is not limited to fewer
    /// rows than `self`.
    pub(crate) fn permit(&self, now: &Self, needed: &[Scope]) -> Result<()> {
        needed.iter().try_for_each(|scope| now.demand(*scope))?;
        match now.owner() {
            Some(owner) if self.owner() != Some(owner) => Err(Forbidden::Demoted.into()),
            _ => Ok(()),
        }
    }

    /// Whether the caller is the operator, who has no token.
    pub(crate) const fn is_operator(&self) -> bool {
        matches!(self.credential, Credential::Operator)
    }

    /// The user to whose rows the caller is limited; `None` for all rows.
    pub(crate) fn owner(&self) -> Option<UserId> {
        self.user.filter(|_| self.own_only)
    }

    /// The user to whose sessions and keys the caller is limited; `None` for all.
    pub(crate) fn account_owner(&self) -> Option<UserId> {
        self.user.filter(|_| !self.scopes.contains(&Scope::UsersManage))
    }
}
