//! Slow, broken and abusive HTTP/2 clients. `connections.rs` does the same over HTTP/1.1; `http2_limits.rs` tests the
//! other limits.

use std::future::poll_fn;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Request};
use ecomdb::Database;
use ecomdb_http::App;
use h2::Reason;
use h2::client::Builder;

use crate::support::http2::{Client, block_on, read};
use crate::support::{Busy, Certificate, Server};

const LARGE: &str = "/docs/swagger-ui-bundle.js";
const SMALL: &str = "/healthz";
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A server with short timeouts, and its certificate.
fn impatient() -> (Server, Certificate) {
    // Longer than a busy machine delays a test.
    let moment = Duration::from_secs(1);
    serve(App::new(Database::open("sqlite::memory:").unwrap()).within(moment), moment)
}

fn patient() -> (Server, Certificate) {
    serve(App::new(Database::open("sqlite::memory:").unwrap()), Duration::from_secs(30))
}

fn serve(app: App, patience: Duration) -> (Server, Certificate) {
    let certificate = Certificate::make();
    let server = ecomdb_http::Server::new().patience(patience).tls(certificate.tls());
    (Server::over(app, server), certificate)
}

/// Reads until the server closes the connection.
fn rest(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

#[test]
fn a_head_that_does_not_come_ends_the_connection() {
    let (server, certificate) = impatient();
    // A HEADERS frame without END_HEADERS.
    let begun = [PREFACE, b"\0\0\x01\x01\x01\0\0\0\x01\x82"].concat();
    for beginning in [b"".as_slice(), b"PRI * HT", PREFACE, &begun] {
        let mut stream = certificate.connect(&server, &[b"h2"]);
        stream.write_all(beginning).unwrap();
        let frames = rest(&mut stream);
        assert!(!frames.windows(4).any(|window| window == b"\x01\x04\0\0"), "an answer: {frames:?}");
    }
}

#[test]
fn a_connection_without_open_streams_is_closed_although_it_answers_pings() {
    let server = impatient();
    block_on(async {
        let mut client = Client::connect(&server, &mut Builder::new()).await;
        assert!(client.is_served().await);
        // The client keeps answering PINGs; then the server closes the connection.
        client.closed().await;
    });
}

#[test]
fn a_body_that_does_not_come_is_answered() {
    let server = impatient();
    block_on(async {
        let mut client = Client::connect(&server, &mut Builder::new()).await;
        let (answer, mut body) = client.begin(Method::POST, "/api/users", false).await;
        body.send_data(Bytes::from_static(b"{\"email\": "), false).unwrap();
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 408);
        let problem = read(answer.into_body()).await.unwrap();
        assert!(String::from_utf8(problem).unwrap().contains("/problems/request-timeout"));
        assert!(client.is_served().await);
    });
}

#[test]
fn a_database_that_takes_too_long_is_an_answer() {
    let db = Database::open("sqlite::memory:").unwrap();
    let moment = Duration::from_millis(300);
    let server = serve(App::new(db.clone()).within(moment), Duration::from_secs(30));
    let busy = Busy::make(&db);
    block_on(async {
        let mut client = Client::connect(&server, &mut Builder::new()).await;
        let (answer, mut body) = client.begin(Method::POST, "/api/users", false).await;
        let user = br#"{"email": "a@b.de", "first_name": "A", "last_name": "B"}"#;
        body.send_data(Bytes::from_static(user), true).unwrap();
        assert_eq!(answer.await.unwrap().status(), 503);
        assert!(client.is_served().await);
    });
    busy.finish();
}

#[test]
fn an_answer_that_is_not_taken_resets_its_stream_and_no_other() {
    let server = impatient();
    block_on(async {
        for (window, path) in [(0, LARGE), (1, LARGE), (65_535, LARGE), (0, SMALL)] {
            let mut client = Client::connect(&server, Builder::new().initial_window_size(window)).await;
            let (status, mut body) = client.get(path).await.unwrap();
            assert_eq!(status, 200);
            let outcome = loop {
                match body.data().await.unwrap() {
                    // Read, but the flow-control window is not reopened.
                    Ok(_) => {}
                    Err(error) => break error,
                }
            };
            assert_eq!(outcome.reason(), Some(Reason::CANCEL), "{window} {path}");
            assert!(client.get(SMALL).await.is_ok(), "{window} {path}");
        }
    });
}

