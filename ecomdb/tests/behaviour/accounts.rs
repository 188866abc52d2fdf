//! Logins, sessions, passwords and API keys.

use std::sync::Barrier;
use std::thread;

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use chrono::{TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use ecomdb::{
    ApiKeyFilter, Caller, Database, Error, ExportFormat, Login, NewApiKey, NewUser, Password, Role, Scope, Table,
    Token, User, UserId, UserPatch, UserStatus,
};

use crate::shop::{Shop, TestClock, invalid_fields, moment};

pub(crate) const PASSWORD: &str = "correct horse battery";

impl Shop {
    /// A user who can log in with [`PASSWORD`].
    pub(crate) fn member(&self, role: Role) -> User {
        let user = self.user();
        self.accounts().set_password(user.id, &Password::new(PASSWORD).unwrap()).unwrap();
        self.accounts().set_role(user.id, role).unwrap()
    }

    pub(crate) fn session_of(&self, user: &User) -> Token {
        self.accounts().log_in(&user.email, PASSWORD).unwrap().token
    }

    pub(crate) fn key_of(&self, user: &User, scopes: &[Scope]) -> Token {
        let key = NewApiKey::builder(user.id, "a program", scopes.iter().copied()).build().unwrap();
        self.accounts().create_key(key).unwrap().0
    }

    fn password_hash(&self, user: &User) -> Option<String> {
        let query = format!("SELECT password_hash AS words FROM users WHERE id = {}", user.id);
        texts(self, query).pop().unwrap()
    }
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = Nullable<Text>)]
    words: Option<String>,
}

pub(crate) fn texts(db: &Database, query: String) -> Vec<Option<String>> {
    let rows: Vec<Words> = db.read(|conn| Ok::<_, Error>(diesel::sql_query(query.clone()).load(conn)?)).unwrap();
    rows.into_iter().map(|row| row.words).collect()
}

fn disable(shop: &Shop, user: &User) {
    let disabled = UserPatch::default().status(UserStatus::Disabled);
    shop.users().update(user.id, disabled).unwrap();
}

pub(crate) fn who(shop: &Shop, token: &Token) -> Result<Caller, String> {
    shop.accounts().authenticate(token.expose()).map_err(|error| error.to_string())
}

pub(crate) const INVALID: &str = "the session or API key is not valid, or not any more: log in, or use another key";

behaviours! {
    who_logs_in_is_known_by_the_session_until_it_is_closed
    a_login_that_fails_does_not_tell_why
    a_login_of_an_unknown_user_takes_a_slot_for_hashing_too
    a_new_password_ends_every_session_and_replaces_the_old_one
    a_password_is_neither_the_present_one_nor_the_name_or_address_of_its_user
    who_is_disabled_is_logged_out_at_once
    who_is_anonymised_or_deleted_has_nothing_left_to_log_in_with
    a_session_ends_by_itself_and_so_does_one_that_is_not_used
    the_use_of_a_session_is_not_undone_by_a_server_whose_clock_is_behind
    a_hash_of_old_parameters_is_replaced_at_the_next_login
    a_key_may_what_it_was_made_for_as_long_as_its_user_may
    a_key_that_was_revoked_or_has_expired_is_not_valid
    the_use_of_a_key_is_noted
    a_key_that_cannot_be_is_refused
    ids_of_sessions_and_keys_are_never_used_twice
    who_logs_out_twice_ends_no_session_of_others
    one_token_logged_out_many_times_at_once_ends_no_session_of_others
    what_is_known_of_a_caller_does_not_show_its_token
    what_is_no_token_is_not_valid
    neither_passwords_nor_tokens_are_in_the_database_and_no_hash_is_in_an_export
    a_shop_that_is_reset_has_no_accounts
}

