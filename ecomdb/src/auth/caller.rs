//! Whoever asks for something.

use super::{Role, Scope};
use crate::error::{Forbidden, Result};
use crate::types::{ApiKeyId, SessionId, UserId};

/// Whoever asks: a user who proved it, or the operator of the program.
///
/// Made by [`Accounts::authenticate`](crate::Accounts::authenticate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    user: Option<UserId>,
    role: Role,
    scopes: Vec<Scope>,
    credential: Credential,
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

impl Caller {
    /// The one who runs the program, and may do everything: for programs that know from elsewhere whom they serve.
    #[must_use]
    pub fn operator() -> Self {
        Self { user: None, role: Role::Admin, scopes: Scope::ALL.to_vec(), credential: Credential::Operator }
    }

    /// Somebody who logged in, with all scopes of the role.
    pub(super) fn with_session(user: UserId, role: Role, session: SessionId) -> Self {
        Self { user: Some(user), role, scopes: role.scopes().to_vec(), credential: Credential::Session(session) }
    }

    /// Somebody's program, with those scopes of the key that the role still has.
    pub(super) fn with_key(user: UserId, role: Role, key: ApiKeyId, scopes: &[Scope]) -> Self {
        let scopes = role.scopes().iter().copied().filter(|scope| scopes.contains(scope)).collect();
        Self { user: Some(user), role, scopes, credential: Credential::ApiKey(key) }
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

    /// The user whose rows alone it may see and change; `None` where it may all.
    pub(super) fn owner(&self) -> Option<UserId> {
        self.user.filter(|_| self.role == Role::Customer)
    }

    /// The user whose sessions and keys alone it may see and change; `None` where it may all.
    pub(super) fn account_owner(&self) -> Option<UserId> {
        self.user.filter(|_| !self.scopes.contains(&Scope::UsersManage))
    }
}
