//! Whoever asks for something.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::token::TokenHash;
use super::{Role, Scope, api_keys, sessions};
use crate::backend::Connection;
use crate::error::{Error, Forbidden, Result};
use crate::types::time::now;
use crate::types::{ApiKeyId, SessionId, UserId};

/// Whoever asks: a user who proved it, or the operator of the program.
///
/// Made by [`Accounts::authenticate`](crate::Accounts::authenticate). What it says was true then. Every operation of
/// [`Database::on_behalf_of`](crate::Database::on_behalf_of) reads it again in its own transaction: a caller whose session
/// has ended, or whose role no longer allows it, does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    user: Option<UserId>,
    role: Role,
    scopes: Cow<'static, [Scope]>,
    credential: Credential,
    /// The hash of the token; the operator has none.
    token: Option<TokenHash>,
    /// Whether it may see and change its own rows alone.
    own_only: bool,
}

/// What a [`Caller`] proved itself with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// With nothing: the program that links this library is trusted with all of the shop.
    Operator,
    /// By logging in.
    Session(SessionId),
    /// With an API key.
    ApiKey(ApiKeyId),
}

/// A caller whose token was found.
pub(super) struct Recognised {
    pub(super) caller: Caller,
    /// When the token was last used before.
    pub(super) last_used_at: Option<DateTime<Utc>>,
}

impl Caller {
    /// The one who runs the program, and may do everything: for programs that know from elsewhere whom they serve.
    #[must_use]
    pub const fn operator() -> Self {
        let scopes = Cow::Borrowed(Scope::ALL);
        Self { user: None, role: Role::Admin, scopes, credential: Credential::Operator, token: None, own_only: false }
    }

    /// Somebody who logged in, with all scopes of the role.
    pub(super) fn with_session(user: UserId, role: Role, session: SessionId, token: TokenHash) -> Self {
        let (scopes, credential) = (Cow::Borrowed(role.scopes()), Credential::Session(session));
        let own_only = role == Role::Customer;
        Self { user: Some(user), role, scopes, credential, token: Some(token), own_only }
    }

    /// Somebody's program, with those scopes of the key that the role still has.
    pub(super) fn with_key(user: UserId, role: Role, key: ApiKeyId, scopes: &[Scope], token: TokenHash) -> Self {
        let scopes = role.scopes().iter().copied().filter(|scope| scopes.contains(scope)).collect();
        let (credential, own_only) = (Credential::ApiKey(key), role == Role::Customer);
        Self { user: Some(user), role, scopes, credential, token: Some(token), own_only }
    }

    /// The same caller, limited to its own rows if it is `limited`, whatever its role: the key of a customer stays so when
    /// the customer is promoted.
    pub(super) fn limited_to_own(self, limited: bool) -> Self {
        Self { own_only: self.own_only || limited, ..self }
    }

    /// Which user; `None` for the operator.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        self.user
    }

    /// The role of the user.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// What it may do.
    #[must_use]
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// How it proved itself.
    #[must_use]
    pub const fn credential(&self) -> Credential {
        self.credential
    }

    /// Refuses what the caller may not do.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden), which names the scope.
    pub fn demand(&self, needed: Scope) -> Result<()> {
        if self.scopes.contains(&needed) { Ok(()) } else { Err(Forbidden::Scope(needed).into()) }
    }

    /// Refuses programs: accounts are managed by people, so that an API key cannot make itself a stronger one.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) for the caller with an API key.
    pub fn demand_session(&self) -> Result<()> {
        match self.credential {
            Credential::ApiKey(_) => Err(Forbidden::Session.into()),
            Credential::Operator | Credential::Session(_) => Ok(()),
        }
    }

    pub(super) const fn token(&self) -> Option<&TokenHash> {
        self.token.as_ref()
    }

    /// The caller as it is now: to be asked in the transaction that does what the caller wants.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] when the session or key has ended since, or its user was disabled or deleted.
    pub(crate) fn renewed(&self, conn: &mut Connection) -> Result<Self> {
        let Some(token) = &self.token else { return Ok(self.clone()) };
        let found = match self.credential {
            Credential::ApiKey(_) => api_keys::find(conn, token, now())?,
            Credential::Operator | Credential::Session(_) => sessions::find(conn, token, now())?,
        };
        found.map(|found| found.caller).ok_or(Error::InvalidToken)
    }

    /// Refuses what the caller may not do as it is now: to be asked in the transaction that does it.
    ///
    /// # Errors
    /// As [`Caller::renewed`]; [`Error::Forbidden`] when it lacks a scope, or may now see less than it could before.
    pub(crate) fn verify(&self, conn: &mut Connection, needed: &[Scope]) -> Result<()> {
        if self.is_operator() { Ok(()) } else { self.permit(&self.renewed(conn)?, needed) }
    }

    /// What was decided for `self` (whose rows, which scopes) must hold for the same caller as it is `now`.
    pub(super) fn permit(&self, now: &Self, needed: &[Scope]) -> Result<()> {
        needed.iter().try_for_each(|scope| now.demand(*scope))?;
        match now.owner() {
            Some(owner) if self.owner() != Some(owner) => Err(Forbidden::Demoted.into()),
            _ => Ok(()),
        }
    }

    /// Whether it is the program itself, which needs no session.
    pub(crate) const fn is_operator(&self) -> bool {
        matches!(self.credential, Credential::Operator)
    }

    /// The user whose rows alone it may see and change; `None` where it may all.
    pub(super) fn owner(&self) -> Option<UserId> {
        self.user.filter(|_| self.own_only)
    }

    /// The user whose sessions and keys alone it may see and change; `None` where it may all.
    pub(super) fn account_owner(&self) -> Option<UserId> {
        self.user.filter(|_| !self.scopes.contains(&Scope::UsersManage))
    }
}
