//! Accounts: login, passwords and roles.

mod keys;
mod own_sessions;

use chrono::TimeDelta;
use diesel::prelude::*;

use super::Database;
use crate::accounts::login::{Known, expect_unchanged, is_present, known, owner_of_password, replace_password};
use crate::accounts::{Login, Password, api_keys, password, sessions};
use crate::context::{self, Caller, Context, Credential, Recognised, Token, TokenKind};
use crate::engine::{Connection, Moment};
use crate::error::{Error, Result};
use crate::schema::users;
use crate::types::time::{now, now_after};
use crate::types::{Change, Email, Role, Scope, UserId};
use crate::users::{self as people, NewUser, User};

/// Precision of `last_used_at`, so that not every request writes.
const USE_IS_NOTED: TimeDelta = TimeDelta::minutes(1);

/// Accounts of a shop, from [`Database::accounts`], or limited to a caller's permissions, from
/// [`OnBehalf::accounts`](crate::OnBehalf::accounts).
#[derive(Debug, Clone)]
pub struct Accounts<'a> {
    pub(super) db: &'a Database,
    pub(super) caller: Caller,
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
            Ok(email) => self.db.run_read(|conn| known(conn, users::email.eq(email.as_str())))?,
            Err(_) => None,
        };
        let Known { user, hash } = self.prove(known, password)?;
        let renewed = match password::is_outdated(&hash) {
            true => Some(self.db.password_slots().pass(|| password::hash(password))??),
            false => None,
        };
        let token = Token::random(TokenKind::Session);
        let of_session = token.hash();
        let (expires_at, user) = self.db.run_write(move |conn| {
            expect_unchanged(conn, user, &hash)?;
            if let Some(renewed) = &renewed {
                diesel::update(users::table.find(user)).set(users::password_hash.eq(Some(renewed))).execute(conn)?;
            }
            let expires_at = sessions::open(conn, user, &of_session, now())?;
            Ok((expires_at, people::get(conn, &Context::OPERATOR, user)?))
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
        let found = self.db.run_read(|conn| context::find(conn, kind, &token, now))?;
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
        let noted = self.db.run_write(move |conn| {
            Ok(match credential {
                Credential::ApiKey(_) => api_keys::touch(conn, &token, now)?,
                Credential::Operator | Credential::Session(_) => sessions::touch(conn, &token, now)?,
            })
        });
        match noted {
            // Unavailability has been logged with its reason.
            Ok(_) | Err(Error::Unavailable(_)) => {}
            Err(error) => tracing::warn!(%error, "recording the use of a token failed"),
        }
    }

    /// The user who makes the request.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] for the operator, who is not a user, and for an expired session or key.
    pub fn me(self) -> Result<User> {
        let user = self.caller.user().ok_or(Error::InvalidToken)?;
        self.db.run_snapshot(|conn| {
            self.caller.renewed(conn)?;
            people::get(conn, &Context::OPERATOR, user)
        })
    }

    /// Ends the session of the caller. Does nothing if it has already ended.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a caller without a session.
    pub fn log_out(self) -> Result<()> {
        self.caller.demand_session()?;
        match (self.caller.user(), self.caller.token().cloned()) {
            (Some(user), Some(token)) => self.db.run_write(move |conn| {
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
        let hash = self.db.password_slots().pass(|| password.hash())??;
        self.manage(move |conn, by| {
            let user = people::create(conn, &user)?;
            people::admit_role(conn, by, &user, role)?;
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
        let (owner, present) = self.db.run_snapshot(|conn| {
            self.caller.verify(conn, &[Scope::UsersManage])?;
            owner_of_password(conn, user)
        })?;
        password.expect_unlike(&owner.email, &owner.first_name, &owner.last_name)?;
        if let Some(present) = present
            && self.db.password_slots().pass(|| password::verify(password.expose(), &present))?
        {
            return Err(is_present().into());
        }
        let hash = self.db.password_slots().pass(|| password.hash())??;
        self.manage(move |conn, by| {
            let now_is = people::lock(conn, &Context::OPERATOR, user)?;
            people::admit_change(conn, by, &now_is, true)?;
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
            Some(user) => self.db.run_read(|conn| known(conn, users::id.eq(user)))?,
            None => None,
        };
        let Known { user, hash } = self.prove(known, current)?;
        let (owner, _) = self.db.run_read(|conn| owner_of_password(conn, user))?;
        password.expect_unlike(&owner.email, &owner.first_name, &owner.last_name)?;
        if password.expose() == current {
            return Err(is_present().into());
        }
        let new = self.db.password_slots().pass(|| password.hash())??;
        let caller = self.caller;
        self.db.run_write(move |conn| {
            caller.renewed(conn)?;
            expect_unchanged(conn, user, &hash)?;
            replace_password(conn, user, &new)
        })
    }

    /// Verifies the password. Without a user, verifies a dummy hash, which takes as long.
    fn prove(&self, known: Option<Known>, password: &str) -> Result<Known> {
        let hash = known.as_ref().map_or(password::NOBODYS, |known| &known.hash);
        let is_right = self.db.password_slots().pass(|| password::verify(password, hash))?;
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
            let before = people::lock(conn, &Context::OPERATOR, user)?;
            people::admit_role(conn, by, &before, role)?;
            if before.role == role {
                return Ok(Change { after: before.clone(), before });
            }
            let at = now_after([before.updated_at]);
            let changes = (users::role.eq(role), users::updated_at.eq(Moment::of(at)));
            diesel::update(users::table.find(user)).set(changes).execute(conn)?;
            Ok(Change { before, after: people::get(conn, &Context::OPERATOR, user)? })
        })
    }

    /// Whether any user has a password.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub fn anybody_has_a_password(self) -> Result<bool> {
        self.db.run_read(|conn| {
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
        self.db.run_write(move |conn| {
            caller.verify(conn, &[Scope::UsersManage])?;
            body(conn, &caller)
        })
    }
}
