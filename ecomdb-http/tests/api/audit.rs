//! Audit events whose client disconnects before the response.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use ecomdb::{Database, Role, UserId};
use ecomdb_http::{App, app};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use tower::ServiceExt as _;
use tracing::Dispatch;

use crate::support::people::{PASSWORD, employ};

/// Sends each line of the log to the test.
#[derive(Clone)]
struct Lines(mpsc::Sender<Value>);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // The test may have ended.
        let _ = self.0.send(serde_json::from_slice(line)?);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs `work` while another transaction holds SQLite's writer.
fn while_another_writes(db: &Database, work: impl FnOnce()) {
    let (begun, wait) = mpsc::channel();
    let (finish, finished) = mpsc::channel::<()>();
    let finished = Mutex::new(finished);
    let db = db.clone();
    let other = std::thread::spawn(move || {
        db.write(move |_| {
            begun.send(()).unwrap();
            finished.lock().unwrap().recv().unwrap();
            Ok::<_, ecomdb::Error>(())
        })
    });
    wait.recv().unwrap();
    work();
    finish.send(()).unwrap();
    other.join().unwrap().unwrap();
}

/// The client disconnects while its change is still queued.
#[test]
fn a_change_is_an_event_even_if_its_client_has_disconnected() {
    let db = Database::open("sqlite::memory:").unwrap();
    employ(&db, "ada@example.com", Role::Staff);
    let router = app(App::new(db.clone()).within(Duration::from_millis(50)));

    let (lines, log) = mpsc::channel();
    let lines = Lines(lines);
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || lines.clone()).finish();
    let subscriber = Dispatch::new(subscriber);
    let _here = tracing::dispatcher::set_default(&subscriber);
    let on_threads = subscriber.clone();
    let runtime = Builder::new_current_thread()
        .enable_all()
        // The default lasts as long as the thread.
        .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&on_threads)))
        .build()
        .unwrap();

    let none = Value::Null;
    let bob = json!({"email": "bob@example.com", "first_name": "Bob", "last_name": "Babbage"});
    let changes = [
        (Method::PUT, "/api/users/1/role", json!({"role": "admin"}), "role_changed"),
        (Method::PUT, "/api/users/1/password", json!({"password": format!("{PASSWORD}!")}), "password_set"),
        (Method::PATCH, "/api/users/1", json!({"email": "eve@example.com"}), "email_changed"),
        (Method::PATCH, "/api/users/1", json!({"status": "disabled"}), "user_disabled"),
        (Method::PATCH, "/api/users/1", json!({"status": "active"}), "user_enabled"),
        (Method::POST, "/api/users", bob, "user_created"),
        (Method::POST, "/api/users/1/anonymise", none.clone(), "user_anonymised"),
        (Method::DELETE, "/api/users/1", none, "user_deleted"),
    ];
    for (method, path, body, event) in changes {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let client: SocketAddr = "203.0.113.7:4711".parse().unwrap();
        let request = Request::builder().method(method).uri(path).header("Host", "localhost");
        let request = request.header("Content-Type", "application/json").extension(ConnectInfo(client));
        while_another_writes(&db, || {
            let answer = runtime.block_on(router.clone().oneshot(request.body(body).unwrap())).unwrap();
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
            let ended = log.try_iter().collect::<Vec<_>>();
            assert!(ended.iter().all(|line| line["target"] != "ecomdb_http::audit"), "{ended:?}");
        });
        let told = std::iter::from_fn(|| log.recv_timeout(Duration::from_secs(60)).ok())
            .find(|line| line["target"] == "ecomdb_http::audit");
        let told = told.unwrap_or_else(|| panic!("{event} is not logged"));
        let fields = ["event", "client", "credential"].map(|field| told[field].as_str().unwrap_or_default());
        assert_eq!(fields, [event, "203.0.113.7", "operator"], "{told}");
    }
    assert!(db.users().get(UserId::new(1)).unwrap_err().is_not_found());
}
