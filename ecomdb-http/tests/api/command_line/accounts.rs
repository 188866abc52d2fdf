//! `ecomdb user`, `ecomdb api-key` and `ecomdb serve --auth on`

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use diesel::RunQueryDsl;
use ecomdb::Database;
use serde_json::{Value, json};

use super::{Served, ecomdb, run};
use crate::support::exchange;
use crate::support::people::PASSWORD;

const ADA: [&str; 8] =
    ["user", "create", "--email", "ada@example.com", "--first-name", "Ada", "--last-name", "Lovelace"];

/// Runs the program with a password on standard input.
fn run_with_password(folder: &Path, arguments: &[&str], password: &str) -> (i32, String, String) {
    let mut command = ecomdb(folder, &[arguments, &["--password-stdin"]].concat());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

pub(super) fn ask(address: SocketAddr, line: &str, token: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let head = format!(
        "{line} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        body.len()
    );
    let (status, answer) = exchange(address, &head, body.as_bytes());
    let answer = answer.rsplit_once("\r\n\r\n").unwrap().1;
    (status, serde_json::from_str(answer).unwrap_or_default())
}

fn log_in(address: SocketAddr, password: &str) -> (u16, Value) {
    ask(address, "POST /api/auth/login", "", &json!({"email": "ada@example.com", "password": password}))
}

#[test]
fn an_admin_who_was_created_logs_in_and_works() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run_with_password(folder.path(), &[&ADA[..], &["--role", "admin"]].concat(), PASSWORD);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("ada@example.com") && out.contains("admin") && !out.contains(PASSWORD), "{out}");

    let server = Served::start(folder.path(), &["--auth", "on"]);
    assert_eq!(ask(server.address, "GET /api/users", "", &Value::Null).0, 401);
    let (status, login) = log_in(server.address, PASSWORD);
    assert_eq!(status, 200, "{login}");
    let token = login["token"].as_str().unwrap();
    let user = json!({"email": "bob@example.com", "first_name": "Bob", "last_name": "Babbage"});
    assert_eq!(ask(server.address, "POST /api/users", token, &user).0, 201);
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_password_is_made_up_and_shown_once_and_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let made_up = |out: &str| {
        let line = out.lines().find_map(|line| line.strip_prefix("password: ")).unwrap_or_else(|| panic!("{out}"));
        line.split(' ').next().unwrap().to_owned()
    };
    let (code, out, err) = run(folder.path(), &ADA);
    assert_eq!(code, 0, "{err}");
    let first = made_up(&out);
    let (code, out, err) = run(folder.path(), &["user", "set-password", "ada@example.com"]);
    assert_eq!(code, 0, "{err}");
    let second = made_up(&out);

    let server = Served::start(folder.path(), &["--auth", "on"]);
    assert_eq!(log_in(server.address, &first).0, 401);
    assert_eq!(log_in(server.address, &second).0, 200);
    assert_eq!(run(folder.path(), &["user", "disable", "Ada@Example.com"]).0, 0);
    assert_eq!(log_in(server.address, &second).0, 401);
    assert_eq!(run(folder.path(), &["user", "enable", "1"]).0, 0);
    assert_eq!(log_in(server.address, &second).0, 200);
    server.stop("-TERM");
}

#[test]
fn users_are_listed_and_get_roles() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &ADA);
    let (code, out, _) = run(folder.path(), &["user", "set-role", "1", "staff"]);
    assert!(code == 0 && out.contains("staff"), "{out}");
    let listed = |arguments: &[&str]| run(folder.path(), &[&["user", "list"], arguments].concat()).1;
    assert!(listed(&[]).contains("ada@example.com"));
    assert!(listed(&["--role", "staff", "--search", "love"]).contains("ada@example.com"));
    assert_eq!(listed(&["--role", "admin"]), "");
}

#[test]
fn the_dossier_of_a_user_is_a_json_object() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &ADA);
    let (code, out, err) = run(folder.path(), &["user", "dossier", "ada@example.com"]);
    assert_eq!(code, 0, "{err}");
    let dossier: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&dossier["user"]["first_name"], &dossier["has_password"]), (&"Ada".into(), &true.into()));
    assert_eq!((dossier["orders"].as_array().map(Vec::len), dossier.get("next")), (Some(0), None));
    assert_eq!(run(folder.path(), &["user", "dossier", "9"]).0, 1);
}

#[test]
fn a_user_is_anonymised_only_if_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &ADA);
    let (code, out, err) = run(folder.path(), &["user", "anonymise", "ada@example.com"]);
    assert!(code == 2 && out.is_empty() && err.contains("--yes"), "{code} {out} {err}");
    assert!(run(folder.path(), &["user", "list"]).1.contains("ada@example.com"));
    let (code, out, err) = run(folder.path(), &["user", "anonymise", "ada@example.com", "--yes"]);
    assert!(code == 0 && out.contains("disabled") && out.contains("Deleted User"), "{code} {out} {err}");
    assert!(!run(folder.path(), &["user", "list"]).1.contains("ada@example.com"));
}

