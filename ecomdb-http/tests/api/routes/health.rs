//! `/`, `/healthz` and `/readyz`

use std::future::poll_fn;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use diesel::connection::SimpleConnection as _;
use ecomdb::Database;
use ecomdb_http::{App, app};
use serde_json::json;
use tokio::runtime::Builder;
use tower::ServiceExt as _;

use crate::support::TestApp;

#[test]
fn the_process_is_up_and_the_database_answers() {
    let app = TestApp::empty();
    assert_eq!(app.get("/healthz").good(200), json!({"status": "ok"}));
    assert_eq!(app.get("/readyz").good(200), json!({"status": "ok", "database": "SQLite", "read_only": false}));
}

#[test]
fn a_server_with_too_much_to_do_is_up_but_not_ready() {
    let db = Database::open("sqlite::memory:").unwrap();
    let app = TestApp::over(App::new(db.clone()).in_flight(0), db);
    app.get("/healthz").good(200);
    let answer = app.get("/readyz");
    answer.problem(503, "overloaded");
    assert_eq!(answer.header("Retry-After"), "1");
}

#[test]
fn many_readiness_probes_keep_no_request_from_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(&format!("sqlite://{}", folder.path().join("shop.db").display())).unwrap();
    fail_to_write(&db);
    let service = app(App::new(db.clone()).in_flight(1).ready_within(Duration::from_secs(600)));
    let (release, writer) = hold_the_writer(db);
    let ask = |path: &str| {
        let request = Request::get(path).header("Host", "localhost").body(Body::empty()).unwrap();
        Box::pin(service.clone().oneshot(request))
    };
    Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let mut askers: Vec<_> = (0..100).map(|_| ask("/readyz")).collect();
        for asker in &mut askers {
            let waits = poll_fn(|context| Poll::Ready(asker.as_mut().poll(context).is_pending())).await;
            assert!(waits, "it shares the answer of the probe that is held up");
        }
        assert_eq!(ask("/api/products").await.unwrap().status(), 200);
        release.send(()).unwrap();
        for asker in askers {
            assert_eq!(asker.await.unwrap().status(), 200);
        }
    });
    writer.join().unwrap();
}

#[test]
fn a_database_that_does_not_answer_in_time_is_not_ready_until_it_does() {
    let db = Database::open("sqlite::memory:").unwrap();
    fail_to_write(&db);
    let app = TestApp::over(App::new(db.clone()).ready_within(Duration::from_millis(20)), db.clone());
    let (release, writer) = hold_the_writer(db);
    for _ in 0..3 {
        app.get("/readyz").problem(503, "overloaded");
    }
    release.send(()).unwrap();
    writer.join().unwrap();
    while app.get("/readyz").status != 200 {}
}

/// Makes a write fail with a full disk. From then on the readiness probe writes, and so waits for SQLite's writer.
fn fail_to_write(db: &Database) {
    db.write(|conn| {
        let full =
            "CREATE TRIGGER full BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
        Ok::<_, ecomdb::Error>(conn.batch_execute(full)?)
    })
    .unwrap();
    let user = json!({"email": "x@y.de", "first_name": "X", "last_name": "Y"});
    TestApp::over(App::new(db.clone()), db.clone()).post("/api/users", &user).problem(503, "database-unavailable");
}

/// Keeps the writer busy until told to continue.
fn hold_the_writer(db: Database) -> (mpsc::Sender<()>, std::thread::JoinHandle<()>) {
    let (begun, has_begun) = mpsc::channel();
    let (release, held) = mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        db.write(move |_| {
            begun.send(()).unwrap();
            held.recv().unwrap();
            Ok::<_, ecomdb::Error>(())
        })
        .unwrap();
    });
    has_begun.recv().unwrap();
    (release, writer)
}
