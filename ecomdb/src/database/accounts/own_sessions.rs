//! Sessions of a caller.

use super::Accounts;
use crate::accounts::{Session, sessions};
use crate::context::{Caller, Credential};
use crate::error::{Error, Result};
use crate::types::time::now;
use crate::types::{SessionId, UserId};

impl Accounts<'_> {
    /// The caller's active sessions, most recently used first; at most 50.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] for the operator, who has no sessions. [`Error::Forbidden`] for a caller with an API
    /// key.
    ///
    /// ```
    /// # use ecomdb::{Database, NewUser, Password, Role};
    /// # let db = Database::open("sqlite::memory:")?;
    /// # let ada = NewUser::new("ada@example.com", "Ada", "Lovelace")?;
    /// # db.accounts().create(ada, Role::Customer, &Password::new("correct horse battery")?)?;
    /// let log_in = || db.accounts().log_in("ada@example.com", "correct horse battery");
    /// let (lost_phone, here) = (log_in()?, log_in()?);
    ///
    /// let caller = db.accounts().authenticate(here.token.expose())?;
    /// let accounts = || db.on_behalf_of(&caller).accounts();
    /// assert_eq!(accounts().sessions()?.len(), 2);
    /// accounts().end_other_sessions()?;
    /// assert!(db.accounts().authenticate(lost_phone.token.expose()).is_err());
    /// assert!(accounts().sessions()?[0].current);
    /// # Ok::<(), ecomdb::Error>(())
    /// ```
    pub fn sessions(self) -> Result<Vec<Session>> {
        self.caller.demand_session()?;
        self.db.run_snapshot(|conn| {
            let (user, current) = own_session(&self.caller.renewed(conn)?)?;
            sessions::list(conn, user, current, now())
        })
    }

    /// Ends one of the caller's sessions, for example of a lost device.
    ///
    /// # Errors
    /// [`Error::NotFound`] unless the session is one of the caller's. As [`Accounts::sessions`].
    pub fn end_session(self, id: SessionId) -> Result<()> {
        self.caller.demand_session()?;
        let caller = self.caller;
        self.db.run_write(move |conn| {
            let (user, _) = own_session(&caller.renewed(conn)?)?;
            sessions::end(conn, user, id)
        })
    }

    /// Ends all of the caller's sessions except the current one. Returns their number.
    ///
    /// # Errors
    /// As [`Accounts::sessions`].
    pub fn end_other_sessions(self) -> Result<usize> {
        self.caller.demand_session()?;
        let caller = self.caller;
        self.db.run_write(move |conn| {
            let (user, current) = own_session(&caller.renewed(conn)?)?;
            Ok(sessions::end_others(conn, user, current)?)
        })
    }
}

/// User and session of the caller.
fn own_session(caller: &Caller) -> Result<(UserId, SessionId)> {
    match (caller.user(), caller.credential()) {
        (Some(user), Credential::Session(session)) => Ok((user, session)),
        _ => Err(Error::InvalidToken),
    }
}
