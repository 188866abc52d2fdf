//! Limits on login attempts, which must not lock out other users.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::task::Poll;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use ecomdb::{Database, Role, UserId};
use ecomdb_http::{App, app};
use serde_json::json;
use tokio::runtime::Builder;
use tower::ServiceExt as _;

use crate::support::people::{PASSWORD, employ, give_password, session};
use crate::support::{Answer, Server, TestApp, exchange, sales};

const PROXY: &str = "10.0.0.1";
const STRANGER: &str = "192.0.2.1";
const OWNER: &str = "198.51.100.7";

/// A shop in which Ada can log in, with or without a proxy in front.
fn shop(has_proxy: bool) -> TestApp {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    give_password(&db, UserId::new(1));
    let app = App::new(db.clone()).authenticate(true);
    let proxies = if has_proxy { vec!["10.0.0.0/8".parse().unwrap()] } else { Vec::new() };
    TestApp::over(app.trust_proxies(proxies), db)
}

/// Attempts a login from this address, with this Forwarded header.
fn log_in(app: &TestApp, peer: &str, forwarded: Option<&str>, email: &str, password: &str) -> Answer {
    let request =
        Request::post("/api/auth/login").header("Host", "localhost").header("Content-Type", "application/json");
    let request = forwarded.into_iter().fold(request, |request, line| request.header("X-Forwarded-For", line));
    let body = json!({"email": email, "password": password}).to_string();
    let mut request = request.body(Body::from(body)).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 4711)));
    app.send(request)
}

/// Sends a request from the owner's address.
fn send(app: &TestApp, method: &str, path: &str, token: &str, body: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).header("Host", "localhost");
    let request = request.header("Content-Type", "application/json").header("Authorization", format!("Bearer {token}"));
    let mut request = request.body(Body::from(body.to_owned())).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(OWNER.parse().unwrap(), 4711)));
    app.send(request)
}

/// Fails to log in until refused.
fn exhaust(app: &TestApp, peer: &str, forwarded: Option<&str>) {
    let guess = || log_in(app, peer, forwarded, "ada@example.com", "a guess").status.as_u16();
    assert!((0..10).all(|_| guess() == 401));
    assert!((0..100).any(|_| guess() == 429));
    log_in(app, peer, forwarded, "ada@example.com", PASSWORD).problem(429, "too-many-attempts");
}

#[test]
fn a_stranger_who_guesses_does_not_lock_the_owner_out_elsewhere() {
    let app = shop(false);
    exhaust(&app, STRANGER, None);
    log_in(&app, OWNER, None, "ada@example.com", PASSWORD).good(200);
    log_in(&app, STRANGER, None, "ada@example.com", PASSWORD).problem(429, "too-many-attempts");
}

#[test]
fn logins_that_succeed_do_not_count() {
    let app = shop(false);
    for _ in 0..31 {
        log_in(&app, OWNER, None, "ada@example.com", PASSWORD).good(200);
    }
}

#[test]
fn logins_whose_client_goes_before_the_answer_do_not_count() {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    give_password(&db, UserId::new(1));
    let service = app(App::new(db).authenticate(true));
    let log_in = || {
        let body = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
        let request = Request::post("/api/auth/login").header("Host", "localhost");
        let mut request = request.header("Content-Type", "application/json").body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(OWNER.parse().unwrap(), 4711)));
        Box::pin(service.clone().oneshot(request))
    };
    Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        for _ in 0..31 {
            let mut left = log_in();
            assert!(poll_fn(|context| Poll::Ready(left.as_mut().poll(context).is_pending())).await);
            drop(left);
            assert_eq!(log_in().await.unwrap().status(), 200);
        }
    });
}

#[test]
fn what_is_refused_before_a_password_is_checked_does_not_count() {
    let app = shop(false);
    let token = session(&app.db, UserId::new(1));
    let change = json!({"current_password": PASSWORD, "password": "short"}).to_string();
    for _ in 0..31 {
        send(&app, "PUT", "/api/auth/password", &token, &change).problem(422, "invalid");
        send(&app, "POST", "/api/auth/login", "", "{}").problem(422, "invalid");
        send(&app, "PUT", "/api/auth/password", &token, "{").problem(400, "malformed-request");
    }
    log_in(&app, OWNER, None, "ada@example.com", PASSWORD).good(200);
}

#[test]
fn logins_that_are_no_json_count_for_their_sender() {
    let app = shop(false);
    for _ in 0..30 {
        send(&app, "POST", "/api/auth/login", "", "{").problem(400, "malformed-request");
    }
    send(&app, "POST", "/api/auth/login", "", "{").problem(429, "too-many-attempts");
    log_in(&app, STRANGER, None, "ada@example.com", PASSWORD).good(200);
}

#[test]
fn what_is_no_e_mail_address_counts_for_its_sender_alone() {
    let app = shop(false);
    // One more than the limit of an account.
    for _ in 0..11 {
        log_in(&app, STRANGER, None, "no address", "a guess").problem(401, "wrong-login");
    }
    log_in(&app, OWNER, None, "no address", "a guess").problem(401, "wrong-login");
}

#[test]
fn behind_a_trusted_proxy_each_client_counts_for_itself() {
    let app = shop(true);
    exhaust(&app, PROXY, Some(STRANGER));
    log_in(&app, PROXY, Some(&format!("1.2.3.4, {STRANGER}")), "ada@example.com", PASSWORD)
        .problem(429, "too-many-attempts");
    log_in(&app, PROXY, Some(OWNER), "ada@example.com", PASSWORD).good(200);
}

#[test]
fn a_header_of_a_peer_that_is_no_trusted_proxy_is_not_believed() {
    for has_proxy in [false, true] {
        let app = shop(has_proxy);
        exhaust(&app, STRANGER, None);
        log_in(&app, STRANGER, Some(OWNER), "ada@example.com", PASSWORD).problem(429, "too-many-attempts");
    }
}

#[test]
fn many_who_guess_from_one_network_do_not_keep_others_from_logging_in() {
    let db = Database::open("sqlite::memory:").unwrap();
    for n in 0..8 {
        employ(&db, &format!("user{n}@example.com"), Role::Customer);
    }
    let app = App::new(db).authenticate(true).trust_proxies(vec!["127.0.0.1".parse().unwrap()]);
    let server = Server::over(app, ecomdb_http::Server::new());
    let log_in = |from: String, email: String, password: &str| {
        let body = json!({"email": email, "password": password}).to_string();
        let length = body.len();
        let head = format!(
            "POST /api/auth/login HTTP/1.1\r\nX-Forwarded-For: {from}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n"
        );
        exchange(server.address, &head, body.as_bytes()).0
    };
    let answers: Vec<u16> = std::thread::scope(|scope| {
        for n in 0..120 {
            scope.spawn(move || log_in(format!("192.0.2.{n}"), format!("nobody{n}@example.com"), "a guess"));
        }
        let owners = (0..8)
            .map(|n| scope.spawn(move || log_in(format!("198.51.{n}.7"), format!("user{n}@example.com"), PASSWORD)));
        owners.collect::<Vec<_>>().into_iter().map(|owner| owner.join().unwrap()).collect()
    });
    assert_eq!(answers, [200; 8]);
}
