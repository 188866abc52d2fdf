//! Reports are exact and up to date on every engine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[macro_use]
#[allow(dead_code, reason = "shared with the behaviour suite, which uses all of it")]
#[path = "../behaviour/shop.rs"]
mod shop;

mod engines;
mod exact;
mod history;
mod model;
mod processes;
mod rankings;
mod series;
mod views;
