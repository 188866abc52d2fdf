//! Session cookies: which cookie is accepted, and from which page.

use axum::http::Method;
use ecomdb::{Database, OrderId, OrderStatus, UserId};
use ecomdb_http::App;
use serde_json::{Value, json};

use crate::support::people::{PASSWORD, give_password, session};
use crate::support::{Answer, Server, TestApp, exchange, sales};

const ADA: UserId = UserId::new(1);
const FRIEND: &str = "https://app.example.com";

/// A shop in which Ada can log in and has placed order 1.
fn database() -> Database {
    let db = Database::open("sqlite::memory:").unwrap();
    sales::furnish(&db);
    give_password(&db, ADA);
    let order = ecomdb::NewOrder::builder(ADA).item(ecomdb::ProductId::new(1), 1);
    db.orders().place(order.build().unwrap()).unwrap();
    db
}

/// A server with authentication and one allowed origin, with or without a TLS proxy in front.
fn shop(tls: bool) -> TestApp {
    let db = database();
    TestApp::over(state(&db).behind_tls_proxy(tls), db)
}

fn state(db: &Database) -> App {
    App::new(db.clone()).authenticate(true).open_to(vec![FRIEND.parse().unwrap()])
}

fn me(app: &TestApp, headers: &[(&str, &str)]) -> Answer {
    app.ask(Method::GET, "/api/auth/me", headers, "")
}

fn log_in(app: &TestApp, headers: &[(&str, &str)]) -> Answer {
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "cookie": true}).to_string();
    app.ask(Method::POST, "/api/auth/login", &[&[("Content-Type", "application/json")], headers].concat(), body)
}

#[test]
fn over_tls_only_the_cookie_that_no_neighbour_can_plant_counts() {
    let app = shop(true);
    let token = session(&app.db, ADA);
    let (plain, host_only) = (format!("ecomdb_session={token}"), format!("__Host-ecomdb_session={token}"));
    me(&app, &[("Cookie", &plain)]).problem(401, "unauthenticated");
    me(&app, &[("Cookie", &host_only)]).good(200);
    me(&app, &[("Cookie", &format!("ecomdb_session=planted; {host_only}"))]).good(200);
    me(&app, &[("Cookie", "__Host-ecomdb_session=planted"), ("Cookie", &plain)]).problem(401, "unauthenticated");
}

#[test]
fn over_plain_http_only_the_plain_cookie_counts() {
    let app = shop(false);
    let token = session(&app.db, ADA);
    me(&app, &[("Cookie", &format!("__Host-ecomdb_session={token}"))]).problem(401, "unauthenticated");
    me(&app, &[("Cookie", &format!("__Host-ecomdb_session=planted; ecomdb_session={token}"))]).good(200);
}

#[test]
fn two_cookies_of_one_name_are_refused() {
    for (tls, name) in [(false, "ecomdb_session"), (true, "__Host-ecomdb_session")] {
        let app = shop(tls);
        let right = format!("{name}={}", session(&app.db, ADA));
        let planted = format!("{name}=planted");
        for cookies in [
            vec![("Cookie", format!("{right}; {planted}"))],
            vec![("Cookie", format!("{planted}; {right}"))],
            vec![("Cookie", right.clone()), ("Cookie", planted.clone())],
        ] {
            let headers: Vec<_> = cookies.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(me(&app, &headers).complains_of(400, "malformed-request"), ["Cookie"]);
        }
    }
}

#[test]
fn the_cookie_that_is_set_and_taken_away_is_the_one_that_counts() {
    for (tls, origin, name) in
        [(false, "http://localhost", "ecomdb_session="), (true, "https://localhost", "__Host-ecomdb_session=")]
    {
        let app = shop(tls);
        let login = log_in(&app, &[("Origin", origin), ("Sec-Fetch-Site", "same-origin")]);
        assert_eq!(login.good(200).get("token"), None, "only the cookie has it");
        assert_eq!(login.headers.get_all("Set-Cookie").iter().count(), 1);
        let (cookie, attributes) = login.header("Set-Cookie").split_once("; ").unwrap();
        assert!(cookie.starts_with(name), "{cookie}");
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(attributes.split("; ").any(|given| given == attribute), "{attributes}");
        }
        assert_eq!(attributes.split("; ").any(|given| given == "Secure"), tls);
        me(&app, &[("Cookie", &format!("theme=dark; {cookie}"))]).good(200);

        let own = [("Cookie", cookie), ("Origin", origin), ("Sec-Fetch-Site", "same-origin")];
        let out = app.ask(Method::POST, "/api/auth/logout", &own, "");
        assert_eq!(out.status.as_u16(), 204);
        let forgotten = out.header("Set-Cookie");
        assert!(forgotten.starts_with(&format!("{name};")) && forgotten.contains("Max-Age=0"), "{forgotten}");
        me(&app, &[("Cookie", cookie)]).problem(401, "unauthenticated");
    }
}

#[test]
fn a_page_of_another_site_cannot_use_the_cookie() {
    let app = shop(false);
    let cookie = format!("ecomdb_session={}", session(&app.db, ADA));
    let before = app.contents();
    let patch = json!({"first_name": "Eve"}).to_string();
    for foreign in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "http://evil.example"),
        ("Origin", "https://localhost"),
        ("Origin", "http://localhost:8080"),
        ("Origin", "null"),
        ("Origin", FRIEND),
    ] {
        let headers = [("Cookie", cookie.as_str()), ("Content-Type", "application/json"), foreign];
        app.ask(Method::PATCH, "/api/users/1", &headers, patch.clone()).problem(403, "cross-site-request");
        app.ask(Method::POST, "/api/auth/logout", &headers, "").problem(403, "cross-site-request");
        me(&app, &[("Cookie", &cookie), foreign]).problem(403, "cross-site-request");
    }
    assert_eq!(app.contents(), before);
    me(&app, &[("Cookie", &cookie)]).good(200);
}

