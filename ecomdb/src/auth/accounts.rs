//! Accounts: logging in and out, passwords, roles and API keys.

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

/// How exactly it is known when a token was last used: not every request has to write.
const USE_IS_NOTED: TimeDelta = TimeDelta::minutes(1);

/// The accounts of a shop: [`Database::accounts`], or as somebody may manage them:
/// [`OnBehalf::accounts`](crate::OnBehalf::accounts).
#[derive(Debug, Clone)]
pub struct Accounts<'a> {
    pub(super) db: &'a Database,
    pub(super) caller: Caller,
}

/// What somebody has who logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The secret of the session. It cannot be had again.
    pub token: Token,
    /// When the session ends: after 7 days, or earlier after a day in which it was not used.
    pub expires_at: DateTime<Utc>,
    /// Who it is.
    pub user: User,
}

impl Database {
    /// Who may do what: passwords, sessions, API keys and roles.
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

/// What the database knows of somebody who wants to log in.
struct Known {
    user: UserId,
    hash: String,
}

impl Accounts<'_> {
    /// Begins a session. The least recently used one of a user who has 50 ends. Whether there is such a user, whether it is disabled and whether it has a password cannot be
    /// told from the error, nor from the time that it takes.
    ///
    /// # Errors
    /// [`Error::WrongLogin`]; [`Error::Overloaded`] when too many passwords are being checked;
    /// [`Unavailable::ReadOnly`](crate::Unavailable::ReadOnly), whatever the password, in a database that was opened to be
    /// read only: a session is a row.
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

    /// The one whose session or API key it is. Notes that it was used, to the minute.
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

    /// Like [`Accounts::authenticate`], but only reads: also tells whether the use is to be noted with
    /// [`Accounts::note_use`], for programs that would not have others wait for that. It is not while the database is known
    /// to refuse writes.
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

    /// Notes that a session or an API key was used now. That it could not be noted is no reason to refuse the use, so it
    /// goes into the log only. A database that is read-only, or that is known to fail, is not asked.
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
            // The log says already that the database is unavailable, and why.
            Ok(_) | Err(Error::Unavailable(_)) => {}
            Err(error) => tracing::warn!(%error, "the use of a token could not be noted"),
        }
    }

    /// The user who asks.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] for the operator, who is no user, and for a session or key that has ended.
    pub fn me(self) -> Result<User> {
        let user = self.caller.user().ok_or(Error::InvalidToken)?;
        self.db.snapshot(|conn| {
            self.caller.renewed(conn)?;
            crate::users::get(conn, user, None)
        })
    }

    /// Ends the session of the caller, and no other one. A session that has ended already stays so.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a caller without one.
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

    /// Creates a user who can log in.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`password`) for the e-mail address or the name of the user;
    /// [`Conflict::Duplicate`](crate::Conflict::Duplicate) (`email`); [`Error::Overloaded`]; [`Error::Forbidden`].
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

    /// Gives a user a password, and ends all of the user's sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] (`password`) for the user's e-mail address, name or present password;
    /// [`Error::Overloaded`]; [`Error::Forbidden`].
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

    /// Gives the caller another password, and ends all of the caller's sessions.
    ///
    /// # Errors
    /// [`Error::WrongLogin`] when `current` is not the present one; [`Error::Invalid`] (`password`) for the caller's e-mail
    /// address, name or present password; [`Error::Overloaded`]; [`Error::Forbidden`] for a caller without a session.
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

    /// What is known, if the password is right. Without anything known, it takes as long.
    fn prove(&self, known: Option<Known>, password: &str) -> Result<Known> {
        let hash = known.as_ref().map_or(password::NOBODYS, |known| &known.hash);
        let is_right = self.db.gate().pass(|| password::verify(password, hash))?;
        known.filter(|_| is_right).ok_or(Error::WrongLogin)
    }

    /// Makes a user something else in the shop, at once.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`]; [`Conflict::LastAdmin`](crate::Conflict::LastAdmin) for the last active
    /// admin, unless it stays one or the program itself asks.
    pub fn set_role(self, user: UserId, role: Role) -> Result<User> {
        Ok(self.change_role(user, role)?.after)
    }

    /// Like [`Accounts::set_role`], but also gives the user as it was before.
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

    /// Makes an API key. The secret cannot be had again. Of the user's keys that were revoked or have expired, the latest 50
    /// are kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] (`user_id` when no active user has it, or it is not the caller; `scopes` that the user does not
    /// have; `expires_at` that is over); [`Conflict::LimitReached`](crate::Conflict::LimitReached) for a user with 50 active
    /// keys; [`Error::Forbidden`] for a caller with an API key.
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

    /// A page of API keys, the latest first; those that were revoked or have expired are among them.
    ///
    /// # Errors
    /// [`Error::NotFound`] (the user of the filter); [`Error::Invalid`] (`cursor`); [`Error::Forbidden`].
    pub fn keys(self, filter: &ApiKeyFilter) -> Result<Page<ApiKey>> {
        self.caller.demand_session()?;
        self.db.snapshot(|conn| {
            let owner = self.caller.renewed(conn)?.account_owner();
            api_keys::list(conn, filter, owner)
        })
    }

    /// Whether anybody could log in.
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

    /// Changes accounts, if the caller may still manage them.
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

/// The active user of whom the condition is true, if there is one who has a password.
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

/// Holds the user, who must be as when the password was checked.
fn expect_unchanged(conn: &mut Connection, user: UserId, hash: &str) -> Result<()> {
    crate::users::lock_row(conn, user)?;
    match known(conn, users::id.eq(user))? {
        Some(known) if known.hash == hash => Ok(()),
        _ => Err(Error::WrongLogin),
    }
}

/// The user, and the hash of its present password if it has one.
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
