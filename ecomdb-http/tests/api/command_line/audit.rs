//! Audit events of the program: logins and changes of permissions.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;

use ecomdb::{Database, Role};
use serde_json::{Value, json};

use super::accounts::ask;
use super::{Served, ecomdb};
use crate::support::people::{PASSWORD, employ};

const NEW_PASSWORD: &str = "another horse battery";

/// Runs a server with an admin (user 1) and returns its log.
fn log_of(format: &str, work: impl FnOnce(SocketAddr)) -> String {
    let folder = tempfile::tempdir().unwrap();
    employ(&open(folder.path()), "admin@example.com", Role::Admin);
    let log = folder.path().join("log");
    let mut command =
        ecomdb(folder.path(), &["serve", "--bind", "127.0.0.1:0", "--auth", "on", "--log-format", format]);
    command.env("ECOMDB_LOG", "info");
    let server = Served::spawn(command, Some(File::create(&log).unwrap()));
    work(server.address);
    assert_eq!(server.stop("-TERM"), 0);
    std::fs::read_to_string(log).unwrap()
}

fn open(folder: &Path) -> Database {
    Database::open(&format!("sqlite://{}", folder.join("shop.db").display())).unwrap()
}

fn log_in(address: SocketAddr, email: &str, password: &str) -> (u16, Value) {
    ask(address, "POST /api/auth/login", "", &json!({"email": email, "password": password}))
}

