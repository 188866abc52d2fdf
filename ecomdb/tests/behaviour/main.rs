//! The behaviour of the library: each test runs on SQLite, MariaDB and PostgreSQL.
//!
//! The servers' addresses come from `ECOMDB_TEST_MYSQL_URL` and `ECOMDB_TEST_POSTGRES_URL`, which `tests/run` sets. With
//! `ECOMDB_TEST_ISOLATION` set to `repeatable read` or `serializable`, all tests on PostgreSQL run at that isolation level.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[macro_use]
mod shop;

mod accounts;
mod addresses;
mod adjustments;
mod api_keys;
mod asynchronous;
#[cfg(feature = "sqlite")]
mod backup;
mod behalf;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod bulk_limits;
mod catalog;
mod changes;
mod check;
mod clock;
mod concurrency;
mod customers;
mod disclosure;
mod dossier;
mod export;
mod external_ids;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod failures;
mod full;
mod generator;
mod histories;
mod holds;
mod idempotency;
mod images;
mod inventory;
mod json;
mod lists;
mod lost_updates;
#[cfg(feature = "mysql")]
mod migrating;
#[cfg(feature = "sqlite")]
mod moved;
#[cfg(feature = "mysql")]
mod mysql_connection;
#[cfg(feature = "mysql")]
mod mysql_strangers;
#[cfg(feature = "mysql")]
mod mysql_transactions;
#[cfg(feature = "sqlite")]
mod names;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod network;
mod opening;
mod orders;
mod own_errors;
mod pagination;
mod paid;
mod payments;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod postgres_tls;
mod quotes;
mod races;
mod reading;
mod recovery;
mod refunds;
mod revocation;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod round_trips;
mod search;
mod sessions;
mod settings;
mod settling;
mod sharing;
mod snapshots;
mod staff;
mod statistics;
mod together;
mod transactions;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod unreachable;
mod users;
mod variants;
mod views;
mod vouchers;
mod waiting;