#[test]
fn a_small_answer_whose_end_is_not_taken_ends_the_connection() {
    let server = impatient();
    block_on(async {
        let mut client = Client::connect(&server, Builder::new().initial_window_size(1)).await;
        let (_, _body) = client.get(SMALL).await.unwrap();
        assert!(client.connection.await.unwrap().is_err());
    });
}

#[test]
fn an_answer_that_is_taken_slowly_is_finished() {
    let patience = Duration::from_secs(2);
    let server = serve(App::new(Database::open("sqlite::memory:").unwrap()), patience);
    block_on(async {
        let mut client = Client::connect(&server, Builder::new().initial_window_size(16_384)).await;
        let (_, mut body) = client.get(LARGE).await.unwrap();
        let (mut length, started) = (0, Instant::now());
        while let Some(piece) = body.data().await {
            let piece = piece.unwrap();
            length += piece.len();
            // All steps together take longer than the server's time limit for one.
            tokio::time::sleep(Duration::from_millis(30)).await;
            body.flow_control().release_capacity(piece.len()).unwrap();
        }
        assert!(length > 1_000_000 && started.elapsed() > patience, "{length} in {:?}", started.elapsed());
    });
}

#[test]
fn few_streams_are_open_at_once_on_a_connection() {
    let server = patient();
    block_on(async {
        let mut client = Client::connect(&server, &mut Builder::new()).await;
        assert!(client.is_served().await);
        assert_eq!(client.requests.current_max_send_streams(), 32);
    });
}

#[test]
fn a_head_that_is_too_large_or_has_too_many_lines_is_refused() {
    let server = patient();
    block_on(async {
        let mut client = Client::connect(&server, &mut Builder::new()).await;
        let mut long = HeaderMap::new();
        long.insert("x-long", "x".repeat(17 * 1024).parse().unwrap());
        let mut many = HeaderMap::new();
        for n in 0..100 {
            many.append("x-many", n.into());
        }
        many.append("x-other", 1.into());
        for headers in [long, many] {
            let mut request = Request::get("https://localhost/healthz").body(()).unwrap();
            *request.headers_mut() = headers;
            poll_fn(|context| client.requests.poll_ready(context)).await.unwrap();
            let (answer, _) = client.requests.send_request(request, true).unwrap();
            assert_eq!(answer.await.unwrap().status(), 431);
            assert!(client.is_served().await);
        }
    });
}

#[test]
fn streams_that_are_opened_and_reset_without_an_end_close_the_connection() {
    let (server, certificate) = patient();
    let mut stream = certificate.connect(&server, &[b"h2"]);
    let mut frames = PREFACE.to_vec();
    for n in 0..200 {
        let id = u32::to_be_bytes(2 * n + 1);
        // GET / of https://localhost, then RST_STREAM with CANCEL.
        frames.extend([b"\0\0\x0e\x01\x04", id.as_slice(), b"\x82\x87\x84\x41\x09localhost"].concat());
        frames.extend([b"\0\0\x04\x03\0", id.as_slice(), b"\0\0\0\x08"].concat());
    }
    stream.write_all(&frames).unwrap();
    // GOAWAY with ENHANCE_YOUR_CALM and the last stream that was processed.
    let answer = rest(&mut stream);
    let calm = answer.windows(17).any(|frame| frame[3] == 7 && frame[13..] == [0, 0, 0, 0x0b]);
    assert!(calm, "{answer:?}");
}

#[test]
fn requests_that_have_begun_are_answered_after_the_stop() {
    let mut served = patient();
    block_on(async {
        let mut client = Client::connect(&served, &mut Builder::new()).await;
        let (answer, mut body) = client.begin(Method::POST, "/api/users", false).await;
        assert!(client.is_served().await, "the server has the head of the first by now");
        served.0.stop();
        let user = br#"{"email": "a@b.de", "first_name": "A", "last_name": "B"}"#;
        body.send_data(Bytes::from_static(user), true).unwrap();
        assert_eq!(answer.await.unwrap().status(), 201);
        client.closed().await;
    });
    served.0.join();
}