fn who_logs_in_is_known_by_the_session_until_it_is_closed(shop: &Shop) {
    let ada = shop.member(Role::Staff);
    let login = shop.accounts().log_in(&format!(" {} ", ada.email.to_uppercase()), PASSWORD).unwrap();
    assert_eq!(login.user, ada);
    assert!(login.expires_at > Utc::now());
    let caller = who(shop, &login.token).unwrap();
    assert_eq!((caller.user(), caller.role(), caller.scopes()), (Some(ada.id), Role::Staff, Role::Staff.scopes()));
    let other = shop.session_of(&ada);
    shop.on_behalf_of(&caller).accounts().log_out().unwrap();
    assert_eq!(who(shop, &login.token).unwrap_err(), INVALID);
    assert!(who(shop, &other).is_ok());
}

fn a_login_that_fails_does_not_tell_why(shop: &Shop) {
    let (ada, gone) = (shop.member(Role::Admin), shop.member(Role::Customer));
    disable(shop, &gone);
    let no_password = shop.user();
    let attempts = [
        (ada.email.as_str(), "a wrong password"),
        (ada.email.as_str(), ""),
        ("nobody@example.com", PASSWORD),
        ("no address", PASSWORD),
        (&gone.email, PASSWORD),
        (&no_password.email, PASSWORD),
        (&no_password.email, ""),
    ];
    for (email, password) in attempts {
        let error = shop.accounts().log_in(email, password).unwrap_err();
        assert!(matches!(error, Error::WrongLogin), "{email}: {error:?}");
    }
}

fn a_login_of_an_unknown_user_takes_a_slot_for_hashing_too(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let full = Database::builder(&shop.url).password_hashers(0).open().unwrap();
    for email in [ada.email.as_str(), "nobody@example.com", "no address", &shop.user().email] {
        let error = full.accounts().log_in(email, PASSWORD).unwrap_err();
        assert!(matches!(error, Error::Overloaded(_)), "{email}: {error:?}");
    }
}

fn a_new_password_ends_every_session_and_replaces_the_old_one(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let (one, other) = (shop.session_of(&ada), shop.session_of(&ada));
    let caller = who(shop, &one).unwrap();
    let new = Password::new("another horse battery").unwrap();
    let accounts = || shop.on_behalf_of(&caller).accounts();
    assert!(matches!(accounts().change_password("a guess", &new), Err(Error::WrongLogin)));
    assert!(who(shop, &one).is_ok());
    accounts().change_password(PASSWORD, &new).unwrap();
    for token in [one, other] {
        assert_eq!(who(shop, &token).unwrap_err(), INVALID);
    }
    assert!(shop.accounts().log_in(&ada.email, PASSWORD).is_err());
    shop.accounts().log_in(&ada.email, new.expose()).unwrap();
    assert!(shop.accounts().set_password(UserId::new(99), &new).unwrap_err().is_not_found());
}

fn a_password_is_neither_the_present_one_nor_the_name_or_address_of_its_user(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let session = shop.session_of(&ada);
    let caller = who(shop, &session).unwrap();
    let user = NewUser::new("grace.hopper@example.com", "Grace", "Hopper").unwrap();
    let new = |text: &str| Password::new(text).unwrap();
    for known in ["Grace.Hopper@Example.com", "grace hopper", "HopperGrace"] {
        let made = shop.accounts().create(user.clone(), Role::Staff, &new(known));
        assert_eq!(invalid_fields(made), ["password"], "{known}");
    }
    for known in [ada.email.as_str(), "adalovelace", PASSWORD] {
        assert_eq!(invalid_fields(shop.accounts().set_password(ada.id, &new(known))), ["password"], "{known}");
        let changed = shop.on_behalf_of(&caller).accounts().change_password(PASSWORD, &new(known));
        assert_eq!(invalid_fields(changed), ["password"], "{known}");
    }
    assert!(who(shop, &session).is_ok(), "nothing has changed");
    assert!(shop.users().find("grace.hopper@example.com").unwrap().is_none());
    shop.accounts().create(user, Role::Staff, &new(PASSWORD)).unwrap();
}

fn who_is_disabled_is_logged_out_at_once(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let (session, key) = (shop.session_of(&ada), shop.key_of(&ada, &[Scope::OrdersRead]));
    disable(shop, &ada);
    assert_eq!(who(shop, &key).unwrap_err(), INVALID);
    let enabled = UserPatch::default().status(UserStatus::Active);
    shop.users().update(ada.id, enabled).unwrap();
    assert_eq!(who(shop, &session).unwrap_err(), INVALID, "it was closed");
    assert!(who(shop, &key).is_ok(), "it was not revoked");
}