#[test]
fn a_change_with_a_cookie_names_its_page_and_a_read_need_not() {
    let app = shop(false);
    let cookie = format!("ecomdb_session={}", session(&app.db, ADA));
    let cancel = |headers: &[(&str, &str)]| {
        app.ask(Method::POST, "/api/orders/1/cancel", &[&[("Cookie", cookie.as_str())], headers].concat(), "")
    };
    cancel(&[]).problem(403, "cross-site-request");
    cancel(&[("Sec-Fetch-Site", "same-origin")]).problem(403, "cross-site-request");
    cancel(&[("Origin", "http://localhost"), ("Origin", FRIEND)]).problem(403, "cross-site-request");
    cancel(&[("Origin", "http://localhost"), ("Sec-Fetch-Site", "cross-site")]).problem(403, "cross-site-request");
    for site in ["same-origin", "none"] {
        me(&app, &[("Cookie", &cookie), ("Sec-Fetch-Site", site)]).good(200);
    }
    assert_eq!(app.db.orders().get(OrderId::new(1)).unwrap().status, OrderStatus::Pending);
    cancel(&[("Origin", "http://localhost"), ("Sec-Fetch-Site", "same-origin")]).good(200);
}

#[test]
fn a_page_of_a_friend_may_use_a_token_and_never_the_cookie() {
    let db = database();
    let server = Server::over(state(&db), ecomdb_http::Server::new());
    let token = session(&db, ADA);
    // What `fetch(url, {method: "POST", mode: "no-cors", credentials: "include"})` sends from another origin of the
    // same site.
    let cancel = |credential: &str| {
        let head = format!(
            "POST /api/orders/1/cancel HTTP/1.1\r\n{credential}\r\nOrigin: {FRIEND}\r\nSec-Fetch-Site: same-site\r\n\
             Sec-Fetch-Mode: no-cors\r\nContent-Length: 0\r\n"
        );
        exchange(server.address, &head, b"")
    };
    let (status, answer) = cancel(&format!("Cookie: ecomdb_session={token}"));
    assert_eq!(status, 403, "{answer}");
    assert!(answer.contains("/problems/cross-site-request"), "{answer}");
    assert_eq!(db.orders().get(OrderId::new(1)).unwrap().status, OrderStatus::Pending);
    let (status, answer) = cancel(&format!("Authorization: Bearer {token}"));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(db.orders().get(OrderId::new(1)).unwrap().status, OrderStatus::Cancelled);
}

#[test]
fn a_page_of_a_friend_cannot_put_a_session_into_the_browser_nor_take_one_away() {
    let app = shop(false);
    let friend = [("Origin", FRIEND), ("Sec-Fetch-Site", "same-site")];
    let refused = log_in(&app, &friend);
    refused.problem(403, "cross-site-request");
    assert_eq!(refused.header("Set-Cookie"), "");
    let bearer = format!("Bearer {}", session(&app.db, ADA));
    let headers = [&friend[..], &[("Authorization", bearer.as_str())]].concat();
    let out = app.ask(Method::POST, "/api/auth/logout", &headers, "");
    assert_eq!((out.status.as_u16(), out.header("Set-Cookie")), (204, ""));
}

#[test]
fn the_own_origin_is_that_of_tls_where_a_proxy_ends_it() {
    let body = || json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    let post = |tls: bool, host: &str, origin: &str| {
        let headers = [("Host", host), ("Origin", origin), ("Content-Type", "application/json")];
        shop(tls).ask_exactly(Method::POST, "/api/auth/login", &headers, body())
    };
    post(true, "localhost", "https://localhost").good(200);
    post(true, "localhost:443", "https://localhost").good(200);
    post(true, "localhost:8443", "https://localhost:8443").good(200);
    post(true, "localhost", "http://localhost").problem(403, "cross-site-request");
    post(true, "localhost:80", "https://localhost").problem(403, "cross-site-request");
    post(false, "localhost:80", "http://localhost").good(200);
    post(false, "localhost:443", "http://localhost").problem(403, "cross-site-request");
    let refusal: Value = post(false, "localhost", "https://localhost").problem(403, "cross-site-request");
    assert!(refusal["detail"].as_str().unwrap().contains("--behind-tls-proxy"), "{refusal}");
}

#[test]
fn browsers_are_told_to_keep_to_tls_where_that_is_asked_for_and_tls_is_spoken() {
    let year = std::time::Duration::from_secs(31_536_000);
    let header = |tls: bool, asked: bool| {
        let db = Database::open("sqlite::memory:").unwrap();
        let app = App::new(db.clone()).behind_tls_proxy(tls);
        let app = TestApp::over(if asked { app.strict_transport(year) } else { app }, db);
        ["/", "/api/users", "/nowhere"].map(|uri| app.get(uri).header("Strict-Transport-Security").to_owned())
    };
    assert_eq!(header(true, true), ["max-age=31536000"; 3]);
    assert_eq!(header(false, true), [""; 3]);
    assert_eq!(header(true, false), [""; 3]);
}
