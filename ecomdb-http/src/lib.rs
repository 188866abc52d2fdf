//! The ecomdb server: a REST API over the public interface of the `ecomdb` library.
//!
//! [`app`] is everything but the socket, so that a program can mount it where it likes and a test can drive it;
//! [`serve`] puts it on one.
//!
//! ```
//! use ecomdb_http::{App, app};
//!
//! let router = app(App::new(ecomdb::Database::open("sqlite::memory:")?));
//! # let _ = router;
//! # Ok::<(), ecomdb::Error>(())
//! ```

mod app;
mod error;
mod extract;
mod guard;
mod openapi;
mod problem;
mod respond;
mod router;
mod routes;
mod server;
mod state;

pub use app::app;
pub use server::serve;
pub use state::App;
