//! Accounts: login, passwords, roles and API keys.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::api_keys::{self, ApiKey, ApiKeyFilter, NewApiKey};
use super::caller::Recognised;
use super::token::{Token, TokenKind};
use super::{Caller, Credential, Password, Role, Scope, password, sessions, staff};
use crate::backend::Connection;
use crate::database::Database;
use crate::error::{Error, Invalid, Result};
use crate::schema::users;
use crate::types::time::{Stamp, now, now_after};
use crate::types::{Change, Email, Page, UserId};
use crate::{NewUser, User, UserStatus};

/// Precision of `last_used_at`, so that not every request writes.
const USE_IS_NOTED: TimeDelta = TimeDelta::minutes(1);

/// Accounts of a shop, from [`Database::accounts`], or limited to a caller's permissions, from
/// [`OnBehalf::accounts`](crate::OnBehalf::accounts).
#[derive(Debug, Clone)]
pub struct Accounts<'a> {
    pub(super) db: &'a Database,
    pub(super) caller: Caller,
}

/// A successful login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Secret of the session, which is not stored and cannot be shown again.
    pub token: Token,
    /// When the session expires (UTC): after 7 days, or after a day without use.
    pub expires_at: DateTime<Utc>,
    /// The user who logged in.
    pub user: User,
}

impl Database {
    /// Accounts: passwords, sessions, API keys and roles.
    ///
    /// ```
    /// use ecomdb::{Database, NewUser, Password, Role};
    ///
    /// let db = Database::open("sqlite::memory:")?;
    /// let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// db.accounts().set_role(ada.id, Role::Staff)?;
    /// db.accounts().set_password(ada.id, &Password::new("correct horse battery")?)?;
    ///
    /// let login = db.accounts().log_in("ada@example.com", "correct horse battery")?;
    /// let caller = db.accounts().authenticate(login.token.expose())?;
    /// assert_eq!((caller.user(), caller.role()), (Some(ada.id), Role::Staff));
    /// assert!(db.accounts().log_in("ada@example.com", "a guess").unwrap_err().is_unauthenticated());
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts { db: self, caller: Caller::operator() }
    }
}

/// Stored data for checking a login.
struct Known {
    user: UserId,
    hash: String,
}

