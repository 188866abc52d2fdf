//! Requests whose body arrives late: changes to the caller after the head was read take effect.

use std::cell::OnceCell;
use std::io::Write;
use std::net::TcpStream;

use axum::body::Bytes;
use axum::http::Request;
use chrono::{TimeDelta, Utc};
use diesel::RunQueryDsl as _;
use diesel::sql_types::BigInt;
use ecomdb::{Database, NewApiKey, Password, Role, Scope, UserId, UserPatch, UserStatus};
use ecomdb_http::App;
use rustls::pki_types::ServerName;
use tokio::runtime::Builder;
use tokio_rustls::TlsConnector;

use crate::support::people::{employ, session};
use crate::support::{Certificate, Server, TestApp, read_answer, sales};

/// An admin with a session or an API key, in a shop of their own.
struct Admin {
    db: Database,
    id: UserId,
    token: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum With {
    Session,
    Key,
}

impl Admin {
    fn new(with: With) -> Self {
        let db = Database::open("sqlite::memory:").unwrap();
        sales::sell(&db);
        let id = employ(&db, "admin@example.com", Role::Admin);
        assert_eq!(id.get(), 3, "as the requests say");
        let token = match with {
            With::Session => session(&db, id),
            With::Key => {
                let key = NewApiKey::builder(id, "program", Scope::ALL.iter().copied()).build().unwrap();
                db.accounts().create_key(key).unwrap().0.expose().to_owned()
            }
        };
        let admin = Self { db, id, token };
        // The use of a token is recorded at most once a minute, so make the record older.
        let earlier = (Utc::now() - TimeDelta::minutes(5)).timestamp_micros();
        admin.run(format!("UPDATE sessions SET last_used_at = {earlier}"));
        admin.run(format!("UPDATE api_keys SET last_used_at = {earlier}"));
        admin
    }

    fn run(&self, statement: String) {
        self.db.write(move |tx| Ok::<_, ecomdb::Error>(diesel::sql_query(&statement).execute(tx)?)).unwrap();
    }