fn who_is_anonymised_or_deleted_has_nothing_left_to_log_in_with(shop: &Shop) {
    let (ada, bob) = (shop.member(Role::Admin), shop.member(Role::Customer));
    let tokens = [
        shop.session_of(&ada),
        shop.key_of(&ada, &[Scope::UsersManage]),
        shop.session_of(&bob),
        shop.key_of(&bob, &[Scope::OrdersRead]),
    ];
    assert_eq!(shop.users().anonymise(ada.id).unwrap().role, Role::Customer);
    shop.users().delete(bob.id).unwrap();
    for token in tokens {
        assert_eq!(who(shop, &token).unwrap_err(), INVALID);
    }
    assert_eq!(shop.password_hash(&ada), None);
    for table in ["sessions", "api_keys"] {
        assert!(texts(shop, format!("SELECT token_hash AS words FROM {table}")).is_empty(), "{table}");
    }
}

fn a_session_ends_by_itself_and_so_does_one_that_is_not_used(shop: &Shop) {
    let (ada, clock) = (shop.member(Role::Customer), TestClock::at("2026-03-02T12:00:00Z"));
    let db = shop.open_with(&clock);
    let log_in = || db.accounts().log_in(&ada.email, PASSWORD).unwrap();
    let is_known = |login: &Login| db.accounts().authenticate(login.token.expose()).is_ok();
    let unused = log_in();
    clock.advance(TimeDelta::days(1) - TimeDelta::seconds(1));
    assert!(is_known(&unused), "it was used in time");
    clock.advance(TimeDelta::days(1));
    assert!(!is_known(&unused));

    let used = log_in();
    assert_eq!(used.expires_at, clock.now() + TimeDelta::days(7));
    for _ in 0..13 {
        clock.advance(TimeDelta::hours(12));
        assert!(is_known(&used));
    }
    clock.advance(TimeDelta::hours(12));
    assert!(!is_known(&used), "it is seven days old");
    clock.advance(TimeDelta::days(7));
    log_in();
    assert_eq!(texts(shop, "SELECT token_hash AS words FROM sessions".to_owned()).len(), 1, "the ended are gone");
}

fn the_use_of_a_session_is_not_undone_by_a_server_whose_clock_is_behind(shop: &Shop) {
    let (ada, clock) = (shop.member(Role::Customer), TestClock::at("2026-03-02T12:00:00Z"));
    let (ahead, behind) = (shop.open_with(&clock), shop.open_with(&TestClock::at("2026-02-27T12:00:00Z")));
    let token = ahead.accounts().log_in(&ada.email, PASSWORD).unwrap().token;
    let caller = behind.accounts().authenticate(token.expose()).unwrap();
    behind.accounts().note_use(&caller);
    assert!(ahead.accounts().authenticate(token.expose()).is_ok());
}

fn a_hash_of_old_parameters_is_replaced_at_the_next_login(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(4_096, 1, 1, None).unwrap());
    let weak = weak.hash_password_with_salt(PASSWORD.as_bytes(), b"salt of sixteen!").unwrap().to_string();
    let set = format!("UPDATE users SET password_hash = '{weak}' WHERE id = {}", ada.id);
    shop.write(move |tx| Ok(diesel::sql_query(set.clone()).execute(tx)?)).unwrap();
    assert!(shop.accounts().log_in(&ada.email, "a wrong password").is_err());
    assert_eq!(shop.password_hash(&ada), Some(weak));
    shop.session_of(&ada);
    let renewed = shop.password_hash(&ada).unwrap();
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{renewed}");
    shop.session_of(&ada);
    assert_eq!(shop.password_hash(&ada), Some(renewed), "it stays");
}

