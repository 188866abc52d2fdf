//! The ecomdb server: a REST API and a dashboard over the public interface of the `ecomdb` library.
//!
//! [`app`] is the service without a socket, to be mounted in another program or driven by a test; [`Server`] serves it
//! on a socket.
//!
//! ```
//! use ecomdb_http::{App, app};
//!
//! let router = app(App::new(ecomdb::Database::open("sqlite::memory:")?));
//! # let _ = router;
//! # Ok::<(), ecomdb::Error>(())
//! ```

mod accounts;
mod app;
mod audit;
mod auth;
mod budget;
mod checks;
mod client;
mod compression;
mod cors;
mod current;
mod dashboard;
mod ending;
mod error;
mod etag;
mod extract;
mod guard;
mod headers;
mod limits;
mod live;
mod metrics;
mod observe;
mod openapi;
mod problem;
mod readiness;
mod repeats;
mod respond;
mod router;
mod routes;
mod server;
mod state;
mod users;

pub use app::app;
pub use client::TrustedProxy;
pub use cors::Origin;
pub use server::{Server, Tls, TlsError};
pub use state::{App, Operations};

/// All routes: method, and path with `{id}` for the variable part.
///
/// ```
/// let routes = ecomdb_http::routes();
/// assert!(routes.contains(&(axum::http::Method::POST, "/api/orders/{id}/cancel")));
/// ```
#[must_use]
pub fn routes() -> Vec<(axum::http::Method, &'static str)> {
    router::rules().map(|(method, path, _)| (method, path)).collect()
}