    /// Waits until the server has recognised the request's token, which records its use.
    fn is_recognised(&self) {
        #[derive(diesel::QueryableByName)]
        struct Used {
            #[diesel(sql_type = BigInt)]
            used: i64,
        }
        let lately = (Utc::now() - TimeDelta::minutes(4)).timestamp_micros();
        let query = format!(
            "SELECT (SELECT COUNT(*) FROM sessions WHERE last_used_at > {lately}) \
             + (SELECT COUNT(*) FROM api_keys WHERE last_used_at > {lately}) AS used"
        );
        let used = || {
            self.db
                .read(|conn| Ok::<_, ecomdb::Error>(diesel::sql_query(&query).get_result::<Used>(conn)?))
                .unwrap()
                .used
        };
        while used() == 0 {
            std::thread::yield_now();
        }
    }
}

type Change = (&'static str, With, fn(&Admin), u16);

/// The change between head and body, and the expected status.
const CHANGES: &[Change] = &[
    ("disabled", With::Session, disable, 401),
    ("disabled", With::Key, disable, 401),
    ("made a customer", With::Session, demote, 403),
    ("made a customer", With::Key, demote, 403),
    ("logged out", With::Session, log_out, 401),
    ("revoked", With::Key, revoke, 401),
    ("expired", With::Session, |admin| admin.run(format!("UPDATE sessions SET {EXPIRED}")), 401),
    ("expired", With::Key, |admin| admin.run(format!("UPDATE api_keys SET {EXPIRED}")), 401),
    ("deleted", With::Session, |admin| admin.db.users().delete(admin.id).unwrap(), 401),
    ("deleted", With::Key, |admin| admin.db.users().delete(admin.id).unwrap(), 401),
    ("given another password", With::Session, change_password, 401),
];

/// On 2020-01-01.
const EXPIRED: &str = "expires_at = 1577836800000000";

fn disable(admin: &Admin) {
    let disabled = UserPatch::default().status(UserStatus::Disabled);
    admin.db.users().update(admin.id, disabled).unwrap();
}

fn demote(admin: &Admin) {
    admin.db.accounts().set_role(admin.id, Role::Customer).unwrap();
}

fn log_out(admin: &Admin) {
    let caller = admin.db.accounts().authenticate(&admin.token).unwrap();
    admin.db.on_behalf_of(&caller).accounts().log_out().unwrap();
}

fn revoke(admin: &Admin) {
    let keys = admin.db.accounts().keys(&ecomdb::ApiKeyFilter::default()).unwrap();
    admin.db.accounts().revoke_key(keys.items[0].id).unwrap();
}

fn change_password(admin: &Admin) {
    admin.db.accounts().set_password(admin.id, &Password::random()).unwrap();
}

/// Method, path and body.
type Sent = (&'static str, &'static str, &'static str);

/// An order, a refund of another order, and, for a session only, a change of the role back to admin.
const REQUESTS: &[Sent] = &[
    ("POST", "/api/orders", r#"{"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]}"#),
    ("POST", "/api/orders/1/refunds", r#"{"reason": "late"}"#),
    ("PUT", "/api/users/3/role", r#"{"role": "admin"}"#),
];

fn requests(with: With) -> &'static [Sent] {
    if with == With::Session { REQUESTS } else { &REQUESTS[..2] }
}

/// Sends the head, waits until the caller is recognised, applies the change, sends the body. Returns the status.
type Send = fn(&Admin, &Sent, &dyn Fn()) -> u16;

fn over_http_1(admin: &Admin, (method, path, body): &Sent, meanwhile: &dyn Fn()) -> u16 {
    let server = Server::over(App::new(admin.db.clone()).authenticate(true), ecomdb_http::Server::new());
    let mut stream = TcpStream::connect(server.address).unwrap();
    let (token, length) = (&admin.token, body.len());
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    admin.is_recognised();
    meanwhile();
    stream.write_all(body.as_bytes()).unwrap();
    read_answer(&mut stream).0
}

fn over_http_2(admin: &Admin, (method, path, body): &Sent, meanwhile: &dyn Fn()) -> u16 {
    let certificate = Certificate::make();
    let app = App::new(admin.db.clone()).authenticate(true);
    let server = Server::over(app, ecomdb_http::Server::new().tls(certificate.tls()));
    let request = Request::builder().method(*method).uri(format!("https://localhost{path}"));
    let request = request.header("Authorization", format!("Bearer {}", admin.token));
    let request = request.header("Content-Type", "application/json").body(()).unwrap();
    // The client runs on a thread of its own while the test queries the database.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (answer, mut sent) = runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let connector = TlsConnector::from(certificate.client(&[b"h2"]));
        let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        let (requests, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        requests.ready().await.unwrap().send_request(request, false).unwrap()
    });
    admin.is_recognised();
    meanwhile();
    sent.send_data(Bytes::from_static(body.as_bytes()), true).unwrap();
    runtime.block_on(answer).unwrap().status().as_u16()
}

fn contents(db: &Database) -> String {
    TestApp::guarded(db.clone()).contents()
}

fn expect_refusals(send: Send) {
    for (change, with, make, expected) in CHANGES {
        for asked in requests(*with) {
            let (admin, before) = (Admin::new(*with), OnceCell::new());
            let status = send(&admin, asked, &|| {
                make(&admin);
                before.set(contents(&admin.db)).unwrap();
            });
            assert_eq!(status, *expected, "{change} ({with:?}): {asked:?}");
            assert_eq!(contents(&admin.db), *before.get().unwrap(), "{change} ({with:?}): {asked:?}");
        }
    }
    for with in [With::Session, With::Key] {
        for asked in requests(with) {
            let status = send(&Admin::new(with), asked, &|| ());
            assert!([200, 201].contains(&status), "nothing happened ({with:?}): {asked:?}: {status}");
        }
    }
}

#[test]
fn whatever_ends_a_caller_between_head_and_body_refuses_the_request() {
    expect_refusals(over_http_1);
}

#[test]
fn it_refuses_the_request_over_http_2_too() {
    expect_refusals(over_http_2);
}
