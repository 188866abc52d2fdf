//! The REST API as its clients see it, and the dashboard as browsers see it. `routes/` mirrors the URLs; the other files test what all routes share.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod audit;
mod auth;
mod bad_input;
mod budget;
mod buyers;
mod command_line;
mod compression;
mod conditions;
mod connections;
mod cors;
mod dashboard;
mod documentation;
mod guard;
mod http2;
mod http2_limits;
mod idempotency;
mod lines;
mod observe;
mod pagination;
mod problems;
mod routes;
mod shutdown;
mod support;
mod tls;
mod waiting;
