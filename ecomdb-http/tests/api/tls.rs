//! TLS with certificate files.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use ecomdb::{Database, Role};
use ecomdb_http::{App, Tls};
use serde_json::json;

use crate::support::people::{PASSWORD, employ};
use crate::support::{Certificate, Server};

fn serve(certificate: &Certificate) -> Server {
    let app = App::new(Database::open("sqlite::memory:").unwrap());
    Server::over(app, ecomdb_http::Server::new().tls(certificate.tls()))
}

#[test]
fn a_client_that_trusts_the_certificate_is_served_over_tls() {
    let certificate = Certificate::make();
    let server = serve(&certificate);
    let mut stream = certificate.connect(&server, &[b"http/1.1"]);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
}

#[test]
fn http_2_is_spoken_with_those_who_offer_it() {
    let certificate = Certificate::make();
    let server = serve(&certificate);
    let mut stream = certificate.connect(&server, &[b"h2", b"http/1.1"]);
    // The HTTP/2 preface and empty settings; the server answers with its own.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(frame[3], 4, "settings");
}

/// Sends a request over TLS and HTTP/1.1; returns the whole response.
fn ask(certificate: &Certificate, server: &Server, head: &str, body: &str) -> String {
    let mut stream = certificate.connect(server, &[b"http/1.1"]);
    let length = body.len();
    let head = format!("{head}Host: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn over_tls_a_session_is_kept_in_the_cookie_of_this_host_and_in_no_other() {
    let certificate = Certificate::make();
    let db = Database::open("sqlite::memory:").unwrap();
    employ(&db, "ada@example.com", Role::Admin);
    let app = App::new(db).authenticate(true).strict_transport(Duration::from_secs(60));
    let server = Server::over(app, ecomdb_http::Server::new().tls(certificate.tls()));
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "cookie": true}).to_string();
    let head = "POST /api/auth/login HTTP/1.1\r\nContent-Type: application/json\r\nOrigin: https://localhost\r\n";
    let answer = ask(&certificate, &server, head, &body);
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("strict-transport-security: max-age=60\r\n"),
        "{answer}"
    );
    let line = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(line.starts_with("__Host-ecomdb_session=") && line.ends_with("; Secure"), "{line}");
    let cookie = line.split(';').next().unwrap();
    let me = |cookie: &str| {
        let head = format!("GET /api/auth/me HTTP/1.1\r\nCookie: {cookie}\r\n");
        ask(&certificate, &server, &head, "")[9..12].to_owned()
    };
    assert_eq!(me(cookie), "200");
    assert_eq!(me(cookie.strip_prefix("__Host-").unwrap()), "401");
    let head = head.replace("https://localhost", "http://localhost");
    assert!(ask(&certificate, &server, &head, &body).starts_with("HTTP/1.1 403"));
}

#[test]
fn a_client_that_does_not_speak_tls_is_not_served() {
    let certificate = Certificate::make();
    let server = serve(&certificate);
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.windows(8).any(|window| window == b"HTTP/1.1"), "{answer:?}");
    let mut stream = certificate.connect(&server, &[]);
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn a_client_that_does_not_agree_on_tls_is_hung_up_on() {
    let certificate = Certificate::make();
    let app = App::new(Database::open("sqlite::memory:").unwrap());
    let impatient = ecomdb_http::Server::new().patience(Duration::from_millis(300)).tls(certificate.tls());
    let server = Server::over(app, impatient);
    // Nothing, and the first bytes of a ClientHello.
    for beginning in [b"".as_slice(), b"\x16\x03\x01\x02\x00"] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(beginning).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"", "{beginning:?}");
    }
}

#[test]
fn files_that_are_no_certificate_are_named() {
    let (certificate, other) = (Certificate::make(), Certificate::make());
    std::fs::write(certificate.file("empty.pem"), "nothing\n").unwrap();
    let refusal = |chain: &Path, key: &Path| Tls::from_files(chain, key).unwrap_err().to_string();
    let (chain, key, empty) =
        (certificate.file("certificate.pem"), certificate.file("key.pem"), certificate.file("empty.pem"));
    for (chain, key, words) in [
        (&certificate.file("none.pem"), &key, "none.pem cannot be read"),
        (&empty, &key, "empty.pem has no certificate"),
        (&chain, &empty, "empty.pem has no private key"),
        (&chain, &chain, "certificate.pem has no private key"),
        (&chain, &other.file("key.pem"), "cannot be used"),
    ] {
        let refusal = refusal(chain, key);
        assert!(refusal.contains(words), "{refusal}");
    }
}
