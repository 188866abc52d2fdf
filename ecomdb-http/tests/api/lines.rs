//! Line ends in HTTP/1.1.

use std::io::{Read, Write};
use std::net::TcpStream;

use ecomdb::Database;

use crate::support::Server;

const GET: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const LAST: &str = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const CHUNKED: &str = "POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: \
                       chunked\r\n\r\n";

/// Multi-line JSON with bare LF.
fn user(email: &str) -> String {
    format!("{{\n\"email\": \"{email}\",\n\"first_name\": \"A\",\n\n\"last_name\": \"B\"\n}}\n")
}

fn post(email: &str) -> String {
    let body = user(email);
    let head = "POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ";
    format!("{head}{}\r\n\r\n{body}", body.len())
}

fn post_in_chunks(email: &str) -> String {
    let body = user(email);
    let (first, second) = body.split_at(20);
    let second = format!("{:X} ; name=value\r\n{second}\r\n", second.len());
    format!("{CHUNKED}{:x}\r\n{first}\r\n{second}0\r\nX-Trailer: 1\r\n\r\n", first.len())
}

/// The statuses of all responses to these bytes, sent in pieces of this size.
fn statuses(server: &Server, bytes: &str, size: usize) -> Vec<String> {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut sending = stream.try_clone().unwrap();
    let bytes = bytes.to_owned();
    // Reads while another thread sends: a client that only sends could block forever.
    let sender = std::thread::spawn(move || {
        for piece in bytes.as_bytes().chunks(size) {
            // The server disconnects after a refusal.
            if sending.write_all(piece).is_err() {
                return;
            }
        }
    });
    let mut answers = Vec::new();
    let _ = stream.read_to_end(&mut answers);
    sender.join().unwrap();
    let answers = String::from_utf8(answers).unwrap();
    answers.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].to_owned()).collect()
}

#[test]
fn a_line_of_a_head_that_ends_with_lf_alone_is_refused_wherever_the_head_comes() {
    let server = Server::start(Database::open("sqlite::memory:").unwrap());
    let bad = [
        ("GET /healthz HTTP/1.1\n", "Host: localhost\r\n\r\n"),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\n", "\r\n"),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: 1\n", "Y: 2\r\n\r\n"),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\n", ""),
        ("GET /healthz HTTP/1.1\n", "Host: localhost\n\n"),
        ("\n", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ];
    let mut n = 0;
    for size in [1, 7, 100_000] {
        for (begun, rest) in bad {
            // A client that continues to send after the refusal may get a reset instead of the response.
            let bad = if size < 100 { begun.to_owned() } else { format!("{begun}{rest}") };
            assert_eq!(statuses(&server, &bad, size), ["400"], "{bad:?}");
            assert_eq!(statuses(&server, &format!("{GET}{bad}"), size), ["200", "400"], "{bad:?}");
            for post in [post, post_in_chunks] {
                n += 1;
                let both = format!("{}{bad}", post(&format!("user{n}@example.com")));
                assert_eq!(statuses(&server, &both, size), ["201", "400"], "{both:?}");
            }
        }
    }
}

#[test]
fn lines_of_bodies_end_as_they_like_and_empty_lines_may_come_before_a_head() {
    let server = Server::start(Database::open("sqlite::memory:").unwrap());
    for size in [1, 7, 100_000] {
        let all = [
            &post(&format!("a{size}@example.com")),
            GET,
            &post_in_chunks(&format!("b{size}@example.com")),
            "\r\n\r\n",
            GET,
            // After a request with an empty body, the next bytes are a head.
            "POST /api/orders/1/cancel HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
            &post(&format!("c{size}@example.com")),
            LAST,
        ];
        let expected = ["201", "200", "201", "200", "404", "201", "200"];
        assert_eq!(statuses(&server, &all.concat(), size), expected);
    }
}

/// A proxy that accepts a bare LF sees the end of the body there, and another request after it.
#[test]
fn a_line_of_a_trailer_that_ends_with_lf_alone_is_refused() {
    let server = Server::start(Database::open("sqlite::memory:").unwrap());
    for size in [1, 7, 100_000] {
        for trailer in ["\n", "X: 1\n", "X: 1\r\n\n", "X: 1\r\nY: 2\n"] {
            let body = user("ada@example.com");
            let begun = format!("{CHUNKED}{:x}\r\n{body}\r\n0\r\n{trailer}", body.len());
            assert_eq!(statuses(&server, &begun, size), ["400"], "{begun:?}");
        }
    }
}