impl Accounts<'_> {
    /// Starts a session. A user with 50 sessions loses the least recently used one. Neither the error nor its timing
    /// reveals whether the user exists, is disabled or has a password.
    ///
    /// # Errors
    /// [`Error::WrongLogin`]. [`Error::Overloaded`] while too many passwords are being checked.
    /// [`Unavailable::ReadOnly`](crate::Unavailable::ReadOnly) for any password if the database was opened read-only,
    /// because a session must be written.
    pub fn log_in(self, email: &str, password: &str) -> Result<Login> {
        self.db.refuse_read_only()?;
        let known = match Email::new("email", email) {
            Ok(email) => self.db.read(|conn| known(conn, users::email.eq(email.as_str())))?,
            Err(_) => None,
        };
        let Known { user, hash } = self.prove(known, password)?;
        let renewed = match password::is_outdated(&hash) {
            true => Some(self.db.gate().pass(|| password::hash(password))??),
            false => None,
        };
        let token = Token::random(TokenKind::Session);
        let of_session = token.hash();
        let (expires_at, user) = self.db.write(move |conn| {
            expect_unchanged(conn, user, &hash)?;
            if let Some(renewed) = &renewed {
                diesel::update(users::table.find(user)).set(users::password_hash.eq(Some(renewed))).execute(conn)?;
            }
            let expires_at = sessions::open(conn, user, &of_session, now())?;
            Ok((expires_at, crate::users::get(conn, user, None)?))
        })?;
        Ok(Login { token, expires_at, user })
    }

    /// The caller with this session or API key. Updates `last_used_at`, at most once a minute.
    ///
    /// # Errors
    /// [`Error::InvalidToken`].
    pub fn authenticate(self, token: &str) -> Result<Caller> {
        let (caller, use_is_due) = self.recognise(token)?;
        if use_is_due {
            self.note_use(&caller);
        }
        Ok(caller)
    }

    /// Like [`Accounts::authenticate`], but read-only. Also returns whether [`Accounts::note_use`] is due, so that
    /// programs can call it later. It is not due while the database is known to refuse writes.
    ///
    /// # Errors
    /// [`Error::InvalidToken`].
    pub fn recognise(&self, token: &str) -> Result<(Caller, bool)> {
        let (kind, token) = Token::parse(token).ok_or(Error::InvalidToken)?;
        let (token, now) = (token.hash(), self.db.now());
        let found = self.db.read(|conn| match kind {
            TokenKind::Session => sessions::find(conn, &token, now),
            TokenKind::ApiKey => api_keys::find(conn, &token, now),
        })?;
        let Recognised { caller, last_used_at } = found.ok_or(Error::InvalidToken)?;
        let is_due = last_used_at.is_none_or(|last| now >= last + USE_IS_NOTED);
        Ok((caller, is_due && self.db.takes_writes()))
    }

    /// Updates `last_used_at` of a session or API key. An error is only logged, because the use itself is valid. Does
    /// nothing on a database that is read-only or known to be failing.
    pub fn note_use(&self, caller: &Caller) {
        if !self.db.takes_writes() {
            return;
        }
        let Some(token) = caller.token().cloned() else { return };
        let (credential, now) = (caller.credential(), self.db.now());
        let noted = self.db.write(move |conn| {
            Ok(match credential {
                Credential::ApiKey(_) => api_keys::touch(conn, &token, now)?,
                Credential::Operator | Credential::Session(_) => sessions::touch(conn, &token, now)?,
            })
        });
        match noted {
            // Unavailability has been logged with its reason.
            Ok(_) | Err(Error::Unavailable(_)) => {}
            Err(error) => tracing::warn!(%error, "the use of a token could not be noted"),
        }
    }

    /// The user who makes the request.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] for the operator, who is not a user, and for an expired session or key.
    pub fn me(self) -> Result<User> {
        let user = self.caller.user().ok_or(Error::InvalidToken)?;
        self.db.snapshot(|conn| {
            self.caller.renewed(conn)?;
            crate::users::get(conn, user, None)
        })
    }

    /// Ends the session of the caller. Does nothing if it has already ended.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a caller without a session.
    pub fn log_out(self) -> Result<()> {
        self.caller.demand_session()?;
        match (self.caller.user(), self.caller.token().cloned()) {
            (Some(user), Some(token)) => self.db.write(move |conn| {
                sessions::close(conn, &token, user)?;
                Ok(())
            }),
            _ => Ok(()),
        }
    }

    /// Creates a user with a password.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`password`) if it equals the e-mail address or name.
    /// [`Conflict::Duplicate`](crate::Conflict::Duplicate) (`email`). [`Error::Overloaded`]. [`Error::Forbidden`].
    pub fn create(self, user: NewUser, role: Role, password: &Password) -> Result<User> {
        self.demand_management()?;
        password.expect_unlike(user.email.as_str(), &user.first_name, &user.last_name)?;
        let hash = self.db.gate().pass(|| password.hash())??;
        self.manage(move |conn, by| {
            let user = crate::users::create(conn, &user)?;
            staff::admit_role(conn, by, &user, role)?;
            let changes = (users::role.eq(role), users::password_hash.eq(Some(&hash)));
            diesel::update(users::table.find(user.id)).set(changes).execute(conn)?;
            Ok(User { role, ..user })
        })
    }

    /// Sets the password of a user, and ends all sessions of the user.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Error::Invalid`] (`password`) if it equals the user's e-mail address, name or current
    /// password. [`Error::Overloaded`]. [`Error::Forbidden`].
    pub fn set_password(self, user: UserId, password: &Password) -> Result<()> {
        self.demand_management()?;
        let (owner, present) = self.db.snapshot(|conn| {
            self.caller.verify(conn, &[Scope::UsersManage])?;
            owner_of_password(conn, user)
        })?;
        password.expect_unlike(&owner.email, &owner.first_name, &owner.last_name)?;
        if let Some(present) = present
            && self.db.gate().pass(|| password::verify(password.expose(), &present))?
        {
            return Err(is_present().into());
        }
        let hash = self.db.gate().pass(|| password.hash())??;
        self.manage(move |conn, by| {
            let now_is = crate::users::lock(conn, user, None)?;
            staff::admit_change(conn, by, &now_is, true)?;
            replace_password(conn, user, &hash)
        })
    }

    /// Changes the caller's own password, and ends all sessions of the caller.
    ///
    /// # Errors
    /// [`Error::WrongLogin`] if `current` is wrong. [`Error::Invalid`] (`password`) if it equals the caller's e-mail
    /// address, name or current password. [`Error::Overloaded`]. [`Error::Forbidden`] for a caller without a session.
    pub fn change_password(self, current: &str, password: &Password) -> Result<()> {
        self.caller.demand_session()?;
        let known = match self.caller.user() {
            Some(user) => self.db.read(|conn| known(conn, users::id.eq(user)))?,
            None => None,
        };
        let Known { user, hash } = self.prove(known, current)?;
        let (owner, _) = self.db.read(|conn| owner_of_password(conn, user))?;
        password.expect_unlike(&owner.email, &owner.first_name, &owner.last_name)?;
        if password.expose() == current {
            return Err(is_present().into());
        }
        let new = self.db.gate().pass(|| password.hash())??;
        let caller = self.caller;
        self.db.write(move |conn| {
            caller.renewed(conn)?;
            expect_unchanged(conn, user, &hash)?;
            replace_password(conn, user, &new)
        })
    }

    /// Verifies the password. Without a user, verifies a dummy hash, which takes as long.
    fn prove(&self, known: Option<Known>, password: &str) -> Result<Known> {
        let hash = known.as_ref().map_or(password::NOBODYS, |known| &known.hash);
        let is_right = self.db.gate().pass(|| password::verify(password, hash))?;
        known.filter(|_| is_right).ok_or(Error::WrongLogin)
    }

    /// Sets the role of a user with immediate effect.
    ///
    /// # Errors
    /// [`Error::NotFound`]. [`Error::Forbidden`]. [`Conflict::LastAdmin`](crate::Conflict::LastAdmin) if a caller other
    /// than the operator demotes the last active admin.
    pub fn set_role(self, user: UserId, role: Role) -> Result<User> {
        Ok(self.change_role(user, role)?.after)
    }

    /// Like [`Accounts::set_role`], but also returns the user as it was before.
    ///
    /// # Errors
    /// As [`Accounts::set_role`].
    pub fn change_role(self, user: UserId, role: Role) -> Result<Change<User>> {
        self.demand_management()?;
        self.manage(move |conn, by| {
            let before = crate::users::lock(conn, user, None)?;
            staff::admit_role(conn, by, &before, role)?;
            if before.role == role {
                return Ok(Change { after: before.clone(), before });
            }
            let at = Stamp::from(now_after([before.updated_at]));
            let changes = (users::role.eq(role), users::updated_at.eq(at));
            diesel::update(users::table.find(user)).set(changes).execute(conn)?;
            Ok(Change { before, after: crate::users::get(conn, user, None)? })
        })
    }

    /// Creates an API key and its secret, which cannot be shown again. Of the user's expired and revoked keys, the
    /// latest 50 are kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`user_id` if it is not an active user, or not the caller; `scopes` that the user lacks;
    /// `expires_at` in the past). [`Conflict::LimitReached`](crate::Conflict::LimitReached) for a user with 50 active
    /// keys. [`Error::Forbidden`] for a caller with an API key.
    ///
    /// ```
    /// # use ecomdb::{Database, NewApiKey, NewUser, Scope};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace")?)?;
    /// let (token, key) = db.accounts().create_key(NewApiKey::new(ada.id, "my orders", [Scope::OrdersRead], None)?)?;
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
        let key = self.db.write(move |conn| {
            let owner = caller.renewed(conn)?.account_owner();
            api_keys::create(conn, &key, &of_key, owner)
        })?;
        Ok((token, key))
    }

    /// A page of API keys, latest first, including expired and revoked ones.
    ///
    /// # Errors
    /// [`Error::NotFound`] (the user of the filter). [`Error::Invalid`] (`cursor`). [`Error::Forbidden`].
    pub fn keys(self, filter: &ApiKeyFilter) -> Result<Page<ApiKey>> {
        self.caller.demand_session()?;
        self.db.snapshot(|conn| {
            let owner = self.caller.renewed(conn)?.account_owner();
            api_keys::list(conn, filter, owner)
        })
    }

    /// Whether any user has a password.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub fn anybody_has_a_password(self) -> Result<bool> {
        self.db.read(|conn| {
            let anybody = users::table.filter(users::password_hash.is_not_null()).select(users::id);
            Ok(anybody.first::<UserId>(conn).optional()?.is_some())
        })
    }

    fn demand_management(&self) -> Result<()> {
        self.caller.demand_session()?;
        self.caller.demand(Scope::UsersManage)
    }

    /// Runs a change of accounts in a transaction that verifies the caller.
    fn manage<T: Send + 'static>(
        self,
        body: impl Fn(&mut Connection, &Caller) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let caller = self.caller;
        self.db.write(move |conn| {
            caller.verify(conn, &[Scope::UsersManage])?;
            body(conn, &caller)
        })
    }
}