#[test]
fn what_cannot_be_is_refused_and_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run_with_password(folder.path(), &ADA, "short");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.starts_with("error: password: must have 8 to 128 characters"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no database");
    run(folder.path(), &ADA);
    for guessed in ["Password1", "ada@example.com", "lovelace ada"] {
        let (code, out, err) = run_with_password(folder.path(), &["user", "set-password", "1"], guessed);
        assert!(code == 1 && out.is_empty() && err.starts_with("error: password: "), "{guessed}: {code} {out} {err}");
    }
    for (arguments, code, hint) in [
        (ADA.to_vec(), 1, "email: another user already has \"ada@example.com\""),
        (vec!["user", "set-role", "bob@example.com", "admin"], 1, "no user has the e-mail address"),
        (vec!["user", "set-role", "9", "admin"], 1, "no user has the id 9"),
        (vec!["user", "set-role", "1", "owner"], 2, "customer, staff, admin"),
        (vec!["api-key", "create", "--user", "1", "--name", "x", "--scopes", "orders:fly"], 2, "orders:read"),
        (
            vec!["api-key", "create", "--user", "1", "--name", "x", "--scopes", "reports:read"],
            1,
            "scopes: must be among",
        ),
        (vec!["api-key", "revoke", "9"], 1, "no API key has the id 9"),
        (vec!["serve", "--host", "http://shop"], 2, "shop.example.com"),
        (vec!["serve", "--host", "*.example.com"], 2, "name each host, * stands for nothing"),
        (vec!["serve", "--host", "shop.example.com:443"], 2, "a name without port is needed"),
        (vec!["serve", "--cors-origin", "https://shop.example.com/page"], 2, "must be an origin"),
        (vec!["serve", "--trusted-proxy", "10.0.0.0/8,proxy.example.com"], 2, "must be an address or a network"),
        (vec!["serve", "--trusted-proxy", "0.0.0.0/0"], 2, "would trust everyone"),
        (vec!["serve", "--hsts", "31536000"], 2, "--hsts needs TLS"),
    ] {
        let (found, _, err) = run(folder.path(), &arguments);
        assert_eq!(found, code, "{arguments:?}: {err}");
        assert!(err.contains(hint), "{arguments:?}: {err}");
    }
}

#[test]
fn a_key_is_made_listed_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &ADA);
    let make = ["api-key", "create", "--user", "ada@example.com", "--name", "phone", "--scopes"];
    let (code, out, err) = run(folder.path(), &[&make[..], &["orders:read,users:read", "--days", "30"]].concat());
    assert_eq!(code, 0, "{err}");
    let token = out.trim_end();
    assert!(token.starts_with("ecomdb_key_") && !err.contains(token), "{out}");

    let server = Served::start(folder.path(), &["--auth", "on"]);
    assert_eq!(ask(server.address, "GET /api/users/1", token, &Value::Null).0, 200);
    let list = || run(folder.path(), &["api-key", "list", "--user", "1"]).1;
    assert!(list().contains("valid") && list().contains("users:read, orders:read"), "{}", list());
    assert_eq!(run(folder.path(), &["api-key", "revoke", "1"]).0, 0);
    assert_eq!(ask(server.address, "GET /api/users/1", token, &Value::Null).0, 401);
    assert!(list().contains("revoked") && !list().contains(token));
    server.stop("-TERM");
}

#[test]
fn a_server_with_authentication_may_be_reached_from_elsewhere_under_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let server = Served::start(folder.path(), &["--bind", "0.0.0.0:0", "--auth", "on", "--host", "shop.example.com"]);
    let local = SocketAddr::from(([127, 0, 0, 1], server.address.port()));
    let host = |name: &str| {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(local).unwrap();
        write!(stream, "GET /api/users HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer[9..12].parse::<u16>().unwrap()
    };
    assert_eq!(host("shop.example.com:443"), 401);
    assert_eq!(host("evil.example"), 421);
    server.stop("-TERM");
}

#[test]
fn no_secret_is_in_a_log_or_in_an_error() {
    let folder = tempfile::tempdir().unwrap();
    run_with_password(folder.path(), &[&ADA[..], &["--role", "admin"]].concat(), PASSWORD);
    let log = folder.path().join("log");
    let mut command = ecomdb(folder.path(), &["serve", "--bind", "127.0.0.1:0", "--auth", "on"]);
    command.env("ECOMDB_LOG", "trace");
    let server = Served::spawn(command, Some(File::create(&log).unwrap()));

    let (_, login) = log_in(server.address, PASSWORD);
    let token = login["token"].as_str().unwrap();
    let key = json!({"name": "program", "scopes": ["orders:read"]});
    let (_, key) = ask(server.address, "POST /api/auth/api-keys", token, &key);
    let mut answers = vec![
        log_in(server.address, "geheim-123"),
        ask(server.address, "POST /api/auth/login", "", &json!({"email": "a@b.de", "password": ["geheim-123"]})),
        ask(server.address, "POST /api/auth/login", "", &json!({"email": "a@b.de", "password": PASSWORD, "x": 1})),
        ask(server.address, "PUT /api/auth/password", token, &json!({"current_password": PASSWORD, "password": 5})),
        ask(server.address, "GET /api/auth/me", &format!("{token}0"), &Value::Null),
        ask(server.address, "GET /api/products/99", token, &Value::Null),
    ];
    let db = Database::builder(format!("sqlite://{}", folder.path().join("shop.db").display())).open().unwrap();
    db.write(|conn| Ok::<_, ecomdb::Error>(diesel::sql_query("DROP TABLE sessions").execute(conn)?)).unwrap();
    answers.push(ask(server.address, "GET /api/auth/me", token, &Value::Null));
    assert_eq!(server.stop("-TERM"), 0);

    assert_eq!(answers.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [401, 422, 422, 422, 401, 404, 500]);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("/api/auth/login") && log.contains("id="), "{log}");
    for secret in [PASSWORD, "geheim-123", token, key["token"].as_str().unwrap()] {
        assert!(!log.contains(secret), "{secret}");
        assert!(!answers.iter().any(|(_, answer)| answer.to_string().contains(secret)), "{secret}: {answers:?}");
    }
}
