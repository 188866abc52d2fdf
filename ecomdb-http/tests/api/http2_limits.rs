//! HTTP/2: limits on bytes and streams, and which hosts, origins and cookies are accepted.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, Request, Response};
use ecomdb::{Database, OrderId, OrderStatus, UserId};
use ecomdb_http::App;
use h2::client::Builder;
use serde_json::{Value, json};

use crate::support::http2::{Client, block_on, send, whole};
use crate::support::people::{PASSWORD, give_password, session};
use crate::support::{Busy, Certificate, Server, sales};

const KIB: usize = 1024;
const ADA: UserId = UserId::new(1);
const FRIEND: &str = "https://app.example.com";

fn memory() -> Database {
    Database::open("sqlite::memory:").unwrap()
}

fn serve(app: App) -> (Server, Certificate) {
    serve_with(app, ecomdb_http::Server::new())
}

fn serve_with(app: App, server: ecomdb_http::Server) -> (Server, Certificate) {
    let certificate = Certificate::make();
    (Server::over(app, server.tls(certificate.tls())), certificate)
}

async fn connect(served: &(Server, Certificate)) -> Client {
    Client::connect(served, &mut Builder::new()).await
}

/// A valid user as JSON of this length in bytes.
fn user(email: &str, length: usize) -> String {
    padded(&json!({"email": email, "first_name": "A", "last_name": "B"}), length)
}

fn padded(body: &Value, length: usize) -> String {
    let body = body.to_string();
    format!("{body}{}", " ".repeat(length - body.len()))
}

fn expect_overloaded(answer: &Response<String>) {
    assert_eq!(answer.status(), 503, "{}", answer.body());
    assert_eq!(answer.headers()["Retry-After"], "1");
    assert!(answer.body().contains("/problems/overloaded"), "{}", answer.body());
}

#[test]
fn a_body_above_the_limit_is_refused_and_one_of_the_limit_is_read() {
    let served = serve(App::new(memory()).limit_bodies(100 * KIB));
    block_on(async {
        let mut client = connect(&served).await;
        let refused = client.post("/api/users", user("ada@example.com", 100 * KIB + 1)).await;
        assert_eq!(refused.status(), 413);
        assert!(refused.body().contains("/problems/body-too-large"), "{}", refused.body());
        assert_eq!(client.post("/api/users", user("ada@example.com", 100 * KIB)).await.status(), 201);
    });
}

#[test]
fn a_login_has_a_body_of_four_kibibytes_at_the_most() {
    let db = memory();
    sales::furnish(&db);
    give_password(&db, ADA);
    let served = serve(App::new(db).authenticate(true));
    let login = |length: usize| padded(&json!({"email": "ada@example.com", "password": PASSWORD}), length);
    block_on(async {
        let mut client = connect(&served).await;
        let refused = client.post("/api/auth/login", login(4 * KIB + 1)).await;
        assert_eq!(refused.status(), 413);
        assert!(refused.body().contains("/problems/body-too-large"), "{}", refused.body());
        assert_eq!(client.post("/api/auth/login", login(4 * KIB)).await.status(), 200);
    });
}

#[test]
fn bodies_beyond_the_budget_of_all_are_turned_away_until_others_are_over() {
    let app = App::new(memory()).limit_bodies(256 * KIB).limit_all_bodies(512 * KIB);
    let served = serve(app);
    block_on(async {
        let (mut client, mut other) = (connect(&served).await, connect(&served).await);
        let (answer, mut body) = client.begin(Method::POST, "/api/users", false).await;
        // Four windows: when the last byte has room, the server has reserved the whole body.
        send(&mut body, user("first@example.com", 256 * KIB).into(), false).await;
        for client in [&mut client, &mut other] {
            expect_overloaded(&client.post("/api/users", user("large@example.com", 256 * KIB)).await);
        }
        let small = other.post("/api/users", user("small@example.com", KIB)).await;
        assert_eq!(small.status(), 201, "the first bytes of each body have a half of their own");
        body.send_data(Bytes::new(), true).unwrap();
        assert_eq!(whole(answer).await.status(), 201);
        assert_eq!(other.post("/api/users", user("large@example.com", 256 * KIB)).await.status(), 201);
    });
}

