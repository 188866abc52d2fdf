//! The ecomdb server: a REST API over the public interface of the `ecomdb` library.
//!
//! [`app`] is everything but the socket, so that a program can mount it where it likes and a test can drive it;
//! [`Server`] puts it on one.
//!
//! ```
//! use ecomdb_http::{App, app};
//!
//! let router = app(App::new(ecomdb::Database::open("sqlite::memory:")?));
//! # let _ = router;
//! # Ok::<(), ecomdb::Error>(())
//! ```

mod app;
mod audit;
mod auth;
mod budget;
mod client;
mod compression;
mod cors;
mod error;
mod extract;
mod guard;
mod limits;
mod metrics;
mod observe;
mod openapi;
mod problem;
mod readiness;
mod respond;
mod router;
mod routes;
mod server;
mod state;

pub use app::app;
pub use client::TrustedProxy;
pub use cors::Origin;
pub use server::{Server, Tls, TlsError};
pub use state::App;

/// Every route that the server has: its method, and its path with `{id}` where something varies.
///
/// ```
/// let routes = ecomdb_http::routes();
/// assert!(routes.contains(&(axum::http::Method::POST, "/api/orders/{id}/cancel")));
/// ```
#[must_use]
pub fn routes() -> Vec<(axum::http::Method, &'static str)> {
    router::rules().map(|(method, path, _)| (method, path)).collect()
}
