//! Requests that wait for the database.

use std::sync::mpsc::channel;

use axum::body::Body;
use axum::http::{Method, Request};
use ecomdb::{Database, ProductId};
use ecomdb_http::App;
use serde_json::json;
use tokio::runtime::Builder;
use tokio::task::{JoinSet, spawn_blocking, yield_now};
use tower::ServiceExt as _;

use crate::support::{Busy, sales};

fn request(method: Method, uri: &str, body: String) -> Request<Body> {
    let request = Request::builder().method(method).uri(uri).header("Host", "localhost");
    request.header("Content-Type", "application/json").body(Body::from(body)).unwrap()
}

#[test]
fn orders_and_reads_take_no_blocking_thread() {
    // In a file, where reads continue while others write.
    let folder = tempfile::tempdir().unwrap();
    let db = Database::open(&format!("sqlite://{}", folder.path().join("shop.db").display())).unwrap();
    sales::furnish(&db);
    db.inventory().restock(ProductId::new(1), 64, None).unwrap();
    let router = ecomdb_http::app(App::new(db.clone()));
    let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    let (let_go, occupied) = channel::<()>();
    runtime.block_on(async {
        let blocking = spawn_blocking(move || occupied.recv());
        let busy = Busy::make(&db);
        let order = json!({"user_id": 1, "items": [{"product_id": 1, "quantity": 1}]}).to_string();
        let mut placing = JoinSet::new();
        for _ in 0..64 {
            placing.spawn(router.clone().oneshot(request(Method::POST, "/api/orders", order.clone())));
        }
        while db.statistics().unwrap().waiting_writes < 64 {
            yield_now().await;
        }
        for uri in ["/api/products/1", "/api/products", "/api/analytics/total-revenue"] {
            let answer = router.clone().oneshot(request(Method::GET, uri, String::new())).await.unwrap();
            assert_eq!(answer.status(), 200, "{uri}");
        }
        busy.finish();
        while let Some(answer) = placing.join_next().await {
            assert_eq!(answer.unwrap().unwrap().status(), 201);
        }
        drop(let_go);
        assert!(blocking.await.unwrap().is_err());
    });
}
