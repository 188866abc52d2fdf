//! Slow, large and many connections.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use ecomdb::Database;
use ecomdb_http::App;

use crate::support::{Server, exchange, read_answer};

/// A server with short timeouts.
fn impatient() -> Server {
    let moment = Duration::from_millis(300);
    let app = App::new(Database::open("sqlite::memory:").unwrap()).within(moment);
    Server::over(app, ecomdb_http::Server::new().patience(moment))
}

fn answers(server: &Server) -> bool {
    exchange(server.address, "GET /healthz HTTP/1.1\r\n", b"").0 == 200
}

/// Reads until the server closes or resets the connection.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_client_that_does_not_send_the_head_of_its_request_is_hung_up_on() {
    let server = impatient();
    for beginning in ["", "P", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(beginning.as_bytes()).unwrap();
        assert_eq!(rest(&mut stream), "", "{beginning:?}");
        assert!(answers(&server));
    }
}

#[test]
fn a_connection_that_is_kept_for_nothing_is_closed() {
    let server = impatient();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let (status, _) = read_answer(&mut stream);
    assert_eq!(status, 200);
}

#[test]
fn a_body_that_does_not_come_is_answered_and_is_no_request() {
    let server = impatient();
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head =
        "POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(b"{\"email\": ").unwrap();
    let (status, answer) = read_answer(&mut stream);
    assert_eq!(status, 408, "{answer}");
    assert!(answer.contains("/problems/request-timeout"), "{answer}");
    assert!(answers(&server));
}

#[test]
fn a_body_that_is_too_large_and_then_stops_holds_nothing_up() {
    let moment = Duration::from_millis(300);
    let app = App::new(Database::open("sqlite::memory:").unwrap()).within(moment).limit_bodies(10);
    let server = Server::over(app, ecomdb_http::Server::new());
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head =
        "POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(b"{\"email\": \"ada@example.com\"").unwrap();
    let (status, answer) = read_answer(&mut stream);
    assert_eq!(status, 408, "{answer}");
    assert!(answers(&server));
}

#[test]
fn a_body_above_the_limit_is_refused_and_one_of_the_limit_is_read() {
    let app = App::new(Database::open("sqlite::memory:").unwrap()).limit_bodies(1000);
    let server = Server::over(app, ecomdb_http::Server::new());
    let user = r#"{"email": "a@b.de", "first_name": "A", "last_name": "B"}"#;
    for (length, expected) in [(1001, 413), (1000, 201)] {
        let (status, answer) = server.post("/api/users", &format!("{user:length$}"));
        assert_eq!(status, expected, "{answer}");
    }
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = Server::start(Database::open("sqlite::memory:").unwrap());
    let long = "x".repeat(1024 * 1024);
    let many = "X-A: b\r\n".repeat(200);
    for headers in [format!("X-Long: {long}\r\n"), many] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        let head = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        // The server may disconnect before it has read everything.
        let _ = stream.write_all(head.as_bytes());
        let answer = rest(&mut stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
        assert!(answers(&server));
    }
}

#[test]
fn a_connection_above_the_limit_waits_until_another_is_closed() {
    let app = App::new(Database::open("sqlite::memory:").unwrap());
    let server = Server::over(app, ecomdb_http::Server::new().connections(1));
    let mut first = TcpStream::connect(server.address).unwrap();
    first.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut byte = [0];
    first.read_exact(&mut byte).unwrap();

    let mut second = TcpStream::connect(server.address).unwrap();
    second.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    second.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(second.read(&mut byte).is_err(), "it was served beside the first one");

    first.shutdown(Shutdown::Both).unwrap();
    second.set_read_timeout(None).unwrap();
    assert_eq!(read_answer(&mut second).0, 200);
}

#[test]
fn an_address_has_so_many_connections_at_once_and_no_more() {
    let app = App::new(Database::open("sqlite::memory:").unwrap());
    let server = Server::over(app, ecomdb_http::Server::new().connections_per_address(1));
    let mut first = TcpStream::connect(server.address).unwrap();
    first.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    first.read_exact(&mut [0]).unwrap();

    let mut second = TcpStream::connect(server.address).unwrap();
    assert_eq!(rest(&mut second), "", "it was served beside the first one");
    drop(first);
    // The server notices the end of the first connection asynchronously.
    let mut third = String::new();
    while third.is_empty() {
        let mut stream = TcpStream::connect(server.address).unwrap();
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        third = rest(&mut stream);
    }
    assert!(third.starts_with("HTTP/1.1 200"), "{third}");
}

#[test]
fn a_client_that_does_not_take_its_answers_is_hung_up_on() {
    let server = impatient();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    let ask = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let error = loop {
        if let Err(error) = stream.write_all(ask) {
            break error;
        }
    };
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
    assert!(answers(&server));
}

#[test]
fn a_thousand_requests_at_once_on_one_connection_are_answered_in_order() {
    let server = Server::start(Database::open("sqlite::memory:").unwrap());
    let mut stream = TcpStream::connect(server.address).unwrap();
    let mut asking = stream.try_clone().unwrap();
    let asker = std::thread::spawn(move || {
        for n in 0..1000 {
            let last = if n == 999 { "Connection: close\r\n" } else { "" };
            write!(asking, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: n{n}\r\n{last}\r\n").unwrap();
        }
    });
    let answers = rest(&mut stream);
    asker.join().unwrap();
    let ids = answers.lines().filter_map(|line| line.strip_prefix("x-request-id: "));
    assert!(ids.eq((0..1000).map(|n| format!("n{n}"))), "{} answers", answers.matches("HTTP/1.1 200").count());
}

#[test]
fn a_request_that_outlasts_the_grace_is_given_up() {
    let app = App::new(Database::open("sqlite::memory:").unwrap());
    let server = Server::over(app, ecomdb_http::Server::new().grace(Duration::from_millis(100)));
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head = "POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\
                Expect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut asked = [0; 12];
    stream.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100");
    assert!(!server.join_whatever_is_left());
}
