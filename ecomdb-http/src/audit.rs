//! Events that whoever watches over the shop wants to find in the log: who logged in, who tried to, and who changed what
//! others may do. They have a target of their own, so that a filter can pick them out.
//!
//! An event is logged where the work is done, on the thread of the database: a handler ends when its client goes.
//!
//! An event never has a secret in it. What strangers wrote is shortened, and the log escapes it.

use std::fmt::{self, Display};

use ecomdb::{Credential, UserId, excerpt};

use crate::{auth, observe};

/// The target of every event.
const TARGET: &str = "ecomdb_http::audit";

/// The most characters of what somebody else wrote.
const LONGEST: usize = 100;

/// A kind of event.
#[derive(Debug)]
pub(crate) struct Event {
    name: &'static str,
    words: &'static str,
    is_warning: bool,
}

macro_rules! events {
    ($($name:ident = $is_warning:literal $event:literal, $words:literal;)+) => {
        $(pub(crate) static $name: Event = Event { name: $event, words: $words, is_warning: $is_warning };)+

        /// Every one.
        #[cfg(test)]
        static ALL: &[&Event] = &[$(&$name),+];
    };
}

events! {
    LOGIN_SUCCEEDED = false "login_succeeded", "somebody logged in";
    LOGIN_FAILED = true "login_failed", "a login failed";
    LOGIN_LOCKED = true "login_locked", "a password was not checked, since there were too many attempts";
    LOGGED_OUT = false "logged_out", "somebody logged out";
    PASSWORD_CHANGED = false "password_changed", "somebody changed the own password";
    PASSWORD_CHANGE_FAILED = true "password_change_failed", "somebody did not know the own password";
    PASSWORD_SET = false "password_set", "a user was given another password";
    ROLE_CHANGED = false "role_changed", "a user was given a role";
    USER_CREATED = false "user_created", "a user was created";
    USER_DISABLED = false "user_disabled", "a user was disabled";
    USER_ENABLED = false "user_enabled", "a user was made active";
    EMAIL_CHANGED = false "email_changed", "a user was given another e-mail address";
    USER_DELETED = false "user_deleted", "a user was deleted";
    USER_ANONYMISED = false "user_anonymised", "a user was anonymised";
    SESSION_ENDED = false "session_ended", "somebody ended own sessions";
    KEY_CREATED = false "key_created", "an API key was made";
    KEY_REVOKED = false "key_revoked", "an API key was revoked";
    TOKEN_REFUSED = true "token_refused", "a token was refused";
    ACCESS_DENIED = true "access_denied", "somebody asked for what it may not do";
    PAGE_REFUSED = true "page_refused", "a page of another site was refused";
}

/// An event of the request that is being handled. It is logged with the client's address and the caller.
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
    /// The e-mail address that somebody wants to log in with.
    pub(crate) fn account(mut self, email: Option<&str>) -> Self {
        self.account = email.map(|email| excerpt(email, LONGEST).into_owned());
        self
    }

    /// The user whom it is about.
    pub(crate) const fn about(mut self, user: UserId) -> Self {
        self.about = Some(user);
        self
    }

    /// What else there is to say.
    pub(crate) fn detail(mut self, detail: impl Display) -> Self {
        self.detail = Some(excerpt(&detail.to_string(), LONGEST).into_owned());
        self
    }

    pub(crate) fn log(self) {
        let Self { event: &Event { name: event, words, is_warning }, account, about, detail } = self;
        let (account, about, detail) = (account.as_deref(), about.map(UserId::get), detail.as_deref());
        let client = observe::client().address.map(tracing::field::display);
        let caller = auth::caller();
        let user = caller.as_ref().and_then(|caller| caller.user()).map(UserId::get);
        let credential = caller.map(|caller| tracing::field::display(Shown(caller.credential())));
        // The level of an event has to be constant.
        if is_warning {
            tracing::warn!(target: TARGET, event, client, user, credential, account, about, detail, "{words}");
        } else {
            tracing::info!(target: TARGET, event, client, user, credential, account, about, detail, "{words}");
        }
    }
}

/// What a caller proved itself with, without any secret.
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
