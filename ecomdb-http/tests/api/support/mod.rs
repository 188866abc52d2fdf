//! Test support: drives the API.

mod answer;
mod busy;
mod certificate;
pub(crate) mod http2;
pub(crate) mod people;
pub(crate) mod sales;
mod server;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use ecomdb::{Database, Limit, OrderFilter, PageRequest, PaymentFilter, ProductFilter, UserFilter};
use ecomdb_http::{App, app};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

pub(crate) use self::answer::Answer;
pub(crate) use self::busy::Busy;
pub(crate) use self::certificate::Certificate;
pub(crate) use self::server::{Server, exchange, read_answer};

/// The application over an empty in-memory shop, without a socket.
pub(crate) struct TestApp {
    pub(crate) db: Database,
    router: Router,
    runtime: Runtime,
}

impl TestApp {
    pub(crate) fn empty() -> Self {
        let db = Database::open("sqlite::memory:").unwrap();
        Self::over(App::new(db.clone()), db)
    }

    /// The shop of [`sales::furnish`].
    pub(crate) fn shop() -> Self {
        let app = Self::empty();
        sales::furnish(&app.db);
        app
    }

    /// The shop of [`sales::sell`].
    pub(crate) fn shop_with_sales() -> Self {
        let app = Self::empty();
        sales::sell(&app.db);
        app
    }

    pub(crate) fn over(state: App, db: Database) -> Self {
        Self { db, router: app(state), runtime: Builder::new_current_thread().enable_all().build().unwrap() }
    }

    pub(crate) fn send(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async { Answer::read(self.router.clone().oneshot(request).await.unwrap()).await })
    }

    /// A header of a response whose body may be binary.
    pub(crate) fn header_of(&self, request: Request<Body>, name: &str) -> String {
        let response = self.runtime.block_on(self.router.clone().oneshot(request)).unwrap();
        response.headers().get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    }

    pub(crate) fn ask(&self, method: Method, uri: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        self.ask_exactly(method, uri, &[&[("Host", "localhost")], headers].concat(), body)
    }

    /// Sends exactly these headers.
    pub(crate) fn ask_exactly(
        &self,
        method: Method,
        uri: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap())
    }

    pub(crate) fn get(&self, uri: &str) -> Answer {
        self.ask(Method::GET, uri, &[], "")
    }

    pub(crate) fn post(&self, uri: &str, body: &Value) -> Answer {
        self.post_text(uri, body.to_string())
    }

    pub(crate) fn post_text(&self, uri: &str, body: impl Into<Body>) -> Answer {
        self.ask(Method::POST, uri, &[("Content-Type", "application/json")], body)
    }

    pub(crate) fn post_with_key(&self, uri: &str, key: &str, body: &Value) -> Answer {
        let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
        self.ask(Method::POST, uri, &headers, body.to_string())
    }

    pub(crate) fn patch(&self, uri: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, uri, &[("Content-Type", "application/merge-patch+json")], body.to_string())
    }

    pub(crate) fn delete(&self, uri: &str) -> Answer {
        self.ask(Method::DELETE, uri, &[], "")
    }

    /// The contents of all tables, for comparison.
    pub(crate) fn contents(&self) -> String {
        let page = PageRequest::default().limit(Limit::new(1000).unwrap());
        let users = self.db.users().list(&UserFilter::default().page(page.clone())).unwrap();
        let categories = self.db.categories().list(&page).unwrap();
        let products = self.db.products().list(&ProductFilter::default().page(page.clone())).unwrap();
        let orders = self.db.orders().list(&OrderFilter::default().page(page.clone())).unwrap();
        let payments = self.db.payments().list(&PaymentFilter::default().page(page.clone())).unwrap();
        let ids = products.items.iter().map(|product| product.id);
        let movements: Vec<_> = ids.map(|id| self.db.inventory().movements(id, &page).unwrap()).collect();
        format!("{users:?} {categories:?} {products:?} {orders:?} {payments:?} {movements:?}")
    }

    pub(crate) fn stock(&self, product: i64) -> i64 {
        self.db.products().get(ecomdb::ProductId::new(product)).unwrap().stock.unwrap()
    }

    pub(crate) fn assert_that_it_adds_up(&self) {
        let report = self.db.check().unwrap();
        assert!(report.is_clean(), "{report:?}");
    }
}