/// The active user who meets the condition and has a password, if any.
fn known<C>(conn: &mut Connection, condition: C) -> Result<Option<Known>>
where
    C: Expression<SqlType = diesel::sql_types::Bool>
        + diesel::expression::NonAggregate
        + diesel::AppearsOnTable<users::table>
        + diesel::query_builder::QueryFragment<crate::backend::MultiBackend>
        + diesel::query_builder::QueryId
        + diesel::expression::ValidGrouping<()>,
{
    let user = users::table.filter(condition).filter(users::status.eq(UserStatus::Active));
    let found: Option<(UserId, Option<String>)> =
        user.select((users::id, users::password_hash)).get_result(conn).optional()?;
    Ok(found.and_then(|(user, hash)| Some(Known { user, hash: hash? })))
}

/// Locks the user. [`Error::WrongLogin`] if the password was changed or the user disabled since the check.
fn expect_unchanged(conn: &mut Connection, user: UserId, hash: &str) -> Result<()> {
    crate::users::lock_row(conn, user)?;
    match known(conn, users::id.eq(user))? {
        Some(known) if known.hash == hash => Ok(()),
        _ => Err(Error::WrongLogin),
    }
}

/// The user, and the hash of the current password if there is one.
fn owner_of_password(conn: &mut Connection, user: UserId) -> Result<(User, Option<String>)> {
    let owner = crate::users::get(conn, user, None)?;
    Ok((owner, users::table.find(user).select(users::password_hash).get_result(conn)?))
}

fn is_present() -> Invalid {
    password::refused("is the present password: choose another one")
}

fn replace_password(conn: &mut Connection, user: UserId, hash: &str) -> Result<()> {
    let changed = diesel::update(users::table.find(user)).set(users::password_hash.eq(Some(hash))).execute(conn)?;
    if changed == 0 {
        return Err(Error::not_found("user", user));
    }
    sessions::close_all(conn, user)?;
    Ok(())
}