fn token(answer: &(u16, Value)) -> String {
    answer.1["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// The events of [`work_an_admin_day`]: level, event, user, credential, account, about, detail.
const EVENTS: [&str; 26] = [
    "WARN login_failed admin@example.com",
    "WARN login_failed",
    "INFO login_succeeded admin@example.com 1",
    "INFO user_created 1 session bob@example.com 2",
    "INFO password_set 1 session 2",
    "INFO role_changed 1 session 2 staff",
    "INFO email_changed 1 session rob@example.com 2",
    "INFO user_disabled 1 session 2",
    "INFO user_enabled 1 session 2",
    "INFO key_created 1 session 1 key 1: orders:read",
    "WARN access_denied 1 api_key 1 users:read",
    "WARN access_denied 1 api_key 1 session",
    "INFO key_revoked 1 session 1 key 1",
    "WARN token_refused",
    "WARN page_refused https://evil.example",
    "INFO login_succeeded rob@example.com 2",
    "WARN password_change_failed 2 session",
    "INFO password_changed 2 session",
    "INFO user_deleted 1 session 2",
    "INFO user_created 1 session carol@example.com 3",
    "INFO user_anonymised 1 session 3",
    "INFO login_succeeded admin@example.com 1",
    "INFO session_ended 1 session all others",
    "WARN login_failed nobody@example.com",
    "WARN login_locked nobody@example.com",
    "INFO logged_out 1 session",
];

/// Sends a request that succeeds.
fn done(address: SocketAddr, line: &str, token: &str, body: &Value) -> Value {
    let (status, answer) = ask(address, line, token, body);
    assert!((200..300).contains(&status), "{line}: {answer}");
    answer
}

/// Logs in and makes every kind of change that is logged. Returns the secrets.
fn work_an_admin_day(address: SocketAddr) -> Vec<String> {
    log_in(address, "Admin@example.com", "a wrong guess");
    log_in(address, "my password by mistake", "a wrong guess");
    let admin = token(&log_in(address, "admin@example.com", PASSWORD));
    let (key, rob) = manage_bob(address, &admin);
    let carol = json!({"email": "carol@example.com", "first_name": "Carol", "last_name": "Shaw"});
    done(address, "POST /api/users", &admin, &carol);
    done(address, "POST /api/users/3/anonymise", &admin, &Value::Null);
    repeat_without_a_change(address, &admin);
    token(&log_in(address, "admin@example.com", PASSWORD));
    done(address, "DELETE /api/auth/sessions", &admin, &Value::Null);
    assert!((0..100).any(|_| log_in(address, "nobody@example.com", "a wrong guess").0 == 429));
    done(address, "POST /api/auth/logout", &admin, &Value::Null);
    let known = [PASSWORD, NEW_PASSWORD, "a wrong guess", "my password by mistake"];
    known.map(str::to_owned).into_iter().chain([admin, key, rob]).collect()
}

/// The events about user 2, and about a key of the admin. Returns the tokens of both.
fn manage_bob(address: SocketAddr, admin: &str) -> (String, String) {
    let none = Value::Null;
    let bob = json!({"email": "bob@example.com", "first_name": "Bob", "last_name": "Babbage"});
    done(address, "POST /api/users", admin, &bob);
    done(address, "PUT /api/users/2/password", admin, &json!({"password": PASSWORD}));
    done(address, "PUT /api/users/2/role", admin, &json!({"role": "staff"}));
    done(address, "PATCH /api/users/2", admin, &json!({"email": "rob@example.com"}));
    done(address, "PATCH /api/users/2", admin, &json!({"status": "disabled"}));
    done(address, "PATCH /api/users/2", admin, &json!({"status": "active"}));
    let key = json!({"name": "program", "scopes": ["orders:read"]});
    let key = token(&(201, done(address, "POST /api/auth/api-keys", admin, &key)));
    ask(address, "GET /api/users", &key, &none);
    ask(address, "POST /api/auth/logout", &key, &none);
    done(address, "DELETE /api/auth/api-keys/1", admin, &none);
    ask(address, "GET /api/users", &key, &none);
    ask(address, "POST /api/users HTTP/1.1\r\nOrigin: https://evil.example\r\nX:", admin, &none);
    let rob = token(&log_in(address, "rob@example.com", PASSWORD));
    let change = |current: &str| json!({"current_password": current, "password": NEW_PASSWORD});
    ask(address, "PUT /api/auth/password", &rob, &change("a wrong guess"));
    done(address, "PUT /api/auth/password", &rob, &change(PASSWORD));
    done(address, "DELETE /api/users/2", admin, &none);
    (key, rob)
}

fn repeat_without_a_change(address: SocketAddr, admin: &str) {
    done(address, "DELETE /api/auth/sessions", admin, &Value::Null);
    done(address, "DELETE /api/auth/api-keys/1", admin, &Value::Null);
    done(address, "PUT /api/users/1/role", admin, &json!({"role": "admin"}));
    done(address, "PATCH /api/users/1", admin, &json!({"status": "active", "email": "ADMIN@example.com"}));
    done(address, "PATCH /api/users/1", admin, &json!({"status": "active", "first_name": "Ada"}));
}

/// The fields of an event that have a value.
fn described(event: &Value) -> String {
    let fields = ["level", "event", "user", "credential", "account", "about", "detail"];
    let fields = fields.iter().filter_map(|field| match &event[field] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    });
    fields.collect::<Vec<_>>().join(" ")
}

#[test]
fn logins_and_changes_of_what_others_may_do_are_events_with_account_and_address() {
    let mut secrets = Vec::new();
    let log = log_of("json", |address| secrets = work_an_admin_day(address));
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let events: Vec<Value> = lines.filter(|line| line["target"] == "ecomdb_http::audit").collect();
    assert!(events.iter().all(|event| event["client"] == "127.0.0.1"), "{events:?}");
    let mut told: Vec<String> = events.iter().map(described).collect();
    told.dedup();
    assert_eq!(told, EVENTS);
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret}");
    }
}

#[test]
fn an_event_is_one_line_of_text_however_much_a_stranger_writes() {
    let log = log_of("text", |address| {
        log_in(address, "ada@example.com", "a wrong guess");
        log_in(address, "eve@example.com\n2026-01-01T00:00:00Z INFO login_succeeded", "a wrong guess");
        let long = "x".repeat(5000);
        ask(address, &format!("POST /api/users HTTP/1.1\r\nOrigin: https://{long}\r\nX:"), "", &Value::Null);
    });
    let events: Vec<&str> = log.lines().filter(|line| line.contains("ecomdb_http::audit")).collect();
    assert_eq!(events.len(), 3, "{log}");
    for (event, words) in events.iter().zip([
        r#"event="login_failed" client=127.0.0.1 account="ada@example.com""#,
        r#"event="login_failed" client=127.0.0.1"#,
        r#"event="page_refused" client=127.0.0.1 detail="https://xxx"#,
    ]) {
        assert!(event.contains(words) && event.contains(" WARN ") && event.len() < 500, "{event}");
    }
    assert!(!log.contains("login_succeeded"), "{log}");
}