fn a_key_may_what_it_was_made_for_as_long_as_its_user_may(shop: &Shop) {
    let ada = shop.member(Role::Staff);
    let key = shop.key_of(&ada, &[Scope::ReportsRead, Scope::OrdersRead]);
    assert_eq!(who(shop, &key).unwrap().scopes(), [Scope::OrdersRead, Scope::ReportsRead]);
    shop.accounts().set_role(ada.id, Role::Customer).unwrap();
    assert_eq!(who(shop, &key).unwrap().scopes(), [Scope::OrdersRead]);
}

fn a_key_that_was_revoked_or_has_expired_is_not_valid(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let new = |end| NewApiKey::builder(ada.id, "phone", [Scope::OrdersRead]).expires_at(Some(end)).build().unwrap();
    let (token, key) = shop.accounts().create_key(new(Utc::now() + TimeDelta::days(1))).unwrap();
    let revoked = shop.accounts().revoke_key(key.id).unwrap();
    assert!(revoked.revoked_at.is_some());
    assert_eq!(who(shop, &token).unwrap_err(), INVALID);
    assert_eq!(shop.accounts().revoke_key(key.id).unwrap(), revoked, "again is the same");
    let clock = TestClock::at("2026-03-02T12:00:00Z");
    let db = shop.open_with(&clock);
    let (token, _) = db.accounts().create_key(new(moment("2026-03-03T12:00:00Z"))).unwrap();
    clock.set("2026-03-03T11:59:59Z");
    assert!(db.accounts().authenticate(token.expose()).is_ok());
    clock.set("2026-03-03T12:00:00Z");
    assert!(matches!(db.accounts().authenticate(token.expose()), Err(Error::InvalidToken)));
    assert_eq!(invalid_fields(db.accounts().create_key(new(clock.now()))), ["expires_at"], "it is over");
}

fn the_use_of_a_key_is_noted(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let key = shop.key_of(&ada, &[Scope::OrdersRead]);
    let listed = || shop.accounts().keys(&ApiKeyFilter::default()).unwrap().items.pop().unwrap();
    assert_eq!(listed().last_used_at, None);
    who(shop, &key).unwrap();
    let first = listed().last_used_at;
    assert!(first.is_some());
    who(shop, &key).unwrap();
    assert_eq!(listed().last_used_at, first, "to the minute");
}

fn a_key_that_cannot_be_is_refused(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let new = |user, name: &str, scopes: &[Scope], expires| {
        let key = NewApiKey::builder(user, name, scopes.iter().copied()).expires_at(expires).build()?;
        shop.accounts().create_key(key).map(|_| ())
    };
    let read = [Scope::OrdersRead];
    assert_eq!(invalid_fields(new(ada.id, "", &[], None)), ["name", "scopes"]);
    assert_eq!(invalid_fields(new(ada.id, "n", &read, Some(Utc::now()))), ["expires_at"]);
    assert_eq!(invalid_fields(new(ada.id, "n", &[Scope::OrdersRead, Scope::CatalogWrite], None)), ["scopes"]);
    assert_eq!(invalid_fields(new(UserId::new(99), "n", &read, None)), ["user_id"]);
    disable(shop, &ada);
    assert_eq!(invalid_fields(new(ada.id, "n", &read, None)), ["user_id"]);
    assert!(shop.accounts().keys(&ApiKeyFilter::default()).unwrap().items.is_empty());
}

fn ids_of_sessions_and_keys_are_never_used_twice(shop: &Shop) {
    let (ada, bob) = (shop.member(Role::Customer), shop.member(Role::Customer));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let session = who(shop, &shop.session_of(&bob)).unwrap();
        shop.on_behalf_of(&session).accounts().log_out().unwrap();
        assert!(!seen.contains(&session.credential()), "{seen:?}");
        seen.push(session.credential());
    }
    let first = who(shop, &shop.key_of(&ada, &[Scope::OrdersRead])).unwrap();
    shop.users().delete(ada.id).unwrap();
    let second = who(shop, &shop.key_of(&bob, &[Scope::OrdersRead])).unwrap();
    assert_ne!(first.credential(), second.credential());
    assert_ne!(first.user(), Some(shop.user().id));
}

