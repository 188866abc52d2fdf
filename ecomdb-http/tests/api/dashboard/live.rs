//! `/live`: notifications of changes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use axum::http::Method;
use diesel::RunQueryDsl;
use ecomdb::{Database, Role};
use ecomdb_http::App;

use super::visitor::Visitor;
use crate::support::people::{employ, session};
use crate::support::{Server, TestApp};

/// The text before the id of an event. (The head of the response contains an x-request-id.)
const ID: &str = "\nid: ";

/// A page that listens.
struct Listening {
    stream: TcpStream,
    heard: String,
}

impl Listening {
    /// Begins to listen, and waits for the server's answer.
    fn begin(server: &Server, headers: &str) -> Self {
        let stream = TcpStream::connect(server.address).unwrap();
        // A time limit, so that a failing test ends.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut listening = Self { stream, heard: String::new() };
        let encoding = if headers.contains("Accept-Encoding") { "" } else { "Accept-Encoding: gzip\r\n" };
        write!(listening.stream, "GET /live HTTP/1.1\r\nHost: localhost\r\n{encoding}{headers}\r\n").unwrap();
        listening.until("\r\n\r\n");
        listening
    }

    /// Reads until this text was received.
    #[track_caller]
    fn until(&mut self, words: &str) {
        while !self.heard.contains(words) {
            self.hear();
        }
    }

    #[track_caller]
    fn hear(&mut self) {
        let mut piece = [0; 1024];
        let length = self.stream.read(&mut piece).unwrap();
        assert!(length > 0, "the server ended it: {}", self.heard);
        self.heard.push_str(std::str::from_utf8(&piece[..length]).unwrap());
    }

    /// Reads until the server ends it.
    fn rest(mut self) -> String {
        self.stream.read_to_string(&mut self.heard).unwrap();
        self.heard
    }

    /// The id of the latest event.
    fn id(&mut self) -> String {
        loop {
            let id = self.heard.rsplit_once(ID).and_then(|(_, rest)| rest.split_once('\n'));
            if let Some((id, _)) = id {
                return id.to_owned();
            }
            self.hear();
        }
    }
}

/// A shop in a file, so that other processes can change it.
fn in_a_file() -> (tempfile::TempDir, Database, Database) {
    let folder = tempfile::tempdir().unwrap();
    let open = || Database::open(&format!("sqlite://{}/shop.db", folder.path().display())).unwrap();
    let (db, other) = (open(), open());
    (folder, db, other)
}

#[test]
fn all_who_listen_hear_that_something_changed_also_by_another_process() {
    let (_folder, db, other) = in_a_file();
    let server = Server::start(db.clone());
    let mut pages = [Listening::begin(&server, ""), Listening::begin(&server, "")];
    for page in &mut pages {
        page.until(ID);
        let head = page.heard.to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200") && head.contains("content-type: text/event-stream"), "{head}");
        assert!(head.contains("cache-control: no-store") && head.contains("x-accel-buffering: no"), "{head}");
        assert!(!head.contains("content-encoding") && !head.contains("data:"), "{head}");
    }
    other.categories().create("Lamps").unwrap();
    for page in &mut pages {
        page.until("data: changed\n\n");
    }
    for page in &mut pages {
        page.heard.clear();
    }
    db.categories().create("Chairs").unwrap();
    for page in &mut pages {
        page.until("data: changed\n\n");
    }
    drop(pages);
    server.join();
}

#[test]
fn a_page_that_lost_the_connection_hears_at_once_what_it_missed() {
    let (_folder, db, other) = in_a_file();
    let server = Server::start(db);
    let mut page = Listening::begin(&server, "");
    page.until(ID);
    let id = page.id();
    other.categories().create("Lamps").unwrap();
    page.until("data: changed\n\n");
    let later = page.id();
    assert_ne!(id, later);
    let mut again = Listening::begin(&server, &format!("Last-Event-ID: {id}\r\n"));
    again.until("data: changed\n\n");
    let mut knows_all = Listening::begin(&server, &format!("Last-Event-ID: {}\r\n", again.id()));
    knows_all.until(ID);
    assert!(!knows_all.heard.contains("data:"), "{}", knows_all.heard);
    let mut of_another_process = Listening::begin(&server, "Last-Event-ID: 00000000-1\r\n");
    of_another_process.until("data: changed\n\n");
    server.join();
}

#[test]
fn whoever_listens_does_not_hold_up_a_stop() {
    let mut server = Server::start(Database::open("sqlite::memory:").unwrap());
    let mut page = Listening::begin(&server, "");
    page.until(ID);
    server.stop();
    assert!(page.rest().ends_with("0\r\n\r\n"), "the response is complete");
    server.join();
}

#[test]
fn it_ends_with_the_session() {
    let db = Database::open("sqlite::memory:").unwrap();
    let staff = employ(&db, "staff@example.com", Role::Staff);
    let token = session(&db, staff);
    let server = Server::over(App::new(db.clone()).authenticate(true), ecomdb_http::Server::new());
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let mut page = Listening::begin(&server, &bearer);
    page.until(ID);
    let caller = db.accounts().authenticate(&token).unwrap();
    db.on_behalf_of(&caller).accounts().log_out().unwrap();
    // The end is noticed with the next event or keep-alive comment.
    assert!(!page.rest().contains("data:"));
    server.join();
}

#[test]
fn customers_and_those_who_are_not_logged_in_hear_nothing() {
    let db = Database::open("sqlite::memory:").unwrap();
    let customer = employ(&db, "ada@example.com", Role::Customer);
    let app = TestApp::guarded(db);
    assert_eq!(Visitor::new(&app).get("/live").status, 303);
    assert_eq!(Visitor::of(&app, customer).get("/live").status, 403);
}

#[test]
fn an_address_has_a_limited_number_of_pages_that_listen() {
    let server = Server::start(Database::open("sqlite::memory:").unwrap());
    let pages: Vec<_> = (0..32).map(|_| Listening::begin(&server, "")).collect();
    let refused = Listening::begin(&server, "Accept-Encoding: identity\r\nConnection: close\r\n").rest();
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("many pages listen"), "{refused}");
    drop(pages);
    server.join();
}

#[test]
fn what_a_page_asks_by_itself_is_no_use_of_the_session() {
    let db = Database::open("sqlite::memory:").unwrap();
    let app = TestApp::guarded(db.clone());
    let visitor = Visitor::staff(&app);
    let an_hour_ago = "UPDATE sessions SET last_used_at = (unixepoch() - 3600) * 1000000";
    let age = || {
        db.write(move |conn| Ok::<_, ecomdb::Error>(diesel::sql_query(an_hour_ago).execute(conn)?)).unwrap();
    };
    let token = visitor.cookie("ecomdb_session").unwrap();
    let is_noted = || {
        let (_, use_is_due) = db.accounts().recognise(&token).unwrap();
        !use_is_due
    };
    age();
    let refresh = [("Sec-Fetch-Site", "same-origin"), ("x-ecomdb-refresh", "1")];
    visitor.send(Method::GET, "/orders", &refresh, String::new()).page(200);
    assert!(!is_noted(), "a refresh");
    visitor.get("/orders").page(200);
    assert!(is_noted(), "a visit");
    age();
    let server = Server::over(App::new(db.clone()).authenticate(true), ecomdb_http::Server::new());
    let cookie = format!("Cookie: ecomdb_session={token}\r\nSec-Fetch-Site: same-origin\r\n");
    Listening::begin(&server, &cookie).until(ID);
    assert!(!is_noted(), "a page that listens");
    server.join();
}
