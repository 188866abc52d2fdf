//! The MariaDB and PostgreSQL servers of a benchmark, from ECOMDB_TEST_MYSQL_URL and ECOMDB_TEST_POSTGRES_URL, which
//! `python3 tests/servers.py --durable -- COMMAND` sets.

use std::process::{Command, Stdio};

use ecomdb::Database;

pub(crate) fn mysql_url() -> Option<String> {
    cfg!(feature = "mysql").then(|| std::env::var("ECOMDB_TEST_MYSQL_URL").ok())?
}

pub(crate) fn postgres_url() -> Option<String> {
    cfg!(feature = "postgres").then(|| std::env::var("ECOMDB_TEST_POSTGRES_URL").ok())?
}

pub(crate) fn mariadb(url: &str, options: &[&str]) -> Command {
    let (user, place) = url.strip_prefix("mysql://").unwrap().split_once('@').unwrap();
    let (user, password) = user.split_once(':').unwrap();
    let (host, port) = place.split_once(':').unwrap();
    let password = percent_encoding::percent_decode_str(password).decode_utf8().unwrap();
    let mut command = Command::new("mariadb");
    command.args(["--local-infile=1", "-h", host, "-P", port, "-u", user]).args(options);
    command.env("MYSQL_PWD", password.as_ref());
    command
}

pub(crate) fn psql(url: &str) -> Command {
    let mut command = Command::new("psql");
    command.args(["-q", "-v", "ON_ERROR_STOP=1", "-d", url]);
    command
}

/// Pipes a script to a program.
pub(crate) fn script(mut program: Command, text: &str) {
    use std::io::Write as _;
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// The URL of a new, empty shop.
pub(crate) fn fresh_mysql(name: &str) -> String {
    let (url, name) = (mysql_url().unwrap(), format!("bench_{name}_{}", std::process::id()));
    script(mariadb(&url, &[]), &format!("CREATE DATABASE {name}"));
    let url = format!("{url}/{name}");
    drop(Database::open(&url).unwrap());
    url
}

pub(crate) fn fresh_postgres(name: &str) -> String {
    let (url, name) = (postgres_url().unwrap(), format!("bench_{name}_{}", std::process::id()));
    script(psql(&format!("{url}/postgres")), &format!("CREATE DATABASE {name}"));
    let url = format!("{url}/{name}");
    drop(Database::open(&url).unwrap());
    url
}