/// Of two concurrent requests one holds the only permit; the other is refused before the first is answered.
#[test]
fn a_server_with_too_much_to_do_says_when_to_come_back() {
    let db = memory();
    let served = serve(App::new(db.clone()).in_flight(1));
    let busy = Busy::make(&db);
    block_on(async {
        let mut client = connect(&served).await;
        let mut answers = Vec::new();
        for email in ["ada@example.com", "grace@example.com"] {
            let (answer, mut body) = client.begin(Method::POST, "/api/users", false).await;
            send(&mut body, user(email, KIB).into(), true).await;
            answers.push(Box::pin(whole(answer)));
        }
        let (mut one, mut two) = (answers.remove(0), answers.remove(0));
        let (refused, placed) = tokio::select! {
            answer = &mut one => (answer, two),
            answer = &mut two => (answer, one),
        };
        expect_overloaded(&refused);
        assert!(client.is_served().await, "health checks need no place");
        busy.finish();
        assert_eq!(placed.await.status(), 201);
        assert_eq!(client.post("/api/users", user("mary@example.com", KIB)).await.status(), 201);
    });
}

#[test]
fn a_client_may_send_65_535_bytes_of_all_bodies_before_they_are_read() {
    let served = serve(App::new(memory()));
    block_on(async {
        let mut client = connect(&served).await;
        // By now the client has received the server's settings.
        assert!(client.is_served().await);
        let mut open = Vec::new();
        for _ in 0..3 {
            let (answer, mut body) = client.begin(Method::POST, "/api/users", false).await;
            body.reserve_capacity(1024 * KIB);
            open.push((answer, body));
        }
        // By now the client has sent the three heads.
        assert!(client.is_served().await);
        let room: Vec<_> = open.iter().map(|(_, body)| body.capacity()).collect();
        assert_eq!(room, [65_535, 0, 0]);
    });
}

#[test]
fn a_connection_above_the_limit_waits_until_another_is_closed() {
    let served = serve_with(App::new(memory()), ecomdb_http::Server::new().connections(1));
    block_on(async {
        let mut first = connect(&served).await;
        let mut second = Box::pin(connect(&served));
        for _ in 0..50 {
            tokio::select! {
                biased;
                _ = &mut second => panic!("it was served beside the first one"),
                is_served = first.is_served() => assert!(is_served),
            }
        }
        first.close().await;
        assert!(second.await.is_served().await);
    });
}

#[test]
fn an_address_has_so_many_connections_at_once_and_no_more() {
    let served = serve_with(App::new(memory()), ecomdb_http::Server::new().connections_per_address(1));
    block_on(async {
        let mut first = connect(&served).await;
        assert!(Client::try_connect(&served, &mut Builder::new()).await.is_none());
        assert!(first.is_served().await);
        first.close().await;
        // The server notices the end of the first connection asynchronously.
        let mut next = loop {
            if let Some(next) = Client::try_connect(&served, &mut Builder::new()).await {
                break next;
            }
        };
        assert!(next.is_served().await);
    });
}

/// A request without a body.
fn bare(method: Method, url: &str, headers: &[(&str, &str)]) -> Request<String> {
    let request = Request::builder().method(method).uri(url);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(String::new()).unwrap()
}

