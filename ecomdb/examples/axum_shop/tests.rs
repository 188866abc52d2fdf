#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use chrono::{DateTime, Utc};
use ecomdb::{NewProduct, NewUser};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;

const NOON: &str = "2026-03-02T12:00:00Z";

/// A shop in memory, where it is always noon, with user 1 and ten pieces of product 1.
fn shop() -> Database {
    let noon: DateTime<Utc> = NOON.parse().unwrap();
    let db = Database::builder(":memory:").clock(move || noon).open().unwrap();
    fill(&db);
    db
}

fn fill(db: &Database) {
    db.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    let lamps = db.categories().create("Lamps").unwrap();
    let lamp = NewProduct::builder("Desk lamp", lamps.id, "29.99".parse().unwrap()).initial_stock(1_000);
    db.products().create(lamp.build().unwrap()).unwrap();
}

fn basket(quantity: i64) -> Value {
    json!({"user_id": 1, "items": [{"product_id": 1, "quantity": quantity}]})
}

fn post(path: &str, key: &str, body: &Value) -> Request<Body> {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json").header("idempotency-key", key);
    request.body(Body::from(body.to_string())).unwrap()
}

/// Status and body of the answer.
async fn answer(db: &Database, request: Request<Body>) -> (u16, Value) {
    let response = router(db.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_checkout_that_is_repeated_places_one_order() {
    let db = shop();
    let (status, first) = answer(&db, post("/checkout", "basket-7", &basket(2))).await;
    assert_eq!((status, &first["total"], &first["status"]), (201, &json!("59.98"), &json!("completed")));
    assert_eq!(answer(&db, post("/checkout", "basket-7", &basket(2))).await, (201, first));
    assert_eq!(db.products().get(ProductId::new(1)).unwrap().stock, Some(998));
    assert_eq!(answer(&db, post("/checkout", "basket-7", &basket(3))).await.0, 409, "another basket with the key");
}

#[tokio::test]
async fn an_order_has_the_time_of_the_clock() {
    let db = shop();
    answer(&db, post("/checkout", "basket-7", &basket(2))).await;
    let (status, order) = answer(&db, Request::get("/orders/1").body(Body::empty()).unwrap()).await;
    assert_eq!(status, 200);
    assert_eq!(
        order["placed_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap().to_rfc3339(),
        "2026-03-02T12:00:00+00:00"
    );
}

#[tokio::test]
async fn what_the_shop_refuses_is_answered_with_the_status_of_its_kind() {
    let db = shop();
    let (status, refused) = answer(&db, post("/checkout", "a", &basket(0))).await;
    assert_eq!((status, &refused["fields"][0]["field"]), (422, &json!("items[0].quantity")));
    let (status, refused) = answer(&db, post("/checkout", "b", &basket(1_001))).await;
    assert_eq!((status, &refused["error"]), (409, &json!("product 1 has 1000 in stock, 1001 requested")));
    assert_eq!(answer(&db, Request::get("/orders/7").body(Body::empty()).unwrap()).await.0, 404);
    assert!(db.check().unwrap().is_clean());
}

/// Threads are counted in a process of its own, where no other test starts some.
#[cfg(target_os = "linux")]
mod threads {
    use std::sync::mpsc::channel;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const CLIENTS: usize = 64;

    #[test]
    fn sixty_four_checkouts_that_wait_need_no_thread_of_their_own() {
        let part = ["--ignored", "--exact", "tests::threads::checkouts_wait"];
        let output = std::process::Command::new(std::env::current_exe().unwrap()).args(part).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }

    #[tokio::test]
    #[ignore = "a part of the test above, in a process of its own"]
    async fn checkouts_wait() {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&format!("sqlite://{}", folder.path().join("shop.db").display())).unwrap();
        fill(&db);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, router(db.clone())).into_future());
        // The writing thread is busy until it is told to go on.
        let (go_on, wait) = channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        let busy = db.write_async(move |_| {
            wait.lock().unwrap().recv().unwrap();
            Ok::<_, ecomdb::Error>(())
        });
        let before = threads();
        let mut clients = Vec::new();
        for number in 0..CLIENTS {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(&request(number)).await.unwrap();
            clients.push(client);
        }
        while db.statistics().unwrap().waiting_writes < CLIENTS as u64 {
            tokio::task::yield_now().await;
        }
        assert_eq!(threads(), before, "with {CLIENTS} checkouts that wait");
        go_on.send(()).unwrap();
        busy.await.unwrap();
        for mut client in clients {
            let mut head = [0; 12];
            client.read_exact(&mut head).await.unwrap();
            assert_eq!(&head, b"HTTP/1.1 201");
        }
        assert_eq!(db.products().get(ProductId::new(1)).unwrap().stock, Some(1_000 - CLIENTS as i64));
    }

    fn threads() -> usize {
        std::fs::read_dir("/proc/self/task").unwrap().count()
    }

    fn request(number: usize) -> Vec<u8> {
        let body = basket(1).to_string();
        let head = format!(
            "POST /checkout HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nidempotency-key: {number}\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        [head, body].concat().into_bytes()
    }
}
