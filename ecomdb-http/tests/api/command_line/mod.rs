//! The program `ecomdb`.

mod accounts;
mod audit;
mod backup;
mod check;
mod config;
mod expire;
mod generate;
mod help;
mod log;
mod names;
mod output;
mod private;
mod reading;
mod report;
mod serve;
mod shop;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::json;

use crate::support::exchange;

fn ecomdb(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecomdb"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    let own = std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("ECOMDB_"));
    for variable in own {
        command.env_remove(variable);
    }
    command.env("ECOMDB_LOG", "warn");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = ecomdb(folder, arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// `ecomdb serve` on a free port, killed when dropped.
struct Served {
    child: Child,
    address: SocketAddr,
}

impl Served {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let bind: &[&str] =
            if arguments.contains(&"--bind") { &["serve"] } else { &["serve", "--bind", "127.0.0.1:0"] };
        Self::spawn(ecomdb(folder, &[bind, arguments].concat()), None)
    }

    /// Writes its log to the file, if given.
    fn spawn(mut command: Command, log: Option<File>) -> Self {
        command.stdout(Stdio::piped()).stderr(log.map_or_else(Stdio::piped, Stdio::from));
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("http://")?;
            Some(address.trim_end_matches('/').replace("localhost", "127.0.0.1").parse().unwrap())
        });
        let Some(address) = address else {
            let output = child.wait_with_output().unwrap();
            panic!("it does not serve: {}", String::from_utf8_lossy(&output.stderr));
        };
        // Drains the rest of standard error, so that the program does not block.
        if let Some(mut errors) = child.stderr.take() {
            std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        }
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Sends the signal and returns the exit code.
    fn stop(mut self, signal: &str) -> i32 {
        let killed = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post_user(address: SocketAddr, email: &str) -> u16 {
    let body = json!({"email": email, "first_name": "Ada", "last_name": "Lovelace"}).to_string();
    let length = body.len();
    let head = format!("POST /api/users HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
    exchange(address, &head, body.as_bytes()).0
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    exchange(address, &format!("GET {path} HTTP/1.1\r\n"), b"")
}

#[test]
fn wrong_usage_exits_with_2_and_a_line_that_says_what_is_right() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, hint) in [
        (vec!["sell"], "unrecognized subcommand 'sell'"),
        (vec!["reset"], "--yes"),
        (vec!["serve", "--bind", "8080"], "127.0.0.1:8080"),
        (vec!["serve", "--log", "loud=very=much"], "a level is needed"),
        (vec!["serve", "--max-body", "100", "--max-body-total", "199"], "--max-body-total must be at least twice"),
        (vec!["serve", "--bind", "0.0.0.0:8080"], "use --bind 127.0.0.1:8080"),
        (vec!["serve", "--bind", "[::]:8080"], "authentication is off"),
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
        (vec!["migrate", "--database", "sqlit://shop.db"], "sqlite://FILE"),
        (vec!["check", "--database", "./other.db"], "there is no database ./other.db"),
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
    let (code, out, _) = run(folder.path(), &["migrate"]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = out.lines().collect();
    let [applied, made, last] = lines[..] else { panic!("{out}") };
    assert_eq!((applied, last), ("applied 0001_base", "the SQLite database has the newest schema"));
    assert!(made.starts_with("made the views analytics_average_order_value, "), "{out}");
    assert_eq!(run(folder.path(), &["migrate"]).1, "nothing to do: the SQLite database has the newest schema\n");
    let (code, out, _) = run(folder.path(), &["check"]);
    assert_eq!(code, 0);
    assert!(out.contains("ok     every product has an inventory (0 rows)"), "{out}");
    assert!(out.lines().last().unwrap().ends_with("rules hold"), "{out}");
    assert_eq!(run(folder.path(), &["reset", "--yes"]).0, 0);
}

#[test]
fn the_same_seed_generates_the_same_shop_and_another_goes_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let generate = |database: &str| {
        let numbers = ["--users", "20", "--products", "10", "--orders", "100", "--seed", "7", "--until", "2026-01-01"];
        run(folder.path(), &[&["generate", "--database", database], numbers.as_slice()].concat())
    };
    let (code, out, err) = generate("sqlite://a.db");
    assert_eq!((code, out.as_str()), (0, "generated 20 users, 10 products and 100 orders\n"), "{err}");
    assert!(err.lines().last().unwrap().contains(" rows in "), "{err}");
    assert_eq!(generate("sqlite://b.db").0, 0);
    assert_eq!(run(folder.path(), &["check", "--database", "sqlite://a.db"]).0, 0);

    let contents = |file: &str| {
        let server = Served::start(folder.path(), &["--database", &format!("sqlite://{file}")]);
        let lists =
            ["users", "products", "orders"].map(|list| get(server.address, &format!("/api/{list}?limit=1000")).1);
        assert_eq!(server.stop("-TERM"), 0);
        lists.map(|list| list.rsplit_once("\r\n\r\n").unwrap().1.to_owned())
    };
    let first = contents("a.db");
    assert_eq!(first[2].matches("\"placed_at\"").count(), 100);
    assert_eq!(first, contents("b.db"));

    let (code, _, err) = generate("sqlite://a.db");
    assert_eq!(code, 0, "{err}");
    let both = contents("a.db");
    assert_eq!(both[2].matches("\"placed_at\"").count(), 200, "another shop goes behind the one that is there");
    assert!(both[2].ends_with(first[2].trim_start_matches('[')), "which stays as it is");
    assert_eq!(run(folder.path(), &["check", "--database", "sqlite://a.db"]).0, 0);
}

#[test]
fn a_shop_that_cannot_be_generated_creates_no_database() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [["--orders", "many"], ["--users", "99999999999999"], ["--until", "someday"], ["--until", "9000-01-01"]]
    {
        let (code, _, err) = run(folder.path(), &[["generate"].as_slice(), &arguments].concat());
        assert_eq!(code, 2, "{arguments:?}: {err}");
        assert!(err.starts_with("error: ") && err.contains(arguments[0]), "{err}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_demo_has_ten_thousand_orders_and_leaves_an_existing_shop_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Served::start(folder.path(), &["--demo"]);
    let (_, customers) = get(server.address, "/api/analytics/top-customers?limit=1");
    assert!(customers.contains("total_spent"), "{customers}");
    let (_, orders) = get(server.address, "/api/orders?limit=1");
    let id: i64 = orders.split("\"id\":").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    assert!(id >= 10_000, "{orders}");
    assert_eq!(post_user(server.address, "ada@example.com"), 201);
    assert_eq!(server.stop("-TERM"), 0);
    assert!(run(folder.path(), &["shop"]).1.starts_with("name       Demo shop\n"));

    let server = Served::start(folder.path(), &["--demo"]);
    assert_eq!(get(server.address, "/api/users?search=ada@example.com").1.matches("\"ada@example.com\"").count(), 1);
    assert_eq!(
        get(server.address, "/api/orders?limit=1").1.rsplit_once("\r\n\r\n").unwrap().1,
        orders.rsplit_once("\r\n\r\n").unwrap().1
    );
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_served_database_is_there_after_the_stop() {
    let folder = tempfile::tempdir().unwrap();
    for (signal, email) in [("-TERM", "ada@example.com"), ("-INT", "grace@example.com")] {
        let server = Served::start(folder.path(), &[]);
        assert_eq!(post_user(server.address, email), 201);
        assert_eq!(server.stop(signal), 0);
    }
    let server = Served::start(folder.path(), &[]);
    let (_, users) = get(server.address, "/api/users");
    assert!(users.contains("ada@example.com") && users.contains("grace@example.com"), "{users}");
    server.stop("-TERM");
}

#[test]
fn two_servers_that_start_at_once_share_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let servers: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..2).map(|_| scope.spawn(|| Served::start(folder.path(), &[]))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    for i in 0..20 {
        assert_eq!(post_user(servers[i % 2].address, &format!("user{i}@example.com")), 201);
    }
    for server in servers {
        let (_, users) = get(server.address, "/api/users");
        assert_eq!(users.matches("@example.com").count(), 20);
        assert_eq!(server.stop("-TERM"), 0);
    }
    assert_eq!(run(folder.path(), &["check"]).0, 0);
}

#[test]
fn where_another_server_listens_nothing_is_written() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Served::start(one.path(), &[]);
    let bind = server.address.to_string();
    let (code, out, err) = run(other.path(), &["serve", "--demo", "--bind", &bind]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains(&format!("cannot listen on {bind}")) && err.contains("--bind ADDR:PORT"), "{err}");
    assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 0, "nothing was created");
}

#[test]
fn a_stop_that_gives_requests_up_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let server = Served::start(folder.path(), &["--grace", "1"]);
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head =
        "POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n";
    write!(stream, "{head}Expect: 100-continue\r\n\r\n").unwrap();
    let mut asked = [0; 12];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100", "the request was accepted");
    assert_eq!(server.stop("-TERM"), 1);
}
