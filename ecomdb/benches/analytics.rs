//! Costs of reports, and of folding for writers, on SQLite files in Cargo's target directory.
//!
//!     cargo bench -p ecomdb --bench analytics              reports and writes
//!     cargo bench -p ecomdb --bench analytics -- reports   only the reports; or: periods, writes
//!     cargo bench -p ecomdb --bench analytics -- growth    periods, also with 10,000,000 orders (5 GB)
//!
//! The shops of 100,000, 1,000,000 and 10,000,000 orders are generated once and kept. Each report is compared with its plain view,
//! in the same run and with the same connection settings.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]

#[path = "analytics/reports.rs"]
mod reports;
#[path = "analytics/shops.rs"]
mod shops;
#[path = "analytics/writes.rs"]
mod writes;

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|asked| asked == part);
    if wanted("reports") {
        reports::run();
    }
    if wanted("periods") {
        reports::on_periods(&[100_000, 1_000_000]);
    }
    // Not unless it is asked for.
    if asked.iter().any(|asked| asked == "growth") {
        reports::on_periods(&[100_000, 1_000_000, 10_000_000]);
    }
    if wanted("writes") {
        writes::run();
    }
}
