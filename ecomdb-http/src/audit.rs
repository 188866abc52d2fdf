//! Audit events: logins, failed logins and changes of permissions. They have their own log target, so that a filter can
//! select them.
//!
//! Events are logged on the database thread that does the work: when a client disconnects, its handler is dropped.
//!
//! Events never contain secrets. Text from clients is shortened here and escaped by the log.

use std::fmt::{self, Display};

use ecomdb::{Credential, UserId, excerpt};

use crate::current;

/// The log target of all events.
const TARGET: &str = "ecomdb_http::audit";

/// The most characters logged of a text from a client.
const LONGEST: usize = 100;

#[derive(Debug)]
pub(crate) struct Event {
    name: &'static str,
    words: &'static str,
    is_warning: bool,
}

macro_rules! events {
    ($($name:ident = $is_warning:literal $event:literal, $words:literal;)+) => {
        $(pub(crate) static $name: Event = Event { name: $event, words: $words, is_warning: $is_warning };)+

        /// All events.
        #[cfg(test)]
        static ALL: &[&Event] = &[$(&$name),+];
    };
}

events! {
    LOGIN_SUCCEEDED = false "login_succeeded", "a user logged in";
    LOGIN_FAILED = true "login_failed", "a login failed";
    LOGIN_LOCKED = true "login_locked", "a login was refused after too many attempts";
    LOGGED_OUT = false "logged_out", "a user logged out";
    PASSWORD_CHANGED = false "password_changed", "a user changed their password";
    PASSWORD_CHANGE_FAILED = true "password_change_failed", "a password change failed: wrong current password";
    PASSWORD_SET = false "password_set", "an admin set a user's password";
    ROLE_CHANGED = false "role_changed", "an admin set a user's role";
    USER_CREATED = false "user_created", "a user was created";
    USER_DISABLED = false "user_disabled", "a user was disabled";
    USER_ENABLED = false "user_enabled", "a user was enabled";
    EMAIL_CHANGED = false "email_changed", "a user's e-mail address was changed";
    USER_DELETED = false "user_deleted", "a user was deleted";
    USER_ANONYMISED = false "user_anonymised", "a user was anonymised";
    SESSION_ENDED = false "session_ended", "a user ended their sessions";
    KEY_CREATED = false "key_created", "an API key was created";
    KEY_REVOKED = false "key_revoked", "an API key was revoked";
    TOKEN_REFUSED = true "token_refused", "a token was refused";
    ACCESS_DENIED = true "access_denied", "a request lacked permission";
    PAGE_REFUSED = true "page_refused", "a cross-site request was refused";
}

/// An event of the current request, logged with the client's address and the caller.
#[derive(Debug)]
#[must_use]
pub(crate) struct Entry {
    event: &'static Event,
    account: Option<String>,
    about: Option<UserId>,
    detail: Option<String>,
}

impl Event {
    pub(crate) const fn entry(&'static self) -> Entry {
        Entry { event: self, account: None, about: None, detail: None }
    }
}

impl Entry {
    /// The e-mail address of the attempted login.
    pub(crate) fn account(mut self, email: Option<&str>) -> Self {
        self.account = email.map(|email| excerpt(email, LONGEST).into_owned());
        self
    }

    /// The user that the event is about.
    pub(crate) const fn about(mut self, user: UserId) -> Self {
        self.about = Some(user);
        self
    }

    /// Further details.
    pub(crate) fn detail(mut self, detail: impl Display) -> Self {
        self.detail = Some(excerpt(&detail.to_string(), LONGEST).into_owned());
        self
    }

    pub(crate) fn log(self) {
        let Self { event: &Event { name: event, words, is_warning }, account, about, detail } = self;
        let (account, about, detail) = (account.as_deref(), about.map(UserId::get), detail.as_deref());
        let client = current::client().address.map(tracing::field::display);
        let caller = current::caller();
        let user = caller.as_ref().and_then(|caller| caller.user()).map(UserId::get);
        let credential = caller.map(|caller| tracing::field::display(Shown(caller.credential())));
        // `tracing` requires a constant level.
        if is_warning {
            tracing::warn!(target: TARGET, event, client, user, credential, account, about, detail, "{words}");
        } else {
            tracing::info!(target: TARGET, event, client, user, credential, account, about, detail, "{words}");
        }
    }
}

/// The caller's credential, without its secret.
struct Shown(Credential);

impl Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Credential::Operator => f.write_str("operator"),
            Credential::Session(_) => f.write_str("session"),
            Credential::ApiKey(key) => write!(f, "api_key {key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_explained_in_the_documentation_and_no_other() {
        let documentation = include_str!("../../docs/operations.md");
        let (_, section) = documentation.split_once("\n### Events\n").unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let documented: Vec<_> = rows.map(|(name, rest)| (name, rest.split(" |").next().unwrap())).collect();
        let events: Vec<_> =
            ALL.iter().map(|event| (event.name, if event.is_warning { "WARN" } else { "INFO" })).collect();
        assert_eq!(documented, events);
    }
}