#[test]
fn an_authority_with_a_port_that_is_none_or_of_another_server_is_refused() {
    let served = serve(App::new(memory()));
    block_on(async {
        let mut client = connect(&served).await;
        for (authority, status, problem) in [
            ("localhost:abc", 400, "malformed-request"),
            ("localhost:65536", 400, "malformed-request"),
            ("localhost:80x", 400, "malformed-request"),
            ("evil.example", 421, "misdirected-request"),
        ] {
            for path in ["/healthz", "/api/users"] {
                let answer = client.ask(bare(Method::GET, &format!("https://{authority}{path}"), &[])).await;
                assert_eq!(answer.status(), status, "{authority}: {}", answer.body());
                assert!(answer.body().contains(problem), "{authority}: {}", answer.body());
            }
        }
        let two = bare(Method::GET, "https://localhost/healthz", &[("Host", "evil.example")]);
        assert_eq!(client.ask(two).await.status(), 400);
    });
}

#[test]
fn a_cookie_counts_only_for_pages_of_the_authority_that_was_asked() {
    let db = memory();
    sales::furnish(&db);
    give_password(&db, ADA);
    let order = ecomdb::NewOrder::builder(ADA).item(ecomdb::ProductId::new(1), 1);
    db.orders().place(order.build().unwrap()).unwrap();
    let cookie = format!("__Host-ecomdb_session={}", session(&db, ADA));
    let served = serve(App::new(db.clone()).authenticate(true).open_to(vec![FRIEND.parse().unwrap()]));
    block_on(async {
        let mut client = connect(&served).await;
        let cancel = |authority: &str, origin: &str| {
            let url = format!("https://{authority}/api/orders/1/cancel");
            // Over HTTP/2 a browser may send each cookie in its own header line.
            bare(Method::POST, &url, &[("Cookie", "theme=dark"), ("Cookie", &cookie), ("Origin", origin)])
        };
        for (authority, origin) in [
            ("localhost", FRIEND),
            ("localhost", "http://localhost"),
            ("localhost", "https://localhost:8443"),
            ("localhost:8443", "https://localhost"),
            ("localhost", "https://127.0.0.1"),
            ("localhost", "null"),
        ] {
            let refused = client.ask(cancel(authority, origin)).await;
            assert_eq!(refused.status(), 403, "{authority} {origin}: {}", refused.body());
            assert!(refused.body().contains("/problems/cross-site-request"), "{}", refused.body());
            let me = format!("https://{authority}/api/auth/me");
            let read = client.ask(bare(Method::GET, &me, &[("Cookie", &cookie), ("Origin", origin)])).await;
            assert_eq!(read.status(), 403, "{authority} {origin}: {}", read.body());
        }
        assert_eq!(db.orders().get(OrderId::new(1)).unwrap().status, OrderStatus::Pending);
        for (authority, origin) in [
            ("localhost", "https://localhost"),
            ("localhost:8443", "https://localhost:8443"),
            ("localhost:443", "https://localhost"),
        ] {
            let me = format!("https://{authority}/api/auth/me");
            let read = client.ask(bare(Method::GET, &me, &[("Cookie", &cookie), ("Origin", origin)])).await;
            assert_eq!(read.status(), 200, "{authority} {origin}: {}", read.body());
        }
        assert_eq!(client.ask(cancel("localhost:8443", "https://localhost:8443")).await.status(), 200);
        assert_eq!(db.orders().get(OrderId::new(1)).unwrap().status, OrderStatus::Cancelled);
    });
}

#[test]
fn browsers_are_told_to_keep_to_tls_where_that_is_asked_for() {
    for asked in [true, false] {
        let app = App::new(memory());
        let served = serve(if asked { app.strict_transport(Duration::from_secs(60)) } else { app });
        block_on(async {
            let mut client = connect(&served).await;
            for path in ["/", "/api/users", "/nowhere"] {
                let answer = client.ask(bare(Method::GET, &format!("https://localhost{path}"), &[])).await;
                let told = answer.headers().get("Strict-Transport-Security").map(|value| value.to_str().unwrap());
                assert_eq!(told, asked.then_some("max-age=60"), "{path}");
            }
        });
    }
}