fn who_logs_out_twice_ends_no_session_of_others(shop: &Shop) {
    let (ada, bob) = (shop.member(Role::Customer), shop.member(Role::Customer));
    let caller = who(shop, &shop.session_of(&ada)).unwrap();
    shop.on_behalf_of(&caller).accounts().log_out().unwrap();
    let of_bob = shop.session_of(&bob);
    shop.on_behalf_of(&caller).accounts().log_out().unwrap();
    assert_eq!(who(shop, &of_bob).unwrap().user(), Some(bob.id));
}

fn one_token_logged_out_many_times_at_once_ends_no_session_of_others(shop: &Shop) {
    const AT_ONCE: usize = 4;
    let (ada, bob) = (shop.member(Role::Customer), shop.member(Role::Customer));
    for _ in 0..3 {
        let (caller, start) = (&who(shop, &shop.session_of(&ada)).unwrap(), &Barrier::new(2 * AT_ONCE));
        let fresh: Vec<Token> = thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(move || {
                    start.wait();
                    (0..8).for_each(|_| shop.on_behalf_of(caller).accounts().log_out().unwrap());
                });
            }
            let log_in = |_| {
                scope.spawn(|| {
                    start.wait();
                    shop.session_of(&bob)
                })
            };
            let logins: Vec<_> = (0..AT_ONCE).map(log_in).collect();
            logins.into_iter().map(|login| login.join().unwrap()).collect()
        });
        for token in fresh {
            assert_eq!(who(shop, &token).unwrap().user(), Some(bob.id));
        }
    }
}

fn what_is_known_of_a_caller_does_not_show_its_token(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let shown = format!("{:?}", who(shop, &shop.session_of(&ada)).unwrap());
    let hashes = texts(shop, "SELECT token_hash AS words FROM sessions".to_owned());
    assert!(hashes.len() == 1 && !shown.contains(hashes[0].as_deref().unwrap()), "{shown}");
}

fn what_is_no_token_is_not_valid(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let session = shop.session_of(&ada);
    let secret = session.expose().trim_start_matches("ecomdb_session_");
    for wrong in ["", "x", secret, &format!("ecomdb_key_{secret}"), &format!("ecomdb_session_{}", "0".repeat(64))] {
        assert!(matches!(shop.accounts().authenticate(wrong), Err(Error::InvalidToken)), "{wrong}");
    }
}

fn neither_passwords_nor_tokens_are_in_the_database_and_no_hash_is_in_an_export(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let secrets = [shop.session_of(&ada), shop.key_of(&ada, &[Scope::OrdersRead])];
    let mut stored: Vec<String> = vec![shop.password_hash(&ada).unwrap()];
    for table in ["sessions", "api_keys"] {
        stored.extend(texts(shop, format!("SELECT token_hash AS words FROM {table}")).into_iter().flatten());
    }
    assert_eq!(stored.len(), 3);
    for secret in secrets.iter().map(Token::expose).chain([PASSWORD]) {
        let digits = secret.rsplit('_').next().unwrap();
        assert!(!stored.iter().any(|stored| stored.contains(digits)), "{stored:?}");
    }
    let mut exported = Vec::new();
    shop.export(Table::Users, ExportFormat::Ndjson, &mut exported).unwrap();
    let exported = String::from_utf8(exported).unwrap();
    assert!(exported.contains(&ada.email) && !exported.contains("argon2"), "{exported}");
    assert!(!Table::ALL.iter().any(|table| ["sessions", "api_keys"].contains(&table.as_str())));
}

fn a_shop_that_is_reset_has_no_accounts(shop: &Shop) {
    let ada = shop.member(Role::Admin);
    let (session, key) = (shop.session_of(&ada), shop.key_of(&ada, &[Scope::OrdersRead]));
    assert!(shop.accounts().anybody_has_a_password().unwrap());
    shop.reset().unwrap();
    for token in [session, key] {
        assert_eq!(who(shop, &token).unwrap_err(), INVALID);
    }
    assert!(!shop.accounts().anybody_has_a_password().unwrap());
    assert_eq!(shop.user().role, Role::Customer);
}
