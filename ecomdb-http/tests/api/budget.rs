//! The limit on the bytes of all request bodies together.

use std::convert::Infallible;
use std::io::Write as _;
use std::net::TcpStream;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Method, Request};
use ecomdb::Database;
use ecomdb_http::App;
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use serde_json::json;
use tower::ServiceExt as _;

use crate::support::{Server, TestApp, read_answer};

const KIB: usize = 1024;

/// A body that sends its first bytes and never ends.
struct Begun(Option<Bytes>);

impl HttpBody for Begun {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.take().map_or(Poll::Pending, |bytes| Poll::Ready(Some(Ok(Frame::data(bytes)))))
    }
}

fn post(body: Body) -> Request<Body> {
    let request = Request::builder().method(Method::POST).uri("/api/users");
    request.header("Host", "localhost").header("Content-Type", "application/json").body(body).unwrap()
}

/// A valid user as JSON of this length in bytes.
fn user(email: &str, length: usize) -> String {
    let user = json!({"email": email, "first_name": "A", "last_name": "B"}).to_string();
    format!("{user}{}", " ".repeat(length - user.len()))
}

#[tokio::test]
async fn bodies_beyond_the_budget_of_all_are_turned_away_until_others_are_over() {
    let app = App::new(Database::open("sqlite::memory:").unwrap()).limit_all_bodies(64 * KIB);
    let router = ecomdb_http::app(app);
    let ask = async |body| {
        let response = router.clone().oneshot(post(Body::from(body))).await.unwrap();
        let retry = response.headers().get("Retry-After").map(|seconds| seconds.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        (status, retry, response.into_body().collect().await.unwrap().to_bytes())
    };
    {
        let begun = Body::new(Begun(Some(vec![b' '; 32 * KIB].into())));
        let mut first = pin!(router.clone().oneshot(post(begun)));
        tokio::select! {
            biased;
            _ = &mut first => panic!("a body without an end was answered"),
            () = std::future::ready(()) => {}
        }
        let (status, retry, answer) = ask(user("large@example.com", 16 * KIB)).await;
        assert_eq!((status, retry.as_deref()), (503, Some("1")), "{answer:?}");
        assert_eq!(
            ask(user("small@example.com", KIB)).await.0,
            201,
            "the first bytes of each body have a half of their own"
        );
    }
    assert_eq!(ask(user("large@example.com", 16 * KIB)).await.0, 201);
}

#[test]
fn over_a_socket_too_bodies_beyond_the_budget_of_all_are_turned_away_until_others_are_over() {
    let app = App::new(Database::open("sqlite::memory:").unwrap()).limit_all_bodies(512 * KIB);
    let server = Server::over(app, ecomdb_http::Server::new());
    let begin = |n: usize| {
        let body = user(&format!("begun{n}@example.com"), 256 * KIB);
        let mut stream = TcpStream::connect(server.address).unwrap();
        let head =
            "POST /api/users HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n", body.len()).unwrap();
        stream.write_all(&body.as_bytes()[..160 * KIB]).unwrap();
        (stream, body)
    };
    let ask = |n: usize| server.post("/api/users", &user(&format!("whole{n}@example.com"), 16 * KIB));
    // The server does not report what it has read, so bodies begin one after the other until one is refused. The first
    // bytes of all of them fit.
    let mut begun = Vec::new();
    let refusal = (0..60).find_map(|n| {
        begun.push(begin(n));
        let (status, answer) = ask(n);
        (status != 201).then_some((status, answer))
    });
    let (status, refusal) = refusal.expect("a body is turned away");
    assert_eq!(status, 503, "{refusal}");
    assert!(refusal.contains("retry-after: 1\r\n") && refusal.contains("/problems/overloaded"), "{refusal}");
    for (mut stream, body) in begun {
        stream.write_all(&body.as_bytes()[160 * KIB..]).unwrap();
        let (status, answer) = read_answer(&mut stream);
        assert!([201, 503].contains(&status), "{answer}");
    }
    assert_eq!(ask(60).0, 201);
}

#[test]
fn a_compressed_body_is_refused_by_the_name_of_its_header() {
    let app = TestApp::empty();
    let body = r#"{"email": "a@b.de", "first_name": "A", "last_name": "B"}"#;
    let json = ("Content-Type", "application/json");
    for encoding in ["gzip", "br", "identity, gzip", ""] {
        let answer = app.ask(Method::POST, "/api/users", &[json, ("Content-Encoding", encoding)], body);
        assert_eq!(answer.complains_of(415, "unsupported-media-type"), ["Content-Encoding"], "{encoding}");
        assert_eq!(answer.header("Accept-Encoding"), "identity");
    }
    assert_eq!(app.get("/api/users").good(200), json!([]));
    app.ask(Method::POST, "/api/users", &[json, ("Content-Encoding", "Identity")], body).good(201);
}

#[test]
fn what_a_client_gave_is_repeated_shortened() {
    let app = TestApp::shop();
    let long = "x".repeat(1_000_000);
    let order = json!({"user_id": long, "items": []});
    let user = json!({"email": long, "first_name": "A", "last_name": "B"});
    let unknown = json!({"email": "a@b.de", "first_name": "A", "last_name": "B", &*long: 1});
    let payment = json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}], "payment": {"method": long}});
    let price = json!({"name": "Lantern", "category_id": 1, "price": long, "initial_stock": 1});
    let part = &long[..60_000];
    for answer in [
        app.post("/api/orders", &order),
        app.post("/api/orders", &payment),
        app.post("/api/users", &user),
        app.post("/api/users", &unknown),
        app.post("/api/products", &price),
        app.get(&format!("/api/users/{part}")),
        app.get(&format!("/api/users?limit={part}")),
        app.get(&format!("/api/users?{part}=1")),
        app.get(&format!("/api/users?cursor={part}")),
        app.get(&format!("/{part}")),
        app.get(&format!("/docs/{part}")),
        app.get(&format!("/problems/{part}")),
        app.get(&format!("/api/analytics/revenue-over-time?tz={part}")),
        app.ask(Method::POST, &format!("/{part}"), &[], ""),
        app.ask(Method::from_bytes(part.as_bytes()).unwrap(), "/api/users", &[], ""),
        app.ask(Method::POST, "/api/users", &[("Content-Type", part)], ""),
        app.ask_exactly(Method::GET, "/api/users", &[("Host", part)], ""),
    ] {
        assert!(answer.status.is_client_error(), "{}", answer.status);
        assert!(answer.text.len() < 5_000, "{} bytes: {}", answer.text.len(), &answer.text[..200]);
    }
}
