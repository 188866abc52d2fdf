//! The program itself.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::json;

use crate::support::exchange;

fn ecomdb(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecomdb"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for variable in ["ECOMDB_DATABASE_URL", "ECOMDB_BIND", "ECOMDB_YES", "ECOMDB_DEMO"] {
        command.env_remove(variable);
    }
    command.env("ECOMDB_LOG", "warn");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = ecomdb(folder, arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// `ecomdb serve` on a free port, and where that is.
fn serve(folder: &Path, arguments: &[&str]) -> (Child, std::net::SocketAddr) {
    let arguments = [&["serve", "--bind", "127.0.0.1:0"], arguments].concat();
    let mut child = ecomdb(folder, &arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| {
        let line = line.unwrap();
        line.split_once("http://").map(|(_, rest)| rest.trim_end_matches('/').parse().unwrap())
    });
    // What the program says later still needs somewhere to go.
    std::thread::spawn(move || lines.for_each(drop));
    (child, address.expect("it prints where it serves"))
}

fn stop(mut child: Child, signal: &str) -> i32 {
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    child.wait().unwrap().code().unwrap()
}

fn post_user(address: std::net::SocketAddr, email: &str) -> u16 {
    let body = json!({"email": email, "first_name": "Ada", "last_name": "Lovelace"}).to_string();
    let length = body.len();
    let head = format!("POST /api/users HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
    exchange(address, &head, body.as_bytes()).0
}

fn get(address: std::net::SocketAddr, path: &str) -> (u16, String) {
    exchange(address, &format!("GET {path} HTTP/1.1\r\n"), b"")
}

#[test]
fn wrong_usage_exits_with_2_and_a_line_that_says_what_is_right() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, hint) in [
        (vec!["sell"], "unrecognized subcommand 'sell'"),
        (vec!["reset"], "--yes"),
        (vec!["serve", "--bind", "8080"], "127.0.0.1:8080"),
        (vec!["serve", "--bind", "0.0.0.0:8080"], "use --bind 127.0.0.1:8080"),
        (vec!["serve", "--bind", "[::]:8080"], "no authentication"),
    ] {
        let (code, out, err) = run(folder.path(), &arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.starts_with("error: ") && err.contains(hint), "{arguments:?}: {err}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
}

#[test]
fn what_fails_exits_with_1_and_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, hint) in [
        (vec!["check"], "there is no database shop.db"),
        (vec!["reset", "--yes"], "ecomdb migrate"),
        (vec!["migrate", "--database", "shop.db"], "sqlite://FILE"),
        (vec!["serve", "--database", "sqlite://nowhere/shop.db"], "there is no folder nowhere"),
    ] {
        let (code, out, err) = run(folder.path(), &arguments);
        assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}");
        assert!(err.starts_with("error: ") && err.contains(hint), "{arguments:?}: {err}");
        assert_eq!(err.lines().count(), 1, "{err}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
}

#[test]
fn the_help_does_not_show_the_password_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let mut help = ecomdb(folder.path(), &["serve", "--help"]);
    let help = help.env("ECOMDB_DATABASE_URL", "postgres://ada:geheim@host/shop").output().unwrap();
    assert!(!String::from_utf8(help.stdout).unwrap().contains("geheim"));
}

#[test]
fn a_new_database_is_migrated_checked_and_reset() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["migrate"]).0, 0);
    assert!(folder.path().join("shop.db").exists());
    let (code, out, _) = run(folder.path(), &["check"]);
    assert_eq!(code, 0);
    assert!(out.contains("ok     every product has an inventory (0 rows)"), "{out}");
    assert!(out.lines().last().unwrap().ends_with("rules hold"), "{out}");
    assert_eq!(run(folder.path(), &["reset", "--yes"]).0, 0);
}

#[test]
fn a_served_database_is_there_after_the_stop() {
    let folder = tempfile::tempdir().unwrap();
    for (signal, email) in [("-TERM", "ada@example.com"), ("-INT", "grace@example.com")] {
        let (child, address) = serve(folder.path(), &[]);
        assert_eq!(post_user(address, email), 201);
        assert_eq!(stop(child, signal), 0);
    }
    let (child, address) = serve(folder.path(), &[]);
    let (_, users) = get(address, "/api/users");
    assert!(users.contains("ada@example.com") && users.contains("grace@example.com"), "{users}");
    stop(child, "-TERM");
}

#[test]
fn two_servers_that_start_at_once_share_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let servers: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..2).map(|_| scope.spawn(|| serve(folder.path(), &[]))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    for i in 0..20 {
        let (_, address) = &servers[i % 2];
        assert_eq!(post_user(*address, &format!("user{i}@example.com")), 201);
    }
    for (child, address) in servers {
        let (_, users) = get(address, "/api/users");
        assert_eq!(users.matches("@example.com").count(), 20);
        assert_eq!(stop(child, "-TERM"), 0);
    }
    assert_eq!(run(folder.path(), &["check"]).0, 0);
}
