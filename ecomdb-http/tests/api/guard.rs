//! Checks of Host and Origin.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use axum::body::Body;
use axum::http::{Method, Request, Version};
use ecomdb::Database;
use ecomdb_http::App;
use serde_json::json;

use crate::support::{Answer, Server, TestApp};

fn get_from(app: &TestApp, hosts: &[&str]) -> Answer {
    let request = hosts.iter().fold(Request::get("/healthz"), |request, host| request.header("Host", *host));
    app.send(request.body(Body::empty()).unwrap())
}

#[test]
fn the_server_answers_to_the_names_of_the_local_machine_on_any_port() {
    let app = TestApp::empty();
    for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:9", "[::1]", "[::1]:8080"] {
        get_from(&app, &[host]).good(200);
    }
}

#[test]
fn the_server_answers_to_the_address_that_it_is_bound_to() {
    let db = Database::open("sqlite::memory:").unwrap();
    let app = TestApp::over(App::new(db.clone()).bound_to("127.0.0.2:8080".parse().unwrap()), db);
    get_from(&app, &["127.0.0.2:8080"]).good(200);
    get_from(&app, &["127.0.0.3:8080"]).problem(421, "misdirected-request");
}

#[test]
fn a_name_that_was_rebound_to_this_machine_is_turned_away() {
    let app = TestApp::empty();
    for host in
        ["evil.example", "localhost.evil.example", "evil.example:8080", "localhost@evil.example", "192.168.0.1", ""]
    {
        get_from(&app, &[host]).problem(421, "misdirected-request");
    }
}

#[test]
fn a_request_without_a_host_or_with_several_is_malformed() {
    let app = TestApp::empty();
    assert_eq!(get_from(&app, &[]).complains_of(400, "malformed-request"), ["Host"]);
    assert_eq!(get_from(&app, &["localhost", "evil.example"]).complains_of(400, "malformed-request"), ["Host"]);
    let other_target = Request::get("http://evil.example/healthz").header("Host", "localhost");
    let answer = app.send(other_target.body(Body::empty()).unwrap());
    assert_eq!(answer.complains_of(400, "malformed-request"), ["Host"]);
}

#[test]
fn a_port_that_is_none_is_malformed() {
    let app = TestApp::empty();
    for host in ["localhost:abc", "localhost:65536", "localhost:-1", "[::1]:abc", "localhost:80x"] {
        assert_eq!(get_from(&app, &[host]).complains_of(400, "malformed-request"), ["Host"], "{host}");
    }
}

#[test]
fn a_health_check_of_http_1_0_needs_no_host_and_everything_else_does() {
    let app = TestApp::empty();
    let ask = |uri: &str, version| app.send(Request::get(uri).version(version).body(Body::empty()).unwrap());
    ask("/healthz", Version::HTTP_10).good(200);
    ask("/readyz", Version::HTTP_10).good(200);
    for (uri, version) in [
        ("/healthz", Version::HTTP_11),
        ("/api/users", Version::HTTP_10),
        ("/docs/index.html", Version::HTTP_10),
        ("/healthz/", Version::HTTP_10),
    ] {
        assert_eq!(ask(uri, version).complains_of(400, "malformed-request"), ["Host"], "{uri} {version:?}");
    }
    let named = Request::get("/healthz").version(Version::HTTP_10).header("Host", "evil.example");
    app.send(named.body(Body::empty()).unwrap()).problem(421, "misdirected-request");
}

#[test]
fn a_health_check_of_http_1_0_is_answered_over_a_socket() {
    let server = Server::start(Database::open("sqlite::memory:").unwrap());
    let ask = |line: &str| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(stream, "{line}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    for line in ["GET /healthz HTTP/1.0", "GET /readyz HTTP/1.0", "HEAD /healthz HTTP/1.0"] {
        let answer = ask(line);
        assert!(answer.starts_with("HTTP/1.0 200 "), "{line}: {answer}");
    }
    for line in [
        "GET / HTTP/1.0",
        "GET /api/users HTTP/1.0",
        "GET /docs/index.html HTTP/1.0",
        "GET /metrics HTTP/1.0",
        "GET /healthz/ HTTP/1.0",
        "POST /healthz HTTP/1.0",
        "GET /healthz HTTP/1.1",
        "GET /readyz HTTP/1.1",
    ] {
        let answer = ask(line);
        assert!(answer[8..].starts_with(" 400 "), "{line}: {answer}");
    }
}

#[test]
fn a_page_of_another_site_cannot_change_the_shop() {
    let app = TestApp::shop();
    app.post("/api/orders", &json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]})).good(201);
    let before = app.contents();
    for header in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "http://evil.example"),
        ("Origin", "http://localhost:3000"),
        ("Origin", "null"),
    ] {
        app.ask(Method::POST, "/api/orders/1/cancel", &[header], "").problem(403, "cross-site-request");
        app.ask(Method::DELETE, "/api/users/2", &[header], "").problem(403, "cross-site-request");
    }
    assert_eq!(app.contents(), before);
}

#[test]
fn a_page_of_this_server_can_change_the_shop() {
    let app = TestApp::shop();
    app.post("/api/orders", &json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]})).good(201);
    let headers = [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost")];
    app.ask(Method::POST, "/api/orders/1/cancel", &headers, "").good(200);
}

#[test]
fn every_answer_has_the_headers_that_keep_browsers_in_check() {
    let app = TestApp::shop();
    for answer in [app.get("/api/users"), app.get("/nowhere"), app.get("/api"), get_from(&app, &["evil.example"])] {
        assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
        assert_eq!(answer.header("Referrer-Policy"), "no-referrer");
        assert_eq!(answer.header("Cache-Control"), "no-store");
        let policy = answer.header("Content-Security-Policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(answer.header("Access-Control-Allow-Origin"), "");
    }
}
