//! Graceful shutdown.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use ecomdb::{Database, UserId};

use crate::support::{Server, read_answer};

#[test]
fn a_request_that_was_accepted_before_the_stop_is_answered() {
    let db = Database::open("sqlite::memory:").unwrap();
    let mut server = Server::start(db.clone());
    let body = r#"{"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace"}"#;
    let mut stream = TcpStream::connect(server.address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Expect: 100-continue\r\n\r\n"
    )
    .unwrap();
    // The server sends 100 Continue when the handler reads the body.
    let mut asked = String::new();
    BufReader::new(&stream).read_line(&mut asked).unwrap();
    assert_eq!(asked, "HTTP/1.1 100 Continue\r\n");

    server.stop();
    stream.write_all(body.as_bytes()).unwrap();
    let (status, answer) = read_answer_after_interim(&mut stream);
    assert_eq!(status, 201, "{answer}");
    server.join();
    assert_eq!(db.users().get(UserId::new(1)).unwrap().first_name, "Ada");
}

/// Skips the empty line of the interim response, which may have been read with it.
fn read_answer_after_interim(stream: &mut TcpStream) -> (u16, String) {
    use std::io::Read;

    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    let answer = rest.trim_start();
    (answer.strip_prefix("HTTP/1.1 ").unwrap()[..3].parse().unwrap(), answer.to_owned())
}

#[test]
fn a_server_that_has_stopped_takes_no_connections() {
    let server = Server::start(Database::open("sqlite::memory:").unwrap());
    let address = server.address;
    let mut open = TcpStream::connect(address).unwrap();
    write!(open, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut open).0, 200);
    server.join();
    assert!(TcpStream::connect(address).is_err());
}
