//! The output of a server at its start.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use super::{ecomdb, run};

/// The output of `ecomdb serve` until it waits for requests, with `PORT` in place of its port.
fn said(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let serve = [["serve"].as_slice(), arguments].concat();
    let mut server = ecomdb(folder, &serve).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut said: Vec<String> = Vec::new();
    for line in lines {
        let is_last = line == "Ctrl-C stops it";
        said.push(line);
        if is_last {
            break;
        }
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let port = said[0].trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    said.iter().map(|line| line.replace(&port, "PORT")).collect()
}

#[test]
fn a_server_says_where_it_is_and_that_it_needs_no_login() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        said(folder.path(), &["--bind", "127.0.0.1:0"]),
        [
            "serving the SQLite database at http://127.0.0.1:PORT/",
            "  API   http://127.0.0.1:PORT/api",
            "  docs  http://127.0.0.1:PORT/docs",
            "no authentication: everyone on this machine has full access; `ecomdb user create --role admin --email ...` \
             creates the first account for --auth on",
            "Ctrl-C stops it",
        ]
    );
}

#[test]
fn a_server_that_listens_on_all_addresses_shows_one_that_a_browser_can_open() {
    let folder = tempfile::tempdir().unwrap();
    for bind in ["0.0.0.0:0", "[::]:0"] {
        let said = said(folder.path(), &["--bind", bind, "--auth", "on"]);
        assert_eq!(said[0], "serving the SQLite database at http://localhost:PORT/");
    }
}

#[test]
fn a_server_with_authentication_says_how_to_get_in() {
    let folder = tempfile::tempdir().unwrap();
    let authentication =
        |arguments: &[&str]| said(folder.path(), &[&["--bind", "127.0.0.1:0"], arguments].concat())[3].clone();
    assert_eq!(
        authentication(&["--auth", "on"]),
        "with authentication: no account can log in yet; `ecomdb user create --role admin --email ...` creates the first account"
    );
    let user = ["user", "create", "--email", "ada@example.com", "--first-name", "Ada", "--last-name", "L"];
    assert_eq!(run(folder.path(), &user).0, 0);
    assert_eq!(
        authentication(&["--auth", "on"]),
        "with authentication: users log in on the page or at POST /api/auth/login, programs send a key from `ecomdb api-key \
         create`; the docs are public"
    );
    assert!(authentication(&["--auth", "on", "--no-dashboard"]).contains("users log in at POST /api/auth/login"));
    assert!(authentication(&["--auth", "on", "--read-only"]).contains("login is unavailable"));
}
